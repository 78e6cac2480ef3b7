/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-message.h"
#include "qs-record.h"

G_BEGIN_DECLS

/* Callbacks that ask the user; see the signals of QsApplication. TRUE = ignore the error. */
typedef struct
{
  gboolean (*processing_error) (QsRecord     *record,
                                const GError *error,
                                gpointer      user_data);
  gboolean (*producer_error)   (QsMessage    *message,
                                const GError *error,
                                gpointer      user_data);
  gboolean (*consumer_error)   (QsMessage    *message,
                                const GError *error,
                                gpointer      user_data);
} QsErrorListener;

/*
 * Handles errors in the processing of records: asks the user, and counts the errors that
 * are ignored.
 *
 * Context: one thread.   Locks: none.
 */
typedef struct
{
  const QsErrorListener *listener;    /* static */
  gpointer               user_data;
  guint64                n_ignored;   /* in this run */
} QsIgnored;

/* Whether @error is ignored; @message is nullable. */
gboolean qs_ignored_ask_processing (QsIgnored    *self,
                                    QsRecord     *record,
                                    const GError *error);
gboolean qs_ignored_ask_producer   (QsIgnored    *self,
                                    QsMessage    *message,
                                    const GError *error);
gboolean qs_ignored_ask_consumer   (QsIgnored    *self,
                                    QsMessage    *message,
                                    const GError *error);

/* Warns of how many were ignored, if any were. */
void     qs_ignored_warn           (QsIgnored    *self);

G_END_DECLS

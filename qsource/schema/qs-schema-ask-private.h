/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-schema-http-private.h"

G_BEGIN_DECLS

/*
 * Questions to a schema registry, which are asked again where that makes sense.
 *
 * A wait ends when the cancellable that is the calling thread's current one is cancelled,
 * which is that of a source that stops.
 *
 * Context: any.   Locks: none.
 */

typedef struct
{
  const char *url;      /* nullable; several by commas */
  const char *user;     /* nullable */
  const char *password; /* nullable */
  const char *token;    /* nullable */
  const char *ca_file;  /* nullable */
  const char *certificate_file; /* nullable */
  const char *key_file; /* nullable */
} QsSchemaAsked;

/* An object as answer; transfer full. @what is what is to be done, for errors; @deadline is
 * of the monotonic clock. */
GVariant *qs_schema_ask (const QsSchemaAsked  *asked,
                         const char           *path,
                         const char           *body,
                         const char           *what,
                         gint64                deadline,
                         GError              **error);

/* For an answer without what it must have; always FALSE. */
gboolean  qs_schema_fail_answer (GError     **error,
                                 const char  *what,
                                 const char  *missing);

G_END_DECLS

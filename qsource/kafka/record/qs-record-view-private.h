/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * A record as it lies in the memory of whoever read it: nothing is copied, and
 * all of it is valid only as long as that one says.
 *
 * Context: any.   Locks: none.
 */

typedef struct
{
  const char   *name;
  const guint8 *value;    /* NULL: null */
  gsize         length;
} QsHeaderView;

typedef struct
{
  int                 partition;
  gint64              offset;
  gint64              timestamp;    /* ms; -1 = unknown */
  const guint8       *key;          /* NULL: null; empty is not */
  gsize               key_length;
  const guint8       *value;        /* NULL: null; empty is not */
  gsize               value_length;
  const QsHeaderView *headers;
  guint               n_headers;
} QsRecordView;

G_END_DECLS

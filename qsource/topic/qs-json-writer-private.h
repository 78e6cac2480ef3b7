/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * What the two ways of qs_json_write() share.
 *
 * Context: owner.   Locks: none.
 */
typedef struct
{
  GString *out;
  guint    depth;   /* arrays and objects around the value */
  guint    n_boxes; /* variants and maybes around it */
} QsJsonWriter;

/* A variant in a variant costs no level of JSON, and GVariant's own limit doesn't
 * hold for what was never serialized: this keeps the stack bounded. */
#define QS_JSON_MAX_BOXES 128

/* Writes @value of any type, value by value: the slow way, which finds out what is
 * wrong. */
gboolean qs_json_writer_write      (QsJsonWriter  *self,
                                    GVariant      *value,
                                    GError       **error);

/* Writes an a{sv} or av from the bytes that it is serialized to; FALSE for all others,
 * and whatever is wrong or unusual: a part may then have been written. */
gboolean qs_json_writer_write_data (QsJsonWriter  *self,
                                    GVariant      *value);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The common part of the two ways of qs_json_write().
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


G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-serializer.h"

G_BEGIN_DECLS

/*
 * The serializers that qs_serializer_for_name() makes; they have no state.
 *
 * Context: any.   Locks: none.
 */

/* The serializer called @name, or NULL if none of the basic ones is. */
QsSerializer *qs_basic_serializer_new (const char *name);

QsSerializer *qs_json_serializer_new  (void);

/* Of which topic, and which part of a record, is serialized. */
typedef struct
{
  const char *topic;
  gboolean    is_key;
} QsSerializerContext;

/* Gets the topic for which the calling thread is serializing; NULL: none. */
const QsSerializerContext *qs_serializer_get_context (void);
void                       qs_serializer_set_context (const QsSerializerContext *context);

/* Serializes @value as `json` does. is_fresh: it was just made, and floated. */
GBytes       *qs_json_serializer_write (GVariant  *value,
                                        gboolean   is_fresh,
                                        GError   **error);

/* qs_serializer_serialize() of a @value that isn't floating.
 *
 * Context: any.   Locks: none. */
GBytes       *qs_serializer_serialize_plain (QsSerializer *self,
                                             GVariant     *value,
                                             GError      **error);

/* As qs_serializer_serialize(), of what doesn't float any more; is_fresh: it did. */
GBytes       *qs_serializer_serialize_sunk (QsSerializer  *self,
                                            GVariant      *value,
                                            gboolean       is_fresh,
                                            GError       **error);

/* The name of a basic serializer, NULL if it isn't one; and whether it is the one
 * called `json`. */
const char   *qs_basic_serializer_get_name (QsSerializer *self);
gboolean      qs_serializer_is_json        (QsSerializer *self);

/* Whether @self is the one called `bytes`; and what that makes of @bytes, without
 * the way through it, which costs a tenth of what a record costs. Floating. */
gboolean      qs_serializer_is_bytes   (QsSerializer *self);
GVariant     *qs_serializer_wrap_bytes (GBytes       *bytes);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-protobuf-private.h"

#include "qs-schema-door-private.h"

/* The functions of qs-protobuf.cc, which the first function loads. The others take the result of
 * the first one, so it is loaded by then. */

static struct
{
  __typeof__ (qs_protobuf_new)              *create;
  __typeof__ (qs_protobuf_ref)              *ref;
  __typeof__ (qs_protobuf_unref)            *unref;
  __typeof__ (qs_protobuf_find_name)        *find_name;
  __typeof__ (qs_protobuf_find_indexes)     *find_indexes;
  __typeof__ (qs_protobuf_type_get_name)    *type_get_name;
  __typeof__ (qs_protobuf_type_get_indexes) *type_get_indexes;
  __typeof__ (qs_protobuf_encode)           *encode;
  __typeof__ (qs_protobuf_decode)           *decode;
} door;

static const char *const functions[] = {
  "qs_protobuf_new",
  "qs_protobuf_ref",
  "qs_protobuf_unref",
  "qs_protobuf_find_name",
  "qs_protobuf_find_indexes",
  "qs_protobuf_type_get_name",
  "qs_protobuf_type_get_indexes",
  "qs_protobuf_encode",
  "qs_protobuf_decode",
  NULL,
};

G_STATIC_ASSERT (sizeof door == (G_N_ELEMENTS (functions) - 1) * sizeof (gpointer));

static gboolean
open_door (GError **error)
{
  return qs_schema_door_open (
      "protobuf", "-Dprotobuf=enabled", functions, (gpointer *) &door, error);
}

QsProtobuf *
qs_protobuf_new (const char *text, GPtrArray *names, GPtrArray *parts, GError **error)
{
  if (!open_door (error))
    return NULL;

  return door.create (text, names, parts, error);
}

QsProtobuf *
qs_protobuf_ref (QsProtobuf *self)
{
  return door.ref (self);
}

void
qs_protobuf_unref (QsProtobuf *self)
{
  door.unref (self);
}

const QsProtobufType *
qs_protobuf_find_name (QsProtobuf *self, const char *name, GError **error)
{
  return door.find_name (self, name, error);
}

const QsProtobufType *
qs_protobuf_find_indexes (QsProtobuf *self, const gint64 *indexes, guint n_indexes, GError **error)
{
  return door.find_indexes (self, indexes, n_indexes, error);
}

const char *
qs_protobuf_type_get_name (const QsProtobufType *type)
{
  return door.type_get_name (type);
}

guint
qs_protobuf_type_get_indexes (const QsProtobufType *type, gint64 *indexes)
{
  return door.type_get_indexes (type, indexes);
}

gboolean
qs_protobuf_encode (QsProtobuf           *self,
                    const QsProtobufType *type,
                    GVariant             *value,
                    GByteArray           *out,
                    GError              **error)
{
  return door.encode (self, type, value, out, error);
}

GVariant *
qs_protobuf_decode (QsProtobuf           *self,
                    const QsProtobufType *type,
                    const guint8         *data,
                    gsize                 length,
                    GError              **error)
{
  return door.decode (self, type, data, length, error);
}

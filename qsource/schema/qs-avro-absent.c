/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-avro-codec-private.h"

#include "qs-avro-resolution-private.h"
#include "qs-serialization-error.h"

/* In place of what reads and writes Avro, where that was left out: there is no schema, so
 * that nothing else is called. */

QsAvroSchema *
qs_avro_schema_new (const char *text, GPtrArray *parts, GError **error)
{
  g_set_error_literal (error,
                       QS_SERIALIZATION_ERROR,
                       QS_SERIALIZATION_ERROR_SCHEMA,
                       "This QSource was built without Avro; build it with -Davro=enabled");
  return NULL;
}

QsAvroSchema *
qs_avro_schema_ref (QsAvroSchema *self)
{
  g_assert_not_reached ();
}

void
qs_avro_schema_unref (QsAvroSchema *self)
{
  g_assert_not_reached ();
}

const QsAvroNode *
qs_avro_schema_get_root (QsAvroSchema *self)
{
  g_assert_not_reached ();
}

gboolean
qs_avro_encode (const QsAvroNode *node, GVariant *value, GByteArray *out, GError **error)
{
  g_assert_not_reached ();
}

GVariant *
qs_avro_decode (const QsAvroNode *node, const guint8 *data, gsize length, GError **error)
{
  g_assert_not_reached ();
}

QsAvroResolution *
qs_avro_resolution_new (QsAvroSchema *written, QsAvroSchema *wanted)
{
  g_assert_not_reached ();
}

void
qs_avro_resolution_free (QsAvroResolution *self)
{
  g_assert_not_reached ();
}

const QsAvroNode *
qs_avro_resolution_get_root (QsAvroResolution *self)
{
  g_assert_not_reached ();
}

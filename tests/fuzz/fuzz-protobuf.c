/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <qsource/qsource.h>

/* Whatever bytes come as a message of Protobuf, or as the text of a .proto: no crash, and
 * what could be read is written so that it reads back. */

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static const char schema[] =
    "syntax = \"proto3\";"
    "import \"google/protobuf/timestamp.proto\"; import \"google/protobuf/struct.proto\";"
    "message M { int32 a = 1; repeated uint64 b = 2; string c = 3; bytes d = 4; M e = 5;"
    "map<int32, M> f = 6; oneof o { bool g = 7; double h = 8; } enum E { X = 0; Y = 1; }"
    "repeated E i = 9; google.protobuf.Timestamp j = 10; google.protobuf.Value k = 11; }";

static void
check_bytes (QsSerializer *serializer, GBytes *bytes)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) value = qs_serializer_deserialize (serializer, bytes, &error);
  g_autoptr (GBytes) written = NULL;
  g_autoptr (GVariant) again = NULL;

  if (value == NULL)
    {
      g_assert (
          g_error_matches (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_INVALID_DATA));
      return;
    }

  written = qs_serializer_serialize (serializer, value, &error);
  if (written == NULL)
    g_error ("%s", error->message);
  again = qs_serializer_deserialize (serializer, written, &error);
  if (again == NULL)
    g_error ("%s", error->message);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static QsProtobufSerializer *serializer = NULL;
  g_autofree char             *text = g_strndup ((const char *) data, size);
  g_autoptr (QsProtobufSerializer) foreign = qs_protobuf_serializer_new (text, NULL);
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GVariant) value = qs_serializer_deserialize (QS_SERIALIZER (foreign), bytes, NULL);

  if (serializer == NULL)
    serializer = qs_protobuf_serializer_new (schema, NULL);
  check_bytes (QS_SERIALIZER (serializer), bytes);

  return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-protobuf-value-private.h"

#include <string>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/time_util.h>

#include "qs-serialization-error.h"

namespace pb = google::protobuf;
using pb::FieldDescriptor;

QsProtobufKnown
qs_protobuf_get_known (const pb::Descriptor *type)
{
  const std::string &name = type->full_name ();
  static const char  prefix[] = "google.protobuf.";

  if (name.compare (0, sizeof prefix - 1, prefix) != 0)
    return QsProtobufKnown::NO;

  const std::string rest = name.substr (sizeof prefix - 1);

  if (rest == "Timestamp")
    return QsProtobufKnown::TIMESTAMP;
  if (rest == "Duration")
    return QsProtobufKnown::DURATION;
  if (rest == "Struct")
    return QsProtobufKnown::STRUCT;
  if (rest == "ListValue")
    return QsProtobufKnown::LIST;
  if (rest == "Value")
    return QsProtobufKnown::VALUE;

  return rest.size () > 5 && rest.compare (rest.size () - 5, 5, "Value") == 0
             ? QsProtobufKnown::WRAPPER
             : QsProtobufKnown::NO;
}

namespace
{

constexpr int INVALID = QS_SERIALIZATION_ERROR_INVALID_DATA;

GVariant *
get_text (const std::string &text, const QsSchemaPath *path, GError **error)
{
  if (g_utf8_validate (text.data (), (gssize) text.size (), nullptr))
    return g_variant_new_string (text.c_str ());

  qs_schema_fail (path, error, INVALID, "a string is not UTF-8, or has a NUL");

  return nullptr;
}

GVariant *
get_bytes (const std::string &bytes)
{
  return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, bytes.data (), bytes.size (), 1);
}

GVariant *
get_unsigned (guint64 number)
{
  return number <= G_MAXINT64 ? g_variant_new_int64 ((gint64) number)
                              : g_variant_new_uint64 (number);
}

GVariant *
get_enum (const FieldDescriptor *field, int number)
{
  const pb::EnumValueDescriptor *symbol = field->enum_type ()->FindValueByNumber (number);

  return symbol != nullptr ? g_variant_new_string (symbol->name ().c_str ())
                           : g_variant_new_int64 (number);
}

/* A field, or the item @i of a repeated one. */
#define GET(Kind)                                                                                  \
  (field->is_repeated () ? reflection->GetRepeated##Kind (message, field, i)                       \
                         : reflection->Get##Kind (message, field))

GVariant *
get_one (const pb::Message     &message,
         const FieldDescriptor *field,
         int                    i,
         const QsSchemaPath    *path,
         guint                  depth,
         GError               **error)
{
  const pb::Reflection *reflection = message.GetReflection ();

  switch (field->cpp_type ())
    {
    case FieldDescriptor::CPPTYPE_BOOL:
      return g_variant_new_boolean (GET (Bool));
    case FieldDescriptor::CPPTYPE_INT32:
      return g_variant_new_int64 (GET (Int32));
    case FieldDescriptor::CPPTYPE_INT64:
      return g_variant_new_int64 (GET (Int64));
    case FieldDescriptor::CPPTYPE_UINT32:
      return g_variant_new_int64 (GET (UInt32));
    case FieldDescriptor::CPPTYPE_UINT64:
      return get_unsigned (GET (UInt64));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return g_variant_new_double (GET (Float));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return g_variant_new_double (GET (Double));
    case FieldDescriptor::CPPTYPE_ENUM:
      return get_enum (field, GET (EnumValue));
    case FieldDescriptor::CPPTYPE_STRING:
      return field->type () == FieldDescriptor::TYPE_BYTES ? get_bytes (GET (String))
                                                           : get_text (GET (String), path, error);
    case FieldDescriptor::CPPTYPE_MESSAGE:
    default:
      return qs_protobuf_get (GET (Message), path, depth + 1, error);
    }
}

/* A map's key as a text. */
std::string
get_key (const pb::Message &entry, const FieldDescriptor *field)
{
  const pb::Reflection *reflection = entry.GetReflection ();

  switch (field->cpp_type ())
    {
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection->GetString (entry, field);
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection->GetBool (entry, field) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_INT32:
      return std::to_string (reflection->GetInt32 (entry, field));
    case FieldDescriptor::CPPTYPE_UINT32:
      return std::to_string (reflection->GetUInt32 (entry, field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return std::to_string (reflection->GetUInt64 (entry, field));
    default:
      return std::to_string (reflection->GetInt64 (entry, field));
    }
}

GVariant *
get_map (const pb::Message     &message,
         const FieldDescriptor *field,
         const QsSchemaPath    *path,
         guint                  depth,
         GError               **error)
{
  const pb::Reflection  *reflection = message.GetReflection ();
  const FieldDescriptor *key = field->message_type ()->map_key ();
  const FieldDescriptor *item = field->message_type ()->map_value ();
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  for (int i = 0; i < reflection->FieldSize (message, field); i++)
    {
      const pb::Message &entry = reflection->GetRepeatedMessage (message, field, i);
      const std::string  name = get_key (entry, key);
      const QsSchemaPath here = { path, name.c_str (), 0 };
      g_autoptr (GVariant) text = get_text (name, path, error);
      GVariant *value = text != nullptr ? get_one (entry, item, 0, &here, depth, error) : nullptr;

      if (value == nullptr)
        return nullptr;
      g_variant_builder_add (&builder, "{sv}", name.c_str (), value);
    }

  return g_variant_builder_end (&builder);
}

GVariant *
get_items (const pb::Message     &message,
           const FieldDescriptor *field,
           const QsSchemaPath    *path,
           guint                  depth,
           GError               **error)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));

  for (int i = 0; i < message.GetReflection ()->FieldSize (message, field); i++)
    {
      const QsSchemaPath here = { path, nullptr, (gsize) i };
      GVariant          *value = get_one (message, field, i, &here, depth, error);

      if (value == nullptr)
        return nullptr;
      g_variant_builder_add (&builder, "v", value);
    }

  return g_variant_builder_end (&builder);
}

GVariant *
get_field (const pb::Message     &message,
           const FieldDescriptor *field,
           const QsSchemaPath    *path,
           guint                  depth,
           GError               **error)
{
  if (field->is_map ())
    return get_map (message, field, path, depth, error);
  if (field->is_repeated ())
    return get_items (message, field, path, depth, error);

  return get_one (message, field, 0, path, depth, error);
}

GVariant *
get_fields (const pb::Message &message, const QsSchemaPath *path, guint depth, GError **error)
{
  const pb::Descriptor *type = message.GetDescriptor ();
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  for (int i = 0; i < type->field_count (); i++)
    {
      const FieldDescriptor *field = type->field (i);
      const QsSchemaPath     here = { path, field->name ().c_str (), 0 };

      if (field->has_presence () && !message.GetReflection ()->HasField (message, field))
        continue;

      GVariant *value = get_field (message, field, &here, depth, error);

      if (value == nullptr)
        return nullptr;
      g_variant_builder_add (&builder, "{sv}", field->name ().c_str (), value);
    }

  return g_variant_builder_end (&builder);
}

/* Null: it is beyond what has a text. */
template <class T>
GVariant *
get_time (const pb::Message &message, bool (*is_valid) (const T &))
{
  T time;

  if (!time.ParseFromString (message.SerializeAsString ()) || !is_valid (time))
    return nullptr;

  return g_variant_new_string (pb::util::TimeUtil::ToString (time).c_str ());
}

bool
is_valid_timestamp (const pb::Timestamp &time)
{
  return time.seconds () >= pb::util::TimeUtil::kTimestampMinSeconds &&
         time.seconds () <= pb::util::TimeUtil::kTimestampMaxSeconds && time.nanos () >= 0 &&
         time.nanos () <= 999999999;
}

bool
is_valid_duration (const pb::Duration &time)
{
  const gint64 seconds = time.seconds ();

  return seconds >= pb::util::TimeUtil::kDurationMinSeconds &&
         seconds <= pb::util::TimeUtil::kDurationMaxSeconds && time.nanos () >= -999999999 &&
         time.nanos () <= 999999999 && !(seconds > 0 && time.nanos () < 0) &&
         !(seconds < 0 && time.nanos () > 0);
}

GVariant *
get_any (const pb::Message &message, const QsSchemaPath *path, guint depth, GError **error)
{
  const pb::OneofDescriptor *oneof = message.GetDescriptor ()->oneof_decl (0);
  const FieldDescriptor *field = message.GetReflection ()->GetOneofFieldDescriptor (message, oneof);

  if (field == nullptr || field->name () == "null_value")
    return g_variant_new_maybe (G_VARIANT_TYPE_VARIANT, nullptr);

  return get_one (message, field, 0, path, depth, error);
}

} // namespace

GVariant *
qs_protobuf_get (const pb::Message &message, const QsSchemaPath *path, guint depth, GError **error)
{
  const pb::Descriptor *type = message.GetDescriptor ();
  GVariant             *value = nullptr;

  /* So much of a GVariant can be read: see QS_JSON_MAX_DEPTH. */
  if (depth > QS_SCHEMA_MAX_DEPTH / 4)
    {
      qs_schema_fail (path, error, INVALID, "values are nested too deeply");
      return nullptr;
    }

  switch (qs_protobuf_get_known (type))
    {
    case QsProtobufKnown::TIMESTAMP:
      value = get_time<pb::Timestamp> (message, is_valid_timestamp);
      break;
    case QsProtobufKnown::DURATION:
      value = get_time<pb::Duration> (message, is_valid_duration);
      break;
    case QsProtobufKnown::WRAPPER:
      return get_one (message, type->field (0), 0, path, depth, error);
    case QsProtobufKnown::STRUCT:
      return get_map (message, type->field (0), path, depth, error);
    case QsProtobufKnown::LIST:
      return get_items (message, type->field (0), path, depth, error);
    case QsProtobufKnown::VALUE:
      return get_any (message, path, depth, error);
    case QsProtobufKnown::NO:
      return get_fields (message, path, depth, error);
    }
  if (value == nullptr)
    qs_schema_fail (path, error, INVALID, "it is not a valid %s", type->name ().c_str ());

  return value;
}

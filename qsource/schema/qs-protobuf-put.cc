/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-protobuf-value-private.h"

#include <string>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/time_util.h>

#include "qs-integer-private.h"
#include "qs-schema-number-private.h"
#include "qs-serialization-error.h"

namespace pb = google::protobuf;
using pb::FieldDescriptor;

namespace
{

constexpr int UNSUPPORTED = QS_SERIALIZATION_ERROR_UNSUPPORTED_TYPE;
constexpr int OUT_OF_RANGE = QS_SERIALIZATION_ERROR_OUT_OF_RANGE;

/* Unpacks variants and maybes, with a reference; null: nothing. */
class Bare
{
public:
  explicit Bare (GVariant *value) : value (value != nullptr ? g_variant_ref (value) : nullptr)
  {
    while (this->value != nullptr && (is ('v') || is ('m')))
      {
        GVariant *inner =
            is ('v') ? g_variant_get_variant (this->value) : g_variant_get_maybe (this->value);

        g_variant_unref (this->value);
        this->value = inner;
      }
  }
  ~Bare () { g_clear_pointer (&value, g_variant_unref); }
  Bare (const Bare &) = delete;
  Bare &operator= (const Bare &) = delete;

  GVariant *
  get () const
  {
    return value;
  }
  bool
  is (char type) const
  {
    return g_variant_get_type_string (value)[0] == type;
  }
  bool
  is_text () const
  {
    return value != nullptr && (is ('s') || is ('o') || is ('g'));
  }
  bool
  is_object () const
  {
    return value != nullptr && g_variant_is_of_type (value, G_VARIANT_TYPE_DICTIONARY);
  }
  bool
  is_items () const
  {
    return value != nullptr && !is_object () && (is ('a') || is ('('));
  }

private:
  GVariant *value;
};

/* Sets a field, or adds an item to a repeated one. */
#define PUT(Kind, what)                                                                            \
  (field->is_repeated () ? message->GetReflection ()->Add##Kind (message, field, what)             \
                         : message->GetReflection ()->Set##Kind (message, field, what))

bool
fail_type (const char *want, GVariant *value, const QsSchemaPath *path, GError **error)
{
  return qs_schema_fail (
      path, error, UNSUPPORTED, "expected %s, got %s", want, qs_schema_describe (value));
}

/* A text counts where it is a map's key, which JSON has as a text only. */
bool
read_integer (const FieldDescriptor *field, const Bare &value, QsInteger *integer)
{
  if (value.get () != nullptr && qs_integer_from_variant (value.get (), integer))
    return true;
  if (!value.is_text () || !field->containing_type ()->options ().map_entry () ||
      field->number () != 1)
    return false;

  const char *text = g_variant_get_string (value.get (), nullptr);

  integer->is_negative = text[0] == '-';

  return g_ascii_string_to_unsigned (
      text + integer->is_negative, 10, 0, G_MAXUINT64, &integer->magnitude, nullptr);
}

bool
put_integer (pb::Message           *message,
             const FieldDescriptor *field,
             const Bare            &value,
             const QsSchemaPath    *path,
             GError               **error)
{
  const bool is_32 = field->cpp_type () == FieldDescriptor::CPPTYPE_INT32 ||
                     field->cpp_type () == FieldDescriptor::CPPTYPE_UINT32;
  const bool is_signed = field->cpp_type () == FieldDescriptor::CPPTYPE_INT32 ||
                         field->cpp_type () == FieldDescriptor::CPPTYPE_INT64;
  const guint64 max =
      is_signed ? (is_32 ? G_MAXINT32 : G_MAXINT64) : (is_32 ? G_MAXUINT32 : G_MAXUINT64);
  QsInteger integer = { FALSE, 0 };

  if (!read_integer (field, value, &integer))
    return fail_type (field->type_name (), value.get (), path, error);
  if (integer.magnitude == 0)
    integer.is_negative = FALSE;
  if ((integer.is_negative && !is_signed) ||
      integer.magnitude > max + (integer.is_negative ? 1 : 0))
    return qs_schema_fail (path,
                           error,
                           OUT_OF_RANGE,
                           "%s%" G_GUINT64_FORMAT " is out of the range of %s",
                           integer.is_negative ? "-" : "",
                           integer.magnitude,
                           field->type_name ());

  const gint64 number = (gint64) (integer.is_negative ? 0 - integer.magnitude : integer.magnitude);

  if (is_signed && is_32)
    PUT (Int32, (gint32) number);
  else if (is_signed)
    PUT (Int64, number);
  else if (is_32)
    PUT (UInt32, (guint32) integer.magnitude);
  else
    PUT (UInt64, integer.magnitude);

  return true;
}

bool
put_real (pb::Message           *message,
          const FieldDescriptor *field,
          const Bare            &value,
          const QsSchemaPath    *path,
          GError               **error)
{
  const bool is_single = field->cpp_type () == FieldDescriptor::CPPTYPE_FLOAT;
  double     number = 0;

  if (!qs_schema_get_real (value.get (), is_single, &number, field->type_name (), path, error))
    return false;

  if (is_single)
    PUT (Float, (float) number);
  else
    PUT (Double, number);

  return true;
}

bool
put_boolean (pb::Message           *message,
             const FieldDescriptor *field,
             const Bare            &value,
             const QsSchemaPath    *path,
             GError               **error)
{
  const bool  is_key = field->containing_type ()->options ().map_entry () && field->number () == 1;
  const char *text = is_key && value.is_text () ? g_variant_get_string (value.get (), nullptr) : "";

  if (g_str_equal (text, "true") || g_str_equal (text, "false"))
    PUT (Bool, text[0] == 't');
  else if (value.get () != nullptr && value.is ('b'))
    PUT (Bool, g_variant_get_boolean (value.get ()));
  else
    return fail_type ("bool", value.get (), path, error);

  return true;
}

bool
put_enum (pb::Message           *message,
          const FieldDescriptor *field,
          const Bare            &value,
          const QsSchemaPath    *path,
          GError               **error)
{
  const pb::EnumDescriptor *type = field->enum_type ();
  QsInteger                 integer = { FALSE, 0 };

  if (value.is_text ())
    {
      const char                    *text = g_variant_get_string (value.get (), nullptr);
      const pb::EnumValueDescriptor *symbol = type->FindValueByName (text);

      if (symbol == nullptr)
        return qs_schema_fail (
            path, error, OUT_OF_RANGE, "enum %s has no '%s'", type->full_name ().c_str (), text);
      PUT (EnumValue, symbol->number ());
      return true;
    }

  if (value.get () == nullptr || !qs_integer_from_variant (value.get (), &integer))
    return fail_type ("enum", value.get (), path, error);
  if (integer.magnitude > G_MAXINT32)
    return qs_schema_fail (path, error, OUT_OF_RANGE, "the number is out of the range of enum");

  const int  number = integer.is_negative ? -(int) integer.magnitude : (int) integer.magnitude;
  const bool is_open = field->file ()->syntax () == pb::FileDescriptor::SYNTAX_PROTO3;

  if (!is_open && type->FindValueByNumber (number) == nullptr)
    return qs_schema_fail (
        path, error, OUT_OF_RANGE, "enum %s has no %d", type->full_name ().c_str (), number);
  PUT (EnumValue, number);

  return true;
}

bool
put_text (pb::Message           *message,
          const FieldDescriptor *field,
          const Bare            &value,
          const QsSchemaPath    *path,
          GError               **error)
{
  gsize length = 0;

  if (field->type () == FieldDescriptor::TYPE_BYTES)
    {
      if (value.get () == nullptr ||
          !g_variant_is_of_type (value.get (), G_VARIANT_TYPE_BYTESTRING))
        return fail_type ("bytes", value.get (), path, error);

      const char *data =
          static_cast<const char *> (g_variant_get_fixed_array (value.get (), &length, 1));

      PUT (String, length > 0 ? std::string (data, length) : std::string ());
      return true;
    }

  if (!value.is_text ())
    return fail_type ("string", value.get (), path, error);

  const char *text = g_variant_get_string (value.get (), &length);

  PUT (String, std::string (text, length));

  return true;
}

/* One value, which may be an item. */
bool
put_one (pb::Message           *message,
         const FieldDescriptor *field,
         const Bare            &value,
         const QsSchemaPath    *path,
         guint                  depth,
         GError               **error)
{
  switch (field->cpp_type ())
    {
    case FieldDescriptor::CPPTYPE_BOOL:
      return put_boolean (message, field, value, path, error);
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return put_real (message, field, value, path, error);
    case FieldDescriptor::CPPTYPE_ENUM:
      return put_enum (message, field, value, path, error);
    case FieldDescriptor::CPPTYPE_STRING:
      return put_text (message, field, value, path, error);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return qs_protobuf_put (field->is_repeated ()
                                  ? message->GetReflection ()->AddMessage (message, field)
                                  : message->GetReflection ()->MutableMessage (message, field),
                              value.get (),
                              path,
                              depth + 1,
                              error);
    default:
      return put_integer (message, field, value, path, error);
    }
}

bool
put_map (pb::Message           *message,
         const FieldDescriptor *field,
         const Bare            &value,
         const QsSchemaPath    *path,
         guint                  depth,
         GError               **error)
{
  if (!value.is_object ())
    return fail_type ("map", value.get (), path, error);

  for (gsize i = 0; i < g_variant_n_children (value.get ()); i++)
    {
      g_autoptr (GVariant) pair = g_variant_get_child_value (value.get (), i);
      g_autoptr (GVariant) first = g_variant_get_child_value (pair, 0);
      g_autoptr (GVariant) second = g_variant_get_child_value (pair, 1);
      const Bare         key (first), item (second);
      g_autofree char   *name = key.is_text () ? g_variant_dup_string (key.get (), nullptr)
                                               : g_variant_print (key.get (), FALSE);
      const QsSchemaPath here = { path, name, 0 };
      pb::Message       *entry = message->GetReflection ()->AddMessage (message, field);

      if (!put_one (entry, field->message_type ()->map_key (), key, &here, depth, error) ||
          !put_one (entry, field->message_type ()->map_value (), item, &here, depth, error))
        return false;
    }

  return true;
}

bool
put_items (pb::Message           *message,
           const FieldDescriptor *field,
           const Bare            &value,
           const QsSchemaPath    *path,
           guint                  depth,
           GError               **error)
{
  if (!value.is_items ())
    return fail_type ("array", value.get (), path, error);

  for (gsize i = 0; i < g_variant_n_children (value.get ()); i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (value.get (), i);
      const QsSchemaPath here = { path, nullptr, i };

      if (!put_one (message, field, Bare (child), &here, depth, error))
        return false;
    }

  return true;
}

bool
put_field (pb::Message           *message,
           const FieldDescriptor *field,
           GVariant              *child,
           const QsSchemaPath    *path,
           guint                  depth,
           GError               **error)
{
  const Bare value (child);
  const bool takes_null = field->message_type () != nullptr &&
                          qs_protobuf_get_known (field->message_type ()) == QsProtobufKnown::VALUE;

  if (value.get () == nullptr && (field->is_repeated () || !takes_null))
    return true;
  if (field->is_map ())
    return put_map (message, field, value, path, depth, error);
  if (field->is_repeated ())
    return put_items (message, field, value, path, depth, error);

  const pb::OneofDescriptor *oneof = field->real_containing_oneof ();

  if (oneof != nullptr && message->GetReflection ()->HasOneof (*message, oneof))
    return qs_schema_fail (
        path,
        error,
        UNSUPPORTED,
        "of oneof '%s', '%s' is set already",
        oneof->name ().c_str (),
        message->GetReflection ()->GetOneofFieldDescriptor (*message, oneof)->name ().c_str ());

  return put_one (message, field, value, path, depth, error);
}

const FieldDescriptor *
find_field (const pb::Descriptor *type, const char *name)
{
  const FieldDescriptor *field = type->FindFieldByName (name);

  return field != nullptr ? field : type->FindFieldByCamelcaseName (name);
}

bool
put_fields (pb::Message        *message,
            const Bare         &value,
            const QsSchemaPath *path,
            guint               depth,
            GError            **error)
{
  const pb::Descriptor *type = message->GetDescriptor ();
  const bool            is_tuple = value.get () != nullptr && value.is ('(');

  if (!is_tuple && !(value.is_object () && g_variant_get_type_string (value.get ())[2] == 's'))
    return fail_type (type->full_name ().c_str (), value.get (), path, error);

  const gsize n = g_variant_n_children (value.get ());

  if (is_tuple && n > (gsize) type->field_count ())
    return qs_schema_fail (path,
                           error,
                           UNSUPPORTED,
                           "message %s has no %" G_GSIZE_FORMAT " fields",
                           type->full_name ().c_str (),
                           n);

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (value.get (), i);
      g_autoptr (GVariant) key = is_tuple ? nullptr : g_variant_get_child_value (child, 0);
      g_autoptr (GVariant) item =
          is_tuple ? g_variant_ref (child) : g_variant_get_child_value (child, 1);
      const char *name =
          is_tuple ? type->field ((int) i)->name ().c_str () : g_variant_get_string (key, nullptr);
      const QsSchemaPath     here = { path, name, 0 };
      const FieldDescriptor *field = find_field (type, name);

      if (field == nullptr)
        return qs_schema_fail (
            &here, error, UNSUPPORTED, "message %s has no such field", type->full_name ().c_str ());
      if (!put_field (message, field, item, &here, depth, error))
        return false;
    }

  return true;
}

template <class T>
bool
put_time (pb::Message *message, const char *text, const QsSchemaPath *path, GError **error)
{
  T time;

  if (!pb::util::TimeUtil::FromString (text, &time))
    return qs_schema_fail (
        path, error, OUT_OF_RANGE, "'%s' is not a %s", text, T::descriptor ()->name ().c_str ());

  return message->ParseFromString (time.SerializeAsString ());
}

/* A Value, which holds anything that JSON has. */
bool
put_any (pb::Message        *message,
         const Bare         &value,
         const QsSchemaPath *path,
         guint               depth,
         GError            **error)
{
  QsInteger   integer = { FALSE, 0 };
  const char *name = "number_value";

  if (value.get () == nullptr)
    name = "null_value";
  else if (value.is_text ())
    name = "string_value";
  else if (value.is ('b'))
    name = "bool_value";
  else if (value.is_object ())
    name = "struct_value";
  else if (value.is_items ())
    name = "list_value";
  else if (!value.is ('d') && !qs_integer_from_variant (value.get (), &integer))
    return fail_type ("a value of JSON", value.get (), path, error);

  const FieldDescriptor *field = message->GetDescriptor ()->FindFieldByName (name);

  if (value.get () == nullptr)
    {
      message->GetReflection ()->SetEnumValue (message, field, 0);
      return true;
    }

  return put_one (message, field, value, path, depth, error);
}

} // namespace

bool
qs_protobuf_put (pb::Message        *message,
                 GVariant           *input,
                 const QsSchemaPath *path,
                 guint               depth,
                 GError            **error)
{
  const pb::Descriptor *type = message->GetDescriptor ();
  const QsProtobufKnown known = qs_protobuf_get_known (type);
  const Bare            value (input);

  if (depth > QS_SCHEMA_MAX_DEPTH)
    return qs_schema_fail (
        path, error, OUT_OF_RANGE, "values are nested more than %d deep", QS_SCHEMA_MAX_DEPTH);

  if (known == QsProtobufKnown::VALUE)
    return put_any (message, value, path, depth, error);
  if (known == QsProtobufKnown::STRUCT)
    return put_map (message, type->field (0), value, path, depth, error);
  if (known == QsProtobufKnown::LIST)
    return put_items (message, type->field (0), value, path, depth, error);
  if (known == QsProtobufKnown::WRAPPER && !value.is_object ())
    return put_one (message, type->field (0), value, path, depth, error);
  if (known == QsProtobufKnown::TIMESTAMP && value.is_text ())
    return put_time<pb::Timestamp> (
        message, g_variant_get_string (value.get (), nullptr), path, error);
  if (known == QsProtobufKnown::DURATION && value.is_text ())
    return put_time<pb::Duration> (
        message, g_variant_get_string (value.get (), nullptr), path, error);

  return put_fields (message, value, path, depth, error);
}

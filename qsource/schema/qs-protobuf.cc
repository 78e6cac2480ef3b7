/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-protobuf-private.h"

#include <exception>
#include <memory>
#include <string>

#include <google/protobuf/compiler/parser.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>

#include "qs-protobuf-value-private.h"
#include "qs-serialization-error.h"

namespace pb = google::protobuf;

struct _QsProtobuf
{
  gint                      n_refs = 1;
  pb::DescriptorPool        pool{ pb::DescriptorPool::generated_pool () };
  pb::DynamicMessageFactory factory{ &pool };
  const pb::FileDescriptor *file = nullptr;
};

namespace
{

const char FILE_NAME[] = "qsource/schema.proto";

/* The first of them, and not on stderr. */
class Collector : public pb::io::ErrorCollector, public pb::DescriptorPool::ErrorCollector
{
public:
  std::string text;

  void
  AddError (int line, pb::io::ColumnNumber column, const std::string &message) override
  {
    if (text.empty ())
      text = "line " + std::to_string (line + 1) + ", column " + std::to_string (column + 1) +
             ": " + message;
  }

  void
  AddError (const std::string &,
            const std::string &element,
            const pb::Message *,
            ErrorLocation,
            const std::string &message) override
  {
    if (text.empty ())
      text = element + ": " + message;
  }

  void
  AddWarning (int, pb::io::ColumnNumber, const std::string &) override
  {
  }
  void
  AddWarning (const std::string &,
              const std::string &,
              const pb::Message *,
              ErrorLocation,
              const std::string &) override
  {
  }
};

bool
parse_text (const std::string &text, pb::FileDescriptorProto *file, Collector *collector)
{
  pb::io::ArrayInputStream input (text.data (), (int) text.size ());
  pb::io::Tokenizer        tokenizer (&input, collector);
  pb::compiler::Parser     parser;

  parser.RecordErrorsTo (collector);

  return parser.Parse (&tokenizer, file) && collector->text.empty ();
}

bool
parse_base64 (const std::string &text, pb::FileDescriptorProto *file)
{
  static const char letters[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\n";

  if (text.empty () || text.find_first_not_of (letters) != std::string::npos)
    return false;

  gsize   length = 0;
  guchar *data = g_base64_decode (text.c_str (), &length);
  bool    result = file->ParseFromArray (data, (int) length);

  g_free (data);

  return result;
}

const pb::FileDescriptor *
add_file (QsProtobuf *self, const std::string &name, const std::string &text, std::string *problem)
{
  pb::LogSilencer         silencer;
  pb::FileDescriptorProto file;
  Collector               collector;

  if (!parse_base64 (text, &file) && !parse_text (text, &file, &collector))
    {
      *problem = collector.text;
      return nullptr;
    }
  file.set_name (name);

  const pb::FileDescriptor *built = self->pool.BuildFileCollectingErrors (file, &collector);

  *problem = collector.text;

  return built;
}

bool
load (QsProtobuf *self, const char *text, GPtrArray *names, GPtrArray *parts, std::string *problem)
{
  for (guint i = 0; parts != nullptr && i < parts->len; i++)
    {
      const std::string name = static_cast<const char *> (names->pdata[i]);

      /* The files of Protobuf itself are already there. */
      if (self->pool.FindFileByName (name) != nullptr)
        continue;
      if (add_file (self, name, static_cast<const char *> (parts->pdata[i]), problem) == nullptr)
        {
          *problem = "'" + name + "': " + *problem;
          return false;
        }
    }

  self->file = add_file (self, FILE_NAME, text, problem);

  return self->file != nullptr;
}

void
set_error (GError **error, const char *prefix, const char *text)
{
  g_set_error (
      error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_INVALID_DATA, "%s%s", prefix, text);
}

void
set_schema_error (GError **error, const char *prefix, const char *text)
{
  g_set_error (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_SCHEMA, "%s%s", prefix, text);
}

const QsProtobufType *
from_descriptor (const pb::Descriptor *descriptor)
{
  return reinterpret_cast<const QsProtobufType *> (descriptor);
}

const pb::Descriptor *
to_descriptor (const QsProtobufType *type)
{
  return reinterpret_cast<const pb::Descriptor *> (type);
}

std::unique_ptr<pb::Message>
make_message (QsProtobuf *self, const QsProtobufType *type)
{
  return std::unique_ptr<pb::Message> (self->factory.GetPrototype (to_descriptor (type))->New ());
}

bool
check_complete (const pb::Message &message, GError **error)
{
  if (!message.IsInitialized ())
    set_error (error,
               message.InitializationErrorString ().c_str (),
               ": is missing, and the schema requires it");

  return message.IsInitialized ();
}

bool
encode (QsProtobuf           *self,
        const QsProtobufType *type,
        GVariant             *value,
        GByteArray           *out,
        GError              **error)
{
  std::unique_ptr<pb::Message> message = make_message (self, type);
  std::string                  bytes;

  if (!qs_protobuf_put (message.get (), value, nullptr, 0, error) ||
      !check_complete (*message, error))
    return false;

  {
    pb::io::StringOutputStream stream (&bytes);
    pb::io::CodedOutputStream  coded (&stream);

    /* Entries of maps in the same order each time. */
    coded.SetSerializationDeterministic (true);
    message->SerializePartialToCodedStream (&coded);
  }
  g_byte_array_append (
      out, reinterpret_cast<const guint8 *> (bytes.data ()), (guint) bytes.size ());

  return true;
}

GVariant *
decode (QsProtobuf           *self,
        const QsProtobufType *type,
        const guint8         *data,
        gsize                 length,
        GError              **error)
{
  pb::LogSilencer              silencer;
  std::unique_ptr<pb::Message> message = make_message (self, type);

  if (length > G_MAXINT || !message->ParsePartialFromArray (data, (int) length))
    {
      set_error (error, "The bytes are not a message of type ", qs_protobuf_type_get_name (type));
      return nullptr;
    }
  if (!check_complete (*message, error))
    return nullptr;

  GVariant *value = qs_protobuf_get (*message, nullptr, 0, error);

  return value != nullptr ? g_variant_ref_sink (value) : nullptr;
}

} // namespace

extern "C" QsProtobuf *
qs_protobuf_new (const char *text, GPtrArray *names, GPtrArray *parts, GError **error)
{
  std::unique_ptr<QsProtobuf> self;

  try
    {
      std::string problem;

      self.reset (new QsProtobuf);
      if (load (self.get (), text, names, parts, &problem))
        return self.release ();
      set_schema_error (error, "Invalid Protobuf schema: ", problem.c_str ());
    }
  catch (const std::exception &failure)
    {
      set_schema_error (error, "Invalid Protobuf schema: ", failure.what ());
    }

  return nullptr;
}

extern "C" QsProtobuf *
qs_protobuf_ref (QsProtobuf *self)
{
  g_atomic_int_inc (&self->n_refs);

  return self;
}

extern "C" void
qs_protobuf_unref (QsProtobuf *self)
{
  if (g_atomic_int_dec_and_test (&self->n_refs))
    delete self;
}

extern "C" const QsProtobufType *
qs_protobuf_find_name (QsProtobuf *self, const char *name, GError **error)
{
  const pb::Descriptor *found = nullptr;

  if (name == nullptr)
    found = self->file->message_type_count () > 0 ? self->file->message_type (0) : nullptr;
  else
    found = self->pool.FindMessageTypeByName (name);
  /* Records contain its index in this file. */
  if (found != nullptr && found->file () != self->file)
    found = nullptr;
  if (found == nullptr && name != nullptr)
    found = self->file->FindMessageTypeByName (name);

  if (found == nullptr && name == nullptr)
    set_schema_error (error, "Invalid Protobuf schema: it has no message type", "");
  else if (found == nullptr)
    set_schema_error (error, "The Protobuf schema has no message type ", name);

  return from_descriptor (found);
}

extern "C" const QsProtobufType *
qs_protobuf_find_indexes (QsProtobuf *self, const gint64 *indexes, guint n_indexes, GError **error)
{
  const pb::Descriptor *found = nullptr;

  for (guint i = 0; i < n_indexes; i++)
    {
      int n = i == 0 ? self->file->message_type_count () : found->nested_type_count ();

      if (indexes[i] < 0 || indexes[i] >= n)
        {
          set_error (error, "The record refers to a message type that its schema does not have", "");
          return nullptr;
        }
      found = i == 0 ? self->file->message_type ((int) indexes[i])
                     : found->nested_type ((int) indexes[i]);
    }

  return from_descriptor (found);
}

extern "C" const char *
qs_protobuf_type_get_name (const QsProtobufType *type)
{
  return to_descriptor (type)->full_name ().c_str ();
}

extern "C" guint
qs_protobuf_type_get_indexes (const QsProtobufType *type, gint64 *indexes)
{
  guint n = 0;

  for (const pb::Descriptor *d = to_descriptor (type); d != nullptr; d = d->containing_type ())
    n++;
  if (n > QS_PROTOBUF_MAX_INDEXES)
    return 0;

  guint i = n;
  for (const pb::Descriptor *d = to_descriptor (type); d != nullptr; d = d->containing_type ())
    indexes[--i] = d->index ();

  return n;
}

extern "C" gboolean
qs_protobuf_encode (QsProtobuf           *self,
                    const QsProtobufType *type,
                    GVariant             *value,
                    GByteArray           *out,
                    GError              **error)
{
  try
    {
      return encode (self, type, value, out, error);
    }
  catch (const std::exception &failure)
    {
      set_error (error, "The value cannot be encoded: ", failure.what ());
    }

  return FALSE;
}

extern "C" GVariant *
qs_protobuf_decode (QsProtobuf           *self,
                    const QsProtobufType *type,
                    const guint8         *data,
                    gsize                 length,
                    GError              **error)
{
  try
    {
      return decode (self, type, data, length, error);
    }
  catch (const std::exception &failure)
    {
      set_error (error, "The bytes cannot be decoded: ", failure.what ());
    }

  return nullptr;
}

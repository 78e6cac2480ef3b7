/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-schema-binding-private.h"

#include <string.h>

#include "qs-enum-types.h"
#include "qs-serialization-error.h"
#include "qs-serializer-private.h"

/* What was found out for a topic; never changed or freed while the binding lives. */
typedef struct
{
  char    *topic;
  gboolean is_key;
  gint64   id;
  char    *latest; /* nullable */
} Known;

static void
known_free (gpointer data)
{
  Known *known = data;

  g_free (known->topic);
  g_free (known->latest);
  g_free (known);
}

void
qs_schema_binding_init (QsSchemaBinding *self, const QsSchemaFormat *format)
{
  self->format = format;
  g_mutex_init (&self->lock);
  self->known = g_ptr_array_new_with_free_func (known_free);
  self->schemas = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, format->unref);
}

void
qs_schema_binding_clear (QsSchemaBinding *self)
{
  g_clear_object (&self->registry);
  g_free (self->schema);
  g_ptr_array_unref (self->known);
  g_clear_pointer (&self->own, self->format->unref);
  g_hash_table_unref (self->schemas);
  g_mutex_clear (&self->lock);
}

void
qs_schema_binding_install (GObjectClass *klass)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  g_object_class_install_property (
      klass,
      QS_SCHEMA_PROP_SCHEMA,
      g_param_spec_string ("schema", NULL, "The schema's text, registered as it is", NULL, flags));
  g_object_class_install_property (
      klass,
      QS_SCHEMA_PROP_REGISTRY,
      g_param_spec_object ("registry",
                           NULL,
                           "Where schemas are kept; unset = records have no header",
                           QS_TYPE_SCHEMA_REGISTRY,
                           flags));
  g_object_class_install_property (
      klass,
      QS_SCHEMA_PROP_SUBJECT_STRATEGY,
      g_param_spec_enum ("subject-strategy",
                         NULL,
                         "Under which subject the schema is kept: topic, record or topic-record",
                         QS_TYPE_SUBJECT_STRATEGY,
                         QS_SUBJECT_STRATEGY_TOPIC,
                         flags));
  g_object_class_install_property (
      klass,
      QS_SCHEMA_PROP_AUTO_REGISTER,
      g_param_spec_boolean ("auto-register",
                            NULL,
                            "Whether a schema that the registry doesn't know is registered",
                            TRUE,
                            flags));
  g_object_class_install_property (
      klass,
      QS_SCHEMA_PROP_USE_LATEST_VERSION,
      g_param_spec_boolean ("use-latest-version",
                            NULL,
                            "Whether the subject's newest schema is used instead of the own one",
                            FALSE,
                            flags));
  g_object_class_install_property (
      klass,
      QS_SCHEMA_PROP_NORMALIZE,
      g_param_spec_boolean ("normalize",
                            NULL,
                            "Whether the registry takes texts that mean the same as one schema",
                            FALSE,
                            flags));
}

void
qs_schema_binding_get_property (QsSchemaBinding *self,
                                GObject         *object,
                                guint            prop_id,
                                GValue          *value,
                                GParamSpec      *pspec)
{
  switch (prop_id)
    {
    case QS_SCHEMA_PROP_SCHEMA:
      g_value_set_string (value, self->schema);
      break;

    case QS_SCHEMA_PROP_REGISTRY:
      g_value_set_object (value, self->registry);
      break;

    case QS_SCHEMA_PROP_SUBJECT_STRATEGY:
      g_value_set_enum (value, (int) self->strategy);
      break;

    case QS_SCHEMA_PROP_AUTO_REGISTER:
      g_value_set_boolean (value, self->auto_register);
      break;

    case QS_SCHEMA_PROP_USE_LATEST_VERSION:
      g_value_set_boolean (value, self->use_latest_version);
      break;

    case QS_SCHEMA_PROP_NORMALIZE:
      g_value_set_boolean (value, self->normalize);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

void
qs_schema_binding_set_property (QsSchemaBinding *self,
                                GObject         *object,
                                guint            prop_id,
                                const GValue    *value,
                                GParamSpec      *pspec)
{
  switch (prop_id)
    {
    case QS_SCHEMA_PROP_SCHEMA:
      self->schema = g_value_dup_string (value);
      break;

    case QS_SCHEMA_PROP_REGISTRY:
      self->registry = g_value_dup_object (value);
      break;

    case QS_SCHEMA_PROP_SUBJECT_STRATEGY:
      self->strategy = (QsSubjectStrategy) g_value_get_enum (value);
      break;

    case QS_SCHEMA_PROP_AUTO_REGISTER:
      self->auto_register = g_value_get_boolean (value);
      break;

    case QS_SCHEMA_PROP_USE_LATEST_VERSION:
      self->use_latest_version = g_value_get_boolean (value);
      break;

    case QS_SCHEMA_PROP_NORMALIZE:
      self->normalize = g_value_get_boolean (value);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static char *
make_subject (QsSchemaBinding           *self,
              const QsSerializerContext *context,
              const char                *record_name,
              GError                   **error)
{
  if (self->strategy == QS_SUBJECT_STRATEGY_TOPIC)
    return g_strconcat (context->topic, context->is_key ? "-key" : "-value", NULL);

  if (record_name == NULL)
    {
      g_set_error (error,
                   QS_SERIALIZATION_ERROR,
                   QS_SERIALIZATION_ERROR_FAILED,
                   "The subject strategies 'record' and 'topic-record' need a schema whose type "
                   "has a name; use 'topic'");
      return NULL;
    }
  if (self->strategy == QS_SUBJECT_STRATEGY_RECORD)
    return g_strdup (record_name);

  return g_strconcat (context->topic, "-", record_name, NULL);
}

static const Known *
find_known_locked (QsSchemaBinding *self, const QsSerializerContext *context)
{
  for (guint i = 0; i < self->known->len; i++)
    {
      const Known *known = self->known->pdata[i];

      if (known->is_key == context->is_key && g_str_equal (known->topic, context->topic))
        return known;
    }

  return NULL;
}

/* Asks the registry. */
static Known *
learn (QsSchemaBinding           *self,
       const QsSerializerContext *context,
       const char                *record_name,
       GError                   **error)
{
  g_autofree char *subject = make_subject (self, context, record_name, error);
  g_autofree char *latest = NULL;
  gint64           id = -1;
  Known           *known = NULL;

  if (subject == NULL)
    return NULL;

  if (self->use_latest_version)
    {
      id = qs_schema_registry_find_latest (self->registry, subject, &latest, error);
    }
  else
    {
      const QsSchemaRequest request = {
        subject, self->format->type, self->schema, self->auto_register, self->normalize,
      };

      id = qs_schema_registry_find_id (self->registry, &request, error);
    }
  if (id < 0)
    return NULL;

  known = g_new (Known, 1);
  *known = (Known){ g_strdup (context->topic), context->is_key, id, g_steal_pointer (&latest) };

  return known;
}

/* The number of the schema for the record that is serialized just now, and, if it is to be
 * used, the newest schema of the subject; transfer none. */
static gboolean
find (QsSchemaBinding *self,
      const char      *record_name,
      gint64          *id,
      const char     **latest,
      GError         **error)
{
  const QsSerializerContext *context = qs_serializer_get_context ();
  const Known               *known = NULL;

  if (context == NULL)
    {
      g_set_error (error,
                   QS_SERIALIZATION_ERROR,
                   QS_SERIALIZATION_ERROR_FAILED,
                   "A serializer with a schema registry needs a topic to know its subject; "
                   "serialize by the topic, or by a source");
      return FALSE;
    }

  g_mutex_lock (&self->lock);
  known = find_known_locked (self, context);
  g_mutex_unlock (&self->lock);
  if (known == NULL)
    {
      Known *learned = learn (self, context, record_name, error);

      if (learned == NULL)
        return FALSE;
      g_mutex_lock (&self->lock);
      g_ptr_array_add (self->known, learned);
      g_mutex_unlock (&self->lock);
      known = learned;
    }

  *id = known->id;
  *latest = known->latest;

  return TRUE;
}

static void
put_header (GByteArray *out, gint64 id)
{
  guint8  header[QS_SCHEMA_HEADER_SIZE] = { 0 };
  guint32 number = GUINT32_TO_BE ((guint32) id);

  memcpy (header + 1, &number, sizeof number);
  g_byte_array_append (out, header, sizeof header);
}

/* What @text is parsed to; transfer full. */
static gpointer
parse (QsSchemaBinding *self, const char *text, GError **error)
{
  gpointer schema = NULL;

  g_mutex_lock (&self->lock);
  schema = g_hash_table_lookup (self->schemas, text);
  if (schema == NULL)
    {
      schema = self->format->parse (text, error);
      if (schema != NULL)
        g_hash_table_insert (self->schemas, g_strdup (text), schema);
    }
  if (schema != NULL)
    self->format->ref (schema);
  g_mutex_unlock (&self->lock);

  return schema;
}

gpointer
qs_schema_binding_dup_own (QsSchemaBinding *self, GError **error)
{
  gpointer schema = NULL;

  g_mutex_lock (&self->lock);
  if (self->own != NULL)
    schema = self->format->ref (self->own);
  g_mutex_unlock (&self->lock);
  if (schema != NULL)
    return schema;

  if (self->schema == NULL)
    {
      g_set_error (error,
                   QS_SERIALIZATION_ERROR,
                   QS_SERIALIZATION_ERROR_FAILED,
                   "The %s serializer has no schema; set its 'schema'",
                   self->format->title);
      return NULL;
    }
  schema = parse (self, self->schema, error);
  if (schema == NULL)
    return NULL;

  g_mutex_lock (&self->lock);
  if (self->own == NULL)
    self->own = self->format->ref (schema);
  g_mutex_unlock (&self->lock);

  return schema;
}

gpointer
qs_schema_binding_begin (QsSchemaBinding *self,
                         QsSchemaNameFunc get_name,
                         gpointer         user_data,
                         GByteArray      *out,
                         GError         **error)
{
  gboolean    has_own = self->schema != NULL || !self->use_latest_version;
  gpointer    schema = has_own ? qs_schema_binding_dup_own (self, error) : NULL;
  const char *name = NULL;
  const char *latest = NULL;
  gint64      id = 0;

  if (has_own && schema == NULL)
    return NULL;
  if (self->registry == NULL)
    return schema != NULL ? schema : qs_schema_binding_dup_own (self, error);

  if ((schema != NULL && !get_name (schema, user_data, &name, error)) ||
      !find (self, name, &id, &latest, error))
    {
      g_clear_pointer (&schema, self->format->unref);
      return NULL;
    }

  put_header (out, id);
  if (latest == NULL)
    return schema;

  g_clear_pointer (&schema, self->format->unref);
  return parse (self, latest, error);
}

gboolean
qs_schema_binding_skip_header (QsSchemaBinding *self,
                               const guint8   **data,
                               gsize           *length,
                               gint64          *id,
                               GError         **error)
{
  guint32 number;

  if (self->registry == NULL)
    return TRUE;

  if (*length < QS_SCHEMA_HEADER_SIZE || **data != 0)
    {
      g_set_error (error,
                   QS_SERIALIZATION_ERROR,
                   QS_SERIALIZATION_ERROR_INVALID_DATA,
                   "It doesn't begin with a zero and the number of a schema, as what was written "
                   "with a schema registry does");
      return FALSE;
    }

  memcpy (&number, *data + 1, sizeof number);
  *id = GUINT32_FROM_BE (number);
  *data += QS_SCHEMA_HEADER_SIZE;
  *length -= QS_SCHEMA_HEADER_SIZE;

  return TRUE;
}

gpointer
qs_schema_binding_dup_written (QsSchemaBinding *self, gint64 id, GError **error)
{
  g_autofree char *text = NULL;

  if (self->registry == NULL)
    return qs_schema_binding_dup_own (self, error);

  text = qs_schema_registry_find_text (self->registry, id, error);

  return text != NULL ? parse (self, text, error) : NULL;
}

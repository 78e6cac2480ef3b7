/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-schema-binding-private.h"

#include <string.h>

#include "qs-enum-types.h"
#include "qs-serialization-error.h"
#include "qs-serializer-private.h"

/* The results for a topic; never changed or freed while the binding lives. */
typedef struct
{
  char    *topic;
  gboolean is_key;
  gint64   id;
  gpointer latest; /* the newest schema, parsed; not owned, nullable */
} Known;

static void
known_free (gpointer data)
{
  Known *known = data;

  g_free (known->topic);
  g_free (known);
}

void
qs_schema_binding_init (QsSchemaBinding *self, const QsSchemaFormat *format)
{
  self->format = format;
  g_mutex_init (&self->lock);
  self->known = g_ptr_array_new_with_free_func (known_free);
  self->schemas = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, format->unref);
  self->written = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, format->unref);
}

void
qs_schema_binding_clear (QsSchemaBinding *self)
{
  g_clear_object (&self->registry);
  g_free (self->schema);
  g_clear_pointer (&self->references, g_variant_unref);
  g_clear_pointer (&self->own_text, qs_schema_text_unref);
  g_ptr_array_unref (self->known);
  g_clear_pointer (&self->own, self->format->unref);
  g_hash_table_unref (self->schemas);
  g_hash_table_unref (self->written);
  g_mutex_clear (&self->lock);
}

void
qs_schema_binding_install (GObjectClass *klass)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  g_object_class_install_property (
      klass,
      QS_SCHEMA_PROP_SCHEMA,
      g_param_spec_string ("schema", NULL, "The schema's text, registered unchanged", NULL, flags));
  g_object_class_install_property (
      klass,
      QS_SCHEMA_PROP_REGISTRY,
      g_param_spec_object ("registry",
                           NULL,
                           "Registry that keeps the schemas; unset = records have no header",
                           QS_TYPE_SCHEMA_REGISTRY,
                           flags));
  g_object_class_install_property (
      klass,
      QS_SCHEMA_PROP_SUBJECT_STRATEGY,
      g_param_spec_enum ("subject-strategy",
                         NULL,
                         "Subject under which the schema is kept: topic, record or topic-record",
                         QS_TYPE_SUBJECT_STRATEGY,
                         QS_SUBJECT_STRATEGY_TOPIC,
                         flags));
  g_object_class_install_property (
      klass,
      QS_SCHEMA_PROP_AUTO_REGISTER,
      g_param_spec_boolean ("auto-register",
                            NULL,
                            "Whether a schema that the registry does not have is registered",
                            TRUE,
                            flags));
  g_object_class_install_property (
      klass,
      QS_SCHEMA_PROP_USE_LATEST_VERSION,
      g_param_spec_boolean ("use-latest-version",
                            NULL,
                            "Whether the subject's newest schema is used instead of 'schema'",
                            FALSE,
                            flags));
  g_object_class_install_property (
      klass,
      QS_SCHEMA_PROP_NORMALIZE,
      g_param_spec_boolean ("normalize",
                            NULL,
                            "Whether the registry treats texts with the same meaning as one schema",
                            FALSE,
                            flags));
  g_object_class_install_property (
      klass,
      QS_SCHEMA_PROP_REFERENCES,
      g_param_spec_variant (
          "references",
          NULL,
          "Schemas that the schema refers to: name, subject, version (-1 = the newest)",
          G_VARIANT_TYPE ("a(ssi)"),
          NULL,
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

    case QS_SCHEMA_PROP_REFERENCES:
      g_value_set_variant (value, self->references);
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

    case QS_SCHEMA_PROP_REFERENCES:
      self->references = g_value_dup_variant (value);
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
                   QS_SERIALIZATION_ERROR_SCHEMA,
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

/* Parses @text; transfer full. */
static gpointer
parse (QsSchemaBinding *self, const QsSchemaText *text, GError **error)
{
  gpointer schema = NULL;

  g_mutex_lock (&self->lock);
  schema = g_hash_table_lookup (self->schemas, text->key);
  if (schema == NULL)
    {
      schema = self->format->parse (text, error);
      if (schema != NULL)
        g_hash_table_insert (self->schemas, g_strdup (text->key), schema);
    }
  if (schema != NULL)
    self->format->ref (schema);
  g_mutex_unlock (&self->lock);

  return schema;
}

/* The own schema's text, with what it refers to; transfer full. */
static QsSchemaText *
complete_own (QsSchemaBinding *self, gint64 deadline, GError **error)
{
  g_autofree char *what = NULL;

  if (self->schema == NULL)
    {
      g_set_error (error,
                   QS_SERIALIZATION_ERROR,
                   QS_SERIALIZATION_ERROR_SCHEMA,
                   "The %s serializer has no schema; set its 'schema'",
                   self->format->title);
      return NULL;
    }
  if (self->references == NULL || g_variant_n_children (self->references) == 0)
    return qs_schema_text_new (self->schema, NULL, NULL);

  if (self->registry == NULL)
    {
      g_set_error (error,
                   QS_SERIALIZATION_ERROR,
                   QS_SERIALIZATION_ERROR_SCHEMA,
                   "The %s serializer's schema refers to others, which only a registry has; set "
                   "its 'registry'",
                   self->format->title);
      return NULL;
    }
  what = g_strdup_printf ("read the %s serializer's schema", self->format->title);

  return qs_schema_registry_complete (
      self->registry, self->schema, self->references, what, deadline, error);
}

static gpointer
dup_own (QsSchemaBinding *self, gint64 deadline, GError **error)
{
  gpointer schema = NULL;
  g_autoptr (QsSchemaText) text = NULL;

  g_mutex_lock (&self->lock);
  if (self->own != NULL)
    schema = self->format->ref (self->own);
  g_mutex_unlock (&self->lock);
  if (schema != NULL)
    return schema;

  text = complete_own (self, deadline, error);
  schema = text != NULL ? parse (self, text, error) : NULL;
  if (schema == NULL)
    return NULL;

  g_mutex_lock (&self->lock);
  if (self->own == NULL)
    {
      self->own_text = g_steal_pointer (&text);
      self->own = self->format->ref (schema);
    }
  g_mutex_unlock (&self->lock);

  return schema;
}

static gint64
get_deadline (QsSchemaBinding *self)
{
  return self->registry != NULL ? qs_schema_registry_get_deadline (self->registry) : 0;
}

gpointer
qs_schema_binding_dup_own (QsSchemaBinding *self, GError **error)
{
  return dup_own (self, get_deadline (self), error);
}

/* Asks the registry. */
static Known *
learn (QsSchemaBinding           *self,
       const QsSerializerContext *context,
       const char                *record_name,
       gint64                     deadline,
       GError                   **error)
{
  g_autofree char *subject = make_subject (self, context, record_name, error);
  g_autoptr (QsSchemaText) text = NULL;
  gpointer latest = NULL;
  gint64   id = -1;
  Known   *known = NULL;

  if (subject == NULL)
    return NULL;

  if (self->use_latest_version)
    {
      id = qs_schema_registry_find_latest (self->registry, subject, deadline, &text, error);
      latest = id >= 0 ? parse (self, text, error) : NULL;
      if (latest == NULL)
        {
          if (id >= 0)
            g_prefix_error (error, "Cannot use the newest schema of subject '%s': ", subject);
          return NULL;
        }
      /* It stays among the schemas. */
      self->format->unref (latest);
    }
  else
    {
      /* The own schema was parsed, so that its text is there for good. */
      const QsSchemaRequest request = {
        subject,          self->format->type,  self->own_text,
        self->references, self->auto_register, self->normalize,
      };

      id = qs_schema_registry_find_id (self->registry, &request, deadline, error);
      if (id < 0)
        return NULL;
    }

  known = g_new (Known, 1);
  *known = (Known){ g_strdup (context->topic), context->is_key, id, latest };

  return known;
}

static const QsSerializerContext *
get_context (GError **error)
{
  const QsSerializerContext *context = qs_serializer_get_context ();

  if (context == NULL)
    g_set_error (error,
                 QS_SERIALIZATION_ERROR,
                 QS_SERIALIZATION_ERROR_SCHEMA,
                 "A serializer with a schema registry needs a topic to know its subject; "
                 "serialize by the topic, or by a source");

  return context;
}

static void
put_header (GByteArray *out, gint64 id)
{
  guint8  header[QS_SCHEMA_HEADER_SIZE] = { 0 };
  guint32 number = GUINT32_TO_BE ((guint32) id);

  memcpy (header + 1, &number, sizeof number);
  g_byte_array_append (out, header, sizeof header);
}

/* The own schema, if it is the one to write by, or needed for the subject's name. */
static gboolean
get_own (QsSchemaBinding *self, gint64 deadline, gpointer *schema, GError **error)
{
  *schema = NULL;
  if (self->use_latest_version && self->registry != NULL && self->schema == NULL)
    return TRUE;

  *schema = dup_own (self, deadline, error);

  return *schema != NULL;
}

/* As find_known_locked(), asking the registry if it must. transfer none */
static const Known *
find (QsSchemaBinding           *self,
      const QsSerializerContext *context,
      gpointer                   own,
      QsSchemaNameFunc           get_name,
      gpointer                   user_data,
      gint64                     deadline,
      GError                   **error)
{
  const char *name = NULL;
  Known      *learned = NULL;

  if (own != NULL && !get_name (own, user_data, &name, error))
    return NULL;
  learned = learn (self, context, name, deadline, error);
  if (learned == NULL)
    return NULL;

  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->known, learned);
  g_mutex_unlock (&self->lock);

  return learned;
}

gpointer
qs_schema_binding_begin (QsSchemaBinding *self,
                         QsSchemaNameFunc get_name,
                         gpointer         user_data,
                         GByteArray      *out,
                         GError         **error)
{
  const QsSerializerContext *context = NULL;
  const Known               *known = NULL;
  gpointer                   schema = NULL;
  gint64                     deadline = 0;

  if (self->registry == NULL)
    return dup_own (self, 0, error);

  context = get_context (error);
  if (context == NULL)
    return NULL;

  g_mutex_lock (&self->lock);
  known = find_known_locked (self, context);
  if (known != NULL)
    schema = self->format->ref (known->latest != NULL ? known->latest : self->own);
  g_mutex_unlock (&self->lock);

  if (known == NULL)
    {
      deadline = get_deadline (self);
      if (!get_own (self, deadline, &schema, error))
        return NULL;
      known = find (self, context, schema, get_name, user_data, deadline, error);
      if (known == NULL || known->latest != NULL)
        g_clear_pointer (&schema, self->format->unref);
      if (known == NULL)
        return NULL;
      if (known->latest != NULL)
        schema = self->format->ref (known->latest);
    }
  put_header (out, known->id);

  return schema;
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
                   "It does not begin with a zero byte and the id of a schema, as records written "
                   "with a schema registry do");
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
  g_autoptr (QsSchemaText) text = NULL;
  gpointer schema = NULL;

  if (self->registry == NULL)
    return dup_own (self, 0, error);

  g_mutex_lock (&self->lock);
  schema = g_hash_table_lookup (self->written, &id);
  if (schema != NULL)
    self->format->ref (schema);
  g_mutex_unlock (&self->lock);
  if (schema != NULL)
    return schema;

  text = qs_schema_registry_dup_text (self->registry, id, get_deadline (self), error);
  schema = text != NULL ? parse (self, text, error) : NULL;
  if (schema == NULL)
    {
      /* The registry's own errors name it. */
      if (text != NULL)
        g_prefix_error (error, "Cannot read the schema %" G_GINT64_FORMAT ": ", id);
      return NULL;
    }

  g_mutex_lock (&self->lock);
  g_hash_table_replace (self->written, g_memdup2 (&id, sizeof id), self->format->ref (schema));
  g_mutex_unlock (&self->lock);

  return schema;
}

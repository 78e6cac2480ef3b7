/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-schema-registry-private.h"

#include <string.h>

#include "qs-json.h"
#include "qs-schema-address-private.h"
#include "qs-schema-http-private.h"
#include "qs-serialization-error.h"

/* Seconds, for one question with all its tries. */
#define DEFAULT_TIMEOUT 30
#define MIN_TIMEOUT 0.1
#define MAX_TIMEOUT 3600

/* Microseconds before a question is asked again, doubled each time; and how often. */
#define FIRST_PAUSE 200000
#define MAX_TRIES 4

/**
 * QsSchemaRegistry:
 *
 * A schema registry with the interface of Confluent's, which keeps the schemas of
 * records by numbers.
 *
 * Serializers with schemas, as [class@AvroSerializer], ask it for the number of their
 * schema before the first record, and for the schema of each number that they read;
 * once each, for what it answered is kept. A registry that can't be reached, is busy
 * (429) or fails (5xx) is asked again until [property@SchemaRegistry:timeout] is over.
 * All else is an error, which names the subject, the status and what the registry said.
 *
 * ## Thread safety
 *
 * Any thread may use it.
 */
struct _QsSchemaRegistry
{
  GObject parent_instance;

  /* Set when it is made, then only read. Owned. */
  char  *url;
  char  *user;
  char  *password;
  char  *ca_file;
  double timeout;

  GMutex      lock;  /* guards what follows */
  GHashTable *ids;   /* "subject\ntype\ntext" → gint64 * */
  GHashTable *texts; /* gint64 * → char * */
};

enum
{
  PROP_URL = 1,
  PROP_USER,
  PROP_PASSWORD,
  PROP_CA_FILE,
  PROP_TIMEOUT,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (QsSchemaRegistry, qs_schema_registry, G_TYPE_OBJECT)

/* What the registry says in the answer to a question that it refuses. */
static char *
dup_message (GBytes *answer)
{
  g_autoptr (GVariant) json = qs_json_from_bytes (answer, NULL);
  const char *message = NULL;
  gint64      code = 0;

  if (json == NULL || !g_variant_is_of_type (json, G_VARIANT_TYPE_VARDICT) ||
      !g_variant_lookup (json, "message", "&s", &message))
    return g_strdup ("it says nothing else");
  if (!g_variant_lookup (json, "error_code", "x", &code))
    return g_strdup (message);

  return g_strdup_printf ("%s (code %" G_GINT64_FORMAT ")", message, code);
}

/* Asks one address. @is_final: it is of no use to ask again. */
static GBytes *
ask_address (QsSchemaRegistry *self,
             const char       *base,
             const char       *path,
             const char       *body,
             double            timeout,
             const char       *what,
             gboolean         *is_final,
             GError          **error)
{
  QsSchemaHttpConfig config = { self->user, self->password, self->ca_file, timeout };
  g_autofree char   *user = NULL;
  g_autofree char   *password = NULL;
  g_autofree char   *shown = qs_schema_address_strip_user (base, &user, &password);
  g_autofree char   *address = qs_schema_address_join (shown, path);
  g_autoptr (GError) failure = NULL;
  g_autofree char *message = NULL;
  guint            status = 0;
  g_autoptr (GBytes) answer = NULL;

  if (user != NULL && config.user == NULL)
    {
      config.user = user;
      config.password = password;
    }

  answer = qs_schema_http_send (
      &config, body != NULL ? "POST" : "GET", address, body, &status, &failure);
  if (answer == NULL)
    {
      *is_final = g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED) ||
                  g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT) ||
                  failure->domain == G_FILE_ERROR || failure->domain == G_TLS_ERROR;
      g_set_error (error,
                   QS_SERIALIZATION_ERROR,
                   QS_SERIALIZATION_ERROR_REGISTRY,
                   "Cannot %s: the schema registry at '%s' can't be asked: %s",
                   what,
                   shown,
                   failure->message);
      return NULL;
    }
  if (status >= 200 && status < 300)
    return g_steal_pointer (&answer);

  message = dup_message (answer);
  *is_final = status != 429 && status < 500;
  g_set_error (error,
               QS_SERIALIZATION_ERROR,
               QS_SERIALIZATION_ERROR_REGISTRY,
               "Cannot %s: the schema registry at '%s' answers %u: %s",
               what,
               shown,
               status,
               message);

  return NULL;
}

/* Asks each address once. NULL: none answers as it should; @is_final: it is of no use to
 * ask again. */
static GBytes *
ask_once (QsSchemaRegistry *self,
          const char       *path,
          const char       *body,
          double            timeout,
          const char       *what,
          gboolean         *is_final,
          GError          **error)
{
  g_auto (GStrv) bases = g_strsplit (self->url != NULL ? self->url : "", ",", -1);
  GBytes *answer = NULL;

  *is_final = TRUE;
  for (guint i = 0; answer == NULL && bases[i] != NULL; i++)
    {
      g_clear_error (error);
      answer =
          ask_address (self, g_strstrip (bases[i]), path, body, timeout, what, is_final, error);
      if (answer == NULL && *is_final)
        break;
    }

  return answer;
}

/* An object as answer; transfer full. @what is what is to be done, for errors. */
static GVariant *
ask (QsSchemaRegistry *self, const char *path, const char *body, const char *what, GError **error)
{
  gint64   deadline = g_get_monotonic_time () + (gint64) (self->timeout * G_USEC_PER_SEC);
  gint64   pause = FIRST_PAUSE;
  gboolean is_final = FALSE;
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (GVariant) json = NULL;
  g_autoptr (GError) failure = NULL;

  for (guint i = 0; answer == NULL && !is_final && i < MAX_TRIES; i++)
    {
      gint64 rest = deadline - g_get_monotonic_time ();

      if (i > 0 && rest <= pause)
        break;
      if (i > 0)
        {
          g_usleep ((gulong) pause);
          rest -= pause;
          pause *= 2;
        }
      g_clear_error (&failure);
      answer =
          ask_once (self, path, body, (double) rest / G_USEC_PER_SEC, what, &is_final, &failure);
    }
  if (answer == NULL && failure == NULL)
    g_set_error (error,
                 QS_SERIALIZATION_ERROR,
                 QS_SERIALIZATION_ERROR_REGISTRY,
                 "Cannot %s: the schema registry has no address; set its 'url'",
                 what);
  if (answer == NULL)
    {
      if (failure != NULL)
        g_propagate_error (error, g_steal_pointer (&failure));
      return NULL;
    }

  json = qs_json_from_bytes (answer, &failure);
  if (json != NULL && g_variant_is_of_type (json, G_VARIANT_TYPE_VARDICT))
    return g_steal_pointer (&json);

  g_set_error (error,
               QS_SERIALIZATION_ERROR,
               QS_SERIALIZATION_ERROR_REGISTRY,
               "Cannot %s: the schema registry's answer is no object: %s",
               what,
               failure != NULL ? failure->message : "it is something else");
  return NULL;
}

static gint64
get_id (GVariant *json, const char *what, GError **error)
{
  gint64 id = -1;

  if (g_variant_lookup (json, "id", "x", &id) && id >= 0 && id <= G_MAXUINT32)
    return id;

  g_set_error (error,
               QS_SERIALIZATION_ERROR,
               QS_SERIALIZATION_ERROR_REGISTRY,
               "Cannot %s: the schema registry's answer has no number 'id'",
               what);
  return -1;
}

static char *
make_body (const QsSchemaRequest *request)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "schema", g_variant_new_string (request->text));
  if (!g_str_equal (request->type, "AVRO"))
    g_variant_builder_add (&builder, "{sv}", "schemaType", g_variant_new_string (request->type));

  return qs_json_to_string (g_variant_builder_end (&builder), NULL);
}

static gint64 *
copy_id (gint64 id)
{
  return g_memdup2 (&id, sizeof id);
}

gint64
qs_schema_registry_find_id (QsSchemaRegistry *self, const QsSchemaRequest *request, GError **error)
{
  g_autofree char *key =
      g_strconcat (request->subject, "\n", request->type, "\n", request->text, NULL);
  g_autofree char *subject = g_uri_escape_string (request->subject, NULL, FALSE);
  g_autofree char *path = g_strconcat ("/subjects/",
                                       subject,
                                       request->may_register ? "/versions" : "",
                                       request->normalizes ? "?normalize=true" : "",
                                       NULL);
  g_autofree char *what = g_strdup_printf ("%s the schema of subject '%s'",
                                           request->may_register ? "register" : "find",
                                           request->subject);
  g_autofree char *body = NULL;
  g_autoptr (GVariant) json = NULL;
  const gint64 *known = NULL;
  gint64        id = -1;

  g_mutex_lock (&self->lock);
  known = g_hash_table_lookup (self->ids, key);
  id = known != NULL ? *known : -1;
  g_mutex_unlock (&self->lock);
  if (id >= 0)
    return id;

  body = make_body (request);
  json = ask (self, path, body, what, error);
  id = json != NULL ? get_id (json, what, error) : -1;
  if (id < 0)
    return -1;

  g_mutex_lock (&self->lock);
  g_hash_table_replace (self->ids, g_steal_pointer (&key), copy_id (id));
  g_mutex_unlock (&self->lock);

  return id;
}

gint64
qs_schema_registry_find_latest (QsSchemaRegistry *self,
                                const char       *subject,
                                char            **text,
                                GError          **error)
{
  g_autofree char *escaped = g_uri_escape_string (subject, NULL, FALSE);
  g_autofree char *path = g_strconcat ("/subjects/", escaped, "/versions/latest", NULL);
  g_autofree char *what = g_strdup_printf ("find the newest schema of subject '%s'", subject);
  g_autoptr (GVariant) json = ask (self, path, NULL, what, error);
  gint64 id = json != NULL ? get_id (json, what, error) : -1;

  if (id < 0)
    return -1;
  if (g_variant_lookup (json, "schema", "s", text))
    return id;

  g_set_error (error,
               QS_SERIALIZATION_ERROR,
               QS_SERIALIZATION_ERROR_REGISTRY,
               "Cannot %s: the schema registry's answer has no text 'schema'",
               what);
  return -1;
}

char *
qs_schema_registry_find_text (QsSchemaRegistry *self, gint64 id, GError **error)
{
  g_autofree char *path = g_strdup_printf ("/schemas/ids/%" G_GINT64_FORMAT, id);
  g_autofree char *what = g_strdup_printf ("find the schema %" G_GINT64_FORMAT, id);
  g_autoptr (GVariant) json = NULL;
  char *text = NULL;

  g_mutex_lock (&self->lock);
  text = g_strdup (g_hash_table_lookup (self->texts, &id));
  g_mutex_unlock (&self->lock);
  if (text != NULL)
    return text;

  json = ask (self, path, NULL, what, error);
  if (json == NULL)
    return NULL;
  if (!g_variant_lookup (json, "schema", "s", &text))
    {
      g_set_error (error,
                   QS_SERIALIZATION_ERROR,
                   QS_SERIALIZATION_ERROR_REGISTRY,
                   "Cannot %s: the schema registry's answer has no text 'schema'",
                   what);
      return NULL;
    }

  g_mutex_lock (&self->lock);
  g_hash_table_replace (self->texts, copy_id (id), g_strdup (text));
  g_mutex_unlock (&self->lock);

  return text;
}

static void
qs_schema_registry_finalize (GObject *object)
{
  QsSchemaRegistry *self = QS_SCHEMA_REGISTRY (object);

  g_free (self->url);
  g_free (self->user);
  g_free (self->password);
  g_free (self->ca_file);
  g_hash_table_unref (self->ids);
  g_hash_table_unref (self->texts);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (qs_schema_registry_parent_class)->finalize (object);
}

static void
qs_schema_registry_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QsSchemaRegistry *self = QS_SCHEMA_REGISTRY (object);

  switch (prop_id)
    {
    case PROP_URL:
      g_value_set_string (value, self->url);
      break;

    case PROP_USER:
      g_value_set_string (value, self->user);
      break;

    case PROP_CA_FILE:
      g_value_set_string (value, self->ca_file);
      break;

    case PROP_TIMEOUT:
      g_value_set_double (value, self->timeout);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
qs_schema_registry_set_property (GObject      *object,
                                 guint         prop_id,
                                 const GValue *value,
                                 GParamSpec   *pspec)
{
  QsSchemaRegistry *self = QS_SCHEMA_REGISTRY (object);

  switch (prop_id)
    {
    case PROP_URL:
      self->url = g_value_dup_string (value);
      break;

    case PROP_USER:
      self->user = g_value_dup_string (value);
      break;

    case PROP_PASSWORD:
      self->password = g_value_dup_string (value);
      break;

    case PROP_CA_FILE:
      self->ca_file = g_value_dup_string (value);
      break;

    case PROP_TIMEOUT:
      self->timeout = g_value_get_double (value);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
make_properties (void)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  /**
   * QsSchemaRegistry:url: (getter get_url)
   *
   * The registry's address, which may have a path; several, for the same registry, are
   * separated by commas.
   */
  props[PROP_URL] = g_param_spec_string (
      "url", NULL, "Address of the registry, or several, separated by commas", NULL, flags);

  /**
   * QsSchemaRegistry:user: (getter get_user)
   *
   * Who asks, for basic authentication.
   */
  props[PROP_USER] = g_param_spec_string (
      "user", NULL, "Name for basic authentication; unset = none", NULL, flags);

  /**
   * QsSchemaRegistry:password:
   *
   * The password of [property@SchemaRegistry:user]. It can't be read back.
   */
  props[PROP_PASSWORD] =
      g_param_spec_string ("password",
                           NULL,
                           "Password for basic authentication",
                           NULL,
                           G_PARAM_WRITABLE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * QsSchemaRegistry:ca-file: (getter get_ca_file)
   *
   * A file with the certificates (PEM) that are trusted; unset: the system's.
   */
  props[PROP_CA_FILE] =
      g_param_spec_string ("ca-file",
                           NULL,
                           "File with the certificates that are trusted; unset = the system's",
                           NULL,
                           flags);

  /**
   * QsSchemaRegistry:timeout: (getter get_timeout)
   *
   * Seconds for one question, with all its tries.
   */
  props[PROP_TIMEOUT] = g_param_spec_double ("timeout",
                                             NULL,
                                             "Seconds for one question, with all its tries",
                                             MIN_TIMEOUT,
                                             MAX_TIMEOUT,
                                             DEFAULT_TIMEOUT,
                                             flags);
}

static void
qs_schema_registry_class_init (QsSchemaRegistryClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = qs_schema_registry_finalize;
  object_class->get_property = qs_schema_registry_get_property;
  object_class->set_property = qs_schema_registry_set_property;

  make_properties ();
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
qs_schema_registry_init (QsSchemaRegistry *self)
{
  g_mutex_init (&self->lock);
  self->ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->texts = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
}

/**
 * qs_schema_registry_new:
 * @url: (nullable): the registry's address
 *
 * Creates a registry. It isn't asked for anything before it must be.
 *
 * Returns: (transfer full): a new registry
 */
QsSchemaRegistry *
qs_schema_registry_new (const char *url)
{
  return g_object_new (QS_TYPE_SCHEMA_REGISTRY, "url", url, NULL);
}

/**
 * qs_schema_registry_get_url: (get-property url)
 * @self: a registry
 *
 * Gets the registry's address.
 *
 * Returns: (nullable): the address
 */
const char *
qs_schema_registry_get_url (QsSchemaRegistry *self)
{
  g_return_val_if_fail (QS_IS_SCHEMA_REGISTRY (self), NULL);

  return self->url;
}

/**
 * qs_schema_registry_get_user: (get-property user)
 * @self: a registry
 *
 * Gets who asks.
 *
 * Returns: (nullable): the name, or `NULL` if there is none
 */
const char *
qs_schema_registry_get_user (QsSchemaRegistry *self)
{
  g_return_val_if_fail (QS_IS_SCHEMA_REGISTRY (self), NULL);

  return self->user;
}

/**
 * qs_schema_registry_get_ca_file: (get-property ca-file)
 * @self: a registry
 *
 * Gets the file with the certificates that are trusted.
 *
 * Returns: (nullable): the file's path, or `NULL` for the system's
 */
const char *
qs_schema_registry_get_ca_file (QsSchemaRegistry *self)
{
  g_return_val_if_fail (QS_IS_SCHEMA_REGISTRY (self), NULL);

  return self->ca_file;
}

/**
 * qs_schema_registry_get_timeout: (get-property timeout)
 * @self: a registry
 *
 * Gets the seconds for one question, with all its tries.
 *
 * Returns: the seconds
 */
double
qs_schema_registry_get_timeout (QsSchemaRegistry *self)
{
  g_return_val_if_fail (QS_IS_SCHEMA_REGISTRY (self), 0);

  return self->timeout;
}

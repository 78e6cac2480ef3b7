/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-schema-registry-private.h"

#include "qs-json.h"
#include "qs-schema-ask-private.h"
#include "qs-schema-references-private.h"

/* Seconds, for one question with all its tries. */
#define DEFAULT_TIMEOUT 30
#define MIN_TIMEOUT 0.1
#define MAX_TIMEOUT 3600

/**
 * QsSchemaRegistry:
 *
 * A client of a schema registry with Confluent's interface, which keeps the schemas of
 * records by their ids.
 *
 * Serializers with schemas, such as [class@AvroSerializer], request the id of their schema
 * before the first record, and the schema of each id that they read. Answers are cached, so
 * each request is made only once. A request to a registry that cannot be reached, is busy
 * (429) or fails (5xx) is repeated until [property@SchemaRegistry:timeout] is over;
 * `Retry-After` is respected. Any other failure is an error with the subject, the status
 * and the registry's message. A source that is stopping waits for no answer.
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
  char  *bearer_token;
  char  *ca_file;
  char  *certificate_file;
  char  *key_file;
  double timeout;

  GMutex      lock;  /* guards what follows */
  GHashTable *ids;   /* "subject\ntype\ntext" → gint64 * */
  GHashTable *texts; /* gint64 * → QsSchemaText */
};

enum
{
  PROP_URL = 1,
  PROP_USER,
  PROP_PASSWORD,
  PROP_BEARER_TOKEN,
  PROP_CA_FILE,
  PROP_CERTIFICATE_FILE,
  PROP_KEY_FILE,
  PROP_TIMEOUT,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (QsSchemaRegistry, qs_schema_registry, G_TYPE_OBJECT)

static QsSchemaAsked
get_asked (QsSchemaRegistry *self)
{
  return (QsSchemaAsked){
    self->url,          self->user,    self->password,
    self->bearer_token, self->ca_file, self->certificate_file,
    self->key_file,
  };
}

static GVariant *
ask (QsSchemaRegistry *self,
     const char       *path,
     const char       *body,
     const char       *what,
     gint64            deadline,
     GError          **error)
{
  const QsSchemaAsked asked = get_asked (self);

  return qs_schema_ask (&asked, path, body, what, deadline, error);
}

static gint64
get_id (GVariant *json, const char *what, GError **error)
{
  gint64 id = -1;

  if (g_variant_lookup (json, "id", "x", &id) && id >= 0 && id <= G_MAXUINT32)
    return id;

  qs_schema_fail_answer (error, what, "number 'id'");

  return -1;
}

gint64
qs_schema_registry_get_deadline (QsSchemaRegistry *self)
{
  return g_get_monotonic_time () + (gint64) (self->timeout * G_USEC_PER_SEC);
}

QsSchemaText *
qs_schema_registry_complete (QsSchemaRegistry *self,
                             const char       *text,
                             GVariant         *references,
                             const char       *what,
                             gint64            deadline,
                             GError          **error)
{
  const QsSchemaAsked asked = get_asked (self);

  return qs_schema_references_complete (&asked, text, references, what, deadline, error);
}

/* Reads a schema's text from an answer. */
static QsSchemaText *
read_text (QsSchemaRegistry *self,
           GVariant         *json,
           const char       *what,
           gint64            deadline,
           GError          **error)
{
  g_autoptr (GVariant) references = qs_schema_references_read (json);
  const char *text = NULL;

  if (!g_variant_lookup (json, "schema", "&s", &text))
    return qs_schema_fail_answer (error, what, "text 'schema'"), NULL;

  return qs_schema_registry_complete (self, text, references, what, deadline, error);
}

static char *
make_body (const QsSchemaRequest *request)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "schema", g_variant_new_string (request->text->text));
  if (!g_str_equal (request->type, "AVRO"))
    g_variant_builder_add (&builder, "{sv}", "schemaType", g_variant_new_string (request->type));
  if (request->references != NULL)
    g_variant_builder_add (
        &builder, "{sv}", "references", qs_schema_references_to_json (request->references));

  return qs_json_to_string (g_variant_builder_end (&builder), NULL);
}

static gint64 *
copy_id (gint64 id)
{
  return g_memdup2 (&id, sizeof id);
}

gint64
qs_schema_registry_find_id (QsSchemaRegistry      *self,
                            const QsSchemaRequest *request,
                            gint64                 deadline,
                            GError               **error)
{
  g_autofree char *key =
      g_strconcat (request->subject, "\n", request->type, "\n", request->text->key, NULL);
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
  json = ask (self, path, body, what, deadline, error);
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
                                gint64            deadline,
                                QsSchemaText    **text,
                                GError          **error)
{
  g_autofree char *path = qs_schema_references_make_path (subject, -1);
  g_autofree char *what = g_strdup_printf ("find the newest schema of subject '%s'", subject);
  g_autoptr (GVariant) json = ask (self, path, NULL, what, deadline, error);
  gint64        id = json != NULL ? get_id (json, what, error) : -1;
  QsSchemaText *found = id >= 0 ? read_text (self, json, what, deadline, error) : NULL;

  if (found == NULL)
    return -1;

  *text = found;

  return id;
}

QsSchemaText *
qs_schema_registry_dup_text (QsSchemaRegistry *self, gint64 id, gint64 deadline, GError **error)
{
  g_autofree char *path = g_strdup_printf ("/schemas/ids/%" G_GINT64_FORMAT, id);
  g_autofree char *what = g_strdup_printf ("find the schema %" G_GINT64_FORMAT, id);
  g_autoptr (GVariant) json = NULL;
  QsSchemaText *text = NULL;

  g_mutex_lock (&self->lock);
  text = g_hash_table_lookup (self->texts, &id);
  if (text != NULL)
    qs_schema_text_ref (text);
  g_mutex_unlock (&self->lock);
  if (text != NULL)
    return text;

  json = ask (self, path, NULL, what, deadline, error);
  text = json != NULL ? read_text (self, json, what, deadline, error) : NULL;
  if (text == NULL)
    return NULL;

  g_mutex_lock (&self->lock);
  g_hash_table_replace (self->texts, copy_id (id), qs_schema_text_ref (text));
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
  g_free (self->bearer_token);
  g_free (self->ca_file);
  g_free (self->certificate_file);
  g_free (self->key_file);
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

    case PROP_CERTIFICATE_FILE:
      g_value_set_string (value, self->certificate_file);
      break;

    case PROP_KEY_FILE:
      g_value_set_string (value, self->key_file);
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

    case PROP_BEARER_TOKEN:
      self->bearer_token = g_value_dup_string (value);
      break;

    case PROP_CERTIFICATE_FILE:
      self->certificate_file = g_value_dup_string (value);
      break;

    case PROP_KEY_FILE:
      self->key_file = g_value_dup_string (value);
      break;

    case PROP_TIMEOUT:
      self->timeout = g_value_get_double (value);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
make_tls_properties (void)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  /**
   * QsSchemaRegistry:ca-file: (getter get_ca_file)
   *
   * A file with the trusted certificates (PEM); if it is unset, those of the system.
   */
  props[PROP_CA_FILE] = g_param_spec_string (
      "ca-file", NULL, "File with the trusted certificates; unset = the system's", NULL, flags);

  /**
   * QsSchemaRegistry:certificate-file: (getter get_certificate_file)
   *
   * A file with the client certificate (PEM); if it is unset, none is sent.
   *
   * Since: 1.0
   */
  props[PROP_CERTIFICATE_FILE] = g_param_spec_string (
      "certificate-file", NULL, "File with the client certificate; unset = none", NULL, flags);

  /**
   * QsSchemaRegistry:key-file: (getter get_key_file)
   *
   * A file with the key (PEM, without a password) of [property@SchemaRegistry:certificate-file];
   * if it is unset, the file of the certificate contains the key, too.
   *
   * Since: 1.0
   */
  props[PROP_KEY_FILE] =
      g_param_spec_string ("key-file",
                           NULL,
                           "File with the key of the certificate; unset = in the same file",
                           NULL,
                           flags);
}

static void
make_properties (void)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  /**
   * QsSchemaRegistry:url: (getter get_url)
   *
   * The registry's address, which can have a path; several addresses of the same registry
   * are separated by commas.
   */
  props[PROP_URL] = g_param_spec_string (
      "url", NULL, "Address of the registry, or several, separated by commas", NULL, flags);

  /**
   * QsSchemaRegistry:user: (getter get_user)
   *
   * The user name for basic authentication.
   */
  props[PROP_USER] = g_param_spec_string (
      "user", NULL, "User name for basic authentication; unset = none", NULL, flags);

  /**
   * QsSchemaRegistry:password:
   *
   * The password of [property@SchemaRegistry:user]. It cannot be read back.
   */
  props[PROP_PASSWORD] =
      g_param_spec_string ("password",
                           NULL,
                           "Password for basic authentication",
                           NULL,
                           G_PARAM_WRITABLE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * QsSchemaRegistry:bearer-token:
   *
   * The OAuth bearer token, instead of [property@SchemaRegistry:user] and
   * [property@SchemaRegistry:password]. It cannot be read back.
   *
   * Since: 1.0
   */
  props[PROP_BEARER_TOKEN] =
      g_param_spec_string ("bearer-token",
                           NULL,
                           "OAuth bearer token",
                           NULL,
                           G_PARAM_WRITABLE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * QsSchemaRegistry:timeout: (getter get_timeout)
   *
   * The limit for one request with all retries, in seconds, 0.1 to 3600; 30 by default.
   */
  props[PROP_TIMEOUT] = g_param_spec_double ("timeout",
                                             NULL,
                                             "Seconds for one request with all retries",
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
  make_tls_properties ();
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
qs_schema_registry_init (QsSchemaRegistry *self)
{
  g_mutex_init (&self->lock);
  self->ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->texts = g_hash_table_new_full (
      g_int64_hash, g_int64_equal, g_free, (GDestroyNotify) qs_schema_text_unref);
}

/**
 * qs_schema_registry_new:
 * @url: (nullable): the registry's address
 *
 * Creates a client of a registry. It sends no request before it needs an answer.
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
 * Gets the user name.
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
 * Gets the file with the trusted certificates.
 *
 * Returns: (nullable): the file's path, or `NULL` for the system's certificates
 */
const char *
qs_schema_registry_get_ca_file (QsSchemaRegistry *self)
{
  g_return_val_if_fail (QS_IS_SCHEMA_REGISTRY (self), NULL);

  return self->ca_file;
}

/**
 * qs_schema_registry_get_certificate_file: (get-property certificate-file)
 * @self: a registry
 *
 * Gets the file with the client certificate.
 *
 * Returns: (nullable): the file's path, or `NULL` if there is none
 *
 * Since: 1.0
 */
const char *
qs_schema_registry_get_certificate_file (QsSchemaRegistry *self)
{
  g_return_val_if_fail (QS_IS_SCHEMA_REGISTRY (self), NULL);

  return self->certificate_file;
}

/**
 * qs_schema_registry_get_key_file: (get-property key-file)
 * @self: a registry
 *
 * Gets the file with the key of the certificate.
 *
 * Returns: (nullable): the file's path, or `NULL` if the file of the certificate contains
 *   the key
 *
 * Since: 1.0
 */
const char *
qs_schema_registry_get_key_file (QsSchemaRegistry *self)
{
  g_return_val_if_fail (QS_IS_SCHEMA_REGISTRY (self), NULL);

  return self->key_file;
}

/**
 * qs_schema_registry_get_timeout: (get-property timeout)
 * @self: a registry
 *
 * Gets the limit for one request with all retries.
 *
 * Returns: the limit, in seconds
 */
double
qs_schema_registry_get_timeout (QsSchemaRegistry *self)
{
  g_return_val_if_fail (QS_IS_SCHEMA_REGISTRY (self), 0);

  return self->timeout;
}

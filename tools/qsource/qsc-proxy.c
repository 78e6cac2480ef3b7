/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qsc-proxy.h"

/* The default topic of a proxy. */
#define TOPIC "qsc-topic"

/* Of sources without a state, and of those with one. */
G_DECLARE_FINAL_TYPE (QscProxy, qsc_proxy, QSC, PROXY, QsSource)
struct _QscProxy
{
  QsSource parent_instance;
};
G_DEFINE_TYPE (QscProxy, qsc_proxy, QS_TYPE_SOURCE)

G_DECLARE_FINAL_TYPE (QscStatefulProxy, qsc_stateful_proxy, QSC, STATEFUL_PROXY, QsStatefulSource)
struct _QscStatefulProxy
{
  QsStatefulSource parent_instance;
};
G_DEFINE_TYPE (QscStatefulProxy, qsc_stateful_proxy, QS_TYPE_STATEFUL_SOURCE)

static QsTopic *
proxy_default_topic (QsBaseSource *self)
{
  return g_object_ref (g_object_get_data (G_OBJECT (self), TOPIC));
}

/* The real one runs in its worker. */
static gboolean
proxy_run (QsSource *self, GError **error)
{
  g_set_error_literal (error,
                       QS_SOURCE_ERROR,
                       QS_SOURCE_ERROR_FAILED,
                       "A source in a file of another language runs in a process of its own: leave "
                       "--isolation at 'auto' or 'process'");
  return FALSE;
}

static void
qsc_proxy_class_init (QscProxyClass *klass)
{
  QS_BASE_SOURCE_CLASS (klass)->default_topic = proxy_default_topic;
  QS_SOURCE_CLASS (klass)->run = proxy_run;
}

static void
qsc_proxy_init (QscProxy *self)
{
}

static void
qsc_stateful_proxy_class_init (QscStatefulProxyClass *klass)
{
  QS_BASE_SOURCE_CLASS (klass)->default_topic = proxy_default_topic;
  QS_SOURCE_CLASS (klass)->run = proxy_run;
}

static void
qsc_stateful_proxy_init (QscStatefulProxy *self)
{
}

/* Bytes where it isn't known by a name. */
static QsSerializer *
find_serializer (GVariant *topic, const char *key)
{
  const char *name = "bytes";

  g_variant_lookup (topic, key, "&s", &name);

  return qs_serializer_for_name (name, NULL);
}

/* transfer full */
static QsTopic *
make_topic (GVariant *description)
{
  g_autoptr (GVariant) given =
      g_variant_lookup_value (description, "topic", G_VARIANT_TYPE_VARDICT);
  g_autoptr (QsSerializer) key = given != NULL ? find_serializer (given, "key-serializer") : NULL;
  g_autoptr (QsSerializer) value =
      given != NULL ? find_serializer (given, "value-serializer") : NULL;
  g_autoptr (GVariant) config = NULL;
  QsTopic    *topic = NULL;
  const char *name = NULL;
  int         number = 0;

  if (given == NULL || !g_variant_lookup (given, "name", "&s", &name))
    return NULL;

  topic = qs_topic_new (name);
  qs_topic_set_key_serializer (topic, key);
  qs_topic_set_value_serializer (topic, value);
  if (g_variant_lookup (given, "n-partitions", "i", &number))
    qs_topic_set_n_partitions (topic, number);
  if (g_variant_lookup (given, "replication-factor", "i", &number))
    qs_topic_set_replication_factor (topic, number);
  config = g_variant_lookup_value (given, "config", G_VARIANT_TYPE ("a{ss}"));
  if (config != NULL)
    qs_topic_set_config (topic, config);

  return topic;
}

/* A type of its own by the name of the class that it stands for, which status and log lines show.
 */
static GType
get_type_for (GVariant *description, GType parent)
{
  const char *name = NULL;
  GType       found = G_TYPE_INVALID;
  GTypeQuery  query = { 0 };

  if (description == NULL || !g_variant_lookup (description, "class", "&s", &name))
    return parent;

  found = g_type_from_name (name);
  if (found != G_TYPE_INVALID)
    return g_type_is_a (found, parent) ? found : parent;

  g_type_query (parent, &query);
  return g_type_register_static_simple (
      parent, name, query.class_size, NULL, query.instance_size, NULL, 0);
}

QsBaseSource *
qsc_proxy_new (const char *name, GVariant *description, const char *const *argv, GError **error)
{
  gboolean is_stateful = FALSE;
  g_autoptr (GVariant) settings = NULL;
  g_autoptr (QsTopic) topic = NULL;
  QsBaseSource *source = NULL;
  GType         type = G_TYPE_INVALID;
  GVariantDict  dict;

  if (description != NULL)
    {
      g_variant_lookup (description, "stateful", "b", &is_stateful);
      settings = g_variant_lookup_value (description, "settings", G_VARIANT_TYPE_VARDICT);
      topic = make_topic (description);
    }
  if (topic == NULL)
    topic = qs_topic_new (name);

  g_variant_dict_init (&dict, settings);
  g_variant_dict_insert (&dict, "name", "s", name);
  g_variant_dict_insert (&dict, "worker-argv", "^as", argv);
  type = get_type_for (description,
                       is_stateful ? qsc_stateful_proxy_get_type () : qsc_proxy_get_type ());
  source = qs_source_make (g_type_name (type), NULL, g_variant_dict_end (&dict), error);
  if (source != NULL)
    g_object_set_data_full (G_OBJECT (source), TOPIC, g_steal_pointer (&topic), g_object_unref);

  return source;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qsc-run.h"

#include <string.h>

#include "qsc-config.h"
#include "qsc-script.h"

/* At most one request of that many bytes for each answer of an embedded broker, which takes its
 * time: more would be gone before it is read. */
#define EMBEDDED_PRODUCER "{'batch.size': '32768', 'max.in.flight.requests.per.connection': '1'}"

static void
planned_free (gpointer data)
{
  QscPlannedSource *self = data;

  g_clear_object (&self->source);
  g_clear_object (&self->topic);
  g_free (self->type);
  g_free (self);
}

void
qsc_plan_free (QscPlan *self)
{
  g_clear_object (&self->application);
  g_clear_pointer (&self->sources, g_ptr_array_unref);
  g_free (self);
}

/* A topic by the name of @name that is as the source's own one otherwise; transfer full. */
static QsTopic *
make_topic (QsBaseSource *source, const char *name)
{
  g_autoptr (QsTopic) own = qs_base_source_default_topic (source);
  QsTopic *topic = qs_topic_new (name);

  qs_topic_set_key_serializer (topic, qs_topic_get_key_serializer (own));
  qs_topic_set_value_serializer (topic, qs_topic_get_value_serializer (own));
  qs_topic_set_n_partitions (topic, qs_topic_get_n_partitions (own));
  qs_topic_set_replication_factor (topic, qs_topic_get_replication_factor (own));
  qs_topic_set_config (topic, qs_topic_get_config (own));

  return topic;
}

/* Lists the properties of a type, which is a ready-made one or a script; transfer full. */
static GVariant *
list_properties (const char *type, GError **error)
{
  g_autoptr (GVariant) description = NULL;
  GType gtype = G_TYPE_INVALID;

  if (qsc_script_is (type))
    {
      description = qsc_script_describe (type, error);
      return description != NULL
                 ? g_variant_lookup_value (description, "properties", G_VARIANT_TYPE ("aa{sv}"))
                 : NULL;
    }

  gtype = qs_source_lookup_type (type, error);
  return gtype != G_TYPE_INVALID ? qsc_properties_list (gtype) : NULL;
}

/* A source is stopped after as many records as --count says, unless its own properties say
 * otherwise. */
static GVariant *
add_limit (QscPlan *self, GVariant *values)
{
  GVariantDict     dict;
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, self->count);

  g_variant_dict_init (&dict, values);
  if (!g_variant_dict_contains (&dict, "max-records"))
    g_variant_dict_insert (&dict, "max-records", "s", text);

  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static QsBaseSource *
make_source (const char *type,
             const char *name,
             const char *topic,
             GVariant   *values,
             GError    **error)
{
  return qsc_script_is (type) ? qsc_script_make (type, name, values, topic, error)
                              : qs_source_make (type, name, values, error);
}

/* Likewise, with a limit if it is to have one, and can. */
static QsBaseSource *
make_limited_source (QscPlan    *self,
                     const char *type,
                     const char *name,
                     const char *topic,
                     GVariant   *values,
                     GError    **error)
{
  g_autoptr (GVariant) limited = NULL;
  g_autoptr (GError) own_error = NULL;
  QsBaseSource *source = NULL;

  if (self->count == 0)
    return make_source (type, name, topic, values, error);

  limited = add_limit (self, values);
  source = make_source (type, name, topic, limited, &own_error);
  if (source != NULL)
    return source;

  /* One that is no QsSource has none. */
  if (strstr (own_error->message, "max-records") != NULL)
    return make_source (type, name, topic, values, error);

  g_propagate_error (error, g_steal_pointer (&own_error));
  return NULL;
}

static gboolean
add_source (QscPlan    *self,
            const char *type,
            GVariant   *known,
            const char *name,
            const char *topic,
            char      **properties,
            GError    **error)
{
  QscPlannedSource *planned = NULL;
  g_autoptr (GVariant) values = NULL;
  g_autoptr (QsBaseSource) source = NULL;
  g_autofree char *what = g_strdup_printf ("a source of type '%s'", type);

  values = qsc_properties_parse (known, properties, what, error);
  if (values == NULL)
    return FALSE;
  g_variant_ref_sink (values);

  source = make_limited_source (self, type, name, topic, values, error);
  if (source == NULL)
    return FALSE;

  planned = g_new0 (QscPlannedSource, 1);
  planned->type = g_strdup (type);
  planned->topic = topic != NULL ? make_topic (source, topic) : NULL;
  planned->source = g_steal_pointer (&source);
  g_ptr_array_add (self->sources, planned);

  return TRUE;
}

GVariant *
qsc_plan_add_defaults (QscCall *call, GVariant *given, gboolean *prints)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (given);
  const char *seconds = qsc_call_get (call, "for");

  /* The first try needs nothing. */
  *prints = qsc_call_has (call, "print") || qsc_call_has (call, "format");
  if (!g_variant_dict_contains (&dict, "broker-address") &&
      g_getenv ("QSOURCE_BROKER_ADDRESS") == NULL)
    {
      g_variant_dict_insert (&dict, "broker-address", "s", "embedded");
      if (!g_variant_dict_contains (&dict, "producer-config"))
        g_variant_dict_insert_value (
            &dict, "producer-config", g_variant_new_parsed (EMBEDDED_PRODUCER));
      *prints = TRUE;
    }
  if (seconds != NULL)
    g_variant_dict_insert (&dict, "run-timeout", "s", seconds);
  if (*prints && !g_variant_dict_contains (&dict, "drain"))
    g_variant_dict_insert (&dict, "drain", "b", TRUE);

  return g_variant_dict_end (&dict);
}

/* Finds the value of @group that is wrong, and names its line. */
static void
blame_key (QscConfig *config, const char *group, const char *const *words, GError **error)
{
  for (guint i = 0; words[i] != NULL; i++)
    {
      g_auto (GStrv) parts = g_strsplit (words[i], "=", 2);
      g_autofree char *quoted = g_strdup_printf ("'%s'", parts[0]);

      if (strstr ((*error)->message, quoted) != NULL)
        {
          qsc_config_prefix_error (config, group, parts[0], error);
          (*error)->domain = QSC_ERROR;
          (*error)->code = QSC_CONFIG;
          return;
        }
    }

  qsc_config_prefix_error (config, group, NULL, error);
  (*error)->domain = QSC_ERROR;
  (*error)->code = QSC_CONFIG;
}

/* Of a source that another worker has, only the name counts. */
static gboolean
add_stranger (QscPlan *self, const char *type, const char *name, GError **error)
{
  QscPlannedSource *planned = NULL;
  QsBaseSource     *source = qsc_script_make (type, name, NULL, NULL, error);

  if (source == NULL)
    return FALSE;

  planned = g_new0 (QscPlannedSource, 1);
  planned->type = g_strdup (type);
  planned->source = source;
  g_ptr_array_add (self->sources, planned);

  return TRUE;
}

static gboolean
add_configured_source (QscPlan *self, QscConfig *config, const char *name, GError **error)
{
  const char *const extra[] = { "type", "topic", NULL };
  g_autofree char  *group = g_strconcat ("source ", name, NULL);
  g_autofree char  *type = g_key_file_get_string (config->file, group, "type", NULL);
  g_autofree char  *topic = g_key_file_get_string (config->file, group, "topic", NULL);
  g_autoptr (GVariant) known = NULL;
  g_auto (GStrv) words = NULL;

  if (type == NULL)
    {
      g_set_error (error, QSC_ERROR, QSC_CONFIG, "[%s] has no key 'type'", group);
      qsc_config_prefix_error (config, group, NULL, error);
      return FALSE;
    }
  if (qs_is_worker () && qsc_script_is (type))
    return add_stranger (self, type, name, error);

  known = list_properties (type, error);
  if (known == NULL)
    {
      qsc_config_prefix_error (config, group, "type", error);
      (*error)->domain = QSC_ERROR;
      (*error)->code = QSC_CONFIG;
      return FALSE;
    }
  if (!qsc_config_check (config, group, known, extra, error))
    return FALSE;

  words = qsc_config_dup_words (config, group, known, extra);
  if (add_source (self, type, known, name, topic, words, error))
    return TRUE;

  blame_key (config, group, (const char *const *) words, error);
  return FALSE;
}

/* The settings of the file, under those of the call. */
static GVariant *
merge (GVariant *from_file, GVariant *from_call)
{
  GVariantDict dict;
  GVariantIter iter;
  const char  *name = NULL;
  GVariant    *value = NULL;

  g_variant_dict_init (&dict, from_file);
  g_variant_iter_init (&iter, from_call);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &value))
    {
      g_variant_dict_insert_value (&dict, name, value);
      g_variant_unref (value);
    }

  return g_variant_dict_end (&dict);
}

GVariant *
qsc_settings_read (QscCall *call, QscConfig *config, GError **error)
{
  const char *const none[] = { NULL };
  g_autoptr (GVariant) known = qsc_properties_list (QS_TYPE_APPLICATION);
  g_autoptr (GVariant) from_call = NULL;
  g_autoptr (GVariant) from_file = NULL;
  g_auto (GStrv) words = NULL;
  GVariant *given = qsc_call_dup_application (call, error);

  if (given == NULL)
    return NULL;

  from_call = g_variant_ref_sink (given);
  if (config == NULL)
    return g_steal_pointer (&from_call);

  if (!qsc_config_check (config, "application", known, none, error))
    return NULL;
  words = qsc_config_dup_words (config, "application", known, none);
  given = qsc_properties_parse (known, words, "an application", error);
  if (given == NULL)
    {
      blame_key (config, "application", (const char *const *) words, error);
      return NULL;
    }
  from_file = g_variant_ref_sink (given);

  return g_variant_ref_sink (merge (from_file, from_call));
}

QsApplication *
qsc_application_make (GVariant *settings, QscConfig *config, GError **error)
{
  const char *const none[] = { NULL };
  g_autoptr (GVariant) known = qsc_properties_list (QS_TYPE_APPLICATION);
  QsApplication *application = qs_application_make (settings, error);
  g_auto (GStrv) words = NULL;

  if (application == NULL && config != NULL)
    {
      words = qsc_config_dup_words (config, "application", known, none);
      blame_key (config, "application", (const char *const *) words, error);
    }

  return application;
}

static gboolean
make_application (QscPlan *self, QscCall *call, QscConfig *config, GError **error)
{
  g_autoptr (GVariant) given = qsc_settings_read (call, config, error);

  if (given != NULL)
    self->application =
        qsc_application_make (qsc_plan_add_defaults (call, given, &self->prints), config, error);

  return self->application != NULL;
}

static gboolean
add_configured_sources (QscPlan *self, QscCall *call, QscConfig *config, GError **error)
{
  g_auto (GStrv) names = qsc_config_dup_sources (config);

  if (call->words[0] != NULL)
    {
      g_set_error (error,
                   QSC_ERROR,
                   QSC_USAGE,
                   "'%s' is not expected: the sources are those of the file",
                   call->words[0]);
      return FALSE;
    }
  if (names[0] == NULL)
    {
      g_set_error (error,
                   QSC_ERROR,
                   QSC_CONFIG,
                   "%s has no [source NAME]: there is nothing to run",
                   config->path);
      return FALSE;
    }

  for (guint i = 0; names[i] != NULL; i++)
    if (!add_configured_source (self, config, names[i], error))
      return FALSE;

  return TRUE;
}

static gboolean
add_called_source (QscPlan *self, QscCall *call, GError **error)
{
  const char *type = call->words[0];
  g_autoptr (GVariant) known = NULL;

  /* A script's are not asked for: an interpreter takes its time, and says what is wrong when it
   * makes the source. */
  if (!qsc_script_is (type) && (known = list_properties (type, error)) == NULL)
    return FALSE;

  return add_source (self,
                     type,
                     known,
                     qsc_call_get (call, "name"),
                     qsc_call_get (call, "topic"),
                     call->words + 1,
                     error);
}

QsBaseSource *
qsc_call_make_source (QscCall *call, GError **error)
{
  g_autoptr (QscPlan) plan = g_new0 (QscPlan, 1);

  plan->sources = g_ptr_array_new_with_free_func (planned_free);
  if (!add_called_source (plan, call, error))
    return NULL;

  return g_object_ref (((QscPlannedSource *) plan->sources->pdata[0])->source);
}

gboolean
qsc_call_load_config (QscCall *call, QscConfig **config, GError **error)
{
  if (!qsc_call_has (call, "config"))
    return TRUE;

  *config = qsc_config_load (qsc_call_get (call, "config"), error);
  qsc_fail_blame_config ();

  return *config != NULL;
}

/* Parses --count. */
static gboolean
parse_count (QscPlan *self, QscCall *call, GError **error)
{
  const char *text = qsc_call_get (call, "count");

  if (text == NULL || g_ascii_string_to_unsigned (text, 10, 1, G_MAXINT64, &self->count, NULL))
    return TRUE;

  g_set_error (error,
               QSC_ERROR,
               QSC_USAGE,
               "'%s' is not a value of '--count': it is an integer of at least 1",
               text);
  return FALSE;
}

QscPlan *
qsc_plan_new (QscCall *call, GError **error)
{
  g_autoptr (QscPlan) self = g_new0 (QscPlan, 1);
  g_autoptr (QscConfig) config = NULL;

  self->sources = g_ptr_array_new_with_free_func (planned_free);
  if (!parse_count (self, call, error) || !qsc_call_load_config (call, &config, error))
    return NULL;
  if (config == NULL && call->words[0] == NULL)
    {
      g_set_error_literal (error,
                           QSC_ERROR,
                           QSC_USAGE,
                           "No source was named. 'qsource inspect' lists the sources, as in "
                           "'qsource run file path=/var/log/syslog'");
      return NULL;
    }

  if (!make_application (self, call, config, error))
    return NULL;

  if (config != NULL ? !add_configured_sources (self, call, config, error)
                     : !add_called_source (self, call, error))
    return NULL;

  return g_steal_pointer (&self);
}

QscPlan *
qsc_plan_new_empty (QscCall *call, GError **error)
{
  g_autoptr (QscPlan) self = g_new0 (QscPlan, 1);

  self->sources = g_ptr_array_new_with_free_func (planned_free);

  return make_application (self, call, NULL, error) ? g_steal_pointer (&self) : NULL;
}

gboolean
qsc_plan_add_sources (QscPlan *self, GError **error)
{
  for (guint i = 0; i < self->sources->len; i++)
    {
      QscPlannedSource *planned = self->sources->pdata[i];

      if (qs_application_add_source (self->application, planned->source, planned->topic, error) ==
          NULL)
        return FALSE;
    }

  return TRUE;
}

static gboolean
is_embedded (QscPlan *self)
{
  return g_strcmp0 (qs_application_get_broker_address (self->application), "embedded") == 0;
}

gboolean
qsc_plan_check_broker (QscPlan *self, QscCall *call, GError **error)
{
  if (!is_embedded (self))
    return TRUE;

  g_set_error (error,
               QSC_ERROR,
               QSC_USAGE,
               "No broker was named. Set --broker-address (-b), broker-address in the file of "
               "--config, or QSOURCE_BROKER_ADDRESS");
  return FALSE;
}

int
qsc_plan_print (QscPlan *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) inputs = NULL;
  g_autoptr (GVariant) topics = NULL;
  gboolean can_read = FALSE;

  if (!qsc_plan_add_sources (self, &error))
    return qsc_fail_error (error);

  g_print ("Broker          %s\n", qs_application_get_broker_address (self->application));
  g_print ("Consumer group  %s\n", qs_application_get_consumer_group (self->application));
  for (guint i = 0; i < self->sources->len; i++)
    {
      QscPlannedSource *planned = self->sources->pdata[i];
      g_autoptr (QsTopic) own = qs_base_source_default_topic (planned->source);
      g_autofree char *topic = planned->topic != NULL
                                   ? g_strdup (qs_topic_get_name (planned->topic))
                                   : g_strconcat ("source__", qs_topic_get_name (own), NULL);

      g_print ("Source          %s, type %s, to topic %s\n",
               qs_base_source_get_name (planned->source),
               planned->type,
               topic);
    }
  inputs = qsc_plan_check_inputs (self);
  can_read = qsc_checks_print (inputs);
  if (is_embedded (self))
    return can_read ? QSC_DONE : QSC_NOT_WELL;

  topics = qs_application_check_topics (self->application, &error);
  if (topics == NULL)
    return qsc_fail_error (error);
  g_print ("\n");

  return qsc_topics_print (topics) && can_read ? QSC_DONE : QSC_NOT_WELL;
}

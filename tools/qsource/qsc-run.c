/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qsc-run.h"

#include <string.h>

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

static gboolean
add_source (QscPlan    *self,
            const char *type,
            const char *name,
            const char *topic,
            char      **properties,
            GError    **error)
{
  QscPlannedSource *planned = NULL;
  g_autoptr (GTypeClass) klass = NULL;
  g_autoptr (GVariant) values = NULL;
  g_autoptr (QsBaseSource) source = NULL;
  g_autofree char *what = g_strdup_printf ("a source of type '%s'", type);
  GType            gtype = qs_source_lookup_type (type, error);

  if (gtype == G_TYPE_INVALID)
    return FALSE;

  klass = g_type_class_ref (gtype);
  values = qsc_properties_parse (G_OBJECT_CLASS (klass), properties, what, error);
  if (values == NULL)
    return FALSE;
  g_variant_ref_sink (values);

  source = qs_source_make (type, name, values, error);
  if (source == NULL)
    return FALSE;

  planned = g_new0 (QscPlannedSource, 1);
  planned->type = g_strdup (type);
  planned->topic = topic != NULL ? make_topic (source, topic) : NULL;
  planned->source = g_steal_pointer (&source);
  g_ptr_array_add (self->sources, planned);

  return TRUE;
}

/* What the command sets where the user left it open. */
static GVariant *
add_defaults (QscPlan *self, QscCall *call, GVariant *given)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (given);
  const char *seconds = qsc_call_get (call, "for");

  /* The first try needs nothing. */
  self->prints = qsc_call_has (call, "print") || qsc_call_has (call, "format");
  if (!g_variant_dict_contains (&dict, "broker-address") &&
      g_getenv ("QSOURCE_BROKER_ADDRESS") == NULL)
    {
      g_variant_dict_insert (&dict, "broker-address", "s", "embedded");
      self->prints = TRUE;
    }
  if (seconds != NULL)
    g_variant_dict_insert (&dict, "run-timeout", "s", seconds);
  if (self->prints && !g_variant_dict_contains (&dict, "drain"))
    g_variant_dict_insert (&dict, "drain", "b", TRUE);

  return g_variant_dict_end (&dict);
}

QscPlan *
qsc_plan_new (QscCall *call, GError **error)
{
  g_autoptr (QscPlan) self = g_new0 (QscPlan, 1);
  GVariant *given = NULL;

  self->sources = g_ptr_array_new_with_free_func (planned_free);
  if (call->words[0] == NULL)
    {
      g_set_error_literal (error,
                           QSC_ERROR,
                           QSC_USAGE,
                           "Which source? 'qsource inspect' lists those that there are, as in "
                           "'qsource run file path=/var/log/syslog'");
      return NULL;
    }

  given = qsc_call_get_application (call, error);
  if (given == NULL)
    return NULL;
  g_variant_ref_sink (given);
  self->application = qs_application_make (add_defaults (self, call, given), error);
  g_variant_unref (given);
  if (self->application == NULL)
    return NULL;

  if (!add_source (self,
                   call->words[0],
                   qsc_call_get (call, "name"),
                   qsc_call_get (call, "topic"),
                   call->words + 1,
                   error))
    return NULL;

  return g_steal_pointer (&self);
}

void
qsc_plan_print (QscPlan *self)
{
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
}

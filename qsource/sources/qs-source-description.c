/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-source-description.h"

#include "qs-base-source.h"
#include "qs-pspec-private.h"
#include "qs-serializer.h"
#include "qs-source.h"
#include "qs-stateful-source.h"
#include "qs-topic.h"

/* Static methods of QsSource: what is known of a type beside its properties. */

static GQuark
description_quark (void)
{
  return g_quark_from_static_string ("qs-source-description");
}

/**
 * qs_source_describe_type:
 * @type: the type of a source
 * @summary: a description in one line
 * @promise: (nullable): the guarantee for each record, such as `exactly-once`
 * @example: (nullable): properties for an example, such as `path=x.log`
 *
 * Sets the text that `qsource inspect` shows for a source in addition to its properties.
 *
 * Call it once for each type, in the initialization of its class.
 */
void
qs_source_describe_type (GType type, const char *summary, const char *promise, const char *example)
{
  GVariantDict dict;

  g_return_if_fail (g_type_is_a (type, QS_TYPE_BASE_SOURCE));
  g_return_if_fail (summary != NULL);
  g_return_if_fail (g_type_get_qdata (type, description_quark ()) == NULL);

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "summary", "s", summary);
  if (promise != NULL)
    g_variant_dict_insert (&dict, "promise", "s", promise);
  if (example != NULL)
    g_variant_dict_insert (&dict, "example", "s", example);
  g_type_set_qdata (type, description_quark (), g_variant_ref_sink (g_variant_dict_end (&dict)));
}

static GVariant *
list_signals (GType type)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (; type != G_TYPE_OBJECT && type != 0; type = g_type_parent (type))
    {
      guint             n_ids = 0;
      g_autofree guint *ids = g_signal_list_ids (type, &n_ids);

      for (guint i = 0; i < n_ids; i++)
        {
          g_variant_builder_open (&builder, G_VARIANT_TYPE_VARDICT);
          g_variant_builder_add (
              &builder, "{sv}", "name", g_variant_new_string (g_signal_name (ids[i])));
          g_variant_builder_add (
              &builder, "{sv}", "owner", g_variant_new_string (g_type_name (type)));
          g_variant_builder_close (&builder);
        }
    }

  return g_variant_builder_end (&builder);
}

static GVariant *
list_ancestors (GType type)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("as"));
  for (; type != 0; type = g_type_parent (type))
    g_variant_builder_add (&builder, "s", g_type_name (type));

  return g_variant_builder_end (&builder);
}

/**
 * qs_source_dup_description:
 * @type: the type of a source
 *
 * Gets the description of a type, from [func@Source.describe_type] and from GObject.
 *
 * The keys are `summary`, `promise` and `example`, if they are known; `class`; `hierarchy`
 * (as), from the class to its farthest ancestor; `signals`, each with `name` and `owner`;
 * and `properties`, each with `name`, `owner`, `writable`, `construct-only`, `description`,
 * `kind`, which is its type in words, and the members of a JSON schema: `type`, `enum`,
 * `minimum`, `maximum`, `default`. Keys are added, never changed.
 *
 * Returns: (transfer full): an `a{sv}`
 */
GVariant *
qs_source_dup_description (GType type)
{
  g_autoptr (GTypeClass) klass = NULL;
  GVariantDict dict;

  g_return_val_if_fail (g_type_is_a (type, QS_TYPE_BASE_SOURCE), NULL);

  /* It describes itself there. */
  klass = g_type_class_ref (type);

  g_variant_dict_init (&dict, g_type_get_qdata (type, description_quark ()));
  g_variant_dict_insert (&dict, "class", "s", g_type_name (type));
  g_variant_dict_insert_value (&dict, "hierarchy", list_ancestors (type));
  g_variant_dict_insert_value (&dict, "signals", list_signals (type));
  g_variant_dict_insert_value (&dict, "properties", qs_pspec_list (G_OBJECT_CLASS (klass)));

  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

/* A value of a kind that goes anywhere; NULL if it is unset or of another one. Floating. */
static GVariant *
value_to_variant (const GValue *value)
{
  GEnumValue *found = NULL;

  if (G_VALUE_HOLDS_STRING (value) && g_value_get_string (value) != NULL)
    return g_variant_new_string (g_value_get_string (value));
  if (G_VALUE_HOLDS_INT (value))
    return g_variant_new_int32 (g_value_get_int (value));
  if (G_VALUE_HOLDS_DOUBLE (value))
    return g_variant_new_double (g_value_get_double (value));
  if (G_VALUE_HOLDS_ENUM (value))
    {
      found = g_enum_get_value (G_ENUM_CLASS (g_type_class_peek (G_VALUE_TYPE (value))),
                                g_value_get_enum (value));
      return found != NULL ? g_variant_new_string (found->value_nick) : NULL;
    }
  if (G_VALUE_HOLDS (value, QS_TYPE_TOPIC) && g_value_get_object (value) != NULL)
    return g_variant_new_string (qs_topic_get_name (g_value_get_object (value)));

  return NULL;
}

/* The values of what @source has from classes of the library that others derive from. */
static GVariant *
list_settings (QsBaseSource *source)
{
  GObjectClass           *klass = G_OBJECT_GET_CLASS (source);
  guint                   n_all = 0;
  g_autofree GParamSpec **all = g_object_class_list_properties (klass, &n_all);
  GVariantDict            dict;

  g_variant_dict_init (&dict, NULL);
  for (guint i = 0; i < n_all; i++)
    {
      GType owner = all[i]->owner_type;
      g_auto (GValue) value = G_VALUE_INIT;
      GVariant *variant = NULL;

      if ((all[i]->flags & G_PARAM_READWRITE) != G_PARAM_READWRITE ||
          (owner != QS_TYPE_BASE_SOURCE && owner != QS_TYPE_SOURCE &&
           owner != QS_TYPE_STATEFUL_SOURCE))
        continue;

      g_value_init (&value, all[i]->value_type);
      g_object_get_property (G_OBJECT (source), all[i]->name, &value);
      variant = value_to_variant (&value);
      if (variant != NULL)
        g_variant_dict_insert_value (&dict, all[i]->name, variant);
    }

  return g_variant_dict_end (&dict);
}

static void
insert_serializer (GVariantDict *dict, const char *key, QsSerializer *serializer)
{
  const char *name = qs_serializer_get_name (serializer);

  if (name != NULL)
    g_variant_dict_insert (dict, key, "s", name);
}

/**
 * qs_source_describe:
 * @source: a source
 *
 * Describes a source, so that another program can run it along with others, see
 * [property@BaseSource:worker-argv].
 *
 * To the result of [func@Source.dup_description] for its type, it adds `stateful` (b),
 * `settings` (a{sv}) and `topic` (a{sv}). `settings` has the values of the properties of
 * [class@BaseSource], [class@Source] and [class@StatefulSource], but not those of its own
 * class. `topic` describes the default topic: `name`, `n-partitions`, `replication-factor`,
 * `config`, and `key-serializer` and `value-serializer` if they have a name.
 *
 * Returns: (transfer full): an `a{sv}`
 */
GVariant *
qs_source_describe (QsBaseSource *source)
{
  g_autoptr (GVariant) type = NULL;
  g_autoptr (QsTopic) topic = NULL;
  GVariantDict dict, own;

  g_return_val_if_fail (QS_IS_BASE_SOURCE (source), NULL);

  type = qs_source_dup_description (G_OBJECT_TYPE (source));
  topic = qs_base_source_default_topic (source);

  g_variant_dict_init (&dict, type);
  g_variant_dict_insert (&dict, "stateful", "b", QS_IS_STATEFUL_SOURCE (source));
  g_variant_dict_insert_value (&dict, "settings", list_settings (source));
  if (topic != NULL)
    {
      g_variant_dict_init (&own, NULL);
      g_variant_dict_insert (&own, "name", "s", qs_topic_get_name (topic));
      insert_serializer (&own, "key-serializer", qs_topic_get_key_serializer (topic));
      insert_serializer (&own, "value-serializer", qs_topic_get_value_serializer (topic));
      g_variant_dict_insert (&own, "n-partitions", "i", qs_topic_get_n_partitions (topic));
      g_variant_dict_insert (
          &own, "replication-factor", "i", qs_topic_get_replication_factor (topic));
      if (qs_topic_get_config (topic) != NULL)
        g_variant_dict_insert_value (&own, "config", qs_topic_get_config (topic));
      g_variant_dict_insert_value (&dict, "topic", g_variant_dict_end (&own));
    }

  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-settings-private.h"

#include "qs-kafka-secrets-private.h"

/* An enumeration is kept, and here read, as what it is to the compiler. */
G_STATIC_ASSERT (sizeof (QsIsolation) == sizeof (int));

/* Sets @value to what its type finds at @field. */
static void
read_field (gconstpointer field, GValue *value)
{
  switch (G_TYPE_FUNDAMENTAL (G_VALUE_TYPE (value)))
    {
    case G_TYPE_BOOLEAN:
      g_value_set_boolean (value, *(const gboolean *) field);
      break;

    case G_TYPE_INT:
      g_value_set_int (value, *(const int *) field);
      break;

    case G_TYPE_UINT:
      g_value_set_uint (value, *(const guint *) field);
      break;

    case G_TYPE_UINT64:
      g_value_set_uint64 (value, *(const guint64 *) field);
      break;

    case G_TYPE_ENUM:
      g_value_set_enum (value, *(const int *) field);
      break;

    case G_TYPE_DOUBLE:
      g_value_set_double (value, *(const double *) field);
      break;

    case G_TYPE_STRING:
      g_value_set_string (value, *(char *const *) field);
      break;

    case G_TYPE_VARIANT:
      /* All of them are settings of librdkafka. */
      if (*(GVariant *const *) field != NULL)
        g_value_take_variant (value, qs_kafka_secrets_redact (*(GVariant *const *) field));
      break;

    case G_TYPE_BOXED:
      g_value_set_boxed (value, *(char **const *) field);
      break;

    default:
      g_assert_not_reached ();
    }
}

static void
write_map (GVariant **field, GVariant *map)
{
  g_autoptr (GVariant) old = g_steal_pointer (field);

  if (map != NULL)
    *field = qs_kafka_secrets_restore (map, old);
}

/* Keeps @value at @field; frees what was there. */
static void
write_field (gpointer field, const GValue *value)
{
  switch (G_TYPE_FUNDAMENTAL (G_VALUE_TYPE (value)))
    {
    case G_TYPE_BOOLEAN:
      *(gboolean *) field = g_value_get_boolean (value);
      break;

    case G_TYPE_INT:
      *(int *) field = g_value_get_int (value);
      break;

    case G_TYPE_UINT:
      *(guint *) field = g_value_get_uint (value);
      break;

    case G_TYPE_UINT64:
      *(guint64 *) field = g_value_get_uint64 (value);
      break;

    case G_TYPE_ENUM:
      *(int *) field = g_value_get_enum (value);
      break;

    case G_TYPE_DOUBLE:
      *(double *) field = g_value_get_double (value);
      break;

    case G_TYPE_STRING:
      g_free (*(char **) field);
      *(char **) field = g_value_dup_string (value);
      break;

    case G_TYPE_VARIANT:
      write_map (field, g_value_get_variant (value));
      break;

    case G_TYPE_BOXED:
      g_strfreev (*(char ***) field);
      *(char ***) field = g_value_dup_boxed (value);
      break;

    default:
      g_assert_not_reached ();
    }
}

/* A value out of range is not set at all, so set the default first. */
void
qs_settings_init (QsSettings *self)
{
  for (guint i = 0; i < QS_N_SETTINGS; i++)
    {
      const QsSetting *setting = &qs_settings_table[i];
      gpointer         field = G_STRUCT_MEMBER_P (self, setting->offset);

      switch (setting->kind)
        {
        case QS_SETTING_BOOLEAN:
        case QS_SETTING_INT:
        case QS_SETTING_ENUM:
          *(int *) field = (int) setting->def;
          break;

        case QS_SETTING_UINT:
          *(guint *) field = (guint) setting->def;
          break;

        case QS_SETTING_UINT64:
          *(guint64 *) field = (guint64) setting->def;
          break;

        case QS_SETTING_DOUBLE:
          *(double *) field = setting->def;
          break;

        case QS_SETTING_STRING:
        case QS_SETTING_VARIANT:
        case QS_SETTING_BOXED:
        default:
          break;
        }
    }
}

gboolean
qs_settings_get_property (const QsSettings *self, guint prop_id, GValue *value)
{
  const QsSetting *setting = NULL;

  if (prop_id == 0 || prop_id > QS_N_SETTINGS)
    return FALSE;

  setting = &qs_settings_table[prop_id - 1];
  /* Includes the values from the environment. */
  if (setting->offset == G_STRUCT_OFFSET (QsSettings, broker_address))
    g_value_set_string (value, qs_settings_get_broker_address (self));
  else if (setting->offset == G_STRUCT_OFFSET (QsSettings, consumer_group))
    g_value_set_string (value, qs_settings_get_consumer_group (self));
  else if (setting->offset == G_STRUCT_OFFSET (QsSettings, state_dir))
    g_value_set_string (value, qs_settings_get_state_dir (self));
  else
    read_field (G_STRUCT_MEMBER_P (self, setting->offset), value);

  return TRUE;
}

gboolean
qs_settings_set_property (QsSettings *self, guint prop_id, const GValue *value)
{
  if (prop_id == 0 || prop_id > QS_N_SETTINGS)
    return FALSE;

  write_field (G_STRUCT_MEMBER_P (self, qs_settings_table[prop_id - 1].offset), value);

  return TRUE;
}

void
qs_settings_clear (QsSettings *self)
{
  g_clear_pointer (&self->broker_address, g_free);
  g_clear_pointer (&self->consumer_group, g_free);
  g_clear_pointer (&self->state_dir, g_free);
  g_clear_pointer (&self->instance_id, g_free);
  g_clear_pointer (&self->worker_argv, g_strfreev);
  g_clear_pointer (&self->bus_name, g_free);
  g_clear_pointer (&self->monitor_address, g_free);
  g_clear_pointer (&self->client_config, g_variant_unref);
  g_clear_pointer (&self->producer_config, g_variant_unref);
  g_clear_pointer (&self->consumer_config, g_variant_unref);
  g_clear_pointer (&self->rocksdb_options, g_variant_unref);
  g_clear_pointer (&self->changelog_config, g_variant_unref);
}

/* Returns the value of the first of two variables that is set; an empty one counts as unset.
 * NULL: none is */
static const char *
get_environment (const char *name, const char *quix_name)
{
  const char *names[] = { name, quix_name };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const char *value = g_getenv (names[i]);

      if (value != NULL && *value != '\0')
        return value;
    }

  return NULL;
}

const char *
qs_settings_get_broker_address (const QsSettings *self)
{
  if (self->broker_address != NULL)
    return self->broker_address;

  /* The second one is Quix Streams' name, here and below. */
  return get_environment ("QSOURCE_BROKER_ADDRESS", "Quix__Broker__Address");
}

const char *
qs_settings_get_consumer_group (const QsSettings *self)
{
  const char *from_environment = g_getenv ("QSOURCE_CONSUMER_GROUP");

  /* An empty one is refused: the default would be a group that others have, too. */
  if (from_environment == NULL)
    from_environment = g_getenv ("Quix__Consumer_Group");
  if (self->consumer_group != NULL)
    return self->consumer_group;

  return from_environment != NULL ? from_environment : "qsource-default";
}

const char *
qs_settings_get_state_dir (const QsSettings *self)
{
  const char *from_environment = get_environment ("QSOURCE_STATE_DIR", "Quix__State__Dir");

  if (self->state_dir != NULL)
    return self->state_dir;

  return from_environment != NULL ? from_environment : "state";
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-harness.h"

#include "qs-application-parts-private.h"
#include "qs-deadline-private.h"
#include "qs-harness-parts-private.h"

/* A second instance of what a QsHarness runs. */

/* Settings that no two instances share. */
static const char *const own[] = {
  "state-dir", "instance-id", "bus-name", "monitor-address", NULL,
};

static void
copy_setting (QsApplication *from, QsApplication *to, const QsSetting *setting)
{
  g_auto (GValue) value = G_VALUE_INIT;
  GParamSpec *pspec = g_object_class_find_property (G_OBJECT_GET_CLASS (from), setting->name);

  g_value_init (&value, pspec->value_type);
  /* Without the secrets, a getter would return these. */
  if (setting->kind == QS_SETTING_VARIANT)
    g_value_set_variant (&value,
                         G_STRUCT_MEMBER (GVariant *,
                                          &qs_application_get_private (from)->settings,
                                          setting->offset));
  else
    g_object_get_property (G_OBJECT (from), setting->name, &value);
  g_object_set_property (G_OBJECT (to), setting->name, &value);
}

static QsHarness *
copy (QsHarness *self)
{
  QsHarness *twin = qs_harness_new (self->source);

  for (guint i = 0; i < QS_N_SETTINGS; i++)
    {
      if (!g_strv_contains (own, qs_settings_table[i].name))
        copy_setting (self->application, twin->application, &qs_settings_table[i]);
    }
  twin->worker_argv = g_strdupv (self->worker_argv);
  twin->source_argv = g_strdupv (self->source_argv);
  g_set_object (&twin->broker, self->broker);

  return twin;
}

QsHarness *
qs_harness_make_twin (QsHarness *self, GError **error)
{
  g_autoptr (QsHarness) twin = copy (self);

  if (!qs_harness_set_up (twin, qs_deadline_after (QS_HARNESS_PATIENCE), error))
    return NULL;

  /* It goes on reading where the other one has come to. */
  qs_harness_reader_free (twin->reader);
  twin->reader = g_steal_pointer (&self->reader);
  g_ptr_array_unref (twin->records);
  twin->records = g_ptr_array_ref (self->records);

  return g_steal_pointer (&twin);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A module as somebody else writes it, for tests. With TEST_MODULE_CRASH it crashes. */

#include <gmodule.h>
#include <qsource/qsource.h>

#define ACME_TYPE_DOOR_SOURCE (acme_door_source_get_type ())

G_DECLARE_FINAL_TYPE (AcmeDoorSource, acme_door_source, ACME, DOOR_SOURCE, QsSource)

struct _AcmeDoorSource
{
  QsSource parent_instance;

  guint count;
};

enum
{
  PROP_COUNT = 1
};

G_DEFINE_FINAL_TYPE (AcmeDoorSource, acme_door_source, QS_TYPE_SOURCE)

static gboolean
acme_door_source_run (QsSource *source, GError **error)
{
  AcmeDoorSource *self = ACME_DOOR_SOURCE (source);

  for (guint i = 0; i < self->count; i++)
    {
      g_autoptr (QsMessage) message =
          qs_source_serialize (source, NULL, g_variant_new_int64 (i), NULL, 0, error);

      if (message == NULL || !qs_source_produce (source, message, error))
        return FALSE;
    }

  return TRUE;
}

static void
acme_door_source_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  g_value_set_uint (value, ACME_DOOR_SOURCE (object)->count);
}

static void
acme_door_source_set_property (GObject      *object,
                               guint         prop_id,
                               const GValue *value,
                               GParamSpec   *pspec)
{
  ACME_DOOR_SOURCE (object)->count = g_value_get_uint (value);
}

static void
acme_door_source_class_init (AcmeDoorSourceClass *klass)
{
  G_OBJECT_CLASS (klass)->get_property = acme_door_source_get_property;
  G_OBJECT_CLASS (klass)->set_property = acme_door_source_set_property;
  QS_SOURCE_CLASS (klass)->run = acme_door_source_run;
  qs_source_describe_type (G_TYPE_FROM_CLASS (klass), "Who comes and goes", NULL, "count=3");
  g_object_class_install_property (
      G_OBJECT_CLASS (klass),
      PROP_COUNT,
      g_param_spec_uint ("count",
                         NULL,
                         "How many come",
                         0,
                         1000,
                         2,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS));
}

static void
acme_door_source_init (AcmeDoorSource *self)
{
}

G_MODULE_EXPORT const GType *qsource_module_get_types (gsize *n);

const GType *
qsource_module_get_types (gsize *n)
{
  static GType types[1];

#ifdef TEST_MODULE_CRASH
  g_assert_not_reached ();
#endif
  types[0] = ACME_TYPE_DOOR_SOURCE;
  *n = 1;

  return types;
}

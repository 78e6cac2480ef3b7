/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The load of this machine, every second, numbered over all restarts: a service for
 * qsource-load.service. The secrets are in the credential `kafka.conf`: settings of librdkafka,
 * NAME=VALUE, one per line.
 * Run: QSOURCE_BROKER_ADDRESS=embedded build/examples/systemd/load-service   (Ctrl-C ends it) */

#include <qsource/qsource.h>

G_DECLARE_FINAL_TYPE (Load, load, EXAMPLE, LOAD, QsStatefulSource)
struct _Load
{
  QsStatefulSource parent_instance;
};
G_DEFINE_FINAL_TYPE (Load, load, QS_TYPE_STATEFUL_SOURCE)

static gboolean
produce_load (QsSource *source, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) read_error = NULL;
  /* Valid until the flush; the next call gets a new one. */
  g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (source), error);
  gint64 number = 0;

  if (state == NULL)
    return FALSE;

  number = qs_state_get_int64 (state, "number", 0, &read_error) + 1;
  if (read_error != NULL)
    return g_propagate_error (error, g_steal_pointer (&read_error)), FALSE;

  return g_file_get_contents ("/proc/loadavg", &text, NULL, error) &&
         qs_state_set (state, "number", g_variant_new_int64 (number), error) &&
         qs_source_produce_value (source, NULL,
                                  g_variant_new_parsed ("{'number': <%x>, 'load': <%d>}", number,
                                                        g_ascii_strtod (text, NULL)),
                                  error) &&
         qs_source_flush (source, -1, error);
}

/* Checks that this system reports its load. */
static gboolean
load_setup (QsBaseSource *source, GError **error)
{
  g_autofree char *text = NULL;

  return g_file_get_contents ("/proc/loadavg", &text, NULL, error);
}

static gboolean
load_run (QsSource *source, GError **error)
{
  do
    if (!produce_load (source, error))
      return FALSE;
  while (qs_base_source_wait (QS_BASE_SOURCE (source), 1));

  return TRUE;
}

static void
load_class_init (LoadClass *klass)
{
  QS_BASE_SOURCE_CLASS (klass)->setup = load_setup;
  QS_SOURCE_CLASS (klass)->run = load_run;
}

static void
load_init (Load *self)
{
}

/* Passes the credential, if there is one, to all clients. */
static gboolean
read_credential (QsApplication *app, GError **error)
{
  const char      *directory = g_getenv ("CREDENTIALS_DIRECTORY");
  g_autofree char *path = g_build_filename (directory != NULL ? directory : "", "kafka.conf", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_auto (GVariantBuilder) config = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));

  if (directory == NULL)
    return TRUE;
  if (!g_file_get_contents (path, &text, NULL, error))
    return FALSE;

  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) pair = g_strsplit (lines[i], "=", 2);

      if (g_strv_length (pair) == 2)
        g_variant_builder_add (&config, "{ss}", g_strstrip (pair[0]), g_strstrip (pair[1]));
    }
  g_object_set (app, "client-config", g_variant_builder_end (&config), NULL);

  return TRUE;
}

int
main (void)
{
  g_autoptr (QsApplication) app = qs_application_new (NULL);
  g_autoptr (QsBaseSource) source = g_object_new (load_get_type (), "name", "load", NULL);
  g_autoptr (GError) error = NULL;

  /* Restart a failed source here first; systemd restarts the whole program. */
  g_object_set (app, "consumer-group", "qsource-load", "max-restarts", 5, NULL);

  if (read_credential (app, &error) &&
      qs_application_add_source (app, source, NULL, &error) != NULL &&
      qs_application_run (app, NULL, &error))
    return 0;

  g_printerr ("%s\n", error->message);
  return 1;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Produces the load of the machine every second to a broker with TLS, as a user with a
 * password, which is in the file $CREDENTIALS_DIRECTORY/kafka-password as under systemd.
 * Never take a password from the arguments or the environment: others can see them.
 * Run: CREDENTIALS_DIRECTORY=DIR build/examples/c/tls-source HOST:PORT CA-FILE USER
 * Without arguments, it produces three records to an embedded broker. */

#include <qsource/qsource.h>
#include <stdlib.h>

G_DECLARE_FINAL_TYPE (LoadSource, load_source, EXAMPLE, LOAD_SOURCE, QsSource)
struct _LoadSource
{
  QsSource parent_instance;
  int      n_records; /* 0 = without end */
};
G_DEFINE_FINAL_TYPE (LoadSource, load_source, QS_TYPE_SOURCE)

static gboolean
load_source_run (QsSource *source, GError **error)
{
  const int last = EXAMPLE_LOAD_SOURCE (source)->n_records;

  for (int i = 1; qs_source_get_running (source) && (last == 0 || i <= last); i++)
    {
      double load = 0;

      if (getloadavg (&load, 1) != 1)
        return g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "The load is not known"), FALSE;
      if (!qs_source_produce_value (source, NULL, g_variant_new_double (load), error))
        return FALSE;
      if (i != last)
        qs_base_source_wait (QS_BASE_SOURCE (source), last == 0 ? 1 : 0.1);
    }
  return TRUE;
}

static void
load_source_class_init (LoadSourceClass *klass)
{
  QS_SOURCE_CLASS (klass)->run = load_source_run;
}

static void
load_source_init (LoadSource *self)
{
}

static char *
read_password (GError **error)
{
  const char      *directory = g_getenv ("CREDENTIALS_DIRECTORY");
  g_autofree char *path = g_build_filename (directory ? directory : ".", "kafka-password", NULL);
  char            *password = NULL;

  return g_file_get_contents (path, &password, NULL, error) ? g_strchomp (password) : NULL;
}

static gboolean
secure (QsApplication *app, const char *ca_file, const char *user, GError **error)
{
  g_autofree char *password = read_password (error);
  GVariantBuilder  config;

  if (password == NULL)
    return FALSE;

  g_variant_builder_init (&config, G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (&config, "{ss}", "security.protocol", "sasl_ssl");
  g_variant_builder_add (&config, "{ss}", "ssl.ca.location", ca_file);
  g_variant_builder_add (&config, "{ss}", "sasl.mechanism", "PLAIN");
  g_variant_builder_add (&config, "{ss}", "sasl.username", user);
  g_variant_builder_add (&config, "{ss}", "sasl.password", password);
  g_object_set (app, "client-config", g_variant_builder_end (&config), NULL);
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (QsApplication) app = qs_application_new (argc == 4 ? argv[1] : "embedded");
  g_autoptr (LoadSource) source = g_object_new (load_source_get_type (), "name", "load", NULL);
  g_autoptr (GError) error = NULL;

  source->n_records = argc == 4 ? 0 : 3;
  if ((argc == 4 && !secure (app, argv[2], argv[3], &error)) ||
      !qs_application_add_source (app, QS_BASE_SOURCE (source), NULL, &error) ||
      !qs_application_run (app, NULL, &error))
    return g_printerr ("%s\n", error->message), 1;
  return 0;
}

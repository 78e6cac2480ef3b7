/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "security-fixture.h"

/* All secrets, right ones and wrong ones, begin with it. */
#define SECRET "hunter"

#define SUBPROCESS "/secrets/leaks/subprocess"

typedef struct
{
  const char *listener;
  const char *config;
  gboolean    is_good;
} Case;

static const Case cases[] = {
  { "SASL_TLS", WITH_SASL_TLS AS_ADMIN " ssl.key.password=hunter3", TRUE },
  { "OLD_SCRAM", "security.protocol=sasl_plaintext sasl.mechanism=SCRAM-SHA-512 " AS_ADMIN, TRUE },
  { "SASL", WITH_SASL WRONGLY },
  { "OLD_SCRAM", "security.protocol=sasl_plaintext sasl.mechanism=SCRAM-SHA-256 " WRONGLY },
  { "MTLS", WITH_TLS " ssl.key.pem=hunter5" },
  { "MTLS", WITH_TLS " ssl.keystore.location=DIR/ca.pem ssl.keystore.password=hunter6" },
  { "OAUTH",
    "security.protocol=sasl_plaintext sasl.mechanism=OAUTHBEARER sasl.oauthbearer.method=oidc "
    "sasl.oauthbearer.client.id=me sasl.oauthbearer.client.secret=hunter7" },
  { "OAUTH",
    "security.protocol=sasl_plaintext sasl.mechanism=OAUTHBEARER "
    "enable.sasl.oauthbearer.unsecure.jwt=true sasl.oauthbearer.config=hunter8" },
};

/* Fails if a secret is in what others can read of the process. */
static gboolean
check_process (int pid, const char *file, GError **error)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/%s", pid, file);
  g_autofree char *text = NULL;
  gsize            length = 0;

  if (!g_file_get_contents (path, &text, &length, error))
    return FALSE;
  g_assert_cmpuint (length, >, 0);
  for (gsize i = 0; i < length; i++)
    {
      if (text[i] == '\0')
        text[i] = '\n';
    }
  if (strstr (text, SECRET) == NULL)
    return TRUE;

  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "A secret is in %s", path);
  return FALSE;
}

/* Fails if a secret is in a property, which a debugger or an inspector shows. */
static gboolean
check_object (gpointer object, GError **error)
{
  g_autofree GParamSpec **specs = NULL;
  guint                   n_specs = 0;

  specs = g_object_class_list_properties (G_OBJECT_GET_CLASS (object), &n_specs);
  for (guint i = 0; i < n_specs; i++)
    {
      g_auto (GValue) value = G_VALUE_INIT;
      g_autofree char *text = NULL;

      if ((specs[i]->flags & G_PARAM_READABLE) == 0)
        continue;
      g_value_init (&value, specs[i]->value_type);
      g_object_get_property (object, specs[i]->name, &value);
      if (G_VALUE_HOLDS_VARIANT (&value) && g_value_get_variant (&value) != NULL)
        text = g_variant_print (g_value_get_variant (&value), FALSE);
      else
        text = g_strdup_value_contents (&value);
      if (strstr (text, SECRET) == NULL)
        continue;

      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "A secret is in %s", specs[i]->name);
      return FALSE;
    }

  return TRUE;
}

/* What others can see of worker and parent while the worker has connected. */
static gboolean
run_looking (QsSource *source, GError **error)
{
  return run_ten (source, error) && check_process (getpid (), "cmdline", error) &&
         check_process (getpid (), "environ", error) &&
         check_process (getppid (), "cmdline", error) &&
         check_process (getppid (), "environ", error);
}

static const Behaviour own_behaviours[] = {
  { "look", run_looking },
  { NULL },
};

/* Its whole output is looked at by the test. */
static void
test_subprocess (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *config = g_strconcat (cases[i].config, " debug=all", NULL);
      g_auto (Fixture) fixture = { 0 };

      secure_fixture_init (&fixture, cases[i].listener, config, "look");
      g_object_set (
          fixture.app, "processing-guarantee", QS_PROCESSING_GUARANTEE_EXACTLY_ONCE, NULL);
      g_assert_cmpint (run (&fixture), ==, cases[i].is_good);
      if (fixture.error != NULL)
        g_printerr ("%s\n", fixture.error->message);
      g_clear_error (&fixture.error);
      check_object (fixture.app, &fixture.error);
      g_assert_no_error (fixture.error);
    }
}

static void
test_secrets (void)
{
  g_test_summary ("No secret is in logs, errors, or in what others can read of the processes");

  if (!need_secure_kafka ())
    return;

  g_setenv ("QSOURCE_TEST_SECURE_BROKER", qs_test_kafka_secure (), TRUE);
  g_setenv ("G_MESSAGES_DEBUG", "all", TRUE);
  g_test_trap_subprocess (SUBPROCESS, 0, 0);
  g_unsetenv ("G_MESSAGES_DEBUG");

  g_test_trap_assert_passed ();
  /* Parent and worker have logged all that they can, librdkafka its settings. */
  g_test_trap_assert_stdout ("*sasl.password = *");
  g_test_trap_assert_stdout ("*commit_transaction*");
  g_test_trap_assert_stdout_unmatched ("*" SECRET "*");
  g_test_trap_assert_stderr_unmatched ("*" SECRET "*");
}

static void
test_kept (void)
{
  g_autoptr (QsApplication) app = qs_application_new ("embedded");
  g_autoptr (QsApplication) other = qs_application_new ("embedded");
  g_autoptr (GVariant) shown = NULL;
  g_autoptr (GError) error = NULL;
  const char *value = NULL;

  g_test_summary ("A secret that is read back and set again stays what it is; as that of another "
                  "application it is refused");

  g_object_set (
      app, "client-config", g_variant_new_parsed ("{'sasl.password': '" SECRET "'}"), NULL);
  g_object_get (app, "client-config", &shown, NULL);
  g_assert_true (g_variant_lookup (shown, "sasl.password", "&s", &value));
  g_assert_cmpstr (value, ==, "[redacted]");

  g_object_set (app, "client-config", shown, NULL);
  g_assert_true (qs_application_run (app, NULL, &error));
  g_assert_no_error (error);

  g_object_set (other, "client-config", shown, NULL);
  g_assert_false (qs_application_run (other, NULL, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_CONFIG);
  assert_contains (error->message, "'sasl.password'");
}

static void
add_tests (void)
{
  g_test_add_func ("/secrets/kept", test_kept);
  g_test_add_func ("/secrets/leaks", test_secrets);
  g_test_add_func (SUBPROCESS, test_subprocess);
}

int
main (int argc, char **argv)
{
  return main_of_test (argc, argv, own_behaviours, add_tests);
}

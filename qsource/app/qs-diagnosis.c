/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-diagnosis-private.h"

#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include "qs-admin-private.h"
#include "qs-file-limit-private.h"
#include "qs-kafka-config-private.h"
#include "qs-kafka-error.h"
#include "qs-producer-private.h"
#include "qs-topic-manager-private.h"
#include "qs-version.h"

/* Below that, in bytes, there is no room for a store. */
#define LITTLE_ROOM (100.0 * 1024 * 1024)

/* @state: ok, warning or failed. */
static void
add (GVariantBuilder *builder,
     const char      *check,
     const char      *state,
     const char      *text,
     const char      *advice)
{
  g_variant_builder_open (builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (builder, "{sv}", "check", g_variant_new_string (check));
  g_variant_builder_add (builder, "{sv}", "state", g_variant_new_string (state));
  g_variant_builder_add (builder, "{sv}", "text", g_variant_new_string (text));
  if (advice != NULL)
    g_variant_builder_add (builder, "{sv}", "advice", g_variant_new_string (advice));
  g_variant_builder_close (builder);
}

void
qs_diagnosis_add_error (GVariantBuilder *builder,
                        const char      *check,
                        const GError    *error,
                        const char      *advice)
{
  g_autofree char *text = g_utf8_make_valid (error->message, -1);

  add (builder, check, "failed", text, advice);
}

static void
add_versions (GVariantBuilder *builder)
{
  g_autofree char *text = g_strdup_printf ("QSource %u.%u, librdkafka %s, GLib %u.%u.%u",
                                           QS_MAJOR_VERSION,
                                           QS_MINOR_VERSION,
                                           qs_kafka_config_get_version (),
                                           glib_major_version,
                                           glib_minor_version,
                                           glib_micro_version);

  add (builder, "versions", "ok", text, NULL);
}

static void
add_descriptors (GVariantBuilder *builder, guint n_sources, gboolean in_threads, guint n_standby)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  if (!qs_file_limit_check (n_sources, in_threads, n_standby, &error))
    {
      qs_diagnosis_add_error (
          builder, "descriptors", error, "Raise the limit: 'ulimit -n', LimitNOFILE= of systemd");
      return;
    }

  text = g_strdup_printf ("Enough for %u source%s", n_sources, n_sources == 1 ? "" : "s");
  add (builder, "descriptors", "ok", text, NULL);
}

static void
add_clock (GVariantBuilder *builder)
{
  struct timex state = { 0 };
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *text = g_date_time_format (now, "%FT%TZ");
  int              status = adjtimex (&state);

  if (status == TIME_ERROR || (status >= 0 && (state.status & STA_UNSYNC)))
    add (builder,
         "clock",
         "warning",
         text,
         "The kernel reports that the clock is not synchronized, and records get its time. Run "
         "chrony or systemd-timesyncd, unless the host of this container does");
  else
    add (builder, "clock", "ok", text, NULL);
}

/* Of a directory that isn't there, the one that it would be made in; transfer full. */
static char *
find_existing (const char *path)
{
  g_autofree char *now = g_canonicalize_filename (path, NULL);

  while (!g_file_test (now, G_FILE_TEST_EXISTS))
    {
      char *parent = g_path_get_dirname (now);

      g_free (now);
      now = parent;
    }

  return g_steal_pointer (&now);
}

static void
add_state_dir (GVariantBuilder *builder, const char *state_dir)
{
  g_autofree char *existing = find_existing (state_dir);
  g_autofree char *text = NULL;
  struct statvfs   info = { 0 };
  double           room = 0;

  if (!g_file_test (existing, G_FILE_TEST_IS_DIR) || access (existing, W_OK | X_OK) != 0)
    {
      text = g_strdup_printf ("'%s' cannot be written", existing);
      add (builder,
           "state directory",
           "failed",
           text,
           "Set state-dir to a directory of this user, or change the owner of the directory");
      return;
    }

  if (statvfs (existing, &info) == 0)
    room = (double) info.f_bavail * (double) info.f_frsize;
  text = g_strdup_printf ("%s, %.1f GiB free", state_dir, room / 1024 / 1024 / 1024);
  if (room < LITTLE_ROOM)
    add (builder, "disk", "failed", text, "Free some space for the stores and their logs");
  else
    add (builder, "disk", "ok", text, NULL);
}

void
qs_diagnosis_add_local (GVariantBuilder *builder,
                        const char      *state_dir,
                        guint            n_sources,
                        gboolean         in_threads,
                        guint            n_standby)
{
  add_versions (builder);
  add_descriptors (builder, n_sources, in_threads, n_standby);
  add_clock (builder);
  add_state_dir (builder, state_dir);
}

/* Returns advice about brokers that cannot be reached. */
static const char *
advise (const GError *error)
{
  if (g_error_matches (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_AUTHENTICATION))
    return "Compare the security.protocol, ssl.* and sasl.* settings of client-config with those "
           "of the listener at broker-address";
  if (g_error_matches (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_NOT_AUTHORIZED))
    return "Ask the administrator of the cluster for the permission";

  return "Check broker-address, that the broker runs, and that no firewall is in between; if the "
         "broker requires TLS or a password, set client-config.security.protocol";
}

static void
add_topics (GVariantBuilder *builder, QsRunSettings *run, QsAdmin *admin)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) topics = qs_run_settings_dup_topics (run, &error);
  g_autoptr (GString) bad = g_string_new (NULL);
  guint n_created = 0;

  for (guint i = 0; topics != NULL && i < topics->len; i++)
    {
      GVariant *told =
          qs_topic_manager_describe (admin, topics->pdata[i], run->create_topics, NULL, &error);
      g_autoptr (GVariant) topic = told != NULL ? g_variant_ref_sink (told) : NULL;
      const char *action = "", *name = "";

      if (topic == NULL)
        break;
      g_variant_lookup (topic, "action", "&s", &action);
      g_variant_lookup (topic, "name", "&s", &name);
      if (g_str_equal (action, "missing"))
        g_string_append_printf (bad, "; '%s' is missing", name);
      else if (g_str_equal (action, "mismatch"))
        g_string_append_printf (bad, "; '%s' has another number of partitions", name);
      n_created += g_str_equal (action, "create") ? 1 : 0;
    }

  if (error != NULL)
    {
      qs_diagnosis_add_error (builder, "topics", error, advise (error));
    }
  else
    {
      g_autofree char *text = g_strdup_printf (
          "%u are needed, %u of them will be created%s", topics->len, n_created, bad->str);

      add (builder,
           "topics",
           bad->len > 0 ? "failed" : "ok",
           text,
           bad->len > 0 ? "Create the missing topics, or set auto-create-topics; 'qsource topics' "
                          "shows the expected topics"
                        : NULL);
    }
}

/* By an id of its own, which ends nobody. */
static void
add_transactions (GVariantBuilder *builder, QsRunSettings *run)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *id =
      qs_state_settings_dup_transactional_id (run->workers.state, "qsource-doctor", 0);
  g_autoptr (QsProducer) producer = NULL;

  if (!qs_guarantee_is_exactly_once (&run->workers.state->guarantee))
    {
      add (builder, "transactions", "ok", "Not needed: the guarantee is at-least-once", NULL);
      return;
    }

  producer =
      qs_producer_new_transactional (run->workers.config, NULL, id, NULL, NULL, NULL, &error);
  if (producer != NULL && qs_producer_fence (producer, G_MAXINT64, NULL, &error))
    add (builder, "transactions", "ok", "The brokers take those of this consumer-group", NULL);
  else
    qs_diagnosis_add_error (
        builder,
        "transactions",
        error,
        "The brokers must allow 'Write' and 'Describe' on transactional ids that begin with the "
        "consumer-group, and have enough replicas of __transaction_state");
}

void
qs_diagnosis_add_remote (GVariantBuilder *builder, QsRunSettings *run)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsAdmin) admin = qs_admin_new (run->workers.config, &error);
  gint64           started = g_get_monotonic_time ();
  g_autofree char *text = NULL;

  if (admin == NULL || !qs_admin_connect (admin, NULL, &error))
    {
      qs_diagnosis_add_error (builder, "broker", error, advise (error));
      return;
    }

  text = g_strdup_printf ("%s answers, after %.0f ms",
                          run->workers.config->bootstrap_servers,
                          (double) (g_get_monotonic_time () - started) / 1000);
  add (builder, "broker", "ok", text, NULL);
  add_topics (builder, run, admin);
  add_transactions (builder, run);
}

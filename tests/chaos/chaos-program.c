/* SPDX-License-Identifier: LGPL-2.1-or-later
 * The program that chaos.py kills: sources of the numbers 1, 2, 3, ... with a state
 * whose entries must agree among each other. It knows nothing of who kills it.
 * Run: tests/chaos/chaos.py */

#include <qsource/qsource.h>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define N_SLOTS 50

/* Seconds for which an entry lives; as long as some flushes, or kills, are apart. */
#define BRIEF 2.0

/* The partitions of each source's state; as in chaos_system.py. */
static const int n_partitions[] = { 1, 2 };

G_DECLARE_FINAL_TYPE (ChaosSource, chaos_source, CHAOS, SOURCE, QsStatefulSource)

struct _ChaosSource
{
  QsStatefulSource parent_instance;
  char            *part;         /* "NAME.PARTITION"; set by run() */
  int              confirmed_fd; /* of the last number that flush() has confirmed */
};

G_DEFINE_FINAL_TYPE (ChaosSource, chaos_source, QS_TYPE_STATEFUL_SOURCE)

/* Arguments, the same in each worker. */
static struct
{
  char    *broker;
  char    *reports; /* directory of what the sources tell the checker */
  char    *dump;    /* directory to write the states to, instead of running */
  gboolean exactly_once;
  gboolean is_lazy; /* sends nothing before it must */
  gboolean is_deaf; /* pays no attention to what produce() returns */
  int      per_flush;
  int      last; /* 0: without end */
  double   transaction_timeout;
} options = { .per_flush = 100, .transaction_timeout = 60 };

static const GOptionEntry option_entries[] = {
  { "broker", 0, 0, G_OPTION_ARG_STRING, &options.broker, "Where the cluster is", "HOST:PORT" },
  { "reports", 0, 0, G_OPTION_ARG_FILENAME, &options.reports, "Where to report to", "DIR" },
  { "dump", 0, 0, G_OPTION_ARG_FILENAME, &options.dump, "Only write the states there", "DIR" },
  { "exactly-once", 0, 0, G_OPTION_ARG_NONE, &options.exactly_once, "Use transactions", NULL },
  { "lazy", 0, 0, G_OPTION_ARG_NONE, &options.is_lazy, "Send as late as possible", NULL },
  { "deaf", 0, 0, G_OPTION_ARG_NONE, &options.is_deaf, "Ignore what produce() returns", NULL },
  { "per-flush", 0, 0, G_OPTION_ARG_INT, &options.per_flush, "Numbers a flush", "N" },
  { "last", 0, 0, G_OPTION_ARG_INT, &options.last, "The last number", "N" },
  { "transaction-timeout",
    0,
    0,
    G_OPTION_ARG_DOUBLE,
    &options.transaction_timeout,
    "Of Kafka",
    "SECONDS" },
  { NULL },
};

/* Survives a kill -9, and is never mixed with another line. */
G_GNUC_PRINTF (2, 3)
static void
report (ChaosSource *self, const char *format, ...)
{
  g_autofree char *path = g_strdup_printf ("%s/%s.log", options.reports, self->part);
  g_autofree char *text = NULL;
  va_list          args;
  int              fd = open (path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  if (fd < 0 || write (fd, text, strlen (text)) != (gssize) strlen (text))
    g_error ("Cannot report to '%s'", path);
  close (fd);
}

static void
open_confirmed (ChaosSource *self)
{
  g_autofree char *path = g_strdup_printf ("%s/%s.confirmed", options.reports, self->part);

  self->confirmed_fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (self->confirmed_fd < 0)
    g_error ("Cannot open '%s'", path);
}

static gint64
read_confirmed (ChaosSource *self)
{
  gint64 number = 0;

  return pread (self->confirmed_fd, &number, sizeof number, 0) == sizeof number ? number : 0;
}

/* Tells whether the state that it was started with is that of one flush. */
static gboolean
check_state (ChaosSource *self, QsState *state, gint64 *current, GError **error)
{
  g_auto (GStrv) moving = NULL;
  g_autoptr (GError) own_error = NULL;
  g_autofree char *expected = NULL;
  gint64           confirmed = read_confirmed (self);
  gint64           brief = 0;

  *current = qs_state_get_int64 (state, "current", 0, &own_error);
  for (int i = 0; i < N_SLOTS && own_error == NULL; i++)
    {
      g_autofree char *key = g_strdup_printf ("slot-%02d", i);
      gint64           value = qs_state_get_int64 (state, key, 0, &own_error);

      if (own_error == NULL && value != *current)
        report (self,
                "torn %s is %" G_GINT64_FORMAT ", current is %" G_GINT64_FORMAT "\n",
                key,
                value,
                *current);
    }
  if (own_error == NULL)
    brief = qs_state_get_int64 (state, "brief", *current, &own_error);
  if (own_error == NULL)
    moving = qs_state_keys (state, "moving-", &own_error);
  if (own_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&own_error));
      return FALSE;
    }

  expected = g_strdup_printf ("moving-%" G_GINT64_FORMAT, *current);
  if (*current > 0 && (g_strv_length (moving) != 1 || !g_str_equal (moving[0], expected)))
    report (self,
            "torn %u moving keys, the first is %s, current is %" G_GINT64_FORMAT "\n",
            g_strv_length (moving),
            moving[0] != NULL ? moving[0] : "none",
            *current);
  /* Expired, or of the same flush. */
  if (brief != *current)
    report (self,
            "torn brief is %" G_GINT64_FORMAT ", current is %" G_GINT64_FORMAT "\n",
            brief,
            *current);
  if (*current < confirmed)
    report (self,
            "behind %" G_GINT64_FORMAT " is confirmed, current is %" G_GINT64_FORMAT "\n",
            confirmed,
            *current);
  report (self, "start %d %" G_GINT64_FORMAT "\n", (int) getpid (), *current);

  return TRUE;
}

static gboolean
set_number (QsState *state, const char *key, gint64 number, GError **error)
{
  return qs_state_set (state, key, g_variant_new_int64 (number), error);
}

/* Has the whole state be that of @number. */
static gboolean
remember (ChaosSource *self, gint64 number, gint64 previous, GError **error)
{
  g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (self), error);
  g_autofree char *gone = g_strdup_printf ("moving-%" G_GINT64_FORMAT, previous);
  g_autofree char *come = g_strdup_printf ("moving-%" G_GINT64_FORMAT, number);

  if (state == NULL || (previous > 0 && !qs_state_remove (state, gone, error)) ||
      !set_number (state, come, number, error))
    return FALSE;
  for (int i = 0; i < N_SLOTS; i++)
    {
      g_autofree char *key = g_strdup_printf ("slot-%02d", i);

      if (!set_number (state, key, number, error))
        return FALSE;
    }

  return set_number (state, "current", number, error) &&
         qs_state_set_with_ttl (state, "brief", g_variant_new_int64 (number), BRIEF, error);
}

static gboolean
commit (ChaosSource *self, gint64 number, GError **error)
{
  if (!qs_source_flush (QS_SOURCE (self), -1, error))
    return FALSE;
  if (pwrite (self->confirmed_fd, &number, sizeof number, 0) != sizeof number)
    g_error ("Cannot write what was confirmed");

  return TRUE;
}

static gboolean
produce (ChaosSource *self, gint64 number, const char *incarnation, GError **error)
{
  g_autofree char *value = g_strdup_printf ("%" G_GINT64_FORMAT " %s", number, incarnation);

  return qs_source_produce_full (QS_SOURCE (self),
                                 (const guint8 *) self->part,
                                 strlen (self->part),
                                 (const guint8 *) value,
                                 strlen (value),
                                 NULL,
                                 0,
                                 qs_stateful_source_get_partition (QS_STATEFUL_SOURCE (self)),
                                 error) ||
         options.is_deaf;
}

/* Sends the numbers behind @start until it is stopped or at the last. */
static gboolean
send_numbers (ChaosSource *self, gint64 start, GError **error)
{
  g_autofree char *incarnation =
      g_strdup_printf ("%d-%" G_GINT64_FORMAT, (int) getpid (), g_get_monotonic_time ());
  gint64 number = start;
  gint64 flushed = start;

  while (qs_source_get_running (QS_SOURCE (self)) && (options.last == 0 || number < options.last))
    {
      number++;
      if (!produce (self, number, incarnation, options.is_deaf ? NULL : error))
        return FALSE;
      if (number % options.per_flush != 0)
        continue;
      if (!remember (self, number, flushed, error) || !commit (self, number, error))
        return FALSE;
      flushed = number;
    }

  /* The library flushes it. */
  return number == flushed || remember (self, number, flushed, error);
}

/* Writes the state to a file, sorted by key. */
static gboolean
dump_state (ChaosSource *self, QsState *state, GError **error)
{
  g_autofree char *path = g_build_filename (options.dump, self->part, NULL);
  g_auto (GStrv) keys = qs_state_keys (state, "", error);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; keys != NULL && keys[i] != NULL; i++)
    {
      g_autoptr (GBytes) value = qs_state_get_bytes (state, keys[i], error);
      gsize       length = 0;
      const char *data = NULL;

      if (g_str_equal (keys[i], "brief"))
        continue;
      if (value == NULL)
        return FALSE;
      data = g_bytes_get_data (value, &length);
      g_string_append_printf (text, "%s %.*s\n", keys[i], (int) length, data);
    }

  return keys != NULL && g_file_set_contents (path, text->str, -1, error);
}

static gboolean
chaos_source_run (QsSource *source, GError **error)
{
  ChaosSource *self = CHAOS_SOURCE (source);
  gint64       current = 0;
  g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (self), error);

  if (state == NULL)
    return FALSE;
  self->part = g_strdup_printf ("%s.%d",
                                qs_base_source_get_name (QS_BASE_SOURCE (self)),
                                qs_stateful_source_get_partition (QS_STATEFUL_SOURCE (self)));
  if (options.dump != NULL)
    return dump_state (self, state, error);

  open_confirmed (self);

  return check_state (self, state, &current, error) && send_numbers (self, current, error);
}

static void
chaos_source_finalize (GObject *object)
{
  ChaosSource *self = CHAOS_SOURCE (object);

  if (self->confirmed_fd >= 0)
    close (self->confirmed_fd);
  g_free (self->part);
  G_OBJECT_CLASS (chaos_source_parent_class)->finalize (object);
}

static void
chaos_source_class_init (ChaosSourceClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = chaos_source_finalize;
  QS_SOURCE_CLASS (klass)->run = chaos_source_run;
}

static void
chaos_source_init (ChaosSource *self)
{
  self->confirmed_fd = -1;
}

static QsApplication *
new_application (void)
{
  QsApplication  *app = qs_application_new (options.broker);
  GVariantBuilder config;

  /* A flush is many batches, and the queue is mostly full. */
  g_variant_builder_init (&config, G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (&config, "{ss}", "linger.ms", options.is_lazy ? "500" : "1");
  if (!options.is_lazy)
    {
      g_variant_builder_add (&config, "{ss}", "batch.num.messages", "2");
      g_variant_builder_add (&config, "{ss}", "queue.buffering.max.messages", "40");
    }
  g_object_set (app,
                "producer-config",
                g_variant_builder_end (&config),
                "max-restarts",
                -1,
                "restart-backoff",
                0.0,
                "transaction-timeout",
                options.transaction_timeout,
                "processing-guarantee",
                options.exactly_once ? QS_PROCESSING_GUARANTEE_EXACTLY_ONCE
                                     : QS_PROCESSING_GUARANTEE_AT_LEAST_ONCE,
                NULL);

  return app;
}

static gboolean
add_source (QsApplication *app, guint number, GError **error)
{
  g_autofree char *name = g_strdup_printf ("chaos-%u", number);
  g_autofree char *topic_name = g_strconcat ("source__", name, NULL);
  g_autoptr (QsTopic) topic = qs_topic_new (topic_name);
  g_autoptr (ChaosSource) source = g_object_new (chaos_source_get_type (),
                                                 "name",
                                                 name,
                                                 "n-partitions",
                                                 n_partitions[number],
                                                 "shutdown-timeout",
                                                 4.0,
                                                 NULL);

  qs_topic_set_n_partitions (topic, n_partitions[number]);

  return qs_application_add_source (app, QS_BASE_SOURCE (source), topic, error) != NULL;
}

int
main (int argc, char *argv[])
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (QsApplication) app = NULL;
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, option_entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    return g_printerr ("%s\n", error->message), 2;
  if (options.broker == NULL || options.reports == NULL)
    return g_printerr ("--broker and --reports are needed\n"), 2;

  app = new_application ();
  for (guint i = 0; i < G_N_ELEMENTS (n_partitions); i++)
    {
      if (!add_source (app, i, &error))
        return g_printerr ("%s\n", error->message), 1;
    }
  if (!qs_application_run (app, NULL, &error))
    return g_printerr ("%s\n", error->message), 1;

  return 0;
}

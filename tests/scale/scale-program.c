/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <qsource/qsource.h>

#include <stdio.h>
#include <string.h>

/*
 * An instance of a program whose partitions are shared. Each worker numbers what it
 * produces, from a state that goes along with its partition: "PARTITION NUMBER INSTANCE".
 *
 *   scale-program NAME SOURCE N-PARTITIONS EVERY KEY=VALUE…     (properties of QsApplication)
 *
 * EVERY: milliseconds between flushes of SCALE_BATCH records, 5 unless it is set. With SCALE_KEYS
 * its state has so many keys beside, of which record n sets the one of n modulo their number;
 * whoever takes a state over looks whether all are right, unless SCALE_UNCHECKED is 1. It prints
 * a line for each thing that its parent is told.
 */

/* How many keys are set at once. */
#define MANY_KEYS 20000

static int   every = 20;
static char *instance = NULL;

#define TEST_TYPE_NUMBERS (test_numbers_get_type ())
G_DECLARE_FINAL_TYPE (TestNumbers, test_numbers, TEST, NUMBERS, QsStatefulSource)

struct _TestNumbers
{
  QsStatefulSource parent_instance;
};

G_DEFINE_FINAL_TYPE (TestNumbers, test_numbers, QS_TYPE_STATEFUL_SOURCE)

static gboolean
produce_one (QsSource *source, gint64 number, GError **error)
{
  int              partition = qs_stateful_source_get_partition (QS_STATEFUL_SOURCE (source));
  g_autofree char *key = g_strdup_printf ("%d", partition);
  g_autofree char *value =
      g_strdup_printf ("%d %" G_GINT64_FORMAT " %s", partition, number, instance);

  return qs_source_produce_full (source,
                                 (const guint8 *) key,
                                 strlen (key),
                                 (const guint8 *) value,
                                 strlen (value),
                                 NULL,
                                 0,
                                 partition,
                                 error);
}

static double
get_variable (const char *name, double fallback)
{
  const char *text = g_getenv (name);

  return text != NULL ? g_ascii_strtod (text, NULL) : fallback;
}

/* Seconds for which it goes on when it was asked to stop. */
static double
get_slow_end (void)
{
  return get_variable ("SCALE_SLOW_END", 0);
}

static gboolean
goes_on (QsSource *source, gint64 *end)
{
  if (qs_source_get_running (source))
    return TRUE;
  if (*end == 0)
    *end = g_get_monotonic_time () + (gint64) (get_slow_end () * G_USEC_PER_SEC);
  g_usleep (10000); /* Sleeps: its end is slow. */

  return g_get_monotonic_time () < *end;
}

static int
get_n_keys (void)
{
  return (int) get_variable ("SCALE_KEYS", 0);
}

/* What key @i is when @number records were produced; transfer full. */
static char *
make_value (gint64 i, gint64 number)
{
  gint64 n_keys = get_n_keys ();
  gint64 last = number >= i ? number - (number - i) % n_keys : 0;

  return g_strdup_printf ("%0100" G_GINT64_FORMAT, last);
}

static gboolean
set_key (QsState *state, gint64 i, gint64 number, GError **error)
{
  g_autofree char *key = g_strdup_printf ("key-%08" G_GINT64_FORMAT, i);
  g_autofree char *value = make_value (i, number);

  return qs_state_set (state, key, g_variant_new_string (value), error);
}

/* All keys, before the first record. */
static gboolean
fill (QsSource *source, GError **error)
{
  for (int i = 0; i < get_n_keys ();)
    {
      g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (source), error);

      if (state == NULL)
        return FALSE;
      for (int end = MIN (i + MANY_KEYS, get_n_keys ()); i < end; i++)
        {
          if (!set_key (state, i, 0, error))
            return FALSE;
        }
      if (!qs_source_flush (source, -1, error))
        return FALSE;
    }

  return TRUE;
}

/* Whether all keys are what @number records have made of them. */
static void
check_keys (QsState *state, gint64 number)
{
  int n_wrong = 0;

  for (int i = 0; i < get_n_keys (); i++)
    {
      g_autofree char *key = g_strdup_printf ("key-%08d", i);
      g_autofree char *wanted = make_value (i, number);
      g_autoptr (GVariant) value = qs_state_get (state, key, NULL);

      n_wrong += value == NULL || !g_str_equal (g_variant_get_string (value, NULL), wanted);
    }
  g_printerr ("%d of %d keys are wrong\n", n_wrong, get_n_keys ());
}

static gboolean
begin (QsSource *source, GError **error)
{
  g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (source), error);
  gint64 number = 0;

  if (state == NULL)
    return FALSE;
  number = qs_state_get_int64 (state, "number", 0, NULL);
  if (number == 0)
    return fill (source, error);
  if (get_n_keys () > 0 && get_variable ("SCALE_UNCHECKED", 0) == 0)
    check_keys (state, number);

  return TRUE;
}

static gboolean
test_numbers_run (QsSource *source, GError **error)
{
  int    batch = (int) get_variable ("SCALE_BATCH", 5);
  gint64 end = 0;

  if (!begin (source, error))
    return FALSE;

  while (goes_on (source, &end))
    {
      g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (source), error);
      gint64 number = 0;

      if (state == NULL)
        return FALSE;
      number = qs_state_get_int64 (state, "number", 0, NULL);
      for (int i = 0; i < batch; i++)
        {
          if (!produce_one (source, ++number, error) ||
              (get_n_keys () > 0 && !set_key (state, number % get_n_keys (), number, error)))
            return FALSE;
        }
      if (!qs_state_set (state, "number", g_variant_new_int64 (number), error) ||
          !qs_source_flush (source, -1, error))
        return FALSE;

      qs_base_source_wait (QS_BASE_SOURCE (source), every / 1000.0);
    }

  /* Whoever is killed does not come to this. */
  g_printerr ("partition %d ended in order\n",
              qs_stateful_source_get_partition (QS_STATEFUL_SOURCE (source)));

  return TRUE;
}

static void
test_numbers_class_init (TestNumbersClass *klass)
{
  QS_SOURCE_CLASS (klass)->run = test_numbers_run;
}

static void
test_numbers_init (TestNumbers *self)
{
}

static void say (const char *format, ...) G_GNUC_PRINTF (1, 2);

static void
say (const char *format, ...)
{
  va_list args;

  va_start (args, format);
  vprintf (format, args);
  va_end (args);
  printf ("\n");
  fflush (stdout);
}

/* What its status tells of the last move. transfer full */
static char *
dup_last_move (QsApplication *app)
{
  g_autoptr (GVariant) status = qs_application_dup_status (app);
  g_autoptr (GVariant) sources = g_variant_lookup_value (status, "sources", NULL);
  g_autoptr (GVariant) source = g_variant_get_child_value (sources, 0);
  g_autoptr (GVariant) moves = g_variant_lookup_value (source, "moves", NULL);
  g_autoptr (GVariant) move = g_variant_get_child_value (moves, 0);
  const char *event = NULL;
  int         partition = -1;

  g_assert_true (g_variant_lookup (move, "event", "&s", &event));
  g_assert_true (g_variant_lookup (move, "partition", "i", &partition));

  return g_strdup_printf ("%d %s", partition, event);
}

static void
assigned_cb (QsApplication *app, QsBaseSource *source, int partition)
{
  g_autofree char *move = dup_last_move (app);
  g_autofree char *wanted = g_strdup_printf ("%d assigned", partition);

  g_assert_cmpstr (move, ==, wanted);
  say ("assigned %d", partition);
}

static void
revoked_cb (QsApplication *app, QsBaseSource *source, int partition, gboolean lost)
{
  g_autofree char *move = dup_last_move (app);
  g_autofree char *wanted = g_strdup_printf ("%d %s", partition, lost ? "lost" : "given");

  g_assert_cmpstr (move, ==, wanted);
  say ("revoked %s", move);
}

/* Which partitions are kept warm here, and how far behind they are. */
static void
stats_cb (QsApplication *app)
{
  static char *told = NULL;
  g_autoptr (GVariant) status = qs_application_dup_status (app);
  g_autoptr (GVariant) sources = g_variant_lookup_value (status, "sources", NULL);
  g_autoptr (GVariant) source = g_variant_get_child_value (sources, 0);
  g_autoptr (GVariant) standby = g_variant_lookup_value (source, "standby", NULL);
  g_autoptr (GString) text = g_string_new ("standby");

  for (gsize i = 0; standby != NULL && i < g_variant_n_children (standby); i++)
    {
      g_autoptr (GVariant) place = g_variant_get_child_value (standby, i);
      int    partition = -1;
      gint64 lag = -1;

      g_assert_true (g_variant_lookup (place, "partition", "i", &partition));
      g_assert_true (g_variant_lookup (place, "lag", "x", &lag));
      g_string_append_printf (text, " %d:%s", partition, lag == 0 ? "warm" : "behind");
    }
  if (standby == NULL || g_strcmp0 (told, text->str) == 0)
    return;

  g_free (told);
  told = g_strdup (text->str);
  say ("%s", told);
}

static void
started_cb (QsApplication *app, QsBaseSource *source, int pid)
{
  say ("started %d", pid);
}

static void
set_property (GObject *app, const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, "=", 2);
  g_auto (GValue) string = G_VALUE_INIT;
  GParamSpec *pspec = g_object_class_find_property (G_OBJECT_GET_CLASS (app), words[0]);

  g_assert_nonnull (pspec);
  if (G_IS_PARAM_SPEC_ENUM (pspec))
    {
      g_autoptr (GEnumClass) klass = g_type_class_ref (pspec->value_type);

      g_object_set (app, words[0], g_enum_get_value_by_nick (klass, words[1])->value, NULL);
    }
  else if (G_IS_PARAM_SPEC_DOUBLE (pspec))
    g_object_set (app, words[0], g_ascii_strtod (words[1], NULL), NULL);
  else if (G_IS_PARAM_SPEC_STRING (pspec))
    g_object_set (app, words[0], words[1], NULL);
  else
    g_object_set (app, words[0], atoi (words[1]), NULL);
}

int
main (int argc, char **argv)
{
  g_autoptr (QsApplication) app = qs_application_new (NULL);
  g_autoptr (QsBaseSource) source = NULL;
  g_autoptr (QsTopic) topic = NULL;
  g_autoptr (GError) error = NULL;

  instance = argv[1];
  every = atoi (argv[4]);
  for (int i = 5; i < argc; i++)
    set_property (G_OBJECT (app), argv[i]);

  source = g_object_new (TEST_TYPE_NUMBERS,
                         "name",
                         argv[2],
                         "n-partitions",
                         atoi (argv[3]),
                         "shutdown-timeout",
                         5.0 + 4 * get_slow_end (),
                         NULL);
  g_signal_connect (app, "partition-assigned", G_CALLBACK (assigned_cb), NULL);
  g_signal_connect (app, "partition-revoked", G_CALLBACK (revoked_cb), NULL);
  g_signal_connect (app, "source-started", G_CALLBACK (started_cb), NULL);
  g_signal_connect (app, "source-stats", G_CALLBACK (stats_cb), NULL);
  topic = qs_application_add_source (app, source, NULL, &error);
  if (topic != NULL)
    g_object_ref (topic);

  if (topic != NULL && qs_application_run (app, NULL, &error))
    {
      say ("stopped");
      return 0;
    }

  say ("failed %s", error->message);

  return 1;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qsc-applications.h"
#include "qsc-grid.h"
#include "qsc-print.h"
#include "qsc-text.h"

/* Prints the status of applications for people. */

/* How many moves of partitions are shown. */
#define N_MOVES 5

enum
{
  RED = 31,
  GREEN = 32,
  YELLOW = 33,
};

static int
get_colour (const char *status)
{
  if (g_str_equal (status, "failed") || g_str_equal (status, "not answering"))
    return RED;
  if (g_str_equal (status, "running") || g_str_equal (status, "finished"))
    return GREEN;

  return YELLOW;
}

static gint64
get_int (GVariant *source, const char *key)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (source, key, NULL);

  if (value == NULL)
    return 0;
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64))
    return (gint64) g_variant_get_uint64 (value);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT32))
    return g_variant_get_int32 (value);

  return g_variant_is_of_type (value, G_VARIANT_TYPE_INT64) ? g_variant_get_int64 (value) : 0;
}

static double
get_double (GVariant *source, const char *key)
{
  double value = 0;

  g_variant_lookup (source, key, "d", &value);

  return value;
}

static const char *
get_text (GVariant *source, const char *key)
{
  const char *text = "";

  g_variant_lookup (source, key, "&s", &text);

  return text;
}

/* "3 s", "5 min"; transfer full. */
static char *
format_age (gint64 time)
{
  double seconds = (double) (g_get_real_time () / 1000 - time) / 1000;

  if (time <= 0)
    return g_strdup ("-");
  if (seconds < 90)
    return g_strdup_printf ("%.0f s", MAX (seconds, 0));
  if (seconds < 90 * 60)
    return g_strdup_printf ("%.0f min", seconds / 60);
  if (seconds < 48 * 3600)
    return g_strdup_printf ("%.0f h", seconds / 3600);

  return g_strdup_printf ("%.0f days", seconds / 86400);
}

/* "in 5 s", or "" if no restart waits for its time; transfer full. */
static char *
format_restart (GVariant *source)
{
  gint64 time = get_int (source, "restart-time");
  double seconds = (double) (time - g_get_real_time () / 1000) / 1000;

  return time > 0 ? g_strdup_printf ("restart in %.0f s", MAX (seconds, 0)) : g_strdup ("");
}

/* How far it is: what its author reports, or how much of the state is read back. */
static char *
format_progress (GVariant *source)
{
  g_autofree char *restart = format_restart (source);
  double done = get_double (source, "progress-done"), total = get_double (source, "progress-total");
  gint64 lag = get_int (source, "lag-records");
  double seconds = get_double (source, "lag-seconds");

  if (*restart != '\0')
    return g_steal_pointer (&restart);
  if (g_str_equal (get_text (source, "status"), "recovering"))
    {
      done = (double) get_int (source, "n-recovered");
      total = done + (double) get_int (source, "n-to-recover");
    }
  if (total > 0 && done >= 0 && done < total)
    return g_strdup_printf ("%.0f %%", 100 * done / total);
  if (lag > 0)
    return g_strdup_printf ("%" G_GINT64_FORMAT " behind", lag);
  if (seconds > 0)
    return g_strdup_printf ("%.0f s behind", seconds);

  return g_strdup (total > 0 && done >= total ? "100 %" : "-");
}

static void
add_source (QscGrid *grid, GVariant *source)
{
  const char      *status = get_text (source, "status");
  g_autofree char *flushed = format_age (get_int (source, "last-flush-time"));
  g_autofree char *progress = format_progress (source);
  const char      *error = get_text (source, "last-error");

  qsc_grid_add (grid, 0, "%s", get_text (source, "name"));
  qsc_grid_add (grid, get_colour (status), "%s", status);
  qsc_grid_add (grid, 0, "%s", get_text (source, "topic"));
  qsc_grid_add (grid, 0, "%.0f", get_double (source, "rate"));
  qsc_grid_add (grid, 0, "%" G_GINT64_FORMAT, get_int (source, "n-acknowledged"));
  qsc_grid_add (grid, 0, "%" G_GINT64_FORMAT, get_int (source, "n-in-flight"));
  qsc_grid_add (grid, 0, "%s", flushed);
  qsc_grid_add (grid, 0, "%" G_GINT64_FORMAT, get_int (source, "n-restarts"));
  qsc_grid_add (grid, 0, "%s", progress);
  qsc_grid_add (grid, 0, "%s", *error != '\0' ? error : "-");
}

/* Where a browser shows it. */
static void
append_page (GString *out, const char *address)
{
  g_autofree char *printable = qsc_make_printable (address);

  if (*address != '\0' && !g_str_has_prefix (address, "unix:"))
    g_string_append_printf (out, ", http://%s/", printable);
}

/* Adds the partitions that run here and since when, and the latest moves; nothing if instances do
 * not share them. */
static void
append_partitions (GString *out, GVariant *source)
{
  g_autofree char *name = qsc_make_printable (get_text (source, "name"));
  g_autoptr (GVariant) here = NULL;
  g_autoptr (GVariant) moves = NULL;

  here = g_variant_lookup_value (source, "partitions", G_VARIANT_TYPE ("aa{sv}"));
  moves = g_variant_lookup_value (source, "moves", G_VARIANT_TYPE ("aa{sv}"));
  if (here == NULL || moves == NULL)
    return;

  g_string_append_printf (out, "  %s runs ", name);
  if (g_variant_n_children (here) == 0)
    g_string_append (out, "no partition");
  for (gsize i = 0; i < g_variant_n_children (here); i++)
    {
      g_autoptr (GVariant) partition = g_variant_get_child_value (here, i);
      g_autofree char *age = format_age (get_int (partition, "since"));

      g_string_append_printf (out,
                              "%s %" G_GINT64_FORMAT " (%s)",
                              i == 0 ? "partition" : ",",
                              get_int (partition, "partition"),
                              age);
    }
  for (gsize i = 0; i < MIN (g_variant_n_children (moves), N_MOVES); i++)
    {
      g_autoptr (GVariant) move = g_variant_get_child_value (moves, i);
      g_autofree char *age = format_age (get_int (move, "time"));

      g_string_append_printf (out,
                              "%s %" G_GINT64_FORMAT " %s %s ago",
                              i == 0 ? "; last moves:" : ",",
                              get_int (move, "partition"),
                              get_text (move, "event"),
                              age);
    }
  g_string_append_c (out, '\n');
}

/* For which of its partitions it stands by, warm, and how far each is; nothing where it
 * doesn't. */
static void
append_standby (GString *out, GVariant *source)
{
  g_autofree char *name = qsc_make_printable (get_text (source, "name"));
  g_autoptr (GVariant) standby = NULL;

  standby = g_variant_lookup_value (source, "standby", G_VARIANT_TYPE ("aa{sv}"));
  if (standby == NULL || g_variant_n_children (standby) == 0)
    return;

  g_string_append_printf (out, "  %s stands by for ", name);
  for (gsize i = 0; i < g_variant_n_children (standby); i++)
    {
      g_autoptr (GVariant) place = g_variant_get_child_value (standby, i);
      gint64 lag = get_int (place, "lag");

      g_string_append_printf (
          out, "%s %" G_GINT64_FORMAT, i == 0 ? "partition" : ",", get_int (place, "partition"));
      if (lag > 0)
        g_string_append_printf (out, " (%" G_GINT64_FORMAT " behind)", lag);
      else
        g_string_append (out, lag == 0 ? " (in step)" : " (starting)");
    }
  g_string_append_c (out, '\n');
}

/* Appends which application it is, beside its activity or below it. */
static void
append_details (GString *out, GVariant *application, int used, int columns)
{
  g_autofree char *age = format_age (get_int (application, "started"));
  g_autofree char *broker = qsc_make_printable (get_text (application, "broker-address"));
  g_autoptr (GString) text = g_string_new (NULL);
  int indent = 2;

  g_string_printf (text,
                   "pid %" G_GINT64_FORMAT ", broker %s, %s, since %s",
                   get_int (application, "pid"),
                   broker,
                   get_text (application, "processing-guarantee"),
                   age);
  append_page (text, get_text (application, "monitor-address"));
  g_string_append (out, "  ");
  qsc_text_append (out, text->str, used + indent, indent, columns);
}

static void
append_application (GString *out, QscApplication *self, gboolean has_colour, int columns)
{
  const char *const headings[] = { "SOURCE",     "STATUS",      "4TOPIC",    "7>REC/S",
                                   "5>ACKED",    "1>IN FLIGHT", "2>FLUSHED", "3>RESTARTS",
                                   "6>PROGRESS", "LAST ERROR",  NULL };
  g_autoptr (QscGrid) grid = qsc_grid_new (headings);
  g_autoptr (GVariant) sources = NULL;
  const char *status = self->error != NULL ? "not answering" : get_text (self->status, "status");
  g_autofree char *name = qsc_make_printable (qsc_application_get_name (self));
  g_autofree char *table = NULL;

  if (has_colour)
    g_string_append_printf (
        out, "\033[1m%s\033[0m  \033[%dm%s\033[0m", name, get_colour (status), status);
  else
    g_string_append_printf (out, "%s  %s", name, status);
  if (self->status != NULL)
    append_details (
        out, self->status, qsc_text_get_width (name) + 2 + qsc_text_get_width (status), columns);
  else
    g_string_append_c (out, '\n');
  if (self->status == NULL)
    return;

  sources = g_variant_lookup_value (self->status, "sources", G_VARIANT_TYPE ("aa{sv}"));
  for (gsize i = 0; sources != NULL && i < g_variant_n_children (sources); i++)
    {
      g_autoptr (GVariant) source = g_variant_get_child_value (sources, i);

      add_source (grid, source);
    }
  table = qsc_grid_to_text (grid, "  ", has_colour, columns);
  g_string_append (out, table);
  for (gsize i = 0; sources != NULL && i < g_variant_n_children (sources); i++)
    {
      g_autoptr (GVariant) source = g_variant_get_child_value (sources, i);

      append_partitions (out, source);
      append_standby (out, source);
    }
}

char *
qsc_applications_to_text (GPtrArray *applications, gboolean has_colour, int columns)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < applications->len; i++)
    {
      if (i > 0)
        g_string_append_c (out, '\n');
      append_application (out, applications->pdata[i], has_colour, columns);
    }

  return g_string_free (out, FALSE);
}

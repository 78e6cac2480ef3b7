/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-ending-private.h"

#include <string.h>

#include "qs-source-error.h"

/* How texts mention a source, each with what goes before it. */
static const char *const mentions[] = { " of ", " by ", " for ", " " };

/* Takes @part out of @text once. */
static gboolean
leave_out (GString *text, const char *part)
{
  const char *found = strstr (text->str, part);

  if (found == NULL)
    return FALSE;

  g_string_erase (text, found - text->str, (gssize) strlen (part));

  return TRUE;
}

char *
qs_ending_dup_cause (QsBaseSource *source, int pid, const GError *error)
{
  g_autoptr (GString) text = g_string_new (error->message);
  g_autofree char *process = g_strdup_printf (" (pid %d)", pid);

  for (guint i = 0; i < G_N_ELEMENTS (mentions); i++)
    {
      g_autofree char *mention =
          g_strdup_printf ("%ssource '%s'", mentions[i], qs_base_source_get_name (source));

      if (leave_out (text, mention))
        break;
    }
  if (pid > 0)
    leave_out (text, process);

  return g_string_free (g_steal_pointer (&text), FALSE);
}

char *
qs_ending_dup_failure (QsBaseSource *source, int partition, int pid, const GError *error)
{
  const char      *detail = qs_base_source_get_error_detail (source);
  g_autofree char *cause = qs_ending_dup_cause (source, pid, error);
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_printf (text, "source '%s'", qs_base_source_get_name (source));
  if (partition >= 0)
    g_string_append_printf (text, ", partition %d", partition);
  if (pid > 0)
    g_string_append_printf (text, " (pid %d)", pid);
  g_string_append_printf (text, ": %s", cause);
  if (detail != NULL)
    g_string_append_printf (text, "\n%s", detail);

  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
append_count (GString *text, guint64 n, const char *what)
{
  if (n > 0)
    g_string_append_printf (text, ", %" G_GUINT64_FORMAT " %s", n, what);
}

static const char *
get_plural (guint64 n)
{
  return n == 1 ? "" : "s";
}

char *
qs_ending_dup_counts (const QsSourceCounts *counts)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_printf (text,
                   "%" G_GUINT64_FORMAT " record%s (%" G_GUINT64_FORMAT
                   " byte%s) acknowledged, %" G_GUINT64_FORMAT " failed",
                   counts->n_acknowledged,
                   get_plural (counts->n_acknowledged),
                   counts->bytes_acknowledged,
                   get_plural (counts->bytes_acknowledged),
                   counts->n_failed);
  append_count (text, counts->n_skipped, "skipped");
  append_count (text, counts->n_dead_letters, "to the dead letters");
  append_count (text, counts->n_flushes, counts->n_flushes == 1 ? "flush" : "flushes");
  append_count (text, counts->n_restarts, counts->n_restarts == 1 ? "restart" : "restarts");

  return g_string_free (g_steal_pointer (&text), FALSE);
}

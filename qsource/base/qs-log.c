/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-log-private.h"

static const char *
priority_for_level (GLogLevelFlags level)
{
  /* syslog's numbers, as journald wants them. */
  if (level & G_LOG_LEVEL_WARNING)
    return "4";
  if (level & G_LOG_LEVEL_MESSAGE)
    return "5";
  if (level & G_LOG_LEVEL_INFO)
    return "6";
  return "7";
}

/* Whether the environment asks for less. */
static gboolean
is_hidden (GLogLevelFlags level)
{
  const char *least = g_getenv ("QSOURCE_LOG_LEVEL");

  if (g_strcmp0 (least, "warning") == 0)
    return level > G_LOG_LEVEL_WARNING;

  return g_strcmp0 (least, "error") == 0 && level >= G_LOG_LEVEL_WARNING;
}

/* The date and time of now, and a space, if the environment asks for it: GLib's lines
 * have the time of the day only. */
static char *
dup_time (void)
{
  const char *zone = g_getenv ("QSOURCE_LOG_TIME");
  g_autoptr (GDateTime) now = NULL;
  g_autofree char *text = NULL;

  if (g_strcmp0 (zone, "utc") == 0)
    now = g_date_time_new_now_utc ();
  else if (g_strcmp0 (zone, "local") == 0)
    now = g_date_time_new_now_local ();
  if (now == NULL)
    return g_strdup ("");

  /* To the millisecond: "2026-11-29T08:30:00.250Z ". */
  text = g_date_time_format (now, "%Y-%m-%dT%H:%M:%S");

  return g_strdup_printf ("%s.%03d%s ",
                          text,
                          g_date_time_get_microsecond (now) / 1000,
                          g_str_equal (zone, "utc") ? "Z" : "");
}

void
qs_log (GLogLevelFlags level, const char *source, const char *topic, const char *format, ...)
{
  g_autofree char *text = NULL;
  g_autofree char *line = NULL;
  g_autofree char *time = NULL;
  GLogField        fields[5];
  gsize            n_fields = 0;
  va_list          args;

  if (is_hidden (level))
    return;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);

  time = dup_time ();
  line = source != NULL ? g_strdup_printf ("%s[%s] %s", time, source, text)
                        : g_strconcat (time, text, NULL);

  fields[n_fields++] = (GLogField){ "MESSAGE", line, -1 };
  fields[n_fields++] = (GLogField){ "PRIORITY", priority_for_level (level), -1 };
  fields[n_fields++] = (GLogField){ "GLIB_DOMAIN", G_LOG_DOMAIN, -1 };
  if (source != NULL)
    fields[n_fields++] = (GLogField){ "QSOURCE_SOURCE", source, -1 };
  if (topic != NULL)
    fields[n_fields++] = (GLogField){ "QSOURCE_TOPIC", topic, -1 };

  g_log_structured_array (level, fields, n_fields);
}

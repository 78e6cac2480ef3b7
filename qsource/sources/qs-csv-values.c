/* SPDX-License-Identifier: LGPL-2.1-or-later */

#define _GNU_SOURCE

#include "qs-csv-values-private.h"

#include <math.h>
#include <string.h>
#include <time.h>

/* Numbers of seconds are smaller, until the year 5138. */
#define FIRST_MILLISECONDS 1e11

/* A number as JSON writes it, so that 007 and 1_000 stay texts. */
static gboolean
is_number (const char *text, gboolean *is_integer)
{
  const char *c = text;

  *is_integer = TRUE;
  if (*c == '-')
    c++;
  if (!g_ascii_isdigit (*c) || (*c == '0' && g_ascii_isdigit (c[1])))
    return FALSE;
  while (g_ascii_isdigit (*c))
    c++;
  if (*c == '.')
    {
      *is_integer = FALSE;
      if (!g_ascii_isdigit (*++c))
        return FALSE;
      while (g_ascii_isdigit (*c))
        c++;
    }
  if (*c == 'e' || *c == 'E')
    {
      *is_integer = FALSE;
      c++;
      if (*c == '-' || *c == '+')
        c++;
      if (!g_ascii_isdigit (*c))
        return FALSE;
      while (g_ascii_isdigit (*c))
        c++;
    }

  return *c == '\0';
}

static GVariant *
infer_value (const char *text)
{
  gboolean is_integer = FALSE;
  gint64   i = 0;
  double   d = 0;

  if (*text == '\0')
    return g_variant_new_maybe (G_VARIANT_TYPE_VARIANT, NULL);
  if (g_ascii_strcasecmp (text, "true") == 0 || g_ascii_strcasecmp (text, "false") == 0)
    return g_variant_new_boolean (g_ascii_tolower (*text) == 't');
  if (!is_number (text, &is_integer))
    return NULL;
  if (is_integer && !g_str_equal (text, "-0") &&
      g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, &i, NULL))
    return g_variant_new_int64 (i);

  d = g_ascii_strtod (text, NULL);
  return isfinite (d) ? g_variant_new_double (d) : NULL;
}

GVariant *
qs_csv_value_new (QsCsvRow *row, guint column, gboolean infer)
{
  gsize       length = 0;
  const char *text = qs_csv_row_get (row, column, &length);
  GVariant   *value = NULL;

  if (infer && !qs_csv_row_is_quoted (row, column) && strlen (text) == length)
    value = infer_value (text);
  if (value != NULL)
    return value;

  return g_variant_new_string (text);
}

GVariant *
qs_csv_row_to_object (QsCsvRow *row, const char *const *columns, gboolean infer)
{
  GVariantBuilder builder;
  guint           n = qs_csv_row_get_length (row);
  guint           n_columns = g_strv_length ((char **) columns);

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (guint i = 0; i < MAX (n, n_columns); i++)
    {
      char        number[32];
      const char *name = i < n_columns ? columns[i] : number;

      g_snprintf (number, sizeof number, "%u", i + 1);
      while (i >= n_columns && g_strv_contains (columns, number))
        if (g_strlcat (number, "_", sizeof number) >= sizeof number)
          break;
      g_variant_builder_add (&builder,
                             "{sv}",
                             name,
                             i < n ? qs_csv_value_new (row, i, infer)
                                   : g_variant_new_maybe (G_VARIANT_TYPE_VARIANT, NULL));
    }

  return g_variant_builder_end (&builder);
}

gboolean
qs_csv_parse_time (const char *text, const char *format, gint64 *time)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr (GDateTime) moment = NULL;
  g_autofree char *joined = NULL;
  char            *end = NULL;
  double           number = 0;
  struct tm        tm = { .tm_mday = 1 };

  if (format != NULL)
    {
      end = strptime (text, format, &tm);
      if (end == NULL || *end != '\0')
        return FALSE;
      *time = ((gint64) timegm (&tm) - tm.tm_gmtoff) * 1000;
      return TRUE;
    }

  number = g_ascii_strtod (text, &end);
  if (end != text && *end == '\0' && isfinite (number))
    {
      *time = (gint64) (fabs (number) < FIRST_MILLISECONDS ? number * 1000 : number);
      return TRUE;
    }

  /* Many write a blank for the T. */
  joined = g_strdup (text);
  if (strlen (joined) > 10 && joined[10] == ' ')
    joined[10] = 'T';
  moment = g_date_time_new_from_iso8601 (joined, utc);
  if (moment == NULL && strlen (joined) == 10)
    {
      g_autofree char *midnight = g_strconcat (joined, "T00:00:00", NULL);

      moment = g_date_time_new_from_iso8601 (midnight, utc);
    }
  if (moment == NULL)
    return FALSE;

  *time = g_date_time_to_unix (moment) * 1000 + g_date_time_get_microsecond (moment) / 1000;
  return TRUE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-nearest-private.h"

#include <string.h>

/* Longer names are not compared: a row of the table is on the stack. */
#define MAX_LENGTH 64

static guint
min3 (guint a, guint b, guint c)
{
  return MIN (MIN (a, b), c);
}

/* Edits that make one out of the other; neighbours that are swapped count as one. */
static guint
distance (const char *a, const char *b)
{
  guint rows[3][MAX_LENGTH + 1];
  gsize length = strlen (b);

  if (strlen (a) > MAX_LENGTH || length > MAX_LENGTH)
    return G_MAXUINT;

  for (gsize j = 0; j <= length; j++)
    rows[0][j] = (guint) j;

  for (gsize i = 1; a[i - 1] != '\0'; i++)
    {
      guint *row = rows[i % 3], *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];

      row[0] = (guint) i;
      for (gsize j = 1; j <= length; j++)
        {
          guint change = g_ascii_tolower (a[i - 1]) == g_ascii_tolower (b[j - 1]) ? 0 : 1;

          row[j] = min3 (above[j] + 1, row[j - 1] + 1, above[j - 1] + change);
          if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
            row[j] = MIN (row[j], two_above[j - 2] + 1);
        }
    }

  return rows[strlen (a) % 3][length];
}

const char *
qs_nearest (const char *name, const char *const *names)
{
  const char *best = NULL;
  guint       best_distance = strlen (name) < 4 ? 1 : strlen (name) < 8 ? 2 : 3;

  for (gsize i = 0; names[i] != NULL; i++)
    {
      guint d = distance (name, names[i]);

      if (d < best_distance || (d == best_distance && best == NULL))
        {
          best = names[i];
          best_distance = d;
        }
    }

  /* Else the only one that begins so. */
  for (gsize i = 0; best == NULL && strlen (name) >= 3 && names[i] != NULL; i++)
    if (g_str_has_prefix (names[i], name))
      best = names[i];

  /* Else one whose first part is like it: brokr, of broker-address. */
  for (gsize i = 0; best == NULL && strlen (name) >= 4 && names[i] != NULL; i++)
    {
      const char      *dash = strchr (names[i], '-');
      g_autofree char *part = dash != NULL ? g_strndup (names[i], (gsize) (dash - names[i])) : NULL;

      if (part != NULL && distance (name, part) <= 1)
        best = names[i];
    }

  return best;
}

char *
qs_nearest_hint (const char *name, const char *const *names)
{
  const char *nearest = qs_nearest (name, names);

  return nearest != NULL ? g_strdup_printf ("; did you mean '%s'?", nearest) : g_strdup ("");
}

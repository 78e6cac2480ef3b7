/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-usage-private.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* nullable; transfer full */
static char *
read_file (int pid, const char *name)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/%s", pid, name);
  char            *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? text : NULL;
}

/* The value of a line "NAME:  1234 kB", in bytes. */
static gint64
find_bytes (const char *text, const char *name)
{
  const char *line = strstr (text, name);

  return line != NULL ? g_ascii_strtoll (line + strlen (name), NULL, 10) * 1024 : 0;
}

/* Without the files that are mapped, which come in as they are used. Kernels before 4.14 say only
 * what is resident and how much of it is of files. */
static gboolean
read_memory (int pid, gint64 *memory)
{
  g_autofree char *rollup = read_file (pid, "smaps_rollup");
  g_autofree char *statm = NULL;
  g_auto (GStrv) words = NULL;

  if (rollup != NULL && *rollup != '\0')
    {
      *memory = find_bytes (rollup, "\nPrivate_Dirty:") + find_bytes (rollup, "\nSwap:");
      return TRUE;
    }

  statm = read_file (pid, "statm");
  words = statm != NULL ? g_strsplit (statm, " ", 4) : NULL;
  if (words == NULL || g_strv_length (words) < 3)
    return FALSE;

  *memory = (g_ascii_strtoll (words[1], NULL, 10) - g_ascii_strtoll (words[2], NULL, 10)) *
            sysconf (_SC_PAGESIZE);

  return TRUE;
}

static gboolean
count_descriptors (int pid, gint64 *n)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/fd", pid);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);

  if (dir == NULL)
    return FALSE;

  for (*n = 0; g_dir_read_name (dir) != NULL;)
    (*n)++;

  return TRUE;
}

static gint64
count_words (const char *text)
{
  gint64 n = 0;

  for (; text != NULL && *text != '\0'; text++)
    n += *text == ' ' ? 1 : 0;

  return n;
}

static gboolean
count_threads (int pid, gint64 *n_threads, gint64 *n_children)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/task", pid);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *thread = NULL;

  if (dir == NULL)
    return FALSE;

  *n_threads = *n_children = 0;
  while ((thread = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *name = g_strdup_printf ("task/%s/children", thread);
      g_autofree char *children = read_file (pid, name);

      (*n_threads)++;
      *n_children += count_words (children);
    }

  return TRUE;
}

gboolean
qs_usage_read (int pid, QsUsage *usage)
{
  gint64 *amounts = usage->amounts;

  return read_memory (pid, &amounts[QS_USAGE_MEMORY]) &&
         count_descriptors (pid, &amounts[QS_USAGE_DESCRIPTORS]) &&
         count_threads (pid, &amounts[QS_USAGE_THREADS], &amounts[QS_USAGE_CHILDREN]);
}

gboolean
qs_usage_has_library (int pid, const char *name)
{
  g_autofree char *maps = read_file (pid, "maps");
  g_autofree char *file = g_strconcat ("/", name, NULL);

  return maps != NULL && strstr (maps, file) != NULL;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  const gint64 *first = a;
  const gint64 *second = b;

  return (*first > *second) - (*first < *second);
}

/* The amount that @quarters of @n usages from @from on do not exceed. */
static gint64
find_quantile (GArray *usages, QsUsageKind kind, guint from, guint n, guint quarters)
{
  g_autofree gint64 *amounts = g_new (gint64, n);

  for (guint i = 0; i < n; i++)
    amounts[i] = g_array_index (usages, QsUsage, from + i).amounts[kind];
  qsort (amounts, n, sizeof *amounts, compare);

  return amounts[(n - 1) * quarters / 4];
}

gint64
qs_usage_find_growth (GArray *usages, QsUsageKind kind)
{
  guint n = usages->len / 3;

  g_assert (usages->len >= QS_USAGE_MIN_SAMPLES);

  /* Quarters, as one of them may be taken in an unusual moment. */
  return find_quantile (usages, kind, usages->len - n, n, 1) -
         find_quantile (usages, kind, 0, n, 3);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-file-siblings-private.h"

#include <string.h>

#define NS_PER_SECOND G_GINT64_CONSTANT (1000000000)

/* How often a time of a file goes on at least, in nanoseconds. */
#define TICK (NS_PER_SECOND / 20)

/* Numbers from here on are dates, 20260101 or 1767225600. */
#define FIRST_DATE 1000000

typedef struct
{
  gint64     read_at;    /* monotonic */
  gint64     modified;   /* of the directory, nanoseconds since 1970 */
  gboolean   is_settled; /* a later change has another time */
  GPtrArray *names;      /* sorted; owned */
} Listing;

/* Whether @suffix follows the name of a rotated log, or its stem. */
static gboolean
is_rotation_suffix (const char *suffix)
{
  return strchr (".-_", *suffix) != NULL && g_ascii_isdigit (suffix[1]);
}

static gboolean
is_rotated_name (const char *name, const char *base)
{
  const char      *dot = strrchr (base, '.');
  g_autofree char *stem = NULL;

  if (g_str_has_prefix (name, base) && name[strlen (base)] != '\0')
    return is_rotation_suffix (name + strlen (base)) || g_str_equal (name + strlen (base), ".gz");

  if (dot == NULL || dot == base)
    return FALSE;

  /* app-20260101.log, and app-20260101.log.gz */
  stem = g_strndup (base, (gsize) (dot - base));
  return g_str_has_prefix (name, stem) && name[strlen (stem)] != '\0' &&
         is_rotation_suffix (name + strlen (stem)) && strstr (name + strlen (stem), dot) != NULL;
}

gboolean
qs_file_siblings_is_rotated (const char *path, const char *base)
{
  const char *slash = strrchr (path, G_DIR_SEPARATOR);
  const char *base_slash = strrchr (base, G_DIR_SEPARATOR);
  gsize       length = slash != NULL ? (gsize) (slash - path) + 1 : 0;
  gsize       base_length = base_slash != NULL ? (gsize) (base_slash - base) + 1 : 0;

  return length == base_length && strncmp (path, base, length) == 0 &&
         is_rotated_name (path + length, base + base_length);
}

gboolean
qs_file_siblings_may_be_rotated (const char *path)
{
  const char *slash = strrchr (path, G_DIR_SEPARATOR);

  for (const char *c = slash != NULL ? slash + 1 : path; *c != '\0'; c++)
    if (is_rotation_suffix (c))
      return TRUE;

  return g_str_has_suffix (path, ".gz");
}

static void
sibling_free (gpointer data)
{
  QsFileSibling *self = data;

  g_free (self->path);
  g_free (self->key);
  g_free (self);
}

/* The number that a name was given by its rotation. */
static gint64
get_number (const char *path)
{
  g_autofree char *name = g_path_get_basename (path);
  gint64           number = 0;

  for (const char *c = name; *c != '\0'; c++)
    if (strchr (".-_", *c) != NULL && g_ascii_isdigit (c[1]))
      number = g_ascii_strtoll (c + 1, NULL, 10);

  return number;
}

static int
compare_age (gconstpointer a, gconstpointer b)
{
  const QsFileSibling *first = *(const QsFileSibling *const *) a;
  const QsFileSibling *second = *(const QsFileSibling *const *) b;
  gint64               difference = 0;

  if (first->identity.modified != second->identity.modified)
    return first->identity.modified < second->identity.modified ? -1 : 1;

  /* The higher number is the older one, the higher date the younger one. */
  difference = get_number (second->path) - get_number (first->path);
  if (MAX (get_number (first->path), get_number (second->path)) >= FIRST_DATE)
    difference = -difference;

  return difference != 0 ? (difference < 0 ? -1 : 1) : -strcmp (first->path, second->path);
}

static void
listing_free (gpointer data)
{
  Listing *self = data;

  g_ptr_array_unref (self->names);
  g_free (self);
}

GHashTable *
qs_file_listings_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, listing_free);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static Listing *
read_directory (const char *directory, gint64 modified)
{
  Listing *self = g_new0 (Listing, 1);
  /* Some file systems count only seconds. */
  gint64 tick = modified % NS_PER_SECOND != 0 ? TICK : 2 * NS_PER_SECOND;
  g_autoptr (GDir) dir = NULL;
  const char *name = NULL;

  self->read_at = g_get_monotonic_time ();
  self->modified = modified;
  self->is_settled = g_get_real_time () * 1000 - modified > tick;
  self->names = g_ptr_array_new_with_free_func (g_free);
  dir = g_dir_open (directory, 0, NULL);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (self->names, g_strdup (name));
  g_ptr_array_sort (self->names, compare_names);

  return self;
}

/* The names in @directory. transfer none */
static GPtrArray *
list_directory (GHashTable *listings, const char *directory, gint64 since)
{
  Listing       *listing = g_hash_table_lookup (listings, directory);
  QsFileIdentity identity = { 0 };

  if (listing != NULL && since > 0 && listing->read_at >= since)
    return listing->names;

  qs_file_identity_read_path (&identity, directory, NULL);
  if (listing != NULL && listing->is_settled && listing->modified == identity.modified)
    return listing->names;

  listing = read_directory (directory, identity.modified);
  g_hash_table_replace (listings, g_strdup (directory), listing);

  return listing->names;
}

/* The first of the sorted @names that isn't before @prefix. */
static guint
find_first (GPtrArray *names, const char *prefix)
{
  guint low = 0, high = names->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (strcmp (names->pdata[middle], prefix) < 0)
        low = middle + 1;
      else
        high = middle;
    }

  return low;
}

static QsFileSibling *
sibling_new (char *path)
{
  g_autofree char *own_path = path;
  QsFileIdentity   identity;
  QsFileSibling   *self = NULL;

  if (!qs_file_identity_read_path (&identity, path, NULL) || !identity.is_regular)
    return NULL;

  self = g_new0 (QsFileSibling, 1);
  self->path = g_steal_pointer (&own_path);
  self->identity = identity;
  self->key = qs_file_identity_to_key (&identity);

  return self;
}

GPtrArray *
qs_file_siblings_list (GHashTable *listings, const char *base, gint64 since)
{
  GPtrArray       *siblings = g_ptr_array_new_with_free_func (sibling_free);
  g_autofree char *directory = g_path_get_dirname (base);
  g_autofree char *base_name = g_path_get_basename (base);
  g_autofree char *stem = g_strdup (base_name);
  GPtrArray       *names = list_directory (listings, directory, since);
  char            *dot = strrchr (stem, '.');

  if (dot != NULL && dot != stem)
    *dot = '\0';

  for (guint i = find_first (names, stem);
       i < names->len && g_str_has_prefix (names->pdata[i], stem);
       i++)
    {
      const char    *name = names->pdata[i];
      QsFileSibling *sibling = NULL;

      if (!is_rotated_name (name, base_name))
        continue;
      sibling = sibling_new (strchr (base, G_DIR_SEPARATOR) != NULL
                                 ? g_build_filename (directory, name, NULL)
                                 : g_strdup (name));
      if (sibling != NULL)
        g_ptr_array_add (siblings, sibling);
    }
  g_ptr_array_sort (siblings, compare_age);

  return siblings;
}

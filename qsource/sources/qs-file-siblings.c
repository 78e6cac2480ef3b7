/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-file-siblings-private.h"

#include <string.h>

/* What follows the name, or its stem, of a log that was rotated. */
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

static void
sibling_free (gpointer data)
{
  QsFileSibling *self = data;

  g_free (self->path);
  g_free (self->key);
  g_free (self);
}

static int
compare_age (gconstpointer a, gconstpointer b)
{
  const QsFileSibling *first = *(const QsFileSibling *const *) a;
  const QsFileSibling *second = *(const QsFileSibling *const *) b;

  if (first->identity.modified != second->identity.modified)
    return first->identity.modified < second->identity.modified ? -1 : 1;

  /* The higher number is the older one. */
  return -strcmp (first->path, second->path);
}

GPtrArray *
qs_file_siblings_list (const char *base)
{
  GPtrArray       *siblings = g_ptr_array_new_with_free_func (sibling_free);
  g_autofree char *directory = g_path_get_dirname (base);
  g_autofree char *base_name = g_path_get_basename (base);
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  const char *name = NULL;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      QsFileIdentity   identity;
      QsFileSibling   *sibling = NULL;
      g_autofree char *path = NULL;

      if (!is_rotated_name (name, base_name))
        continue;
      path = strchr (base, G_DIR_SEPARATOR) != NULL ? g_build_filename (directory, name, NULL)
                                                    : g_strdup (name);
      if (!qs_file_identity_read_path (&identity, path, NULL) || !identity.is_regular)
        continue;

      sibling = g_new0 (QsFileSibling, 1);
      sibling->path = g_steal_pointer (&path);
      sibling->identity = identity;
      sibling->key = qs_file_identity_to_key (&identity);
      g_ptr_array_add (siblings, sibling);
    }
  g_ptr_array_sort (siblings, compare_age);

  return siblings;
}

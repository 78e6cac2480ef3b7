/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-module-private.h"

#include <dlfcn.h>
#include <string.h>

#include "qs-base-source.h"
#include "qs-log-private.h"
#include "qs-source-error.h"
#include "qs-wait-status-private.h"

#define SYMBOL "qsource_module_get_types"

typedef const GType *(*GetTypesFunc) (gsize *n);

/* A type of a module that works. */
typedef struct
{
  char *path;
  char *type_name;
  char *name; /* short */
} Known;

static void
known_free (gpointer data)
{
  Known *self = data;

  g_free (self->path);
  g_free (self->type_name);
  g_free (self->name);
  g_free (self);
}

/* AcmeDoorSource → acme-door. */
char *
qs_module_dup_name (const char *type_name)
{
  const char *start = g_str_has_prefix (type_name, "Qs") ? type_name + 2 : type_name;
  gsize       length = strlen (start);
  GString    *name = g_string_new (NULL);

  if (g_str_has_suffix (start, "Source") && length > strlen ("Source"))
    length -= strlen ("Source");
  for (gsize i = 0; i < length; i++)
    {
      if (i > 0 && g_ascii_isupper (start[i]) && !g_ascii_isupper (start[i - 1]))
        g_string_append_c (name, '-');
      g_string_append_c (name, g_ascii_tolower (start[i]));
    }

  return g_string_free (name, FALSE);
}

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* The modules' files. transfer full, element-type utf8 */
static GPtrArray *
list_files (void)
{
  GPtrArray  *files = g_ptr_array_new_with_free_func (g_free);
  const char *search = g_getenv ("QSOURCE_MODULE_PATH");
  g_auto (GStrv) folders = g_strsplit (search != NULL ? search : QS_MODULE_DIR, ":", -1);

  for (guint i = 0; folders[i] != NULL; i++)
    {
      g_autoptr (GDir) dir = g_dir_open (folders[i], 0, NULL);
      const char *name = NULL;

      while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
        if (g_str_has_suffix (name, ".so"))
          g_ptr_array_add (files, g_build_filename (folders[i], name, NULL));
    }
  g_ptr_array_sort (files, compare_paths);

  return files;
}

/* The names of @path's types, as a process of its own has found them. */
static char **
look_at (const char *path, GError **error)
{
  const char      *own = g_getenv ("QSOURCE_MODULE_SCANNER");
  const char      *scanner = own != NULL ? own : QS_MODULE_SCANNER;
  char            *argv[] = { (char *) scanner, (char *) path, NULL };
  g_autofree char *out = NULL;
  g_autofree char *err = NULL;
  g_autofree char *fate = NULL;
  int              status = 0;
  g_autoptr (GError) local_error = NULL;

  if (g_spawn_sync (NULL, argv, NULL, 0, NULL, NULL, &out, &err, &status, &local_error) &&
      status == 0)
    return g_strsplit (g_strchomp (out), "\n", -1);

  fate = qs_wait_status_describe (status);

  g_set_error (error,
               QS_SOURCE_ERROR,
               QS_SOURCE_ERROR_UNKNOWN_TYPE,
               "Cannot use the module '%s': %s%s%s%s",
               path,
               local_error != NULL ? local_error->message : "the process that inspected it ",
               local_error != NULL ? "" : fate,
               err != NULL && *err != '\0' ? ": " : "",
               err != NULL ? g_strchomp (err) : "");
  return NULL;
}

/* Looks at the modules once. (element-type Known), transfer none */
static GPtrArray *
get_known (void)
{
  static GPtrArray *known = NULL;
  static gsize      once = 0;
  g_autoptr (GPtrArray) files = NULL;

  if (!g_once_init_enter (&once))
    return known;

  known = g_ptr_array_new_with_free_func (known_free);
  files = list_files ();
  for (guint i = 0; i < files->len; i++)
    {
      g_autoptr (GError) error = NULL;
      g_auto (GStrv) types = look_at (files->pdata[i], &error);

      if (types == NULL)
        qs_log_warning (NULL, NULL, "%s", error->message);
      for (guint j = 0; types != NULL && types[j] != NULL; j++)
        {
          Known *one = g_new0 (Known, 1);

          one->path = g_strdup (files->pdata[i]);
          one->type_name = g_strdup (types[j]);
          one->name = qs_module_dup_name (types[j]);
          g_ptr_array_add (known, one);
        }
    }
  g_once_init_leave (&once, 1);

  return known;
}

char **
qs_module_list_names (void)
{
  GPtrArray *known = get_known ();
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < known->len; i++)
    g_strv_builder_add (builder, ((Known *) known->pdata[i])->name);

  return g_strv_builder_end (builder);
}

/* Loads the module, for good, as types can't be taken back. */
static const GType *
load (const char *path, gsize *n, GError **error)
{
  void        *handle = dlopen (path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  GetTypesFunc get_types = NULL;

  if (handle != NULL)
    *(void **) &get_types = dlsym (handle, SYMBOL);
  if (get_types != NULL)
    return get_types (n);

  g_set_error (error,
               QS_SOURCE_ERROR,
               QS_SOURCE_ERROR_UNKNOWN_TYPE,
               "Cannot use the module '%s': %s",
               path,
               dlerror ());
  return NULL;
}

/* The one of its types that @name names; NULL: its only one. */
static GType
load_type (const char *path, const char *name, GError **error)
{
  gsize        n = 0;
  const GType *types = load (path, &n, error);

  if (types == NULL)
    return G_TYPE_INVALID;

  for (gsize i = 0; i < n; i++)
    {
      const char      *type_name = g_type_name (types[i]);
      g_autofree char *own = qs_module_dup_name (type_name);

      if (name == NULL ? n == 1 : g_str_equal (name, own) || g_str_equal (name, type_name))
        return types[i];
    }

  if (name == NULL)
    g_set_error (error,
                 QS_SOURCE_ERROR,
                 QS_SOURCE_ERROR_UNKNOWN_TYPE,
                 "The module '%s' has %" G_GSIZE_FORMAT " types: name one, as in FILE.so:CLASS",
                 path,
                 n);
  else
    g_set_error (error,
                 QS_SOURCE_ERROR,
                 QS_SOURCE_ERROR_UNKNOWN_TYPE,
                 "The module '%s' has no source of type '%s'",
                 path,
                 name);
  return G_TYPE_INVALID;
}

GType
qs_module_lookup_type (const char *name, GError **error)
{
  GPtrArray *known = get_known ();

  for (guint i = 0; i < known->len; i++)
    {
      Known *one = known->pdata[i];

      if (g_str_equal (one->name, name) || g_str_equal (one->type_name, name))
        return load_type (one->path, one->type_name, error);
    }

  return G_TYPE_INVALID;
}

gboolean
qs_module_is_file (const char *name)
{
  const char *end = strstr (name, ".so");

  return end != NULL && (end[3] == '\0' || end[3] == ':');
}

GType
qs_module_load_file (const char *name, GError **error)
{
  const char      *end = strstr (name, ".so") + 3;
  g_autofree char *given = g_strndup (name, (gsize) (end - name));
  g_autofree char *path = g_canonicalize_filename (given, NULL);
  g_auto (GStrv) types = look_at (path, error);

  if (types == NULL)
    return G_TYPE_INVALID;

  return load_type (path, *end == ':' ? end + 1 : NULL, error);
}

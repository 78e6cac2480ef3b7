/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* For dladdr(). */
#define _GNU_SOURCE

#include "qs-schema-door-private.h"

#include <dlfcn.h>

#include "qs-serialization-error.h"

/* Returns the directory of this library, or of the program that contains it; transfer full. */
static char *
dup_own_folder (void)
{
  static const char here[] = "";
  Dl_info           info;

  if (dladdr (here, &info) == 0 || info.dli_fname == NULL)
    return g_strdup (".");

  return g_path_get_dirname (info.dli_fname);
}

static void *
load (const char *name, const char *option, GError **error)
{
  static const char *const folders[] = { "qsource-1", "." };
  g_autofree char         *own = dup_own_folder ();
  g_autofree char         *file = g_strconcat ("libqsource-1-", name, ".so", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *path = g_build_filename (own, folders[i], file, NULL);
      void            *handle = NULL;

      if (!g_file_test (path, G_FILE_TEST_EXISTS))
        continue;
      handle = dlopen (path, RTLD_NOW | RTLD_LOCAL);
      if (handle == NULL)
        g_set_error (error,
                     QS_SERIALIZATION_ERROR,
                     QS_SERIALIZATION_ERROR_SCHEMA,
                     "Cannot load '%s': %s; install what it needs",
                     path,
                     dlerror ());
      return handle;
    }

  g_set_error (error,
               QS_SERIALIZATION_ERROR,
               QS_SERIALIZATION_ERROR_SCHEMA,
               "This QSource was built without %s: there is no '%s'; build it with %s",
               name,
               file,
               option);
  return NULL;
}

gboolean
qs_schema_door_open (const char        *name,
                     const char        *option,
                     const char *const *names,
                     gpointer          *functions,
                     GError           **error)
{
  static GMutex lock;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  void *handle = NULL;

  if (functions[0] != NULL)
    return TRUE;

  handle = load (name, option, error);
  if (handle == NULL)
    return FALSE;

  /* Sets the first one last: it marks all as loaded. */
  for (guint i = g_strv_length ((char **) names); i-- > 0;)
    functions[i] = dlsym (handle, names[i]);

  return functions[0] != NULL;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Says which types a module has, one a line, so that whoever asks doesn't have to load what
 * may crash. It ends by itself, whatever the module does. */

#include <dlfcn.h>
#include <qsource/qsource.h>
#include <stdio.h>
#include <unistd.h>

#define SECONDS 10

typedef const GType *(*GetTypesFunc) (gsize *n);

int
main (int argc, char **argv)
{
  void        *handle = NULL;
  GetTypesFunc get_types = NULL;
  const GType *types = NULL;
  gsize        n = 0;

  if (argc != 2)
    {
      fprintf (stderr, "Usage: %s MODULE\n", argv[0]);
      return 2;
    }

  alarm (SECONDS);
  handle = dlopen (argv[1], RTLD_NOW | RTLD_LOCAL);
  if (handle != NULL)
    *(void **) &get_types = dlsym (handle, "qsource_module_get_types");
  if (get_types == NULL)
    {
      fprintf (stderr, "%s\n", dlerror ());
      return 1;
    }

  types = get_types (&n);
  for (gsize i = 0; i < n; i++)
    {
      /* Initialize the class, too, to see whether that crashes. */
      g_autoptr (GTypeClass) klass = g_type_class_ref (types[i]);

      if (!g_type_is_a (types[i], QS_TYPE_BASE_SOURCE))
        {
          fprintf (stderr, "%s is not a source\n", g_type_name (types[i]));
          return 1;
        }
      puts (g_type_name (types[i]));
    }

  return 0;
}

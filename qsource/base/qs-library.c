/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-library-private.h"

#include <dlfcn.h>
#include <string.h>

void
qs_library_load (const char *file, const char *purpose, const char *const *names, void *functions)
{
  void *library = dlopen (file, RTLD_NOW | RTLD_LOCAL);

  if (library == NULL)
    g_error ("Cannot load %s: %s", purpose, dlerror ());

  for (guint i = 0; names[i] != NULL; i++)
    {
      void *function = dlsym (library, names[i]);

      if (function == NULL)
        g_error ("Cannot use %s: it has no %s(), so it is older than the one that QSource was "
                 "built with",
                 file,
                 names[i]);
      memcpy ((char *) functions + i * sizeof function, &function, sizeof function);
    }
}

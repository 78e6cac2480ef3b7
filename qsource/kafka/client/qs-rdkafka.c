/* SPDX-License-Identifier: LGPL-2.1-or-later */

#define QS_RDKAFKA_LOADER

#include "qs-rdkafka-private.h"

#include <dlfcn.h>
#include <string.h>

#include <glib.h>

/* The library of the API that we are built with. */
#define LIBRARY "librdkafka.so.1"

QsRdkafka qs_rdkafka;

static void
load_function (void *library, const char *name, void *field)
{
  void *function = dlsym (library, name);

  if (function == NULL)
    g_error ("Cannot use " LIBRARY ": it has no %s(), so it is older than the one that QSource was "
             "built with",
             name);

  memcpy (field, &function, sizeof function);
}

/* When our own library is loaded, as the dynamic linker would have done. */
__attribute__ ((constructor)) static void
load (void)
{
  void *library = dlopen (LIBRARY, RTLD_NOW | RTLD_LOCAL);

  if (library == NULL)
    g_error ("Cannot load librdkafka, which QSource needs: %s", dlerror ());

#define LOAD(name) load_function (library, #name, &qs_rdkafka.name);
  QS_RDKAFKA_FUNCTIONS (LOAD)
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <glib.h>

#ifdef QS_HAVE_SOUP

#define QS_SOUP_LOADER

#include "qs-soup-private.h"

#include "qs-library-private.h"

/* The library of the API that we are built with. */
#define LIBRARY "libsoup-3.0.so.0"

#define NAME(function) #function,
static const char *const names[] = { QS_SOUP_FUNCTIONS (NAME) NULL };

static gpointer
load (gpointer user_data)
{
  static QsSoup functions;

  qs_library_load (LIBRARY, "libsoup, which requests to a schema registry need", names, &functions);

  return &functions;
}

const QsSoup *
qs_soup (void)
{
  static GOnce once = G_ONCE_INIT;

  return g_once (&once, load, NULL);
}

#endif

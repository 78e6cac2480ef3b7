/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <glib.h>

#ifdef QS_HAVE_SOUP

#define QS_SOUP_LOADER

#include "qs-monitor-soup-private.h"

#include "qs-library-private.h"

/* The library of the API that we are built with. */
#define LIBRARY "libsoup-3.0.so.0"

#define NAME(function) #function,
static const char *const names[] = { QS_MONITOR_SOUP_FUNCTIONS (NAME) NULL };

static gpointer
load (gpointer user_data)
{
  static QsMonitorSoup functions;

  qs_library_load (LIBRARY, "libsoup, which serves monitor-address", names, &functions);

  return &functions;
}

const QsMonitorSoup *
qs_monitor_soup (void)
{
  static GOnce once = G_ONCE_INIT;

  return g_once (&once, load, NULL);
}

#endif

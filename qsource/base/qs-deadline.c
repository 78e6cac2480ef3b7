/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-deadline-private.h"

#include <gio/gio.h>
#include <math.h>

gint64
qs_deadline_after (double seconds)
{
  gint64 now = g_get_monotonic_time ();

  /* Written so that NaN, too, is a deadline that never comes. */
  if (!(seconds >= 0) || seconds >= (double) (G_MAXINT64 - now) / G_USEC_PER_SEC)
    return G_MAXINT64;

  return now + (gint64) (seconds * G_USEC_PER_SEC);
}

gboolean
qs_deadline_check (double seconds, GError **error)
{
  if (!isnan (seconds))
    return TRUE;

  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_INVALID_ARGUMENT,
               "Cannot wait for NaN seconds; a timeout is a number of seconds, or -1 for no limit");
  return FALSE;
}

gboolean
qs_deadline_passed (gint64 deadline)
{
  return deadline != G_MAXINT64 && g_get_monotonic_time () >= deadline;
}

int
qs_deadline_slice (gint64 deadline, int max_ms)
{
  gint64 left_us = deadline - g_get_monotonic_time ();

  if (left_us <= 0)
    return 0;

  /* Rounded up: a wait that ends just before its deadline would spin. */
  return (int) MIN ((left_us - 1) / 1000 + 1, (gint64) max_ms);
}

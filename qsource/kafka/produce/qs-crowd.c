/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <stdatomic.h>

#include "qs-crowd-private.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Threads that may want to run for each processor. */
#define MAX_WAITING 4

/* Microseconds after which the file is read again. */
#define READ_INTERVAL (10 * 1000)

guint
qs_crowd_read (const char *text)
{
  const char *field = text;

  for (guint i = 0; i < 3 && field != NULL; i++)
    {
      field = strchr (field, ' ');
      field = field != NULL ? field + 1 : NULL;
    }

  /* Of all threads, as in "0.20 0.18 0.12 3/800 11206". */
  return field != NULL ? (guint) g_ascii_strtoull (field, NULL, 10) : 0;
}

static guint
read_n_threads (void)
{
  char   text[128];
  int    fd = open ("/proc/loadavg", O_RDONLY | O_CLOEXEC);
  gssize length = fd >= 0 ? read (fd, text, sizeof text - 1) : -1;

  if (fd >= 0)
    close (fd);
  if (length <= 0)
    return 0;

  text[length] = '\0';

  return qs_crowd_read (text);
}

static guint
get_n_threads (void)
{
  static _Atomic gint64 read_at = 0;
  static _Atomic guint  n_threads = 0;
  gint64                now = g_get_monotonic_time ();

  if (now - atomic_load_explicit (&read_at, memory_order_relaxed) > READ_INTERVAL)
    {
      atomic_store_explicit (&read_at, now, memory_order_relaxed);
      atomic_store_explicit (&n_threads, read_n_threads (), memory_order_relaxed);
    }

  return atomic_load_explicit (&n_threads, memory_order_relaxed);
}

/* Not only those that this process may use: the file counts the threads of all. */
static guint
get_n_processors (void)
{
  static _Atomic long n_processors = 0;

  if (atomic_load_explicit (&n_processors, memory_order_relaxed) == 0)
    atomic_store_explicit (
        &n_processors, MAX (sysconf (_SC_NPROCESSORS_ONLN), 1), memory_order_relaxed);

  return (guint) atomic_load_explicit (&n_processors, memory_order_relaxed);
}

gboolean
qs_crowd_is_crowd (guint n_threads, guint n_processors)
{
  return n_threads > (guint64) n_processors * MAX_WAITING;
}

double
qs_crowd_share_of (guint n_threads, guint n_processors)
{
  return n_threads > n_processors ? (double) n_processors / n_threads : 1;
}

gboolean
qs_crowd_is_there (void)
{
  return qs_crowd_is_crowd (get_n_threads (), get_n_processors ());
}

double
qs_crowd_get_share (void)
{
  return qs_crowd_share_of (get_n_threads (), get_n_processors ());
}

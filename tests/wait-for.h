/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

/* How tests wait for what another thread or process does: until it is so, with an end. */

/* Microseconds that anything may take: less where a mistake is to be found soon. */
static inline gint64
wait_get_limit (void)
{
  const char *seconds = g_getenv ("QSOURCE_TEST_SECONDS");

  return (seconds != NULL ? g_ascii_strtoll (seconds, NULL, 10) : 60) * G_USEC_PER_SEC;
}

/* Looks a thousand times a second whether @condition is so, which must come. */
#define WAIT_FOR(condition)                                                                        \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gint64 wait_end = g_get_monotonic_time () + wait_get_limit ();                                  \
    while (!(condition))                                                                           \
      {                                                                                            \
        g_assert_cmpint (g_get_monotonic_time (), <, wait_end);                                    \
        g_usleep (1000);                                                                           \
      }                                                                                            \
  }                                                                                                \
  G_STMT_END

static inline gboolean
wait_wake_cb (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

/* Iterates the main context until @condition is so, which must come. */
#define WAIT_UNTIL(condition)                                                                      \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gint64 wait_end = g_get_monotonic_time () + wait_get_limit ();                                  \
    guint  wait_tick = g_timeout_add (50, wait_wake_cb, NULL);                                     \
    while (!(condition) && g_get_monotonic_time () < wait_end)                                     \
      g_main_context_iteration (NULL, TRUE);                                                       \
    g_source_remove (wait_tick);                                                                   \
    g_assert_true (condition);                                                                     \
  }                                                                                                \
  G_STMT_END

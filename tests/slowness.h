/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

/* How many times as long all may take, as under valgrind on a machine that has other work:
 * what a test allows is multiplied by it, and so is what that is told from. */
static inline double
slowness (void)
{
  const char *text = g_getenv ("QSOURCE_TEST_SLOWNESS");

  return text != NULL ? g_ascii_strtod (text, NULL) : 1;
}

/* From one round of a loop to the next, where rounds differ by chance or by a number: a
 * test that computes does fewer of them where all takes longer. */
static inline int
stride (void)
{
  return (int) MAX (1, slowness ());
}

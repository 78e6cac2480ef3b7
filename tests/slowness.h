/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

static inline double
slowness_get_factor (const char *variable)
{
  const char *text = g_getenv (variable);

  return text != NULL ? g_ascii_strtod (text, NULL) : 1;
}

/* How many times as long all may take, as with a sanitizer on a machine that has other work:
 * what a test allows is multiplied by it, and so is what that is told from. */
static inline double
slowness (void)
{
  return slowness_get_factor ("QSOURCE_TEST_SLOWNESS");
}

/* From one round of a loop to the next, where rounds differ by chance or by a number: a
 * test that computes does fewer of them where all of them would take too long. */
static inline int
stride (void)
{
  return (int) MAX (1, slowness_get_factor ("QSOURCE_TEST_STRIDE"));
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <stdatomic.h>

#include <glib.h>

G_BEGIN_DECLS

/* As G_DEFINE_QUARK(), whose variable is written without a lock by the first threads that
 * fail at the same time. */
#define QS_DEFINE_QUARK(name, function)                                  \
  GQuark function##_quark (void)                                         \
  {                                                                      \
    static _Atomic GQuark quark;                                         \
    GQuark known = atomic_load_explicit (&quark, memory_order_relaxed);  \
                                                                         \
    if (G_UNLIKELY (known == 0))                                         \
      {                                                                  \
        known = g_quark_from_static_string (name);                       \
        atomic_store_explicit (&quark, known, memory_order_relaxed);     \
      }                                                                  \
                                                                         \
    return known;                                                        \
  }

G_END_DECLS

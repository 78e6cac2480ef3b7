/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-http-source-private.h"

G_MODULE_EXPORT const GType *qsource_module_get_types (gsize *n);

const GType *
qsource_module_get_types (gsize *n)
{
  static GType types[1];

  types[0] = QS_TYPE_HTTP_SOURCE;
  *n = G_N_ELEMENTS (types);

  return types;
}

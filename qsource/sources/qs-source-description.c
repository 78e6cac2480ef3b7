/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-source-description.h"

#include "qs-base-source.h"

/* Static methods of QsSource: what is known of a type beside its properties. */

static GQuark
description_quark (void)
{
  return g_quark_from_static_string ("qs-source-description");
}

/**
 * qs_source_describe_type:
 * @type: the type of a source
 * @summary: what it does, in one line
 * @promise: (nullable): what it promises of each record, such as `exactly-once`
 * @example: (nullable): its properties in an example, such as `path=x.log`
 *
 * Says what `qsource inspect` shows of a source beside its properties.
 *
 * Call it once for a type, where its class is initialized.
 */
void
qs_source_describe_type (GType type, const char *summary, const char *promise, const char *example)
{
  GVariantDict dict;

  g_return_if_fail (g_type_is_a (type, QS_TYPE_BASE_SOURCE));
  g_return_if_fail (summary != NULL);
  g_return_if_fail (g_type_get_qdata (type, description_quark ()) == NULL);

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "summary", "s", summary);
  if (promise != NULL)
    g_variant_dict_insert (&dict, "promise", "s", promise);
  if (example != NULL)
    g_variant_dict_insert (&dict, "example", "s", example);
  g_type_set_qdata (type, description_quark (), g_variant_ref_sink (g_variant_dict_end (&dict)));
}

/**
 * qs_source_dup_description:
 * @type: the type of a source
 *
 * Gets what [func@Source.describe_type] said of a type.
 *
 * Returns: (transfer full): an `a{sv}` with `summary`, `promise` and `example`, as far as
 *   they are known
 */
GVariant *
qs_source_dup_description (GType type)
{
  GVariant    *description = NULL;
  GVariantDict dict;

  g_return_val_if_fail (g_type_is_a (type, QS_TYPE_BASE_SOURCE), NULL);

  description = g_type_get_qdata (type, description_quark ());
  if (description != NULL)
    return g_variant_ref (description);

  g_variant_dict_init (&dict, NULL);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

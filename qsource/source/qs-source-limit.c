/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-source.h"

/* Methods of QsSource about after how many records it is stopped. */

/**
 * qs_source_get_max_records: (get-property max-records)
 * @self: a source
 *
 * Gets the number of records after which the source is stopped.
 *
 * Returns: the number of records; 0 = no limit
 */
guint64
qs_source_get_max_records (QsSource *self)
{
  guint64 max_records = 0;

  g_return_val_if_fail (QS_IS_SOURCE (self), 0);

  g_object_get (self, "max-records", &max_records, NULL);
  return max_records;
}

/**
 * qs_source_set_max_records: (set-property max-records)
 * @self: a source
 * @max_records: the number of records, up to 9223372036854775807; 0 = no limit
 *
 * Sets the number of records after which the source is stopped.
 *
 * Set it before the source is started.
 */
void
qs_source_set_max_records (QsSource *self, guint64 max_records)
{
  g_return_if_fail (QS_IS_SOURCE (self));

  g_object_set (self, "max-records", max_records, NULL);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-application-private.h"

#include <unistd.h>

#include "qs-application-parts-private.h"
#include "qs-enum-types.h"
#include "qs-kafka-config-private.h"
#include "qs-version.h"

/* The methods of QsApplication that tell how it does, and what came of it. */

/**
 * qs_application_get_source:
 * @self: an application
 * @name: a name
 *
 * Gets the source of that name.
 *
 * Returns: (transfer none) (nullable): the source, or `NULL` if it has none
 *
 * Since: 1.0
 */
QsBaseSource *
qs_application_get_source (QsApplication *self, const char *name)
{
  QsApplicationPrivate *priv = qs_application_get_private (self);
  QsBaseSource         *source = NULL;
  QsTopic              *topic = NULL;

  g_return_val_if_fail (QS_IS_APPLICATION (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  qs_source_list_lookup (priv->sources, name, &source, &topic);

  return source;
}

/**
 * qs_application_dup_status:
 * @self: an application
 *
 * Tells how the application and its sources do.
 *
 * This is what `qsource status` shows, and what the control socket tells. It has no
 * secrets. Times are in milliseconds since 1970 UTC.
 *
 * | key | type | what it is |
 * |---|---|---|
 * | `name` | `s` | its consumer-group |
 * | `pid` | `i` | its process |
 * | `version` | `s` | of the library |
 * | `librdkafka-version` | `s` | of librdkafka |
 * | `broker-address` | `s` | where its cluster is |
 * | `processing-guarantee` | `s` | `at-least-once` or `exactly-once` |
 * | `monitor-address` | `s` | where it can be watched over HTTP; may be missing |
 * | `started` | `x` | when the run began; 0 = none did |
 * | `status` | `s` | of all sources together: the one that matters first |
 * | `sources` | `aa{sv}` | the sources, in the order in which they were added |
 *
 * and of each source
 *
 * | key | type | what it is |
 * |---|---|---|
 * | `name`, `type`, `topic` | `s` | its name, its class, and where it produces to |
 * | `status` | `s` | see [enum@SourceStatus] |
 * | `since` | `x` | when that became so |
 * | `pid` | `i` | the worker that was started last; 0 = none runs |
 * | `rate` | `d` | acknowledged records a second, over the last seconds |
 * | `n-errors` | `t` | how often it failed, or could not connect, in this run |
 * | `last-error` | `s` | the newest of these; may be missing |
 * | `last-error-time` | `x` | when that was |
 * | `errors` | `aa{sv}` | the last ones, the newest first: `time`, `message`, `detail` |
 * | `partitions` | `aa{sv}` | those that run here, if they are shared: `partition`, `since` |
 * | `moves` | `aa{sv}` | the last ones, the newest first: `partition`, `time`, `event` |
 * | `standby` | `aa{sv}` | those that are kept warm here: `partition`, `since`, `lag` in records,
 * at most, or -1 before it is known |
 *
 * and, by their names, the properties of [class@SourceStats]. The `event` of a move is
 * `assigned`, `given` (to another instance, in order) or `lost` (the session was over).
 * Keys are added, never changed.
 *
 * Returns: (transfer full): a dictionary (`a{sv}`)
 *
 * Since: 1.0
 */
GVariant *
qs_application_dup_status (QsApplication *self)
{
  QsApplicationPrivate *priv = qs_application_get_private (self);
  g_autoptr (GEnumClass) guarantees = g_type_class_ref (QS_TYPE_PROCESSING_GUARANTEE);
  g_autofree char      *version = g_strdup_printf ("%u.%u", QS_MAJOR_VERSION, QS_MINOR_VERSION);
  QsProcessingGuarantee guarantee = QS_PROCESSING_GUARANTEE_AT_LEAST_ONCE;
  const char           *address = NULL;
  g_autofree char      *monitor_address = NULL;
  GVariantBuilder       dict;

  g_return_val_if_fail (QS_IS_APPLICATION (self), NULL);

  g_object_get (
      self, "processing-guarantee", &guarantee, "monitor-address", &monitor_address, NULL);
  address = qs_settings_get_broker_address (&priv->settings);
  g_variant_builder_init (&dict, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (
      &dict, "{sv}", "name", g_variant_new ("s", qs_settings_get_consumer_group (&priv->settings)));
  g_variant_builder_add (&dict, "{sv}", "pid", g_variant_new ("i", (int) getpid ()));
  g_variant_builder_add (&dict, "{sv}", "version", g_variant_new ("s", version));
  g_variant_builder_add (
      &dict, "{sv}", "librdkafka-version", g_variant_new ("s", qs_kafka_config_get_version ()));
  g_variant_builder_add (
      &dict, "{sv}", "broker-address", g_variant_new ("s", address != NULL ? address : ""));
  g_variant_builder_add (
      &dict,
      "{sv}",
      "processing-guarantee",
      g_variant_new ("s", g_enum_get_value (guarantees, (int) guarantee)->value_nick));
  if (monitor_address != NULL)
    g_variant_builder_add (&dict, "{sv}", "monitor-address", g_variant_new ("s", monitor_address));
  g_variant_builder_add (
      &dict, "{sv}", "started", g_variant_new ("x", qs_overview_get_started (priv->overview)));
  g_variant_builder_add (
      &dict, "{sv}", "status", g_variant_new ("s", qs_overview_get_status (priv->overview)));
  g_variant_builder_add (&dict, "{sv}", "sources", qs_overview_describe_sources (priv->overview));

  return g_variant_ref_sink (g_variant_builder_end (&dict));
}

/**
 * qs_application_dup_rows:
 * @self: an application
 *
 * Gets what came out of the dataframes in the last run(), in the order in which it came.
 *
 * A row is a record with the key, the headers, the timestamp and the place of the one
 * that was read, as far as no step has changed them, and with the value that came out.
 * It is there once, and only if the offset of its record was committed: what an
 * aborted transaction undoes, or what was read but not committed, is not.
 *
 * There are none unless [property@Application:collect] was set when the run began.
 * While it runs, these are the rows that are committed so far. Only the application's
 * thread may call it.
 *
 * Returns: (transfer container) (element-type QsRecord): the rows
 *
 * Since: 1.0
 */
GPtrArray *
qs_application_dup_rows (QsApplication *self)
{
  QsApplicationPrivate *priv = qs_application_get_private (self);

  g_return_val_if_fail (QS_IS_APPLICATION (self), NULL);

  if (priv->rows == NULL)
    return g_ptr_array_new_with_free_func (g_object_unref);

  return qs_rows_dup (priv->rows);
}

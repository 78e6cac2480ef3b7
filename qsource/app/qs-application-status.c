/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-application-private.h"

#include <unistd.h>

#include "qs-application-parts-private.h"
#include "qs-enum-types.h"
#include "qs-kafka-config-private.h"
#include "qs-version.h"

/* Methods of QsApplication that return its status and its results. */

/**
 * qs_application_get_source:
 * @self: an application
 * @name: a name
 *
 * Gets the source with the given name.
 *
 * Returns: (transfer none) (nullable): the source, or `NULL` if the application has none of
 *   this name
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
 * Gets the status of the application and its sources.
 *
 * `qsource status` shows it, and the control socket returns it. It contains no secrets.
 * Times are in milliseconds since 1970 UTC.
 *
 * | key | type | what it is |
 * |---|---|---|
 * | `name` | `s` | its consumer-group |
 * | `pid` | `i` | its process |
 * | `version` | `s` | of the library |
 * | `librdkafka-version` | `s` | of librdkafka |
 * | `broker-address` | `s` | the address of the cluster |
 * | `processing-guarantee` | `s` | `at-least-once` or `exactly-once` |
 * | `monitor-address` | `s` | where it can be watched over HTTP; missing if nowhere |
 * | `started` | `x` | when the run began; 0 = there was no run |
 * | `status` | `s` | the most important status among the sources |
 * | `sources` | `aa{sv}` | the sources, in the order in which they were added |
 *
 * Each source has:
 *
 * | key | type | what it is |
 * |---|---|---|
 * | `name`, `type`, `topic` | `s` | its name, its class, and the topic that it produces to |
 * | `status` | `s` | see [enum@SourceStatus] |
 * | `since` | `x` | when the status last changed |
 * | `pid` | `i` | the worker that was started last; 0 = none runs |
 * | `rate` | `d` | acknowledged records a second, over the last seconds |
 * | `n-errors` | `t` | how often it failed or could not connect in this run |
 * | `last-error` | `s` | the newest error; missing if there was none |
 * | `last-error-time` | `x` | the time of the newest error |
 * | `errors` | `aa{sv}` | the last ones, the newest first: `time`, `message`, `detail` |
 * | `partitions` | `aa{sv}` | those that run here, if they are shared: `partition`, `since` |
 * | `moves` | `aa{sv}` | the last ones, the newest first: `partition`, `time`, `event` |
 * | `standby` | `aa{sv}` | those kept warm here: `partition`, `since`, and `lag` in records |
 *
 * It also has the properties of [class@SourceStats] by their names. The `lag` of a standby
 * is an upper limit, and -1 before it is known. The `event` of a move is `assigned`,
 * `given` (to another instance, in order) or `lost` (the session was over). Keys are added,
 * never changed.
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
 * Gets the results of the dataframes in the last run(), in the order in which they came
 * out.
 *
 * A row has the value that came out, and the key, headers, timestamp and place of the
 * record that was read, unless a step has changed them. A row appears once, and only if the
 * offset of its record was committed. Results of an aborted transaction and of records that
 * were not committed are missing.
 *
 * The array is empty unless [property@Application:collect] was set when the run began.
 * During a run it holds the rows that are committed so far. Only the thread that runs the
 * application may call it.
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

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-dataframe-handle.h"

#include <string.h>

#include "qs-console-private.h"
#include "qs-dataframe-private.h"
#include "qs-flow-private.h"
#include "qs-message.h"
#include "qs-printer-private.h"
#include "qs-record-private.h"
#include "qs-topic-private.h"

/* The methods of QsDataframe with which the binding of a language runs steps of its
 * own, so that a record crosses into the language once. */

/* The way of the record that is being handled; NULL with a warning if none is. */
static QsJourney *
get_journey (QsDataframe *self)
{
  QsJourney *journey = qs_dataframe_get_journey (self);

  if (journey == NULL)
    g_warning ("Only the function of handle() can call this, for its record");

  return journey;
}

/**
 * qs_dataframe_handle:
 * @self: a dataframe
 * @func: (scope notified) (closure user_data) (destroy destroy): processes a record
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data
 *
 * Adds a step in which a language binding processes records by itself.
 *
 * If a dataframe has no other steps, key and value are deserialized only on demand;
 * [method@Record.dup_value_bytes] gets the bytes. Within @func, [method@Dataframe.produce],
 * [method@Dataframe.show], [method@Dataframe.count_results], [method@Dataframe.ignore] and
 * [method@Dataframe.refuse] do the work of steps. The results of such a dataframe are those
 * that @func counts.
 *
 * Returns: (transfer none): the dataframe
 */
QsDataframe *
qs_dataframe_handle (QsDataframe   *self,
                     QsHandleFunc   func,
                     gpointer       user_data,
                     GDestroyNotify destroy)
{
  g_return_val_if_fail (QS_IS_DATAFRAME (self), NULL);
  g_return_val_if_fail (func != NULL, self);

  qs_flow_add (qs_dataframe_get_flow (self), qs_handle_step_new (func, user_data, destroy));

  return self;
}

/**
 * qs_dataframe_add_output:
 * @self: a dataframe
 * @topic: a topic
 *
 * Declares that the function of [method@Dataframe.handle] produces to a topic, which is
 * then created with the others.
 */
void
qs_dataframe_add_output (QsDataframe *self, QsTopic *topic)
{
  QsStep *step = NULL;

  g_return_if_fail (QS_IS_DATAFRAME (self));
  g_return_if_fail (QS_IS_TOPIC (topic));

  step = qs_output_step_new (topic);
  qs_flow_add (qs_dataframe_get_flow (self), step);
}

/**
 * qs_dataframe_produce:
 * @self: a dataframe whose record is being handled
 * @topic: a topic, see [method@Dataframe.add_output]
 * @key: (nullable): the key
 * @value: (nullable): the value; `NULL` for a tombstone
 * @headers: (nullable): the headers
 * @timestamp: milliseconds since 1970, UTC; 0 = now
 * @error: return location for an error
 *
 * Produces a record, as [method@Dataframe.to_topic] does.
 *
 * Returns: true if the record is queued
 */
gboolean
qs_dataframe_produce (QsDataframe *self,
                      QsTopic     *topic,
                      GBytes      *key,
                      GBytes      *value,
                      QsHeaders   *headers,
                      gint64       timestamp,
                      GError     **error)
{
  QsJourney *journey = NULL;

  g_return_val_if_fail (QS_IS_DATAFRAME (self), FALSE);
  g_return_val_if_fail (QS_IS_TOPIC (topic), FALSE);

  journey = get_journey (self);
  if (journey == NULL || journey->producer == NULL)
    {
      g_set_error (error,
                   G_IO_ERROR,
                   G_IO_ERROR_NOT_INITIALIZED,
                   "Cannot produce to topic '%s': it was not added before the run",
                   qs_topic_get_name (topic));
      return FALSE;
    }

  g_clear_object (&journey->undelivered);
  if (qs_topic_produce (
          topic, journey->producer, -1, key, value, headers, MAX (timestamp, 0), error))
    return TRUE;

  journey->undelivered = qs_message_new (key, value, headers, MAX (timestamp, 0), -1);

  return FALSE;
}

/**
 * qs_dataframe_show:
 * @self: a dataframe whose record is being handled
 * @text: the text to print: JSON, without the newline
 * @error: return location for an error
 *
 * Prints a line, as [method@Dataframe.print] does.
 *
 * Returns: true unless the output has failed
 */
gboolean
qs_dataframe_show (QsDataframe *self, const char *text, GError **error)
{
  g_autoptr (GString) line = NULL;

  g_return_val_if_fail (QS_IS_DATAFRAME (self), FALSE);
  g_return_val_if_fail (text != NULL, FALSE);

  if (!qs_console_check (error))
    return FALSE;

  qs_dataframe_use_console (self);
  line = g_string_new (text);
  qs_printer_finish (line, 0);
  qs_console_append (line->str, line->len);

  return TRUE;
}

/**
 * qs_dataframe_count_results:
 * @self: a dataframe whose record is being handled
 * @n_results: the number of results
 *
 * Counts results, for [property@Application:run-count].
 *
 * Returns: whether to pass each of them to [method@Dataframe.add_row], too
 */
gboolean
qs_dataframe_count_results (QsDataframe *self, guint n_results)
{
  QsJourney *journey = NULL;

  g_return_val_if_fail (QS_IS_DATAFRAME (self), FALSE);

  journey = get_journey (self);
  if (journey == NULL)
    return FALSE;

  journey->n_results += n_results;

  return journey->result != NULL;
}

/**
 * qs_dataframe_add_row:
 * @self: a dataframe whose record is being handled
 * @value: (nullable): a result, sunk if floating; `NULL` for a tombstone
 * @headers: (nullable): its headers
 * @timestamp: its timestamp: milliseconds since 1970, UTC
 *
 * Keeps a result for [method@Application.dup_rows] without counting it.
 *
 * It does nothing without [property@Application:collect].
 */
void
qs_dataframe_add_row (QsDataframe *self, GVariant *value, QsHeaders *headers, gint64 timestamp)
{
  g_autoptr (GVariant) own_value = value != NULL ? g_variant_ref_sink (value) : NULL;
  g_autoptr (QsRecord) changed = NULL;
  QsJourney *journey = NULL;

  g_return_if_fail (QS_IS_DATAFRAME (self));

  journey = get_journey (self);
  if (journey == NULL || journey->result == NULL)
    return;

  changed = qs_record_new_changed (journey->record, own_value, headers, timestamp);
  journey->result (changed, own_value, journey->user_data);
}

/**
 * qs_dataframe_ignore:
 * @self: a dataframe whose record is being handled
 * @record: the record
 * @error: (transfer none): why a branch of the record failed
 *
 * Asks whether an error is ignored, see [signal@Application::processing-error].
 *
 * If so, the other branches should continue.
 *
 * Returns: true if the error is ignored
 */
gboolean
qs_dataframe_ignore (QsDataframe *self, QsRecord *record, GError *error)
{
  QsJourney *journey = NULL;
  g_autoptr (QsMessage) undelivered = NULL;

  g_return_val_if_fail (QS_IS_DATAFRAME (self), FALSE);
  g_return_val_if_fail (QS_IS_RECORD (record), FALSE);
  g_return_val_if_fail (error != NULL, FALSE);

  journey = get_journey (self);
  if (journey == NULL || journey->ignore == NULL)
    return FALSE;

  undelivered = g_steal_pointer (&journey->undelivered);

  journey->is_refused = !journey->ignore (record, undelivered, error, journey->user_data);

  return !journey->is_refused;
}

/**
 * qs_dataframe_ignore_message:
 * @self: a dataframe whose record is being handled
 * @record: the record
 * @domain: the domain of the error
 * @code: its code
 * @message: why a branch of the record failed
 *
 * Does the same as [method@Dataframe.ignore], for languages that cannot make a GError.
 *
 * Returns: true if the error is ignored
 */
gboolean
qs_dataframe_ignore_message (QsDataframe *self,
                             QsRecord    *record,
                             GQuark       domain,
                             int          code,
                             const char  *message)
{
  g_autoptr (GError) error = NULL;

  g_return_val_if_fail (domain != 0, FALSE);
  g_return_val_if_fail (message != NULL, FALSE);

  error = g_error_new_literal (domain, code, message);

  return qs_dataframe_ignore (self, record, error);
}

/**
 * qs_dataframe_refuse:
 * @self: a dataframe whose record is being handled
 *
 * Declares that the error with which the function of [method@Dataframe.handle] is about to
 * fail means that the record cannot be deserialized, see
 * [signal@Application::consumer-error].
 */
void
qs_dataframe_refuse (QsDataframe *self)
{
  QsJourney *journey = NULL;

  g_return_if_fail (QS_IS_DATAFRAME (self));

  journey = get_journey (self);
  if (journey != NULL)
    journey->is_unreadable = TRUE;
}

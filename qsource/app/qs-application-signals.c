/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-application-signals-private.h"

#include "qs-base-source.h"
#include "qs-message.h"
#include "qs-record.h"

enum
{
  SIGNAL_MESSAGE_PROCESSED,
  SIGNAL_PROCESSING_ERROR,
  SIGNAL_PRODUCER_ERROR,
  SIGNAL_CONSUMER_ERROR,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static gboolean
processing_error (QsRecord *record, const GError *error, gpointer user_data)
{
  gboolean is_ignored = FALSE;

  g_signal_emit (user_data, signals[SIGNAL_PROCESSING_ERROR], 0, record, error, &is_ignored);

  return is_ignored;
}

static gboolean
producer_error (QsMessage *message, const GError *error, gpointer user_data)
{
  gboolean is_ignored = FALSE;

  g_signal_emit (user_data, signals[SIGNAL_PRODUCER_ERROR], 0, message, error, &is_ignored);

  return is_ignored;
}

static gboolean
consumer_error (QsMessage *message, const GError *error, gpointer user_data)
{
  gboolean is_ignored = FALSE;

  g_signal_emit (user_data, signals[SIGNAL_CONSUMER_ERROR], 0, message, error, &is_ignored);

  return is_ignored;
}

const QsErrorListener qs_application_error_listener = {
  .processing_error = processing_error,
  .producer_error = producer_error,
  .consumer_error = consumer_error,
};

/* Makes a signal about a source, which its QsManagedSource emits. */
static void
new_signal (GType application, const char *name, GType return_type, guint n_params, GType second)
{
  g_signal_new (name,
                application,
                G_SIGNAL_RUN_LAST,
                0,
                return_type == G_TYPE_BOOLEAN ? g_signal_accumulator_true_handled : NULL,
                NULL,
                NULL,
                return_type,
                n_params,
                QS_TYPE_BASE_SOURCE,
                second);
}

/* Makes the signals about the start of sources. */
static void
install_start_signals (GType application)
{
  /**
   * QsApplication::source-started:
   * @self: the emitter
   * @source: the source
   * @pid: the process in which it runs
   *
   * Emitted when [vfunc@BaseSource.start] of a source is about to be called in its worker.
   */
  new_signal (application, "source-started", G_TYPE_NONE, 2, G_TYPE_INT);

  /**
   * QsApplication::source-connected:
   * @self: the emitter
   * @source: the source
   *
   * Emitted when [vfunc@BaseSource.setup] of a source has succeeded.
   */
  new_signal (application, "source-connected", G_TYPE_NONE, 1, G_TYPE_NONE);

  /**
   * QsApplication::source-connect-failed:
   * @self: the emitter
   * @source: the source
   * @error: why
   *
   * Emitted when [vfunc@BaseSource.setup] of a source has failed, also if a handler in the
   * worker has handled the failure.
   */
  new_signal (application, "source-connect-failed", G_TYPE_NONE, 2, G_TYPE_ERROR);
}

/* Makes the signals about the end of sources. */
static void
install_outcome_signals (GType application)
{
  /**
   * QsApplication::source-finished:
   * @self: the emitter
   * @source: the source
   *
   * Emitted when a source has ended by itself or was stopped, and all its records are
   * acknowledged.
   */
  new_signal (application, "source-finished", G_TYPE_NONE, 1, G_TYPE_NONE);

  /**
   * QsApplication::source-failed:
   * @self: the emitter
   * @source: the source
   * @error: why, with domain and code as in the worker
   *
   * Emitted when a source has failed and is not started again.
   *
   * Returns: true to continue without it; false to end the application
   */
  new_signal (application, "source-failed", G_TYPE_BOOLEAN, 2, G_TYPE_ERROR);

  /**
   * QsApplication::source-stats:
   * @self: the emitter
   * @source: the source
   * @stats: counters, a dictionary (`a{sv}`)
   *
   * Emitted about once a second while the counters of a source change, before a worker of
   * the source ends, and when a worker is started again.
   *
   * The keys are the names of the properties of [class@SourceStats];
   * [property@BaseSource:stats] has the same values at that time.
   */
  new_signal (application, "source-stats", G_TYPE_NONE, 2, G_TYPE_VARIANT);
}

/* Makes the signals about partitions. */
static void
install_partition_signals (GType application)
{
  /**
   * QsApplication::partition-assigned:
   * @self: the emitter
   * @source: the source
   * @partition: one of its partitions
   *
   * Emitted when a partition is assigned to this instance, before its worker is started. It
   * is only emitted if instances share partitions, see [property@Application:assignment].
   */
  new_signal (application, "partition-assigned", G_TYPE_NONE, 2, G_TYPE_INT);

  /**
   * QsApplication::partition-revoked:
   * @self: the emitter
   * @source: the source
   * @partition: one of its partitions
   * @lost: whether another instance might have run the partition before its worker here
   *   ended, because this instance gave no sign of life for too long
   *
   * Emitted when a partition goes to another instance and its worker here has ended.
   *
   * It is not emitted at the end of the application, which gives up all partitions.
   */
  g_signal_new ("partition-revoked",
                application,
                G_SIGNAL_RUN_LAST,
                0,
                NULL,
                NULL,
                NULL,
                G_TYPE_NONE,
                3,
                QS_TYPE_BASE_SOURCE,
                G_TYPE_INT,
                G_TYPE_BOOLEAN);
}

/* Makes a signal that asks whether to ignore an error about a @subject. */
static guint
new_error_signal (GType application, const char *name, GType subject)
{
  return g_signal_new (name,
                       application,
                       G_SIGNAL_RUN_LAST,
                       0,
                       g_signal_accumulator_true_handled,
                       NULL,
                       NULL,
                       G_TYPE_BOOLEAN,
                       2,
                       subject,
                       G_TYPE_ERROR);
}

static void
install_processed_signal (GType application)
{
  /**
   * QsApplication::message-processed:
   * @self: the emitter
   * @topic: the topic that the record was read from
   * @partition: its partition
   * @offset: its offset
   *
   * Emitted when a record has passed through its dataframe, or when its error was ignored.
   */
  signals[SIGNAL_MESSAGE_PROCESSED] = g_signal_new ("message-processed",
                                                    application,
                                                    G_SIGNAL_RUN_LAST,
                                                    0,
                                                    NULL,
                                                    NULL,
                                                    NULL,
                                                    G_TYPE_NONE,
                                                    3,
                                                    G_TYPE_STRING,
                                                    G_TYPE_INT,
                                                    G_TYPE_INT64);
}

static void
install_error_signals (GType application)
{
  /**
   * QsApplication::processing-error:
   * @self: the emitter
   * @record: the record
   * @error: why it failed; the message names topic, partition, offset and step
   *
   * Emitted when a step of a dataframe has failed.
   *
   * Returns: true to ignore and count the error, and to continue with the next record;
   *   false to end the application: the record is read again in the next run
   */
  signals[SIGNAL_PROCESSING_ERROR] =
      new_error_signal (application, "processing-error", QS_TYPE_RECORD);

  /**
   * QsApplication::producer-error:
   * @self: the emitter
   * @message: (nullable): the message that was refused; `NULL` if the error is about
   *   records that were queued before
   * @error: why
   *
   * Emitted when a record that a dataframe produced could not be delivered.
   *
   * Returns: true to ignore and count the error, and to continue without the lost records;
   *   false to end the application: the records are read again in the next run
   */
  signals[SIGNAL_PRODUCER_ERROR] =
      new_error_signal (application, "producer-error", QS_TYPE_MESSAGE);

  /**
   * QsApplication::consumer-error:
   * @self: the emitter
   * @message: (nullable): the message that could not be deserialized, or `NULL`
   * @error: why; the message names topic, partition and offset if they are known
   *
   * Emitted when records cannot be read, or their offsets cannot be committed.
   *
   * An error after which nothing can be read, such as refused credentials, ends the
   * application whatever the handler returns.
   *
   * Returns: true to ignore and count the error; false to end the application
   */
  signals[SIGNAL_CONSUMER_ERROR] =
      new_error_signal (application, "consumer-error", QS_TYPE_MESSAGE);
}

void
qs_application_install_signals (GType application)
{
  install_start_signals (application);
  install_outcome_signals (application);
  install_partition_signals (application);
  install_processed_signal (application);
  install_error_signals (application);
}

void
qs_application_emit_message_processed (const char *topic,
                                       int         partition,
                                       gint64      offset,
                                       gpointer    user_data)
{
  g_signal_emit (user_data, signals[SIGNAL_MESSAGE_PROCESSED], 0, topic, partition, offset);
}

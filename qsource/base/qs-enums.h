/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-types.h"

G_BEGIN_DECLS

/**
 * QsSourceStatus:
 * @QS_SOURCE_STATUS_IDLE: not started yet
 * @QS_SOURCE_STATUS_STARTING: its worker is being started
 * @QS_SOURCE_STATUS_RECOVERING: its state is being read back
 * @QS_SOURCE_STATUS_RUNNING: start() runs
 * @QS_SOURCE_STATUS_PAUSED: it runs, and produce() blocks; see [method@Application.pause_source]
 * @QS_SOURCE_STATUS_STOPPING: it was asked to stop
 * @QS_SOURCE_STATUS_FINISHED: it ended by itself or was stopped
 * @QS_SOURCE_STATUS_FAILED: it failed, see [method@BaseSource.dup_error]
 *
 * What a source is doing.
 */
typedef enum
{
  QS_SOURCE_STATUS_IDLE,
  QS_SOURCE_STATUS_STARTING,
  QS_SOURCE_STATUS_RECOVERING,
  QS_SOURCE_STATUS_RUNNING,
  QS_SOURCE_STATUS_PAUSED,
  QS_SOURCE_STATUS_STOPPING,
  QS_SOURCE_STATUS_FINISHED,
  QS_SOURCE_STATUS_FAILED,
} QsSourceStatus;

/**
 * QsProcessingGuarantee:
 * @QS_PROCESSING_GUARANTEE_AT_LEAST_ONCE: no record is lost; some may come twice
 * @QS_PROCESSING_GUARANTEE_EXACTLY_ONCE: records are written in transactions, with the state of their source
 *
 * What is promised about each record.
 */
typedef enum
{
  QS_PROCESSING_GUARANTEE_AT_LEAST_ONCE,
  QS_PROCESSING_GUARANTEE_EXACTLY_ONCE,
} QsProcessingGuarantee;

/**
 * QsPartitioner:
 * @QS_PARTITIONER_MURMUR2_RANDOM: by the hash of its key, as Kafka's own clients do;
 *   records without a key are spread over all partitions
 * @QS_PARTITIONER_MURMUR2: by the hash of its key, as Quix Streams does; all records
 *   without a key go to one partition, in their order
 *
 * How a record's key chooses its partition.
 */
typedef enum
{
  QS_PARTITIONER_MURMUR2_RANDOM,   /*< nick=murmur2_random >*/
  QS_PARTITIONER_MURMUR2,
} QsPartitioner;

/**
 * QsIsolation:
 * @QS_ISOLATION_AUTO: a process where this program can be started again, else a thread
 * @QS_ISOLATION_PROCESS: each source runs in a process of its own
 * @QS_ISOLATION_THREAD: each source runs in a thread of this process
 *
 * Where an application runs its sources.
 */
typedef enum
{
  QS_ISOLATION_AUTO,
  QS_ISOLATION_PROCESS,
  QS_ISOLATION_THREAD,
} QsIsolation;

/**
 * QsAutoOffsetReset:
 * @QS_AUTO_OFFSET_RESET_LATEST: with what is produced from now on
 * @QS_AUTO_OFFSET_RESET_EARLIEST: with the first record that there is
 * @QS_AUTO_OFFSET_RESET_ERROR: not at all, which is an error
 *
 * Where an application begins to read a partition for which its group has
 * committed no offset.
 */
typedef enum
{
  QS_AUTO_OFFSET_RESET_LATEST,
  QS_AUTO_OFFSET_RESET_EARLIEST,
  QS_AUTO_OFFSET_RESET_ERROR,
} QsAutoOffsetReset;

/**
 * QsAssignment:
 * @QS_ASSIGNMENT_ALL: all of them run here
 * @QS_ASSIGNMENT_GROUP: all instances of the program share them
 *
 * Which partitions of its sources an application runs.
 */
typedef enum
{
  QS_ASSIGNMENT_ALL,
  QS_ASSIGNMENT_GROUP,
} QsAssignment;

/**
 * QsErrorHandling:
 * @QS_ERROR_HANDLING_FAIL: the source fails
 * @QS_ERROR_HANDLING_SKIP: it is counted, and left out
 * @QS_ERROR_HANDLING_DEAD_LETTER: it goes to the dead-letter topic
 *
 * What becomes of a record that can't be serialized or delivered.
 */
typedef enum
{
  QS_ERROR_HANDLING_FAIL,
  QS_ERROR_HANDLING_SKIP,
  QS_ERROR_HANDLING_DEAD_LETTER,
} QsErrorHandling;

/**
 * QsFileStart:
 * @QS_FILE_START_START: with the first line that it has
 * @QS_FILE_START_END: with what is written to it from now on
 *
 * Where a [class@FileSource] begins to read a file that it meets for the first time.
 */
typedef enum
{
  QS_FILE_START_START,
  QS_FILE_START_END,
} QsFileStart;

/**
 * QsFileKey:
 * @QS_FILE_KEY_PATH: the path of its file
 * @QS_FILE_KEY_NAME: the last part of that path
 * @QS_FILE_KEY_NONE: it has no key
 *
 * The key of a record that was a line of a file.
 */
typedef enum
{
  QS_FILE_KEY_PATH,
  QS_FILE_KEY_NAME,
  QS_FILE_KEY_NONE,
} QsFileKey;

/**
 * QsCsvTypes:
 * @QS_CSV_TYPES_INFER: numbers, `true` and `false` are what they are, and what is empty is null
 * @QS_CSV_TYPES_TEXT: all are texts
 *
 * What the values of a [class@CsvSource] are.
 */
typedef enum
{
  QS_CSV_TYPES_INFER,
  QS_CSV_TYPES_TEXT,
} QsCsvTypes;

/**
 * QsCommandRestart:
 * @QS_COMMAND_RESTART_NEVER: the source ends with the command
 * @QS_COMMAND_RESTART_ON_FAILURE: it is started again when it has failed
 * @QS_COMMAND_RESTART_ALWAYS: it is started again however it has ended
 *
 * What a [class@CommandSource] does when its command has ended.
 */
typedef enum
{
  QS_COMMAND_RESTART_NEVER,
  QS_COMMAND_RESTART_ON_FAILURE,
  QS_COMMAND_RESTART_ALWAYS,
} QsCommandRestart;

/**
 * QsCommandStderr:
 * @QS_COMMAND_STDERR_LOG: each line is logged
 * @QS_COMMAND_STDERR_DISCARD: nobody sees it
 *
 * What becomes of what the command of a [class@CommandSource] writes to its standard error.
 */
typedef enum
{
  QS_COMMAND_STDERR_LOG,
  QS_COMMAND_STDERR_DISCARD,
} QsCommandStderr;

/**
 * QsVerdict:
 * @QS_VERDICT_INVALID: none: the callback has failed, or did not run
 * @QS_VERDICT_KEEP: the record goes on to the next step
 * @QS_VERDICT_DROP: the record is dealt with
 *
 * What a filter says about a record.
 */
typedef enum
{
  QS_VERDICT_INVALID,
  QS_VERDICT_KEEP,
  QS_VERDICT_DROP,
} QsVerdict;

/**
 * QsRuleResult:
 * @QS_RULE_RESULT_FAILED: the source does not obey it
 * @QS_RULE_RESULT_PASSED: the source obeys it
 * @QS_RULE_RESULT_SKIPPED: it was not tested
 *
 * What became of a rule of a [class@Conform].
 *
 * Since: 1.0
 */
typedef enum
{
  QS_RULE_RESULT_FAILED,
  QS_RULE_RESULT_PASSED,
  QS_RULE_RESULT_SKIPPED,
} QsRuleResult;

/**
 * QsSubjectStrategy:
 * @QS_SUBJECT_STRATEGY_TOPIC: `TOPIC-value`, or `TOPIC-key`
 * @QS_SUBJECT_STRATEGY_RECORD: the full name of the schema's record
 * @QS_SUBJECT_STRATEGY_TOPIC_RECORD: `TOPIC-NAME`, with the full name of the record
 *
 * Under which subject a serializer's schema is kept in a registry.
 */
typedef enum
{
  QS_SUBJECT_STRATEGY_TOPIC,
  QS_SUBJECT_STRATEGY_RECORD,
  QS_SUBJECT_STRATEGY_TOPIC_RECORD,
} QsSubjectStrategy;

G_END_DECLS

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
 * @QS_SOURCE_STATUS_STARTING: the worker is being started
 * @QS_SOURCE_STATUS_RECOVERING: the state is being read back from the changelog
 * @QS_SOURCE_STATUS_RUNNING: [vfunc@BaseSource.start] is running
 * @QS_SOURCE_STATUS_PAUSED: the source is running, and produce() blocks; see
 *   [method@Application.pause_source]
 * @QS_SOURCE_STATUS_STOPPING: the source was asked to stop
 * @QS_SOURCE_STATUS_FINISHED: the source ended by itself or was stopped
 * @QS_SOURCE_STATUS_FAILED: the source failed, see [method@BaseSource.dup_error]
 *
 * The status of a source.
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
 * @QS_PROCESSING_GUARANTEE_AT_LEAST_ONCE: no record is lost; some might arrive twice
 * @QS_PROCESSING_GUARANTEE_EXACTLY_ONCE: records are written in transactions, with the state of their source
 *
 * The guarantee for each record.
 */
typedef enum
{
  QS_PROCESSING_GUARANTEE_AT_LEAST_ONCE,
  QS_PROCESSING_GUARANTEE_EXACTLY_ONCE,
} QsProcessingGuarantee;

/**
 * QsPartitioner:
 * @QS_PARTITIONER_MURMUR2_RANDOM: by the hash of the key, as Kafka's own clients do;
 *   records without a key are spread over all partitions
 * @QS_PARTITIONER_MURMUR2: by the hash of the key, as Quix Streams does; all records
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
 * @QS_ISOLATION_AUTO: a process if this program can be started again, otherwise a thread
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
 * @QS_AUTO_OFFSET_RESET_LATEST: with the records that are produced from now on
 * @QS_AUTO_OFFSET_RESET_EARLIEST: with the oldest record that is still there
 * @QS_AUTO_OFFSET_RESET_ERROR: reading fails with an error
 *
 * The place where an application begins to read a partition for which its consumer group
 * has committed no offset.
 */
typedef enum
{
  QS_AUTO_OFFSET_RESET_LATEST,
  QS_AUTO_OFFSET_RESET_EARLIEST,
  QS_AUTO_OFFSET_RESET_ERROR,
} QsAutoOffsetReset;

/**
 * QsAssignment:
 * @QS_ASSIGNMENT_ALL: all partitions run here
 * @QS_ASSIGNMENT_GROUP: all instances of the program share the partitions
 *
 * The partitions of its sources that an application runs.
 */
typedef enum
{
  QS_ASSIGNMENT_ALL,
  QS_ASSIGNMENT_GROUP,
} QsAssignment;

/**
 * QsErrorHandling:
 * @QS_ERROR_HANDLING_FAIL: the source fails
 * @QS_ERROR_HANDLING_SKIP: the record is dropped and counted
 * @QS_ERROR_HANDLING_DEAD_LETTER: the record goes to the dead-letter topic
 *
 * The treatment of a record that cannot be serialized or delivered.
 */
typedef enum
{
  QS_ERROR_HANDLING_FAIL,
  QS_ERROR_HANDLING_SKIP,
  QS_ERROR_HANDLING_DEAD_LETTER,
} QsErrorHandling;

/**
 * QsFileStart:
 * @QS_FILE_START_START: with its first line
 * @QS_FILE_START_END: at its end, with the lines that are written from now on
 *
 * The place where a [class@FileSource] begins to read a file for the first time.
 */
typedef enum
{
  QS_FILE_START_START,
  QS_FILE_START_END,
} QsFileStart;

/**
 * QsFileKey:
 * @QS_FILE_KEY_PATH: the path of the file
 * @QS_FILE_KEY_NAME: the last part of the path
 * @QS_FILE_KEY_NONE: no key
 *
 * The key of a record that a [class@FileSource] makes of a line.
 */
typedef enum
{
  QS_FILE_KEY_PATH,
  QS_FILE_KEY_NAME,
  QS_FILE_KEY_NONE,
} QsFileKey;

/**
 * QsCsvTypes:
 * @QS_CSV_TYPES_INFER: fields that look like numbers, `true` or `false` become these, and
 *   empty fields become null
 * @QS_CSV_TYPES_TEXT: all values are strings
 *
 * The types of the values of a [class@CsvSource].
 */
typedef enum
{
  QS_CSV_TYPES_INFER,
  QS_CSV_TYPES_TEXT,
} QsCsvTypes;

/**
 * QsCommandRestart:
 * @QS_COMMAND_RESTART_NEVER: the command is not restarted, and the source ends with it
 * @QS_COMMAND_RESTART_ON_FAILURE: the command is started again after a failure
 * @QS_COMMAND_RESTART_ALWAYS: the command is started again however it ended
 *
 * The reaction of a [class@CommandSource] to the end of its command.
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
 * @QS_COMMAND_STDERR_DISCARD: all lines are dropped
 *
 * The treatment of lines that the command of a [class@CommandSource] writes to its standard
 * error.
 */
typedef enum
{
  QS_COMMAND_STDERR_LOG,
  QS_COMMAND_STDERR_DISCARD,
} QsCommandStderr;

/**
 * QsVerdict:
 * @QS_VERDICT_INVALID: no verdict: the callback failed or did not run
 * @QS_VERDICT_KEEP: the record continues with the next step
 * @QS_VERDICT_DROP: the record continues with no step; it counts as processed
 *
 * The verdict of a filter on a record.
 */
typedef enum
{
  QS_VERDICT_INVALID,
  QS_VERDICT_KEEP,
  QS_VERDICT_DROP,
} QsVerdict;

/**
 * QsRuleResult:
 * @QS_RULE_RESULT_FAILED: the source does not obey the rule
 * @QS_RULE_RESULT_PASSED: the source obeys the rule
 * @QS_RULE_RESULT_SKIPPED: the rule was not tested
 *
 * The result of a rule of a [class@Conform].
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
 * The subject under which a registry keeps the schema of a serializer.
 */
typedef enum
{
  QS_SUBJECT_STRATEGY_TOPIC,
  QS_SUBJECT_STRATEGY_RECORD,
  QS_SUBJECT_STRATEGY_TOPIC_RECORD,
} QsSubjectStrategy;

G_END_DECLS

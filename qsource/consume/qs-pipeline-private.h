/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-consume-settings-private.h"
#include "qs-dataframe-private.h"
#include "qs-group-consumer-private.h"
#include "qs-ignored-private.h"
#include "qs-producer.h"
#include "qs-received-private.h"
#include "qs-topic.h"

G_BEGIN_DECLS

#define QS_TYPE_PIPELINE (qs_pipeline_get_type ())

/*
 * The dataframes of an application: passes each record through those of its
 * topic, one at a time.
 *
 * Context: the thread that runs the application.   Locks: none.
 */
G_DECLARE_FINAL_TYPE (QsPipeline, qs_pipeline, QS, PIPELINE, GObject)

QsPipeline  *qs_pipeline_new        (void);

/* Makes a dataframe of @topic, which may have others; transfer none. */
QsDataframe *qs_pipeline_add        (QsPipeline     *self,
                                     QsTopic        *topic);

/* Whether there is no dataframe. */
gboolean     qs_pipeline_is_empty   (QsPipeline     *self);

/* Makes the consumer that reads the topics of its dataframes; @listener receives what that reads.
 * From now on, what comes out is kept in the rows of @settings. transfer full */
QsGroupConsumer *qs_pipeline_open_consumer (QsPipeline               *self,
                                            const QsConsumeSettings  *settings,
                                            const QsGroupListener    *listener,
                                            gpointer                  user_data,
                                            GError                  **error);

/* Adds the topics that are read, or those that are produced to. */
void         qs_pipeline_add_inputs (QsPipeline     *self,
                                     GPtrArray      *topics);
void         qs_pipeline_add_outputs (QsPipeline    *self,
                                     GPtrArray      *topics);

/* Passes @received through its dataframes. FALSE: one failed with an error that was
 * not ignored. @producer: nullable if there are no outputs. */
gboolean     qs_pipeline_process    (QsPipeline     *self,
                                     const QsReceived *received,
                                     QsProducer     *producer,
                                     QsIgnored      *ignored,
                                     GError        **error);

/* How many values have come out of the dataframes, ever. */
guint64      qs_pipeline_get_n_results (QsPipeline  *self);

/* Whether a record is on its way: what was called back calls here. */
gboolean     qs_pipeline_is_busy    (QsPipeline     *self);

/* Whether all that was done is safe, so that offsets can be committed. */
QsFlushResult qs_pipeline_flush     (QsPipeline     *self,
                                     GError        **error);

/* Whether the next record has to wait. */
gboolean     qs_pipeline_is_full    (QsPipeline     *self);

/* Brings out what the dataframes hold back, as nothing comes for now. */
void         qs_pipeline_settle     (QsPipeline     *self);

G_END_DECLS

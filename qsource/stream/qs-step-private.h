/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-dataframe-callbacks.h"
#include "qs-producer.h"
#include "qs-record.h"

G_BEGIN_DECLS

/*
 * What a dataframe does with a record, one thing each.
 *
 * Context: the dataframe's.   Locks: none.
 */

/* A record on its way through the steps. */
typedef struct
{
  QsRecord   *record;        /* not owned; as it was read */
  GVariant   *value;         /* owned; as the steps have made it; NULL for a tombstone */
  QsProducer *producer;      /* not owned; NULL where no step needs one */
  QsMessage  *undelivered;   /* owned; what a step that failed could not produce; nullable */
} QsPassage;

typedef enum
{
  QS_STEP_NEXT,      /* on to the next step */
  QS_STEP_END,       /* the record is dealt with */
  QS_STEP_FAILED,    /* with an error */
  QS_STEP_NOTHING,   /* the callback returned nothing, and no error */
} QsStepResult;

typedef struct _QsStep QsStep;

struct _QsStep
{
  const char   *name;   /* static; for errors */
  QsStepResult (*run)    (QsStep     *step,
                          QsPassage  *passage,
                          GError    **error);
  void         (*settle) (QsStep     *step);   /* nullable; see qs_dataframe_settle() */
  void         (*free)   (QsStep     *step);
};

QsStep *qs_apply_step_new    (QsApplyFunc     func,
                              gpointer        user_data,
                              GDestroyNotify  destroy);
QsStep *qs_filter_step_new   (QsFilterFunc    func,
                              gpointer        user_data,
                              GDestroyNotify  destroy);
/* @name: what errors call it; static */
QsStep *qs_update_step_new   (const char     *name,
                              QsUpdateFunc    func,
                              gpointer        user_data,
                              GDestroyNotify  destroy);
QsStep *qs_to_topic_step_new (QsTopic        *topic);
QsStep *qs_print_step_new    (gboolean        metadata);

G_END_DECLS

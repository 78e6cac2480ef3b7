/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-dataframe-callbacks.h"
#include "qs-producer.h"
#include "qs-record.h"

G_BEGIN_DECLS

/*
 * One step of a dataframe.
 *
 * Context: the dataframe's.   Locks: none.
 */

typedef struct _QsFlow QsFlow;
typedef struct _QsStep QsStep;

/* A record on its way along one branch. */
typedef struct
{
  QsRecord *record;       /* not owned */
  GVariant *value;        /* not owned; as the steps have made it; NULL for a tombstone */
  guint     n_steps;      /* that it has passed */

  /* Replacements of them by the last step. Owned, nullable. */
  QsRecord *new_record;
  GVariant *new_value;
} QsPassage;

/* Asked about @error: TRUE = the branch ends here, and the others go on.
 * @undelivered: the message that could not be produced, if that was the reason. */
typedef gboolean (*QsIgnoreFunc) (QsRecord      *record,
                                  QsMessage     *undelivered,
                                  const GError  *error,
                                  gpointer       user_data);

/* A value that came out at the end of a branch. */
typedef void     (*QsResultFunc) (QsRecord      *record,
                                  GVariant      *value,
                                  gpointer       user_data);

/* The way of one record along all branches. */
typedef struct
{
  QsProducer   *producer;      /* not owned; NULL where no step needs one */
  QsIgnoreFunc  ignore;        /* NULL: no error is ignored */
  QsResultFunc  result;        /* nullable */
  gpointer      user_data;     /* of both */
  QsRecord     *record;        /* not owned; as it was read */
  GType         type;          /* of the dataframes, see qs_callback_guard() */
  gboolean      is_unreadable; /* the record can't be deserialized: that is the error */
  gboolean      is_refused;    /* the error isn't ignored, as was asked already */
  guint         n_results;     /* values that came out so far */
  QsMessage    *undelivered;   /* owned; what the step that fails could not produce; nullable */
} QsJourney;

typedef enum
{
  QS_STEP_NEXT,      /* on to the next step */
  QS_STEP_EXPAND,    /* each item of the new value goes on by itself */
  QS_STEP_END,       /* the record is dealt with */
  QS_STEP_FAILED,    /* with an error */
  QS_STEP_NOTHING,   /* the callback returned nothing, and no error */
} QsStepResult;

/* Whether what a step has done with records can't be lost any more. */
typedef enum
{
  QS_FLUSH_DONE,
  QS_FLUSH_LATER,    /* ask again */
  QS_FLUSH_FAILED,   /* with an error: it is lost */
} QsFlushResult;

struct _QsStep
{
  const char   *name;     /* static; for errors */
  gboolean      handles;  /* a binding does all by itself, also what comes out at the end */
  gboolean      is_idle;  /* it does nothing with records */
  gboolean      shows;    /* it only shows records, and does so with bytes, too */
  QsFlow       *target;   /* where records go on if not in the same flow; not owned, nullable */
  QsTopic      *topic;    /* owned; what it produces to; nullable */
  QsStepResult (*run)    (QsStep     *step,
                          QsPassage  *passage,
                          QsJourney  *journey,
                          GError    **error);
  void         (*settle) (QsStep     *step);   /* nullable; see qs_dataframe_settle() */

  /* Nullable: it is done with each record when run() has returned. Called before
   * offsets are committed. */
  QsFlushResult (*flush) (QsStep     *step,
                          GError    **error);

  /* Nullable. Whether the next record has to wait. */
  gboolean     (*is_full) (QsStep    *step);

  void         (*free)   (QsStep     *step);
};

void    qs_step_free         (QsStep         *step);

/* @name: what errors call it; static */
QsStep *qs_apply_step_new    (const char     *name,
                              QsApplyFunc     func,
                              gpointer        user_data,
                              GDestroyNotify  destroy);
/* @func: NULL: the value is expanded as it is */
QsStep *qs_expand_step_new   (QsApplyFunc     func,
                              gpointer        user_data,
                              GDestroyNotify  destroy);
QsStep *qs_filter_step_new   (QsFilterFunc    func,
                              gpointer        user_data,
                              GDestroyNotify  destroy);
/* Passes records on as they are. */
QsStep *qs_link_step_new     (void);
/* @name: what errors call it; static */
QsStep *qs_update_step_new   (const char     *name,
                              QsUpdateFunc    func,
                              gpointer        user_data,
                              GDestroyNotify  destroy);
/* @key_func: NULL: the record's own key */
QsStep *qs_to_topic_step_new (QsTopic        *topic,
                              QsApplyFunc     key_func,
                              gpointer        user_data,
                              GDestroyNotify  destroy);
QsStep *qs_print_step_new    (gboolean        metadata);
QsStep *qs_headers_step_new  (QsHeadersFunc   func,
                              gpointer        user_data,
                              GDestroyNotify  destroy);
QsStep *qs_timestamp_step_new (QsTimestampFunc func,
                              gpointer        user_data,
                              GDestroyNotify  destroy);
QsStep *qs_handle_step_new   (QsHandleFunc    func,
                              gpointer        user_data,
                              GDestroyNotify  destroy);
QsStep *qs_flush_step_new    (QsFlushFunc     func,
                              gpointer        user_data,
                              GDestroyNotify  destroy);
/* Does nothing but to name a topic. */
QsStep *qs_output_step_new   (QsTopic        *topic);
/* Does nothing but to wait for the console. */
QsStep *qs_console_step_new  (void);

G_END_DECLS

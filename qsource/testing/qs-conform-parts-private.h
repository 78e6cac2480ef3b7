/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-comparison-private.h"
#include "qs-conform-callbacks.h"
#include "qs-harness.h"
#include "qs-report-private.h"

G_BEGIN_DECLS

/* Seconds that each answer of an embedded broker takes in some rules, as one over a network does:
 * otherwise all is committed sooner than it can be disturbed. */
#define QS_CONFORM_RTT 0.01

/*
 * The parts of the rules of a QsConform.
 *
 * Context: its thread.   Locks: none.
 */

/* Checks one rule; @random is seeded for it. FALSE with an error: that of qs_conform_leave_out() if
 * the rule cannot be tested with this source. */
typedef gboolean (*QsConformCheck) (QsConform  *self,
                                    GRand      *random,
                                    GError    **error);

typedef struct
{
  const char    *name;
  const char    *needs; /* a rule whose failure hides this one, and which must be tested; nullable */
  QsConformCheck check;
  const char    *also[3]; /* other such rules, which need not be tested; ended by NULL */
} QsConformRule;

/* Ended by one without a name. */
extern const QsConformRule qs_conform_rules[];

/* The records of an undisturbed run. */
typedef struct
{
  QsComparison *comparison;
  GVariant     *state;    /* its state at the end, if it ended by itself; nullable */
  char         *varying_key; /* of the state, if two such runs end with different ones; nullable */
  double        seconds;  /* that it took */
  guint         n_records;
  gboolean      is_whole; /* it ended by itself */
  gboolean      is_busy;  /* it neither ended nor waited: it always has something to produce */
} QsReference;

void         qs_reference_free       (QsReference    *self);

/* Amounts that a worker used while it produced. */
typedef struct _QsConformTrace QsConformTrace;

void         qs_conform_trace_free   (QsConformTrace *self);

/* Facts about the source that rules must know before they make a harness. */
typedef struct
{
  gboolean              is_known;
  gboolean              is_stateful;
  gboolean              is_at_most_once; /* it promises no more */
  int                   n_partitions;
  QsIsolation           isolation;
  QsProcessingGuarantee guarantee;
} QsConformSubject;

/* A rule with what was set for it. */
typedef struct
{
  char                *name;
  const QsConformRule *own;  /* nullable: one of the user's */
  QsRuleFunc           func; /* of the user's; nullable */
  gpointer             user_data;
  GDestroyNotify       destroy;
  char                *skip_reason; /* nullable */
} QsConformEntry;

struct _QsConform
{
  GObject parent_instance;

  QsHarnessFactory factory;
  gpointer         user_data; /* of factory */
  GDestroyNotify   destroy;   /* of user_data; nullable */

  GPtrArray   *rules;     /* of QsConformEntry, in their order; empty until they are needed */
  QsEmbeddedBroker *broker; /* of the last harness; owned, nullable */
  GThreadPool *endings;   /* end such brokers, which takes a second; owned, nullable */
  QsReport    *report;    /* owned */
  QsReference *reference; /* owned; nullable */
  QsConformTrace *trace;  /* owned; nullable */
  GWeakRef     harness;   /* the last one; the factory or its language can keep it alive */
  QsConformSubject subject;
  GVariant    *state;     /* of the source at its end, after kills; owned, nullable */
  double       timeout;   /* in seconds */
  guint        seed;
  guint        n_kills;
  guint        n_records;
};

/* Calls the factory; transfer full. A factory can replace what other sources read, so only one
 * harness has a source that runs: the last one is ended first. */
QsHarness   *qs_conform_make         (QsConform      *self,
                                      GError        **error);

/* Ends the source of the last harness. */
void         qs_conform_end_last     (QsConform      *self);

/* Gets the facts about the source; makes a harness if none was made. transfer none */
const QsConformSubject *qs_conform_get_subject (QsConform *self,
                                      GError        **error);

/* Runs the source undisturbed, the first time; transfer none. */
QsReference *qs_conform_get_reference (QsConform     *self,
                                      GError        **error);

/* Sets @error to why a rule is not tested. FALSE. */
gboolean     qs_conform_leave_out    (GError        **error,
                                      const char     *format,
                                      ...) G_GNUC_PRINTF (2, 3);

/* Whether @error is one of those. */
gboolean     qs_conform_is_left_out  (const GError   *error);

/* Whether records can be compared: the source goes on where its state is. Otherwise an error of
 * qs_conform_leave_out(). */
gboolean     qs_conform_check_stateful (QsConform    *self,
                                      GError        **error);

/* Whether the source can end in any moment, and must go on then. Otherwise an error of
 * qs_conform_leave_out(). */
gboolean     qs_conform_check_killable (QsConform    *self,
                                      GError        **error);

/* The key of a value that two states (a{sv}) don't share; NULL: none. transfer full */
char        *qs_conform_find_difference (GVariant    *state,
                                      GVariant       *other);

/* Steps of rules. A deadline begins anew with each record. */

/* Starts the source, but doesn't wait for it. */
gboolean     qs_conform_begin        (QsHarness      *harness,
                                      GError        **error);

/* Waits until there are @n records, or the source has ended well, or, if @is_quiet isn't NULL,
 * no record has come for a while, which sets it. */
gboolean     qs_conform_wait         (QsConform      *self,
                                      QsHarness      *harness,
                                      guint           n,
                                      gboolean       *is_quiet,
                                      GError        **error);

/* Lets @seconds pass, or less if the source ends. */
gboolean     qs_conform_pass         (QsHarness      *harness,
                                      double          seconds,
                                      GError        **error);

/* Waits until all records of the reference have come, but for the first @skip that there are; the
 * source may have gone back @n_returns times. */
gboolean     qs_conform_wait_complete (QsConform     *self,
                                      QsHarness      *harness,
                                      guint           skip,
                                      guint           n_returns,
                                      GError        **error);

/* Likewise, but for none and without going back; then sees that nothing comes again, and stops
 * the source. */
gboolean     qs_conform_finish       (QsConform      *self,
                                      QsHarness      *harness,
                                      GError        **error);

/* Stops the source in order. */
gboolean     qs_conform_stop         (QsHarness      *harness,
                                      const char     *when,
                                      GError        **error);

/* The rules that have a file of their own. */
gboolean     qs_conform_check_descriptors (QsConform *self,
                                      GRand          *random,
                                      GError        **error);
gboolean     qs_conform_check_memory (QsConform      *self,
                                      GRand          *random,
                                      GError        **error);
gboolean     qs_conform_check_share  (QsConform      *self,
                                      GRand          *random,
                                      GError        **error);
gboolean     qs_conform_check_takeover (QsConform    *self,
                                      GRand          *random,
                                      GError        **error);
gboolean     qs_conform_check_kill   (QsConform      *self,
                                      GRand          *random,
                                      GError        **error);
gboolean     qs_conform_check_kill_points (QsConform *self,
                                      GRand          *random,
                                      GError        **error);
gboolean     qs_conform_check_state  (QsConform      *self,
                                      GRand          *random,
                                      GError        **error);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qsc-config.h"
#include "qsc.h"

G_BEGIN_DECLS

/*
 * The plan of a run: an application and its sources, made from the words of a call or from
 * a file.
 */
typedef struct
{
  char         *type;
  QsBaseSource *source;
  QsTopic      *topic; /* nullable: its default one */
} QscPlannedSource;

typedef struct
{
  QsApplication *application;
  GPtrArray     *sources; /* of QscPlannedSource */
  gboolean       prints;
  guint64        count; /* of --count: records of each source; 0 = all */
} QscPlan;

/* The file that --config names, or NULL without it; FALSE if it is no good. */
gboolean  qsc_call_load_config (QscCall    *call,
                                QscConfig **config,
                                GError    **error);

/* The settings of an application: those of @config (nullable), under those of the call; an
 * a{sv}, transfer full. */
GVariant *qsc_settings_read    (QscCall    *call,
                                QscConfig  *config,
                                GError    **error);

/* An application with them; an error names its line in @config. */
QsApplication *qsc_application_make (GVariant   *settings,
                                     QscConfig  *config,
                                     GError    **error);

QscPlan  *qsc_plan_new   (QscCall   *call,
                          GError   **error);
/* Only its application. */
QscPlan  *qsc_plan_new_empty (QscCall  *call,
                              GError  **error);

/* Gives the application its sources. */
gboolean  qsc_plan_add_sources (QscPlan  *self,
                                GError  **error);

/* Whether a broker was named: there is nothing to be asked in an embedded one. */
gboolean  qsc_plan_check_broker (QscPlan  *self,
                                 QscCall  *call,
                                 GError  **error);

/* Fails where a source lacks a property that it can't do without. */
gboolean  qsc_plan_check_needs  (QscPlan  *self,
                                 QscCall  *call,
                                 GError  **error);

/* Checks the inputs of the sources, as qs_application_diagnose() does: an aa{sv}, transfer
 * full. */
GVariant *qsc_plan_check_inputs (QscPlan  *self);

/* A line for each, and one for what to do. Whether none has failed. */
gboolean  qsc_checks_print (GVariant  *checks);

/* Prints the result of qs_application_check_topics() as a table. Whether all is well. */
gboolean  qsc_topics_print (GVariant   *topics);

/* The source that the words of a call name; transfer full. */
QsBaseSource *qsc_call_make_source (QscCall  *call,
                                    GError  **error);

void      qsc_plan_free  (QscPlan   *self);

/* Says what would be done, and asks the brokers whether it could; a status. */
int       qsc_plan_print (QscPlan   *self);

/* @given, the settings of an application, and what the command sets where the user left it
 * open; floating. @prints: whether what is produced is printed. */
GVariant *qsc_plan_add_defaults (QscCall   *call,
                                 GVariant  *given,
                                 gboolean  *prints);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QscPlan, qsc_plan_free)

G_END_DECLS

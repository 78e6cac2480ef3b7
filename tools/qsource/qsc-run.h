/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qsc.h"

G_BEGIN_DECLS

/*
 * What is to be run: an application and its sources, made from the words of a call or
 * from a file.
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
} QscPlan;

QscPlan  *qsc_plan_new   (QscCall   *call,
                          GError   **error);
void      qsc_plan_free  (QscPlan   *self);

/* Says what would be done. */
void      qsc_plan_print (QscPlan   *self);

/* @given, the settings of an application, and what the command sets where the user left it
 * open; floating. @prints: whether what is produced is printed. */
GVariant *qsc_plan_add_defaults (QscCall   *call,
                                 GVariant  *given,
                                 gboolean  *prints);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QscPlan, qsc_plan_free)

G_END_DECLS

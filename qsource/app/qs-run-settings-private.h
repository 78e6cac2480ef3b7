/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-consume-loop-private.h"
#include "qs-settings-private.h"
#include "qs-source-manager-private.h"

G_BEGIN_DECLS

/*
 * How one run goes: what the settings of its application were when it began,
 * checked, and what of the application takes part in it.
 *
 * Context: the application's thread.   Locks: none.
 */
typedef struct
{
  /* Owned with all that they point to. */
  QsWorkerSettings   workers;
  QsConsumeSettings  consume;
  gboolean           drain;
  gboolean           create_topics;
  double             timeout;         /* seconds from start to stop, -1 = without end */

  /* Filled in by the application, which owns them. */
  QsSourceManager   *manager;
  QsPipeline        *pipeline;        /* the dataframes */
  QsConsumeLoop     *loop;            /* is used only if there are dataframes */
} QsRunSettings;

/* @servers: where to connect to, which is more than what the user has set. */
QsRunSettings *qs_run_settings_new   (const QsSettings *settings,
                                      const char       *servers,
                                      GError          **error);
void           qs_run_settings_free  (QsRunSettings    *self);

/* To be called when a run begins: chooses where sources run, unless the user has,
 * and logs how it all goes. */
void           qs_run_settings_begin (QsRunSettings    *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsRunSettings, qs_run_settings_free)

G_END_DECLS

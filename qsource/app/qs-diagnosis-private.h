/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-run-private.h"

G_BEGIN_DECLS

/*
 * What could keep an application from running, looked at one by one.
 *
 * Context: any; it blocks.   Locks: none.
 */

/* What needs no broker; @builder: of an aa{sv}, see qs_application_diagnose(). */
void qs_diagnosis_add_local  (GVariantBuilder *builder,
                              const char      *state_dir,
                              guint            n_sources,
                              gboolean         in_threads,
                              guint            n_standby);

/* What is asked of the brokers. */
void qs_diagnosis_add_remote (GVariantBuilder *builder,
                              QsRunSettings   *run);

/* That @check has failed with @error. */
void qs_diagnosis_add_error  (GVariantBuilder *builder,
                              const char      *check,
                              const GError    *error,
                              const char      *advice);

G_END_DECLS

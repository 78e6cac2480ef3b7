/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-run-private.h"

G_BEGIN_DECLS

/*
 * Checks for everything that could keep an application from running.
 *
 * Context: any; it blocks.   Locks: none.
 */

/* Makes the checks that need no broker; @builder: of an aa{sv}, see qs_application_diagnose(). */
void qs_diagnosis_add_local  (GVariantBuilder *builder,
                              const char      *state_dir,
                              guint            n_sources,
                              gboolean         in_threads,
                              guint            n_standby);

/* Makes the checks that need the brokers. */
void qs_diagnosis_add_remote (GVariantBuilder *builder,
                              QsRunSettings   *run);

/* Adds the failure of @check with @error. */
void qs_diagnosis_add_error  (GVariantBuilder *builder,
                              const char      *check,
                              const GError    *error,
                              const char      *advice);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <qsource.h>

/* Records of a run. */
#define FAULTY_LAST 20

/* Sends 1, 2, ..., FAULTY_LAST, and keeps which was the last; what it does wrong is a property. */
#define FAULTY_TYPE_COUNTER (faulty_counter_get_type ())
G_DECLARE_FINAL_TYPE (FaultyCounter, faulty_counter, FAULTY, COUNTER, QsStatefulSource)

/* Sends 1, with a property that nobody has described. */
#define FAULTY_TYPE_OBSCURE (faulty_obscure_get_type ())
G_DECLARE_FINAL_TYPE (FaultyObscure, faulty_obscure, FAULTY, OBSCURE, QsSource)

/* Serves them, and calls g_test_init(). */
void       faulty_set_up        (int        *argc,
                                 char     ***argv);
void       faulty_tear_down     (void);

/* A QsHarnessFactory, for the counter; @user_data: its fault. */
QsHarness *faulty_make_harness  (gpointer    user_data,
                                 GError    **error);

/* The rules that failed, each with a space; logs why. transfer full */
char      *faulty_list_failures (QsReport   *report);

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-types.h"

G_BEGIN_DECLS

/**
 * QsProgramFlushFunc:
 * @user_data: the data that was passed with the function
 *
 * Writes standard output that a language has buffered; see [func@program_set_flush_func].
 */
typedef void (*QsProgramFlushFunc) (gpointer user_data);

/**
 * QsProgramExitFunc:
 * @status: the status to exit with
 * @user_data: the data that was passed with the function
 *
 * Ends the program as programs of its language end; see [func@program_set_exit_func].
 */
typedef void (*QsProgramExitFunc) (int      status,
                                   gpointer user_data);

/**
 * QsProgramInterruptFunc:
 * @thread_id: the thread, as returned by pthread_self()
 * @user_data: the data that was passed with the function
 *
 * Interrupts a thread of the language; see [func@program_set_interrupt_func].
 */
typedef void (*QsProgramInterruptFunc) (guint64  thread_id,
                                        gpointer user_data);

QS_AVAILABLE_IN_ALL
gboolean qs_is_worker            (void);

QS_AVAILABLE_IN_ALL
void  qs_program_set_argv        (const char *const   *argv,
                                  const char          *reason);
QS_AVAILABLE_IN_ALL
void  qs_program_set_flush_func  (QsProgramFlushFunc   func,
                                  gpointer             user_data,
                                  GDestroyNotify       destroy);

QS_AVAILABLE_IN_ALL
void  qs_program_set_exit_func   (QsProgramExitFunc    func,
                                  gpointer             user_data,
                                  GDestroyNotify       destroy);

QS_AVAILABLE_IN_ALL
void  qs_program_set_exit_deferred (gboolean           is_deferred);

QS_AVAILABLE_IN_ALL
int   qs_program_get_exit_status (void);

QS_AVAILABLE_IN_ALL
void  qs_program_set_interrupt_func (QsProgramInterruptFunc func,
                                     gpointer               user_data,
                                     GDestroyNotify         destroy);

G_END_DECLS

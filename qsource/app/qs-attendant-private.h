/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-types.h"

G_BEGIN_DECLS

/*
 * An attendant takes part in each run of an application in its parent process, but is not
 * needed for it: layers above this one, which it cannot see, register themselves.
 */
typedef struct
{
  /* Called when a run begins. What it returns is given to end(); NULL: it has nothing to do.
   * An error ends the run. */
  gpointer (*begin) (QsApplication *application,
                     GError       **error);
  void     (*end)   (gpointer       attendant);
} QsAttendantFuncs;

/* The attendants of one run. */
typedef struct _QsAttendance QsAttendance;

/* Context: the loading of the library.   Locks: none. */
void          qs_attendant_register (const QsAttendantFuncs *funcs);

/* NULL if one of them can't do what the user wants.
 *
 * Context: the application's thread.   Locks: none. */
QsAttendance *qs_attendance_begin   (QsApplication          *application,
                                     GError                **error);
void          qs_attendance_end     (QsAttendance           *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsAttendance, qs_attendance_end)

G_END_DECLS

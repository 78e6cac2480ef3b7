/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-attendant-private.h"

#define MAX_ATTENDANTS 4

/* Only written while the library is loaded. */
static const QsAttendantFuncs *registered[MAX_ATTENDANTS];
static guint                   n_registered;

struct _QsAttendance
{
  gpointer attendants[MAX_ATTENDANTS];
};

void
qs_attendant_register (const QsAttendantFuncs *funcs)
{
  g_assert (n_registered < MAX_ATTENDANTS);

  registered[n_registered++] = funcs;
}

QsAttendance *
qs_attendance_begin (QsApplication *application, GError **error)
{
  g_autoptr (QsAttendance) self = g_new0 (QsAttendance, 1);

  for (guint i = 0; i < n_registered; i++)
    {
      GError *local_error = NULL;

      self->attendants[i] = registered[i]->begin (application, &local_error);
      if (local_error != NULL)
        {
          g_propagate_error (error, local_error);
          return NULL;
        }
    }

  return g_steal_pointer (&self);
}

void
qs_attendance_end (QsAttendance *self)
{
  for (guint i = 0; i < n_registered; i++)
    if (self->attendants[i] != NULL)
      registered[i]->end (self->attendants[i]);

  g_free (self);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An attendant: whoever sets QsApplication:monitor-address can watch the run over HTTP. */

#include "qs-attendant-private.h"
#include "qs-application.h"
#include "qs-monitor-server-private.h"

static gpointer
begin (QsApplication *application, GError **error)
{
  g_autofree char *address = NULL;

  g_object_get (application, "monitor-address", &address, NULL);

  return address != NULL && *address != '\0' ? qs_monitor_server_new (application, address, error)
                                             : NULL;
}

static void
end (gpointer attendant)
{
  qs_monitor_server_free (attendant);
}

static const QsAttendantFuncs funcs = { begin, end };

__attribute__ ((constructor)) static void
register_attendant (void)
{
  qs_attendant_register (&funcs);
}

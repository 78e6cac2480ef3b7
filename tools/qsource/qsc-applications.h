/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

#include "qsc.h"

G_BEGIN_DECLS

/*
 * The applications that run on this machine and that this user may control, as their
 * control sockets report.
 */
typedef struct
{
  char            *path;       /* of its socket */
  GDBusConnection *connection; /* NULL: it doesn't answer */
  GVariant        *status;     /* as reported last; nullable */
  GError          *error;      /* why it doesn't answer; nullable */
} QscApplication;

/* How long all of them together may take to answer, in milliseconds. */
#define QSC_PATIENCE 3000

/* All of them, or those whose name or process is @name; (element-type QscApplication). */
GPtrArray  *qsc_applications_find    (const char      *name,
                                      guint            patience);

/* Asks each again how it does; those that are gone are removed. */
void        qsc_applications_refresh (GPtrArray       *applications,
                                      guint            patience);

/* The consumer-group, or another identification. */
const char *qsc_application_get_name (QscApplication  *self);

/* The names of its sources; transfer full. */
char      **qsc_application_list_sources (QscApplication *self);

/* Calls @method with the name of a source. */
gboolean    qsc_application_call     (QscApplication  *self,
                                      const char      *method,
                                      const char      *source,
                                      GError         **error);

/* Their states, as a table for people. @is_long: with their last errors. */
char       *qsc_applications_to_text (GPtrArray       *applications,
                                      gboolean         has_colour,
                                      int              columns);

/* As a list for programs; floating. */
GVariant   *qsc_applications_to_json (GPtrArray       *applications);

/* Whether any of them doesn't answer, or has a source that failed. */
gboolean    qsc_applications_are_ill (GPtrArray       *applications);

/* Whether stdout is a terminal that wants colour. */
gboolean    qsc_has_colour           (void);

G_END_DECLS

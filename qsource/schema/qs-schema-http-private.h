/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * What a schema registry is asked by; built without libsoup, each request fails.
 *
 * Context: any.   Locks: none.
 */

typedef struct
{
  const char *user;     /* nullable */
  const char *password; /* nullable */
  const char *ca_file;  /* nullable */
  double      timeout;  /* seconds */
} QsSchemaHttpConfig;

/* Sends @body (nullable) with @method to @url. Returns what is answered, and its status;
 * NULL: nobody answered. transfer full */
GBytes *qs_schema_http_send (const QsSchemaHttpConfig  *config,
                             const char                *method,
                             const char                *url,
                             const char                *body,
                             guint                     *status,
                             GError                   **error);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * Sends requests to a schema registry; without libsoup, each of them fails.
 *
 * Context: any.   Locks: none.
 */

typedef struct
{
  const char *user;     /* nullable */
  const char *password; /* nullable */
  const char *token;    /* nullable; not together with a user */
  const char *ca_file;  /* nullable */
  const char *certificate_file; /* nullable */
  const char *key_file; /* nullable: the certificate's file has the key, too */
  gint64      deadline; /* of the monotonic clock */
} QsSchemaHttpConfig;

typedef struct
{
  guint  status;
  gint64 retry_after; /* seconds; -1: not given */
} QsSchemaHttpAnswer;

/* Sends @body (nullable) with @method to @url. Returns what is answered, and fills in
 * @answer; NULL: nobody answered. The calling thread's current cancellable ends it with
 * G_IO_ERROR_CANCELLED. transfer full */
GBytes *qs_schema_http_send (const QsSchemaHttpConfig  *config,
                             const char                *method,
                             const char                *url,
                             const char                *body,
                             QsSchemaHttpAnswer        *answer,
                             GError                   **error);

G_END_DECLS

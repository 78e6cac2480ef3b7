/* SPDX-License-Identifier: LGPL-2.1-or-later */

#define _GNU_SOURCE

#include "qs-avro-schema-private.h"
#include "qs-schema-http-private.h"
#include "qs-schema-registry-private.h"
#include "qs-serialization-error.h"

#include <string.h>

/* Whatever a schema registry answers, how often it refers to more, and with which status: no
 * crash, an end, and either what was asked for or an error of its domain. */

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* What is answered: a byte for the status and a text, again and again, up to an empty line. */
static const guint8 *answers = NULL;
static gsize         n_bytes = 0;
static gsize         position = 0;

GBytes *__wrap_qs_schema_http_send (const QsSchemaHttpConfig *config,
                                    const char               *method,
                                    const char               *url,
                                    const char               *body,
                                    QsSchemaHttpAnswer       *answer,
                                    GError                  **error);

/* In place of HTTP: the linker's --wrap. */
GBytes *
__wrap_qs_schema_http_send (const QsSchemaHttpConfig *config,
                            const char               *method,
                            const char               *url,
                            const char               *body,
                            QsSchemaHttpAnswer       *answer,
                            GError                  **error)
{
  static const guint statuses[] = { 200, 200, 200, 201, 401, 404, 429, 503 };
  const guint8      *begin = NULL;
  const guint8      *end = NULL;

  if (position >= n_bytes)
    position = 0;
  if (n_bytes == 0)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "nobody is there");
      return NULL;
    }

  begin = answers + position;
  end = memmem (begin, n_bytes - position, "\n\n", 2);
  if (end == NULL)
    end = answers + n_bytes;
  position = (gsize) (end - answers) + 2;
  answer->status = statuses[*begin % G_N_ELEMENTS (statuses)];
  answer->retry_after = *begin > 127 ? *begin : -1;

  return g_bytes_new (begin, (gsize) (end - begin));
}

static void
check_error (const GError *error)
{
  g_assert_nonnull (error);
  g_assert_true (error->domain == QS_SERIALIZATION_ERROR);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (QsSchemaRegistry) registry = qs_schema_registry_new ("http://127.0.0.1:1");
  g_autoptr (QsSchemaText) own = qs_schema_text_new ("\"int\"", NULL, NULL);
  const QsSchemaRequest request = { "s", "AVRO", own, NULL, TRUE, FALSE };
  g_autoptr (GError) error = NULL;
  g_autoptr (QsSchemaText) text = NULL;
  g_autoptr (QsSchemaText) latest = NULL;
  g_autoptr (QsAvroSchema) schema = NULL;

  answers = data;
  n_bytes = size;
  position = 0;

  if (qs_schema_registry_find_id (registry, &request, 0, &error) < 0)
    check_error (error);
  g_clear_error (&error);

  if (qs_schema_registry_find_latest (registry, "s", 0, &latest, &error) < 0)
    check_error (error);
  g_clear_error (&error);

  text = qs_schema_registry_dup_text (registry, 1, 0, &error);
  if (text == NULL)
    {
      check_error (error);
      return 0;
    }
  schema = qs_avro_schema_new (text->text, text->parts, &error);
  if (schema == NULL)
    check_error (error);

  return 0;
}

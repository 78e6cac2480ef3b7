/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-valijson-private.h"

#include "qs-schema-door-private.h"

/* The functions of qs-valijson.cc, which the first function loads. The others take the result of
 * the first one, so it is loaded by then. */

static struct
{
  __typeof__ (qs_valijson_new)   *create;
  __typeof__ (qs_valijson_free)  *destroy;
  __typeof__ (qs_valijson_check) *check;
} door;

static const char *const functions[] = {
  "qs_valijson_new",
  "qs_valijson_free",
  "qs_valijson_check",
  NULL,
};

G_STATIC_ASSERT (sizeof door == (G_N_ELEMENTS (functions) - 1) * sizeof (gpointer));

gboolean
qs_valijson_open (GError **error)
{
  return qs_schema_door_open (
      "jsonschema", "-Djsonschema=enabled", functions, (gpointer *) &door, error);
}

QsValijson *
qs_valijson_new (const char *schema, GPtrArray *names, GPtrArray *parts, char **problem)
{
  return door.create (schema, names, parts, problem);
}

void
qs_valijson_free (QsValijson *self)
{
  door.destroy (self);
}

char *
qs_valijson_check (QsValijson *self, const char *text, gsize length)
{
  return door.check (self, text, length);
}

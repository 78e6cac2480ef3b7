/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-schema-text-private.h"

static GPtrArray *
or_empty (GPtrArray *texts)
{
  return texts != NULL ? texts : g_ptr_array_new_with_free_func (g_free);
}

QsSchemaText *
qs_schema_text_new (const char *text, GPtrArray *names, GPtrArray *parts)
{
  QsSchemaText *self = g_new0 (QsSchemaText, 1);
  GString      *key = g_string_new (text);

  g_atomic_ref_count_init (&self->n_refs);
  self->text = g_strdup (text);
  self->names = or_empty (names);
  self->parts = or_empty (parts);
  for (guint i = 0; i < self->names->len; i++)
    g_string_append_printf (key,
                            "\n%s\n%s",
                            (const char *) self->names->pdata[i],
                            (const char *) self->parts->pdata[i]);
  self->key = g_string_free (key, FALSE);

  return self;
}

QsSchemaText *
qs_schema_text_ref (QsSchemaText *self)
{
  g_atomic_ref_count_inc (&self->n_refs);

  return self;
}

void
qs_schema_text_unref (QsSchemaText *self)
{
  if (!g_atomic_ref_count_dec (&self->n_refs))
    return;

  g_free (self->text);
  g_ptr_array_unref (self->names);
  g_ptr_array_unref (self->parts);
  g_free (self->key);
  g_free (self);
}

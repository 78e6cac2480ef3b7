/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-rows-private.h"

#include "qs-record-private.h"

struct _QsRows
{
  GPtrArray *committed; /* of QsRecord; owned */
  GPtrArray *waiting;   /* of QsRecord; owned */
  guint      n_noted;   /* of those that wait */
};

QsRows *
qs_rows_new (void)
{
  QsRows *self = g_atomic_rc_box_new0 (QsRows);

  self->committed = g_ptr_array_new_with_free_func (g_object_unref);
  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);

  return self;
}

QsRows *
qs_rows_ref (QsRows *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear_rows (gpointer data)
{
  QsRows *self = data;

  g_ptr_array_unref (self->committed);
  g_ptr_array_unref (self->waiting);
}

void
qs_rows_unref (QsRows *self)
{
  g_atomic_rc_box_release_full (self, clear_rows);
}

void
qs_rows_add (QsRows *self, QsRecord *record, GVariant *value)
{
  QsHeaders *headers = qs_record_get_headers (record);
  gint64     timestamp = qs_record_get_timestamp (record);

  g_ptr_array_add (self->waiting, qs_record_new_changed (record, value, headers, timestamp));
}

void
qs_rows_note (QsRows *self)
{
  self->n_noted = self->waiting->len;
}

void
qs_rows_commit (QsRows *self)
{
  for (guint i = 0; i < self->n_noted; i++)
    g_ptr_array_add (self->committed, g_object_ref (self->waiting->pdata[i]));
  qs_rows_clear (self);
}

void
qs_rows_clear (QsRows *self)
{
  g_ptr_array_set_size (self->waiting, 0);
  self->n_noted = 0;
}

GPtrArray *
qs_rows_dup (QsRows *self)
{
  GPtrArray *rows = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < self->committed->len; i++)
    g_ptr_array_add (rows, g_object_ref (self->committed->pdata[i]));

  return rows;
}

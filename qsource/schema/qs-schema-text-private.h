/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The text of a schema, with those of the schemas that it refers to. Never changes.
 *
 * Context: any.   Locks: none.
 */

typedef struct
{
  gatomicrefcount n_refs;
  char           *text;
  GPtrArray      *names; /* what each other one is called where it is referred to */
  GPtrArray      *parts; /* and its text; those come first to which others refer */
  char           *key;   /* of all of it, for tables */
} QsSchemaText;

/* @names and @parts: char *, nullable, taken. */
QsSchemaText *qs_schema_text_new   (const char    *text,
                                    GPtrArray     *names,
                                    GPtrArray     *parts);
QsSchemaText *qs_schema_text_ref   (QsSchemaText  *self);
void          qs_schema_text_unref (QsSchemaText  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsSchemaText, qs_schema_text_unref)

G_END_DECLS

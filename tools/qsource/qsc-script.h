/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qsc.h"

G_BEGIN_DECLS

/*
 * Sources in files of languages that are interpreted: FILE.py, FILE.js, FILE.lua, each also as
 * FILE:CLASS. An interpreter loads the file, once to describe a class or a source of it,
 * and as the worker of each source.
 */

gboolean      qsc_script_is       (const char  *word);

/* Gets the result of qs_source_dup_description() for its class there; transfer full. */
GVariant     *qsc_script_describe (const char  *word,
                                   GError     **error);

/* A source that stands for one of it, by the name of @name (nullable: that of the class) and
 * with @properties (a{sv}), that produces to @topic (nullable: its default one). In a
 * worker only @name counts, and must be given. transfer full */
QsBaseSource *qsc_script_make     (const char  *word,
                                   const char  *name,
                                   GVariant    *properties,
                                   const char  *topic,
                                   GError     **error);

/* Removes what a question that isn't answered leaves, and ends whom it was put to; a handler of
 * signals may call it. */
void          qsc_script_abandon  (void);

G_END_DECLS

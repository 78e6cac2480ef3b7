/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qsc.h"

G_BEGIN_DECLS

/*
 * A configuration file: a GKeyFile of which each group and key has the line where it
 * stands, for errors.
 */
typedef struct
{
  char       *path;
  GKeyFile   *file;
  GHashTable *lines; /* "GROUP\nKEY", or "GROUP" → line */
} QscConfig;

QscConfig *qsc_config_load      (const char   *path,
                                 GError      **error);
void       qsc_config_free      (QscConfig    *self);

/* The names of its sources, in order; transfer full. */
char     **qsc_config_dup_sources (QscConfig  *self);

/* The words KEY=VALUE of a group, but for those of @except; transfer full. A list has a
 * word for each of its elements. */
char     **qsc_config_dup_words (QscConfig         *self,
                                 const char        *group,
                                 GVariant          *known,
                                 const char *const *except);

/* Puts "FILE:LINE: " of @key, or of @group if it is NULL, before an error. */
void       qsc_config_prefix_error (QscConfig  *self,
                                    const char *group,
                                    const char *key,
                                    GError    **error);

/* Checks each key of @group against the properties that are @known and @extra. */
gboolean   qsc_config_check     (QscConfig         *self,
                                 const char        *group,
                                 GVariant          *known,
                                 const char *const *extra,
                                 GError           **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QscConfig, qsc_config_free)

G_END_DECLS

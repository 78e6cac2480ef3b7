/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>
#include <systemd/sd-journal.h>

G_BEGIN_DECLS

/* The entry that @journal is at as an object, as `journalctl -o json` has it: a{sv},
 * floating. @fields: those that are wanted, NULL = all. @time: milliseconds since 1970. On
 * failure NULL, with @code a negative errno. */
GVariant *qs_journal_entry_read    (sd_journal         *journal,
                                    const char *const  *fields,
                                    gint64             *time,
                                    char              **cursor,
                                    int                *code);

/* Select entries; each may be called once. All return a negative errno on failure. */

/* As `journalctl -u` does it: what the unit says, and what is said of it. */
int       qs_journal_match_unit     (sd_journal  *journal,
                                     const char  *name);
int       qs_journal_match_priority (sd_journal  *journal,
                                     int          priority);
int       qs_journal_match_boot     (sd_journal  *journal);

/* Warns of each journal file in @directory that can't be read, which libsystemd leaves out
 * silently; NULL: in those of this machine. @name: of the source. */
void      qs_journal_files_check   (const char         *directory,
                                    const char         *name);

G_END_DECLS

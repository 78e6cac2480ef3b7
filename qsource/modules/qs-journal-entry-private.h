/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib-object.h>
#include <systemd/sd-journal.h>

G_BEGIN_DECLS

/*
 * Reads entries, one after the other, into memory of its own.
 *
 * Context: the thread of the journal.
 */
typedef struct _QsJournalEntry QsJournalEntry;

QsJournalEntry *qs_journal_entry_new  (void);
void            qs_journal_entry_free (QsJournalEntry *self);

/* The entry that @journal is at as JSON, as `journalctl -o json` has it, until the next one is
 * read. @fields: those that are wanted, NULL = all. @time: milliseconds since 1970. On
 * failure NULL, with @code a negative errno. */
const char     *qs_journal_entry_read (QsJournalEntry     *self,
                                       sd_journal         *journal,
                                       const char *const  *fields,
                                       gsize              *length,
                                       gint64             *time,
                                       char              **cursor,
                                       int                *code);

typedef enum
{
  QS_JOURNAL_PRIORITY_EMERG,
  QS_JOURNAL_PRIORITY_ALERT,
  QS_JOURNAL_PRIORITY_CRIT,
  QS_JOURNAL_PRIORITY_ERR,
  QS_JOURNAL_PRIORITY_WARNING,
  QS_JOURNAL_PRIORITY_NOTICE,
  QS_JOURNAL_PRIORITY_INFO,
  QS_JOURNAL_PRIORITY_DEBUG,
} QsJournalPriority;

GType     qs_journal_priority_get_type (void);

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

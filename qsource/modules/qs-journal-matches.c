/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-journal-entry-private.h"

#include <string.h>

GType
qs_journal_priority_get_type (void)
{
  static const GEnumValue values[] = {
    { QS_JOURNAL_PRIORITY_EMERG, "QS_JOURNAL_PRIORITY_EMERG", "emerg" },
    { QS_JOURNAL_PRIORITY_ALERT, "QS_JOURNAL_PRIORITY_ALERT", "alert" },
    { QS_JOURNAL_PRIORITY_CRIT, "QS_JOURNAL_PRIORITY_CRIT", "crit" },
    { QS_JOURNAL_PRIORITY_ERR, "QS_JOURNAL_PRIORITY_ERR", "err" },
    { QS_JOURNAL_PRIORITY_WARNING, "QS_JOURNAL_PRIORITY_WARNING", "warning" },
    { QS_JOURNAL_PRIORITY_NOTICE, "QS_JOURNAL_PRIORITY_NOTICE", "notice" },
    { QS_JOURNAL_PRIORITY_INFO, "QS_JOURNAL_PRIORITY_INFO", "info" },
    { QS_JOURNAL_PRIORITY_DEBUG, "QS_JOURNAL_PRIORITY_DEBUG", "debug" },
    { 0, NULL, NULL },
  };
  static gsize once = 0;

  if (g_once_init_enter (&once))
    g_once_init_leave (&once, g_enum_register_static ("QsJournalPriority", values));

  return (GType) once;
}

static int
add_match (sd_journal *journal, const char *field, const char *value)
{
  g_autofree char *match = g_strconcat (field, "=", value, NULL);

  return sd_journal_add_match (journal, match, 0);
}

int
qs_journal_match_unit (sd_journal *journal, const char *name)
{
  g_autofree char *unit =
      strchr (name, '.') != NULL ? g_strdup (name) : g_strconcat (name, ".service", NULL);
  const char *const groups[][3] = {
    { "_SYSTEMD_UNIT", NULL, NULL },
    { "COREDUMP_UNIT", "MESSAGE_ID=fc2e22bc6ee647b6b90729ab34a250b1", "_UID=0" },
    { "UNIT", "_PID=1", NULL },
    { "OBJECT_SYSTEMD_UNIT", "_UID=0", NULL },
  };
  int code = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (groups) && code >= 0; i++)
    {
      code = i > 0 ? sd_journal_add_disjunction (journal) : 0;
      if (code >= 0)
        code = add_match (journal, groups[i][0], unit);
      for (gsize j = 1; j < 3 && groups[i][j] != NULL && code >= 0; j++)
        code = sd_journal_add_match (journal, groups[i][j], 0);
    }

  return code >= 0 ? sd_journal_add_conjunction (journal) : code;
}

int
qs_journal_match_priority (sd_journal *journal, int priority)
{
  int code = 0;

  for (int i = 0; i <= priority && code >= 0; i++)
    {
      char level[2] = { (char) ('0' + i), '\0' };

      code = add_match (journal, "PRIORITY", level);
    }

  return code >= 0 ? sd_journal_add_conjunction (journal) : code;
}

int
qs_journal_match_boot (sd_journal *journal)
{
  sd_id128_t boot;
  char       text[SD_ID128_STRING_MAX];
  int        code = sd_id128_get_boot (&boot);

  if (code >= 0)
    code = add_match (journal, "_BOOT_ID", sd_id128_to_string (boot, text));

  return code >= 0 ? sd_journal_add_conjunction (journal) : code;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The verbs `state …` that compare a state with others, or with what it was. */

#include <stdio.h>

#include "qsc-state.h"

static int
print_diff (QsStateSnapshot *a, QsStateSnapshot *b)
{
  g_autoptr (GPtrArray) keys = qs_state_snapshot_diff (a, b);

  for (guint i = 0; i < keys->len; i++)
    qsc_state_print_key (keys->pdata[i]);

  return keys->len == 0 ? QSC_DONE : QSC_NOT_WELL;
}

int
qsc_verb_state_verify (QscCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsStateAdmin) admin = qsc_state_admin_new (call, &error);
  g_autoptr (QsStateSnapshot) store = NULL;
  g_autoptr (QsStateSnapshot) changelog = NULL;
  g_autofree char *entries = NULL;
  int              status = QSC_DONE;

  if (admin != NULL)
    store = qs_state_admin_read_store (admin, &error);
  if (store != NULL)
    changelog =
        qs_state_admin_read_changelog (admin, qs_state_snapshot_get_offset (store), -1, &error);
  if (changelog == NULL)
    return qsc_state_fail (call, error);

  status = print_diff (store, changelog);
  entries = qsc_state_count_entries (qs_state_snapshot_get_n_entries (store));
  fprintf (stderr,
           status == QSC_DONE
               ? "The store and its changelog agree in %s, up to offset %" G_GINT64_FORMAT "\n"
               : "The store has %s, and differs from its changelog at offset %" G_GINT64_FORMAT
                 " in the keys above; while a worker writes, check twice\n",
           entries,
           qs_state_snapshot_get_offset (store));

  return status;
}

/* A time, or a day at its beginning; NULL if @word is neither. transfer full */
static GDateTime *
parse_time (const char *word)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_local ();
  g_autofree char *midnight = g_strconcat (word, "T00:00:00", NULL);
  GDateTime       *time = g_date_time_new_from_iso8601 (word, zone);

  return time != NULL ? time : g_date_time_new_from_iso8601 (midnight, zone);
}

/* The state at @word: an offset, a time (ISO 8601), or now. */
static QsStateSnapshot *
read_at (QsStateAdmin *admin, const char *word, GError **error)
{
  gint64 number = 0;
  g_autoptr (GDateTime) time = NULL;

  if (g_str_equal (word, "now"))
    return qs_state_admin_read_changelog (admin, -1, -1, error);
  if (g_ascii_string_to_signed (word, 10, 0, G_MAXINT64, &number, NULL))
    return qs_state_admin_read_changelog (admin, number, -1, error);

  time = parse_time (word);
  if (time != NULL)
    return qs_state_admin_read_changelog (admin,
                                          -1,
                                          g_date_time_to_unix (time) * 1000 +
                                              g_date_time_get_microsecond (time) / 1000,
                                          error);

  g_set_error (error,
               QSC_ERROR,
               QSC_USAGE,
               "'%s' is neither an offset of the changelog, nor a time as 2026-01-31T12:00:00 or "
               "2026-01-31, nor 'now'",
               word);
  return NULL;
}

/* Has an entry be as @then has it; @key is there or not. */
static gboolean
set_back_entry (QsState *state, QsStateSnapshot *then, GBytes *key, GError **error)
{
  gsize         length = 0;
  const guint8 *data = g_bytes_get_data (key, &length);
  int           index = qs_state_snapshot_find (then, data, length);
  g_autoptr (GBytes) value = NULL;
  gint64 expires = 0;
  double ttl = -1;

  if (index < 0)
    return qs_state_remove_data (state, data, length, error);

  value = qs_state_snapshot_dup_value (then, (guint) index);
  expires = qs_state_snapshot_get_expires (then, (guint) index);
  if (expires != 0)
    ttl = MAX ((double) (expires - g_get_real_time () / 1000) / 1000, 0);

  return qs_state_set_data (
      state, data, length, g_bytes_get_data (value, NULL), g_bytes_get_size (value), ttl, error);
}

/* All in one transaction. */
static gboolean
set_back (QsStateAdmin *admin, QsStateSnapshot *then, guint *n_changed, GError **error)
{
  g_autoptr (QsStateSnapshot) now = NULL;
  g_autoptr (GPtrArray) keys = NULL;
  g_autoptr (QsState) state = NULL;

  /* From now on nobody else writes. */
  if (!qs_state_admin_open (admin, error))
    return FALSE;
  now = qs_state_admin_read_changelog (admin, -1, -1, error);
  state = now != NULL ? qs_state_admin_get_state (admin, error) : NULL;
  if (state == NULL)
    return FALSE;

  keys = qs_state_snapshot_diff (now, then);
  for (guint i = 0; i < keys->len; i++)
    if (!set_back_entry (state, then, keys->pdata[i], error))
      return FALSE;
  *n_changed = keys->len;

  return qs_state_admin_commit (admin, error);
}

static int
reset_to (QscCall *call, QsStateAdmin *admin, const char *word)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsStateSnapshot) then = read_at (admin, word, &error);
  g_autofree char *changed = NULL;
  guint            n_changed = 0;

  if (then == NULL || !set_back (admin, then, &n_changed, &error))
    return qsc_state_fail (call, error);

  changed = qsc_state_count_entries (n_changed);
  g_printerr (
      "The state is restored: changed %s. The source continues from there when it is started\n",
      changed);

  return QSC_DONE;
}

int
qsc_verb_state_reset (QscCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsStateAdmin) admin = NULL;
  const char *to = qsc_call_get (call, "to");

  if (call->words[0] != NULL)
    return qsc_fail (QSC_USAGE, "'state reset' takes no word, but '%s' was given", call->words[0]);
  if (!qsc_call_has (call, "yes"))
    return qsc_fail (QSC_USAGE,
                     to != NULL
                         ? "'state reset' replaces the whole state; 'state at' shows the new "
                           "state, and 'state export' saves the current one. Add --yes to confirm"
                         : "'state reset' removes the whole state, store and changelog; 'state "
                           "export' saves it. Add --yes to confirm");

  admin = qsc_state_admin_new (call, &error);
  if (admin != NULL && to != NULL)
    return reset_to (call, admin, to);
  if (admin == NULL || !qs_state_admin_reset (admin, &error))
    return qsc_state_fail (call, error);

  return QSC_DONE;
}

int
qsc_verb_state_at (QscCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsStateAdmin) admin = NULL;
  g_autoptr (QsStateSnapshot) snapshot = NULL;

  if (g_strv_length (call->words) != 1)
    return qsc_fail (QSC_USAGE, "'state at' needs a time or an offset");

  admin = qsc_state_admin_new (call, &error);
  if (admin != NULL)
    snapshot = read_at (admin, call->words[0], &error);
  if (snapshot == NULL)
    return qsc_state_fail (call, error);

  for (guint i = 0; i < qs_state_snapshot_get_n_entries (snapshot); i++)
    qsc_state_print_entry (snapshot, i);

  return QSC_DONE;
}

int
qsc_verb_state_diff (QscCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsStateAdmin) admin = NULL;
  g_autoptr (QsStateSnapshot) a = NULL;
  g_autoptr (QsStateSnapshot) b = NULL;

  if (g_strv_length (call->words) != 2)
    return qsc_fail (QSC_USAGE, "'state diff' needs two times or offsets");

  admin = qsc_state_admin_new (call, &error);
  if (admin != NULL)
    a = read_at (admin, call->words[0], &error);
  if (a != NULL)
    b = read_at (admin, call->words[1], &error);
  if (b == NULL)
    return qsc_state_fail (call, error);

  return print_diff (a, b);
}

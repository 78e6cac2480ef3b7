/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-journal-source-private.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "qs-journal-entry-private.h"

/*
 * QsJournalSource: a source of the entries of the systemd journal.
 *
 * The value of a record is an entry as `journalctl -o json` has it: its fields by their
 * names, one that is there several times as an array, bytes that are no text as an array of
 * numbers. Its timestamp is that of the entry.
 *
 * Promise: exactly once. The cursor of the last entry is kept in the state and committed
 * with the records. Where the journal was vacuumed beyond that, the source goes on with the
 * next entry that there is, and says so.
 */

#define CURSOR_KEY "journal:cursor"

/* How long to wait at most when nothing wakes us. */
#define WAIT_MS 60000

struct _QsJournalSource
{
  QsStatefulSource parent_instance;

  /* Set before the source is started, then only read. Owned. */
  char            **matches;
  char            **fields;
  char             *unit;
  char             *directory;
  QsJournalPriority priority;
  QsFileStart       from;
  gboolean          boot;
  gboolean          follow;
  double            commit_interval;

  /* Of run(). Owned. */
  sd_journal     *journal;
  QsJournalEntry *entry;
  gboolean        is_json;      /* what the topic takes, so that no value has to be made of it */
  char           *cursor;       /* of the last entry that was produced */
  gboolean        is_sought;    /* the entry at the cursor, or after it, was not met yet */
  gint64          committed_at; /* monotonic */
  gboolean        is_dirty;
};

enum
{
  PROP_MATCHES = 1,
  PROP_UNIT,
  PROP_PRIORITY,
  PROP_BOOT,
  PROP_FIELDS,
  PROP_DIRECTORY,
  PROP_FROM,
  PROP_FOLLOW,
  PROP_COMMIT_INTERVAL,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (QsJournalSource, qs_journal_source, QS_TYPE_STATEFUL_SOURCE)

static const char *
get_name (QsJournalSource *self)
{
  return qs_base_source_get_name (QS_BASE_SOURCE (self));
}

static gboolean
fail (QsJournalSource *self, int code, const char *what, GError **error)
{
  g_set_error (error,
               G_IO_ERROR,
               (int) g_io_error_from_errno (-code),
               "Cannot %s the journal%s%s: %s",
               what,
               self->directory != NULL ? " in " : "",
               self->directory != NULL ? self->directory : "",
               g_strerror (-code));
  return FALSE;
}

static gboolean
add_matches (QsJournalSource *self, GError **error)
{
  int code = 0;

  if (self->boot)
    code = qs_journal_match_boot (self->journal);
  if (code >= 0 && self->unit != NULL)
    code = qs_journal_match_unit (self->journal, self->unit);
  if (code >= 0 && self->priority != QS_JOURNAL_PRIORITY_DEBUG)
    code = qs_journal_match_priority (self->journal, (int) self->priority);
  for (guint i = 0; code >= 0 && self->matches != NULL && self->matches[i] != NULL; i++)
    {
      code = sd_journal_add_match (self->journal, self->matches[i], 0);
      if (code < 0)
        {
          g_set_error (error,
                       QS_SOURCE_ERROR,
                       QS_SOURCE_ERROR_INVALID_PROPERTY,
                       "'%s' in matches is not of the form FIELD=VALUE",
                       self->matches[i]);
          return FALSE;
        }
    }

  return code >= 0 || fail (self, code, "select entries of", error);
}

static gboolean
load_cursor (QsJournalSource *self, GError **error)
{
  g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (self), error);
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GError) local_error = NULL;

  if (state == NULL)
    return FALSE;

  value = qs_state_get (state, CURSOR_KEY, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (value != NULL && g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    self->cursor = g_variant_dup_string (value, NULL);

  return TRUE;
}

static gboolean
commit (QsJournalSource *self, GError **error)
{
  g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (self), error);

  if (state == NULL)
    return FALSE;

  self->is_dirty = FALSE;
  self->committed_at = g_get_monotonic_time ();

  return qs_state_set (state, CURSOR_KEY, g_variant_new_string (self->cursor), error) &&
         qs_source_flush (QS_SOURCE (self), -1, error);
}

/* Nothing of what is there now, but all that comes: the last entry counts as read. */
static gboolean
seek_end (QsJournalSource *self, GError **error)
{
  char *cursor = NULL;
  int   code = sd_journal_seek_tail (self->journal);

  if (code >= 0)
    code = sd_journal_previous (self->journal);
  if (code == 0)
    return TRUE;
  if (code > 0)
    code = sd_journal_get_cursor (self->journal, &cursor);
  if (code < 0)
    return fail (self, code, "find the end of", error);

  self->cursor = g_strdup (cursor);
  free (cursor);

  return commit (self, error);
}

static gboolean
seek (QsJournalSource *self, GError **error)
{
  int code = 0;

  if (self->cursor == NULL && self->from == QS_FILE_START_END)
    return seek_end (self, error);

  code = self->cursor != NULL ? sd_journal_seek_cursor (self->journal, self->cursor)
                              : sd_journal_seek_head (self->journal);
  self->is_sought = self->cursor != NULL;
  if (code >= 0)
    return TRUE;

  if (self->cursor != NULL)
    g_set_error (error,
                 QS_SOURCE_ERROR,
                 QS_SOURCE_ERROR_FAILED,
                 "Cannot continue in the journal at the cursor '%s' of the state: %s; reset the "
                 "state to read from the beginning",
                 self->cursor,
                 g_strerror (-code));
  else
    fail (self, code, "read", error);
  return FALSE;
}

static gboolean
open_journal (QsJournalSource *self, GError **error)
{
  int code = 0;

  qs_journal_files_check (self->directory, get_name (self));
  code = self->directory != NULL ? sd_journal_open_directory (&self->journal, self->directory, 0)
                                 : sd_journal_open (&self->journal, SD_JOURNAL_LOCAL_ONLY);
  if (code < 0)
    return fail (self, code, "open", error);

  /* Else long fields are cut. */
  sd_journal_set_data_threshold (self->journal, 0);
  /* From now on it reports what is added. */
  code = sd_journal_get_fd (self->journal);
  if (code < 0)
    return fail (self, code, "watch", error);

  return add_matches (self, error) && load_cursor (self, error) && seek (self, error);
}

/* Whether the entry is the one that was read last: then it isn't read again. */
static gboolean
is_known (QsJournalSource *self)
{
  if (!self->is_sought)
    return FALSE;

  self->is_sought = FALSE;
  if (sd_journal_test_cursor (self->journal, self->cursor) > 0)
    return TRUE;

  g_warning ("[%s] The entry that was read last is no longer in the journal: entries between it "
             "and the next one, if there were any, are lost",
             get_name (self));
  return FALSE;
}

static gboolean
produce_text (QsJournalSource *self, const char *text, gsize length, gint64 time, GError **error)
{
  QsSource *source = QS_SOURCE (self);
  GVariant *value = NULL;
  g_autoptr (QsMessage) message = NULL;

  if (self->is_json)
    return qs_source_produce_data (source, NULL, 0, (const guint8 *) text, length, time, error);

  value = qs_json_from_string (text, error);
  if (value != NULL)
    message = qs_source_serialize (source, NULL, value, NULL, time, error);

  return message != NULL && qs_source_produce (source, message, error);
}

static gboolean
produce_entry (QsJournalSource *self, GError **error)
{
  g_autofree char *cursor = NULL;
  gint64           time = 0;
  gsize            length = 0;
  int              code = 0;
  const char      *text = qs_journal_entry_read (self->entry,
                                            self->journal,
                                            (const char *const *) self->fields,
                                            &length,
                                            &time,
                                            &cursor,
                                            &code);

  /* Its file was removed just now. */
  if (text == NULL && (code == -EADDRNOTAVAIL || code == -ENOENT))
    return TRUE;
  if (text == NULL && code == -EBADMSG)
    {
      g_warning ("[%s] An entry of the journal is damaged and skipped", get_name (self));
      return TRUE;
    }
  if (text == NULL)
    return fail (self, code, "read an entry of", error);
  if (!produce_text (self, text, length, time, error))
    return FALSE;

  g_free (self->cursor);
  self->cursor = g_steal_pointer (&cursor);
  self->is_dirty = TRUE;
  return TRUE;
}

static gint64
get_commit_time (QsJournalSource *self)
{
  return self->committed_at + (gint64) (self->commit_interval * G_USEC_PER_SEC);
}

/* The entries that there are. */
static gboolean
read_entries (QsJournalSource *self, GError **error)
{
  int code = 0;

  while (qs_source_get_running (QS_SOURCE (self)))
    {
      code = sd_journal_next (self->journal);
      if (code < 0)
        return fail (self, code, "read", error);
      if (code == 0)
        return TRUE;
      if (!is_known (self) && !produce_entry (self, error))
        return FALSE;
      if (self->is_dirty && g_get_monotonic_time () >= get_commit_time (self) &&
          !commit (self, error))
        return FALSE;
    }

  return TRUE;
}

/* Waits until there are more, until it is time to commit, or until it is stopped. */
static gboolean
wait_for_entries (QsJournalSource *self, GError **error)
{
  GCancellable *cancellable = qs_base_source_get_cancellable (QS_BASE_SOURCE (self));
  gint64        now = g_get_monotonic_time ();
  gint64        until = self->is_dirty ? get_commit_time (self) : now + WAIT_MS * 1000;
  guint64       journal_until = G_MAXUINT64;
  GPollFD       stop = { .fd = -1 };
  struct pollfd fds[2];
  int           code = 0;

  sd_journal_get_timeout (self->journal, &journal_until);
  if (journal_until != G_MAXUINT64)
    until = MIN (until, (gint64) journal_until);
  if (!g_cancellable_make_pollfd (cancellable, &stop))
    return TRUE;

  fds[0] = (struct pollfd){ .fd = stop.fd, .events = POLLIN };
  fds[1] = (struct pollfd){ .fd = sd_journal_get_fd (self->journal),
                            .events = (short) sd_journal_get_events (self->journal) };
  poll (fds, G_N_ELEMENTS (fds), (int) CLAMP ((until - now + 999) / 1000, 0, WAIT_MS));
  g_cancellable_release_fd (cancellable);

  code = sd_journal_process (self->journal);
  return code >= 0 || fail (self, code, "watch", error);
}

static gboolean
read_journal (QsJournalSource *self, GError **error)
{
  if (!open_journal (self, error))
    return FALSE;

  while (qs_source_get_running (QS_SOURCE (self)))
    {
      if (!read_entries (self, error))
        return FALSE;
      if (!self->follow)
        break;
      if (self->is_dirty && g_get_monotonic_time () >= get_commit_time (self) &&
          !commit (self, error))
        return FALSE;
      if (!wait_for_entries (self, error))
        return FALSE;
    }

  return !self->is_dirty || commit (self, error);
}

static gboolean
qs_journal_source_run (QsSource *source, GError **error)
{
  QsJournalSource *self = QS_JOURNAL_SOURCE (source);
  QsSerializer    *serializer =
      qs_topic_get_value_serializer (qs_base_source_get_topic (QS_BASE_SOURCE (source)));
  gboolean ok = FALSE;

  self->committed_at = g_get_monotonic_time ();
  self->entry = qs_journal_entry_new ();
  self->is_json = g_strcmp0 (qs_serializer_get_name (serializer), "json") == 0;
  ok = read_journal (self, error);
  g_clear_pointer (&self->entry, qs_journal_entry_free);
  g_clear_pointer (&self->journal, sd_journal_close);
  g_clear_pointer (&self->cursor, g_free);

  return ok;
}

static void
qs_journal_source_finalize (GObject *object)
{
  QsJournalSource *self = QS_JOURNAL_SOURCE (object);

  g_strfreev (self->matches);
  g_strfreev (self->fields);
  g_free (self->unit);
  g_free (self->directory);

  G_OBJECT_CLASS (qs_journal_source_parent_class)->finalize (object);
}

static void
qs_journal_source_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QsJournalSource *self = QS_JOURNAL_SOURCE (object);

  switch (prop_id)
    {
    case PROP_MATCHES:
      g_value_set_boxed (value, self->matches);
      break;

    case PROP_UNIT:
      g_value_set_string (value, self->unit);
      break;

    case PROP_PRIORITY:
      g_value_set_enum (value, (int) self->priority);
      break;

    case PROP_BOOT:
      g_value_set_boolean (value, self->boot);
      break;

    case PROP_FIELDS:
      g_value_set_boxed (value, self->fields);
      break;

    case PROP_DIRECTORY:
      g_value_set_string (value, self->directory);
      break;

    case PROP_FROM:
      g_value_set_enum (value, self->from);
      break;

    case PROP_FOLLOW:
      g_value_set_boolean (value, self->follow);
      break;

    case PROP_COMMIT_INTERVAL:
      g_value_set_double (value, self->commit_interval);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
qs_journal_source_set_property (GObject      *object,
                                guint         prop_id,
                                const GValue *value,
                                GParamSpec   *pspec)
{
  QsJournalSource *self = QS_JOURNAL_SOURCE (object);

  switch (prop_id)
    {
    case PROP_MATCHES:
      g_strfreev (self->matches);
      self->matches = g_value_dup_boxed (value);
      break;

    case PROP_UNIT:
      g_free (self->unit);
      self->unit = g_value_dup_string (value);
      break;

    case PROP_PRIORITY:
      self->priority = (QsJournalPriority) g_value_get_enum (value);
      break;

    case PROP_BOOT:
      self->boot = g_value_get_boolean (value);
      break;

    case PROP_FIELDS:
      g_strfreev (self->fields);
      self->fields = g_value_dup_boxed (value);
      break;

    case PROP_DIRECTORY:
      g_free (self->directory);
      self->directory = g_value_dup_string (value);
      break;

    case PROP_FROM:
      self->from = g_value_get_enum (value);
      break;

    case PROP_FOLLOW:
      self->follow = g_value_get_boolean (value);
      break;

    case PROP_COMMIT_INTERVAL:
      self->commit_interval = g_value_get_double (value);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
make_selecting_properties (void)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS;

  props[PROP_MATCHES] =
      g_param_spec_boxed ("matches",
                          NULL,
                          "Entries to read, as FIELD=VALUE; values of one field are alternatives",
                          G_TYPE_STRV,
                          flags);
  props[PROP_UNIT] = g_param_spec_string (
      "unit", NULL, "Only entries of and about this unit, such as ssh.service", NULL, flags);
  props[PROP_PRIORITY] = g_param_spec_enum ("priority",
                                            NULL,
                                            "Only entries of this priority or a more urgent one",
                                            qs_journal_priority_get_type (),
                                            QS_JOURNAL_PRIORITY_DEBUG,
                                            flags);
  props[PROP_BOOT] = g_param_spec_boolean (
      "boot", NULL, "Whether only entries since the machine was started are read", FALSE, flags);
}

static void
make_other_properties (void)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS;

  props[PROP_FIELDS] = g_param_spec_boxed (
      "fields", NULL, "Fields of the entries that are produced; unset = all", G_TYPE_STRV, flags);
  props[PROP_DIRECTORY] = g_param_spec_string (
      "directory", NULL, "Directory of the journal's files; unset = this machine's", NULL, flags);
  props[PROP_FROM] = g_param_spec_enum ("from",
                                        NULL,
                                        "Place to begin in a journal that was never read before",
                                        QS_TYPE_FILE_START,
                                        QS_FILE_START_START,
                                        flags);
  props[PROP_FOLLOW] = g_param_spec_boolean (
      "follow", NULL, "Whether to wait for more at the end of the journal", TRUE, flags);
  props[PROP_COMMIT_INTERVAL] =
      g_param_spec_double ("commit-interval",
                           NULL,
                           "Seconds between two commits of records and position",
                           0,
                           3600,
                           1,
                           flags);
}

static void
qs_journal_source_class_init (QsJournalSourceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = qs_journal_source_finalize;
  object_class->get_property = qs_journal_source_get_property;
  object_class->set_property = qs_journal_source_set_property;
  QS_SOURCE_CLASS (klass)->run = qs_journal_source_run;

  qs_source_describe_type (G_TYPE_FROM_CLASS (klass),
                           "Entries of the systemd journal, as objects",
                           "exactly-once",
                           "unit=ssh.service");
  make_selecting_properties ();
  make_other_properties ();
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
qs_journal_source_init (QsJournalSource *self)
{
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-state-snapshot-private.h"

#include "qs-bytes-private.h"
#include "qs-changelog-reader-private.h"
#include "qs-log-private.h"
#include "qs-state-entry-private.h"
#include "qs-state-key-private.h"
#include "qs-store-record-private.h"

/**
 * QsStateSnapshot:
 *
 * The keys and values of a source's state at some time, sorted by their keys.
 *
 * [class@StateAdmin] makes it from a store or a changelog. Entries that had expired when it
 * was made are left out.
 *
 * ## Life cycle
 *
 * It is immutable, and independent of the store or changelog that it was made from.
 *
 * ## Thread safety
 *
 * Any thread may use it.
 */
struct _QsStateSnapshot
{
  GObject parent_instance;

  GHashTable *entries; /* GBytes, the name as it is stored, → Entry; owned */
  GPtrArray  *sorted;  /* Entry, of @entries; made when all are there */
  gint64      offset;  /* of the first record of the changelog that isn't in it */
  gint64      now;     /* ms: the greatest time up to which entries are gone */
};

typedef struct
{
  GBytes *name;
  GBytes *value;
  gint64  expires;
} Entry;

G_DEFINE_FINAL_TYPE (QsStateSnapshot, qs_state_snapshot, G_TYPE_OBJECT)

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_bytes_unref (entry->name);
  g_bytes_unref (entry->value);
  g_free (entry);
}

static void
qs_state_snapshot_finalize (GObject *object)
{
  QsStateSnapshot *self = QS_STATE_SNAPSHOT (object);

  g_clear_pointer (&self->sorted, g_ptr_array_unref);
  g_hash_table_unref (self->entries);

  G_OBJECT_CLASS (qs_state_snapshot_parent_class)->finalize (object);
}

static void
qs_state_snapshot_class_init (QsStateSnapshotClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = qs_state_snapshot_finalize;
}

static void
qs_state_snapshot_init (QsStateSnapshot *self)
{
  self->entries = g_hash_table_new_full (g_bytes_hash, g_bytes_equal, NULL, entry_free);
}

static void
put (QsStateSnapshot *self, GBytes *name, GBytes *value, gint64 expires)
{
  Entry *entry = g_new (Entry, 1);

  *entry = (Entry){ g_bytes_ref (name), g_bytes_ref (value), expires };
  g_hash_table_replace (self->entries, entry->name, entry);
}

static int
compare_entries (gconstpointer a, gconstpointer b)
{
  return g_bytes_compare ((*(Entry *const *) a)->name, (*(Entry *const *) b)->name);
}

/* All is there: leaves out what has expired, and sorts the rest. */
static QsStateSnapshot *
finish (QsStateSnapshot *self)
{
  const gint64   now = MAX (self->now, g_get_real_time () / 1000);
  GHashTableIter iter;
  gpointer       value = NULL;

  self->sorted = g_ptr_array_new ();
  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const Entry *entry = value;

      if (entry->expires != 0 && entry->expires <= now)
        g_hash_table_iter_remove (&iter);
      else
        g_ptr_array_add (self->sorted, value);
    }
  g_ptr_array_sort (self->sorted, compare_entries);

  return self;
}

static gboolean
read_entries (QsStateSnapshot *self, QsStore *store, GError **error)
{
  g_autoptr (QsStoreIter) iter = qs_store_iterate (store, QS_STORE_SPACE_DATA, NULL, 0);

  while (qs_store_iter_next (iter))
    {
      gsize         key_length = 0;
      gsize         length = 0;
      gsize         value_length = 0;
      gint64        expires = 0;
      const guint8 *key = qs_store_iter_get_key (iter, &key_length);
      const guint8 *data = qs_store_iter_get_value (iter, &length);
      const guint8 *value = NULL;
      g_autoptr (GBytes) name = g_bytes_new (key, key_length);
      g_autoptr (GBytes) bytes = NULL;

      if (!qs_state_entry_parse (data, length, &value, &value_length, &expires, error))
        return FALSE;
      bytes = g_bytes_new (value, value_length);
      put (self, name, bytes, expires);
    }

  return qs_store_iter_check (iter, error);
}

QsStateSnapshot *
qs_state_snapshot_read_store (const char *path, GError **error)
{
  g_autoptr (QsStateSnapshot) self = g_object_new (QS_TYPE_STATE_SNAPSHOT, NULL);
  QsStoreOptions options = QS_STORE_OPTIONS_INIT;
  g_autoptr (QsStore) store = NULL;
  g_auto (QsStoreRecord) record = { 0 };
  g_autoptr (GError) own_error = NULL;
  gboolean found = FALSE;

  /* So that it marks nothing. */
  options.write_ahead_log = TRUE;
  store = qs_store_new (path, &options);
  qs_store_record_init (&record);
  if (!qs_store_open_to_read (store, error))
    return NULL;

  if (!qs_store_record_read (&record, store, &found, &own_error) ||
      !read_entries (self, store, &own_error))
    qs_log_warning (NULL,
                    NULL,
                    "Only %u entries of the store in '%s' could be read: %s",
                    g_hash_table_size (self->entries),
                    path,
                    own_error->message);
  self->offset = record.has_changelog ? record.offset : -1;
  self->now = record.now;

  return finish (g_steal_pointer (&self));
}

typedef struct
{
  QsStateSnapshot *snapshot;
  gint64           offset;  /* to stop at; -1 = none */
  gint64           time;    /* ms; -1 = none */
  gint64           last;    /* offset of the last record */
  GPtrArray       *pending; /* Entry, of one transaction; without a value: a removal */
  gboolean         is_done;

  QsStateSnapshotProgress progress; /* nullable */
  gpointer                user_data;
} Reading;

static void
pending_free (gpointer data)
{
  Entry *entry = data;

  g_bytes_unref (entry->name);
  g_clear_pointer (&entry->value, g_bytes_unref);
  g_free (entry);
}

/* The transaction belongs to what is asked for. */
static void
apply_pending (Reading *self)
{
  for (guint i = 0; i < self->pending->len; i++)
    {
      const Entry *entry = g_ptr_array_index (self->pending, i);

      if (entry->value != NULL)
        put (self->snapshot, entry->name, entry->value, entry->expires);
      else
        g_hash_table_remove (self->snapshot->entries, entry->name);
    }
  g_ptr_array_set_size (self->pending, 0);
}

static gboolean
record_cb (const QsChangelogRecord *record, gint64 offset, gpointer user_data, GError **error)
{
  Reading *self = user_data;
  Entry   *entry = NULL;

  if (self->is_done)
    return TRUE;

  /* Between two transactions is a marker. */
  if (offset != self->last + 1)
    apply_pending (self);
  if ((self->offset >= 0 && offset >= self->offset) ||
      (self->time >= 0 && record->timestamp > self->time))
    {
      /* Reads exactly up to a given offset, even within a transaction. */
      if (self->offset >= 0 && offset >= self->offset)
        apply_pending (self);
      self->is_done = TRUE;
      return TRUE;
    }

  self->last = offset;
  self->snapshot->offset = offset + 1;
  if (record->kind == QS_CHANGELOG_NOW)
    self->snapshot->now = MAX (self->snapshot->now, record->time);
  if (record->kind != QS_CHANGELOG_ENTRY)
    return TRUE;

  entry = g_new0 (Entry, 1);
  entry->name = g_bytes_new (record->key, record->key_length);
  entry->value = record->value != NULL ? g_bytes_new (record->value, record->value_length) : NULL;
  entry->expires = record->time;
  g_ptr_array_add (self->pending, entry);

  return TRUE;
}

static gboolean
read_records (Reading *self, QsChangelogReader *reader, gint64 begin, GError **error)
{
  gint64  position = begin;
  guint64 total = (guint64) MAX (qs_changelog_reader_get_end (reader) - begin, 0);

  if (!qs_changelog_reader_seek (reader, position, error))
    return FALSE;

  while (!self->is_done && position < qs_changelog_reader_get_end (reader))
    {
      if (!qs_changelog_reader_read (reader, record_cb, self, &position, error))
        return FALSE;
      if (self->progress != NULL)
        self->progress ((guint64) MAX (position - begin, 0), total, self->user_data);
    }
  if (!self->is_done)
    apply_pending (self);

  return TRUE;
}

QsStateSnapshot *
qs_state_snapshot_read_changelog (QsKafkaConfig          *kafka,
                                  const char             *topic,
                                  int                     partition,
                                  gint64                  offset,
                                  gint64                  time,
                                  QsStateSnapshotProgress progress,
                                  gpointer                user_data,
                                  GError                **error)
{
  g_autoptr (QsStateSnapshot) self = g_object_new (QS_TYPE_STATE_SNAPSHOT, NULL);
  /* A worker may have a transaction open, which isn't waited for. */
  g_autoptr (QsChangelogReader) reader =
      qs_changelog_reader_open (kafka, topic, partition, TRUE, NULL, error);
  g_autoptr (GPtrArray) pending = g_ptr_array_new_with_free_func (pending_free);
  Reading reading = { self, offset, time, -2, pending, FALSE, progress, user_data };

  if (reader == NULL || !qs_changelog_reader_end_at_stable (reader, error))
    return NULL;

  self->offset = qs_changelog_reader_get_begin (reader);
  if (!read_records (&reading, reader, self->offset, error))
    return NULL;

  return finish (g_steal_pointer (&self));
}

/**
 * qs_state_snapshot_get_n_entries:
 * @self: a snapshot
 *
 * Gets how many entries there are.
 *
 * Returns: the number
 */
guint
qs_state_snapshot_get_n_entries (QsStateSnapshot *self)
{
  g_return_val_if_fail (QS_IS_STATE_SNAPSHOT (self), 0);

  return self->sorted != NULL ? self->sorted->len : 0;
}

static const Entry *
get_entry (QsStateSnapshot *self, guint index)
{
  return g_ptr_array_index (self->sorted, index);
}

static GBytes *
dup_key (GBytes *name)
{
  gsize         length = 0;
  const guint8 *data = qs_bytes_get_data (name, &length);
  GBytes       *key = qs_state_key_decode (data, length);

  return key != NULL ? key : g_bytes_ref (name);
}

/**
 * qs_state_snapshot_dup_key:
 * @self: a snapshot
 * @index: the index of the entry, from 0 up
 *
 * Gets a key.
 *
 * Returns: (transfer full): the text, which can contain NUL; the stored bytes if it is not
 *   text ([method@StateSnapshot.is_text_key])
 */
GBytes *
qs_state_snapshot_dup_key (QsStateSnapshot *self, guint index)
{
  g_return_val_if_fail (index < qs_state_snapshot_get_n_entries (self), NULL);

  return dup_key (get_entry (self, index)->name);
}

/**
 * qs_state_snapshot_is_text_key:
 * @self: a snapshot
 * @index: the index of the entry, from 0 up
 *
 * Checks whether a key is text, as all keys are that this library writes.
 *
 * Returns: true if it is text; false if another program has written a key that is not
 */
gboolean
qs_state_snapshot_is_text_key (QsStateSnapshot *self, guint index)
{
  gsize         length = 0;
  const guint8 *data = NULL;
  g_autoptr (GBytes) key = NULL;

  g_return_val_if_fail (index < qs_state_snapshot_get_n_entries (self), FALSE);

  data = qs_bytes_get_data (get_entry (self, index)->name, &length);
  key = qs_state_key_decode (data, length);

  return key != NULL;
}

/**
 * qs_state_snapshot_dup_value:
 * @self: a snapshot
 * @index: the index of the entry, from 0 up
 *
 * Gets the stored bytes of a value.
 *
 * Returns: (transfer full): the JSON text of the value, or the bytes that were stored
 *   unchanged
 */
GBytes *
qs_state_snapshot_dup_value (QsStateSnapshot *self, guint index)
{
  g_return_val_if_fail (index < qs_state_snapshot_get_n_entries (self), NULL);

  return g_bytes_ref (get_entry (self, index)->value);
}

/**
 * qs_state_snapshot_get_expires:
 * @self: a snapshot
 * @index: the index of the entry, from 0 up
 *
 * Gets when an entry expires.
 *
 * Returns: milliseconds since 1970 UTC; 0 = never
 */
gint64
qs_state_snapshot_get_expires (QsStateSnapshot *self, guint index)
{
  g_return_val_if_fail (index < qs_state_snapshot_get_n_entries (self), 0);

  return get_entry (self, index)->expires;
}

/**
 * qs_state_snapshot_find:
 * @self: a snapshot
 * @key: (array length=key_length): a key, UTF-8, which may contain NUL
 * @key_length: its length in bytes
 *
 * Looks for a key.
 *
 * Returns: the index of the entry; -1 if there is none
 */
int
qs_state_snapshot_find (QsStateSnapshot *self, const guint8 *key, gsize key_length)
{
  g_autoptr (GByteArray) buffer = g_byte_array_new ();
  g_autoptr (GBytes) name = NULL;
  gpointer entry = NULL;
  Entry    wanted = { 0 };
  guint    index = 0;

  g_return_val_if_fail (QS_IS_STATE_SNAPSHOT (self), -1);
  g_return_val_if_fail (key != NULL || key_length == 0, -1);

  if (self->sorted == NULL ||
      !qs_state_key_encode (buffer, key != NULL ? key : (const guint8 *) "", key_length, NULL))
    return -1;

  name = g_byte_array_free_to_bytes (g_steal_pointer (&buffer));
  wanted.name = name;
  entry = &wanted;
  for (guint low = 0, high = self->sorted->len; low < high;)
    {
      int order = 0;

      index = low + (high - low) / 2;
      order = compare_entries (&entry, &self->sorted->pdata[index]);
      if (order == 0)
        return (int) index;
      if (order < 0)
        high = index;
      else
        low = index + 1;
    }

  return -1;
}

/**
 * qs_state_snapshot_get_offset:
 * @self: a snapshot
 *
 * Gets the offset of the changelog up to which the snapshot goes.
 *
 * Returns: the offset of the first record that is not included; -1 if there is no changelog
 */
gint64
qs_state_snapshot_get_offset (QsStateSnapshot *self)
{
  g_return_val_if_fail (QS_IS_STATE_SNAPSHOT (self), -1);

  return self->offset;
}

/**
 * qs_state_snapshot_diff:
 * @self: a snapshot
 * @other: another snapshot
 *
 * Lists the keys that only one of the snapshots has, or that have different values.
 *
 * Returns: (transfer full) (element-type GBytes): the keys, sorted
 */
GPtrArray *
qs_state_snapshot_diff (QsStateSnapshot *self, QsStateSnapshot *other)
{
  GPtrArray *keys = NULL;
  guint      i = 0;
  guint      j = 0;

  g_return_val_if_fail (QS_IS_STATE_SNAPSHOT (self), NULL);
  g_return_val_if_fail (QS_IS_STATE_SNAPSHOT (other), NULL);

  keys = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  while (i < self->sorted->len || j < other->sorted->len)
    {
      const Entry *a = i < self->sorted->len ? get_entry (self, i) : NULL;
      const Entry *b = j < other->sorted->len ? get_entry (other, j) : NULL;
      int          order = a == NULL ? 1 : b == NULL ? -1 : g_bytes_compare (a->name, b->name);

      if (order != 0 || !g_bytes_equal (a->value, b->value))
        g_ptr_array_add (keys, dup_key (order <= 0 ? a->name : b->name));
      i += order <= 0;
      j += order >= 0;
    }

  return keys;
}

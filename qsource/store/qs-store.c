/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-store-private.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "qs-rocksdb-private.h"

#include "qs-kill-point-private.h"
#include "qs-log-private.h"
#include "qs-store-error-private.h"
#include "qs-store-files-private.h"
#include "qs-store-lock-private.h"
#include "qs-store-mark-private.h"
#include "qs-store-table-private.h"

/* Why a table doesn't count that RocksDB has taken. */
#define NOT_READ_BACK "data that a recovery wrote to it could not be read back"

/* How often to try to open what another process may be changing just then. */
#define READ_ATTEMPTS 5

struct _QsStore
{
  GObject parent_instance;

  /* Set when it is made. */
  char          *path;    /* owned; absolute */
  QsStoreOptions options; /* with a reference of its own */

  /* The owner's. */
  QsStoreLock *store_lock; /* owned while it is open */
  GByteArray  *key;        /* owned; scratch space */
  int          n_iters;    /* iterators not yet freed */

  /* Owned; RocksDB's, never changed. */
  rocksdb_readoptions_t  *read_options;
  rocksdb_writeoptions_t *write_options;
  rocksdb_flushoptions_t *flush_options;

  /* Held while @db is set, cleared or flushed: qs_store_flush() may come from
   * another thread. The owner reads @db without it. */
  GMutex     lock;
  rocksdb_t *db; /* owned; NULL = closed */

  /* Atomic: something was written since the last flush began. */
  int dirty;
};

G_DEFINE_FINAL_TYPE (QsStore, qs_store, G_TYPE_OBJECT)

/* Whether what it has stands somewhere else, too. */
static gboolean
is_copy (QsStore *self)
{
  return !self->options.write_ahead_log;
}

static gboolean
flush_locked (QsStore *self, GError **error)
{
  char *text = NULL;

  if (self->db == NULL || !g_atomic_int_compare_and_exchange (&self->dirty, TRUE, FALSE))
    return TRUE;

  rocksdb_flush (self->db, self->flush_options, &text);
  if (text != NULL)
    {
      g_atomic_int_set (&self->dirty, TRUE);
      return qs_store_error_take (error, text, "flush", self->path, is_copy (self));
    }

  return TRUE;
}

/* Closes RocksDB but keeps @store_lock. */
static gboolean
close_db (QsStore *self, GError **error)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->lock);
  gboolean                        flushed;

  g_assert (self->n_iters == 0);

  /* Closing flushes as well, but doesn't say whether it could. */
  flushed = flush_locked (self, error);
  g_clear_pointer (&self->db, rocksdb_close);
  g_atomic_int_set (&self->dirty, FALSE);

  return flushed;
}

/* Returns RocksDB's error, or NULL. */
static char *
open_db (QsStore *self)
{
  rocksdb_options_t              *options = qs_store_options_to_rocksdb (&self->options);
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->lock);
  char                           *text = NULL;

  self->db = rocksdb_open (options, self->path, &text);
  rocksdb_options_destroy (options);

  return text;
}

/* Whether @text, RocksDB's error, is damage that wasn't met before in *@is_second: a
 * store that is no copy is looked at twice. One read may fail on a disk that is well. */
static gboolean
should_look_again (QsStore *self, const char *text, gboolean *is_second)
{
  if (*is_second || is_copy (self) || !qs_store_error_is_damage (text))
    return FALSE;

  qs_log_warning (
      NULL, NULL, "The store '%s' seems to be damaged, and is read again: %s", self->path, text);
  *is_second = TRUE;

  return TRUE;
}

/* Checks for a reason not to open it. */
static char *
dup_harm (QsStore *self)
{
  g_autofree char *harm = qs_store_mark_dup_harm (self->path);

  /* Open it even if an earlier version found damage during its work. */
  if (harm != NULL && !is_copy (self) && qs_store_error_is_damage (harm))
    return NULL;

  return g_steal_pointer (&harm);
}

/* Opens RocksDB; another process may be quicker than we with @store_lock. */
static gboolean
open_waiting (QsStore *self, GCancellable *cancellable, GError **error)
{
  gboolean is_second = FALSE;

  for (;;)
    {
      g_autofree char *harm = dup_harm (self);
      char            *text;
      gboolean         retry;

      if (harm != NULL)
        return qs_store_error_corrupt (error, self->path, harm, is_copy (self));

      text = open_db (self);
      if (text == NULL)
        return TRUE;
      if (should_look_again (self, text, &is_second))
        {
          rocksdb_free (text);
          continue;
        }
      if (!qs_store_error_is_locked (text))
        return qs_store_error_take (error, text, "open", self->path, is_copy (self));

      retry = qs_store_lock_retry (self->store_lock, text, cancellable, error);
      rocksdb_free (text);
      if (!retry)
        return FALSE;
    }
}

static void
qs_store_finalize (GObject *object)
{
  QsStore *self = QS_STORE (object);
  g_autoptr (GError) error = NULL;

  if (!qs_store_close (self, &error))
    qs_log_warning (NULL, NULL, "%s", error->message);

  rocksdb_readoptions_destroy (self->read_options);
  rocksdb_writeoptions_destroy (self->write_options);
  rocksdb_flushoptions_destroy (self->flush_options);
  g_clear_pointer (&self->options.rocksdb_options, g_variant_unref);
  g_clear_pointer (&self->key, g_byte_array_unref);
  g_clear_pointer (&self->path, g_free);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (qs_store_parent_class)->finalize (object);
}

static void
qs_store_class_init (QsStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = qs_store_finalize;
}

static void
qs_store_init (QsStore *self)
{
  g_mutex_init (&self->lock);
  self->key = g_byte_array_new ();
  self->read_options = rocksdb_readoptions_create ();
  self->write_options = rocksdb_writeoptions_create ();
  self->flush_options = rocksdb_flushoptions_create ();
  rocksdb_flushoptions_set_wait (self->flush_options, TRUE);
}

QsStore *
qs_store_new (const char *path, const QsStoreOptions *options)
{
  static const QsStoreOptions defaults = QS_STORE_OPTIONS_INIT;
  QsStore                    *self = g_object_new (QS_TYPE_STORE, NULL);

  self->path = g_canonicalize_filename (path, NULL);
  self->options = options != NULL ? *options : defaults;
  if (self->options.rocksdb_options != NULL)
    g_variant_ref (self->options.rocksdb_options);
  if (self->options.write_ahead_log)
    rocksdb_writeoptions_set_sync (self->write_options, TRUE);
  else
    rocksdb_writeoptions_disable_WAL (self->write_options, TRUE);

  return self;
}

const char *
qs_store_get_path (QsStore *self)
{
  return self->path;
}

gboolean
qs_store_open (QsStore *self, gint64 lock_deadline, GCancellable *cancellable, GError **error)
{
  g_assert (self->db == NULL);

  if (!qs_store_options_check (self->options.rocksdb_options, error))
    return FALSE;

  /* Nobody but this user needs what sources remember. */
  if (g_mkdir_with_parents (self->path, 0700) < 0)
    return qs_store_error_set_errno (error, errno, "make the directory of", self->path);

  self->store_lock = qs_store_lock_new (self->path, lock_deadline, cancellable, error);
  if (self->store_lock == NULL)
    return FALSE;

  if (!open_waiting (self, cancellable, error))
    {
      g_clear_pointer (&self->store_lock, qs_store_lock_free);
      return FALSE;
    }

  return TRUE;
}

gboolean
qs_store_open_to_read (QsStore *self, GError **error)
{
  QsStoreOptions     own = self->options;
  rocksdb_options_t *options = NULL;
  char              *text = NULL;

  g_assert (self->db == NULL);
  if (!g_file_test (self->path, G_FILE_TEST_IS_DIR))
    {
      g_set_error (error,
                   QS_STATE_ERROR,
                   QS_STATE_ERROR_FAILED,
                   "Cannot read the store '%s': it does not exist",
                   self->path);
      return FALSE;
    }

  /* All files at once: the other process may remove some meanwhile. */
  own.max_open_files = -1;
  options = qs_store_options_to_rocksdb (&own);
  rocksdb_options_set_create_if_missing (options, FALSE);
  for (guint attempt = 0; attempt < READ_ATTEMPTS && self->db == NULL; attempt++)
    {
      g_clear_pointer (&text, rocksdb_free);
      self->db = rocksdb_open_for_read_only (options, self->path, FALSE, &text);
    }
  rocksdb_options_destroy (options);
  if (self->db != NULL)
    return TRUE;

  return qs_store_error_take (error, text, "read", self->path, is_copy (self));
}

gboolean
qs_store_close (QsStore *self, GError **error)
{
  gboolean flushed;

  if (self->db == NULL)
    return TRUE;

  flushed = close_db (self, error);
  g_clear_pointer (&self->store_lock, qs_store_lock_free);

  return flushed;
}

gboolean
qs_store_read (QsStore      *self,
               QsStoreSpace  space,
               const guint8 *key,
               gsize         key_length,
               GByteArray   *value,
               gboolean     *found,
               GError      **error)
{
  rocksdb_pinnableslice_t *slice;
  const char              *data;
  gsize                    length = 0;
  gboolean                 is_second = FALSE;
  char                    *text = NULL;

  g_assert (self->db != NULL);

  qs_store_key_set (self->key, space, key, key_length);
  for (;;)
    {
      slice = rocksdb_get_pinned (
          self->db, self->read_options, (const char *) self->key->data, self->key->len, &text);
      if (text == NULL || !should_look_again (self, text, &is_second))
        break;
      g_clear_pointer (&text, rocksdb_free);
    }
  if (text != NULL)
    return qs_store_error_take (error, text, "read from", self->path, is_copy (self));

  *found = slice != NULL;
  if (slice == NULL)
    return TRUE;

  data = rocksdb_pinnableslice_value (slice, &length);
  g_byte_array_set_size (value, 0);
  g_byte_array_append (value, (const guint8 *) data, (guint) length);
  rocksdb_pinnableslice_destroy (slice);

  return TRUE;
}

static gint64
get_property (QsStore *self, const char *name)
{
  uint64_t value = 0;

  return rocksdb_property_int (self->db, name, &value) == 0 ? (gint64) value : -1;
}

void
qs_store_get_size (QsStore *self, gint64 *n_entries, gint64 *n_bytes)
{
  gint64 in_memory = get_property (self, "rocksdb.size-all-mem-tables");
  gint64 on_disk = get_property (self, "rocksdb.total-sst-files-size");

  *n_entries = get_property (self, "rocksdb.estimate-num-keys");
  *n_bytes = in_memory >= 0 && on_disk >= 0 ? in_memory + on_disk : -1;
}

GBytes *
qs_store_get (QsStore      *self,
              QsStoreSpace  space,
              const guint8 *key,
              gsize         key_length,
              GError      **error)
{
  g_autoptr (GByteArray) value = g_byte_array_new ();
  gboolean found = FALSE;

  if (!qs_store_read (self, space, key, key_length, value, &found, error) || !found)
    return NULL;

  return g_byte_array_free_to_bytes (g_steal_pointer (&value));
}

QsStoreIter *
qs_store_iterate (QsStore *self, QsStoreSpace space, const guint8 *prefix, gsize prefix_length)
{
  g_assert (self->db != NULL);

  return qs_store_iter_new (
      self->db, self->path, space, prefix, prefix_length, &self->n_iters, is_copy (self));
}

static rocksdb_writebatch_t *
to_rocksdb (QsStoreBatch *batch)
{
  const QsStoreChange  *changes = qs_store_batch_peek_changes (batch);
  rocksdb_writebatch_t *writes = rocksdb_writebatch_create ();

  for (guint i = 0; i < qs_store_batch_get_count (batch); i++)
    {
      const char *key = (const char *) changes[i].key;
      gsize       length = changes[i].key_length;

      if (changes[i].value_length == QS_STORE_REMOVAL)
        rocksdb_writebatch_delete (writes, key, length);
      else
        rocksdb_writebatch_put (writes, key, length, key + length, changes[i].value_length);
    }

  return writes;
}

gboolean
qs_store_write (QsStore *self, QsStoreBatch *batch, GError **error)
{
  rocksdb_writebatch_t *writes;
  char                 *text = NULL;

  g_assert (self->db != NULL);

  writes = to_rocksdb (batch);
  rocksdb_write (self->db, self->write_options, writes, &text);
  rocksdb_writebatch_destroy (writes);
  if (text != NULL)
    return qs_store_error_take (error, text, "write to", self->path, is_copy (self));

  /* Not before: a flush in between would take it back. */
  g_atomic_int_set (&self->dirty, TRUE);

  return TRUE;
}

gboolean
qs_store_flush (QsStore *self, GError **error)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->lock);

  return flush_locked (self, error);
}

/* Whether the database has what @change has made of its key. */
static gboolean
verify_change (QsStore *self, const QsStoreChange *change, GByteArray *value, GError **error)
{
  const guint8 *key = change->key;
  gboolean      found = FALSE;
  gboolean      is_removal = change->value_length == QS_STORE_REMOVAL;

  if (!qs_store_read (self, key[0], key + 1, change->key_length - 1, value, &found, error))
    return FALSE;

  /* An empty value has no data to compare. */
  if (found
          ? !is_removal && value->len == change->value_length &&
                (value->len == 0 || memcmp (value->data, key + change->key_length, value->len) == 0)
          : is_removal)
    return TRUE;

  qs_store_mark_set (self->path, NOT_READ_BACK);

  return qs_store_error_corrupt (error, self->path, NOT_READ_BACK, TRUE);
}

/* RocksDB 7.8 takes a table whose ends it failed to read for one without entries, and
 * says OK. So its ends are looked for, and what the store says of itself.
 *
 * @batch has been sorted. */
static gboolean
verify_ingested (QsStore *self, QsStoreBatch *batch, GError **error)
{
  const QsStoreChange *changes = qs_store_batch_peek_changes (batch);
  const guint          n_changes = qs_store_batch_get_count (batch);
  gboolean             is_first = TRUE;
  g_autoptr (GByteArray) value = g_byte_array_new ();

  for (guint i = 0; i < n_changes; i++)
    {
      gboolean is_last = i + 1 == n_changes;

      /* Of the changes of a key the last one counts. */
      if (!is_last && qs_store_table_has_same_key (&changes[i], &changes[i + 1]))
        continue;

      if ((is_first || is_last || changes[i].key[0] == QS_STORE_SPACE_METADATA) &&
          !verify_change (self, &changes[i], value, error))
        return FALSE;
      is_first = FALSE;
    }

  return TRUE;
}

gboolean
qs_store_ingest (QsStore *self, QsStoreBatch *batch, GError **error)
{
  g_autofree char                     *path = qs_store_files_build_ingest_path (self->path);
  const char                          *paths[] = { path };
  rocksdb_ingestexternalfileoptions_t *options;
  char                                *text;

  g_assert (self->db != NULL);

  /* A crash may have left the table's old name, which must not be overwritten:
   * the store may have the table already, under a name of its own. */
  if (g_unlink (path) < 0 && errno != ENOENT)
    return qs_store_error_set_errno (error, errno, "write to", self->path);

  text = qs_store_table_write (path, batch, &self->options);
  QS_KILL_POINT ("ingest");
  if (text == NULL)
    {
      options = rocksdb_ingestexternalfileoptions_create ();
      rocksdb_ingestexternalfileoptions_set_move_files (options, TRUE);
      rocksdb_ingest_external_file (self->db, paths, G_N_ELEMENTS (paths), options, &text);
      rocksdb_ingestexternalfileoptions_destroy (options);
    }
  QS_KILL_POINT ("ingested");
  if (text == NULL)
    return QS_IS_MUTANT ("no-verification") || verify_ingested (self, batch, error);

  g_unlink (path);

  return qs_store_error_take (error, text, "write to", self->path, is_copy (self));
}

void
qs_store_mark_corrupt (QsStore *self, const char *reason)
{
  qs_store_mark_set (self->path, reason);
}

gboolean
qs_store_check_free (const char *path, gint64 lock_deadline, GError **error)
{
  g_autoptr (QsStoreLock) lock = NULL;

  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    return TRUE;

  lock = qs_store_lock_new (path, lock_deadline, NULL, error);

  return lock != NULL && qs_store_lock_take (lock, NULL, error);
}

gboolean
qs_store_remove (const char *path, gint64 lock_deadline, GCancellable *cancellable, GError **error)
{
  g_autoptr (QsStoreLock) lock = NULL;
  gboolean removed;
  int      fd;

  if (!qs_store_files_open_dir (path, &fd, error))
    return FALSE;
  if (fd < 0)
    return TRUE;

  lock = qs_store_lock_new (path, lock_deadline, cancellable, error);
  removed = lock != NULL && qs_store_lock_take (lock, cancellable, error) &&
            qs_store_files_remove (path, fd, error);
  close (fd);

  return removed;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-store-error-private.h"

#include <errno.h>
#include <string.h>

#include "qs-rocksdb-private.h"

#include "qs-store-mark-private.h"

#define ALLOW_IT                                                                                   \
  "the user of this program needs to read and write that directory; allow it, or set "             \
  "another state-dir"

/* The advice for the reader of an error; RocksDB passes on strerror()'s texts, in the language of
 * the program. */
static const struct
{
  int         code;
  const char *english;
  const char *advice;
} advices[] = {
  { ENOSPC, "No space left on device", "free some space on that disk and start again" },
  { EDQUOT, NULL, "the user's quota of that disk is used up: free some space and start again" },
  { EFBIG, NULL, "raise the limit of a file's size, see 'ulimit -f'" },
  { EMFILE, NULL, "raise the limit of open files, see 'ulimit -n'" },
  { ENFILE, NULL, "the system has too many open files: end some programs or raise fs.file-max" },
  { EACCES, NULL, ALLOW_IT },
  { EPERM, NULL, ALLOW_IT },
  { EROFS, NULL, "the file system is read-only: mount it writable or set another state-dir" },
  { ENOENT, NULL, "no file can be created there: set another state-dir" },
  { ENOTDIR, NULL, "something there is not a directory: move it away or set another state-dir" },
  { EIO,
    "Input/output error",
    "the disk could not be read or written: look at the system's log ('dmesg'), and check that "
    "disk before you start again" },
  { ENOLCK,
    "No locks available",
    "that file system has no locks, such as NFS without its lock service: set a state-dir on a "
    "local "
    "disk" },
  { EEXIST, NULL, "something there is not a directory: move it away or set another state-dir" },
};

static const char *
advice_for_text (const char *text)
{
  for (guint i = 0; i < G_N_ELEMENTS (advices); i++)
    {
      if (strstr (text, strerror (advices[i].code)) != NULL ||
          (advices[i].english != NULL && strstr (text, advices[i].english) != NULL))
        return advices[i].advice;
    }

  return "see the file LOG there; the data of the last flush is not harmed";
}

static void
set_failed (GError **error, const char *what, const char *path, const char *text)
{
  g_autofree char *shown_path = g_filename_display_name (path);
  g_autofree char *shown_text = g_utf8_make_valid (text, -1);

  g_set_error (error,
               QS_STATE_ERROR,
               QS_STATE_ERROR_FAILED,
               "Cannot %s the store '%s': %s (%s)",
               what,
               shown_path,
               shown_text,
               advice_for_text (text));
}

gboolean
qs_store_error_is_locked (const char *text)
{
  /* A file system may have none: that is no lock that somebody holds. */
  return strstr (text, "lock hold by") != NULL ||
         (strstr (text, "While lock file") != NULL &&
          (strstr (text, strerror (EAGAIN)) != NULL || strstr (text, strerror (EACCES)) != NULL));
}

gboolean
qs_store_error_is_damage (const char *text)
{
  return g_str_has_prefix (text, "Corruption: ") ||
         g_str_has_prefix (text, "IO error: No such file or directory");
}

gboolean
qs_store_error_take (GError    **error,
                     char       *text,
                     const char *what,
                     const char *path,
                     gboolean    is_copy)
{
  if (qs_store_error_is_damage (text))
    {
      if (is_copy)
        qs_store_mark_set (path, text);
      qs_store_error_corrupt (error, path, text, is_copy);
    }
  else
    set_failed (error, what, path, text);

  rocksdb_free (text);

  return FALSE;
}

gboolean
qs_store_error_set_errno (GError **error, int code, const char *what, const char *path)
{
  set_failed (error, what, path, strerror (code));

  return FALSE;
}

gboolean
qs_store_error_corrupt (GError **error, const char *path, const char *reason, gboolean is_copy)
{
  g_autofree char *shown_path = g_filename_display_name (path);
  g_autofree char *shown_reason = g_utf8_make_valid (reason, -1);

  g_set_error (error,
               QS_STATE_ERROR,
               QS_STATE_ERROR_CORRUPT,
               "The store '%s' is corrupt: %s%s",
               shown_path,
               shown_reason,
               is_copy ? QS_STORE_ERROR_NEXT_START
                       : " (there is no changelog to rebuild it from, and nothing was changed: "
                         "check that disk and start again; put a copy of the directory back; or "
                         "save what can be read with 'qsource state export --from store'. Only "
                         "then start over with clear_state())");

  return FALSE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-instance-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "qs-application-error.h"
#include "qs-stateful-source.h"
#include "qs-store-path-private.h"

/* Neither is the encoded name of a group, or of a source. */
#define ID_FILE ".instance"
#define LOCK_FILE ".claim"

#define ID_CHARACTERS G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "._-"
#define MAX_ID_LENGTH 200

struct _QsInstance
{
  char *id; /* owned */
  int   fd; /* of the locked file */
};

/* Always returns FALSE. */
G_GNUC_PRINTF (4, 5)
static gboolean
refuse (GError **error, QsApplicationError code, const char *source_name, const char *format, ...)
{
  g_autofree char *reason = NULL;
  va_list          args;

  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error,
               QS_APPLICATION_ERROR,
               code,
               "Cannot share the partitions of source '%s': %s",
               source_name,
               reason);
  return FALSE;
}

static gboolean
check_id (const char *id, const char *source_name, GError **error)
{
  gsize length = strlen (id);

  if (length > 0 && length <= MAX_ID_LENGTH && strspn (id, ID_CHARACTERS) == length)
    return TRUE;

  return refuse (error,
                 QS_APPLICATION_ERROR_NOT_CONFIGURED,
                 source_name,
                 "the instance-id must be 1 to %d letters (a-z, A-Z), digits, '.', '_' and '-'",
                 MAX_ID_LENGTH);
}

/* Returns the id of the state directory, which is made at its first use. transfer full */
static char *
dup_directory_id (const char *state_dir)
{
  g_autofree char *path = g_build_filename (state_dir, ID_FILE, NULL);
  g_autofree char *own = g_strdup_printf ("%08x", g_random_int ());
  g_autofree char *text = NULL;
  int              fd = g_open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

  if (fd >= 0)
    {
      gssize written = write (fd, own, strlen (own));

      g_close (fd, NULL);
      if (written == (gssize) strlen (own))
        return g_steal_pointer (&own);
    }

  /* Another one may be about to write it. */
  for (int i = 0; i < 50 && (text == NULL || strlen (text) < strlen (own)); i++)
    {
      g_clear_pointer (&text, g_free);
      if (i > 0)
        g_usleep (10000);
      if (!g_file_get_contents (path, &text, NULL, NULL))
        break;
    }

  return text != NULL && strlen (text) >= strlen (own) ? g_strndup (text, strlen (own)) : NULL;
}

/* The host's name, with what an id can't have replaced, and @directory_id. */
static char *
make_id (const char *directory_id)
{
  g_autofree char *host = g_strndup (g_get_host_name (), MAX_ID_LENGTH - 20);

  g_strcanon (host, ID_CHARACTERS, '-');

  return g_strdup_printf ("%s-%s", host, directory_id);
}

/* Its directory below @state's, which is made. transfer full */
static char *
make_directory (QsStateSettings *state, const char *source_name, GError **error)
{
  g_autofree char *group = qs_store_path_encode (state->group);
  g_autofree char *source = qs_store_path_encode (source_name);
  g_autofree char *path = g_build_filename (state->state_dir, group, source, NULL);
  g_autofree char *shown = g_filename_display_name (path);

  if (g_mkdir_with_parents (path, 0777) == 0)
    return g_steal_pointer (&path);

  refuse (error,
          QS_APPLICATION_ERROR_NOT_CONFIGURED,
          source_name,
          "its directory '%s' cannot be made: %s (set another state-dir)",
          shown,
          g_strerror (errno));
  return NULL;
}

static gboolean
lock (QsInstance *self, const char *directory, const char *source_name, GError **error)
{
  g_autofree char *path = g_build_filename (directory, LOCK_FILE, NULL);
  g_autofree char *shown = g_filename_display_name (path);

  self->fd = g_open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (self->fd >= 0 && flock (self->fd, LOCK_EX | LOCK_NB) == 0)
    return TRUE;

  if (self->fd >= 0 && errno == EWOULDBLOCK)
    return refuse (error,
                   QS_APPLICATION_ERROR_DUPLICATE,
                   source_name,
                   "another instance is running in the same state directory (it holds '%s'); give "
                   "each instance on this machine a state-dir of its own",
                   shown);

  return refuse (error,
                 QS_APPLICATION_ERROR_NOT_CONFIGURED,
                 source_name,
                 "'%s' cannot be locked: %s (set another state-dir)",
                 shown,
                 g_strerror (errno));
}

static gboolean
choose_id (QsInstance      *self,
           QsStateSettings *state,
           const char      *source_name,
           const char      *id,
           GError         **error)
{
  g_autofree char *directory_id = NULL;

  if (id != NULL)
    {
      self->id = g_strdup (id);
      return check_id (id, source_name, error);
    }

  directory_id = dup_directory_id (state->state_dir);
  if (directory_id == NULL)
    return refuse (error,
                   QS_APPLICATION_ERROR_NOT_CONFIGURED,
                   source_name,
                   "the file '%s' of the state directory cannot be read or written (set an "
                   "instance-id, or another state-dir)",
                   ID_FILE);

  g_strcanon (directory_id, ID_CHARACTERS, '-');
  self->id = make_id (directory_id);

  return TRUE;
}

QsInstance *
qs_instance_new (QsStateSettings *state, const char *source_name, const char *id, GError **error)
{
  g_autoptr (QsInstance) self = g_new0 (QsInstance, 1);
  g_autofree char *directory = NULL;

  self->fd = -1;
  directory = make_directory (state, source_name, error);
  if (directory == NULL || !choose_id (self, state, source_name, id, error) ||
      !lock (self, directory, source_name, error))
    return NULL;

  return g_steal_pointer (&self);
}

void
qs_instance_free (QsInstance *self)
{
  /* Closing it releases the lock. */
  if (self->fd >= 0)
    g_close (self->fd, NULL);
  g_free (self->id);
  g_free (self);
}

const char *
qs_instance_get_id (QsInstance *self)
{
  return self->id;
}

char *
qs_instance_dup_topic (QsBaseSource *source, QsStateSettings *state)
{
  if (QS_IS_STATEFUL_SOURCE (source))
    return qs_state_settings_dup_changelog (
        state, qs_stateful_source_get_store_name (QS_STATEFUL_SOURCE (source)));

  return g_strdup_printf ("claim__%s--%s", state->group, qs_base_source_get_name (source));
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-queue-source-private.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <unistd.h>

#define TICK G_USEC_PER_SEC

typedef struct
{
  GSource           source;
  rd_kafka_queue_t *queue;  /* owned */
  int               fds[2]; /* owned; librdkafka writes to the second */
  gpointer          tag;    /* of the first, in the GSource */
  gboolean          is_paused;
} QueueSource;

static gboolean
queue_source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  QueueSource *self = (QueueSource *) source;
  char         bytes[256];
  gboolean     has_more;

  /* First, so that what comes from now on wakes again. */
  while (read (self->fds[0], bytes, sizeof bytes) > 0)
    ;

  has_more = callback != NULL && callback (user_data);
  if (!self->is_paused)
    g_source_set_ready_time (source, has_more ? 0 : g_get_monotonic_time () + TICK);

  return G_SOURCE_CONTINUE;
}

static void
queue_source_finalize (GSource *source)
{
  QueueSource *self = (QueueSource *) source;

  if (self->queue != NULL)
    {
      rd_kafka_queue_io_event_enable (self->queue, -1, NULL, 0);
      rd_kafka_queue_destroy (self->queue);
    }
  for (guint i = 0; i < G_N_ELEMENTS (self->fds); i++)
    if (self->fds[i] >= 0)
      close (self->fds[i]);
}

static GSourceFuncs queue_source_funcs = {
  .dispatch = queue_source_dispatch,
  .finalize = queue_source_finalize,
};

GSource *
qs_queue_source_new (rd_kafka_queue_t *queue, GError **error)
{
  g_autoptr (GSource) source = g_source_new (&queue_source_funcs, sizeof (QueueSource));
  QueueSource *self = (QueueSource *) source;

  self->fds[0] = self->fds[1] = -1;
  if (!g_unix_open_pipe (self->fds, FD_CLOEXEC, error) ||
      !g_unix_set_fd_nonblocking (self->fds[0], TRUE, error) ||
      !g_unix_set_fd_nonblocking (self->fds[1], TRUE, error))
    return NULL;

  self->queue = queue;
  self->tag = g_source_add_unix_fd (source, self->fds[0], G_IO_IN);
  rd_kafka_queue_io_event_enable (queue, self->fds[1], "", 1);
  g_source_set_ready_time (source, 0);
  g_source_set_static_name (source, "QSource consumer");

  return g_steal_pointer (&source);
}

void
qs_queue_source_set_paused (GSource *source, gboolean paused)
{
  QueueSource *self = (QueueSource *) source;

  if (self->is_paused == paused)
    return;

  self->is_paused = paused;
  g_source_modify_unix_fd (source, self->tag, paused ? 0 : G_IO_IN);
  g_source_set_ready_time (source, paused ? -1 : 0);
}

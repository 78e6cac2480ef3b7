/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-kafka-end-private.h"

#include "qs-deadline-private.h"
#include "qs-log-private.h"

/* Seconds. It takes milliseconds where all is well. */
#define PATIENCE 5.0

#define DESTROYABLE_VERSION 0x020300ff

/* The end of a client, shared by who wants it and the thread that waits for it. */
typedef struct
{
  rd_kafka_t    *client;
  GDestroyNotify free_data; /* nullable */
  gpointer       data;

  GMutex   lock;
  GCond    cond;
  gboolean is_over;
} Ending;

static void
clear_ending (gpointer data)
{
  Ending *ending = data;

  g_mutex_clear (&ending->lock);
  g_cond_clear (&ending->cond);
}

static gpointer
end_main (gpointer data)
{
  Ending *ending = data;

  rd_kafka_destroy_flags (ending->client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
  if (ending->free_data != NULL)
    ending->free_data (ending->data);

  g_mutex_lock (&ending->lock);
  ending->is_over = TRUE;
  g_cond_signal (&ending->cond);
  g_mutex_unlock (&ending->lock);
  g_atomic_rc_box_release_full (ending, clear_ending);

  return NULL;
}

void
qs_kafka_end_client_full (rd_kafka_t *client, GDestroyNotify free_data, gpointer data)
{
  Ending  *ending = g_atomic_rc_box_new0 (Ending);
  gint64   deadline = qs_deadline_after (PATIENCE);
  GThread *thread = NULL;
  gboolean is_over = FALSE;

  ending->client = client;
  ending->free_data = free_data;
  ending->data = data;
  g_mutex_init (&ending->lock);
  g_cond_init (&ending->cond);
  thread = g_thread_new ("qs-kafka-end", end_main, g_atomic_rc_box_acquire (ending));

  g_mutex_lock (&ending->lock);
  while (!ending->is_over && g_cond_wait_until (&ending->cond, &ending->lock, deadline))
    ;
  is_over = ending->is_over;
  g_mutex_unlock (&ending->lock);

  if (is_over)
    g_thread_join (thread);
  else
    {
      qs_log_info (
          NULL, NULL, "A client of librdkafka did not end within %g s, and is abandoned", PATIENCE);
      g_thread_unref (thread);
    }
  g_atomic_rc_box_release_full (ending, clear_ending);
}

void
qs_kafka_end_client (rd_kafka_t *client)
{
  qs_kafka_end_client_full (client, NULL, NULL);
}

gboolean
qs_kafka_end_allows_member (gboolean was_assigned)
{
  return was_assigned || rd_kafka_version () >= DESTROYABLE_VERSION;
}

/* Keeps it, as it is no leak. */
static void
leave_behind (rd_kafka_t *client)
{
  static GSList *clients = NULL; /* with the lock */
  static GMutex  lock;

  qs_log_info (NULL, NULL, "A client that has no share yet is abandoned");
  g_mutex_lock (&lock);
  clients = g_slist_prepend (clients, client);
  g_mutex_unlock (&lock);
}

void
qs_kafka_end_member (rd_kafka_t *client, gboolean was_assigned)
{
  if (qs_kafka_end_allows_member (was_assigned))
    qs_kafka_end_client (client);
  else
    leave_behind (client);
}

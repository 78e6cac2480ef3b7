/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Does to a changelog of one partition what an operator shouldn't, while a source
 * writes to it: has it made anew, or emptied.
 * Run: chaos-operator HOST:PORT recreate|empty TOPIC */

#include <glib.h>
#include <librdkafka/rdkafka.h>
#include <string.h>

/* Milliseconds. */
#define PATIENCE 30000

typedef struct
{
  rd_kafka_t       *client;
  rd_kafka_queue_t *queue;
  const char       *topic;
} Operator;

/* The answer to the request that was sent last; NULL: it could not be done. */
static rd_kafka_event_t *
wait_for_answer (Operator *self)
{
  rd_kafka_event_t *event = rd_kafka_queue_poll (self->queue, PATIENCE);

  if (event != NULL && rd_kafka_event_error (event) == RD_KAFKA_RESP_ERR_NO_ERROR)
    return event;

  g_printerr ("%s\n", event != NULL ? rd_kafka_event_error_string (event) : "no answer");
  g_clear_pointer (&event, rd_kafka_event_destroy);
  return NULL;
}

static gboolean
delete_topic (Operator *self)
{
  rd_kafka_DeleteTopic_t *request = rd_kafka_DeleteTopic_new (self->topic);
  rd_kafka_event_t       *event = NULL;

  rd_kafka_DeleteTopics (self->client, &request, 1, NULL, self->queue);
  event = wait_for_answer (self);
  rd_kafka_DeleteTopic_destroy (request);
  if (event == NULL)
    return FALSE;

  rd_kafka_event_destroy (event);
  return TRUE;
}

/* Whether it could be made: not as long as the old one goes. */
static gboolean
create_topic (Operator *self)
{
  rd_kafka_NewTopic_t            *request = rd_kafka_NewTopic_new (self->topic, 1, 1, NULL, 0);
  const rd_kafka_topic_result_t **results = NULL;
  rd_kafka_event_t               *event = NULL;
  gboolean                        ok = FALSE;
  gsize                           n = 0;

  rd_kafka_NewTopic_set_config (request, "cleanup.policy", "compact");
  rd_kafka_NewTopic_set_config (request, "max.message.bytes", "2097152");
  rd_kafka_CreateTopics (self->client, &request, 1, NULL, self->queue);
  event = wait_for_answer (self);
  rd_kafka_NewTopic_destroy (request);
  if (event == NULL)
    return FALSE;

  results = rd_kafka_CreateTopics_result_topics (rd_kafka_event_CreateTopics_result (event), &n);
  ok = n == 1 && rd_kafka_topic_result_error (results[0]) == RD_KAFKA_RESP_ERR_NO_ERROR;
  rd_kafka_event_destroy (event);

  return ok;
}

/* Kafka deletes no records of a topic that is compacted only. */
static gboolean
let_delete (Operator *self)
{
  rd_kafka_ConfigResource_t *request =
      rd_kafka_ConfigResource_new (RD_KAFKA_RESOURCE_TOPIC, self->topic);
  rd_kafka_event_t *event = NULL;

  rd_kafka_ConfigResource_set_config (request, "cleanup.policy", "compact,delete");
  rd_kafka_AlterConfigs (self->client, &request, 1, NULL, self->queue);
  event = wait_for_answer (self);
  rd_kafka_ConfigResource_destroy (request);
  if (event == NULL)
    return FALSE;

  rd_kafka_event_destroy (event);
  return TRUE;
}

static gboolean
delete_records (Operator *self)
{
  rd_kafka_topic_partition_list_t       *offsets = rd_kafka_topic_partition_list_new (1);
  const rd_kafka_topic_partition_list_t *result = NULL;
  rd_kafka_DeleteRecords_t              *request = NULL;
  rd_kafka_event_t                      *event = NULL;
  gboolean                               ok = FALSE;

  rd_kafka_topic_partition_list_add (offsets, self->topic, 0)->offset = RD_KAFKA_OFFSET_END;
  request = rd_kafka_DeleteRecords_new (offsets);
  rd_kafka_DeleteRecords (self->client, &request, 1, NULL, self->queue);
  event = wait_for_answer (self);
  if (event != NULL)
    {
      result = rd_kafka_DeleteRecords_result_offsets (rd_kafka_event_DeleteRecords_result (event));
      ok = result->elems[0].err == RD_KAFKA_RESP_ERR_NO_ERROR;
      rd_kafka_event_destroy (event);
    }
  rd_kafka_DeleteRecords_destroy (request);
  rd_kafka_topic_partition_list_destroy (offsets);

  return ok;
}

static gboolean
try_until_done (Operator *self, gboolean (*func) (Operator *))
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE * G_TIME_SPAN_MILLISECOND;

  while (!func (self))
    {
      if (g_get_monotonic_time () > deadline)
        return FALSE;
      g_usleep (20000);
    }

  return TRUE;
}

int
main (int argc, char *argv[])
{
  char             reason[256] = "";
  rd_kafka_conf_t *conf = rd_kafka_conf_new ();
  Operator         self = { 0 };
  gboolean         ok = FALSE;

  if (argc != 4)
    return g_printerr ("Usage: %s HOST:PORT recreate|empty TOPIC\n", argv[0]), 2;

  rd_kafka_conf_set (conf, "bootstrap.servers", argv[1], reason, sizeof reason);
  self.client = rd_kafka_new (RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
  g_assert (self.client != NULL);
  self.queue = rd_kafka_queue_new (self.client);
  self.topic = argv[3];
  if (strcmp (argv[2], "recreate") == 0)
    ok = delete_topic (&self) && try_until_done (&self, create_topic);
  else
    ok = let_delete (&self) && try_until_done (&self, delete_records);

  rd_kafka_queue_destroy (self.queue);
  rd_kafka_destroy (self.client);
  if (!ok)
    g_printerr ("Cannot %s topic '%s'\n", argv[2], self.topic);

  return ok ? 0 : 1;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A changelog that becomes another one while a source runs. */

#include <librdkafka/rdkafka.h>

#include "kafka-state-fixture.h"
#include "qs-state-cleaner-private.h"
#include "qs-stateful-source.h"

G_DECLARE_FINAL_TYPE (TestSource, test_source, TEST, SOURCE, QsStatefulSource)
struct _TestSource
{
  QsStatefulSource parent_instance;
};
G_DEFINE_FINAL_TYPE (TestSource, test_source, QS_TYPE_STATEFUL_SOURCE)

static void
test_source_class_init (TestSourceClass *klass)
{
}

static void
test_source_init (TestSource *self)
{
}

static void
set_up (KafkaFixture *fixture, gconstpointer user_data)
{
  if (!kafka_fixture_init (fixture, qs_test_kafka_shared (), user_data))
    return;

  kafka_create_topics (&fixture->base);
  state_open (&fixture->base);
  for (int i = 1; i <= 3; i++)
    {
      state_set (&fixture->base, "current", i);
      state_flush (&fixture->base);
    }
}

/* What an operator does. */
static void
recreate (StateFixture *base)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsAdmin) admin = qs_admin_new (base->kafka, &error);

  g_assert_no_error (error);
  qs_admin_delete_topic (admin, base->changelog, NULL, &error);
  g_assert_no_error (error);
  kafka_create_changelog (base);
}

/* Kafka deletes no records of a topic that is compacted only. */
static void
let_delete (rd_kafka_t *client, const char *topic)
{
  rd_kafka_queue_t          *queue = rd_kafka_queue_new (client);
  rd_kafka_ConfigResource_t *resource =
      rd_kafka_ConfigResource_new (RD_KAFKA_RESOURCE_TOPIC, topic);
  rd_kafka_event_t *event = NULL;

  rd_kafka_ConfigResource_set_config (resource, "cleanup.policy", "compact,delete");
  rd_kafka_AlterConfigs (client, &resource, 1, NULL, queue);
  event = rd_kafka_queue_poll (queue, 30000);
  g_assert_nonnull (event);
  g_assert_cmpint (rd_kafka_event_error (event), ==, RD_KAFKA_RESP_ERR_NO_ERROR);

  rd_kafka_event_destroy (event);
  rd_kafka_ConfigResource_destroy (resource);
  rd_kafka_queue_destroy (queue);
}

/* Whether all that is there now could be deleted. */
static gboolean
delete_records (rd_kafka_t *client, const char *topic)
{
  rd_kafka_queue_t                      *queue = rd_kafka_queue_new (client);
  rd_kafka_topic_partition_list_t       *offsets = rd_kafka_topic_partition_list_new (1);
  const rd_kafka_topic_partition_list_t *result = NULL;
  rd_kafka_DeleteRecords_t              *request = NULL;
  rd_kafka_event_t                      *event = NULL;
  gboolean                               ok = FALSE;

  rd_kafka_topic_partition_list_add (offsets, topic, 0)->offset = RD_KAFKA_OFFSET_END;
  request = rd_kafka_DeleteRecords_new (offsets);
  rd_kafka_DeleteRecords (client, &request, 1, NULL, queue);
  event = rd_kafka_queue_poll (queue, 30000);
  g_assert_nonnull (event);
  g_assert_cmpint (rd_kafka_event_error (event), ==, RD_KAFKA_RESP_ERR_NO_ERROR);
  result = rd_kafka_DeleteRecords_result_offsets (rd_kafka_event_DeleteRecords_result (event));
  ok = result->elems[0].err == RD_KAFKA_RESP_ERR_NO_ERROR;

  rd_kafka_event_destroy (event);
  rd_kafka_DeleteRecords_destroy (request);
  rd_kafka_topic_partition_list_destroy (offsets);
  rd_kafka_queue_destroy (queue);

  return ok;
}

static void
empty (StateFixture *base)
{
  char             text[256] = "";
  rd_kafka_conf_t *conf = rd_kafka_conf_new ();
  rd_kafka_t      *client = NULL;
  gint64           deadline = g_get_monotonic_time () + 30 * G_USEC_PER_SEC;

  rd_kafka_conf_set (conf, "bootstrap.servers", qs_test_kafka_shared (), text, sizeof text);
  client = rd_kafka_new (RD_KAFKA_PRODUCER, conf, text, sizeof text);
  g_assert_nonnull (client);
  let_delete (client, base->changelog);
  while (!delete_records (client, base->changelog))
    g_assert_cmpint (g_get_monotonic_time (), <, deadline);
  rd_kafka_destroy (client);
}

/* Neither this flush nor a later one succeeds. */
static void
assert_flush_fails (StateFixture *base, int domain_code, const char *text)
{
  for (int i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (QsState) state = qs_state_partition_dup_state (base->partition, NULL);

      if (state != NULL)
        g_assert_true (qs_state_set (state, "current", g_variant_new_int64 (4 + i), NULL));
      g_assert_false (qs_state_partition_flush (base->partition, qs_deadline_after (20), &error));
      g_test_message ("%s", error->message);
      if (domain_code >= 0)
        g_assert_error (error, QS_STATE_ERROR, domain_code);
      if (text != NULL)
        g_assert_nonnull (strstr (error->message, text));
    }
}

static void
test_recreated (KafkaFixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;
  g_autoptr (GError) error = NULL;

  g_test_summary ("No flush succeeds on a changelog that was made anew, and the store stays");

  if (fixture->is_skipped)
    return;

  recreate (base);
  assert_flush_fails (base, -1, NULL);
  state_close (base);

  state_try_open (base, &error);
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_MISMATCH);
  g_assert_nonnull (strstr (error->message, "qsource state export"));
}

static void
test_emptied (KafkaFixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;
  g_autoptr (GError) error = NULL;

  g_test_summary ("No flush succeeds on a changelog that was emptied, and the store stays");

  if (fixture->is_skipped)
    return;

  empty (base);
  assert_flush_fails (base, QS_STATE_ERROR_MISMATCH, "it begins at offset");
  state_close (base);

  state_try_open (base, &error);
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_MISMATCH);
  g_assert_nonnull (strstr (error->message, "qsource state export"));
}

static void
test_cleared (KafkaFixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;
  g_autoptr (GPtrArray) sources = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GError) error = NULL;
  g_autofree char *own_dir = base->config->state_dir;

  g_test_summary ("Another instance's clear_state() ends the one that runs");

  if (fixture->is_skipped)
    {
      own_dir = NULL;
      return;
    }

  g_ptr_array_add (sources, g_object_new (test_source_get_type (), "name", "s", NULL));
  base->config->state_dir = g_dir_make_tmp ("qs-other-XXXXXX", NULL);
  qs_state_cleaner_run (sources, base->kafka, base->config, &error);
  g_assert_no_error (error);
  remove_tree (base->config->state_dir);
  g_free (base->config->state_dir);
  base->config->state_dir = g_steal_pointer (&own_dir);

  {
    g_autoptr (QsState) state = qs_state_partition_dup_state (base->partition, &error);

    g_assert_no_error (error);
    g_assert_true (qs_state_set (state, "current", g_variant_new_int64 (4), NULL));
    g_assert_false (qs_state_partition_flush (base->partition, qs_deadline_after (20), &error));
    g_test_message ("%s", error->message);
  }
}

/* Writes to the changelog as this library does, but not which one it is.
 * @has_aborted: and then more, in a transaction that comes to nothing. */
static void
write_foreign (StateFixture *base, gboolean is_ours, gboolean has_aborted)
{
  g_autofree char *id = g_strconcat ("lost-", base->name, NULL);
  g_autoptr (QsHeaders) headers = qs_changelog_record_new_headers (0);
  g_autoptr (GError) error = NULL;
  g_autoptr (QsProducer) first =
      qs_producer_new_transactional (base->kafka, "s", id, NULL, NULL, NULL, &error);
  g_autoptr (QsProducer) second =
      qs_producer_new_transactional (base->kafka, "s", id, NULL, NULL, NULL, &error);
  QsProducerTopic *topic = qs_producer_open_topic (first, base->changelog, &error);

  g_assert_no_error (error);
  if (is_ours)
    {
      g_assert_true (send_text (first, topic, 0, "\"current\"", "4", headers, &error));
      g_assert_true (qs_producer_flush (first, 30, &error));
    }
  else
    {
      state_inject (base, "\"current\"", "4");
    }

  if (has_aborted)
    {
      g_assert_true (send_text (first, topic, 0, "\"current\"", "5", headers, &error));
      g_assert_true (qs_producer_await_until (first, qs_deadline_after (30), &error));
      g_assert_true (qs_producer_fence (second, G_MAXINT64, NULL, &error));
    }
}

static void
test_no_identity (KafkaFixture *fixture, gconstpointer user_data)
{
  const struct
  {
    gboolean is_ours, has_aborted;
  } cases[] = { { TRUE, FALSE }, { TRUE, TRUE }, { FALSE, FALSE }, { FALSE, TRUE } };
  StateFixture *base = &fixture->base;

  g_test_summary ("Our records without an identity are no fresh changelog; others' are");

  if (fixture->is_skipped)
    return;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      state_close (base);
      recreate (base);
      state_lose_store (base);
      write_foreign (base, cases[i].is_ours, cases[i].has_aborted);

      state_try_open (base, &error);
      if (cases[i].is_ours)
        {
          g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_MISMATCH);
          g_test_message ("%s", error->message);
        }
      else
        {
          g_assert_no_error (error);
          g_assert_cmpint (state_get (base, "current"), ==, 4);
        }
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  KAFKA_ADD ("/state-other-changelog", "recreated", set_up, test_recreated);
  KAFKA_ADD ("/state-other-changelog", "emptied", set_up, test_emptied);
  KAFKA_ADD ("/state-other-changelog", "cleared", set_up, test_cleared);
  KAFKA_ADD ("/state-other-changelog", "no-identity", set_up, test_no_identity);

  return g_test_run ();
}

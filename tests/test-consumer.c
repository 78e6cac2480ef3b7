/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <qsource/qsource.h>

#include "qs-test-kafka.h"

#define N_PARTITIONS 2
#define N_MANY 1200
#define DEADLINE 60.0

typedef struct
{
  char          *name; /* of topic and group; NULL: there is no Kafka */
  QsApplication *app;
  QsTopic       *topic;
} Fixture;

static void
fixture_set_up (Fixture *fixture, gconstpointer user_data)
{
  const char *address = qs_test_kafka_shared ();
  g_autoptr (GError) error = NULL;

  if (address == NULL)
    return;

  fixture->name = qs_test_kafka_unique_name ("consumer");
  fixture->app = qs_application_new (address);
  fixture->topic = qs_topic_new (fixture->name);
  g_object_set (fixture->topic, "n-partitions", N_PARTITIONS, NULL);
  g_object_set (fixture->app,
                "consumer-group",
                fixture->name,
                "auto-offset-reset",
                QS_AUTO_OFFSET_RESET_EARLIEST,
                NULL);
  g_assert_true (qs_application_create_topic (fixture->app, fixture->topic, &error));
  g_assert_no_error (error);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer user_data)
{
  g_clear_object (&fixture->topic);
  g_clear_object (&fixture->app);
  g_clear_pointer (&fixture->name, g_free);
}

/* The numbers @from ... @to, one record each. */
static void
produce (Fixture *fixture, int partition, int from, int to)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsProducer) producer = qs_application_get_producer (fixture->app, &error);

  g_assert_no_error (error);
  for (int i = from; i <= to; i++)
    {
      g_autofree char *text = g_strdup_printf ("%d", i);
      g_autoptr (GBytes) value = g_bytes_new (text, strlen (text));
      g_autoptr (QsMessage) message = qs_message_new (NULL, value, NULL, 0, partition);

      g_assert_true (qs_producer_produce (producer, fixture->topic, message, &error));
    }
  g_assert_true (qs_producer_flush (producer, DEADLINE, &error));
  g_assert_no_error (error);
}

static QsConsumer *
subscribe (Fixture *fixture, gboolean auto_commit)
{
  const char *topics[] = { fixture->name, NULL };
  g_autoptr (GError) error = NULL;
  QsConsumer *consumer = qs_application_get_consumer (fixture->app, auto_commit, &error);

  g_assert_no_error (error);
  g_assert_true (qs_consumer_subscribe (consumer, topics, &error));
  g_assert_no_error (error);

  return consumer;
}

static QsMessage *
poll_next (QsConsumer *consumer, int expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = g_strdup_printf ("%d", expected);
  QsMessage       *message = qs_consumer_poll (consumer, DEADLINE, &error);

  g_assert_no_error (error);
  g_assert_nonnull (message);
  g_assert_cmpmem (g_bytes_get_data (qs_message_get_value (message), NULL),
                   g_bytes_get_size (qs_message_get_value (message)),
                   text,
                   strlen (text));
  return message;
}

static void
close_consumer (QsConsumer *consumer)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (qs_consumer_close (consumer, &error));
  g_assert_no_error (error);
}

static void
test_commit (Fixture *fixture, gconstpointer auto_commit)
{
  g_autoptr (QsConsumer) consumer = NULL;
  g_autoptr (QsMessage) second = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("What was said to be dealt with is committed, and nothing else");
  if (fixture->name == NULL)
    return;

  consumer = subscribe (fixture, auto_commit != NULL);
  produce (fixture, 0, 1, 4);
  g_object_unref (poll_next (consumer, 1));
  second = poll_next (consumer, 2);
  if (auto_commit != NULL)
    g_assert_true (qs_consumer_store_offset (consumer, second, &error));
  else
    g_assert_true (qs_consumer_commit (consumer, second, &error));
  g_assert_no_error (error);
  g_object_unref (poll_next (consumer, 3));
  close_consumer (consumer);

  consumer = (g_object_unref (consumer), subscribe (fixture, TRUE));
  g_object_unref (poll_next (consumer, 3));
  g_object_unref (poll_next (consumer, 4));
}

static void
test_many (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (QsConsumer) consumer = NULL;

  g_test_summary ("More than is held at once comes once and in order");
  if (fixture->name == NULL)
    return;

  produce (fixture, 0, 1, N_MANY);
  consumer = subscribe (fixture, TRUE);
  for (int i = 1; i <= N_MANY; i++)
    g_object_unref (poll_next (consumer, i));
  g_assert_null (qs_consumer_poll (consumer, 0, NULL));
}

/* Has both work, while records come, until the new one has read one. */
static QsMessage *
wait_for_share (Fixture *fixture, QsConsumer *old, QsConsumer *new_one, GPtrArray *seen)
{
  gint64 deadline = g_get_monotonic_time () + (gint64) (DEADLINE * G_USEC_PER_SEC);

  for (int i = 2; g_get_monotonic_time () < deadline; i++)
    {
      QsMessage *message = NULL;

      for (int partition = 0; partition < N_PARTITIONS; partition++)
        produce (fixture, partition, i, i);
      while ((message = qs_consumer_poll (old, 0.05, NULL)) != NULL)
        {
          g_ptr_array_add (seen, message);
          g_assert_true (qs_consumer_store_offset (old, message, NULL));
        }
      message = qs_consumer_poll (new_one, 0.05, NULL);
      if (message != NULL)
        return message;
    }
  g_assert_not_reached ();
}

static void
test_shared (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (QsConsumer) old = NULL;
  g_autoptr (QsConsumer) new_one = NULL;
  g_autoptr (GPtrArray) seen = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (QsMessage) message = NULL;
  g_autoptr (GError) error = NULL;
  QsMessage *last = NULL;

  g_test_summary ("A partition that goes to another member is committed before, read on there, "
                  "and not committed from here any more");
  if (fixture->name == NULL)
    return;

  old = subscribe (fixture, TRUE);
  for (int partition = 0; partition < N_PARTITIONS; partition++)
    produce (fixture, partition, 1, 1);
  for (int i = 0; i < N_PARTITIONS; i++)
    {
      g_ptr_array_add (seen, poll_next (old, 1));
      g_assert_true (qs_consumer_store_offset (old, seen->pdata[i], &error));
    }

  new_one = subscribe (fixture, TRUE);
  message = wait_for_share (fixture, old, new_one, seen);

  for (guint i = 0; i < seen->len; i++)
    if (qs_message_get_partition (seen->pdata[i]) == qs_message_get_partition (message))
      last = seen->pdata[i];
  g_assert_cmpint (qs_message_get_offset (message), ==, qs_message_get_offset (last) + 1);
  g_assert_false (qs_consumer_store_offset (old, last, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "another member"));

  close_consumer (new_one);
  close_consumer (old);
}

static void
test_misuse (Fixture *fixture, gconstpointer user_data)
{
  const char              *topics[] = { fixture->name, NULL };
  static const char *const none[] = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (QsConsumer) consumer = NULL;

  g_test_summary ("What can't work is refused with what to do");
  if (fixture->name == NULL)
    return;

  consumer = qs_application_get_consumer (fixture->app, TRUE, &error);
  g_assert_null (qs_consumer_poll (consumer, 0, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "subscribe()"));
  g_clear_error (&error);
  g_assert_false (qs_consumer_subscribe (consumer, none, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_FAILED);
  g_clear_error (&error);
  g_assert_true (qs_consumer_subscribe (consumer, topics, &error));
  g_assert_false (qs_consumer_subscribe (consumer, topics, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_FAILED);
  close_consumer (consumer);
  close_consumer (consumer);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, data, func)                                                                      \
  g_test_add ("/consumer/" path, Fixture, data, fixture_set_up, func, fixture_tear_down)

  add ("commit/auto", GINT_TO_POINTER (TRUE), test_commit);
  add ("commit/explicit", NULL, test_commit);
  add ("many", NULL, test_many);
  add ("shared", NULL, test_shared);
  add ("misuse", NULL, test_misuse);

  return g_test_run ();
}

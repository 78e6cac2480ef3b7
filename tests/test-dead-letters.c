/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <qsource.h>
#include <stdlib.h>
#include <string.h>

#include "run-application.h"
#include "slowness.h"

/* What becomes of records that can't be serialized or delivered. The program is its
 * own worker: a source's name, before the first '-', says what is done with them, the
 * rest what it produces. */

#define TEST_DEADLINE (40 * slowness ())

/* Of each kind. */
#define N_ROUNDS 3

/* More than message.max.bytes. */
#define TOO_LARGE (2 * 1024 * 1024)

/* Of librdkafka. */
#define API_PRODUCE 0
#define CODE_MSG_SIZE_TOO_LARGE 10
#define CODE_TOPIC_AUTHORIZATION_FAILED 29

#define TEST_TYPE_SOURCE (test_source_get_type ())
G_DECLARE_FINAL_TYPE (TestSource, test_source, TEST, SOURCE, QsSource)

struct _TestSource
{
  QsSource parent_instance;
};

G_DEFINE_FINAL_TYPE (TestSource, test_source, QS_TYPE_SOURCE)

static gboolean
does (QsSource *source, const char *what)
{
  return strstr (qs_base_source_get_name (QS_BASE_SOURCE (source)), what) != NULL;
}

static gboolean
produce_good (QsSource *source, GError **error)
{
  return qs_source_produce_value (
      source, g_variant_new_string ("good"), g_variant_new_string ("value"), error);
}

/* JSON has no bytes. */
static gboolean
produce_unserializable (QsSource *source, GError **error)
{
  g_autoptr (QsHeaders) headers = qs_headers_new ();
  g_autoptr (GBytes) own = g_bytes_new_static ("own", 3);
  g_autoptr (QsMessage) message = NULL;

  qs_headers_append (headers, "own", own);
  message = qs_source_serialize (source,
                                 g_variant_new_string ("unserializable"),
                                 g_variant_new_variant (g_variant_new_bytestring ("bytes")),
                                 headers,
                                 12345,
                                 error);

  return message != NULL && qs_source_produce (source, message, error) &&
         qs_source_produce_value (source, NULL, g_variant_new_bytestring ("bytes"), error);
}

static gboolean
produce_large (QsSource *source, GError **error)
{
  g_autofree guint8 *value = g_malloc0 (TOO_LARGE);

  return qs_source_produce_data (source, (const guint8 *) "large", 5, value, TOO_LARGE, 0, error);
}

static gboolean
produce_misplaced (QsSource *source, GError **error)
{
  g_autoptr (GBytes) key = g_bytes_new_static ("misplaced", 9);
  g_autoptr (QsMessage) message = qs_message_new (key, NULL, NULL, 0, 99);

  return qs_source_produce (source, message, error);
}

static gboolean
produce_rejected (QsSource *source, GError **error)
{
  g_autoptr (GBytes) value = g_bytes_new_static ("raw", 3);
  g_autoptr (QsMessage) message = qs_message_new_rejected (NULL, value, NULL, 0, "not a line");

  g_assert_cmpstr (qs_message_get_rejection (message), ==, "not a line");

  return qs_source_produce (source, message, error);
}

static gboolean
test_source_run (QsSource *source, GError **error)
{
  for (int i = 0; i < N_ROUNDS; i++)
    {
      if ((!does (source, "alone") && !produce_good (source, error)) ||
          (does (source, "unserializable") && !produce_unserializable (source, error)) ||
          (does (source, "large") && !produce_large (source, error)) ||
          (does (source, "misplaced") && !produce_misplaced (source, error)) ||
          (does (source, "rejected") && !produce_rejected (source, error)))
        return FALSE;
    }

  return qs_source_flush (source, -1, error);
}

static void
test_source_class_init (TestSourceClass *klass)
{
  QS_SOURCE_CLASS (klass)->run = test_source_run;
}

static void
test_source_init (TestSource *self)
{
}

static QsBaseSource *
make_source (const char *name)
{
  QsErrorHandling errors = QS_ERROR_HANDLING_FAIL;

  if (g_str_has_prefix (name, "skip-"))
    errors = QS_ERROR_HANDLING_SKIP;
  else if (g_str_has_prefix (name, "dead-"))
    errors = QS_ERROR_HANDLING_DEAD_LETTER;

  return g_object_new (TEST_TYPE_SOURCE, "name", name, "errors", errors, NULL);
}

typedef struct
{
  QsApplication    *app;
  QsEmbeddedBroker *broker;
  QsBaseSource     *source;
  char             *topic;
  char             *dead_letters; /* the name of that topic */
  GVariant         *stats;        /* the last */
  GError           *error;        /* of run() */
} Fixture;

static void
stats_cb (QsApplication *app, QsBaseSource *source, GVariant *stats, Fixture *self)
{
  g_clear_pointer (&self->stats, g_variant_unref);
  self->stats = g_variant_ref (stats);
}

static void
fixture_set_up (Fixture *self, gconstpointer name)
{
  g_autoptr (GError) error = NULL;

  self->broker = qs_embedded_broker_new (1);
  g_assert_true (qs_embedded_broker_start (self->broker, &error));
  self->app = qs_application_new (qs_embedded_broker_get_address (self->broker));
  self->source = make_source (name);
  self->topic = g_strconcat ("source__", name, NULL);
  self->dead_letters = g_strconcat ("dead-letter__", self->topic, NULL);
  g_assert_nonnull (qs_application_add_source (self->app, self->source, NULL, &error));
  g_signal_connect (self->app, "source-stats", G_CALLBACK (stats_cb), self);
}

static void
fixture_tear_down (Fixture *self, gconstpointer name)
{
  g_assert_finalize_object (self->app);
  g_assert_finalize_object (self->source);
  g_assert_finalize_object (self->broker);
  g_clear_pointer (&self->stats, g_variant_unref);
  g_free (self->topic);
  g_free (self->dead_letters);
  g_clear_error (&self->error);
}

static gboolean
run (Fixture *self)
{
  return run_application (self->app, NULL, TEST_DEADLINE, &self->error);
}

static void
run_well (Fixture *self)
{
  run (self);
  g_assert_no_error (self->error);
}

static guint64
get_stat (Fixture *self, const char *key)
{
  guint64 value = G_MAXUINT64;

  g_assert_nonnull (self->stats);
  g_variant_lookup (self->stats, key, "t", &value);

  return value;
}

static GPtrArray *
read_topic (Fixture *self, const char *topic)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *messages = qs_embedded_broker_dup_messages (self->broker, topic, 0, &error);

  g_assert_no_error (error);

  return messages;
}

static void
assert_bytes (GBytes *bytes, const char *text)
{
  g_assert_nonnull (bytes);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), text, strlen (text));
}

static void
assert_header (QsMessage *message, const char *name, const char *text)
{
  g_autofree char *full = g_strconcat ("__qsource.errors.", name, NULL);
  GBytes          *value = qs_headers_lookup (qs_message_get_headers (message), full);

  assert_bytes (value, text);
}

/* That the good ones, and nothing else, are where they belong. */
static void
assert_good (Fixture *self)
{
  g_autoptr (GPtrArray) messages = read_topic (self, self->topic);

  g_assert_cmpuint (messages->len, ==, N_ROUNDS);
  for (guint i = 0; i < messages->len; i++)
    {
      assert_bytes (qs_message_get_key (messages->pdata[i]), "good");
      assert_bytes (qs_message_get_value (messages->pdata[i]), "\"value\"");
    }
  g_assert_cmpuint (get_stat (self, "n-acknowledged"), ==, N_ROUNDS);
  g_assert_cmpuint (get_stat (self, "n-in-flight"), ==, 0);
}

/* The dead letters, of which there are so many, and the last one's common headers
 * are right; @stage nullable. transfer full */
static QsMessage *
take_dead_letter (Fixture *self, guint n, const char *stage)
{
  g_autoptr (GPtrArray) messages = read_topic (self, self->dead_letters);
  QsMessage *message = NULL;

  g_assert_cmpuint (messages->len, ==, n);
  g_assert_cmpuint (get_stat (self, "n-dead-letters"), ==, n);
  g_assert_cmpuint (get_stat (self, "n-skipped"), ==, 0);
  g_assert_cmpuint (get_stat (self, "n-failed"), ==, n);

  message = messages->pdata[0];
  assert_header (message, "source.name", qs_base_source_get_name (self->source));
  assert_header (message, "topic", self->topic);
  if (stage != NULL)
    assert_header (message, "stage", stage);

  return g_object_ref (message);
}

static void
test_unserializable (Fixture *self, gconstpointer name)
{
  g_autoptr (QsMessage) letter = NULL;

  g_test_summary ("What can't be serialized is a dead letter, as text, with its own headers");

  run_well (self);
  assert_good (self);
  letter = take_dead_letter (self, 2 * N_ROUNDS, "serialize");
  assert_bytes (qs_message_get_key (letter), "unserializable");
  assert_bytes (qs_message_get_value (letter), "<b'bytes'>");
  assert_header (letter, "value.format", "gvariant");
  assert_header (letter, "error.domain", "qs-serialization-error-quark");
  assert_bytes (qs_headers_lookup (qs_message_get_headers (letter), "own"), "own");
  g_assert_cmpint (qs_message_get_timestamp (letter), ==, 12345);
}

static void
test_large (Fixture *self, gconstpointer name)
{
  g_autoptr (QsMessage) letter = NULL;

  g_test_summary ("What is too large for any record is a dead letter that is cut, and says so");

  run_well (self);
  assert_good (self);
  letter = take_dead_letter (self, N_ROUNDS, "produce");
  assert_bytes (qs_message_get_key (letter), "large");
  g_assert_cmpuint (g_bytes_get_size (qs_message_get_value (letter)), ==, 4096);
  assert_header (letter, "value.length", G_STRINGIFY (2097152));
  assert_header (letter, "error.code", "7");
}

static void
test_transaction (Fixture *self, gconstpointer name)
{
  g_test_summary ("Exactly once, a dead letter may be all that there is in a transaction");

  g_object_set (self->app, "processing-guarantee", QS_PROCESSING_GUARANTEE_EXACTLY_ONCE, NULL);
  run_well (self);
  g_object_unref (take_dead_letter (self, N_ROUNDS, "source"));
}

static void
test_misplaced (Fixture *self, gconstpointer name)
{
  g_autoptr (QsMessage) letter = NULL;

  g_test_summary ("What names a partition that isn't there is a dead letter");

  run_well (self);
  assert_good (self);
  /* Which of the two finds it depends on how soon the partitions are known. */
  letter = take_dead_letter (self, N_ROUNDS, NULL);
  assert_bytes (qs_message_get_key (letter), "misplaced");
  g_assert_null (qs_message_get_value (letter));
  assert_header (letter, "partition", "99");
}

static void
test_rejected (Fixture *self, gconstpointer name)
{
  g_autoptr (QsMessage) letter = NULL;

  g_test_summary ("What a source rejects is a dead letter, as it came");

  run_well (self);
  assert_good (self);
  letter = take_dead_letter (self, N_ROUNDS, "source");
  assert_bytes (qs_message_get_value (letter), "raw");
  assert_header (letter, "error.message", "not a line");
}

static void
refuse (Fixture *self, int code)
{
  qs_embedded_broker_push_error (self->broker, API_PRODUCE, &code, 1);
}

static void
test_refused (Fixture *self, gconstpointer name)
{
  g_autoptr (GPtrArray) letters = NULL;
  g_autoptr (GPtrArray) messages = NULL;

  g_test_summary ("What the brokers refuse, which are whole batches, are dead letters");

  /* The code is the end of its name. */
  refuse (self, atoi (strrchr (name, '-') + 1));
  run_well (self);
  letters = read_topic (self, self->dead_letters);
  messages = read_topic (self, self->topic);
  g_assert_cmpuint (letters->len, >, 0);
  g_assert_cmpuint (letters->len + messages->len, ==, N_ROUNDS);
  assert_header (letters->pdata[0], "stage", "delivery");
  assert_header (letters->pdata[0], "partition", "0");
  assert_bytes (qs_message_get_value (letters->pdata[0]), "\"value\"");
  g_assert_cmpuint (get_stat (self, "n-dead-letters"), ==, letters->len);
  g_assert_cmpuint (get_stat (self, "n-acknowledged"), ==, messages->len);
}

static void
test_forbidden (Fixture *self, gconstpointer name)
{
  g_test_summary ("What is about no single record fails, whatever is done with records");

  refuse (self, CODE_TOPIC_AUTHORIZATION_FAILED);
  g_assert_false (run (self));
  g_assert_nonnull (strstr (self->error->message, self->topic));
}

static void
test_skip (Fixture *self, gconstpointer name)
{
  g_test_summary ("What is skipped is counted, and nothing else is lost");

  run_well (self);
  assert_good (self);
  g_assert_cmpuint (get_stat (self, "n-skipped"), ==, 5 * N_ROUNDS);
  g_assert_cmpuint (get_stat (self, "n-failed"), ==, 5 * N_ROUNDS);
  g_assert_cmpuint (get_stat (self, "n-dead-letters"), ==, 0);
}

static void
test_fail (Fixture *self, gconstpointer text)
{
  g_test_summary ("By default each of them is the source's failure");

  g_assert_false (run (self));
  g_test_message ("%s", self->error->message);
  g_assert_error (self->error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_FAILED);
}

static void
test_missing (Fixture *self, gconstpointer name)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("A dead-letter topic that is away is a failure, before anything is produced");

  g_assert_true (qs_embedded_broker_create_topic (self->broker, self->topic, 1, &error));
  g_object_set (self->app, "auto-create-topics", FALSE, NULL);
  g_assert_false (run (self));
  g_assert_nonnull (strstr (self->error->message, self->dead_letters));
}

static void
test_dead_letter_refused (Fixture *self, gconstpointer name)
{
  const int codes[] = { CODE_MSG_SIZE_TOO_LARGE, CODE_MSG_SIZE_TOO_LARGE };

  g_test_summary ("A dead letter that is refused is the source's failure");

  qs_embedded_broker_push_error (self->broker, API_PRODUCE, codes, G_N_ELEMENTS (codes));
  g_assert_false (run (self));
  g_assert_nonnull (strstr (self->error->message, self->dead_letters));
}

static void
test_same_topic (Fixture *self, gconstpointer name)
{
  g_autoptr (QsTopic) topic = qs_topic_new (self->topic);

  g_test_summary ("The topic of a source can't be the one of its dead letters");

  g_object_set (self->source, "dead-letter-topic", topic, NULL);
  g_assert_false (run (self));
  g_assert_error (self->error, QS_APPLICATION_ERROR, QS_APPLICATION_ERROR_DUPLICATE);
}

int
main (int argc, char **argv)
{
  if (qs_worker_child_is_active ())
    worker_main (make_source, NULL);

  g_test_init (&argc, &argv, NULL);

  /* Much of it is warned of. */
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);

#define add(path, name, func)                                                                      \
  g_test_add ("/dead-letters/" path, Fixture, name, fixture_set_up, func, fixture_tear_down)

  add ("unserializable", "dead-unserializable", test_unserializable);
  add ("large", "dead-large", test_large);
  add ("misplaced", "dead-misplaced", test_misplaced);
  add ("rejected", "dead-rejected", test_rejected);
  add ("transaction", "dead-rejected-alone", test_transaction);
  add ("refused/message-too-large", "dead-10", test_refused);
  add ("refused/batch-too-large", "dead-18", test_refused);
  add ("refused/size", "dead-4", test_refused);
  add ("refused/timestamp", "dead-32", test_refused);
  add ("refused/record", "dead-87", test_refused);
  add ("forbidden", "dead-", test_forbidden);
  add ("skip", "skip-unserializable-large-misplaced-rejected", test_skip);
  add ("fail/unserializable", "fail-unserializable", test_fail);
  add ("fail/large", "fail-large", test_fail);
  add ("fail/misplaced", "fail-misplaced", test_fail);
  add ("fail/rejected", "fail-rejected", test_fail);
  add ("missing", "dead-", test_missing);
  add ("dead-letter-refused", "dead-", test_dead_letter_refused);
  add ("same-topic", "dead-", test_same_topic);

  return g_test_run ();
}

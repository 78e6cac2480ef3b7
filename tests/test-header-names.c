/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Records of other producers, whose headers' names are no C strings. */

#include <qsource/qsource.h>

#include "qs-rdkafka-private.h"
#include "start-broker.h"

#define TOPIC "foreign"
#define DEADLINE_MS 20000

/* More than any honest record has, and within the size that one may have. */
#define N_HOSTILE 100000

typedef struct
{
  QsEmbeddedBroker *broker;
  rd_kafka_t       *client;
  QsApplication    *app;
  QsDataframe      *dataframe;
  GString          *seen;   /* values, and the headers' names */
  GString          *errors; /* that consumer-error told */
  gboolean          is_ignoring;
} Fixture;

/* A header: its name with its length, and a value that may be NULL. */
typedef struct
{
  const char *name;
  int         length;
  const char *value;
} Header;

static gboolean
collect (GVariant *value, QsRecord *record, gpointer user_data, GError **error)
{
  Fixture   *fixture = user_data;
  QsHeaders *headers = qs_record_get_headers (record);
  guint      n = headers != NULL ? qs_headers_get_length (headers) : 0;

  g_string_append_printf (fixture->seen, "%s:", g_variant_get_string (value, NULL));
  for (guint i = 0; i < n && i < 3; i++)
    g_string_append_printf (fixture->seen, "%s,", qs_headers_get_name (headers, i));
  g_string_append_c (fixture->seen, ' ');

  return TRUE;
}

static gboolean
consumer_error_cb (QsApplication *app, QsMessage *message, GError *error, Fixture *fixture)
{
  g_assert_true (QS_IS_MESSAGE (message));
  g_string_append_printf (fixture->errors, "%s\n", error->message);

  return fixture->is_ignoring;
}

static void
fixture_set_up (Fixture *fixture, gconstpointer user_data)
{
  rd_kafka_conf_t *conf = rd_kafka_conf_new ();
  g_autoptr (QsTopic) topic = qs_topic_new (TOPIC);
  g_autoptr (QsSerializer) string = qs_serializer_for_name ("string", NULL);
  g_autoptr (GError) error = NULL;
  char text[512];

  /* That errors are ignored is warned of. */
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);
  fixture->broker = start_broker (TOPIC, 1);
  rd_kafka_conf_set (conf,
                     "bootstrap.servers",
                     qs_embedded_broker_get_address (fixture->broker),
                     text,
                     sizeof text);
  rd_kafka_conf_set (conf, "message.max.bytes", "10000000", text, sizeof text);
  fixture->client = rd_kafka_new (RD_KAFKA_PRODUCER, conf, text, sizeof text);
  fixture->seen = g_string_new (NULL);
  fixture->errors = g_string_new (NULL);

  fixture->app = g_object_new (QS_TYPE_APPLICATION,
                               "broker-address",
                               qs_embedded_broker_get_address (fixture->broker),
                               "auto-offset-reset",
                               QS_AUTO_OFFSET_RESET_EARLIEST,
                               "drain",
                               TRUE,
                               "run-timeout",
                               60.0,
                               NULL);
  g_signal_connect (fixture->app, "consumer-error", G_CALLBACK (consumer_error_cb), fixture);
  qs_topic_set_value_serializer (topic, string);
  fixture->dataframe = qs_application_dataframe (fixture->app, topic, NULL, &error);
  g_assert_no_error (error);
  qs_dataframe_sink (fixture->dataframe, collect, fixture, NULL);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer user_data)
{
  rd_kafka_destroy (fixture->client);
  g_object_unref (fixture->dataframe);
  g_object_unref (fixture->app);
  g_object_unref (fixture->broker);
  g_string_free (fixture->seen, TRUE);
  g_string_free (fixture->errors, TRUE);
}

static void
produce_list (Fixture *fixture, const char *value, rd_kafka_headers_t *list)
{
  rd_kafka_vu_t parts[] = {
    { .vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = TOPIC },
    { .vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = 0 },
    { .vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = { (void *) value, strlen (value) } },
    { .vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY },
    { .vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = list },
  };

  g_assert_null (rd_kafka_produceva (fixture->client, parts, G_N_ELEMENTS (parts)));
  g_assert_cmpint (rd_kafka_flush (fixture->client, DEADLINE_MS), ==, RD_KAFKA_RESP_ERR_NO_ERROR);
}

static void
produce (Fixture *fixture, const char *value, const Header *headers, guint n_headers)
{
  rd_kafka_headers_t *list = rd_kafka_headers_new (n_headers);

  for (guint i = 0; i < n_headers; i++)
    rd_kafka_header_add (list,
                         headers[i].name,
                         headers[i].length,
                         headers[i].value,
                         headers[i].value != NULL ? (gssize) strlen (headers[i].value) : 0);
  produce_list (fixture, value, list);
}

/* Good ones with all that is like bad ones, and bad ones of each kind. */
static void
produce_all (Fixture *fixture)
{
  const Header good[] = { { "a", 1, "v" }, { "a", 1, NULL }, { "", 0, NULL }, { "a", 1, "" } };
  const Header with_value[] = { { "a", 1, "v" }, { "a\0b", 3, "v" } };
  const Header without[] = { { "a\0b", 3, NULL }, { "a", 1, "v" } };
  const Header behind[] = { { "a", 1, NULL }, { "a\0", 2, NULL } };
  const Header at_first[] = { { "\0a", 2, NULL } };

  produce (fixture, "good", good, G_N_ELEMENTS (good));
  produce (fixture, "value", with_value, G_N_ELEMENTS (with_value));
  produce (fixture, "null", without, G_N_ELEMENTS (without));
  produce (fixture, "behind", behind, G_N_ELEMENTS (behind));
  produce (fixture, "first", at_first, G_N_ELEMENTS (at_first));
  produce (fixture, "last", good, 1);
}

static guint
count_lines (const char *text, const char *part)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  guint n = 0;

  for (guint i = 0; lines[i] != NULL; i++)
    n += strstr (lines[i], part) != NULL;

  return n;
}

static void
test_ignored (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("A NUL in a header's name is a consumer-error, and never cut in silence");

  fixture->is_ignoring = TRUE;
  produce_all (fixture);
  g_assert_true (qs_application_run (fixture->app, NULL, &error));
  g_assert_no_error (error);

  g_assert_cmpstr (fixture->seen->str, ==, "good:a,a,, last:a, ");
  g_assert_cmpuint (count_lines (fixture->errors->str, "there is a NUL in the name"), ==, 4);
  g_assert_nonnull (strstr (fixture->errors->str, "topic '" TOPIC "', partition 0, offset 1"));
  g_assert_cmpuint (qs_application_get_n_ignored (fixture->app), ==, 4);
}

static void
test_fails (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("Where nobody ignores it, run() ends with that error");

  produce_all (fixture);
  g_assert_false (qs_application_run (fixture->app, NULL, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_REJECTED);
  g_assert_nonnull (strstr (error->message, "there is a NUL in the name that begins with 'a'"));
  g_assert_cmpstr (fixture->seen->str, ==, "good:a,a,, ");
}

/* Without a bound, this takes minutes. */
static void
test_hostile (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;
  rd_kafka_headers_t *nulls = rd_kafka_headers_new (N_HOSTILE);
  rd_kafka_headers_t *values = rd_kafka_headers_new (N_HOSTILE);

  g_test_summary ("A record of very many headers without values is refused before it costs much");

  for (guint i = 0; i < N_HOSTILE; i++)
    {
      g_autofree char *name = g_strdup_printf ("%x", i);

      rd_kafka_header_add (nulls, name, -1, NULL, 0);
      rd_kafka_header_add (values, name, -1, "", 0);
    }
  fixture->is_ignoring = TRUE;
  produce_list (fixture, "nulls", nulls);
  produce_list (fixture, "values", values);
  g_assert_true (qs_application_run (fixture->app, NULL, &error));
  g_assert_no_error (error);

  g_assert_cmpstr (fixture->seen->str, ==, "values:0,1,2, ");
  g_assert_cmpuint (count_lines (fixture->errors->str, "too many have no value"), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, func)                                                                            \
  g_test_add ("/header-names/" path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

  add ("ignored", test_ignored);
  add ("fails", test_fails);
  add ("hostile", test_hostile);

  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-admin-private.h"
#include "qs-claim-private.h"
#include "qs-group-members-private.h"
#include "qs-kafka-error.h"
#include "qs-test-kafka.h"
#include "wait-for.h"

#define N_PARTITIONS 4

static void
assigned (const int *partitions, guint n_partitions, gpointer user_data)
{
}

static void
revoked (const int *partitions, guint n_partitions, gboolean lost, gpointer user_data)
{
  QsClaim **claim = user_data;

  qs_claim_release (*claim);
}

static void
failed (const GError *error, gpointer user_data)
{
  g_error ("%s", error->message);
}

static void
left (gpointer user_data)
{
}

static const QsClaimListener listener = { assigned, revoked, failed, left };

static QsClaim *
join_as (QsClaimThread *thread,
         QsKafkaConfig *config,
         const char    *topic,
         const char    *id,
         QsClaim      **place)
{
  const QsClaimSettings settings = {
    .config = config,
    .group = topic,
    .topic = topic,
    .instance_id = id,
    .session_timeout = 30,
  };
  g_autoptr (GError) error = NULL;
  QsClaim *claim = qs_claim_new (thread, &settings, &listener, place, &error);

  g_assert_no_error (error);

  return claim;
}

/* Who is there, and what each has: "one 0 1, two 2 3"; transfer full. */
static char *
describe (QsKafkaConfig *config, const char *group)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) members = qs_group_members_fetch (config, group, 10, NULL, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < members->len; i++)
    {
      const QsGroupMember *member = members->pdata[i];

      g_string_append_printf (text, "%s:%u ", member->instance_id, member->partitions->len);
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}

static gboolean
is_described (QsKafkaConfig *config, const char *group, const char *one, const char *other)
{
  g_autofree char *text = describe (config, group);

  return g_str_equal (text, one) || g_str_equal (text, other);
}

static void
test_fetch (void)
{
  const char *address = qs_test_kafka_shared ();
  g_autoptr (QsKafkaConfig) config = NULL;
  g_autoptr (QsAdmin) admin = NULL;
  g_autoptr (QsClaimThread) thread = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *topic = qs_test_kafka_unique_name ("members");
  QsClaim         *one = NULL;
  QsClaim         *two = NULL;

  g_test_summary (
      "It tells who is in a group and what each has, and nobody of one without members");

  if (address == NULL)
    return;

  config = qs_kafka_config_new (address);
  admin = qs_admin_new (config, &error);
  g_assert_no_error (error);
  qs_admin_create_topic (admin, topic, N_PARTITIONS, 1, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (is_described (config, topic, "", ""));

  thread = qs_claim_thread_new ();
  one = join_as (thread, config, topic, "one", &one);
  WAIT_UNTIL (is_described (config, topic, "one:4 ", "one:4 "));
  two = join_as (thread, config, topic, "two", &two);
  WAIT_UNTIL (is_described (config, topic, "one:2 two:2 ", "two:2 one:2 "));
  qs_claim_free (one);
  qs_claim_free (two);
}

static void
test_no_broker (void)
{
  g_autoptr (QsKafkaConfig) config = qs_kafka_config_new ("127.0.0.1:1");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) cancelled = NULL;

  g_test_summary ("It fails in time without a broker, and at once when it is cancelled");

  g_assert_null (qs_group_members_fetch (config, "group", 0.3, NULL, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_TIMED_OUT);
  g_cancellable_cancel (cancellable);
  g_assert_null (
      qs_group_members_fetch (config, "group", G_MAXINT / 1000, cancellable, &cancelled));
  g_assert_error (cancelled, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/group-members/fetch", test_fetch);
  g_test_add_func ("/group-members/no-broker", test_no_broker);

  return g_test_run ();
}

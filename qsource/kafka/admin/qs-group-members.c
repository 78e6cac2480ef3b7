/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-group-members-private.h"

#include "qs-deadline-private.h"
#include "qs-kafka-conf-private.h"
#include "qs-kafka-end-private.h"
#include "qs-kafka-error-private.h"

/* Milliseconds: how soon it ends that is cancelled. */
#define SLICE 100

G_DEFINE_AUTOPTR_CLEANUP_FUNC (rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (rd_kafka_event_t, rd_kafka_event_destroy)

static void
member_free (gpointer data)
{
  QsGroupMember *self = data;

  g_free (self->instance_id);
  g_array_unref (self->partitions);
  g_free (self);
}

GPtrArray *
qs_group_members_new (void)
{
  return g_ptr_array_new_with_free_func (member_free);
}

QsGroupMember *
qs_group_members_add (GPtrArray *self, const char *instance_id)
{
  QsGroupMember *member = g_new0 (QsGroupMember, 1);

  member->instance_id = g_strdup (instance_id);
  member->partitions = g_array_new (FALSE, FALSE, sizeof (int));
  g_ptr_array_add (self, member);

  return member;
}

static void
read_member (GPtrArray *members, const rd_kafka_MemberDescription_t *description)
{
  const char *id = rd_kafka_MemberDescription_group_instance_id (description);
  const rd_kafka_MemberAssignment_t *assignment =
      rd_kafka_MemberDescription_assignment (description);
  const rd_kafka_topic_partition_list_t *partitions = NULL;
  QsGroupMember                         *member = NULL;

  if (id == NULL || *id == '\0')
    return;

  member = qs_group_members_add (members, id);
  if (assignment != NULL)
    partitions = rd_kafka_MemberAssignment_partitions (assignment);
  for (int i = 0; partitions != NULL && i < partitions->cnt; i++)
    {
      int partition = partitions->elems[i].partition;

      g_array_append_val (member->partitions, partition);
    }
}

static GPtrArray *
read_answer (const char *what, rd_kafka_event_t *event, GError **error)
{
  g_autoptr (GPtrArray) members = qs_group_members_new ();
  const rd_kafka_ConsumerGroupDescription_t **groups = NULL;
  const rd_kafka_error_t                     *failure = NULL;
  gsize                                       n_groups = 0;
  gsize                                       n_members = 0;
  rd_kafka_resp_err_t                         code = rd_kafka_event_error (event);

  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return qs_kafka_error_set (error, code, what, rd_kafka_event_error_string (event)), NULL;

  groups = rd_kafka_DescribeConsumerGroups_result_groups (
      rd_kafka_event_DescribeConsumerGroups_result (event), &n_groups);
  g_assert (n_groups == 1);
  failure = rd_kafka_ConsumerGroupDescription_error (groups[0]);
  if (failure != NULL && rd_kafka_error_code (failure) != RD_KAFKA_RESP_ERR_NO_ERROR)
    {
      qs_kafka_error_set (
          error, rd_kafka_error_code (failure), what, rd_kafka_error_string (failure));
      return NULL;
    }

  if (rd_kafka_ConsumerGroupDescription_state (groups[0]) == RD_KAFKA_CONSUMER_GROUP_STATE_STABLE)
    n_members = rd_kafka_ConsumerGroupDescription_member_count (groups[0]);
  for (gsize i = 0; i < n_members; i++)
    read_member (members, rd_kafka_ConsumerGroupDescription_member (groups[0], i));

  return g_steal_pointer (&members);
}

static GPtrArray *
ask (rd_kafka_t   *client,
     const char   *group,
     double        timeout,
     GCancellable *cancellable,
     GError      **error)
{
  rd_kafka_queue_t *results = rd_kafka_queue_new (client);
  g_autofree char  *what = g_strdup_printf ("Cannot ask who is in group '%s'", group);
  gint64            deadline = qs_deadline_after (timeout);
  g_autoptr (rd_kafka_AdminOptions_t) options =
      rd_kafka_AdminOptions_new (client, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS);
  g_autoptr (rd_kafka_event_t) event = NULL;
  GPtrArray *members = NULL;

  rd_kafka_AdminOptions_set_request_timeout (options, (int) (timeout * 1000), NULL, 0);
  rd_kafka_DescribeConsumerGroups (client, &group, 1, options, results);
  while (event == NULL && !qs_deadline_passed (deadline) &&
         !g_cancellable_is_cancelled (cancellable))
    event = rd_kafka_queue_poll (results, MAX (qs_deadline_slice (deadline, SLICE), 1));

  if (event != NULL)
    members = read_answer (what, event, error);
  else if (!g_cancellable_set_error_if_cancelled (cancellable, error))
    qs_kafka_error_set (error, RD_KAFKA_RESP_ERR__TIMED_OUT, what, NULL);
  rd_kafka_queue_destroy (results);

  return members;
}

GPtrArray *
qs_group_members_fetch (QsKafkaConfig *config,
                        const char    *group,
                        double         timeout,
                        GCancellable  *cancellable,
                        GError       **error)
{
  rd_kafka_conf_t *conf = qs_kafka_conf_new (
      QS_KAFKA_ROLE_ADMIN, config->bootstrap_servers, config->client_config, NULL, error);
  rd_kafka_t *client = NULL;
  GPtrArray  *members = NULL;

  if (conf != NULL)
    client = qs_kafka_conf_create (conf, QS_KAFKA_ROLE_ADMIN, error);
  if (client == NULL)
    return NULL;

  members = ask (client, group, timeout, cancellable, error);
  qs_kafka_end_client (client);

  return members;
}

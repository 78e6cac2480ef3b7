/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-cluster-names-private.h"

#include "qs-kafka-conf-private.h"
#include "qs-kafka-end-private.h"
#include "qs-kafka-error-private.h"

/* Appends names to an array of char*. */
typedef rd_kafka_resp_err_t (*ListFunc) (rd_kafka_t *client, GPtrArray *names, int timeout_ms);

static rd_kafka_resp_err_t
list_topics (rd_kafka_t *client, GPtrArray *names, int timeout_ms)
{
  const struct rd_kafka_metadata *metadata = NULL;
  rd_kafka_resp_err_t             code = rd_kafka_metadata (client, 1, NULL, &metadata, timeout_ms);

  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return code;

  for (int i = 0; i < metadata->topic_cnt; i++)
    g_ptr_array_add (names, g_strdup (metadata->topics[i].topic));
  rd_kafka_metadata_destroy (metadata);

  return code;
}

static rd_kafka_resp_err_t
list_groups (rd_kafka_t *client, GPtrArray *names, int timeout_ms)
{
  const struct rd_kafka_group_list *groups = NULL;
  rd_kafka_resp_err_t               code = rd_kafka_list_groups (client, NULL, &groups, timeout_ms);

  /* Returns the names from some brokers rather than none. */
  if (groups == NULL)
    return code;

  for (int i = 0; i < groups->group_cnt; i++)
    g_ptr_array_add (names, g_strdup (groups->groups[i].group));
  rd_kafka_group_list_destroy (groups);

  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const char *const *) a, *(const char *const *) b);
}

static char **
list (QsKafkaConfig *config, ListFunc func, const char *what, GError **error)
{
  g_autoptr (rd_kafka_conf_t) conf = NULL;
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
  rd_kafka_t         *client = NULL;

  conf = qs_kafka_conf_new (
      QS_KAFKA_ROLE_ADMIN, config->bootstrap_servers, config->client_config, NULL, error);
  if (conf == NULL)
    return NULL;
  client = qs_kafka_conf_create (g_steal_pointer (&conf), QS_KAFKA_ROLE_ADMIN, error);
  if (client == NULL)
    return NULL;

  code = func (client, names, (int) (config->request_timeout * 1000));
  qs_kafka_end_client (client);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    {
      qs_kafka_error_set (error, code, what, NULL);
      return NULL;
    }

  g_ptr_array_sort (names, compare);
  g_ptr_array_add (names, NULL);

  return (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

char **
qs_cluster_names_list_topics (QsKafkaConfig *config, GError **error)
{
  g_autofree char *what = g_strdup_printf ("Cannot list topics at '%s'", config->bootstrap_servers);

  return list (config, list_topics, what, error);
}

char **
qs_cluster_names_list_groups (QsKafkaConfig *config, GError **error)
{
  g_autofree char *what =
      g_strdup_printf ("Cannot list consumer groups at '%s'", config->bootstrap_servers);

  return list (config, list_groups, what, error);
}

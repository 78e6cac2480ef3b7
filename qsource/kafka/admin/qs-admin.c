/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-admin-private.h"

#include "qs-admission-private.h"
#include "qs-deadline-private.h"
#include "qs-embedded-broker-private.h"
#include "qs-kafka-conf-private.h"
#include "qs-kafka-end-private.h"
#include "qs-kafka-error-private.h"
#include "qs-log-private.h"
#include "qs-topic-info-private.h"

/* Milliseconds. A cancelled call returns within a slice, unless a broker that
 * was reached takes longer to answer: then the slices grow. */
#define SLICE 150
#define MAX_SLICE 5000

/* Milliseconds; the most that librdkafka takes. */
#define MAX_REQUEST_TIME (3600 * 1000)

/* Seconds after which a warning says that no broker was reached yet. */
#define WARN_AFTER 4.0

/* Seconds for what it isn't worth to wait for. */
#define GLANCE_TIME 5.0

struct _QsAdmin
{
  GObject parent_instance;

  QsKafkaConfig    *config;  /* owned */
  rd_kafka_t       *client;  /* owned */
  rd_kafka_queue_t *results; /* of admin requests; owned */
  int               slice;   /* milliseconds to wait for an answer, see SLICE */
  QsAdmission       admission;
};

G_DEFINE_FINAL_TYPE (QsAdmin, qs_admin, G_TYPE_OBJECT)

G_DEFINE_AUTOPTR_CLEANUP_FUNC (rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (rd_kafka_ConfigResource_t, rd_kafka_ConfigResource_destroy)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (rd_kafka_event_t, rd_kafka_event_destroy)

/* Runs in the caller's thread, in rd_kafka_poll(). */
static void
error_cb (rd_kafka_t *client, int code, const char *reason, void *user_data)
{
  QsAdmin *self = user_data;

  qs_admission_note (&self->admission, code, reason);
}

static void
qs_admin_finalize (GObject *object)
{
  QsAdmin *self = QS_ADMIN (object);

  g_clear_pointer (&self->results, rd_kafka_queue_destroy);
  g_clear_pointer (&self->client, qs_kafka_end_client);
  g_clear_pointer (&self->config, qs_kafka_config_unref);
  qs_admission_clear (&self->admission);

  G_OBJECT_CLASS (qs_admin_parent_class)->finalize (object);
}

static void
qs_admin_class_init (QsAdminClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = qs_admin_finalize;
}

static void
qs_admin_init (QsAdmin *self)
{
  self->slice = SLICE;
}

/* Whether waiting for an answer makes sense. */
static gboolean
check_going (QsAdmin *self, GCancellable *cancellable, GError **error)
{
  rd_kafka_poll (self->client, 0);

  return qs_admission_check (&self->admission, error) &&
         !g_cancellable_set_error_if_cancelled (cancellable, error);
}

/* For one question. */
static gint64
cut_deadline (QsAdmin *self, gint64 deadline)
{
  return MIN (deadline, qs_deadline_after (self->config->request_timeout));
}

/* Asks for metadata: of @topic, of all topics, or (neither) of the brokers only,
 * until it is answered. NULL with *@code set: not in time. */
static const struct rd_kafka_metadata *
fetch_metadata (QsAdmin             *self,
                rd_kafka_topic_t    *topic,
                gboolean             all,
                gint64               deadline,
                GCancellable        *cancellable,
                rd_kafka_resp_err_t *code,
                GError             **error)
{
  const struct rd_kafka_metadata *metadata = NULL;
  gint64                          warn_at = qs_deadline_after (WARN_AFTER);

  while (check_going (self, cancellable, error))
    {
      *code = rd_kafka_metadata (
          self->client, all, topic, &metadata, MAX (qs_deadline_slice (deadline, self->slice), 1));
      if (*code == RD_KAFKA_RESP_ERR_NO_ERROR)
        {
          qs_admission_prove (&self->admission);
          return metadata;
        }

      /* One that was reached but is slow needs more time than a slice. */
      if (*code == RD_KAFKA_RESP_ERR__TIMED_OUT)
        self->slice = MIN (self->slice * 2, MAX_SLICE);
      if (qs_deadline_passed (deadline))
        return NULL;

      if (qs_deadline_passed (warn_at))
        {
          rd_kafka_poll (self->client, 0);
          qs_log_warning (NULL,
                          NULL,
                          "No broker at '%s' has answered yet: %s",
                          self->config->bootstrap_servers,
                          qs_admission_peek_cause (&self->admission) != NULL
                              ? qs_admission_peek_cause (&self->admission)
                              : rd_kafka_err2str (*code));
          warn_at = G_MAXINT64;
        }
    }

  return NULL;
}

/* Fills in what fetch_metadata() left to say. */
static void
set_unanswered (QsAdmin            *self,
                const char         *what,
                gint64              started,
                rd_kafka_resp_err_t code,
                GError            **error)
{
  if (!qs_admission_conclude (&self->admission, error))
    return;

  g_set_error (error,
               QS_KAFKA_ERROR,
               QS_KAFKA_ERROR_UNAVAILABLE,
               "%s: no broker at '%s' has answered within %.3g s: %s "
               "(check broker-address, and that the cluster runs)",
               what,
               self->config->bootstrap_servers,
               (double) (g_get_monotonic_time () - started) / G_USEC_PER_SEC,
               self->admission.cause != NULL ? self->admission.cause : rd_kafka_err2str (code));
}

QsAdmin *
qs_admin_new (QsKafkaConfig *config, GError **error)
{
  g_autoptr (QsAdmin) self = g_object_new (QS_TYPE_ADMIN, NULL);
  g_autofree char *what = g_strdup_printf ("Cannot connect to '%s'", config->bootstrap_servers);
  g_autoptr (rd_kafka_conf_t) conf = NULL;

  self->config = qs_kafka_config_ref (config);
  qs_admission_init (&self->admission, what, config->request_timeout);
  conf = qs_kafka_conf_new (
      QS_KAFKA_ROLE_ADMIN, config->bootstrap_servers, config->client_config, NULL, error);
  if (conf == NULL)
    return NULL;

  rd_kafka_conf_set_opaque (conf, self);
  rd_kafka_conf_set_error_cb (conf, error_cb);
  self->client = qs_kafka_conf_create (g_steal_pointer (&conf), QS_KAFKA_ROLE_ADMIN, error);
  if (self->client == NULL)
    return NULL;

  self->results = rd_kafka_queue_new (self->client);

  return g_steal_pointer (&self);
}

gint64
qs_admin_get_question_deadline (QsAdmin *self)
{
  return cut_deadline (self, G_MAXINT64);
}

gint64
qs_admin_get_creation_deadline (QsAdmin *self)
{
  return qs_deadline_after (self->config->topic_create_timeout);
}

gboolean
qs_admin_connect (QsAdmin *self, GCancellable *cancellable, GError **error)
{
  const gint64                    started = g_get_monotonic_time ();
  const gint64                    deadline = qs_admin_get_question_deadline (self);
  const struct rd_kafka_metadata *metadata = NULL;
  g_autoptr (GError) failure = NULL;
  rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;

  metadata = fetch_metadata (self, NULL, FALSE, deadline, cancellable, &code, &failure);
  if (metadata != NULL)
    {
      rd_kafka_metadata_destroy (metadata);
      return TRUE;
    }

  if (failure == NULL)
    set_unanswered (self, "Cannot connect to Kafka", started, code, &failure);
  g_propagate_error (error, g_steal_pointer (&failure));

  return FALSE;
}

/* As qs_admin_lookup_topic(), and counts the partitions with a leader. */
static gboolean
look_up (QsAdmin      *self,
         const char   *name,
         gint64        deadline,
         gboolean     *exists,
         QsTopicInfo  *info,
         int          *n_led,
         GCancellable *cancellable,
         GError      **error)
{
  g_autoptr (QsEmbeddedBroker) broker = NULL;
  g_autoptr (GError) failure = NULL;
  g_autofree char                *what = g_strdup_printf ("Cannot look up topic '%s'", name);
  const gint64                    started = g_get_monotonic_time ();
  const struct rd_kafka_metadata *metadata = NULL;
  rd_kafka_topic_t               *topic = NULL;
  rd_kafka_resp_err_t             code = RD_KAFKA_RESP_ERR_NO_ERROR;

  /* Asked for one topic by name, an embedded broker would create it. */
  broker = qs_embedded_broker_lookup (self->config->bootstrap_servers);
  if (broker == NULL)
    {
      topic = rd_kafka_topic_new (self->client, name, NULL);
      if (topic == NULL)
        return qs_kafka_error_set (error, rd_kafka_last_error (), what, NULL);
    }

  deadline = cut_deadline (self, deadline);
  metadata = fetch_metadata (self, topic, topic == NULL, deadline, cancellable, &code, &failure);
  g_clear_pointer (&topic, rd_kafka_topic_destroy);
  if (metadata == NULL)
    {
      if (failure == NULL)
        set_unanswered (self, what, started, code, &failure);
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }

  code = qs_topic_info_read (info, metadata, name, n_led);
  rd_kafka_metadata_destroy (metadata);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
    return qs_kafka_error_set_for_topic (error, code, what, NULL, QS_KAFKA_RIGHT_DESCRIBE);

  *exists = code == RD_KAFKA_RESP_ERR_NO_ERROR;

  return TRUE;
}

gboolean
qs_admin_lookup_topic (QsAdmin      *self,
                       const char   *name,
                       gint64        deadline,
                       gboolean     *exists,
                       QsTopicInfo  *info,
                       GCancellable *cancellable,
                       GError      **error)
{
  int n_led = 0;

  return look_up (self, name, deadline, exists, info, &n_led, cancellable, error);
}

static rd_kafka_AdminOptions_t *
create_options (QsAdmin *self, rd_kafka_admin_op_t op, gint64 deadline)
{
  rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new (self->client, op);
  int                      timeout_ms = qs_deadline_slice (deadline, MAX_REQUEST_TIME);
  char                     reason[512];

  rd_kafka_AdminOptions_set_request_timeout (options, timeout_ms, reason, sizeof reason);

  return options;
}

/* Waits for the answer to an admin request; librdkafka gives one in the end
 * also if no broker does. */
static rd_kafka_event_t *
wait_for_result (QsAdmin *self, GCancellable *cancellable, GError **error)
{
  while (check_going (self, cancellable, error))
    {
      rd_kafka_event_t *event = rd_kafka_queue_poll (self->results, SLICE);

      if (event != NULL)
        return event;
    }

  /* The answer to this request must not be taken for the next one's. */
  rd_kafka_queue_destroy (self->results);
  self->results = rd_kafka_queue_new (self->client);

  return NULL;
}

static GHashTable *
read_config (const rd_kafka_ConfigResource_t *resource)
{
  GHashTable *table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  const rd_kafka_ConfigEntry_t **entries = NULL;
  gsize                          n_entries = 0;

  entries = rd_kafka_ConfigResource_configs (resource, &n_entries);
  for (gsize i = 0; i < n_entries; i++)
    {
      const char *value = rd_kafka_ConfigEntry_value (entries[i]);

      if (value != NULL)
        g_hash_table_insert (
            table, g_strdup (rd_kafka_ConfigEntry_name (entries[i])), g_strdup (value));
    }

  return table;
}

/* The settings of a topic, or of a broker; @setting (nullable): only this one, since a
 * broker takes milliseconds for all of its own. */
static GHashTable *
describe (QsAdmin      *self,
          const char   *name,
          gboolean      is_topic,
          const char   *setting,
          gint64        deadline,
          GCancellable *cancellable,
          GError      **error)
{
  g_autoptr (rd_kafka_ConfigResource_t) resource = NULL;
  g_autoptr (rd_kafka_AdminOptions_t) options = NULL;
  g_autoptr (rd_kafka_event_t) event = NULL;
  g_autofree char                  *what = NULL;
  const char                       *text = NULL;
  const rd_kafka_ConfigResource_t **results = NULL;
  rd_kafka_resp_err_t               code;
  gsize                             n = 0;

  what =
      g_strdup_printf ("Cannot read the settings of %s '%s'", is_topic ? "topic" : "broker", name);
  resource = rd_kafka_ConfigResource_new (
      is_topic ? RD_KAFKA_RESOURCE_TOPIC : RD_KAFKA_RESOURCE_BROKER, name);
  if (setting != NULL)
    rd_kafka_ConfigResource_set_config (resource, setting, "");
  options = create_options (self, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, deadline);
  rd_kafka_DescribeConfigs (self->client, &resource, 1, options, self->results);
  event = wait_for_result (self, cancellable, error);
  if (event == NULL)
    return NULL;

  code = rd_kafka_event_error (event);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return qs_kafka_error_set (error, code, what, rd_kafka_event_error_string (event)), NULL;

  results =
      rd_kafka_DescribeConfigs_result_resources (rd_kafka_event_DescribeConfigs_result (event), &n);
  g_assert (n == 1);
  code = rd_kafka_ConfigResource_error (results[0]);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
    return read_config (results[0]);

  text = rd_kafka_ConfigResource_error_string (results[0]);
  qs_kafka_error_set_for_topic (error, code, what, text, QS_KAFKA_RIGHT_DESCRIBE_CONFIGS);

  return NULL;
}

gboolean
qs_admin_is_embedded (QsAdmin *self)
{
  g_autoptr (QsEmbeddedBroker) broker = qs_embedded_broker_lookup (self->config->bootstrap_servers);

  return broker != NULL || qs_kafka_conf_is_mock (self->client);
}

GHashTable *
qs_admin_dup_topic_config (QsAdmin      *self,
                           const char   *name,
                           gint64        deadline,
                           GCancellable *cancellable,
                           GError      **error)
{
  if (qs_admin_is_embedded (self))
    return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  return describe (self, name, TRUE, NULL, cut_deadline (self, deadline), cancellable, error);
}

double
qs_admin_find_id_lifetime (QsAdmin *self, GCancellable *cancellable)
{
  g_autoptr (GHashTable) settings = NULL;
  const char *setting = "transactional.id.expiration.ms";
  const char *text = NULL;
  gint64      deadline = qs_deadline_after (GLANCE_TIME);
  char        id[16];

  if (qs_admin_is_embedded (self))
    return -1;

  /* Any of them will do. */
  g_snprintf (id,
              sizeof id,
              "%d",
              (int) rd_kafka_controllerid (self->client, qs_deadline_slice (deadline, G_MAXINT)));
  settings = describe (self, id, FALSE, setting, deadline, cancellable, NULL);
  if (settings != NULL)
    text = g_hash_table_lookup (settings, setting);

  return text != NULL ? g_ascii_strtod (text, NULL) / 1000 : -1;
}

/* Waits for the answer to the request about one topic that was sent last, which
 * needed the right to @operation. */
static gboolean
finish_request (QsAdmin      *self,
                const char   *what,
                const char   *operation,
                GCancellable *cancellable,
                GError      **error)
{
  g_autoptr (rd_kafka_event_t) event = wait_for_result (self, cancellable, error);
  const rd_kafka_topic_result_t **results = NULL;
  rd_kafka_resp_err_t             code;
  gsize                           n_results = 0;

  if (event == NULL)
    return FALSE;

  code = rd_kafka_event_error (event);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return qs_kafka_error_set (error, code, what, rd_kafka_event_error_string (event));

  if (rd_kafka_event_type (event) == RD_KAFKA_EVENT_CREATETOPICS_RESULT)
    results = rd_kafka_CreateTopics_result_topics (rd_kafka_event_CreateTopics_result (event),
                                                   &n_results);
  else
    results = rd_kafka_DeleteTopics_result_topics (rd_kafka_event_DeleteTopics_result (event),
                                                   &n_results);
  g_assert (n_results == 1);
  code = rd_kafka_topic_result_error (results[0]);

  return code == RD_KAFKA_RESP_ERR_NO_ERROR ||
         qs_kafka_error_set_for_topic (
             error, code, what, rd_kafka_topic_result_error_string (results[0]), operation);
}

/* A topic that was created is known to each broker, and led, a little later. */
static gboolean
wait_for_leaders (QsAdmin      *self,
                  const char   *name,
                  gint64        deadline,
                  GCancellable *cancellable,
                  GError      **error)
{
  for (;;)
    {
      gboolean    exists = FALSE;
      QsTopicInfo info = { 0, 0 };
      int         n_led = 0;

      if (!look_up (self, name, deadline, &exists, &info, &n_led, cancellable, error))
        return FALSE;
      if (exists && info.n_partitions > 0 && n_led == info.n_partitions)
        return TRUE;

      rd_kafka_poll (self->client, qs_deadline_slice (deadline, SLICE / 3));
      if (qs_deadline_passed (deadline))
        {
          g_set_error (error,
                       QS_KAFKA_ERROR,
                       QS_KAFKA_ERROR_TIMED_OUT,
                       "Cannot use topic '%s': it was created, but %d of its %d partitions have "
                       "no leader after %g s (topic-create-timeout)",
                       name,
                       info.n_partitions - n_led,
                       info.n_partitions,
                       self->config->topic_create_timeout);
          return FALSE;
        }
    }
}

gboolean
qs_admin_create_topic (QsAdmin      *self,
                       const char   *name,
                       int           n_partitions,
                       int           replication_factor,
                       GVariant     *config,
                       GCancellable *cancellable,
                       GError      **error)
{
  g_autoptr (QsEmbeddedBroker) broker = NULL;
  g_autoptr (rd_kafka_NewTopic_t) topic = NULL;
  g_autoptr (rd_kafka_AdminOptions_t) options = NULL;
  g_autofree char *what = g_strdup_printf ("Cannot create topic '%s'", name);
  gint64           deadline = qs_admin_get_creation_deadline (self);

  broker = qs_embedded_broker_lookup (self->config->bootstrap_servers);
  if (broker != NULL)
    return qs_embedded_broker_create_topic (broker, name, MAX (n_partitions, 1), error);

  topic = qs_topic_info_new_topic (name, n_partitions, replication_factor, config, what, error);
  if (topic == NULL)
    return FALSE;

  options = create_options (self, RD_KAFKA_ADMIN_OP_CREATETOPICS, deadline);
  rd_kafka_CreateTopics (self->client, &topic, 1, options, self->results);

  return finish_request (self, what, QS_KAFKA_RIGHT_CREATE, cancellable, error) &&
         wait_for_leaders (self, name, deadline, cancellable, error);
}

gboolean
qs_admin_delete_topic (QsAdmin *self, const char *name, GCancellable *cancellable, GError **error)
{
  g_autoptr (QsEmbeddedBroker) broker = qs_embedded_broker_lookup (self->config->bootstrap_servers);
  g_autoptr (rd_kafka_AdminOptions_t) options = NULL;
  g_autofree char        *what = g_strdup_printf ("Cannot delete topic '%s'", name);
  gint64                  deadline = qs_admin_get_creation_deadline (self);
  rd_kafka_DeleteTopic_t *topic = NULL;
  gboolean                exists = TRUE;
  QsTopicInfo             info = { 0, 0 };

  if (broker != NULL)
    {
      g_set_error (error,
                   QS_KAFKA_ERROR,
                   QS_KAFKA_ERROR_INVALID_STATE,
                   "%s: an embedded broker keeps its topics until the program ends",
                   what);
      return FALSE;
    }

  topic = rd_kafka_DeleteTopic_new (name);
  options = create_options (self, RD_KAFKA_ADMIN_OP_DELETETOPICS, deadline);
  rd_kafka_DeleteTopics (self->client, &topic, 1, options, self->results);
  rd_kafka_DeleteTopic_destroy (topic);
  exists = finish_request (self, what, QS_KAFKA_RIGHT_DELETE, cancellable, error);

  /* Until then it can't be created again. */
  while (exists)
    {
      if (!qs_admin_lookup_topic (self, name, deadline, &exists, &info, cancellable, error))
        return FALSE;
      if (!exists)
        return TRUE;
      rd_kafka_poll (self->client, qs_deadline_slice (deadline, SLICE / 3));
      if (qs_deadline_passed (deadline))
        return qs_kafka_error_set (error, RD_KAFKA_RESP_ERR__TIMED_OUT, what, NULL);
    }

  return FALSE;
}

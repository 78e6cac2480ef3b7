/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-topic-private.h"

#include "qs-serializer-private.h"

/**
 * QsTopic:
 *
 * Describes a Kafka topic and the serializers of its messages.
 *
 * ## Life cycle
 *
 * It is only a description; making one does not use the network. The application that it is
 * passed to creates a missing topic with its [property@Topic:n-partitions],
 * [property@Topic:replication-factor] and [property@Topic:config], or checks that an
 * existing topic has them.
 *
 * ## Thread safety
 *
 * Set its properties before it is passed to an application or to another thread. After that
 * any thread may read them, serialize and deserialize.
 */
struct _QsTopic
{
  GObject parent_instance;

  char         *name;               /* owned; never changes */
  QsSerializer *key_serializer;     /* owned; never `NULL` */
  QsSerializer *value_serializer;   /* owned; never `NULL` */
  GVariant     *config;             /* a{ss}, owned, or `NULL` */
  int           n_partitions;       /* > 0, or -1: what is suggested */
  int           n_suggested;        /* > 0, or -1: the broker's default */
  int           replication_factor; /* > 0, or -1: the model's, or the broker's default */
  QsTopic      *model;              /* owned, or `NULL`; see qs_topic_follow() */
  const char   *settings;           /* static; where its user sets it up */
};

enum
{
  PROP_NAME = 1,
  PROP_KEY_SERIALIZER,
  PROP_VALUE_SERIALIZER,
  PROP_N_PARTITIONS,
  PROP_REPLICATION_FACTOR,
  PROP_CONFIG,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (QsTopic, qs_topic, G_TYPE_OBJECT)

/* Puts @serializer, or @fallback if it is NULL, in @field. */
static void
set_serializer (QsTopic       *self,
                QsSerializer **field,
                QsSerializer  *serializer,
                QsSerializer  *fallback,
                GParamSpec    *pspec)
{
  QsSerializer *chosen = serializer != NULL ? serializer : fallback;

  if (g_set_object (field, chosen))
    g_object_notify_by_pspec (G_OBJECT (self), pspec);
}

static void
qs_topic_finalize (GObject *object)
{
  QsTopic *self = QS_TOPIC (object);

  g_clear_pointer (&self->name, g_free);
  g_clear_object (&self->key_serializer);
  g_clear_object (&self->value_serializer);
  g_clear_object (&self->model);
  g_clear_pointer (&self->config, g_variant_unref);

  G_OBJECT_CLASS (qs_topic_parent_class)->finalize (object);
}

static void
qs_topic_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QsTopic *self = QS_TOPIC (object);

  switch (prop_id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;

    case PROP_KEY_SERIALIZER:
      g_value_set_object (value, self->key_serializer);
      break;

    case PROP_VALUE_SERIALIZER:
      g_value_set_object (value, self->value_serializer);
      break;

    case PROP_N_PARTITIONS:
      g_value_set_int (value, self->n_partitions);
      break;

    case PROP_REPLICATION_FACTOR:
      g_value_set_int (value, self->replication_factor);
      break;

    case PROP_CONFIG:
      g_value_set_variant (value, self->config);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
qs_topic_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  QsTopic *self = QS_TOPIC (object);

  switch (prop_id)
    {
    case PROP_NAME:
      self->name = g_value_dup_string (value);
      break;

    case PROP_KEY_SERIALIZER:
      qs_topic_set_key_serializer (self, g_value_get_object (value));
      break;

    case PROP_VALUE_SERIALIZER:
      qs_topic_set_value_serializer (self, g_value_get_object (value));
      break;

    case PROP_N_PARTITIONS:
      qs_topic_set_n_partitions (self, g_value_get_int (value));
      break;

    case PROP_REPLICATION_FACTOR:
      qs_topic_set_replication_factor (self, g_value_get_int (value));
      break;

    case PROP_CONFIG:
      qs_topic_set_config (self, g_value_get_variant (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

/* A property that may be set until the topic is used. */
#define FLAGS (G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS)

/* Makes the properties for its name and contents. */
static void
make_content_properties (void)
{
  /**
   * QsTopic:name: (getter get_name)
   *
   * The name: 1 to 249 letters, digits and `.`, `_`, `-`, but neither `.` nor `..`.
   *
   * It is checked when the topic is looked up on the brokers.
   */
  props[PROP_NAME] =
      g_param_spec_string ("name",
                           NULL,
                           "Name of the topic on the brokers",
                           NULL,
                           G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * QsTopic:key-serializer: (getter get_key_serializer) (setter set_key_serializer)
   *
   * The serializer for keys; by default, the [func@Serializer.for_name] `bytes`.
   */
  props[PROP_KEY_SERIALIZER] = g_param_spec_object (
      "key-serializer", NULL, "Serializer for keys", QS_TYPE_SERIALIZER, FLAGS);

  /**
   * QsTopic:value-serializer: (getter get_value_serializer) (setter set_value_serializer)
   *
   * The serializer for values; by default, the [func@Serializer.for_name] `json`.
   */
  props[PROP_VALUE_SERIALIZER] = g_param_spec_object (
      "value-serializer", NULL, "Serializer for values", QS_TYPE_SERIALIZER, FLAGS);
}

/* How the brokers keep it. */
static void
make_broker_properties (void)
{
  /**
   * QsTopic:n-partitions: (getter get_n_partitions) (setter set_n_partitions)
   *
   * The number of partitions; -1, the default, uses the default of the brokers.
   *
   * [method@Application.run] fails if an existing topic has another number of partitions.
   */
  props[PROP_N_PARTITIONS] =
      g_param_spec_int ("n-partitions",
                        NULL,
                        "Partitions with which the topic is created; -1 = the brokers' default",
                        -1,
                        G_MAXINT,
                        -1,
                        FLAGS);

  /**
   * QsTopic:replication-factor: (getter get_replication_factor) (setter set_replication_factor)
   *
   * The number of brokers on which each partition is kept; -1, the default, uses the
   * default of the brokers.
   *
   * An existing topic with another replication factor is used, with a warning.
   */
  props[PROP_REPLICATION_FACTOR] =
      g_param_spec_int ("replication-factor",
                        NULL,
                        "Brokers on which each partition is kept; -1 = the brokers' default",
                        -1,
                        G_MAXINT16,
                        -1,
                        FLAGS);

  /**
   * QsTopic:config: (getter get_config) (setter set_config)
   *
   * Kafka's own settings of the topic, by name (`a{ss}`), such as
   * `{'cleanup.policy': 'compact'}`; `NULL` = the defaults of the brokers.
   *
   * An existing topic with other settings is used, with a warning.
   */
  props[PROP_CONFIG] = g_param_spec_variant ("config",
                                             NULL,
                                             "Kafka's own settings of the topic, by name",
                                             G_VARIANT_TYPE ("a{ss}"),
                                             NULL,
                                             FLAGS);
}

static void
qs_topic_class_init (QsTopicClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = qs_topic_finalize;
  object_class->get_property = qs_topic_get_property;
  object_class->set_property = qs_topic_set_property;

  make_content_properties ();
  make_broker_properties ();
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
qs_topic_init (QsTopic *self)
{
  self->key_serializer = qs_basic_serializer_new ("bytes");
  self->value_serializer = qs_json_serializer_new ();
  self->n_partitions = -1;
  self->n_suggested = -1;
  self->replication_factor = -1;
  self->settings = "the topic's config, n-partitions and replication-factor";
}

QsTopic *
qs_topic_new_renamed (QsTopic *self, const char *name)
{
  g_assert (QS_IS_TOPIC (self));
  g_assert (name != NULL);

  return g_object_new (QS_TYPE_TOPIC,
                       "name",
                       name,
                       "key-serializer",
                       self->key_serializer,
                       "value-serializer",
                       self->value_serializer,
                       "n-partitions",
                       self->n_partitions,
                       "replication-factor",
                       self->replication_factor,
                       "config",
                       self->config,
                       NULL);
}

void
qs_topic_suggest_partitions (QsTopic *self, int n_partitions)
{
  g_assert (QS_IS_TOPIC (self));
  g_assert (n_partitions > 0);

  self->n_suggested = n_partitions;
}

int
qs_topic_get_initial_partitions (QsTopic *self)
{
  g_assert (QS_IS_TOPIC (self));

  return self->n_partitions > 0 ? self->n_partitions : self->n_suggested;
}

void
qs_topic_follow (QsTopic *self, QsTopic *model, const char *settings)
{
  g_assert (QS_IS_TOPIC (self));
  g_assert (model != self);

  g_set_object (&self->model, model);
  self->settings = settings;
}

QsTopic *
qs_topic_get_model (QsTopic *self)
{
  g_assert (QS_IS_TOPIC (self));

  return self->model;
}

const char *
qs_topic_get_settings (QsTopic *self)
{
  g_assert (QS_IS_TOPIC (self));

  return self->settings;
}

/**
 * qs_topic_new:
 * @name: the name
 *
 * Makes a description of a topic whose keys are bytes and whose values are JSON.
 *
 * Returns: (transfer full): the new topic
 */
QsTopic *
qs_topic_new (const char *name)
{
  g_return_val_if_fail (name != NULL, NULL);

  return g_object_new (QS_TYPE_TOPIC, "name", name, NULL);
}

/**
 * qs_topic_get_name: (get-property name)
 * @self: a topic
 *
 * Gets the name.
 *
 * Returns: the name
 */
const char *
qs_topic_get_name (QsTopic *self)
{
  g_return_val_if_fail (QS_IS_TOPIC (self), NULL);

  return self->name;
}

/**
 * qs_topic_get_key_serializer: (get-property key-serializer)
 * @self: a topic
 *
 * Gets the serializer for keys.
 *
 * Returns: (transfer none): the serializer
 */
QsSerializer *
qs_topic_get_key_serializer (QsTopic *self)
{
  g_return_val_if_fail (QS_IS_TOPIC (self), NULL);

  return self->key_serializer;
}

/**
 * qs_topic_set_key_serializer: (set-property key-serializer)
 * @self: a topic
 * @serializer: (nullable): a serializer; `NULL` for `bytes`
 *
 * Sets the serializer for keys.
 */
void
qs_topic_set_key_serializer (QsTopic *self, QsSerializer *serializer)
{
  g_autoptr (QsSerializer) fallback = NULL;

  g_return_if_fail (QS_IS_TOPIC (self));
  g_return_if_fail (serializer == NULL || QS_IS_SERIALIZER (serializer));

  fallback = serializer == NULL ? qs_basic_serializer_new ("bytes") : NULL;
  set_serializer (self, &self->key_serializer, serializer, fallback, props[PROP_KEY_SERIALIZER]);
}

/**
 * qs_topic_get_value_serializer: (get-property value-serializer)
 * @self: a topic
 *
 * Gets the serializer for values.
 *
 * Returns: (transfer none): the serializer
 */
QsSerializer *
qs_topic_get_value_serializer (QsTopic *self)
{
  g_return_val_if_fail (QS_IS_TOPIC (self), NULL);

  return self->value_serializer;
}

/**
 * qs_topic_set_value_serializer: (set-property value-serializer)
 * @self: a topic
 * @serializer: (nullable): a serializer; `NULL` for `json`
 *
 * Sets the serializer for values.
 */
void
qs_topic_set_value_serializer (QsTopic *self, QsSerializer *serializer)
{
  g_autoptr (QsSerializer) fallback = NULL;

  g_return_if_fail (QS_IS_TOPIC (self));
  g_return_if_fail (serializer == NULL || QS_IS_SERIALIZER (serializer));

  fallback = serializer == NULL ? qs_json_serializer_new () : NULL;
  set_serializer (
      self, &self->value_serializer, serializer, fallback, props[PROP_VALUE_SERIALIZER]);
}

/**
 * qs_topic_get_n_partitions: (get-property n-partitions)
 * @self: a topic
 *
 * Gets the number of partitions that the topic should have.
 *
 * Returns: the number, or -1 for the default of the brokers
 */
int
qs_topic_get_n_partitions (QsTopic *self)
{
  g_return_val_if_fail (QS_IS_TOPIC (self), -1);

  return self->n_partitions;
}

/**
 * qs_topic_set_n_partitions: (set-property n-partitions)
 * @self: a topic
 * @n_partitions: a number from 1 up, or -1 for the default of the brokers
 *
 * Sets the number of partitions that the topic should have.
 */
void
qs_topic_set_n_partitions (QsTopic *self, int n_partitions)
{
  g_return_if_fail (QS_IS_TOPIC (self));
  g_return_if_fail (n_partitions == -1 || n_partitions > 0);

  if (self->n_partitions == n_partitions)
    return;

  self->n_partitions = n_partitions;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_N_PARTITIONS]);
}

/**
 * qs_topic_get_replication_factor: (get-property replication-factor)
 * @self: a topic
 *
 * Gets the number of brokers on which each partition should be kept.
 *
 * Returns: the number, or -1 for the default of the brokers
 */
int
qs_topic_get_replication_factor (QsTopic *self)
{
  g_return_val_if_fail (QS_IS_TOPIC (self), -1);

  return self->replication_factor;
}

/**
 * qs_topic_set_replication_factor: (set-property replication-factor)
 * @self: a topic
 * @replication_factor: a number from 1 to 32767, or -1 for the default of the brokers
 *
 * Sets the number of brokers on which each partition should be kept.
 */
void
qs_topic_set_replication_factor (QsTopic *self, int replication_factor)
{
  g_return_if_fail (QS_IS_TOPIC (self));
  g_return_if_fail (replication_factor == -1 ||
                    (replication_factor > 0 && replication_factor <= G_MAXINT16));

  if (self->replication_factor == replication_factor)
    return;

  self->replication_factor = replication_factor;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_REPLICATION_FACTOR]);
}

/**
 * qs_topic_get_config: (get-property config)
 * @self: a topic
 *
 * Gets Kafka's own settings of the topic.
 *
 * Returns: (transfer none) (nullable): an `a{ss}`, or `NULL` for the broker's defaults
 */
GVariant *
qs_topic_get_config (QsTopic *self)
{
  g_return_val_if_fail (QS_IS_TOPIC (self), NULL);

  return self->config;
}

/**
 * qs_topic_set_config: (set-property config)
 * @self: a topic
 * @config: (nullable): an `a{ss}`, a floating one is consumed; or `NULL` for the
 *   broker's defaults
 *
 * Sets Kafka's own settings of the topic.
 */
void
qs_topic_set_config (QsTopic *self, GVariant *config)
{
  g_autoptr (GVariant) sunk = config != NULL ? g_variant_ref_sink (config) : NULL;

  g_return_if_fail (QS_IS_TOPIC (self));
  g_return_if_fail (config == NULL || g_variant_is_of_type (config, G_VARIANT_TYPE ("a{ss}")));

  if (self->config == config)
    return;

  g_clear_pointer (&self->config, g_variant_unref);
  self->config = g_steal_pointer (&sunk);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_CONFIG]);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-output-private.h"

#include "qs-producer-private.h"

/* A fifth of what a producer's queue holds, so that it is never full. */
#define MAX_IN_FLIGHT 10000

struct _QsOutput
{
  QsKafkaConfig *config;   /* owned */
  QsProducer    *producer; /* owned */
};

static QsProducer *
make_producer (QsKafkaConfig *config, GError **error)
{
  return qs_producer_new (config, NULL, NULL, -1, NULL, NULL, error);
}

QsOutput *
qs_output_new (QsKafkaConfig *config, GError **error)
{
  QsProducer *producer = make_producer (config, error);
  QsOutput   *self = NULL;

  if (producer == NULL)
    return NULL;

  self = g_new0 (QsOutput, 1);
  self->config = qs_kafka_config_ref (config);
  self->producer = producer;

  return self;
}

void
qs_output_free (QsOutput *self)
{
  g_object_unref (self->producer);
  qs_kafka_config_unref (self->config);
  g_free (self);
}

QsProducer *
qs_output_get_producer (QsOutput *self)
{
  return self->producer;
}

gboolean
qs_output_has_room (QsOutput *self)
{
  return qs_producer_get_n_in_flight (self->producer) < MAX_IN_FLIGHT;
}

gboolean
qs_output_has_failed (QsOutput *self)
{
  g_autoptr (GError) error = qs_producer_dup_error (self->producer);

  return error != NULL;
}

gboolean
qs_output_renew (QsOutput *self, GError **error)
{
  g_autoptr (QsProducer) producer = make_producer (self->config, error);

  if (producer == NULL)
    return FALSE;

  g_set_object (&self->producer, producer);

  return TRUE;
}

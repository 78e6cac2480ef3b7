/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-output-private.h"

#include "qs-producer-private.h"

/* A fifth of what a producer's queue holds, so that it is never full. */
#define MAX_IN_FLIGHT 10000

struct _QsOutput
{
  QsKafkaConfig *config;           /* owned */
  char          *transactional_id; /* owned; nullable */
  QsProducer    *producer;         /* owned */
};

static QsProducer *
make_producer (QsOutput *self, GError **error)
{
  if (self->transactional_id == NULL)
    return qs_producer_new (self->config, NULL, NULL, -1, NULL, NULL, error);

  return qs_producer_new_transactional (
      self->config, NULL, self->transactional_id, NULL, -1, NULL, NULL, error);
}

static void
clear_output (gpointer data)
{
  QsOutput *self = data;

  g_clear_object (&self->producer);
  g_clear_pointer (&self->config, qs_kafka_config_unref);
  g_free (self->transactional_id);
}

QsOutput *
qs_output_new (QsKafkaConfig *config, const char *transactional_id, GError **error)
{
  g_autoptr (QsOutput) self = g_atomic_rc_box_new0 (QsOutput);

  self->config = qs_kafka_config_ref (config);
  self->transactional_id = g_strdup (transactional_id);
  self->producer = make_producer (self, error);
  if (self->producer == NULL)
    return NULL;

  return g_steal_pointer (&self);
}

QsOutput *
qs_output_ref (QsOutput *self)
{
  return g_atomic_rc_box_acquire (self);
}

void
qs_output_unref (QsOutput *self)
{
  g_atomic_rc_box_release_full (self, clear_output);
}

gboolean
qs_output_is_transactional (QsOutput *self)
{
  return self->transactional_id != NULL;
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
  g_autoptr (QsProducer) producer = make_producer (self, error);

  if (producer == NULL)
    return FALSE;

  /* The end of the older one aborts what it left open. */
  g_set_object (&self->producer, producer);

  return self->transactional_id == NULL || qs_producer_fence (self->producer, NULL, error);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-embedded-broker.h"

/* A broker in this process that has @topic (nullable) with so many partitions. */
static inline QsEmbeddedBroker *
start_broker (const char *topic, int n_partitions)
{
  QsEmbeddedBroker *broker = qs_embedded_broker_new (1);
  g_autoptr (GError) error = NULL;

  qs_embedded_broker_start (broker, &error);
  g_assert_no_error (error);
  if (topic != NULL)
    qs_embedded_broker_create_topic (broker, topic, n_partitions, &error);
  g_assert_no_error (error);

  return broker;
}

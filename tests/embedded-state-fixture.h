/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "start-broker.h"
#include "state-fixture.h"

/* The state of a source on an embedded broker. */
typedef struct
{
  StateFixture      base;
  QsEmbeddedBroker *broker;
} EmbeddedFixture;

/* @user_data: the guarantee, as a word. */
static inline void
embedded_set_up (EmbeddedFixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);

  fixture->broker = start_broker (NULL, 0);
  state_fixture_init (&fixture->base, qs_embedded_broker_get_address (fixture->broker), "g");
  fixture->base.kafka->broker = QS_BROKER_EMBEDDED;
  fixture->base.config->guarantee.processing = g_str_equal (user_data, "exactly-once")
                                                 ? QS_PROCESSING_GUARANTEE_EXACTLY_ONCE
                                                 : QS_PROCESSING_GUARANTEE_AT_LEAST_ONCE;
  qs_embedded_broker_create_topic (fixture->broker, fixture->base.changelog, 1, &error);
  g_assert_no_error (error);
  qs_embedded_broker_create_topic (fixture->broker, fixture->base.topic, 1, &error);
  g_assert_no_error (error);
}

static inline void
embedded_tear_down (EmbeddedFixture *fixture, gconstpointer user_data)
{
  state_fixture_clear (&fixture->base);
  g_assert_finalize_object (fixture->broker);
}

/* Adds a test twice: for each guarantee. */
#define EMBEDDED_ADD(path, name, function)                                                         \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_test_add (path "/at-least-once/" name,                                                       \
                EmbeddedFixture,                                                                   \
                "at-least-once",                                                                   \
                embedded_set_up,                                                                   \
                function,                                                                          \
                embedded_tear_down);                                                               \
    g_test_add (path "/exactly-once/" name,                                                        \
                EmbeddedFixture,                                                                   \
                "exactly-once",                                                                    \
                embedded_set_up,                                                                   \
                function,                                                                          \
                embedded_tear_down);                                                               \
  }                                                                                                \
  G_STMT_END

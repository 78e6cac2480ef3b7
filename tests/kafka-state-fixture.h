/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-test-kafka.h"
#include "qs-topic-private.h"
#include "state-fixture.h"

/* The state of a source on a real broker. */
typedef struct
{
  StateFixture base;
  gboolean     is_skipped;
} KafkaFixture;

/* @address: of the broker; NULL: there is none, and the test is skipped, for which
 * this returns FALSE. @user_data: the guarantee, as a word. */
static inline gboolean
kafka_fixture_init (KafkaFixture *fixture, const char *address, gconstpointer user_data)
{
  g_autofree char *name = NULL;

  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);

  fixture->is_skipped = address == NULL;
  if (fixture->is_skipped)
    return FALSE;

  name = qs_test_kafka_unique_name ("state");
  state_fixture_init (&fixture->base, address, name);
  fixture->base.config->guarantee.processing = g_str_equal (user_data, "exactly-once")
                                                 ? QS_PROCESSING_GUARANTEE_EXACTLY_ONCE
                                                 : QS_PROCESSING_GUARANTEE_AT_LEAST_ONCE;

  return TRUE;
}

static inline void
kafka_tear_down (KafkaFixture *fixture, gconstpointer user_data)
{
  if (!fixture->is_skipped)
    state_fixture_clear (&fixture->base);
}

static inline void
kafka_create_topic (StateFixture *base, QsTopic *topic)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsAdmin) admin = qs_admin_new (base->kafka, &error);

  g_assert_no_error (error);
  qs_admin_create_topic (admin,
                         qs_topic_get_name (topic),
                         qs_topic_get_initial_partitions (topic),
                         1,
                         qs_topic_get_config (topic),
                         NULL,
                         &error);
  g_assert_no_error (error);
}

/* The topics of a source with one partition: its changelog, and that and its own. */
static inline void
kafka_create_changelog (StateFixture *base)
{
  g_autoptr (QsTopic) topic = qs_changelog_topic_new (base->changelog, 1, NULL, NULL);

  kafka_create_topic (base, topic);
}

static inline void
kafka_create_topics (StateFixture *base)
{
  g_autoptr (QsTopic) topic = qs_topic_new (base->topic);

  qs_topic_set_n_partitions (topic, 1);
  kafka_create_topic (base, topic);
  kafka_create_changelog (base);
}

/* Adds a test twice: for each guarantee. */
#define KAFKA_ADD(path, name, set_up, function)                                                    \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_test_add (path "/at-least-once/" name,                                                       \
                KafkaFixture,                                                                      \
                "at-least-once",                                                                   \
                set_up,                                                                            \
                function,                                                                          \
                kafka_tear_down);                                                                  \
    g_test_add (path "/exactly-once/" name,                                                        \
                KafkaFixture,                                                                      \
                "exactly-once",                                                                    \
                set_up,                                                                            \
                function,                                                                          \
                kafka_tear_down);                                                                  \
  }                                                                                                \
  G_STMT_END

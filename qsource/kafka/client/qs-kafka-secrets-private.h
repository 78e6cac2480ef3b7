/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Identifies secrets among librdkafka's settings, and hides them.
 *
 * Context: any.   Locks: none.
 */

/* Replaces a secret that is not shown. */
#define QS_KAFKA_REDACTED "[redacted]"

/* Whether the value of @key must not be shown. */
gboolean  qs_kafka_secrets_is_one  (const char *key);

/* @map (a{ss}) without its secrets: what others may see; transfer full. */
GVariant *qs_kafka_secrets_redact  (GVariant   *map);

/* The way back, of a map that was changed meanwhile: @map with the secrets of @old
 * (nullable) where it still says that they were redacted; transfer full. */
GVariant *qs_kafka_secrets_restore (GVariant   *map,
                                    GVariant   *old);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-embedded-broker.h"

G_BEGIN_DECLS

/* The started broker of this process that listens on @bootstrap_servers, or
 * NULL; transfer full.
 *
 * Context: any.   Locks: none. */
QsEmbeddedBroker *qs_embedded_broker_lookup (const char *bootstrap_servers);

G_END_DECLS

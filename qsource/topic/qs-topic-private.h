/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-topic.h"

G_BEGIN_DECLS

/* The same topic under another name: serializers and settings are shared.
 *
 * Context: any.   Locks: none. */
QsTopic *qs_topic_new_renamed (QsTopic    *self,
                               const char *name);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <qsource.h>

#include "qs-worker-child-private.h"

/* What main() does in a worker: makes the program's applications one by one, each
 * with the source that is meant, until it is the one that the worker is for.
 * @topic (nullable): what the source produces to. */
G_NORETURN static inline void
worker_main (QsBaseSource *(*make_source) (const char *name), const char *topic)
{
  for (;;)
    {
      g_autoptr (QsApplication) app = qs_application_new (NULL);
      g_autoptr (QsBaseSource) source = make_source (qs_worker_child_get_source_name ());
      g_autoptr (QsTopic) own_topic = topic != NULL ? qs_topic_new (topic) : NULL;

      qs_application_add_source (app, source, own_topic, NULL);
      g_assert_true (qs_application_run (app, NULL, NULL));
    }
}

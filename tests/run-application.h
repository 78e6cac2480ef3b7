/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <qsource.h>
#include <string.h>

#include "qs-worker-child-private.h"

/* What tests share that run an application whose workers are this program, too. */

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

static inline gboolean
deadline_cb (gpointer user_data)
{
  g_error ("%s has not ended in time", (const char *) user_data);
  return G_SOURCE_REMOVE;
}

/* Runs @app, which must end within @deadline seconds. *@error is replaced. */
static inline gboolean
run_application (QsApplication *app, GCancellable *cancellable, guint deadline, GError **error)
{
  guint    timer = g_timeout_add_seconds (deadline, deadline_cb, (gpointer) "run()");
  gboolean ok = FALSE;

  g_clear_error (error);
  ok = qs_application_run (app, cancellable, error);
  g_source_remove (timer);

  g_assert_cmpint (ok, ==, *error == NULL);
  if (*error != NULL)
    g_test_message ("%s", (*error)->message);

  return ok;
}

static inline void
assert_contains (const char *text, const char *part)
{
  if (strstr (text, part) == NULL)
    g_error ("'%s' is not in '%s'", part, text);
}

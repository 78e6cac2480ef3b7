/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <qsource/qsource.h>
#include <stdlib.h>

/* Runs @n sources of the class @type, of which each produces to a topic with one partition: the
 * source PREFIX-000 to bench-PREFIX-000, and so on. The status of the program; prints an error. */
static inline int
run_sources (QsApplication *app, GType type, const char *prefix, guint n)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = TRUE;

  for (guint i = 0; ok && i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s-%03u", prefix, i);
      g_autofree char *topic_name = g_strdup_printf ("bench-%s", name);
      g_autoptr (QsTopic) topic = qs_topic_new (topic_name);
      g_autoptr (QsBaseSource) source = g_object_new (type, "name", name, NULL);

      qs_topic_set_n_partitions (topic, 1);
      ok = qs_application_add_source (app, source, topic, &error) != NULL;
    }
  if (ok && qs_application_run (app, NULL, &error))
    return EXIT_SUCCESS;

  g_printerr ("%s\n", error->message);
  return EXIT_FAILURE;
}

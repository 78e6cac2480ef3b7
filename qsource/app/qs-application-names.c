/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-application-private.h"

#include "qs-application-parts-private.h"
#include "qs-cluster-names-private.h"

/* The methods of QsApplication that list what there is on its brokers. */

typedef char **(*ListFunc) (QsKafkaConfig *config, GError **error);

static char **
list (QsApplication *self, ListFunc func, const char *what, GError **error)
{
  g_autoptr (QsRunSettings) run = NULL;

  if (!qs_application_check_not_running (self, what, error))
    return NULL;

  run = qs_application_make_run_settings (self, error);

  return run != NULL ? func (run->workers.config, error) : NULL;
}

/**
 * qs_application_list_topics:
 * @self: an application that is not running
 * @error: return location for an error
 *
 * Lists the topics on the brokers that the application is allowed to see.
 *
 * It blocks, for at most [property@Application:request-timeout].
 *
 * Returns: (transfer full) (array zero-terminated=1): the names, sorted; `NULL` with an
 *   error if the brokers do not answer
 */
char **
qs_application_list_topics (QsApplication *self, GError **error)
{
  g_return_val_if_fail (QS_IS_APPLICATION (self), NULL);

  return list (self, qs_cluster_names_list_topics, "list topics", error);
}

/**
 * qs_application_list_groups:
 * @self: an application that is not running
 * @error: return location for an error
 *
 * Lists the consumer groups on the brokers that the application is allowed to see.
 *
 * It blocks, for at most [property@Application:request-timeout].
 *
 * Returns: (transfer full) (array zero-terminated=1): the names, sorted; `NULL` with an
 *   error if the brokers do not answer
 */
char **
qs_application_list_groups (QsApplication *self, GError **error)
{
  g_return_val_if_fail (QS_IS_APPLICATION (self), NULL);

  return list (self, qs_cluster_names_list_groups, "list consumer groups", error);
}

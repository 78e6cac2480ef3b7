/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-application-private.h"

#include "qs-admin-private.h"
#include "qs-application-error.h"
#include "qs-consumer-private.h"
#include "qs-producer-private.h"
#include "qs-program-private.h"
#include "qs-topic-manager-private.h"

/* The methods of QsApplication that reach the brokers outside of run(). */

/* A worker runs the program again, up to its run(): what it did before would be done
 * once more for each source. */
static gboolean
check_no_worker (const char *what, GError **error)
{
  if (!qs_is_worker ())
    return TRUE;

  g_set_error (error,
               QS_APPLICATION_ERROR,
               QS_APPLICATION_ERROR_FAILED,
               "Cannot %s in the worker of a source: the worker runs the program again, and the "
               "application has already done it. Do it only if qs_is_worker() is false",
               what);

  return FALSE;
}

/**
 * qs_application_get_producer:
 * @self: an application
 * @error: return location for an error
 *
 * Makes a producer with the settings of the application, for records that belong to no
 * source and no dataframe, such as records to try a program with.
 *
 * It delivers at least once, whatever [property@Application:processing-guarantee] is, and
 * takes part in no transaction. All records are delivered when [method@Producer.flush]
 * returns true; records that were not flushed are lost with the last reference to the
 * producer. The call does not wait for the network.
 *
 * A source has a producer of its own, see [method@BaseSource.get_producer]. In the worker
 * of a source ([func@is_worker]) this function fails.
 *
 * Returns: (transfer full): a new producer
 */
QsProducer *
qs_application_get_producer (QsApplication *self, GError **error)
{
  g_autoptr (QsRunSettings) run = NULL;

  g_return_val_if_fail (QS_IS_APPLICATION (self), NULL);

  if (!check_no_worker ("make a producer", error))
    return NULL;

  run = qs_application_make_run_settings (self, error);
  if (run == NULL)
    return NULL;

  return qs_producer_new (run->workers.config, NULL, NULL, NULL, NULL, error);
}

/**
 * qs_application_get_consumer:
 * @self: an application
 * @auto_commit: whether stored offsets are committed every
 *   [property@Application:commit-interval] seconds, and when partitions go to another
 *   member; otherwise only [method@Consumer.commit] commits
 * @error: return location for an error
 *
 * Makes a consumer with the settings of the application, as a member of its
 * [property@Application:consumer-group].
 *
 * [property@Application:auto-offset-reset] decides where to begin in a partition for which
 * the group has committed no offset. The dataframes of a running application are a member
 * of the same group, so the two share the partitions of topics that both read. The call
 * does not wait for the network.
 *
 * In the worker of a source this fails ([func@is_worker]).
 *
 * Returns: (transfer full): a new consumer
 *
 * Since: 1.0
 */
QsConsumer *
qs_application_get_consumer (QsApplication *self, gboolean auto_commit, GError **error)
{
  g_autoptr (QsRunSettings) run = NULL;

  g_return_val_if_fail (QS_IS_APPLICATION (self), NULL);

  if (!check_no_worker ("make a consumer", error))
    return NULL;

  run = qs_application_make_run_settings (self, error);
  if (run == NULL)
    return NULL;

  return qs_consumer_new (run->consume.config,
                          run->consume.group,
                          run->consume.reset,
                          run->workers.config->broker == QS_BROKER_OWN,
                          auto_commit ? run->consume.guarantee.commit_interval : -1);
}

/**
 * qs_application_create_topic:
 * @self: an application
 * @topic: a topic
 * @error: return location for an error
 *
 * Looks up a topic on the brokers and creates it if it is missing, as
 * [method@Application.run] does for the topics of its sources and dataframes.
 *
 * It blocks, for at most [property@Application:topic-create-timeout]. It fails if the topic
 * is missing and [property@Application:auto-create-topics] is false, or if it has another
 * number of partitions than @topic asks for.
 *
 * Returns: true if the topic can be used
 */
gboolean
qs_application_create_topic (QsApplication *self, QsTopic *topic, GError **error)
{
  g_autoptr (GPtrArray) topics = g_ptr_array_new ();
  g_autoptr (QsRunSettings) run = NULL;
  g_autoptr (QsAdmin) admin = NULL;

  g_return_val_if_fail (QS_IS_APPLICATION (self), FALSE);
  g_return_val_if_fail (QS_IS_TOPIC (topic), FALSE);

  if (!check_no_worker ("create a topic", error))
    return FALSE;

  run = qs_application_make_run_settings (self, error);
  if (run == NULL)
    return FALSE;

  g_ptr_array_add (topics, topic);
  admin = qs_admin_new (run->workers.config, error);

  return admin != NULL && qs_admin_connect (admin, NULL, error) &&
         qs_topic_manager_prepare (admin, topics, run->create_topics, NULL, error);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-client-threads-private.h"

#include <sys/prctl.h>

/* Nanoseconds by which a wait may last longer; more than a millisecond. Nothing but timers
 * of hundreds of milliseconds waits for it: what happens wakes the thread at once. */
#define SLACK (2 * 1000 * 1000)

/* The other threads, which the main thread creates and which would inherit its slack, keep
 * that of the process. */
static rd_kafka_resp_err_t
on_thread_start (rd_kafka_t            *client,
                 rd_kafka_thread_type_t type,
                 const char            *name,
                 void                  *usual_slack)
{
  prctl (PR_SET_TIMERSLACK,
         type == RD_KAFKA_THREAD_MAIN ? (gsize) SLACK : GPOINTER_TO_SIZE (usual_slack));

  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t
on_new (rd_kafka_t            *client,
        const rd_kafka_conf_t *conf,
        void                  *user_data,
        char                  *error,
        size_t                 error_size)
{
  int usual_slack = prctl (PR_GET_TIMERSLACK);

  rd_kafka_interceptor_add_on_thread_start (
      client, "qsource-threads", on_thread_start, GSIZE_TO_POINTER (MAX (usual_slack, 1)));

  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

void
qs_client_threads_configure (rd_kafka_conf_t *conf)
{
  rd_kafka_conf_interceptor_add_on_new (conf, "qsource-threads", on_new, NULL);
}

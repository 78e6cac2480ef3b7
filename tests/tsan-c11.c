/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * ThreadSanitizer knows the threads, locks and conditions of POSIX, and crashes
 * in a thread that it doesn't know. librdkafka uses those of C11, which in glibc
 * are the same under another name. This one is preloaded, and says so.
 */

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <threads.h>

typedef struct
{
  thrd_start_t function;
  void        *data;
} Start;

static int
result_of (int error)
{
  switch (error)
    {
    case 0:
      return thrd_success;
    case EBUSY:
      return thrd_busy;
    case ETIMEDOUT:
      return thrd_timedout;
    default:
      return thrd_error;
    }
}

static void *
run (void *data)
{
  Start start = *(Start *) data;

  free (data);
  return (void *) (long) start.function (start.data);
}

int
thrd_create (thrd_t *thread, thrd_start_t function, void *data)
{
  Start *start = malloc (sizeof *start);

  *start = (Start){ function, data };
  return result_of (pthread_create (thread, NULL, run, start));
}

int
thrd_join (thrd_t thread, int *result)
{
  void *value = NULL;
  int   error = pthread_join (thread, &value);

  if (result != NULL)
    *result = (int) (long) value;
  return result_of (error);
}

int
mtx_init (mtx_t *mutex, int type)
{
  pthread_mutexattr_t attributes;
  int                 error;

  pthread_mutexattr_init (&attributes);
  if (type & mtx_recursive)
    pthread_mutexattr_settype (&attributes, PTHREAD_MUTEX_RECURSIVE);
  error = pthread_mutex_init ((pthread_mutex_t *) mutex, &attributes);
  pthread_mutexattr_destroy (&attributes);
  return result_of (error);
}

void
mtx_destroy (mtx_t *mutex)
{
  pthread_mutex_destroy ((pthread_mutex_t *) mutex);
}

int
mtx_lock (mtx_t *mutex)
{
  return result_of (pthread_mutex_lock ((pthread_mutex_t *) mutex));
}

int
mtx_trylock (mtx_t *mutex)
{
  return result_of (pthread_mutex_trylock ((pthread_mutex_t *) mutex));
}

int
mtx_unlock (mtx_t *mutex)
{
  return result_of (pthread_mutex_unlock ((pthread_mutex_t *) mutex));
}

int
cnd_init (cnd_t *condition)
{
  return result_of (pthread_cond_init ((pthread_cond_t *) condition, NULL));
}

void
cnd_destroy (cnd_t *condition)
{
  pthread_cond_destroy ((pthread_cond_t *) condition);
}

int
cnd_wait (cnd_t *condition, mtx_t *mutex)
{
  return result_of (pthread_cond_wait ((pthread_cond_t *) condition, (pthread_mutex_t *) mutex));
}

int
cnd_timedwait (cnd_t *condition, mtx_t *mutex, const struct timespec *end)
{
  return result_of (
      pthread_cond_timedwait ((pthread_cond_t *) condition, (pthread_mutex_t *) mutex, end));
}

int
cnd_signal (cnd_t *condition)
{
  return result_of (pthread_cond_signal ((pthread_cond_t *) condition));
}

int
cnd_broadcast (cnd_t *condition)
{
  return result_of (pthread_cond_broadcast ((pthread_cond_t *) condition));
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-program-private.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/stat.h>

#include "qs-source-error.h"

#define SELF_EXE "/proc/self/exe"

/* Written once, when the library is loaded; then only read. */
static struct
{
  char *cmdline; /* the arguments, each with its NUL */
  gsize cmdline_length;
  char *cwd;
  char *candidates[3]; /* where the executable may be, best first; nullable */
  dev_t device;        /* of the executable, 0 if unknown */
  ino_t inode;
} program;

/* The settings of a language binding. Set before the first run(). Owned. */
static struct
{
  char             **argv;
  char              *reason; /* why there is none */
  QsProgramFlushFunc flush;
  gpointer           flush_data;
  GDestroyNotify     flush_destroy;
  QsProgramExitFunc  exit;
  gpointer           exit_data;
  GDestroyNotify     exit_destroy;

  gboolean exit_deferred;

  QsProgramInterruptFunc interrupt;
  gpointer               interrupt_data;
  GDestroyNotify         interrupt_destroy;
} binding;

/* With which a worker is to end whose run() returns; -1: it doesn't. Only the thread of
 * run(). */
static int exit_status = -1;

/* Finds the file that the shell found for @argv0. */
static char *
resolve (const char *argv0)
{
  if (argv0 == NULL || *argv0 == '\0')
    return NULL;

  if (strchr (argv0, '/') != NULL)
    return g_canonicalize_filename (argv0, program.cwd);

  return g_find_program_in_path (argv0);
}

/* Others may change all of this as soon as main() runs: the directory, PATH, and
 * the command line too (setproctitle). */
__attribute__ ((constructor)) static void
record_program (void)
{
  const char *execfn = (const char *) getauxval (AT_EXECFN);
  GStatBuf    buf;

  program.cwd = g_get_current_dir ();

  if (!g_file_get_contents ("/proc/self/cmdline", &program.cmdline, &program.cmdline_length, NULL))
    program.cmdline_length = 0;

  program.candidates[2] = g_file_read_link (SELF_EXE, NULL);

  /* By its name, if it has one: under valgrind, the link itself leads to valgrind. */
  if (g_stat (program.candidates[2] != NULL ? program.candidates[2] : SELF_EXE, &buf) == 0 ||
      g_stat (SELF_EXE, &buf) == 0)
    {
      program.device = buf.st_dev;
      program.inode = buf.st_ino;
    }

  program.candidates[0] = resolve (program.cmdline);
  program.candidates[1] = resolve (execfn);
}

/* The first name that still leads to the executable that runs here. A symbolic
 * link is kept: it is what makes a virtual environment of Python. */
static const char *
find_executable (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (program.candidates); i++)
    {
      GStatBuf buf;

      if (program.candidates[i] != NULL && g_stat (program.candidates[i], &buf) == 0 &&
          buf.st_dev == program.device && buf.st_ino == program.inode)
        return program.candidates[i];
    }

  /* Deleted or replaced since; the kernel still has it. */
  return SELF_EXE;
}

char **
qs_program_dup_argv (GError **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  const char *end = program.cmdline + program.cmdline_length;

  if (binding.argv != NULL)
    return g_strdupv (binding.argv);

  if (binding.reason != NULL)
    {
      g_set_error_literal (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_NOT_STARTED, binding.reason);
      return NULL;
    }

  if (program.cmdline_length == 0 || program.inode == 0)
    {
      g_set_error_literal (error,
                           QS_SOURCE_ERROR,
                           QS_SOURCE_ERROR_NOT_STARTED,
                           "Cannot determine how this program was started, because /proc cannot be "
                           "read; set QsApplication:worker-argv to the command that starts it, or "
                           "QsApplication:isolation to thread");
      return NULL;
    }

  g_strv_builder_add (builder, find_executable ());
  for (const char *arg = program.cmdline + strlen (program.cmdline) + 1; arg < end;
       arg += strlen (arg) + 1)
    g_strv_builder_add (builder, arg);

  return g_strv_builder_end (builder);
}

const char *
qs_program_get_cwd (void)
{
  return program.cwd;
}

void
qs_program_interrupt (guint64 thread_id)
{
  if (binding.interrupt != NULL)
    binding.interrupt (thread_id, binding.interrupt_data);
}

void
qs_program_exit (int status)
{
  if (binding.flush != NULL)
    binding.flush (binding.flush_data);
  if (binding.exit != NULL)
    binding.exit (status, binding.exit_data);

  exit (status);
}

/**
 * qs_program_set_argv:
 * @argv: (nullable) (array zero-terminated=1): the command that starts this
 *   program again
 * @reason: (nullable): if @argv is `NULL`, why there is no such command, and what to do
 *
 * Sets the command that starts this program again for a worker, if a language binding knows
 * it better than the system.
 *
 * With a @reason instead, sources run in threads or, if [property@Application:isolation] is
 * `process`, fail with the reason. With neither, the library determines the command by
 * itself. [property@Application:worker-argv] takes precedence. Call it only in the thread
 * of [method@Application.run].
 */
void
qs_program_set_argv (const char *const *argv, const char *reason)
{
  char **copy = g_strdupv ((char **) argv);

  g_strfreev (binding.argv);
  binding.argv = copy;
  g_free (binding.reason);
  binding.reason = g_strdup (reason);
}

/**
 * qs_program_set_flush_func:
 * @func: (scope notified) (nullable): writes buffered output
 * @user_data: data for @func
 * @destroy: frees @user_data
 *
 * Sets a function that a worker calls before it exits, in the thread of its source.
 *
 * It is for language bindings. The function is called before that of
 * [func@program_set_exit_func]. Call it before [method@Application.run].
 */
void
qs_program_set_flush_func (QsProgramFlushFunc func, gpointer user_data, GDestroyNotify destroy)
{
  if (binding.flush_destroy != NULL)
    binding.flush_destroy (binding.flush_data);

  binding.flush = func;
  binding.flush_data = user_data;
  binding.flush_destroy = destroy;
}

/**
 * qs_program_set_exit_func:
 * @func: (scope notified) (nullable): ends the program
 * @user_data: data for @func
 * @destroy: frees @user_data
 *
 * Sets a function that ends a worker, in the thread of its source, after the source has
 * ended.
 *
 * It is for language bindings: the function does what a program of the language does at its
 * end, such as finalizing the interpreter. Without a function, or when it returns, the
 * worker calls C's exit(). In both cases the end can take up to the source's
 * [property@BaseSource:shutdown-timeout]; after that the process is ended by force, with a
 * warning. Call it before [method@Application.run].
 */
void
qs_program_set_exit_func (QsProgramExitFunc func, gpointer user_data, GDestroyNotify destroy)
{
  if (binding.exit_destroy != NULL)
    binding.exit_destroy (binding.exit_data);

  binding.exit = func;
  binding.exit_data = user_data;
  binding.exit_destroy = destroy;
}

gboolean
qs_program_defer_exit (int status)
{
  if (!binding.exit_deferred)
    return FALSE;

  if (binding.flush != NULL)
    binding.flush (binding.flush_data);
  exit_status = status;

  return TRUE;
}

/**
 * qs_program_set_exit_deferred:
 * @is_deferred: whether run() also returns in a worker
 *
 * Sets whether a language binding ends a worker itself, after the native
 * [method@Application.run] has returned to it.
 *
 * It is for languages that can only end in order with no C function on the stack. The
 * binding calls [func@program_get_exit_status] after each run(), and never lets the run()
 * of a worker return to the program. The time is limited as with
 * [func@program_set_exit_func]. Call it before [method@Application.run].
 */
void
qs_program_set_exit_deferred (gboolean is_deferred)
{
  binding.exit_deferred = is_deferred;
}

/**
 * qs_program_get_exit_status:
 *
 * Gets the status with which a language binding must end this worker; see
 * [func@program_set_exit_deferred].
 *
 * Returns: the status; -1 if there is no worker to end
 */
int
qs_program_get_exit_status (void)
{
  return exit_status;
}

/**
 * qs_program_set_interrupt_func:
 * @func: (scope notified) (nullable): interrupts a thread
 * @user_data: data for @func
 * @destroy: frees @user_data
 *
 * Sets a function that interrupts a source in a thread, on a second SIGINT or SIGTERM.
 *
 * It is for language bindings: the function raises an exception in the thread, if the
 * language can do that. A thread that still runs a second later is abandoned, and
 * [method@Application.run] reports that as the source's failure. Call it before
 * [method@Application.run].
 */
void
qs_program_set_interrupt_func (QsProgramInterruptFunc func,
                               gpointer               user_data,
                               GDestroyNotify         destroy)
{
  if (binding.interrupt_destroy != NULL)
    binding.interrupt_destroy (binding.interrupt_data);

  binding.interrupt = func;
  binding.interrupt_data = user_data;
  binding.interrupt_destroy = destroy;
}

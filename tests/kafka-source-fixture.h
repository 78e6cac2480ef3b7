/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib/gstdio.h>
#include <qsource.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "qs-test-kafka.h"
#include "run-application.h"

/* What tests of sources on the real Kafka share. The program is its own worker:
 * see worker_main(). */

/* Above what anything here takes on a slow machine, below Meson's. */
#define TEST_DEADLINE 100

/* Where test and workers leave each other files. */
#define DIR_VARIABLE "TEST_KAFKA_SOURCE_DIR"

/* The topic of a worker's source, if it isn't the default one. */
#define TOPIC_VARIABLE "TEST_KAFKA_TOPIC"

static inline char *
dup_path (const char *name)
{
  return g_build_filename (g_getenv (DIR_VARIABLE), name, NULL);
}

static inline gboolean
has_file (const char *name)
{
  g_autofree char *path = dup_path (name);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static inline void
write_file (const char *name, const char *text)
{
  g_autofree char *path = dup_path (name);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static inline char *
read_file (const char *name)
{
  g_autofree char *path = dup_path (name);
  char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return text;
}

/* A source whose name, up to the first '-', says what it does: this program has a
 * function for it. */

typedef struct
{
  const char *name;
  gboolean  (*run) (QsSource *source, GError **error);
} Behaviour;

static const Behaviour *behaviours; /* the last one has no name */

#define TEST_TYPE_SOURCE (test_source_get_type ())
G_DECLARE_FINAL_TYPE (TestSource, test_source, TEST, SOURCE, QsSource)

struct _TestSource
{
  QsSource parent_instance;
};

G_DEFINE_FINAL_TYPE (TestSource, test_source, QS_TYPE_SOURCE)

static inline gboolean
test_source_run (QsSource *source, GError **error)
{
  const char *name = qs_base_source_get_name (QS_BASE_SOURCE (source));

  for (const Behaviour *behaviour = behaviours; behaviour->name != NULL; behaviour++)
    if (strncmp (name, behaviour->name, strlen (behaviour->name)) == 0)
      return behaviour->run (source, error);

  g_assert_not_reached ();
}

static inline void
test_source_class_init (TestSourceClass *klass)
{
  QS_SOURCE_CLASS (klass)->run = test_source_run;
}

static inline void
test_source_init (TestSource *self)
{
}

static inline QsBaseSource *
make_source (const char *name)
{
  QsErrorHandling errors = g_str_has_prefix (name, "dead-letters") ? QS_ERROR_HANDLING_DEAD_LETTER
                                                                   : QS_ERROR_HANDLING_FAIL;

  return g_object_new (TEST_TYPE_SOURCE, "name", name, "errors", errors, NULL);
}

static inline gboolean
produce_text (QsSource *source, const char *key, const char *value, GError **error)
{
  return qs_source_produce_data (source,
                                 (const guint8 *) key,
                                 key != NULL ? strlen (key) : 0,
                                 (const guint8 *) value,
                                 strlen (value),
                                 0,
                                 error);
}

/* An application with one source, whose topic is called as its default one. */
typedef struct
{
  QsApplication *app;
  QsBaseSource  *source;
  char          *name;  /* of the source */
  QsTopic       *topic;
  int            pid;
  GError        *error; /* of run() */
} Fixture;

static inline void
started_cb (QsApplication *app, QsBaseSource *source, int pid, Fixture *self)
{
  self->pid = pid;
}

static inline void
fixture_init (Fixture *self, const char *address, const char *behaviour)
{
  g_autofree char *topic_name = NULL;
  g_autoptr (GError) error = NULL;

  *self = (Fixture){ 0 };
  self->name = qs_test_kafka_unique_name (behaviour);
  topic_name = g_strconcat ("source__", self->name, NULL);
  self->app = qs_application_new (address);
  self->source = make_source (self->name);
  self->topic = qs_topic_new (topic_name);
  g_assert_nonnull (qs_application_add_source (self->app, self->source, self->topic, &error));
  g_assert_no_error (error);
  g_signal_connect (self->app, "source-started", G_CALLBACK (started_cb), self);
}

static inline void
fixture_clear (Fixture *self)
{
  g_assert_finalize_object (self->app);
  g_assert_finalize_object (self->source);
  g_assert_finalize_object (self->topic);
  g_free (self->name);
  g_clear_error (&self->error);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_clear)

static inline gboolean
run (Fixture *self)
{
  return run_application (self->app, NULL, TEST_DEADLINE, &self->error);
}

static inline void
run_well (Fixture *self)
{
  run (self);
  g_assert_no_error (self->error);
}

/* Fails unless run() failed as it says: @text is in the error, and what failed. */
static inline void
assert_failed (Fixture *self, GQuark domain, int code, const char *text)
{
  g_autoptr (GError) kept = qs_base_source_dup_error (self->source);

  /* What a source said is in run()'s error as text. */
  if (g_error_matches (self->error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_FAILED))
    {
      assert_contains (self->error->message, self->name);
      g_assert_error (kept, domain, code);
    }
  else
    {
      g_assert_error (self->error, domain, code);
    }
  assert_contains (self->error->message, text);
}

/* Runs a line of the shell, with its arguments as $1, $2 ..., and returns its output;
 * the test fails if it does. */
static inline char *
shell (const char *line, const char *first, const char *second, const char *third)
{
  const char *argv[] = { "bash", "-o", "pipefail", "-c", line, "bash", first, second, third, NULL };
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *errors = NULL;
  char            *output = NULL;

  process = g_subprocess_newv (
      argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, &error);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (process, NULL, NULL, &output, &errors, &error);
  g_assert_no_error (error);
  if (!g_subprocess_get_successful (process))
    g_error ("'%s' failed: %s%s", line, output, errors);

  return output;
}

static inline gboolean
has_kcat (void)
{
  g_autofree char *path = g_find_program_in_path ("kcat");

  if (path == NULL && g_getenv ("CI") != NULL)
    g_error ("kcat is missing, and CI is set, so the test fails");
  if (path == NULL)
    g_test_skip ("kcat is missing");

  return path != NULL;
}

/* All records of @topic in kcat's @format, which an independent client reads. */
static inline char *
read_topic (const char *address, const char *topic, const char *format)
{
  return shell ("kcat -C -q -b \"$1\" -t \"$2\" -o beginning -e -f \"$3\"", address, topic, format);
}

/* main() of a test program; @add adds the tests. */
static inline int
main_of_test (int argc, char **argv, const Behaviour *own_behaviours, void (*add) (void))
{
  g_autofree char *dir = NULL;
  int status = 0;

  behaviours = own_behaviours;
  if (qs_worker_child_is_active ())
    worker_main (make_source, g_getenv (TOPIC_VARIABLE));

  dir = g_dir_make_tmp ("qsource-kafka-XXXXXX", NULL);
  g_setenv (DIR_VARIABLE, dir, TRUE);
  g_test_init (&argc, &argv, NULL);

  /* Many tests are about failures, which are warned of. */
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  add ();
  status = g_test_run ();

  g_free (shell ("rm -r -- \"$1\"", dir, NULL, NULL));
  return status;
}

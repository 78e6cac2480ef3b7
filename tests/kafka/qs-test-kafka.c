/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-test-kafka.h"

#include <gio/gio.h>
#include <gio/gunixinputstream.h>
#include <string.h>

/* Maven may have to fetch it first. */
#define READY_SECONDS 300

/* The exit status of kafka-broker.py where there can be no broker. */
#define UNAVAILABLE 77

struct _QsTestKafka
{
  GSubprocess  *supervisor; /* kafka-broker.py; it ends the broker when its input closes */
  GInputStream *answers;    /* owned by supervisor */
  char         *address;
};

static gboolean
wait_for_input (int fd, gint64 deadline)
{
  GPollFD poll = { fd, G_IO_IN, 0 };
  gint64  left = deadline - g_get_monotonic_time ();

  return left > 0 && g_poll (&poll, 1, (int) (left / 1000) + 1) > 0;
}

/* One line of the supervisor without its end, or NULL when it has closed. */
static char *
read_line (QsTestKafka *self)
{
  int    fd = g_unix_input_stream_get_fd (G_UNIX_INPUT_STREAM (self->answers));
  gint64 deadline = g_get_monotonic_time () + READY_SECONDS * G_USEC_PER_SEC;
  g_autoptr (GString) line = g_string_new (NULL);
  char byte;

  while (wait_for_input (fd, deadline))
    {
      if (g_input_stream_read (self->answers, &byte, 1, NULL, NULL) != 1)
        return NULL;
      if (byte == '\n')
        return g_strdup (line->str);
      g_string_append_c (line, byte);
    }
  g_error ("Kafka's supervisor has not answered for %d seconds", READY_SECONDS);
}

/* FALSE where there can be no broker. */
static gboolean
obey (QsTestKafka *self, const char *order)
{
  GOutputStream *input = g_subprocess_get_stdin_pipe (self->supervisor);
  g_autoptr (GError) error = NULL;
  g_autofree char *line = g_strconcat (order, "\n", NULL);
  g_autofree char *answer = NULL;

  /* Where this fails, the supervisor has gone, and its status says why. */
  g_output_stream_write_all (input, line, strlen (line), NULL, NULL, &error);
  answer = read_line (self);
  if (answer == NULL)
    {
      g_subprocess_wait (self->supervisor, NULL, NULL);
      if (g_subprocess_get_if_exited (self->supervisor) &&
          g_subprocess_get_exit_status (self->supervisor) == UNAVAILABLE)
        return FALSE;
      g_error ("Cannot %s Kafka: its supervisor has ended", order);
    }
  if (!g_str_has_prefix (answer, "ok "))
    g_error ("Cannot %s Kafka: %s", order, answer);
  if (self->address == NULL)
    self->address = g_strdup (answer + strlen ("ok "));
  return TRUE;
}

static void
skip (void)
{
  if (g_getenv ("CI") != NULL)
    g_error ("There can be no Kafka here (see above), and CI is set, so the test fails");
  g_test_skip ("there can be no Kafka here: Java, Maven and, the first time, a network are needed");
}

/* @service: that of kafka-broker.py. */
static QsTestKafka *
new_kafka (const char *service)
{
  g_autofree char *script = g_test_build_filename (G_TEST_DIST, "kafka", "kafka-broker.py", NULL);
  g_autoptr (GError) error = NULL;
  QsTestKafka *self = g_new0 (QsTestKafka, 1);

  self->supervisor =
      g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE,
                        &error,
                        "/usr/bin/python3",
                        "-B",
                        script,
                        service,
                        NULL);
  g_assert_no_error (error);
  self->answers = g_subprocess_get_stdout_pipe (self->supervisor);
  if (!obey (self, "start"))
    {
      g_clear_pointer (&self, qs_test_kafka_free);
      skip ();
    }
  return self;
}

QsTestKafka *
qs_test_kafka_new (void)
{
  return new_kafka ("serve");
}

QsTestKafka *
qs_test_kafka_new_forgetful (void)
{
  return new_kafka ("serve-forgetful");
}

QsTestKafka *
qs_test_kafka_new_cut (void)
{
  return new_kafka ("serve-cut");
}

void
qs_test_kafka_free (QsTestKafka *self)
{
  g_output_stream_close (g_subprocess_get_stdin_pipe (self->supervisor), NULL, NULL);
  g_subprocess_wait (self->supervisor, NULL, NULL);
  g_object_unref (self->supervisor);
  g_free (self->address);
  g_free (self);
}

const char *
qs_test_kafka_get_address (QsTestKafka *self)
{
  return self->address;
}

void
qs_test_kafka_stop (QsTestKafka *self)
{
  obey (self, "stop");
}

void
qs_test_kafka_kill (QsTestKafka *self)
{
  obey (self, "kill");
}

void
qs_test_kafka_start (QsTestKafka *self)
{
  obey (self, "start");
}

void
qs_test_kafka_cut_request (QsTestKafka *self)
{
  obey (self, "cut-request");
}

void
qs_test_kafka_cut_reply (QsTestKafka *self)
{
  obey (self, "cut-reply");
}

void
qs_test_kafka_mend (QsTestKafka *self)
{
  obey (self, "mend");
}

/* What the first of @variables that is set names, or what is started into *@shared. That is
 * never freed: the end of this process closes the supervisor's input. */
static const char *
share (const char *const variables[], const char *service, QsTestKafka **shared)
{
  for (guint i = 0; variables[i] != NULL; i++)
    {
      const char *given = g_getenv (variables[i]);

      if (given != NULL && *given != '\0')
        return given;
    }
  if (*shared == NULL)
    *shared = new_kafka (service);
  return *shared != NULL ? (*shared)->address : NULL;
}

const char *
qs_test_kafka_shared (void)
{
  static const char *const variables[] = { "QSOURCE_TEST_BROKER",
                                           "QSOURCE_TEST_SHARED_BROKER",
                                           NULL };
  static QsTestKafka      *shared;

  return share (variables, "serve", &shared);
}

const char *
qs_test_kafka_secure (void)
{
  static const char *const variables[] = { "QSOURCE_TEST_SECURE_BROKER", NULL };
  static QsTestKafka      *shared;

  return share (variables, "serve-secure", &shared);
}

char *
qs_test_kafka_unique_name (const char *prefix)
{
  g_autofree char *uuid = g_uuid_string_random ();

  return g_strconcat (prefix, "-", uuid, NULL);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The verb `top`: what `status` shows, live. */

#include <glib-unix.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "qsc-applications.h"
#include "qsc-web.h"

/* The alternate screen, without a cursor; and back. */
#define ENTER "\033[?1049h\033[?25l"
#define LEAVE "\033[?25h\033[?1049l"

typedef struct
{
  const char    *name; /* nullable */
  double         interval;
  struct termios saved;
  gboolean       is_raw;
  GMainLoop     *loop;
  int            signal_number;
  int            first; /* line that is shown on top */
} Top;

static gboolean
signal_cb (Top *self, int number)
{
  self->signal_number = number;
  g_main_loop_quit (self->loop);

  return G_SOURCE_CONTINUE;
}

static gboolean
interrupt_cb (gpointer user_data)
{
  return signal_cb (user_data, SIGINT);
}

static gboolean
terminate_cb (gpointer user_data)
{
  return signal_cb (user_data, SIGTERM);
}

static gboolean
hang_up_cb (gpointer user_data)
{
  return signal_cb (user_data, SIGHUP);
}

/* Keys come at once, and aren't shown. */
static void
enter (Top *self)
{
  struct termios raw;

  if (tcgetattr (STDIN_FILENO, &self->saved) == 0)
    {
      raw = self->saved;
      raw.c_lflag &= ~(tcflag_t) (ICANON | ECHO);
      self->is_raw = tcsetattr (STDIN_FILENO, TCSANOW, &raw) == 0;
    }
  fputs (ENTER, stdout);
}

static void
leave (Top *self)
{
  fputs (LEAVE, stdout);
  qsc_flush_output ();
  if (self->is_raw)
    tcsetattr (STDIN_FILENO, TCSANOW, &self->saved);
}

static void
draw (Top *self)
{
  g_autoptr (GPtrArray) applications = qsc_applications_find (self->name, QSC_PATIENCE);
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *clock = g_date_time_format (now, "%T");
  g_autofree char *title = NULL;
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  struct winsize size = { 0 };
  int            n_lines = 0;

  if (ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0)
    size = (struct winsize){ .ws_row = 24, .ws_col = 80 };
  text = qsc_applications_to_text (applications, qsc_has_colour (), size.ws_col);
  lines = g_strsplit (*text != '\0' ? text : "No application of this user runs here\n", "\n", -1);
  n_lines = (int) g_strv_length (lines);
  self->first = CLAMP (self->first, 0, MAX (n_lines - size.ws_row + 1, 0));

  title = g_strdup_printf ("qsource top  %s  %u application%s; q: quit, arrows: scroll",
                           clock,
                           applications->len,
                           applications->len == 1 ? "" : "s");
  printf ("\033[H%.*s\033[K\n", size.ws_col - 1, title);
  for (int i = self->first; i < n_lines && i - self->first < size.ws_row - 2; i++)
    printf ("%s\033[K\n", lines[i]);
  fputs ("\033[J", stdout);
  qsc_flush_output ();
}

static gboolean
draw_cb (gpointer user_data)
{
  draw (user_data);

  return G_SOURCE_CONTINUE;
}

static gboolean
resize_cb (gpointer user_data)
{
  draw (user_data);

  return G_SOURCE_CONTINUE;
}

/* Does what the first key of @keys asks for, and returns what follows it; NULL ends. */
static const char *
take_key (Top *self, const char *keys)
{
  const char *arrow = g_str_has_prefix (keys, "\033[") ? keys + 2 : "";
  char        key = *arrow == 'A' ? 'k' : *arrow == 'B' ? 'j' : *keys;

  if (key == 'q' || key == 'Q' || key == 4)
    return NULL;
  if (key == 'k')
    self->first--;
  else if (key == 'j')
    self->first++;

  return *arrow != '\0' ? arrow + 1 : keys + 1;
}

static gboolean
key_cb (int fd, GIOCondition condition, gpointer user_data)
{
  Top    *self = user_data;
  char    buffer[16] = "";
  ssize_t n = read (fd, buffer, sizeof buffer - 1);
  /* Handles several keys, which quick typing or pasting sends at once. */
  const char *keys = n > 0 ? buffer : NULL;

  while (keys != NULL && *keys != '\0')
    keys = take_key (self, keys);

  if (keys == NULL)
    {
      g_main_loop_quit (self->loop);
      return G_SOURCE_REMOVE;
    }

  draw (self);

  return G_SOURCE_CONTINUE;
}

static int
run_live (Top *self)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  guint sources[] = {
    g_unix_signal_add (SIGINT, interrupt_cb, self),
    g_unix_signal_add (SIGTERM, terminate_cb, self),
    g_unix_signal_add (SIGHUP, hang_up_cb, self),
    g_timeout_add ((guint) (self->interval * 1000), draw_cb, self),
    isatty (STDIN_FILENO) ? g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP, key_cb, self) : 0,
    g_unix_signal_add (SIGWINCH, resize_cb, self),
  };

  self->loop = loop;
  enter (self);
  draw (self);
  g_main_loop_run (loop);
  leave (self);
  for (gsize i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      GSource *source =
          sources[i] != 0 ? g_main_context_find_source_by_id (NULL, sources[i]) : NULL;

      if (source != NULL)
        g_source_destroy (source);
    }

  return self->signal_number != 0 ? 128 + self->signal_number : QSC_DONE;
}

/* For a browser, until it is interrupted. */
static int
run_web (Top *self, const char *address)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GError) error = NULL;
  g_autoptr (QscWeb) web = qsc_web_new (address, self->name, self->interval, &error);

  if (web == NULL)
    return qsc_fail_error (error);

  self->loop = loop;
  g_unix_signal_add (SIGINT, interrupt_cb, self);
  g_unix_signal_add (SIGTERM, terminate_cb, self);
  g_unix_signal_add (SIGHUP, hang_up_cb, self);
  g_print ("%s\n", qsc_web_get_uri (web));
  qsc_flush_output ();
  g_main_loop_run (loop);

  return 128 + self->signal_number;
}

int
qsc_verb_top (QscCall *call)
{
  g_autofree char *name = NULL;
  g_autoptr (GError) error = NULL;
  Top         top = { .interval = 1 };
  const char *interval = qsc_call_get (call, "interval");
  char       *end = NULL;

  if (interval != NULL)
    {
      top.interval = g_ascii_strtod (interval, &end);
      if (*interval == '\0' || *end != '\0' || !(top.interval >= 0.1 && top.interval <= 3600))
        return qsc_fail (
            QSC_USAGE,
            "'%s' is not a value of '--interval': it is a number of seconds from 0.1 to 3600",
            interval);
    }

  if (qsc_call_has (call, "web") && (qsc_call_has (call, "once") || qsc_call_has (call, "json")))
    return qsc_fail (QSC_USAGE, "'--web' shows the status live; remove '--once' and '--json'");
  if (!qsc_call_has (call, "web") &&
      (qsc_call_has (call, "once") || qsc_call_has (call, "json") || !isatty (STDOUT_FILENO)))
    return qsc_verb_status (call);

  if (!qsc_call_find_application (call, call->words[0], &name, &error))
    return qsc_fail_error (error);
  top.name = name;

  return qsc_call_has (call, "web") ? run_web (&top, qsc_call_get (call, "web")) : run_live (&top);
}

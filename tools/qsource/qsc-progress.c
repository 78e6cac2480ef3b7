/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qsc-progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Microseconds, monotonic: before the first sight of it, and between two. */
#define PATIENCE (G_USEC_PER_SEC / 2)
#define BAR_INTERVAL (G_USEC_PER_SEC / 10)
#define LINE_INTERVAL (10 * G_USEC_PER_SEC)

/* Characters of a bar. */
#define BAR_WIDTH 24

struct _QscProgress
{
  gboolean is_terminal;
  gint64   started; /* monotonic; 0 = nothing is shown */
  double   first;   /* what was done by then */
  gint64   shown;   /* monotonic: the last time */
  gboolean has_bar; /* on the terminal now */
  char    *text;    /* of the bar; owned */
};

/* The one whose bar log lines must not break; NULL if there is none. */
static QscProgress *current;

/* Whether the log writer, of which a program can have only one, is set. */
static gboolean has_writer;

/* The least severe level that the log still shows. */
static GLogLevelFlags least_shown = G_LOG_LEVEL_DEBUG;

static void
erase (QscProgress *self)
{
  if (self->has_bar)
    fputs ("\r\033[K", stderr);
  self->has_bar = FALSE;
}

static void
draw (QscProgress *self)
{
  fprintf (stderr, "\r\033[K%s", self->text);
  fflush (stderr);
  self->has_bar = TRUE;
}

static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  gboolean         has_bar = current != NULL && current->has_bar;
  GLogWriterOutput result;

  if ((level & G_LOG_LEVEL_MASK) > least_shown)
    return G_LOG_WRITER_HANDLED;

  if (has_bar)
    erase (current);
  result = g_log_writer_default (level, fields, n_fields, user_data);
  if (has_bar)
    draw (current);

  return result;
}

static void
take_log (void)
{
  if (!has_writer)
    g_log_set_writer_func (write_log, NULL, NULL);
  has_writer = TRUE;
}

void
qsc_log_limit (GLogLevelFlags least)
{
  least_shown = least;
  take_log ();
}

QscProgress *
qsc_progress_new (void)
{
  QscProgress *self = g_new0 (QscProgress, 1);
  const char  *terminal = g_getenv ("TERM");

  self->is_terminal = isatty (STDERR_FILENO) && g_strcmp0 (terminal, "dumb") != 0;
  if (self->is_terminal)
    take_log ();
  current = self;

  return self;
}

void
qsc_progress_free (QscProgress *self)
{
  erase (self);
  if (current == self)
    current = NULL;
  g_free (self->text);
  g_free (self);
}

/* "5 s", "3 min"; transfer full. */
static char *
format_left (double seconds)
{
  if (seconds < 90)
    return g_strdup_printf ("%.0f s", seconds);
  if (seconds < 90 * 60)
    return g_strdup_printf ("%.0f min", seconds / 60);

  return g_strdup_printf ("%.0f h", seconds / 3600);
}

/* How long it still takes if it goes on like that: ", 5 s left", or "" where nobody knows;
 * transfer full. */
static char *
format_rest (QscProgress *self, double done, double total, gint64 now)
{
  double           seconds = (double) (now - self->started) / G_USEC_PER_SEC;
  double           rate = seconds > 0 ? (done - self->first) / seconds : 0;
  g_autofree char *left = NULL;

  if (rate <= 0 || seconds < 1)
    return g_strdup ("");

  left = format_left ((total - done) / rate);
  return g_strdup_printf (", %s left", left);
}

static int
get_columns (void)
{
  struct winsize size = { 0 };

  return ioctl (STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/* As much of @text as a line takes; transfer full. */
static char *
cut (const char *text, int width)
{
  return g_utf8_strlen (text, -1) <= width ? g_strdup (text)
                                           : g_utf8_substring (text, 0, MAX (width, 0));
}

static void
show_bar (QscProgress *self, const char *what, double fraction, const char *rest)
{
  char             bar[BAR_WIDTH + 1] = "";
  int              n = (int) (fraction * BAR_WIDTH);
  g_autofree char *whole = NULL;

  memset (bar, '.', BAR_WIDTH);
  memset (bar, '#', (gsize) CLAMP (n, 0, BAR_WIDTH));
  whole = g_strdup_printf ("[%s] %3.0f %% %s%s", bar, fraction * 100, what, rest);
  g_free (self->text);
  self->text = cut (whole, get_columns () - 1);
  draw (self);
}

/* Where nobody knows how many there are. */
static void
show_count (QscProgress *self, const char *what, double done)
{
  g_autofree char *whole = g_strdup_printf ("%s: %.0f", what, done);

  g_free (self->text);
  self->text = cut (whole, get_columns () - 1);
  draw (self);
}

void
qsc_progress_set (QscProgress *self, const char *what, double done, double total)
{
  gint64           now = g_get_monotonic_time ();
  double           fraction = total > 0 ? CLAMP (done / total, 0, 1) : 0;
  g_autofree char *rest = NULL;

  if (self->started == 0)
    {
      self->started = now;
      self->first = done;
      self->shown = 0;
    }
  if (now < self->started + PATIENCE ||
      (self->shown != 0 && now < self->shown + (self->is_terminal ? BAR_INTERVAL : LINE_INTERVAL)))
    return;

  self->shown = now;
  rest = total > 0 ? format_rest (self, done, total, now) : g_strdup ("");
  if (self->is_terminal && total > 0)
    show_bar (self, what, fraction, rest);
  else if (self->is_terminal)
    show_count (self, what, done);
  else if (total > 0)
    g_printerr ("%s: %.0f %%%s\n", what, fraction * 100, rest);
  else
    g_printerr ("%s: %.0f\n", what, done);
}

void
qsc_progress_clear (QscProgress *self)
{
  erase (self);
  self->started = 0;
}

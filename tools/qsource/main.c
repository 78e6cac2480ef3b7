/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "qsc-text.h"
#include "qsc.h"

static int
call_verb (const QscVerb *verb, char **words)
{
  QscCall call = { 0 };
  int     status = qsc_call_parse (&call, verb, words);

  if (status < 0)
    status = verb->call (&call);
  qsc_call_clear (&call);

  return status;
}

static int
dispatch (char **words)
{
  char          *help[] = { (char *) "help", NULL, NULL };
  const QscVerb *verb = NULL;
  guint          n_words = 0;

  if (words[0] == NULL)
    {
      verb = qsc_verb_find (help, &n_words);
      call_verb (verb, help + 1);
      return QSC_USAGE;
    }

  if (g_str_equal (words[0], "--help") || g_str_equal (words[0], "-h"))
    words[0] = (char *) "help";
  if (g_str_equal (words[0], "--version"))
    {
      g_print ("qsource %d.%d\n", QS_MAJOR_VERSION, QS_MINOR_VERSION);
      return QSC_DONE;
    }

  /* "state --help" is "help state". */
  if (qsc_verb_is_group (words[0]) &&
      (g_strcmp0 (words[1], "--help") == 0 || g_strcmp0 (words[1], "-h") == 0))
    {
      help[1] = words[0];
      words = help;
    }

  verb = qsc_verb_find (words, &n_words);
  if (verb == NULL)
    return qsc_verb_fail_unknown (words);

  return call_verb (verb, words + n_words);
}

/* A disk that is full is an error, a reader that has seen enough isn't. */
static gboolean
is_output_closed (void)
{
  struct pollfd fd = { .fd = STDOUT_FILENO, .events = POLLOUT };

  return poll (&fd, 1, 0) == 1 && (fd.revents & (POLLERR | POLLHUP)) != 0;
}

int
main (int argc, char **argv)
{
  int status = 0;

  setlocale (LC_ALL, "");
  g_set_prgname ("qsource");
  qsc_text_init ();

  signal (SIGPIPE, SIG_IGN);
  status = dispatch (argv + 1);

  if (!qsc_flush_output () && !is_output_closed ())
    return qsc_fail_output ();

  return status;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <string.h>

#include "qsc.h"

const char *const qsc_statuses[][2] = {
  { "0", "success" },
  { "1", "a source failed, or a check found a problem" },
  { "2", "the command line is wrong" },
  { "3", "the broker or the network failed" },
  { "4", "a running worker holds the state" },
  { "78", "the configuration is invalid" },
  { "128+n", "ended by signal n" },
  { NULL },
};

static void
print_option (const QscOption *option)
{
  g_autofree char *name = NULL;
  g_autofree char *letter =
      option->letter != 0 ? g_strdup_printf ("-%c, ", option->letter) : g_strdup ("    ");

  if (option->metavar == NULL)
    name = g_strdup_printf ("%s--%s", letter, option->name);
  else if (g_str_equal (option->metavar, "yes|no"))
    name = g_strdup_printf ("%s--%s[=yes|no]", letter, option->name);
  else
    name = g_strdup_printf ("%s--%s=%s", letter, option->name, option->metavar);

  if (strlen (name) > 32)
    g_print ("  %s\n%36s%s\n", name, "", option->help);
  else
    g_print ("  %-34s%s\n", name, option->help);
}

static void
print_lines (const char *text, const char *indent)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    g_print ("%s%s\n", *lines[i] != '\0' ? indent : "", lines[i]);
}

void
qsc_print_help (const QscVerb *verb)
{
  g_autoptr (GArray) options = qsc_verb_dup_options (verb);

  g_print ("Usage: qsource %s%s%s\n\n%s.\n",
           verb->name,
           verb->words != NULL ? " " : "",
           verb->words != NULL ? verb->words : "",
           verb->summary);
  if (verb->text != NULL)
    {
      g_print ("\n");
      print_lines (verb->text, "");
    }

  g_print ("\nOptions:\n");
  for (guint i = 0; i < options->len; i++)
    print_option (&g_array_index (options, QscOption, i));

  if (verb->examples != NULL)
    {
      g_print ("\nExamples:\n");
      print_lines (verb->examples, "  ");
    }
}

static void
print_verbs (const char *prefix)
{
  for (const QscVerb *verb = qsc_verbs; verb->name != NULL; verb++)
    if (!(verb->flags & QSC_VERB_HIDDEN) &&
        (prefix == NULL || g_str_has_prefix (verb->name, prefix)))
      g_print ("  %-24s%s\n", verb->name, verb->summary);
}

int
qsc_verb_help (QscCall *call)
{
  guint          n_words = 0;
  const QscVerb *verb = call->words != NULL ? qsc_verb_find (call->words, &n_words) : NULL;

  if (verb != NULL)
    {
      qsc_print_help (verb);
      return QSC_DONE;
    }

  if (call->words != NULL && call->words[0] != NULL)
    {
      g_autofree char *prefix = g_strconcat (call->words[0], " ", NULL);

      for (verb = qsc_verbs; verb->name != NULL; verb++)
        if (g_str_has_prefix (verb->name, prefix))
          {
            print_verbs (prefix);
            return QSC_DONE;
          }
    }

  g_print (
      "Usage: qsource VERB …\n\nStreams data into Kafka, and manages the programs that do.\n\n");
  print_verbs (NULL);
  g_print ("\nExit status:\n");
  for (gsize i = 0; qsc_statuses[i][0] != NULL; i++)
    g_print ("  %-8s%s\n", qsc_statuses[i][0], qsc_statuses[i][1]);
  g_print ("\n'qsource help VERB' shows a verb's options; the first try needs none:\n"
           "  qsource run file path=/etc/services follow=no\n");

  return QSC_DONE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <string.h>

#include "qsc-text.h"
#include "qsc.h"

/* Where what stands beside a verb, an option or a status begins. */
#define VERB_COLUMN 24
#define OPTION_COLUMN 34
#define STATUS_COLUMN 10

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
    name = g_strdup_printf ("  %s--%s", letter, option->name);
  else if (g_str_equal (option->metavar, "yes|no"))
    name = g_strdup_printf ("  %s--%s[=yes|no]", letter, option->name);
  else
    name = g_strdup_printf ("  %s--%s=%s", letter, option->name, option->metavar);
  qsc_text_print_entry (name, option->help, OPTION_COLUMN);
}

static void
print_lines (const char *text, const char *indent)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    g_print ("%s%s\n", *lines[i] != '\0' ? indent : "", lines[i]);
}

static void
print_paragraphs (const char *text)
{
  g_auto (GStrv) paragraphs = g_strsplit (text, "\n\n", -1);

  for (guint i = 0; paragraphs[i] != NULL; i++)
    {
      g_print ("\n");
      qsc_text_print (paragraphs[i], 0, 0);
    }
}

void
qsc_print_help (const QscVerb *verb)
{
  g_autoptr (GArray) options = qsc_verb_dup_options (verb);

  g_autofree char *summary = g_strconcat (verb->summary, ".", NULL);

  g_print ("Usage: qsource %s%s%s\n\n",
           verb->name,
           verb->words != NULL ? " " : "",
           verb->words != NULL ? verb->words : "");
  qsc_text_print (summary, 0, 0);
  if (verb->text != NULL)
    print_paragraphs (verb->text);

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
      {
        g_autofree char *name = g_strconcat ("  ", verb->name, NULL);

        qsc_text_print_entry (name, verb->summary, VERB_COLUMN);
      }
}

static void
print_group (const char *name)
{
  g_autofree char *prefix = g_strconcat (name, " ", NULL);

  g_print ("Usage: qsource %s VERB …\n\n", name);
  print_verbs (prefix);
  g_print ("\n");
  qsc_text_print ("'qsource help VERB' shows the options of one, as in", 0, 0);
  for (const QscVerb *verb = qsc_verbs; verb->name != NULL; verb++)
    if (g_str_has_prefix (verb->name, prefix))
      {
        g_print ("  qsource help %s\n", verb->name);
        break;
      }
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
      if (!qsc_verb_is_group (call->words[0]) || call->words[1] != NULL)
        return qsc_verb_fail_unknown (call->words);
      print_group (call->words[0]);
      return QSC_DONE;
    }

  g_print ("Usage: qsource VERB …\n\n");
  qsc_text_print ("Streams data into Kafka, and manages the programs that do.", 0, 0);
  g_print ("\n");
  print_verbs (NULL);
  g_print ("\nExit status:\n");
  for (gsize i = 0; qsc_statuses[i][0] != NULL; i++)
    {
      g_autofree char *status = g_strconcat ("  ", qsc_statuses[i][0], NULL);

      qsc_text_print_entry (status, qsc_statuses[i][1], STATUS_COLUMN);
    }
  g_print ("\n");
  qsc_text_print (
      "'qsource help VERB' shows a verb's options, 'man qsource' has examples of common "
      "tasks; the first try needs no option:",
      0,
      0);
  g_print ("  qsource run file path=/etc/services follow=no\n");

  return QSC_DONE;
}

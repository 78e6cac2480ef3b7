/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <string.h>

#include "qsc.h"

/* The man page, as man(7) has it, from the table of verbs. */

static void
print_escaped (const char *text)
{
  gboolean is_start = TRUE;

  for (const char *c = text; *c != '\0'; c++)
    {
      if (is_start && (*c == '.' || *c == '\''))
        g_print ("\\&");
      if (*c == '\\')
        g_print ("\\e");
      else if (*c == '-')
        g_print ("\\-");
      else
        g_print ("%c", *c);
      is_start = *c == '\n';
    }
}

static void
print_option (const QscOption *option)
{
  g_print (".TP\n");
  if (option->letter != 0)
    g_print ("\\fB\\-%c\\fR, ", option->letter);
  g_print ("\\fB\\-\\-");
  print_escaped (option->name);
  g_print ("\\fR");
  if (option->metavar != NULL)
    {
      g_print (g_str_equal (option->metavar, "yes|no") ? "[=" : "=");
      g_print ("\\fI");
      print_escaped (option->metavar);
      g_print ("\\fR%s", g_str_equal (option->metavar, "yes|no") ? "]" : "");
    }
  g_print ("\n");
  print_escaped (option->help);
  g_print ("\n");
}

static void
print_verb (const QscVerb *verb)
{
  g_print (".SS \"qsource ");
  print_escaped (verb->name);
  if (verb->words != NULL)
    {
      g_print (" ");
      print_escaped (verb->words);
    }
  g_print ("\"\n");
  print_escaped (verb->summary);
  g_print (".\n");
  if (verb->text != NULL)
    {
      g_print (".PP\n");
      print_escaped (verb->text);
      g_print ("\n");
    }
  for (const QscOption *option = verb->options; option != NULL && option->name != NULL; option++)
    print_option (option);
  if (verb->flags & QSC_VERB_APPLICATION)
    g_print (".PP\nAnd the\n.B APPLICATION OPTIONS\nbelow.\n");
  if (verb->examples != NULL)
    {
      g_print (".PP\n.nf\n");
      print_escaped (verb->examples);
      g_print ("\n.fi\n");
    }
}

static void
print_application_options (void)
{
  const QscVerb verb = { .name = "run", .flags = QSC_VERB_APPLICATION };
  g_autoptr (GArray) options = qsc_verb_dup_options (&verb);

  g_print (".SH APPLICATION OPTIONS\n");
  for (guint i = 0; i < options->len; i++)
    print_option (&g_array_index (options, QscOption, i));
}

static void
print_recipes (void)
{
  g_print (".SH EXAMPLES\n");
  for (const QscRecipe *recipe = qsc_recipes; recipe->title != NULL; recipe++)
    {
      g_print (".SS ");
      print_escaped (recipe->title);
      g_print ("\n");
      print_escaped (recipe->text);
      g_print ("\n.PP\n.nf\n");
      print_escaped (recipe->lines);
      g_print ("\n.fi\n");
    }
}

int
qsc_verb_man (QscCall *call)
{
  g_print (".\\\" Made from the table of verbs; don't edit.\n"
           ".TH QSOURCE 1 \"\" \"QSource %d.%d\" \"User Commands\"\n"
           ".SH NAME\nqsource \\- stream data into Kafka, and manage the programs that do\n"
           ".SH SYNOPSIS\n.B qsource\n.I VERB\n[\\fIOPTION\\fR]... [\\fIWORD\\fR]...\n"
           ".SH VERBS\n",
           QS_MAJOR_VERSION,
           QS_MINOR_VERSION);
  for (const QscVerb *verb = qsc_verbs; verb->name != NULL; verb++)
    if (!(verb->flags & QSC_VERB_HIDDEN))
      print_verb (verb);
  print_application_options ();
  g_print (".SH EXIT STATUS\n");
  for (gsize i = 0; qsc_statuses[i][0] != NULL; i++)
    g_print (".TP\n.B %s\n%s\n", qsc_statuses[i][0], qsc_statuses[i][1]);
  g_print (".SH ENVIRONMENT\n"
           ".TP\n.B QSOURCE_BROKER_ADDRESS\nThe broker, unless \\fB\\-b\\fR names one.\n"
           ".TP\n.B QSOURCE_CONSUMER_GROUP\nThe consumer group, likewise.\n"
           ".TP\n.B QSOURCE_STATE_DIR\nThe directory of the states, likewise.\n");
  print_recipes ();

  return QSC_DONE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <string.h>

#include "qsc-applications.h"
#include "qsc.h"

/* In milliseconds: a person waits for it. */
#define COMPLETION_PATIENCE 300

/*
 * Candidates for the last of some words, one a line: the text, a tab, what it is. The
 * scripts of the shells call it.
 */

static void
offer (const char *prefix, const char *candidate, const char *what)
{
  if (g_str_has_prefix (candidate, prefix))
    g_print ("%s\t%s\n", candidate, what != NULL ? what : "");
}

/* The second words of the verbs whose first one is @first, for people; transfer full. */
static char *
join_second_words (const char *first)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) all = NULL;

  for (const QscVerb *verb = qsc_verbs; verb->name != NULL; verb++)
    {
      g_auto (GStrv) parts = g_strsplit (verb->name, " ", 2);

      if (parts[1] != NULL && g_str_equal (parts[0], first))
        g_strv_builder_add (builder, parts[1]);
    }
  all = g_strv_builder_end (builder);

  return g_strjoinv (", ", all);
}

static void
complete_verbs (char **words, guint n_words, const char *prefix)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (const QscVerb *verb = qsc_verbs; verb->name != NULL; verb++)
    {
      g_auto (GStrv) parts = g_strsplit (verb->name, " ", 2);
      g_autofree char *group = parts[1] != NULL ? join_second_words (parts[0]) : NULL;

      if (verb->flags & QSC_VERB_HIDDEN)
        continue;
      if (n_words == 0 && g_hash_table_add (seen, g_strdup (parts[0])))
        offer (prefix, parts[0], group != NULL ? group : verb->summary);
      else if (n_words == 1 && parts[1] != NULL && g_str_equal (parts[0], words[0]))
        offer (prefix, parts[1], verb->summary);
    }
}

/* Whether an option's value may be a word of its own. */
static gboolean
takes_word (const QscOption *option)
{
  return option->metavar != NULL && !g_str_equal (option->metavar, "yes|no");
}

/* The option that @word is, without a value; NULL if it is none. */
static QscOption *
find_option (GArray *options, const char *word)
{
  for (guint i = 0; i < options->len; i++)
    {
      QscOption *option = &g_array_index (options, QscOption, i);

      if ((g_str_has_prefix (word, "--") && g_str_equal (word + 2, option->name)) ||
          (word[0] == '-' && option->letter != 0 && word[1] == option->letter && word[2] == '\0'))
        return option;
    }

  return NULL;
}

static void
complete_options (GArray *options, const char *prefix)
{
  for (guint i = 0; i < options->len; i++)
    {
      QscOption       *option = &g_array_index (options, QscOption, i);
      g_autofree char *text =
          g_strconcat ("--", option->name, takes_word (option) ? "=" : "", NULL);

      offer (prefix, text, option->help);
    }
}

/* What was given for @option before, its variable in the environment, or @fallback. */
static const char *
get_given (GArray     *options,
           char      **before,
           const char *name,
           const char *variable,
           const char *fallback)
{
  const char *found = g_getenv (variable);

  for (guint i = 0; before[i] != NULL; i++)
    {
      QscOption       *option = find_option (options, before[i]);
      g_autofree char *start = g_strdup_printf ("--%s=", name);

      if (g_str_has_prefix (before[i], start))
        found = before[i] + strlen (start);
      else if (option != NULL && g_str_equal (option->name, name) && before[i + 1] != NULL)
        found = before[i + 1];
    }

  return found != NULL ? found : fallback;
}

/* The sources that have a state on this machine. */
static void
complete_states (GArray *options, char **before, const char *start, const char *prefix)
{
  const char *folder = get_given (options, before, "state-dir", "QSOURCE_STATE_DIR", "state");
  const char *group =
      get_given (options, before, "consumer-group", "QSOURCE_CONSUMER_GROUP", "qsource-default");
  g_autofree char *path = g_build_filename (folder, group, NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name = NULL;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *full = g_strconcat (start, name, NULL);
      g_autofree char *entry = g_build_filename (path, name, NULL);

      if (g_file_test (entry, G_FILE_TEST_IS_DIR))
        offer (prefix, full, path);
    }
}

static void complete_running (gboolean wants_sources, const char *start, const char *prefix);

/* The values of @option, each behind @start. Where nothing is offered, the shell offers files. */
static void
complete_value (const QscVerb *verb,
                GArray        *options,
                QscOption     *option,
                char         **before,
                const char    *start,
                const char    *prefix)
{
  if (strchr (option->metavar, '|') != NULL)
    {
      g_auto (GStrv) values = g_strsplit (option->metavar, "|", -1);

      for (guint i = 0; values[i] != NULL; i++)
        {
          g_autofree char *full = g_strconcat (start, values[i], NULL);

          offer (prefix, full, NULL);
        }
    }
  else if (g_str_equal (option->name, "application"))
    complete_running (FALSE, start, prefix);
  else if (g_str_equal (option->name, "name") && g_str_has_prefix (verb->name, "state "))
    complete_states (options, before, start, prefix);
}

/* --NAME=VALUE so far. */
static void
complete_option (const QscVerb *verb, GArray *options, char **before, const char *prefix)
{
  const char      *equals = strchr (prefix, '=');
  g_autofree char *word = equals != NULL ? g_strndup (prefix, (gsize) (equals - prefix)) : NULL;
  QscOption       *option = word != NULL ? find_option (options, word) : NULL;
  g_autofree char *start = word != NULL ? g_strconcat (word, "=", NULL) : NULL;

  if (equals == NULL)
    complete_options (options, prefix);
  else if (option != NULL && option->metavar != NULL)
    complete_value (verb, options, option, before, start, prefix);
}

static void
complete_types (const char *prefix)
{
  g_auto (GStrv) types = qs_source_list_types ();

  for (guint i = 0; types[i] != NULL; i++)
    {
      g_autoptr (GVariant) description =
          qs_source_dup_description (qs_source_lookup_type (types[i], NULL));
      const char *summary = NULL;

      g_variant_lookup (description, "summary", "&s", &summary);
      offer (prefix, types[i], summary);
    }
}

/* What a property can be set to. */
static void
complete_values (GVariant *property, const char *name, const char *prefix)
{
  const char *const       yes_or_no[] = { "yes", "no", NULL };
  g_autofree const char **nicks = NULL;

  if (!g_variant_lookup (property, "enum", "^a&s", &nicks) && qsc_property_is (property, "boolean"))
    nicks = g_memdup2 (yes_or_no, sizeof yes_or_no);

  for (guint i = 0; nicks != NULL && nicks[i] != NULL; i++)
    {
      g_autofree char *full = g_strdup_printf ("%s=%s", name, nicks[i]);

      offer (prefix, full, NULL);
    }
}

static void
complete_properties (const char *type_name, const char *prefix)
{
  GType       type = qs_source_lookup_type (type_name, NULL);
  const char *equals = strchr (prefix, '=');
  g_autoptr (GVariant) known = NULL;

  /* A script would have to be run for it. */
  if (type == G_TYPE_INVALID)
    return;

  known = qsc_properties_list (type);
  for (gsize i = 0; i < g_variant_n_children (known); i++)
    {
      g_autoptr (GVariant) property = g_variant_get_child_value (known, i);
      const char      *name = NULL, *blurb = NULL;
      g_autofree char *with_equals = NULL;

      if (!qsc_property_is_writable (property))
        continue;

      g_variant_lookup (property, "name", "&s", &name);
      g_variant_lookup (property, "description", "&s", &blurb);
      with_equals = g_strconcat (name, "=", NULL);
      if (equals == NULL)
        offer (prefix, with_equals, blurb);
      else if (g_str_has_prefix (prefix, with_equals))
        complete_values (property, name, prefix);
    }
}

/* What runs here; of applications that take longer, nothing is known. */
static void
complete_running (gboolean wants_sources, const char *start, const char *prefix)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) applications = qsc_applications_find (NULL, COMPLETION_PATIENCE);

  for (guint i = 0; i < applications->len; i++)
    {
      QscApplication *application = applications->pdata[i];
      g_auto (GStrv) sources = qsc_application_list_sources (application);

      if (!wants_sources)
        {
          g_autofree char *full = g_strconcat (start, qsc_application_get_name (application), NULL);

          if (g_hash_table_add (seen, g_strdup (full)))
            offer (prefix, full, NULL);
        }
      for (char **source = sources; wants_sources && *source != NULL; source++)
        if (g_hash_table_add (seen, g_strdup (*source)))
          offer (prefix, *source, qsc_application_get_name (application));
    }
}

static const char *const languages[] = { "c", "vala", "python", "js", "lua" };

int
qsc_verb_complete (QscCall *call)
{
  char         **words = call->words;
  guint          n_words = 0;
  guint          n_verb = 0;
  const char    *prefix = "";
  const QscVerb *verb = NULL;
  QscOption     *option = NULL;
  guint          n_plain = 0;
  const char    *first = NULL;
  g_auto (GStrv) before = NULL;
  g_autoptr (GArray) options = NULL;

  if (words[0] != NULL && g_str_equal (words[0], "--"))
    words++;
  n_words = g_strv_length (words);
  if (n_words > 0)
    prefix = words[n_words - 1];
  before = g_strdupv (words);
  if (n_words > 0)
    g_clear_pointer (&before[n_words - 1], g_free);

  verb = n_words > 1 ? qsc_verb_find (before, &n_verb) : NULL;
  if (verb == NULL)
    {
      complete_verbs (before, n_words > 0 ? n_words - 1 : 0, prefix);
      return QSC_DONE;
    }

  options = qsc_verb_dup_options (verb);
  for (guint i = n_verb; before[i] != NULL; i++)
    {
      gboolean is_value = option != NULL;

      option = is_value ? NULL : find_option (options, before[i]);
      if (option != NULL && !takes_word (option))
        option = NULL;
      if (!is_value && before[i][0] != '-' && n_plain++ == 0)
        first = before[i];
    }

  if (option != NULL)
    complete_value (verb, options, option, before, "", prefix);
  else if (prefix[0] == '-')
    complete_option (verb, options, before, prefix);
  else if (verb->completion == QSC_WORDS_SOURCE && n_plain == 0)
    complete_types (prefix);
  else if (verb->completion == QSC_WORDS_SOURCE)
    complete_properties (first, prefix);
  else if (verb->completion == QSC_WORDS_LANGUAGE && n_plain == 0)
    for (gsize i = 0; i < G_N_ELEMENTS (languages); i++)
      offer (prefix, languages[i], NULL);
  else if (verb->completion == QSC_WORDS_APPLICATION || verb->completion == QSC_WORDS_RUNNING)
    complete_running (verb->completion == QSC_WORDS_RUNNING, "", prefix);
  else if (g_str_equal (verb->name, "help"))
    complete_verbs (before, 0, prefix);

  return QSC_DONE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "qsc-applications.h"
#include "qsc-run.h"
#include "qsc-script.h"

/* In milliseconds: a person waits for it. What runs here, then a broker, then all of it. */
#define COMPLETION_PATIENCE 300
#define BROKER_PATIENCE "0.4"
#define ALL_PATIENCE 900

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

/* Gets the earlier value of @option, its variable in the environment, or @fallback. */
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

/* The groups that have a state on this machine. */
static void
complete_group_folders (GArray *options, char **before, const char *start, const char *prefix)
{
  const char *folder = get_given (options, before, "state-dir", "QSOURCE_STATE_DIR", "state");
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name = NULL;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *full = g_strconcat (start, name, NULL);
      g_autofree char *entry = g_build_filename (folder, name, NULL);

      if (g_file_test (entry, G_FILE_TEST_IS_DIR))
        offer (prefix, full, folder);
    }
}

/* An application as it is meant so far; transfer full, nullable. */
static QsApplication *
make_application (const QscVerb *verb, char **words)
{
  QscCall call = { 0 };
  g_autoptr (QscConfig) config = NULL;
  g_autoptr (GVariant) settings = NULL;
  QsApplication *application = NULL;
  GVariantDict   dict;

  if (qsc_call_parse (&call, verb, words) < 0 && qsc_call_load_config (&call, &config, NULL))
    settings = qsc_settings_read (&call, config, NULL);
  qsc_call_clear (&call);
  if (settings == NULL)
    return NULL;

  g_variant_dict_init (&dict, settings);
  g_variant_dict_insert (&dict, "request-timeout", "s", BROKER_PATIENCE);
  application = qs_application_make (g_variant_dict_end (&dict), NULL);
  /* There is nobody else to be asked. */
  if (application != NULL &&
      g_strcmp0 (qs_application_get_broker_address (application), "embedded") == 0)
    g_clear_object (&application);

  return application;
}

/* The application that @before means, without the option whose value is looked for. */
static QsApplication *
make_meant (const QscVerb *verb, char **before, gboolean is_word)
{
  guint n = g_strv_length (before), n_verb = 0;
  g_auto (GStrv) words = g_strdupv (before);

  if (is_word && n > 0)
    g_clear_pointer (&words[n - 1], g_free);
  qsc_verb_find (words, &n_verb);

  return make_application (verb, words + n_verb);
}

static void
offer_once (GHashTable *seen, const char *start, const char *name, const char *prefix)
{
  g_autofree char *full = g_strconcat (start, name, NULL);

  if (g_hash_table_add (seen, g_strdup (name)))
    offer (prefix, full, NULL);
}

/* Those of the brokers; internal ones only to who asks for them. */
static void
complete_topics (QsApplication *application, const char *start, const char *prefix)
{
  g_auto (GStrv) names = NULL;
  g_autofree char *internal = g_strconcat (start, "__", NULL);

  qsc_flush_output ();
  names = qs_application_list_topics (application, NULL);
  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    {
      g_autofree char *full = g_strconcat (start, names[i], NULL);

      if (!g_str_has_prefix (names[i], "__") || g_str_has_prefix (prefix, internal))
        offer (prefix, full, NULL);
    }
}

/* Those that have the state of a source on the brokers, and then those that read. */
static void
complete_groups (QsApplication *application, const char *start, const char *prefix)
{
  const char *const changelog = "changelog__";
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_auto (GStrv) topics = NULL;
  g_auto (GStrv) groups = NULL;

  qsc_flush_output ();
  topics = qs_application_list_topics (application, NULL);
  for (guint i = 0; topics != NULL && topics[i] != NULL; i++)
    {
      const char      *end = strstr (topics[i], "--");
      const char      *name = topics[i] + strlen (changelog);
      g_autofree char *group = NULL;

      if (!g_str_has_prefix (topics[i], changelog) || end == NULL || end < name)
        continue;
      group = g_strndup (name, (gsize) (end - name));
      offer_once (seen, start, group, prefix);
    }

  qsc_flush_output ();
  groups = topics != NULL ? qs_application_list_groups (application, NULL) : NULL;
  for (guint i = 0; groups != NULL && groups[i] != NULL; i++)
    if (strstr (groups[i], ".dead-letters.") == NULL)
      offer_once (seen, start, groups[i], prefix);
}

static void
complete_names (const QscVerb *verb,
                GArray        *options,
                QscOption     *option,
                char         **before,
                const char    *start,
                const char    *prefix)
{
  gboolean wants_groups = g_str_equal (option->name, "consumer-group");
  g_autoptr (QsApplication) application = make_meant (verb, before, *start == '\0');

  if (wants_groups)
    complete_group_folders (options, before, start, prefix);
  if (application != NULL && wants_groups)
    complete_groups (application, start, prefix);
  else if (application != NULL)
    complete_topics (application, start, prefix);
}

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
  else if (g_str_equal (option->name, "topic") || g_str_equal (option->name, "consumer-group"))
    complete_names (verb, options, option, before, start, prefix);
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

/* Completes the values of a property. */
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

/* Lists the properties of a type; transfer full, nullable. */
static GVariant *
list_known (const char *type_name)
{
  g_autoptr (GVariant) description = NULL;
  GType type = G_TYPE_INVALID;

  if (qsc_script_is (type_name))
    {
      qsc_flush_output ();
      description = qsc_script_describe (type_name, NULL);
      return description != NULL
                 ? g_variant_lookup_value (description, "properties", G_VARIANT_TYPE ("aa{sv}"))
                 : NULL;
    }

  type = qs_source_lookup_type (type_name, NULL);
  return type != G_TYPE_INVALID ? qsc_properties_list (type) : NULL;
}

static void
complete_properties (const char *type_name, const char *prefix)
{
  const char *equals = strchr (prefix, '=');
  g_autoptr (GVariant) known = list_known (type_name);

  for (gsize i = 0; known != NULL && i < g_variant_n_children (known); i++)
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

/* Completes what runs here; skips applications that take longer to answer. */
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

/* Ends with the completions found so far. */
static void
give_up_cb (int number)
{
  qsc_script_abandon ();
  _exit (QSC_DONE);
}

/* Limits the time, and drops messages on stderr. */
static void
set_bounds (void)
{
  struct itimerval timer = { .it_value.tv_usec = ALL_PATIENCE * 1000 };
  int              nowhere = open ("/dev/null", O_WRONLY | O_CLOEXEC);

  signal (SIGALRM, give_up_cb);
  setitimer (ITIMER_REAL, &timer, NULL);
  if (nowhere >= 0)
    dup2 (nowhere, STDERR_FILENO);
}

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

  set_bounds ();
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

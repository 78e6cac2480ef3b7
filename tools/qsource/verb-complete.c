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

static void
complete_verbs (char **words, guint n_words, const char *prefix)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (const QscVerb *verb = qsc_verbs; verb->name != NULL; verb++)
    {
      g_auto (GStrv) parts = g_strsplit (verb->name, " ", 2);

      if (verb->flags & QSC_VERB_HIDDEN)
        continue;
      if (n_words == 0 && g_hash_table_add (seen, g_strdup (parts[0])))
        offer (prefix, parts[0], verb->summary);
      else if (n_words == 1 && parts[1] != NULL && g_str_equal (parts[0], words[0]))
        offer (prefix, parts[1], verb->summary);
    }
}

static void
complete_options (const QscVerb *verb, const char *prefix)
{
  g_autoptr (GArray) options = qsc_verb_dup_options (verb);
  const char *equals = strchr (prefix, '=');

  for (guint i = 0; i < options->len; i++)
    {
      QscOption       *option = &g_array_index (options, QscOption, i);
      g_autofree char *text = NULL;

      if (equals == NULL)
        {
          text = g_strconcat (
              "--",
              option->name,
              option->metavar != NULL && !g_str_equal (option->metavar, "yes|no") ? "=" : "",
              NULL);
          offer (prefix, text, option->help);
          continue;
        }

      if (option->metavar != NULL && strchr (option->metavar, '|') != NULL &&
          strncmp (prefix + 2, option->name, (gsize) (equals - prefix) - 2) == 0 &&
          strlen (option->name) == (gsize) (equals - prefix) - 2)
        {
          g_auto (GStrv) values = g_strsplit (option->metavar, "|", -1);

          for (guint j = 0; values[j] != NULL; j++)
            {
              g_autofree char *full = g_strdup_printf ("--%s=%s", option->name, values[j]);

              offer (prefix, full, NULL);
            }
        }
    }
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
complete_running (gboolean wants_sources, const char *prefix)
{
  g_autoptr (GPtrArray) applications = qsc_applications_find (NULL, COMPLETION_PATIENCE);

  for (guint i = 0; i < applications->len; i++)
    {
      QscApplication *application = applications->pdata[i];
      g_auto (GStrv) sources = qsc_application_list_sources (application);

      if (!wants_sources)
        offer (prefix, qsc_application_get_name (application), NULL);
      for (char **source = sources; wants_sources && *source != NULL; source++)
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
  guint          n_plain = 0;
  const char    *first = NULL;
  g_auto (GStrv) before = NULL;

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

  for (guint i = n_verb; before[i] != NULL; i++)
    if (before[i][0] != '-')
      {
        first = n_plain == 0 ? before[i] : first;
        n_plain++;
      }

  if (prefix[0] == '-')
    complete_options (verb, prefix);
  else if (verb->completion == QSC_WORDS_SOURCE && n_plain == 0)
    complete_types (prefix);
  else if (verb->completion == QSC_WORDS_SOURCE)
    complete_properties (first, prefix);
  else if (verb->completion == QSC_WORDS_LANGUAGE && n_plain == 0)
    for (gsize i = 0; i < G_N_ELEMENTS (languages); i++)
      offer (prefix, languages[i], NULL);
  else if (verb->completion == QSC_WORDS_APPLICATION || verb->completion == QSC_WORDS_RUNNING)
    complete_running (verb->completion == QSC_WORDS_RUNNING, prefix);
  else if (g_str_equal (verb->name, "help"))
    complete_verbs (before, 0, prefix);

  return QSC_DONE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <string.h>

#include "qs-nearest-private.h"
#include "qs-pspec-private.h"
#include "qsc.h"

const QscVerb *
qsc_verb_find (char **words, guint *n_words)
{
  g_autofree char *two = NULL;

  if (words[0] != NULL && words[1] != NULL)
    two = g_strdup_printf ("%s %s", words[0], words[1]);

  for (const QscVerb *verb = qsc_verbs; verb->name != NULL; verb++)
    if (g_strcmp0 (verb->name, two) == 0)
      {
        *n_words = 2;
        return verb;
      }

  for (const QscVerb *verb = qsc_verbs; verb->name != NULL; verb++)
    if (g_strcmp0 (verb->name, words[0]) == 0)
      {
        *n_words = 1;
        return verb;
      }

  return NULL;
}

gboolean
qsc_verb_is_group (const char *word)
{
  gsize length = strlen (word);

  for (const QscVerb *verb = qsc_verbs; verb->name != NULL; verb++)
    if (g_str_has_prefix (verb->name, word) && verb->name[length] == ' ')
      return TRUE;

  return FALSE;
}

int
qsc_verb_fail_unknown (char **words)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (const QscVerb *verb = qsc_verbs; verb->name != NULL; verb++)
    if (!(verb->flags & QSC_VERB_HIDDEN))
      {
        /* Of two words, if the first one is right. */
        const char *space = strchr (verb->name, ' ');
        gsize       length = space != NULL ? (gsize) (space - verb->name) : 0;

        if (space != NULL && words[1] != NULL && strncmp (verb->name, words[0], length) == 0 &&
            words[0][length] == '\0')
          g_ptr_array_add (names, (gpointer) (space + 1));
        else
          g_ptr_array_add (names, (gpointer) verb->name);
      }
  g_ptr_array_add (names, NULL);

  if (qsc_verb_is_group (words[0]))
    {
      if (words[1] == NULL)
        return qsc_fail (QSC_USAGE,
                         "'%s' needs another word; 'qsource help %s' lists the choices",
                         words[0],
                         words[0]);
      return qsc_fail_unknown (
          "verb", words[1], (const char *const *) names->pdata, "'qsource help'");
    }

  return qsc_fail_unknown ("verb", words[0], (const char *const *) names->pdata, "'qsource help'");
}

/* Returns the short options that users of Kafka know. */
static char
get_letter (const char *property)
{
  if (g_str_equal (property, "broker-address"))
    return 'b';
  if (g_str_equal (property, "consumer-group"))
    return 'g';

  return 0;
}

static const char *
get_metavar (GParamSpec *pspec)
{
  if (G_IS_PARAM_SPEC_BOOLEAN (pspec))
    return "yes|no";
  if (G_IS_PARAM_SPEC_DOUBLE (pspec))
    return "NUMBER";
  if (G_IS_PARAM_SPEC_VARIANT (pspec))
    return "KEY=VALUE";
  if (G_IS_PARAM_SPEC_STRING (pspec))
    return "TEXT";
  if (pspec->value_type == G_TYPE_STRV)
    return "WORD";
  if (G_IS_PARAM_SPEC_ENUM (pspec))
    {
      GEnumClass *klass = G_PARAM_SPEC_ENUM (pspec)->enum_class;
      g_autoptr (GPtrArray) nicks = g_ptr_array_new ();
      g_autofree char *all = NULL;

      for (guint i = 0; i < klass->n_values; i++)
        g_ptr_array_add (nicks, (gpointer) klass->values[i].value_nick);
      g_ptr_array_add (nicks, NULL);
      all = g_strjoinv ("|", (char **) nicks->pdata);
      return g_intern_string (all);
    }

  return "N";
}

/* Describes @pspec, its range and its default. */
static const char *
get_help (GParamSpec *pspec)
{
  gboolean         has_choice = G_IS_PARAM_SPEC_ENUM (pspec) || G_IS_PARAM_SPEC_BOOLEAN (pspec);
  g_autofree char *range = has_choice ? NULL : qs_pspec_dup_range (pspec);
  g_autofree char *value = qs_pspec_dup_default (pspec);
  g_autofree char *text = NULL;

  if (range == NULL && value == NULL)
    return g_param_spec_get_blurb (pspec);

  text = g_strdup_printf ("%s (%s%s%s%s)",
                          g_param_spec_get_blurb (pspec),
                          range != NULL ? range : "",
                          range != NULL && value != NULL ? "; " : "",
                          value != NULL ? "default " : "",
                          value != NULL ? value : "");

  return g_intern_string (text);
}

/* One for each property of an application that can be set. */
static void
add_application_options (GArray *options)
{
  g_autoptr (GTypeClass) klass = g_type_class_ref (QS_TYPE_APPLICATION);
  guint                   n_all = 0;
  g_autofree GParamSpec **all = g_object_class_list_properties (G_OBJECT_CLASS (klass), &n_all);

  for (guint i = 0; i < n_all; i++)
    {
      QscOption option = {
        .name = all[i]->name,
        .letter = get_letter (all[i]->name),
        .metavar = get_metavar (all[i]),
        .help = get_help (all[i]),
      };

      if (all[i]->flags & G_PARAM_WRITABLE)
        g_array_append_val (options, option);
    }
}

GArray *
qsc_verb_dup_options (const QscVerb *verb)
{
  GArray   *options = g_array_new (TRUE, TRUE, sizeof (QscOption));
  QscOption help = { "help", 'h', NULL, "Show this text" };

  for (const QscOption *option = verb->options; option != NULL && option->name != NULL; option++)
    g_array_append_val (options, *option);
  if (verb->flags & QSC_VERB_APPLICATION)
    add_application_options (options);
  g_array_append_val (options, help);

  return options;
}

static void
add_value (QscCall *call, const char *name, const char *value)
{
  GPtrArray *values = g_hash_table_lookup (call->options, name);

  if (values == NULL)
    {
      values = g_ptr_array_new_with_free_func (g_free);
      g_hash_table_insert (call->options, g_strdup (name), values);
    }
  g_ptr_array_add (values, g_strdup (value));
}

static gboolean
option_cb (const char *name, const char *value, gpointer data, GError **error)
{
  QscCall *call = data;
  g_autoptr (GArray) options = qsc_verb_dup_options (call->verb);

  if (value != NULL && !g_utf8_validate (value, -1, NULL))
    {
      g_set_error (error,
                   G_OPTION_ERROR,
                   G_OPTION_ERROR_BAD_VALUE,
                   "The value of '%s' is not valid UTF-8",
                   name);
      return FALSE;
    }

  for (guint i = 0; i < options->len; i++)
    {
      QscOption *option = &g_array_index (options, QscOption, i);

      if ((g_str_has_prefix (name, "--") && g_str_equal (name + 2, option->name)) ||
          (name[0] == '-' && name[1] == option->letter && name[2] == '\0'))
        add_value (call, option->name, value != NULL ? value : "");
    }

  return TRUE;
}

/* GOption says which one it doesn't know, but not which one was meant. */
static int
fail_option (GArray *options, const GError *error)
{
  const char *dashes = strstr (error->message, "--");
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autofree char *hint = g_strdup ("");

  if (g_error_matches (error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION) && dashes != NULL)
    {
      g_auto (GStrv) parts = g_strsplit (dashes + 2, "=", 2);

      for (guint i = 0; i < options->len; i++)
        g_ptr_array_add (names, (gpointer) g_array_index (options, QscOption, i).name);
      g_ptr_array_add (names, NULL);
      g_free (hint);
      hint = qs_nearest (parts[0], (const char *const *) names->pdata) != NULL
                 ? g_strdup_printf ("; did you mean '--%s'?",
                                    qs_nearest (parts[0], (const char *const *) names->pdata))
                 : g_strdup ("");
    }

  return qsc_fail (QSC_USAGE, "%s%s (--help lists the options)", error->message, hint);
}

/* Options in the form of GOption's. (element-type GOptionEntry), transfer full */
static GArray *
make_entries (GArray *options)
{
  GArray *entries = g_array_new (TRUE, TRUE, sizeof (GOptionEntry));

  for (guint i = 0; i < options->len; i++)
    {
      QscOption   *option = &g_array_index (options, QscOption, i);
      GOptionEntry entry = {
        .long_name = option->name,
        .short_name = option->letter,
        /* As file names are: the bytes, whatever the locale. */
        .flags = option->metavar == NULL ? G_OPTION_FLAG_NO_ARG
                 : g_str_equal (option->metavar, "yes|no")
                     ? G_OPTION_FLAG_FILENAME | G_OPTION_FLAG_OPTIONAL_ARG
                     : G_OPTION_FLAG_FILENAME,
        .arg = G_OPTION_ARG_CALLBACK,
        .arg_data = (gpointer) option_cb,
        .arg_description = option->metavar,
      };

      g_array_append_val (entries, entry);
    }

  return entries;
}

int
qsc_call_parse (QscCall *call, const QscVerb *verb, char **words)
{
  g_autoptr (GArray) options = qsc_verb_dup_options (verb);
  g_autoptr (GArray) entries = make_entries (options);
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  GOptionGroup *group = g_option_group_new ("main", "", "", call, NULL);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) argv = NULL;

  *call = (QscCall){
    .verb = verb,
    .options =
        g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref),
  };
  if (verb->flags & QSC_VERB_RAW)
    {
      g_option_group_unref (group);
      call->words = g_strdupv (words);
      return -1;
    }

  g_strv_builder_add (builder, "qsource");
  g_strv_builder_addv (builder, (const char **) words);
  argv = g_strv_builder_end (builder);

  g_option_group_add_entries (group, (const GOptionEntry *) (gpointer) entries->data);
  g_option_context_set_main_group (context, group);
  g_option_context_set_help_enabled (context, FALSE);
  if (!g_option_context_parse_strv (context, &argv, &error))
    return fail_option (options, error);

  if (g_hash_table_contains (call->options, "help"))
    {
      qsc_print_help (verb);
      return QSC_DONE;
    }

  call->words = g_strdupv (argv + 1);
  /* Removes "--" before the words. */
  if (call->words[0] != NULL && g_str_equal (call->words[0], "--"))
    {
      g_free (call->words[0]);
      memmove (call->words,
               call->words + 1,
               g_strv_length (call->words + 1) * sizeof (char *) + sizeof (char *));
    }
  return -1;
}

void
qsc_call_clear (QscCall *call)
{
  g_clear_pointer (&call->options, g_hash_table_unref);
  g_clear_pointer (&call->words, g_strfreev);
}

GPtrArray *
qsc_call_get_all (QscCall *call, const char *option)
{
  return g_hash_table_lookup (call->options, option);
}

const char *
qsc_call_get (QscCall *call, const char *option)
{
  GPtrArray *values = qsc_call_get_all (call, option);

  return values != NULL ? values->pdata[values->len - 1] : NULL;
}

gboolean
qsc_call_has (QscCall *call, const char *option)
{
  return qsc_call_get_all (call, option) != NULL;
}

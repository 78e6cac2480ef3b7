/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qsc-script.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "qsc-run.h"

/* The languages, and what runs their files unless these name another one. */
static const struct
{
  const char *suffix;
  const char *launcher;
  const char *interpreters[3];
  const char *option;
} languages[] = {
  { ".py", "run.py", { "python3" }, NULL },
  { ".js", "run.js", { "gjs" }, "-m" },
  { ".lua", "run.lua", { "luajit", "lua5.4", "lua" }, NULL },
};

/* Where the end of the name is, and which language it is; NULL if it isn't such a file. */
static const char *
find_end (const char *word, gsize *language)
{
  const char *colon = strrchr (word, ':');
  const char *end = colon != NULL && strchr (colon, '/') == NULL ? colon : word + strlen (word);
  g_autofree char *name = g_strndup (word, (gsize) (end - word));

  for (gsize i = 0; i < G_N_ELEMENTS (languages); i++)
    if (g_str_has_suffix (name, languages[i].suffix))
      {
        *language = i;
        return end;
      }

  return NULL;
}

gboolean
qsc_script_is (const char *word)
{
  gsize language = 0;

  return find_end (word, &language) != NULL;
}

/* The interpreter that a file's first line names; transfer full, NULL if it names none. */
static char *
read_shebang (const char *path)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) words = NULL;
  char *end = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL) || !g_str_has_prefix (text, "#!"))
    return NULL;

  end = strchr (text, '\n');
  if (end != NULL)
    *end = '\0';
  words = g_strsplit (g_strstrip (text + 2), " ", -1);
  if (words[0] != NULL && g_str_has_suffix (words[0], "/env"))
    return g_strv_length (words) == 2 ? g_strdup (words[1]) : NULL;

  return words[0] != NULL ? g_strdup (words[0]) : NULL;
}

/* The Python of the virtual environment that is active, or lies beside the file or above it.
 * transfer full, nullable */
static char *
find_virtual (const char *path)
{
  const char      *active = g_getenv ("VIRTUAL_ENV");
  g_autofree char *folder = g_path_get_dirname (path);

  if (active != NULL)
    return g_build_filename (active, "bin", "python", NULL);

  while (!g_str_equal (folder, "/"))
    {
      g_autofree char *found = g_build_filename (folder, ".venv", "bin", "python", NULL);
      char            *parent = NULL;

      if (g_file_test (found, G_FILE_TEST_IS_EXECUTABLE))
        return g_steal_pointer (&found);
      parent = g_path_get_dirname (folder);
      g_free (folder);
      folder = parent;
    }

  return NULL;
}

/* transfer full */
static char *
find_interpreter (const char *path, gsize language)
{
  const char *const *names = languages[language].interpreters;
  char              *found = language == 0 ? find_virtual (path) : NULL;

  if (found == NULL)
    found = read_shebang (path);
  for (gsize i = 0; found == NULL && i < G_N_ELEMENTS (languages[0].interpreters); i++)
    if (names[i] != NULL)
      found = g_find_program_in_path (names[i]);

  return found != NULL ? found : g_strdup (names[0]);
}

/* PROPERTY=VALUE…, as a{sas}, floating. */
static GVariant *
parse_words (char **words, GError **error)
{
  g_autoptr (GHashTable) all =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  GVariantBuilder builder;
  GHashTableIter  iter;
  gpointer        name = NULL, values = NULL;

  for (guint i = 0; words[i] != NULL; i++)
    {
      g_auto (GStrv) pair = g_strsplit (words[i], "=", 2);
      char *text = NULL;

      if (pair[0] == NULL || pair[1] == NULL)
        {
          g_set_error (error, QSC_ERROR, QSC_USAGE, "'%s' is not PROPERTY=VALUE", words[i]);
          return NULL;
        }
      text = qsc_value_read (pair[0], pair[1], error);
      if (text == NULL)
        return NULL;
      values = g_hash_table_lookup (all, pair[0]);
      if (values == NULL)
        {
          values = g_ptr_array_new_with_free_func (g_free);
          g_hash_table_insert (all, g_strdup (pair[0]), values);
        }
      g_ptr_array_add (values, text);
    }

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{sas}"));
  g_hash_table_iter_init (&iter, all);
  while (g_hash_table_iter_next (&iter, &name, &values))
    g_variant_builder_add (&builder,
                           "{s@as}",
                           name,
                           g_variant_new_strv ((const char *const *) ((GPtrArray *) values)->pdata,
                                               (gssize) ((GPtrArray *) values)->len));

  return g_variant_builder_end (&builder);
}

static gboolean
parse_count (QscCall *call, guint64 *count, GError **error)
{
  const char *text = qsc_call_get (call, "count");

  if (text == NULL || g_ascii_string_to_unsigned (text, 10, 1, G_MAXINT64, count, NULL))
    return TRUE;

  g_set_error (error, QSC_ERROR, QSC_USAGE, "'%s' is not a value of '--count'", text);
  return FALSE;
}

/* @application, which is taken, with a run-count; transfer full. */
static GVariant *
add_count (GVariant *application, guint64 count)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (application);
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, count);
  GVariant        *with = NULL;

  g_variant_dict_insert (&dict, "run-count", "s", text);
  with = g_variant_ref_sink (g_variant_dict_end (&dict));
  g_variant_unref (application);

  return with;
}

/* What is to be run, as a GVariant's text; transfer full. */
static char *
make_plan (QscCall *call, const char *path, const char *class_name, GError **error)
{
  GVariant    *application = qsc_call_dup_application (call, error);
  GVariant    *properties = NULL;
  GVariantDict dict;
  guint64      count = 0;
  gboolean     prints = FALSE;
  g_autoptr (GVariant) given = application != NULL ? g_variant_ref_sink (application) : NULL;
  g_autoptr (GVariant) plan = NULL;

  if (given == NULL || !parse_count (call, &count, error))
    return NULL;
  properties = parse_words (call->words + 1, error);
  if (properties == NULL)
    return NULL;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "file", "s", path);
  if (class_name != NULL)
    g_variant_dict_insert (&dict, "class", "s", class_name);
  if (qsc_call_has (call, "name"))
    g_variant_dict_insert (&dict, "name", "s", qsc_call_get (call, "name"));
  if (qsc_call_has (call, "topic"))
    g_variant_dict_insert (&dict, "topic", "s", qsc_call_get (call, "topic"));
  g_variant_dict_insert_value (&dict, "properties", properties);
  if (count > 0)
    given = add_count (g_steal_pointer (&given), count);
  g_variant_dict_insert_value (&dict, "application", qsc_plan_add_defaults (call, given, &prints));
  g_variant_dict_insert (&dict, "print", "b", prints);
  g_variant_dict_insert (&dict, "count", "t", count);
  plan = g_variant_ref_sink (g_variant_dict_end (&dict));

  return g_variant_print (plan, TRUE);
}

int
qsc_script_run (QscCall *call)
{
  const char      *word = call->words[0];
  gsize            language = 0;
  const char      *end = find_end (word, &language);
  const char      *own = g_getenv ("QSOURCE_LAUNCHERS");
  g_autofree char *given = g_strndup (word, (gsize) (end - word));
  g_autofree char *path = g_canonicalize_filename (given, NULL);
  g_autofree char *interpreter = find_interpreter (path, language);
  g_autofree char *launcher =
      g_build_filename (own != NULL ? own : QSC_LAUNCHERS, languages[language].launcher, NULL);
  char  *plain[] = { interpreter, launcher, path, NULL };
  char  *with_option[] = { interpreter, (char *) languages[language].option, launcher, path, NULL };
  char **argv = languages[language].option != NULL ? with_option : plain;
  g_autoptr (GError) error = NULL;
  g_autofree char *plan = make_plan (call, path, *end == ':' ? end + 1 : NULL, &error);

  if (plan == NULL)
    return qsc_fail_error (error);
  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return qsc_fail (QSC_USAGE, "Cannot run '%s': there is no such file", given);
  if (qsc_call_has (call, "dry-run"))
    {
      g_print ("Source          %s, by %s\n", path, interpreter);
      return QSC_DONE;
    }

  /* Not as an argument, which everybody can read. */
  g_setenv ("QSOURCE_SCRIPT_PLAN", plan, TRUE);
  execvp (interpreter, argv);

  return qsc_fail (QSC_NOT_WELL, "Cannot start '%s': %s", interpreter, g_strerror (errno));
}

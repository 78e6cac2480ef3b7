/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qsc-script.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "qsc-proxy.h"

/* The variable with the work of the interpreter, by the name of the source: not an argument,
 * which everybody can read. */
#define PLANS "QSOURCE_SCRIPT_PLANS"

/* In which an answer is, and whose name no source has. */
#define QUESTION "?"

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

/* A word in its parts. */
typedef struct
{
  gsize language;
  char *path;       /* absolute */
  char *class_name; /* nullable */
} Script;

static void
script_clear (Script *self)
{
  g_free (self->path);
  g_free (self->class_name);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Script, script_clear)

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

static gboolean
script_parse (Script *self, const char *word, GError **error)
{
  const char      *end = find_end (word, &self->language);
  g_autofree char *given = g_strndup (word, (gsize) (end - word));

  self->path = g_canonicalize_filename (given, NULL);
  self->class_name = *end == ':' ? g_strdup (end + 1) : NULL;
  if (g_file_test (self->path, G_FILE_TEST_IS_REGULAR))
    return TRUE;

  g_set_error (error, QSC_ERROR, QSC_USAGE, "Cannot run '%s': there is no such file", given);
  return FALSE;
}

/* The command that loads the file for the plan by the name of @plan; transfer full. */
static char **
script_dup_argv (Script *self, const char *plan)
{
  const char      *own = g_getenv ("QSOURCE_LAUNCHERS");
  const char      *option = languages[self->language].option;
  g_autofree char *interpreter = find_interpreter (self->path, self->language);
  g_autofree char *launcher = g_build_filename (
      own != NULL ? own : QSC_LAUNCHERS, languages[self->language].launcher, NULL);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  g_strv_builder_add (builder, interpreter);
  if (option != NULL)
    g_strv_builder_add (builder, option);
  g_strv_builder_add (builder, launcher);
  g_strv_builder_add (builder, self->path);
  g_strv_builder_add (builder, plan);

  return g_strv_builder_end (builder);
}

/* The plans that are in the environment, and @plan by the name of @name; transfer full. */
static char *
add_plan (const char *name, GVariant *plan)
{
  const char *old = g_getenv (PLANS);
  g_autoptr (GVariant) all =
      old != NULL ? g_variant_parse (G_VARIANT_TYPE_VARDICT, old, NULL, NULL, NULL) : NULL;
  g_autoptr (GVariant) with = NULL;
  GVariantDict dict;

  g_variant_dict_init (&dict, all);
  g_variant_dict_insert_value (&dict, name, plan);
  with = g_variant_ref_sink (g_variant_dict_end (&dict));

  return g_variant_print (with, TRUE);
}

/* The current question: the file for the answer, and the process that is asked. */
static const char *volatile open_path;
static volatile pid_t open_pid;

void
qsc_script_abandon (void)
{
  if (open_pid > 0)
    kill (open_pid, SIGKILL);
  if (open_path != NULL)
    unlink (open_path);
}

/* Waits for its end. */
static gboolean
wait_for (GSubprocess *process, GError **error)
{
  const char *id = g_subprocess_get_identifier (process);
  gboolean    ok = FALSE;

  open_pid = id != NULL ? (pid_t) g_ascii_strtoll (id, NULL, 10) : 0;
  ok = g_subprocess_wait (process, NULL, error);
  open_pid = 0;

  return ok;
}

static gboolean
run_launcher (Script *self, GVariant *plan, GError **error)
{
  g_auto (GStrv) argv = script_dup_argv (self, QUESTION);
  g_autofree char *plans = add_plan (QUESTION, plan);
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) local_error = NULL;

  /* Send the output of the file while it is loaded to stderr: it is not our data. */
  g_subprocess_launcher_take_stdout_fd (launcher, fcntl (STDERR_FILENO, F_DUPFD_CLOEXEC, 3));
  g_subprocess_launcher_setenv (launcher, PLANS, plans, TRUE);
  process = g_subprocess_launcher_spawnv (launcher, (const char *const *) argv, &local_error);
  if (process != NULL && wait_for (process, &local_error))
    return TRUE;

  g_set_error (error,
               QSC_ERROR,
               QSC_NOT_WELL,
               "Cannot start '%s', which runs '%s': %s",
               argv[0],
               self->path,
               local_error->message);
  return FALSE;
}

/* Has the interpreter load the file and do what @plan (floating) says; the answer, an a{sv},
 * transfer full. */
static GVariant *
ask (Script *self, GVariantDict *plan, GError **error)
{
  g_autofree char *path = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GVariant) answer = NULL;
  const char *reason = NULL;
  int         status = QSC_NOT_WELL;
  int         fd = g_file_open_tmp ("qsource-XXXXXX", &path, error);

  if (fd < 0)
    {
      g_variant_dict_clear (plan);
      return NULL;
    }

  close (fd);
  open_path = path;
  if (self->class_name != NULL)
    g_variant_dict_insert (plan, "class", "s", self->class_name);
  g_variant_dict_insert (plan, "answer", "s", path);
  if (run_launcher (self, g_variant_dict_end (plan), error) &&
      g_file_get_contents (path, &text, NULL, NULL))
    answer = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, NULL);
  unlink (path);
  open_path = NULL;

  if (answer == NULL && (error == NULL || *error == NULL))
    g_set_error (
        error, QSC_ERROR, QSC_NOT_WELL, "Cannot load '%s': the reason is above", self->path);
  if (answer == NULL || !g_variant_lookup (answer, "error", "&s", &reason))
    return g_steal_pointer (&answer);

  g_variant_lookup (answer, "status", "i", &status);
  g_set_error_literal (error, QSC_ERROR, status, reason);
  return NULL;
}

GVariant *
qsc_script_describe (const char *word, GError **error)
{
  g_auto (Script) script = { 0 };
  GVariantDict plan;

  if (!script_parse (&script, word, error))
    return NULL;

  g_variant_dict_init (&plan, NULL);

  return ask (&script, &plan, error);
}

static void
fill_plan (GVariantDict *plan, const char *name, GVariant *properties, const char *topic)
{
  g_variant_dict_init (plan, NULL);
  if (name != NULL)
    g_variant_dict_insert (plan, "name", "s", name);
  g_variant_dict_insert_value (plan, "properties", properties);
  if (topic != NULL)
    g_variant_dict_insert (plan, "topic", "s", topic);
}

QsBaseSource *
qsc_script_make (const char *word,
                 const char *name,
                 GVariant   *properties,
                 const char *topic,
                 GError    **error)
{
  g_auto (Script) script = { 0 };
  g_auto (GStrv) argv = NULL;
  g_autoptr (GVariant) description = NULL;
  g_autoptr (GVariant) settings = NULL;
  g_autofree char *own_name = g_strdup (name);
  g_autofree char *plans = NULL;
  GVariantDict     plan;

  if (!script_parse (&script, word, error))
    return NULL;

  /* The worker of another source: nobody asks this one. */
  if (qs_is_worker ())
    {
      argv = script_dup_argv (&script, name);
      return qsc_proxy_new (name, NULL, (const char *const *) argv, error);
    }

  fill_plan (&plan, name, properties, topic);
  description = ask (&script, &plan, error);
  if (description == NULL)
    return NULL;

  settings = g_variant_lookup_value (description, "settings", G_VARIANT_TYPE_VARDICT);
  if (own_name == NULL && settings != NULL)
    g_variant_lookup (settings, "name", "s", &own_name);

  fill_plan (&plan, own_name, properties, topic);
  if (script.class_name != NULL)
    g_variant_dict_insert (&plan, "class", "s", script.class_name);
  plans = add_plan (own_name, g_variant_dict_end (&plan));
  g_setenv (PLANS, plans, TRUE);
  argv = script_dup_argv (&script, own_name);

  return qsc_proxy_new (own_name, description, (const char *const *) argv, error);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The verb `new`: a source to begin with, that builds, runs and has a test. */

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#include "qsc.h"

#define TEMPLATES "/org/qsource/tool/templates/"

typedef struct
{
  const char *language;
  const char *suffix; /* of the source */
  const char *build;  /* the template of its meson.build; NULL: it needs none */
  const char *run;    /* how it is run, and tested */
  const char *test;
} Language;

static const Language languages[] = {
  { "c",
    "c",
    "c.meson.build.template",
    "meson setup build && ninja -C build && build/%s",
    "meson test -C build" },
  { "vala",
    "vala",
    "vala.meson.build.template",
    "meson setup build && ninja -C build && build/%s",
    "meson test -C build" },
  { "python", "py", NULL, "python3 %s.py", "sh test.sh python3 %s.py" },
  { "js", "js", NULL, "gjs -m %s.js", "sh test.sh gjs -m %s.js" },
  { "lua", "lua", NULL, "luajit %s.lua", "sh test.sh luajit %s.lua" },
};

/* door-bell → DoorBell */
static char *
make_class (const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, "-", -1);
  GString *class = g_string_new (NULL);

  for (char **part = parts; *part != NULL; part++)
    {
      if (**part != '\0')
        g_string_append_c (class, g_ascii_toupper (**part));
      g_string_append (class, **part != '\0' ? *part + 1 : "");
    }
  g_string_append (class, "Source");

  return g_string_free (class, FALSE);
}

static gboolean
write_file (const char *directory,
            const char *file_name,
            const char *template,
            const char *name,
            GError    **error)
{
  g_autofree char *resource = g_strconcat (TEMPLATES, template, NULL);
  g_autofree char *path = g_build_filename (directory, file_name, NULL);
  g_autoptr (GBytes) bytes = g_resources_lookup_data (resource, 0, error);
  g_autoptr (GString) text = NULL;
  g_autofree char *class = make_class (name);
  g_autofree char *snake = g_strdelimit (g_strdup (name), "-", '_');
  g_autofree char *upper = g_ascii_strup (snake, -1);

  if (bytes == NULL)
    return FALSE;

  text = g_string_new_len (g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes));
  g_string_replace (text, "@name@", name, 0);
  g_string_replace (text, "@Class@", class, 0);
  g_string_replace (text, "@snake@", snake, 0);
  g_string_replace (text, "@SNAKE@", upper, 0);
  if (!g_file_set_contents (path, text->str, (gssize) text->len, error))
    return FALSE;
  if (g_str_has_prefix (text->str, "#!"))
    g_chmod (path, 0755);

  return TRUE;
}

static int
write_all (const Language *language, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *file_name = g_strconcat (name, ".", language->suffix, NULL);
  g_autofree char *template = g_strconcat ("source.", language->suffix, ".template", NULL);
  g_auto (GStrv) run = g_strsplit (language->run, "%s", 2);
  g_auto (GStrv) test = g_strsplit (language->test, "%s", 2);

  if (g_mkdir (name, 0777) != 0)
    return qsc_fail (QSC_NOT_WELL, "Cannot make the directory '%s': %s", name, g_strerror (errno));
  if (!write_file (name, file_name, template, name, &error) ||
      !write_file (name, "test.sh", "test.sh.template", name, &error) ||
      (language->build != NULL && !write_file (name, "meson.build", language->build, name, &error)))
    return qsc_fail_error (error);

  g_print ("%s/%s is a source. In %s,\n  run it:   %s%s%s\n  test it:  %s%s%s\n",
           name,
           file_name,
           name,
           run[0],
           run[1] != NULL ? name : "",
           run[1] != NULL ? run[1] : "",
           test[0],
           test[1] != NULL ? name : "",
           test[1] != NULL ? test[1] : "");

  return QSC_DONE;
}

int
qsc_verb_new (QscCall *call)
{
  const char *const names[] = { "c", "vala", "python", "js", "lua", NULL };
  const char       *name = NULL;

  if (g_strv_length (call->words) != 2)
    return qsc_fail (QSC_USAGE,
                     "'new' needs a language and a name, as in 'qsource new python door'");

  name = call->words[1];
  if (!g_regex_match_simple ("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", name, 0, 0))
    return qsc_fail (QSC_USAGE,
                     "'%s' is not a valid name for a source: it consists of a-z, 0-9 and '-', and "
                     "begins with a letter",
                     name);

  for (gsize i = 0; i < G_N_ELEMENTS (languages); i++)
    if (g_str_equal (languages[i].language, call->words[0]))
      return write_all (&languages[i], name);

  return qsc_fail_unknown ("language", call->words[0], names, "'qsource help new'");
}

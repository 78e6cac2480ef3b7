/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qsc-run.h"

#include <errno.h>
#include <glob.h>
#include <unistd.h>

/* Whether what the ready-made sources read is there, before they run. */

static void
add (GVariantBuilder *checks,
     QsBaseSource    *source,
     const char      *state,
     char            *text, /* taken */
     const char      *advice)
{
  g_autofree char *taken = text;
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autofree char *name = g_strdup_printf ("source %s", qs_base_source_get_name (source));

  g_variant_builder_open (checks, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (checks, "{sv}", "check", g_variant_new_string (name));
  g_variant_builder_add (checks, "{sv}", "state", g_variant_new_string (state));
  g_variant_builder_add (checks, "{sv}", "text", g_variant_new_string (valid));
  g_variant_builder_add (checks, "{sv}", "advice", g_variant_new_string (advice));
  g_variant_builder_close (checks);
}

/* That no file has the name or pattern @path. */
static void
add_missing (GVariantBuilder *checks, QsBaseSource *source, const char *path)
{
  gboolean follows = FALSE;

  g_object_get (source, "follow", &follows, NULL);
  if (follows)
    add (checks,
         source,
         "warning",
         g_strdup_printf ("No file '%s' exists yet; a run waits for it", path),
         "Check the property path, unless the file will appear later");
  else
    add (checks,
         source,
         "failed",
         g_strdup_printf ("There is no file '%s' to read", path),
         "Check the property path, or wait for the file with follow=yes");
}

static void
check_file (GVariantBuilder *checks, QsBaseSource *source, const char *path)
{
  if (access (path, R_OK) != 0 && errno == ENOENT)
    add_missing (checks, source, path);
  else if (access (path, R_OK) != 0)
    add (checks,
         source,
         "failed",
         g_strdup_printf ("Cannot read '%s': %s", path, g_strerror (errno)),
         "Permit the user who runs the source to read the file");
  else if (g_file_test (path, G_FILE_TEST_IS_DIR))
    add (checks,
         source,
         "failed",
         g_strdup_printf ("'%s' is a directory", path),
         "Name a file of it, or, for the source file, a pattern such as path=DIRECTORY/*.log");
}

/* The files that @pattern names. */
static void
check_files (GVariantBuilder *checks, QsBaseSource *source, const char *pattern)
{
  glob_t found = { 0 };

  if (glob (pattern, GLOB_BRACE | GLOB_TILDE, NULL, &found) != 0)
    add_missing (checks, source, pattern);
  for (gsize i = 0; i < found.gl_pathc; i++)
    if (found.gl_pathc == 1 || !g_file_test (found.gl_pathv[i], G_FILE_TEST_IS_DIR))
      check_file (checks, source, found.gl_pathv[i]);
  globfree (&found);
}

static void
check_program (GVariantBuilder *checks, QsBaseSource *source, const char *program)
{
  g_autofree char *path = g_find_program_in_path (program);

  if (path == NULL)
    add (checks,
         source,
         "failed",
         g_strdup_printf ("There is no program '%s'", program),
         "Check the property argv: its first element is a path, or a name in PATH");
}

/* The property that all sources of a class need, or two of which they need one. */
static const struct
{
  const char *class_name;
  const char *names[2];
  const char *text;
} needs[] = {
  { "QsFileSource", { "path" }, "path" },
  { "QsCsvSource", { "path" }, "path" },
  { "QsCommandSource", { "argv", "shell" }, "argv or shell" },
  { "QsHttpSource", { "url" }, "url" },
};

static gboolean
is_set (QsBaseSource *source, const char *name)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_object_get_property (G_OBJECT (source), name, &value);
  if (G_VALUE_HOLDS_STRING (&value))
    return g_value_get_string (&value) != NULL;

  return g_value_get_boxed (&value) != NULL && *(char **) g_value_get_boxed (&value) != NULL;
}

/* The property that @source lacks; NULL if it has all. */
static const char *
find_lack (QsBaseSource *source)
{
  for (gsize i = 0; i < G_N_ELEMENTS (needs); i++)
    if (g_str_equal (needs[i].class_name, G_OBJECT_TYPE_NAME (source)))
      return is_set (source, needs[i].names[0]) ||
                     (needs[i].names[1] != NULL && is_set (source, needs[i].names[1]))
                 ? NULL
                 : needs[i].text;

  return NULL;
}

gboolean
qsc_plan_check_needs (QscPlan *self, QscCall *call, GError **error)
{
  gboolean is_configured = qsc_call_has (call, "config");

  for (guint i = 0; i < self->sources->len; i++)
    {
      QscPlannedSource *planned = self->sources->pdata[i];
      const char       *lack = find_lack (planned->source);

      if (lack == NULL)
        continue;

      g_set_error (error,
                   QSC_ERROR,
                   is_configured ? QSC_CONFIG : QSC_USAGE,
                   "Source '%s' lacks its property %s. 'qsource inspect %s' lists the properties, "
                   "and has an example",
                   qs_base_source_get_name (planned->source),
                   lack,
                   planned->type);
      return FALSE;
    }

  return TRUE;
}

static void
check_source (GVariantBuilder *checks, QsBaseSource *source)
{
  g_auto (GStrv) list = NULL;
  g_autofree char *text = NULL;

  if (QS_IS_FILE_SOURCE (source))
    {
      g_object_get (source, "path", &list, NULL);
      for (guint i = 0; list != NULL && list[i] != NULL; i++)
        check_files (checks, source, list[i]);
    }
  else if (QS_IS_CSV_SOURCE (source))
    {
      g_object_get (source, "path", &text, NULL);
      if (text != NULL)
        check_file (checks, source, text);
    }
  else if (QS_IS_COMMAND_SOURCE (source))
    {
      g_object_get (source, "argv", &list, NULL);
      if (list != NULL && list[0] != NULL)
        check_program (checks, source, list[0]);
    }
}

GVariant *
qsc_plan_check_inputs (QscPlan *self)
{
  GVariantBuilder checks;

  g_variant_builder_init (&checks, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < self->sources->len; i++)
    check_source (&checks, ((QscPlannedSource *) self->sources->pdata[i])->source);

  return g_variant_ref_sink (g_variant_builder_end (&checks));
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qsc-config.h"

#include <string.h>

#include "qs-nearest-private.h"

/* Some editors put it in front of UTF-8. */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

void
qsc_config_free (QscConfig *self)
{
  g_clear_pointer (&self->file, g_key_file_unref);
  g_clear_pointer (&self->lines, g_hash_table_unref);
  g_free (self->path);
  g_free (self);
}

static int
get_line (QscConfig *self, const char *group, const char *key)
{
  g_autofree char *name = key != NULL ? g_strconcat (group, "\n", key, NULL) : g_strdup (group);

  return GPOINTER_TO_INT (g_hash_table_lookup (self->lines, name));
}

void
qsc_config_prefix_error (QscConfig *self, const char *group, const char *key, GError **error)
{
  g_prefix_error (error, "%s:%d: ", self->path, get_line (self, group, key));
}

static gboolean
fail (QscConfig *self, const char *group, const char *key, GError **error, const char *format, ...)
    G_GNUC_PRINTF (5, 6);

static gboolean
fail (QscConfig *self, const char *group, const char *key, GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list          args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, QSC_ERROR, QSC_CONFIG, text);
  qsc_config_prefix_error (self, group, key, error);

  return FALSE;
}

/* GKeyFile says no line, takes a second group of a name for the first one, and the last of
 * two keys. So the lines are looked at here, too. */
static gboolean
index_lines (QscConfig *self, const char *text, GError **error)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autofree char *group = NULL;

  for (int i = 0; lines[i] != NULL; i++)
    {
      char            *line = g_strstrip (lines[i]);
      char            *equals = strchr (line, '=');
      g_autofree char *name = NULL;

      if (*line == '\0' || *line == '#')
        continue;

      if (*line == '[' && line[strlen (line) - 1] == ']')
        {
          g_free (group);
          group = g_strndup (line + 1, strlen (line) - 2);
          name = g_strdup (group);
        }
      else if (group != NULL && equals != NULL)
        {
          g_autofree char *key = g_strndup (line, (gsize) (equals - line));

          name = g_strconcat (group, "\n", g_strchomp (key), NULL);
        }
      else
        {
          g_set_error (error,
                       QSC_ERROR,
                       QSC_CONFIG,
                       "%s:%d: '%s' is neither a [group] nor a key=value in one",
                       self->path,
                       i + 1,
                       line);
          return FALSE;
        }

      if (g_hash_table_contains (self->lines, name))
        {
          g_set_error (error,
                       QSC_ERROR,
                       QSC_CONFIG,
                       "%s:%d: '%s' occurs a second time; the first is in line %d",
                       self->path,
                       i + 1,
                       line,
                       GPOINTER_TO_INT (g_hash_table_lookup (self->lines, name)));
          return FALSE;
        }
      g_hash_table_insert (self->lines, g_steal_pointer (&name), GINT_TO_POINTER (i + 1));
    }

  return TRUE;
}

static gboolean
check_groups (QscConfig *self, GError **error)
{
  const char *const known[] = { "application", "source", NULL };
  g_auto (GStrv) groups = g_key_file_get_groups (self->file, NULL);

  for (guint i = 0; groups[i] != NULL; i++)
    {
      g_auto (GStrv) parts = g_strsplit (groups[i], " ", 2);
      g_autofree char *hint = qs_nearest_hint (parts[0], known);

      if (g_str_equal (groups[i], "application") ||
          (g_str_equal (parts[0], "source") && parts[1] != NULL && *parts[1] != '\0'))
        continue;
      if (g_str_equal (groups[i], "source"))
        return fail (self,
                     groups[i],
                     NULL,
                     error,
                     "A source needs a name: [source NAME] instead of [source]");
      return fail (self,
                   groups[i],
                   NULL,
                   error,
                   "There is no group '%s'; there are [application] and [source NAME]%s",
                   groups[i],
                   hint);
    }

  return TRUE;
}

/* Leaves out the blanks at the ends of the lines, which nobody sees and GKeyFile takes for a part
 * of the value. One that is meant is written as \s. transfer full */
static char *
trim_lines (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (int i = 0; lines[i] != NULL; i++)
    g_strchomp (lines[i]);

  return g_strjoinv ("\n", lines);
}

QscConfig *
qsc_config_load (const char *path, GError **error)
{
  g_autoptr (QscConfig) self = g_new0 (QscConfig, 1);
  g_autoptr (GError) local_error = NULL;
  g_autofree char *text = NULL;
  g_autofree char *content = NULL;
  gsize            length = 0;

  self->path = g_strdup (path);
  self->file = g_key_file_new ();
  self->lines = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  if (!g_file_get_contents (path, &text, &length, &local_error))
    {
      g_set_error_literal (error, QSC_ERROR, QSC_CONFIG, local_error->message);
      return NULL;
    }
  if (!g_utf8_validate (text, (gssize) length, NULL))
    {
      g_set_error (error, QSC_ERROR, QSC_CONFIG, "%s is not UTF-8", path);
      return NULL;
    }

  content =
      trim_lines (text + (g_str_has_prefix (text, BYTE_ORDER_MARK) ? strlen (BYTE_ORDER_MARK) : 0));
  if (!index_lines (self, content, error))
    return NULL;
  /* Without its translations, a key such as path[de] would be left out in silence. */
  if (!g_key_file_load_from_data (
          self->file, content, strlen (content), G_KEY_FILE_KEEP_TRANSLATIONS, &local_error))
    {
      g_set_error (error, QSC_ERROR, QSC_CONFIG, "%s: %s", path, local_error->message);
      return NULL;
    }

  return check_groups (self, error) ? g_steal_pointer (&self) : NULL;
}

char **
qsc_config_dup_sources (QscConfig *self)
{
  g_auto (GStrv) groups = g_key_file_get_groups (self->file, NULL);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; groups[i] != NULL; i++)
    if (g_str_has_prefix (groups[i], "source "))
      g_strv_builder_add (builder, groups[i] + strlen ("source "));

  return g_strv_builder_end (builder);
}

static gboolean
is_list (GVariant *known, const char *key)
{
  g_autoptr (GVariant) property = qsc_properties_find (known, key);

  return property != NULL && qsc_property_is (property, "list of strings");
}

char **
qsc_config_dup_words (QscConfig         *self,
                      const char        *group,
                      GVariant          *known,
                      const char *const *except)
{
  g_auto (GStrv) keys = g_key_file_get_keys (self->file, group, NULL, NULL);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; keys != NULL && keys[i] != NULL; i++)
    {
      g_auto (GStrv) values = NULL;

      if (g_strv_contains (except, keys[i]))
        continue;
      if (is_list (known, keys[i]))
        values = g_key_file_get_string_list (self->file, group, keys[i], NULL, NULL);
      else
        {
          values = g_new0 (char *, 2);
          values[0] = g_key_file_get_string (self->file, group, keys[i], NULL);
        }
      for (guint j = 0; values != NULL && values[j] != NULL; j++)
        {
          g_autofree char *word = g_strconcat (keys[i], "=", values[j], NULL);

          g_strv_builder_add (builder, word);
        }
    }

  return g_strv_builder_end (builder);
}

gboolean
qsc_config_check (QscConfig         *self,
                  const char        *group,
                  GVariant          *known,
                  const char *const *extra,
                  GError           **error)
{
  g_auto (GStrv) keys = g_key_file_get_keys (self->file, group, NULL, NULL);
  g_autoptr (GPtrArray) names = qsc_properties_list_writable (known);
  guint name = 0;

  if (g_ptr_array_find_with_equal_func (names, "name", g_str_equal, &name))
    g_ptr_array_remove_index (names, name);
  for (guint i = 0; extra[i] != NULL; i++)
    g_ptr_array_add (names, g_strdup (extra[i]));
  g_ptr_array_add (names, NULL);

  for (guint i = 0; keys != NULL && keys[i] != NULL; i++)
    {
      g_autoptr (GError) local_error = NULL;
      g_autofree char *value = g_key_file_get_string (self->file, group, keys[i], &local_error);
      g_auto (GStrv) parts = g_strsplit (keys[i], ".", 2);
      g_autoptr (GVariant) property = qsc_properties_find (known, parts[0]);
      gboolean is_dictionary =
          parts[1] != NULL && property != NULL && qsc_property_is (property, "dictionary");
      g_autofree char *hint = NULL;

      if (value == NULL && local_error != NULL)
        return fail (self, group, keys[i], error, "%s", local_error->message);
      if (is_dictionary || g_strv_contains ((const char *const *) names->pdata, keys[i]))
        continue;

      hint = qs_nearest_hint (keys[i], (const char *const *) names->pdata);
      return fail (
          self, group, keys[i], error, "There is no key '%s' in [%s]%s", keys[i], group, hint);
    }

  return TRUE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qsc-text.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "qsc.h"

#define DEFAULT_COLUMNS 80

/* Narrower ones have what belongs beside each other one below the other. */
#define NARROW_COLUMNS 64
#define NARROW_INDENT 10

int
qsc_text_get_columns (void)
{
  struct winsize size = { 0 };

  if (isatty (STDOUT_FILENO))
    ioctl (STDOUT_FILENO, TIOCGWINSZ, &size);

  return size.ws_col;
}

static int
get_char_width (gunichar u)
{
  return g_unichar_iszerowidth (u) ? 0 : g_unichar_iswide (u) ? 2 : 1;
}

int
qsc_text_get_width (const char *text)
{
  int width = 0;

  for (const char *c = text; *c != '\0'; c = g_utf8_next_char (c))
    width += get_char_width (g_utf8_get_char (c));

  return width;
}

char *
qsc_text_cut (const char *text, int width)
{
  const char *end = text;
  int         used = 0;

  if (qsc_text_get_width (text) <= width)
    return g_strdup (text);

  while (*end != '\0')
    {
      used += get_char_width (g_utf8_get_char (end));
      if (used > width - 1)
        break;
      end = g_utf8_next_char (end);
    }

  return g_strdup_printf ("%.*s…", (int) (end - text), text);
}

void
qsc_text_append (GString *out, const char *text, int used, int indent, int columns)
{
  g_auto (GStrv) words = g_strsplit_set (text, " \n", -1);
  gboolean is_first = TRUE;

  for (guint i = 0; words[i] != NULL; i++)
    {
      int width = qsc_text_get_width (words[i]);

      if (width == 0)
        continue;
      if (!is_first && columns > 0 && used + 1 + width > columns)
        {
          g_string_append_printf (out, "\n%*s", indent, "");
          used = indent;
        }
      else if (!is_first)
        {
          g_string_append_c (out, ' ');
          used++;
        }
      g_string_append (out, words[i]);
      used += width;
      is_first = FALSE;
    }
  g_string_append_c (out, '\n');
}

static int
get_columns_or_default (void)
{
  int columns = qsc_text_get_columns ();

  return columns > 0 ? columns : DEFAULT_COLUMNS;
}

void
qsc_text_print (const char *text, int used, int indent)
{
  g_autoptr (GString) out = g_string_new (NULL);

  qsc_text_append (out, text, used, indent, get_columns_or_default ());
  g_print ("%s", out->str);
}

int
qsc_text_get_indent (int column)
{
  return get_columns_or_default () < NARROW_COLUMNS ? MIN (column, NARROW_INDENT) : column;
}

void
qsc_text_print_entry (const char *name, const char *text, int column)
{
  int width = qsc_text_get_width (name);

  column = qsc_text_get_indent (column);
  if (width > 0 && width + 2 > column)
    g_print ("%s\n%*s", name, column, "");
  else
    g_print ("%s%*s", name, column - width, "");
  qsc_text_print (text, column, column);
}

/* Replacements of characters that the encoding of the locale does not have. */
static const char *const substitutes[][2] = {
  { "…", "..." }, { "└─", "`-" }, { "–", "-" }, { "⏎", " " }, { "“", "\"" }, { "”", "\"" },
};

static char *
dup_plain (const char *text)
{
  g_autoptr (GString) plain = g_string_new (text);
  const char *charset = NULL;

  g_get_charset (&charset);
  for (gsize i = 0; i < G_N_ELEMENTS (substitutes); i++)
    g_string_replace (plain, substitutes[i][0], substitutes[i][1], 0);

  return g_convert_with_fallback (plain->str, -1, charset, "UTF-8", "?", NULL, NULL, NULL);
}

static void
print_plain (const char *text, FILE *file)
{
  g_autofree char *plain = g_get_charset (NULL) ? NULL : dup_plain (text);

  fputs (plain != NULL ? plain : text, file);
}

static void
print_cb (const char *text)
{
  print_plain (text, stdout);
  qsc_flush_output ();
}

static void
print_error_cb (const char *text)
{
  print_plain (text, stderr);
  fflush (stderr);
}

void
qsc_text_init (void)
{
  g_set_print_handler (print_cb);
  g_set_printerr_handler (print_error_cb);
}

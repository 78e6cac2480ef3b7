/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qsc-grid.h"

#include "qsc-print.h"

typedef struct
{
  char *text;
  int   colour;
} Cell;

struct _QscGrid
{
  guint      n_columns;
  gboolean  *is_right;
  GPtrArray *cells; /* Cell, the headings first */
};

static void
cell_free (gpointer data)
{
  g_free (((Cell *) data)->text);
  g_free (data);
}

static void
add_cell (QscGrid *self, const char *text, int colour)
{
  Cell *cell = g_new0 (Cell, 1);

  cell->text = qsc_make_printable (text);
  cell->colour = colour;
  g_ptr_array_add (self->cells, cell);
}

QscGrid *
qsc_grid_new (const char *const *headings)
{
  QscGrid *self = g_new0 (QscGrid, 1);

  self->n_columns = g_strv_length ((char **) headings);
  self->is_right = g_new0 (gboolean, self->n_columns);
  self->cells = g_ptr_array_new_with_free_func (cell_free);
  for (guint i = 0; i < self->n_columns; i++)
    {
      self->is_right[i] = headings[i][0] == '>';
      add_cell (self, headings[i] + (self->is_right[i] ? 1 : 0), 1);
    }

  return self;
}

void
qsc_grid_free (QscGrid *self)
{
  g_ptr_array_unref (self->cells);
  g_free (self->is_right);
  g_free (self);
}

void
qsc_grid_add (QscGrid *self, int colour, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list          args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  add_cell (self, text, colour);
}

/* How many columns of a terminal it takes. */
static int
get_width (const char *text)
{
  int width = 0;

  for (const char *c = text; *c != '\0'; c = g_utf8_next_char (c))
    {
      gunichar u = g_utf8_get_char (c);

      width += g_unichar_iszerowidth (u) ? 0 : g_unichar_iswide (u) ? 2 : 1;
    }

  return width;
}

/* @text in at most @width columns; transfer full. */
static char *
cut (const char *text, int width)
{
  const char *end = text;
  int         used = 0;

  if (get_width (text) <= width)
    return g_strdup (text);

  while (*end != '\0')
    {
      gunichar u = g_utf8_get_char (end);

      used += g_unichar_iszerowidth (u) ? 0 : g_unichar_iswide (u) ? 2 : 1;
      if (used > width - 1)
        break;
      end = g_utf8_next_char (end);
    }

  return g_strdup_printf ("%.*s…", (int) (end - text), text);
}

static void
append_cell (GString *out, Cell *cell, int width, gboolean is_right, gboolean has_colour)
{
  g_autofree char *text = cut (cell->text, width);
  int              padding = MAX (0, width - get_width (text));

  if (is_right)
    g_string_append_printf (out, "%*s", padding, "");
  if (has_colour && cell->colour != 0 && *text != '\0')
    g_string_append_printf (out, "\033[%dm%s\033[0m", cell->colour, text);
  else
    g_string_append (out, text);
  if (!is_right)
    g_string_append_printf (out, "%*s", padding, "");
}

static int *
measure (QscGrid *self, int indent, int columns)
{
  int *widths = g_new0 (int, self->n_columns);
  int  before = indent;

  for (guint i = 0; i < self->cells->len; i++)
    {
      int width = get_width (((Cell *) self->cells->pdata[i])->text);

      widths[i % self->n_columns] = MAX (widths[i % self->n_columns], width);
    }

  for (guint i = 0; i + 1 < self->n_columns; i++)
    before += widths[i] + 2;
  if (columns > 0)
    widths[self->n_columns - 1] =
        CLAMP (columns - before, MIN (widths[self->n_columns - 1], 8), widths[self->n_columns - 1]);

  return widths;
}

char *
qsc_grid_to_text (QscGrid *self, const char *indent, gboolean has_colour, int columns)
{
  g_autofree int *widths = measure (self, get_width (indent), columns);
  GString        *out = g_string_new (NULL);

  for (guint i = 0; i < self->cells->len; i++)
    {
      guint column = i % self->n_columns;

      if (column == 0)
        g_string_append (out, indent);
      append_cell (out, self->cells->pdata[i], widths[column], self->is_right[column], has_colour);
      if (column + 1 < self->n_columns)
        {
          g_string_append (out, "  ");
          continue;
        }
      while (out->len > 0 && out->str[out->len - 1] == ' ')
        g_string_truncate (out, out->len - 1);
      g_string_append_c (out, '\n');
    }

  return g_string_free (out, FALSE);
}

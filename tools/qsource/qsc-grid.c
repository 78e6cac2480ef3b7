/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qsc-grid.h"

#include "qsc-print.h"
#include "qsc-text.h"

/* A text that is shortened keeps so much, and the last column is given so much before others
 * are left out for it. */
#define LEAST_WIDTH 6
#define LAST_WIDTH 16

typedef struct
{
  char *text;
  int   colour;
} Cell;

struct _QscGrid
{
  guint      n_columns;
  gboolean  *is_right;
  int       *ranks; /* of columns that narrow terminals lack: 1 goes first; 0: it stays */
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
  self->ranks = g_new0 (int, self->n_columns);
  for (guint i = 0; i < self->n_columns; i++)
    {
      const char *heading = headings[i];

      if (g_ascii_isdigit (*heading))
        self->ranks[i] = *heading++ - '0';
      self->is_right[i] = *heading == '>';
      add_cell (self, heading + (self->is_right[i] ? 1 : 0), 1);
    }

  return self;
}

void
qsc_grid_free (QscGrid *self)
{
  g_ptr_array_unref (self->cells);
  g_free (self->is_right);
  g_free (self->ranks);
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

static void
append_cell (GString *out, Cell *cell, int width, gboolean is_right, gboolean has_colour)
{
  g_autofree char *text = qsc_text_cut (cell->text, width);
  int              padding = MAX (0, width - qsc_text_get_width (text));

  if (is_right)
    g_string_append_printf (out, "%*s", padding, "");
  if (has_colour && cell->colour != 0 && *text != '\0')
    g_string_append_printf (out, "\033[%dm%s\033[0m", cell->colour, text);
  else
    g_string_append (out, text);
  if (!is_right)
    g_string_append_printf (out, "%*s", padding, "");
}

/* Adds the widths of all columns except the last one, which takes the rest. */
static int
sum_widths (QscGrid *self, const int *widths)
{
  int sum = 0;

  for (guint i = 0; i + 1 < self->n_columns; i++)
    sum += widths[i] > 0 ? widths[i] + 2 : 0;

  return sum;
}

/* Leaves out columns, and then shortens texts, until what is left fits @room. */
static void
shrink (QscGrid *self, int *widths, int room)
{
  for (int rank = 1; rank <= 9 && sum_widths (self, widths) > room; rank++)
    for (guint i = 0; i < self->n_columns; i++)
      if (self->ranks[i] == rank)
        widths[i] = 0;

  while (sum_widths (self, widths) > room)
    {
      int *widest = NULL;

      for (guint i = 0; i + 1 < self->n_columns; i++)
        if (!self->is_right[i] && widths[i] > LEAST_WIDTH && (!widest || widths[i] > *widest))
          widest = &widths[i];
      if (widest == NULL)
        return;
      (*widest)--;
    }
}

/* The width of each column; 0: it is left out. */
static int *
measure (QscGrid *self, int indent, int columns)
{
  int *widths = g_new0 (int, self->n_columns);
  int *last = &widths[self->n_columns - 1];

  for (guint i = 0; i < self->cells->len; i++)
    {
      int width = qsc_text_get_width (((Cell *) self->cells->pdata[i])->text);

      widths[i % self->n_columns] = MAX (widths[i % self->n_columns], width);
    }

  if (columns > 0)
    {
      int room = columns - indent;

      shrink (self, widths, room - MIN (*last, LAST_WIDTH));
      *last = CLAMP (room - sum_widths (self, widths), MIN (*last, LEAST_WIDTH), *last);
    }

  return widths;
}

char *
qsc_grid_to_text (QscGrid *self, const char *indent, gboolean has_colour, int columns)
{
  g_autofree int *widths = measure (self, qsc_text_get_width (indent), columns);
  GString        *out = g_string_new (NULL);

  for (guint i = 0; i < self->cells->len; i++)
    {
      guint column = i % self->n_columns;

      if (column == 0)
        g_string_append (out, indent);
      if (widths[column] == 0 && column + 1 < self->n_columns)
        continue;
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

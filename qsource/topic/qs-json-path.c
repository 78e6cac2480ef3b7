/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-json-path-private.h"

/* Only the end of a long path is useful. */
#define MAX_STEPS 12
#define MAX_NAME 40

typedef struct
{
  const guint8 *name; /* of the member that is read; NULL: none yet */
  gsize         length;
  gsize         index;
  gboolean      is_array;
} Step;

/* Behind the string at @p; @name is set if it is one of an object's names. */
static const guint8 *
pass_string (const guint8 *p, const guint8 *where, Step *name)
{
  const guint8 *first = ++p;

  for (; p < where && *p != '"'; p++)
    if (*p == '\\')
      p++;
  if (p >= where)
    return where;

  if (name != NULL)
    {
      name->name = first;
      name->length = (gsize) (p - first);
    }

  return p + 1;
}

static void
append_step (GString *path, const Step *step)
{
  if (step->is_array)
    {
      g_string_append_printf (path, "[%" G_GSIZE_FORMAT "]", step->index);
      return;
    }
  if (step->name == NULL)
    return;

  if (path->len > 0)
    g_string_append_c (path, '.');
  g_string_append_len (path, (const char *) step->name, (gssize) MIN (step->length, MAX_NAME));
  if (step->length > MAX_NAME)
    g_string_append (path, "…");
}

static char *
to_text (GArray *steps)
{
  guint first = steps->len > MAX_STEPS ? steps->len - MAX_STEPS : 0;
  g_autoptr (GString) path = g_string_new (first > 0 ? "…" : NULL);

  for (guint i = first; i < steps->len; i++)
    append_step (path, &g_array_index (steps, Step, i));

  return path->len > 0 ? g_utf8_make_valid (path->str, (gssize) path->len) : NULL;
}

char *
qs_json_path_find (const guint8 *start, const guint8 *where)
{
  g_autoptr (GArray) steps = g_array_new (FALSE, TRUE, sizeof (Step));

  for (const guint8 *p = start; p < where;)
    {
      Step *top = steps->len > 0 ? &g_array_index (steps, Step, steps->len - 1) : NULL;

      switch (*p)
        {
        case '"':
          p = pass_string (
              p, where, top != NULL && !top->is_array && top->name == NULL ? top : NULL);
          continue;

        case '{':
        case '[':
          g_array_set_size (steps, steps->len + 1);
          g_array_index (steps, Step, steps->len - 1).is_array = *p == '[';
          break;

        case '}':
        case ']':
          if (top != NULL)
            g_array_set_size (steps, steps->len - 1);
          break;

        case ',':
          if (top != NULL)
            {
              top->index++;
              top->name = NULL;
            }
          break;

        default:
          break;
        }
      p++;
    }

  return to_text (steps);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-http-source-private.h"

#include <string.h>

void
qs_http_position_clear (QsHttpPosition *self)
{
  g_clear_pointer (&self->etag, g_free);
  g_clear_pointer (&self->modified, g_free);
  g_clear_pointer (&self->cursor, g_free);
  g_clear_pointer (&self->event_id, g_free);
  g_clear_pointer (&self->ids, g_strfreev);
}

void
qs_http_position_load (QsHttpPosition *self, GVariant *value)
{
  g_autoptr (GVariant) ids = NULL;

  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT))
    return;

  g_variant_lookup (value, "etag", "s", &self->etag);
  g_variant_lookup (value, "modified", "s", &self->modified);
  g_variant_lookup (value, "cursor", "s", &self->cursor);
  g_variant_lookup (value, "event-id", "s", &self->event_id);

  /* A list has the type of what came back from the changelog. */
  ids = g_variant_lookup_value (value, "ids", NULL);
  if (ids != NULL && g_variant_is_container (ids))
    {
      g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

      for (gsize i = 0; i < g_variant_n_children (ids); i++)
        {
          g_autoptr (GVariant) child = g_variant_get_child_value (ids, i);
          g_autoptr (GVariant) text = g_variant_is_of_type (child, G_VARIANT_TYPE_VARIANT)
                                          ? g_variant_get_variant (child)
                                          : g_variant_ref (child);

          if (g_variant_is_of_type (text, G_VARIANT_TYPE_STRING))
            g_strv_builder_add (builder, g_variant_get_string (text, NULL));
        }
      self->ids = g_strv_builder_end (builder);
    }
}

static void
insert (GVariantDict *dict, const char *name, const char *text)
{
  if (text != NULL)
    g_variant_dict_insert (dict, name, "s", text);
}

GVariant *
qs_http_position_save (const QsHttpPosition *self)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  insert (&dict, "etag", self->etag);
  insert (&dict, "modified", self->modified);
  insert (&dict, "cursor", self->cursor);
  insert (&dict, "event-id", self->event_id);
  if (self->ids != NULL)
    g_variant_dict_insert (&dict, "ids", "^as", self->ids);

  return g_variant_dict_end (&dict);
}

/* A step of a pointer; transfer full. */
static GVariant *
step (GVariant *json, const char *token)
{
  guint64 index = 0;
  g_autoptr (GVariant) child = NULL;

  if (g_variant_is_of_type (json, G_VARIANT_TYPE_VARDICT))
    return g_variant_lookup_value (json, token, NULL);
  if (!g_variant_is_of_type (json, G_VARIANT_TYPE_ARRAY) ||
      !g_ascii_string_to_unsigned (token, 10, 0, G_MAXINT32, &index, NULL) ||
      index >= g_variant_n_children (json))
    return NULL;

  child = g_variant_get_child_value (json, index);
  return g_variant_is_of_type (child, G_VARIANT_TYPE_VARIANT) ? g_variant_get_variant (child)
                                                              : g_steal_pointer (&child);
}

GVariant *
qs_http_pointer_lookup (GVariant *json, const char *pointer)
{
  g_auto (GStrv) tokens = g_strsplit (*pointer == '/' ? pointer + 1 : pointer, "/", -1);
  g_autoptr (GVariant) at = g_variant_ref (json);

  for (guint i = 0; tokens[i] != NULL && *pointer != '\0' && at != NULL; i++)
    {
      g_auto (GStrv) slashes = g_strsplit (tokens[i], "~1", -1);
      g_autofree char *with_slashes = g_strjoinv ("/", slashes);
      g_auto (GStrv) tildes = g_strsplit (with_slashes, "~0", -1);
      g_autofree char *token = g_strjoinv ("~", tildes);
      GVariant        *next = step (at, token);

      g_variant_unref (at);
      at = next;
    }

  return g_steal_pointer (&at);
}

double
qs_http_get_retry_after (SoupMessage *message)
{
  const char *text =
      soup_message_headers_get_one (soup_message_get_response_headers (message), "Retry-After");
  guint64 seconds = 0;
  g_autoptr (GDateTime) time = NULL;

  if (text == NULL)
    return -1;
  if (g_ascii_string_to_unsigned (text, 10, 0, 86400, &seconds, NULL))
    return (double) seconds;

  time = soup_date_time_new_from_http_string (text);
  return time != NULL
             ? CLAMP ((double) (g_date_time_to_unix (time) - g_get_real_time () / G_USEC_PER_SEC),
                      0,
                      86400)
             : -1;
}

void
qs_http_event_clear (QsHttpEvent *self)
{
  if (self->data != NULL)
    g_string_free (self->data, TRUE);
  self->data = NULL;
  g_clear_pointer (&self->type, g_free);
  g_clear_pointer (&self->id, g_free);
}

void
qs_http_event_reset (QsHttpEvent *self)
{
  g_string_truncate (self->data, 0);
  g_clear_pointer (&self->type, g_free);
}

gboolean
qs_http_event_take (QsHttpEvent *self, const char *line)
{
  const char      *colon = strchr (line, ':');
  g_autofree char *field = NULL;
  const char      *value = "";
  guint64          ms = 0;

  /* The last newline of the data doesn't count. */
  if (*line == '\0')
    {
      if (self->data->len == 0)
        {
          qs_http_event_reset (self);
          return FALSE;
        }
      g_string_truncate (self->data, self->data->len - 1);
      return TRUE;
    }
  if (colon == line)
    return FALSE;

  field = colon != NULL ? g_strndup (line, (gsize) (colon - line)) : g_strdup (line);
  if (colon != NULL)
    value = colon[1] == ' ' ? colon + 2 : colon + 1;
  if (g_str_equal (field, "data"))
    g_string_append_printf (self->data, "%s\n", value);
  else if (g_str_equal (field, "event"))
    {
      g_free (self->type);
      self->type = g_strdup (value);
    }
  else if (g_str_equal (field, "id"))
    {
      g_free (self->id);
      self->id = g_strdup (value);
    }
  else if (g_str_equal (field, "retry") &&
           g_ascii_string_to_unsigned (value, 10, 0, 86400000, &ms, NULL))
    self->retry = (double) ms / 1000;

  return FALSE;
}

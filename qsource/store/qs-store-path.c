/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-store-path-private.h"

/* A component has at most 255 bytes on the usual file systems. */
#define MAX_LENGTH 200

static gboolean
is_plain (char c, gboolean first)
{
  return g_ascii_islower (c) || g_ascii_isdigit (c) || c == '_' || c == '-' || (c == '.' && !first);
}

char *
qs_store_path_encode (const char *name)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *hash = NULL;

  for (const char *c = name; *c != '\0'; c++)
    {
      if (is_plain (*c, c == name))
        g_string_append_c (text, *c);
      else
        g_string_append_printf (text, "%%%02x", (guchar) *c);
    }

  /* Neither '%' alone nor '%' and an 's' is anything's encoding. */
  if (text->len == 0)
    g_string_append_c (text, '%');
  if (text->len > MAX_LENGTH)
    {
      hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, name, -1);
      g_string_truncate (text, MAX_LENGTH - 2 - strlen (hash));
      g_string_append_printf (text, "%%s%s", hash);
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}

char *
qs_store_path_build (const char *state_dir, const char *group, const char *source, int partition)
{
  g_autofree char *group_part = qs_store_path_encode (group);
  g_autofree char *source_part = qs_store_path_encode (source);
  g_autofree char *partition_part = g_strdup_printf ("%d", partition);

  g_assert (partition >= 0);

  return g_build_filename (state_dir, group_part, source_part, partition_part, NULL);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-journal-entry-private.h"

#include <errno.h>
#include <string.h>

/* A text, or the numbers of the bytes of what isn't one. */
static GVariant *
to_value (const char *bytes, gsize length)
{
  GVariantBuilder builder;

  if (g_utf8_validate_len (bytes, length, NULL))
    {
      g_autofree char *text = g_strndup (bytes, length);

      return g_variant_new_string (text);
    }

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("ai"));
  for (gsize i = 0; i < length; i++)
    g_variant_builder_add (&builder, "i", (int) (guchar) bytes[i]);

  return g_variant_builder_end (&builder);
}

/* A field that is there more than once is an array. */
static void
add_value (GHashTable *values, const char *field, GVariant *value)
{
  GPtrArray *all = g_hash_table_lookup (values, field);

  if (all == NULL)
    {
      all = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
      g_hash_table_insert (values, g_strdup (field), all);
    }
  g_ptr_array_add (all, g_variant_ref_sink (value));
}

static GVariant *
join_values (GPtrArray *all)
{
  GVariantBuilder builder;

  if (all->len == 1)
    return all->pdata[0];

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("av"));
  for (guint i = 0; i < all->len; i++)
    g_variant_builder_add (&builder, "v", all->pdata[i]);

  return g_variant_builder_end (&builder);
}

static int
read_fields (sd_journal *journal, const char *const *fields, GHashTable *values)
{
  const void *data = NULL;
  size_t      length = 0;
  int         code = 0;

  sd_journal_restart_data (journal);
  while ((code = sd_journal_enumerate_available_data (journal, &data, &length)) > 0)
    {
      const char      *text = data;
      const char      *equals = memchr (data, '=', length);
      g_autofree char *field = NULL;

      if (equals == NULL)
        continue;
      field = g_strndup (text, (gsize) (equals - text));
      if (fields != NULL && !g_strv_contains (fields, field))
        continue;
      add_value (values, field, to_value (equals + 1, length - (gsize) (equals + 1 - text)));
    }

  return code;
}

/* What journald knows of the entry itself. */
static int
add_address (sd_journal *journal, GVariantBuilder *builder, gint64 *time, char **cursor)
{
  g_autofree char *real = NULL;
  g_autofree char *monotonic = NULL;
  guint64          real_us = 0, monotonic_us = 0;
  sd_id128_t       boot;
  char             boot_id[SD_ID128_STRING_MAX];
  char            *own = NULL;
  int              code = sd_journal_get_cursor (journal, &own);

  if (code >= 0)
    code = sd_journal_get_realtime_usec (journal, &real_us);
  if (code >= 0)
    code = sd_journal_get_monotonic_usec (journal, &monotonic_us, &boot);
  if (code < 0)
    {
      free (own);
      return code;
    }

  *cursor = g_strdup (own);
  free (own);
  *time = (gint64) (real_us / 1000);
  real = g_strdup_printf ("%" G_GUINT64_FORMAT, real_us);
  monotonic = g_strdup_printf ("%" G_GUINT64_FORMAT, monotonic_us);
  g_variant_builder_add (builder, "{sv}", "__CURSOR", g_variant_new_string (*cursor));
  g_variant_builder_add (builder, "{sv}", "__REALTIME_TIMESTAMP", g_variant_new_string (real));
  g_variant_builder_add (
      builder, "{sv}", "__MONOTONIC_TIMESTAMP", g_variant_new_string (monotonic));
  g_variant_builder_add (
      builder, "{sv}", "_BOOT_ID", g_variant_new_string (sd_id128_to_string (boot, boot_id)));

  return 0;
}

static void
values_free (gpointer data)
{
  g_ptr_array_unref (data);
}

GVariant *
qs_journal_entry_read (sd_journal        *journal,
                       const char *const *fields,
                       gint64            *time,
                       char             **cursor,
                       int               *code)
{
  g_autoptr (GHashTable) values =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, values_free);
  GVariantBuilder builder;
  GHashTableIter  iter;
  gpointer        field = NULL, all = NULL;

  *cursor = NULL;
  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  *code = add_address (journal, &builder, time, cursor);
  if (*code >= 0)
    *code = read_fields (journal, fields, values);
  if (*code < 0)
    {
      g_variant_builder_clear (&builder);
      g_clear_pointer (cursor, g_free);
      return NULL;
    }

  g_hash_table_iter_init (&iter, values);
  while (g_hash_table_iter_next (&iter, &field, &all))
    if (!g_str_equal (field, "_BOOT_ID"))
      g_variant_builder_add (&builder, "{sv}", field, join_values (all));

  return g_variant_builder_end (&builder);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-store-record-private.h"

#include <string.h>

#define KEY "record"

static void
insert_text (GVariantDict *dict, const char *name, const char *text)
{
  g_variant_dict_insert (dict, name, "s", text);
}

/* Takes the place of what *@field has. */
static gboolean
lookup_text (GVariant *values, const char *name, char **field)
{
  g_clear_pointer (field, g_free);

  return g_variant_lookup (values, name, "s", field);
}

static gboolean
parse (QsStoreRecord *self, GVariant *values)
{
  return g_variant_is_normal_form (values) &&
         g_variant_lookup (values, "has-changelog", "b", &self->has_changelog) &&
         lookup_text (values, "topic", &self->topic) &&
         g_variant_lookup (values, "partition", "i", &self->partition) &&
         lookup_text (values, "cluster", &self->cluster) &&
         lookup_text (values, "uuid", &self->uuid) &&
         g_variant_lookup (values, "uuid-offset", "x", &self->uuid_offset) &&
         g_variant_lookup (values, "offset", "x", &self->offset) &&
         g_variant_lookup (values, "ends-with-commit", "b", &self->ends_with_commit) &&
         g_variant_lookup (values, "in-step-at", "x", &self->in_step_at) &&
         g_variant_lookup (values, "retention", "x", &self->retention) &&
         g_variant_lookup (values, "now", "x", &self->now);
}

void
qs_store_record_init (QsStoreRecord *self)
{
  *self = (QsStoreRecord){
    .has_changelog = TRUE,
    .topic = g_strdup (""),
    .cluster = g_strdup (""),
    .uuid = g_strdup (""),
    .uuid_offset = -1,
  };
}

void
qs_store_record_clear (QsStoreRecord *self)
{
  g_clear_pointer (&self->topic, g_free);
  g_clear_pointer (&self->cluster, g_free);
  g_clear_pointer (&self->uuid, g_free);
}

gboolean
qs_store_record_read (QsStoreRecord *self, QsStore *store, gboolean *found, GError **error)
{
  g_autoptr (GError) own_error = NULL;
  g_autoptr (GVariant) values = NULL;
  g_autoptr (GBytes) bytes = NULL;

  bytes =
      qs_store_get (store, QS_STORE_SPACE_METADATA, (const guint8 *) KEY, strlen (KEY), &own_error);
  if (own_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&own_error));
      return FALSE;
    }

  *found = bytes != NULL;
  if (bytes == NULL)
    return TRUE;

  values = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE_VARDICT, bytes, FALSE));
  if (!parse (self, values))
    {
      g_set_error (error,
                   QS_STATE_ERROR,
                   QS_STATE_ERROR_MALFORMED,
                   "Cannot parse the description of the store in '%s'; it was written by a newer "
                   "version of this library, or is damaged. Remove that directory to have the "
                   "store rebuilt from the changelog",
                   qs_store_get_path (store));
      return FALSE;
    }

  return TRUE;
}

void
qs_store_record_put (const QsStoreRecord *self, QsStoreBatch *batch)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) values = NULL;

  g_variant_dict_insert (&dict, "has-changelog", "b", self->has_changelog);
  insert_text (&dict, "topic", self->topic);
  g_variant_dict_insert (&dict, "partition", "i", self->partition);
  insert_text (&dict, "cluster", self->cluster);
  insert_text (&dict, "uuid", self->uuid);
  g_variant_dict_insert (&dict, "uuid-offset", "x", self->uuid_offset);
  g_variant_dict_insert (&dict, "offset", "x", self->offset);
  g_variant_dict_insert (&dict, "ends-with-commit", "b", self->ends_with_commit);
  g_variant_dict_insert (&dict, "in-step-at", "x", self->in_step_at);
  g_variant_dict_insert (&dict, "retention", "x", self->retention);
  g_variant_dict_insert (&dict, "now", "x", self->now);
  values = g_variant_ref_sink (g_variant_dict_end (&dict));

  qs_store_batch_put (batch,
                      QS_STORE_SPACE_METADATA,
                      (const guint8 *) KEY,
                      strlen (KEY),
                      g_variant_get_data (values),
                      g_variant_get_size (values));
}

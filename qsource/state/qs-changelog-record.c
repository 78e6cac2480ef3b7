/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-changelog-record-private.h"

#include <string.h>

#include "qs-headers.h"
#include "qs-state-error.h"

/* The only column family that a source's state has. */
#define FAMILY "default"

/* JSON's null: a source's state follows no topic. */
#define NO_OFFSETS "null"

#define UUID_LENGTH 36

/* Always returns FALSE. */
static gboolean
refuse (const QsRecordView *view, const char *topic, GError **error, const char *reason)
{
  g_set_error (error,
               QS_STATE_ERROR,
               QS_STATE_ERROR_MALFORMED,
               "Cannot parse the record of changelog '%s', partition %d, offset "
               "%" G_GINT64_FORMAT ": %s; this changelog was written by another program, or by a "
               "newer version of this library",
               topic,
               view->partition,
               view->offset,
               reason);
  return FALSE;
}

static gboolean
equals (const guint8 *data, gsize length, const char *text)
{
  return data != NULL && length == strlen (text) && memcmp (data, text, length) == 0;
}

/* A positive number of milliseconds and nothing else. */
static gboolean
parse_time (const guint8 *data, gsize length, gint64 *time)
{
  char    text[24] = "";
  guint64 number = 0;

  if (data == NULL || length == 0 || length >= sizeof text)
    return FALSE;

  memcpy (text, data, length);
  if (strlen (text) != length ||
      !g_ascii_string_to_unsigned (text, 10, 1, G_MAXINT64, &number, NULL))
    return FALSE;

  *time = (gint64) number;
  return TRUE;
}

static gboolean
parse_headers (QsChangelogRecord *self, const QsRecordView *view, const char *topic, GError **error)
{
  const QsHeaderView *family = NULL;
  const QsHeaderView *offsets = NULL;
  const QsHeaderView *expires = NULL;

  /* Of several the last one counts, as everywhere. */
  for (guint i = 0; i < view->n_headers; i++)
    {
      const QsHeaderView *header = &view->headers[i];

      if (strcmp (header->name, QS_CHANGELOG_FAMILY_HEADER) == 0)
        family = header;
      else if (strcmp (header->name, QS_CHANGELOG_OFFSETS_HEADER) == 0)
        offsets = header;
      else if (strcmp (header->name, QS_CHANGELOG_EXPIRES_HEADER) == 0)
        expires = header;
    }

  if (family == NULL || family->length == 0)
    return refuse (view, topic, error, "it has no header '" QS_CHANGELOG_FAMILY_HEADER "'");
  if (!equals (family->value, family->length, FAMILY))
    return refuse (view, topic, error, "its column family is not '" FAMILY "'");
  if (offsets != NULL && !equals (offsets->value, offsets->length, NO_OFFSETS))
    return refuse (view,
                   topic,
                   error,
                   "its header '" QS_CHANGELOG_OFFSETS_HEADER "' is not 'null', as it is for the "
                   "state of a source");
  if (expires != NULL && !parse_time (expires->value, expires->length, &self->time))
    return refuse (view,
                   topic,
                   error,
                   "its header '" QS_CHANGELOG_EXPIRES_HEADER "' is not a number of milliseconds");

  return TRUE;
}

QsHeaders *
qs_changelog_record_new_headers (gint64 expires)
{
  QsHeaders *headers = qs_headers_new ();
  g_autoptr (GBytes) family = g_bytes_new_static (FAMILY, strlen (FAMILY));
  g_autoptr (GBytes) offsets = g_bytes_new_static (NO_OFFSETS, strlen (NO_OFFSETS));

  qs_headers_append (headers, QS_CHANGELOG_FAMILY_HEADER, family);
  qs_headers_append (headers, QS_CHANGELOG_OFFSETS_HEADER, offsets);
  if (expires != 0)
    {
      char *text = g_strdup_printf ("%" G_GINT64_FORMAT, expires);
      g_autoptr (GBytes) bytes = g_bytes_new_take (text, strlen (text));

      qs_headers_append (headers, QS_CHANGELOG_EXPIRES_HEADER, bytes);
    }

  return headers;
}

gboolean
qs_changelog_record_parse (QsChangelogRecord  *self,
                           const QsRecordView *view,
                           const char         *topic,
                           GError            **error)
{
  *self = (QsChangelogRecord){
    .kind = QS_CHANGELOG_ENTRY,
    .timestamp = view->timestamp,
    .key = view->key,
    .key_length = view->key_length,
    .value = view->value,
    .value_length = view->value_length,
  };

  if (view->key == NULL)
    return refuse (view, topic, error, "it has no key");
  if (!parse_headers (self, view, topic, error))
    return FALSE;

  if (equals (view->key, view->key_length, QS_CHANGELOG_IDENTITY_KEY))
    {
      self->kind = QS_CHANGELOG_IDENTITY;
      if (view->value == NULL || view->value_length != UUID_LENGTH)
        return refuse (view, topic, error, "it should name its changelog, but does not");
    }
  else if (equals (view->key, view->key_length, QS_CHANGELOG_NOW_KEY))
    {
      self->kind = QS_CHANGELOG_NOW;
      if (!parse_time (view->value, view->value_length, &self->time))
        return refuse (view, topic, error, "it should contain a time, but does not");
    }

  return TRUE;
}

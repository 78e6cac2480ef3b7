/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-state-entry-private.h"

#include <string.h>

#define PLAIN 'p'
#define EXPIRING 'x'

static void
append_time (GByteArray *buffer, gint64 time)
{
  guint64 number = GUINT64_TO_BE ((guint64) time);

  g_byte_array_append (buffer, (const guint8 *) &number, sizeof number);
}

static gint64
read_time (const guint8 *data)
{
  guint64 number = 0;

  memcpy (&number, data, sizeof number);

  return (gint64) GUINT64_FROM_BE (number);
}

static void
put_index (QsStoreBatch *batch, const guint8 *key, gsize key_length, gint64 expires)
{
  g_autoptr (GByteArray) line =
      g_byte_array_sized_new ((guint) (QS_STATE_ENTRY_TIME_LENGTH + key_length));

  append_time (line, expires);
  g_byte_array_append (line, key, (guint) key_length);
  qs_store_batch_put (batch, QS_STORE_SPACE_EXPIRY, line->data, line->len, NULL, 0);
}

void
qs_state_entry_put (QsStoreBatch *batch,
                    const guint8 *key,
                    gsize         key_length,
                    const guint8 *value,
                    gsize         value_length,
                    gint64        expires)
{
  gsize   head = expires != 0 ? 1 + QS_STATE_ENTRY_TIME_LENGTH : 1;
  guint64 number = GUINT64_TO_BE ((guint64) expires);
  guint8 *data =
      qs_store_batch_put_later (batch, QS_STORE_SPACE_DATA, key, key_length, head + value_length);

  data[0] = expires != 0 ? EXPIRING : PLAIN;
  if (expires != 0)
    memcpy (data + 1, &number, sizeof number);
  if (value_length > 0)
    memcpy (data + head, value, value_length);
  if (expires != 0)
    put_index (batch, key, key_length, expires);
}

gboolean
qs_state_entry_parse (const guint8  *data,
                      gsize          length,
                      const guint8 **value,
                      gsize         *value_length,
                      gint64        *expires,
                      GError       **error)
{
  gsize head = 1;

  if (length >= 1 && data[0] == EXPIRING)
    head += QS_STATE_ENTRY_TIME_LENGTH;
  if (length < head || (data[0] != PLAIN && data[0] != EXPIRING))
    {
      g_set_error_literal (
          error,
          QS_STATE_ERROR,
          QS_STATE_ERROR_MALFORMED,
          "An entry of the store cannot be parsed; it was written by a newer version of this "
          "library, or is damaged. Remove the store to have it rebuilt from the changelog");
      return FALSE;
    }

  *expires = head > 1 ? read_time (data + 1) : 0;
  *value = data + head;
  *value_length = length - head;

  return TRUE;
}

gboolean
qs_state_entry_get_time (const guint8 *line, gsize length, gint64 *expires)
{
  if (length < QS_STATE_ENTRY_TIME_LENGTH)
    return FALSE;

  *expires = read_time (line);

  return TRUE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-store-key-private.h"

#include <string.h>

void
qs_store_key_set (GByteArray *buffer, QsStoreSpace space, const guint8 *key, gsize key_length)
{
  g_assert (key_length < G_MAXUINT);

  g_byte_array_set_size (buffer, (guint) (1 + key_length));
  buffer->data[0] = space;
  if (key_length > 0)
    memcpy (buffer->data + 1, key, key_length);
}

void
qs_store_key_bound (GByteArray *buffer)
{
  /* Ends at the letter of the space at the latest, which is not 0xff. */
  while (buffer->data[buffer->len - 1] == 0xff)
    g_byte_array_set_size (buffer, buffer->len - 1);

  buffer->data[buffer->len - 1]++;
}

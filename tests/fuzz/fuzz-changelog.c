/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-changelog-record-private.h"
#include "qs-state-entry-private.h"
#include "qs-state-error.h"

/* Whatever stands in a changelog or a store: no crash, nothing that is read beyond
 * its end, and an error for all that can't be understood. */

#define MAX_HEADERS 4

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* What is left of the input. */
typedef struct
{
  const guint8 *data;
  gsize         size;
} Rest;

/* The next bytes, as many as their first one says; NULL if that is 255. A copy, so
 * that a look beyond its end is seen. */
static guint8 *
take (Rest *rest, gsize *length)
{
  gsize wanted = rest->size > 0 ? rest->data[0] : 255;

  *length = 0;
  if (wanted == 255)
    return NULL;

  *length = MIN (wanted, rest->size - 1);
  rest->data += 1 + *length;
  rest->size -= 1 + *length;

  return *length > 0 ? g_memdup2 (rest->data - *length, *length) : g_malloc (1);
}

/* The names that mean something, and one that doesn't. */
static const char *
take_name (Rest *rest)
{
  static const char *const names[] = {
    QS_CHANGELOG_FAMILY_HEADER, QS_CHANGELOG_OFFSETS_HEADER, QS_CHANGELOG_EXPIRES_HEADER, "another"
  };
  const char *name = names[rest->size > 0 ? rest->data[0] % G_N_ELEMENTS (names) : 0];

  if (rest->size > 0)
    {
      rest->data++;
      rest->size--;
    }

  return name;
}

static void
read_record (Rest rest)
{
  g_autofree guint8 *key = NULL;
  g_autofree guint8 *value = NULL;
  guint8            *values[MAX_HEADERS] = { NULL };
  QsHeaderView       headers[MAX_HEADERS] = { { 0 } };
  QsRecordView       view = { .offset = 7, .headers = headers };
  QsChangelogRecord  record = { 0 };
  g_autoptr (GError) error = NULL;

  view.key = key = take (&rest, &view.key_length);
  view.value = value = take (&rest, &view.value_length);
  for (; view.n_headers < MAX_HEADERS && rest.size > 0; view.n_headers++)
    {
      QsHeaderView *header = &headers[view.n_headers];

      header->name = take_name (&rest);
      header->value = values[view.n_headers] = take (&rest, &header->length);
    }

  if (!qs_changelog_record_parse (&record, &view, "log", &error))
    g_assert (g_error_matches (error, QS_STATE_ERROR, QS_STATE_ERROR_MALFORMED));
  else
    g_assert (error == NULL && record.time >= 0);

  for (guint i = 0; i < view.n_headers; i++)
    g_free (values[i]);
}

static void
read_entry (const guint8 *data, gsize size)
{
  g_autofree guint8 *copy = size > 0 ? g_memdup2 (data, size) : g_malloc (1);
  const guint8      *value = NULL;
  gsize              length = 0;
  gint64             expires = 0;
  g_autoptr (GError) error = NULL;

  if (!qs_state_entry_parse (copy, size, &value, &length, &expires, &error))
    g_assert (g_error_matches (error, QS_STATE_ERROR, QS_STATE_ERROR_MALFORMED));
  else
    g_assert (value >= copy && value + length == copy + size);

  qs_state_entry_get_time (copy, size, &expires);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  read_record ((Rest){ data, size });
  read_entry (data, size);

  return 0;
}

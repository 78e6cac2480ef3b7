/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-comparison-private.h"

#include "qs-headers.h"
#include "qs-record.h"
#include "qs-source-error.h"

/* Characters of a record in an error. */
#define MAX_TEXT 100

/* The records of one partition, in their order, each as a number that equal ones share. */
typedef GArray Sequence;

struct _QsComparison
{
  GHashTable *ids;       /* text of a record → its number + 1; owns the texts */
  GPtrArray  *texts;     /* by number; not owned */
  GPtrArray  *reference; /* of Sequence, by partition */
  gboolean    is_whole;  /* nothing comes after the reference */
};

/* The position in one partition's reference. */
typedef struct
{
  const Sequence *reference;
  const Sequence *records;
  guint           position; /* in reference: what should come next */
  guint           reached;  /* the greatest position so far */
} Walk;

static char *
bytes_to_text (GBytes *bytes)
{
  return bytes != NULL ? g_base64_encode (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes))
                       : g_strdup ("null");
}

static void
append_value (GString *text, GVariant *value)
{
  if (value == NULL)
    g_string_append (text, "null");
  else
    g_variant_print_string (value, text, FALSE);
}

/* All that has to be the same when a record comes once more, so not its timestamp. */
static char *
record_to_text (QsRecord *record)
{
  GString   *text = g_string_new ("key ");
  QsHeaders *headers = qs_record_get_headers (record);

  append_value (text, qs_record_get_key (record));
  g_string_append (text, ", value ");
  append_value (text, qs_record_get_value (record));
  for (guint i = 0; headers != NULL && i < qs_headers_get_length (headers); i++)
    {
      g_autoptr (GBytes) bytes = qs_headers_get_value (headers, i);
      g_autofree char *value = bytes_to_text (bytes);

      g_string_append_printf (text, ", %s %s", qs_headers_get_name (headers, i), value);
    }

  return g_string_free (text, FALSE);
}

static guint
get_id (QsComparison *self, QsRecord *record)
{
  char *text = record_to_text (record);
  guint found = GPOINTER_TO_UINT (g_hash_table_lookup (self->ids, text));

  if (found > 0)
    return g_free (text), found - 1;

  g_ptr_array_add (self->texts, text);
  g_hash_table_insert (self->ids, text, GUINT_TO_POINTER (self->texts->len));

  return self->texts->len - 1;
}

/* @records by partition, of which there are @n_partitions at least. transfer full */
static GPtrArray *
divide (QsComparison *self, GPtrArray *records, guint skip, guint n_partitions)
{
  GPtrArray *sequences = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);

  for (guint i = skip; i < records->len; i++)
    n_partitions = MAX (n_partitions, (guint) qs_record_get_partition (records->pdata[i]) + 1);
  for (guint i = 0; i < n_partitions; i++)
    g_ptr_array_add (sequences, g_array_new (FALSE, FALSE, sizeof (guint)));
  for (guint i = skip; i < records->len; i++)
    {
      guint id = get_id (self, records->pdata[i]);

      g_array_append_val ((GArray *) sequences->pdata[qs_record_get_partition (records->pdata[i])],
                          id);
    }

  return sequences;
}

QsComparison *
qs_comparison_new (GPtrArray *reference, gboolean is_whole)
{
  QsComparison *self = g_new0 (QsComparison, 1);

  self->ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->texts = g_ptr_array_new ();
  self->reference = divide (self, reference, 0, 0);
  self->is_whole = is_whole;

  return self;
}

void
qs_comparison_free (QsComparison *self)
{
  g_ptr_array_unref (self->reference);
  g_ptr_array_unref (self->texts);
  g_hash_table_unref (self->ids);
  g_free (self);
}

static guint
get (const Sequence *sequence, guint i)
{
  return g_array_index (sequence, guint, i);
}

/* How many records from @i on are those of the reference from @position on. */
static guint
count_equal (const Walk *self, guint i, guint position)
{
  guint n = 0;

  while (i + n < self->records->len && position + n < self->reference->len &&
         get (self->records, i + n) == get (self->reference, position + n))
    n++;

  return n;
}

/* Finds where the source continued with record @i: where most of the following records are equal,
 * and the last of these places; if no earlier place fits, the first place after it. FALSE:
 * nowhere. */
static gboolean
find_place (const Walk *self, guint i, guint *place)
{
  guint longest = 0;

  for (guint position = 0; position < self->reference->len; position++)
    {
      guint n = count_equal (self, i, position);

      if (n == 0 || (position > self->reached && longest > 0))
        continue;
      if (n >= longest)
        *place = position;
      longest = MAX (longest, n);
    }

  return longest > 0;
}

static char *
shorten (const char *text)
{
  const char *end = text;

  for (guint i = 0; i < MAX_TEXT && *end != '\0'; i++)
    end = g_utf8_next_char (end);

  return *end == '\0' ? g_strdup (text) : g_strdup_printf ("%.*s…", (int) (end - text), text);
}

/* Sets @error to what is wrong with record @i, after which the source was at @place. */
static void
set_problem (QsComparison *self,
             const Walk   *walk,
             guint         i,
             gboolean      is_known,
             guint         place,
             GError      **error)
{
  guint            id = is_known ? get (walk->reference, walk->reached) : get (walk->records, i);
  g_autofree char *text = shorten (self->texts->pdata[id]);

  if (is_known)
    g_set_error (error,
                 QS_SOURCE_ERROR,
                 QS_SOURCE_ERROR_FAILED,
                 "%u records were missing; the first of them is number %u, %s",
                 place - walk->reached,
                 walk->reached + 1,
                 text);
  else
    g_set_error (error,
                 QS_SOURCE_ERROR,
                 QS_SOURCE_ERROR_FAILED,
                 "A record came that is not one of the undisturbed run: number %u, %s",
                 i + 1,
                 text);
}

static gboolean
go_through (QsComparison *self, Walk *walk, QsDifference *difference, GError **error)
{
  for (guint i = 0; i < walk->records->len; i++)
    {
      gboolean is_next = walk->position < walk->reference->len &&
                         get (walk->records, i) == get (walk->reference, walk->position);
      guint place = walk->position;

      /* The records after the reference are unknown. */
      if (!self->is_whole && walk->position == walk->reference->len)
        break;

      if (!is_next)
        {
          gboolean is_known = find_place (walk, i, &place);

          if (!is_known || place > walk->reached)
            {
              difference->lost += is_known ? place - walk->reached : 0;
              set_problem (self, walk, i, is_known, place, error);
              return FALSE;
            }
          difference->n_returns++;
        }

      if (place < walk->reached)
        difference->duplicated++;
      walk->position = place + 1;
      walk->reached = MAX (walk->reached, walk->position);
    }

  if (walk->reached < walk->reference->len)
    difference->is_complete = FALSE;

  return TRUE;
}

gboolean
qs_comparison_compare (QsComparison *self,
                       GPtrArray    *records,
                       guint         skip,
                       QsDifference *difference,
                       GError      **error)
{
  g_autoptr (GPtrArray) sequences = divide (self, records, skip, self->reference->len);

  *difference = (QsDifference){ .is_complete = TRUE };
  for (guint i = 0; i < sequences->len; i++)
    {
      g_autoptr (GArray) none = g_array_new (FALSE, FALSE, sizeof (guint));
      Walk one = {
        .reference = i < self->reference->len ? self->reference->pdata[i] : none,
        .records = sequences->pdata[i],
      };

      if (!go_through (self, &one, difference, error))
        return FALSE;
    }

  return TRUE;
}

char *
qs_comparison_dup_missing (QsComparison *self, GPtrArray *records, guint skip)
{
  g_autoptr (GPtrArray) sequences = divide (self, records, skip, self->reference->len);

  for (guint i = 0; i < self->reference->len; i++)
    {
      QsDifference difference = { 0 };
      Walk         one = { .reference = self->reference->pdata[i], .records = sequences->pdata[i] };

      if (go_through (self, &one, &difference, NULL) && one.reached < one.reference->len)
        return shorten (self->texts->pdata[get (one.reference, one.reached)]);
    }

  return NULL;
}

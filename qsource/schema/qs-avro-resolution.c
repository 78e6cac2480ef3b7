/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-avro-resolution-private.h"

#include <string.h>

#include "qs-avro-codec-private.h"

/* A type of the writer's as one of the reader's, and the node that says how. */
typedef struct
{
  const QsAvroNode *written;
  const QsAvroNode *wanted;
  QsAvroNode       *node; /* owned by the resolution */
} Pair;

struct _QsAvroResolution
{
  QsAvroSchema *written;
  QsAvroSchema *wanted;
  GPtrArray    *nodes;   /* QsAvroNode; owned */
  GPtrArray    *reasons; /* char *; owned */
  GHashTable   *pairs;   /* Pair as a set; owned; only while it is made */
  GQueue        open;    /* Pair, whose node is still empty; not owned */
  QsAvroNode   *root;
};

static guint
hash_pair (gconstpointer data)
{
  const Pair *pair = data;

  return g_direct_hash (pair->written) * 31 + g_direct_hash (pair->wanted);
}

static gboolean
are_pairs_equal (gconstpointer a, gconstpointer b)
{
  const Pair *one = a;
  const Pair *other = b;

  return one->written == other->written && one->wanted == other->wanted;
}

/* -------- what matches -------- */

static const char *
get_last_part (const char *name)
{
  const char *dot = strrchr (name, '.');

  return dot != NULL ? dot + 1 : name;
}

/* Namespaces don't matter, as the specification has it. */
static gboolean
has_name (const char *name, const GPtrArray *aliases, const char *written)
{
  const char *last = get_last_part (written);

  if (g_str_equal (get_last_part (name), last))
    return TRUE;
  for (guint i = 0; aliases != NULL && i < aliases->len; i++)
    if (g_str_equal (get_last_part (aliases->pdata[i]), last))
      return TRUE;

  return FALSE;
}

/* Two units, or two scales, would make another number of it. */
static gboolean
have_same_meaning (const QsAvroNode *written, const QsAvroNode *wanted)
{
  if (written->logical == QS_AVRO_PLAIN || wanted->logical == QS_AVRO_PLAIN)
    return TRUE;

  return written->logical == wanted->logical && written->scale == wanted->scale;
}

/* Both have no types in them. */
static gboolean
is_promoted (const QsAvroNode *written, const QsAvroNode *wanted)
{
  switch ((int) written->type)
    {
    case QS_AVRO_INT:
      return wanted->type == QS_AVRO_LONG || wanted->type == QS_AVRO_FLOAT ||
             wanted->type == QS_AVRO_DOUBLE;

    case QS_AVRO_LONG:
      return wanted->type == QS_AVRO_FLOAT || wanted->type == QS_AVRO_DOUBLE;

    case QS_AVRO_FLOAT:
      return wanted->type == QS_AVRO_DOUBLE;

    case QS_AVRO_STRING:
      return wanted->type == QS_AVRO_BYTES && wanted->logical == QS_AVRO_PLAIN;

    case QS_AVRO_BYTES:
      return wanted->type == QS_AVRO_STRING && written->logical == QS_AVRO_PLAIN;

    default:
      return FALSE;
    }
}

/* Whether a value of the one may be one of the other; of records, fields aren't asked. */
static gboolean
is_match (const QsAvroNode *written, const QsAvroNode *wanted)
{
  while (written->type == wanted->type &&
         (written->type == QS_AVRO_ARRAY || written->type == QS_AVRO_MAP))
    {
      written = written->types->pdata[0];
      wanted = wanted->types->pdata[0];
    }

  if (written->type == QS_AVRO_UNION || wanted->type == QS_AVRO_UNION)
    return TRUE;
  if (!have_same_meaning (written, wanted))
    return FALSE;
  if (written->type != wanted->type)
    return is_promoted (written, wanted);

  return written->name == NULL ||
         (written->size == wanted->size && has_name (wanted->name, wanted->aliases, written->name));
}

/* Whether there is nothing to choose: the same type, by its full name if it has one. */
static gboolean
is_same (const QsAvroNode *written, const QsAvroNode *wanted)
{
  return written->type == wanted->type && g_strcmp0 (written->name, wanted->name) == 0 &&
         is_match (written, wanted);
}

/* The branch of the reader's union that takes it; NULL: none. */
static const QsAvroNode *
choose_branch (const QsAvroNode *written, const QsAvroNode *wanted)
{
  for (guint i = 0; i < wanted->types->len; i++)
    if (is_same (written, wanted->types->pdata[i]))
      return wanted->types->pdata[i];
  for (guint i = 0; i < wanted->types->len; i++)
    if (is_match (written, wanted->types->pdata[i]))
      return wanted->types->pdata[i];

  return NULL;
}

/* -------- how it is read -------- */

static QsAvroNode *
add_node (QsAvroResolution *self, QsAvroType type)
{
  QsAvroNode *node = g_new0 (QsAvroNode, 1);

  node->type = type;
  g_ptr_array_add (self->nodes, node);

  return node;
}

/* Takes @reason. */
static void
set_mismatch (QsAvroResolution *self, QsAvroNode *node, char *reason)
{
  node->type = QS_AVRO_MISMATCH;
  node->reason = reason;
  g_ptr_array_add (self->reasons, reason);
}

/* The node of two types, which is filled later: types may lie in themselves. */
static QsAvroNode *
resolve (QsAvroResolution *self, const QsAvroNode *written, const QsAvroNode *wanted)
{
  const Pair wish = { written, wanted, NULL };
  Pair      *pair = g_hash_table_lookup (self->pairs, &wish);

  if (pair == NULL)
    {
      pair = g_memdup2 (&wish, sizeof wish);
      pair->node = add_node (self, written->type);
      g_hash_table_add (self->pairs, pair);
      g_queue_push_tail (&self->open, pair);
    }

  return pair->node;
}

/* The place of the writer's field that becomes @field, counted from 1; 0: there is none. */
static guint
find_written (const QsAvroNode *written, const QsAvroField *field)
{
  guint place = 0;

  if (written->places == NULL)
    return 0;

  place = GPOINTER_TO_UINT (g_hash_table_lookup (written->places, field->name));
  for (guint i = 0; place == 0 && field->aliases != NULL && i < field->aliases->len; i++)
    place = GPOINTER_TO_UINT (g_hash_table_lookup (written->places, field->aliases->pdata[i]));

  return place;
}

/* A field that only the reader has: its default is kept as it would be written. */
static void
add_default (QsAvroResolution *self, QsAvroNode *node, const QsAvroField *wanted)
{
  QsAvroField field = { 0 };
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autoptr (GError) error = NULL;

  field.name = g_strdup (wanted->name);
  field.type = wanted->type;
  if (wanted->fallback == NULL || !qs_avro_encode (wanted->type, wanted->fallback, out, &error))
    {
      field.type = add_node (self, QS_AVRO_MISMATCH);
      set_mismatch (
          self,
          field.type,
          error != NULL
              ? g_strdup_printf ("the reader's default does not fit: %s", error->message)
              : g_strdup_printf ("was not written, and the reader's schema has no default "
                                 "for this %s",
                                 qs_avro_type_get_name (wanted->type->type)));
    }
  field.encoded = g_byte_array_free_to_bytes (g_steal_pointer (&out));
  g_array_append_val (node->fields, field);
}

/* The fields as they are written, then those that only the reader has. */
static void
fill_record (QsAvroResolution *self,
             QsAvroNode       *node,
             const QsAvroNode *written,
             const QsAvroNode *wanted)
{
  guint                          n = written->fields->len;
  g_autofree const QsAvroField **takers = g_new0 (const QsAvroField *, n + 1);

  node->fields = g_array_sized_new (FALSE, TRUE, sizeof (QsAvroField), n);
  for (guint i = 0; i < wanted->fields->len; i++)
    {
      const QsAvroField *field = &g_array_index (wanted->fields, QsAvroField, i);
      guint              place = find_written (written, field);

      /* Two that go by the same old name: the first one has it. */
      if (place > 0 && takers[place - 1] == NULL)
        takers[place - 1] = field;
    }

  for (guint i = 0; i < n; i++)
    {
      const QsAvroField *source = &g_array_index (written->fields, QsAvroField, i);
      const QsAvroField *taker = takers[i];
      QsAvroField        field = { 0 };

      field.name = g_strdup (taker != NULL ? taker->name : source->name);
      field.type = taker != NULL ? resolve (self, source->type, taker->type) : source->type;
      field.is_skipped = taker == NULL;
      g_array_append_val (node->fields, field);
    }

  for (guint i = 0; i < wanted->fields->len; i++)
    {
      const QsAvroField *field = &g_array_index (wanted->fields, QsAvroField, i);
      guint              place = find_written (written, field);

      if (place == 0 || takers[place - 1] != field)
        add_default (self, node, field);
    }
}

static void
fill_enum (QsAvroNode *node, const QsAvroNode *written, const QsAvroNode *wanted)
{
  node->written = written;
  node->symbols = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < written->symbols->len; i++)
    {
      const char *symbol = written->symbols->pdata[i];

      if (wanted->places == NULL || !g_hash_table_contains (wanted->places, symbol))
        symbol = wanted->fallback;
      g_ptr_array_add (node->symbols, g_strdup (symbol));
    }
}

static QsAvroPromotion
get_promotion (const QsAvroNode *written, const QsAvroNode *wanted)
{
  if (wanted->type == QS_AVRO_FLOAT || wanted->type == QS_AVRO_DOUBLE)
    return QS_AVRO_AS_REAL;
  if (written->type == QS_AVRO_STRING && wanted->type == QS_AVRO_BYTES)
    return QS_AVRO_AS_BYTES;
  if (written->type == QS_AVRO_BYTES && wanted->type == QS_AVRO_STRING)
    return QS_AVRO_AS_STRING;

  return QS_AVRO_AS_WRITTEN;
}

/* Of types that match, and are no unions. */
static void
fill_match (QsAvroResolution *self,
            QsAvroNode       *node,
            const QsAvroNode *written,
            const QsAvroNode *wanted)
{
  node->name = g_strdup (wanted->name);
  node->size = wanted->size;
  node->logical = wanted->logical;
  node->precision = wanted->precision;
  node->scale = wanted->scale;
  node->promotion = get_promotion (written, wanted);

  if (written->type == QS_AVRO_RECORD)
    fill_record (self, node, written, wanted);
  else if (written->type == QS_AVRO_ENUM)
    fill_enum (node, written, wanted);
  else if (written->types != NULL)
    {
      node->types = g_ptr_array_new ();
      g_ptr_array_add (node->types,
                       resolve (self, written->types->pdata[0], wanted->types->pdata[0]));
    }
}

static void
fill (QsAvroResolution *self, const Pair *pair)
{
  const QsAvroNode *written = pair->written;
  const QsAvroNode *taker = pair->wanted;

  /* Each record says which branch it is. */
  if (written->type == QS_AVRO_UNION)
    {
      pair->node->types = g_ptr_array_new ();
      for (guint i = 0; i < written->types->len; i++)
        g_ptr_array_add (pair->node->types, resolve (self, written->types->pdata[i], taker));
      return;
    }

  if (taker->type == QS_AVRO_UNION)
    taker = choose_branch (written, taker);
  else if (!is_match (written, taker))
    taker = NULL;

  if (taker != NULL)
    fill_match (self, pair->node, written, taker);
  else
    {
      g_autofree char *want = qs_avro_node_describe_full (pair->wanted);
      g_autofree char *got = qs_avro_node_describe_full (written);

      set_mismatch (
          self, pair->node, g_strdup_printf ("expected %s, but it was written as %s", want, got));
    }
}

QsAvroResolution *
qs_avro_resolution_new (QsAvroSchema *written, QsAvroSchema *wanted)
{
  QsAvroResolution *self = g_new0 (QsAvroResolution, 1);
  Pair             *pair = NULL;

  self->written = qs_avro_schema_ref (written);
  self->wanted = qs_avro_schema_ref (wanted);
  self->nodes = g_ptr_array_new_with_free_func ((GDestroyNotify) qs_avro_node_free);
  self->reasons = g_ptr_array_new_with_free_func (g_free);
  self->pairs = g_hash_table_new_full (hash_pair, are_pairs_equal, g_free, NULL);
  g_queue_init (&self->open);

  self->root = resolve (self, qs_avro_schema_get_root (written), qs_avro_schema_get_root (wanted));
  /* Resolves one after the other, to any depth without recursion. */
  while ((pair = g_queue_pop_head (&self->open)) != NULL)
    fill (self, pair);
  g_clear_pointer (&self->pairs, g_hash_table_unref);

  return self;
}

void
qs_avro_resolution_free (QsAvroResolution *self)
{
  g_ptr_array_unref (self->nodes);
  g_ptr_array_unref (self->reasons);
  qs_avro_schema_unref (self->written);
  qs_avro_schema_unref (self->wanted);
  g_free (self);
}

const QsAvroNode *
qs_avro_resolution_get_root (QsAvroResolution *self)
{
  return self->root;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What becomes of the types of GVariants; see test_values_table.py.   program DIRECTORY */

#include <locale.h>

#include <qsource/qsource.h>

/* In GVariant's own text, or what make() knows. */
static const char *const values[] = {
  "NULL",
  "@mv nothing",
  "@mi nothing",
  "@mi 5",
  "true",
  "byte 0x05",
  "int16 5",
  "uint16 5",
  "5",
  "uint32 5",
  "handle 0",
  "int64 9223372036854775807",
  "uint64 18446744073709551615",
  "2.5",
  "-0.0",
  "nan",
  "'text ü'",
  "''",
  "objectpath '/a'",
  "signature 's'",
  "b'bytes'",
  "[byte 0x61, 0x62]",
  "['a', 'b']",
  "@as []",
  "[1, 2]",
  "[<1>, <'a'>]",
  "(1, 'a')",
  "()",
  "{'a': <1>}",
  "{'a': 1}",
  "@a{sv} {}",
  "{1: 2}",
  "{'a', 1}",
  "<<5>>",
  "{'a': <@mv nothing>}",
  "[<b'bytes'>]",
  "nested 40 deep",
  "nested 41 deep",
};

#define TYPE_TELL tell_get_type ()
G_DECLARE_FINAL_TYPE (Tell, tell, TEST, TELL, QsStatefulSource)

struct _Tell
{
  QsStatefulSource parent_instance;
};

G_DEFINE_FINAL_TYPE (Tell, tell, QS_TYPE_STATEFUL_SOURCE)

/* What a record was made of; nothing where it was refused. */
typedef struct
{
  GBytes *key;
  GBytes *value;
} Parts;

static GVariant *
make (const char *name)
{
  GVariant *value = NULL;
  guint64   depth = 0;

  if (g_str_equal (name, "NULL"))
    return NULL;
  if (!g_str_has_prefix (name, "nested "))
    return g_variant_ref_sink (g_variant_new_parsed (name));

  value = g_variant_new_int32 (1);
  for (depth = g_ascii_strtoull (name + strlen ("nested "), NULL, 10); depth > 0; depth--)
    {
      GVariant *item = g_variant_new_variant (value);

      value = g_variant_new_array (G_VARIANT_TYPE_VARIANT, &item, 1);
    }
  return g_variant_ref_sink (value);
}

static char *
shorten (const char *text)
{
  g_autofree char *begin = NULL;
  glong            length = g_utf8_strlen (text, -1);

  if (length <= 40)
    return g_strdup (text);
  begin = g_utf8_substring (text, 0, 18);
  return g_strconcat (begin, "…", g_utf8_offset_to_pointer (text, length - 6), NULL);
}

static char *
show_bytes (GBytes *bytes)
{
  gsize       length = 0;
  const char *data = bytes != NULL ? g_bytes_get_data (bytes, &length) : NULL;
  g_autoptr (GString) whole = g_string_new (NULL);

  if (bytes == NULL)
    return g_strdup ("null");
  for (gsize i = 0; i < length; i++)
    if (data[i] == '\0')
      g_string_append (whole, "\\0");
    else
      g_string_append_c (whole, data[i]);
  return shorten (whole->str);
}

static char *
show (GVariant *value)
{
  g_autofree char *text = value != NULL ? g_variant_print (value, TRUE) : g_strdup ("NULL");

  return shorten (text);
}

/* Takes @text, or tells the error. */
static void
tell (GVariantDict *told, const char *place, char *text, const GError *error)
{
  g_autofree char *is = text;
  GVariantDict     result = G_VARIANT_DICT_INIT (NULL);

  if (is != NULL)
    g_variant_dict_insert (&result, "is", "s", is);
  else
    g_variant_dict_insert (&result, "refused", "s", error->message);
  g_variant_dict_insert_value (told, place, g_variant_dict_end (&result));
}

static void
say (GVariantDict *told)
{
  g_autoptr (GVariant) line = g_variant_ref_sink (g_variant_dict_end (told));
  g_autofree char *text = qs_json_to_string (line, NULL);

  g_print ("%s\n", text);
}

/* The message of a value, or of a key. */
static GBytes *
tell_part (Tell *self, GVariantDict *told, const char *place, GVariant *key, GVariant *value)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsMessage) message =
      qs_source_serialize (QS_SOURCE (self), key, value, NULL, 0, &error);
  GBytes *bytes = NULL;

  if (message != NULL)
    bytes =
        g_str_equal (place, "key") ? qs_message_get_key (message) : qs_message_get_value (message);
  tell (told, place, message != NULL ? show_bytes (bytes) : NULL, error);
  return bytes != NULL ? g_bytes_ref (bytes) : NULL;
}

static gboolean
tell_state (Tell *self, GVariantDict *told, GVariant *value, GError **error)
{
  g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (self), error);
  g_autoptr (GVariant) kept = NULL;
  g_autoptr (GVariant) nothing =
      g_variant_ref_sink (g_variant_new_maybe (G_VARIANT_TYPE ("v"), NULL));
  g_autoptr (GError) refusal = NULL;

  if (state == NULL)
    return FALSE;
  if (qs_state_set (state, "k", value != NULL ? value : nothing, &refusal))
    kept = qs_state_get (state, "k", &refusal);
  tell (told, "state", kept != NULL ? show (kept) : NULL, refusal);
  return TRUE;
}

static gboolean
tell_run (QsSource *source, GError **error)
{
  Tell *self = TEST_TELL (source);

  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autoptr (GVariant) value = make (values[i]);
      g_autoptr (GBytes) data = NULL;
      g_autoptr (GBytes) key = NULL;
      g_autoptr (GBytes) name = g_bytes_new_static (values[i], strlen (values[i]));
      g_autoptr (QsHeaders) headers = qs_headers_new ();
      g_autoptr (QsMessage) message = NULL;
      GVariantDict told = G_VARIANT_DICT_INIT (NULL);

      g_variant_dict_insert (&told, "value", "s", values[i]);
      data = tell_part (self, &told, "record", NULL, value);
      key = tell_part (self, &told, "key", value, NULL);
      if (!tell_state (self, &told, value, error))
        return FALSE;
      say (&told);
      qs_headers_append (headers, "value", name);
      message = qs_message_new (key, data, headers, 0, -1);
      if ((data != NULL || value == NULL) && !qs_source_produce (source, message, error))
        return FALSE;
    }
  return TRUE;
}

static void
tell_class_init (TellClass *klass)
{
  QS_SOURCE_CLASS (klass)->run = tell_run;
}

static void
tell_init (Tell *self)
{
}

static gboolean
read_cb (GVariant *value, QsRecord *record, gpointer user_data, GError **error)
{
  GVariantDict told = G_VARIANT_DICT_INIT (NULL);
  GBytes      *name = qs_headers_get_value (qs_record_get_headers (record), 0);
  g_autoptr (GBytes) key_bytes = qs_record_dup_key_bytes (record);
  g_autofree char *key = show_bytes (key_bytes);
  g_autofree char *text = show (value);

  g_variant_dict_insert_value (&told,
                               "read",
                               g_variant_new_take_string (g_strndup (g_bytes_get_data (name, NULL),
                                                                     g_bytes_get_size (name))));
  g_variant_dict_insert (&told, "value", "s", text);
  g_variant_dict_insert (&told, "key", "s", key);
  say (&told);
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (QsApplication) app = qs_application_new ("embedded");
  g_autoptr (QsBaseSource) source = g_object_new (TYPE_TELL, "name", "values", NULL);
  g_autoptr (QsDataframe) dataframe = NULL;
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");
  g_object_set (app,
                "state-dir",
                argv[1],
                "auto-offset-reset",
                QS_AUTO_OFFSET_RESET_EARLIEST,
                "drain",
                TRUE,
                NULL);
  dataframe = qs_application_dataframe (app, NULL, source, &error);
  if (dataframe != NULL)
    qs_dataframe_update (dataframe, read_cb, NULL, NULL);
  if (dataframe == NULL || !qs_application_run (app, NULL, &error))
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }
  return 0;
}

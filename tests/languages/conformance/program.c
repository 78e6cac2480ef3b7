/* SPDX-License-Identifier: LGPL-2.1-or-later
 * The conformance suite's program in C.   program BEHAVIOUR NAME */

#include <locale.h>
#include <qsource/qsource.h>

static const char *behaviour;
static const char *source_name;

static gboolean
is (const char *name)
{
  return g_str_equal (behaviour, name);
}

/* FALSE, with an error, if it is the turn of @where to fail. */
static gboolean
check (const char *where, GError **error)
{
  if (!g_str_has_prefix (behaviour, "error-") || !g_str_equal (behaviour + 6, where))
    return TRUE;

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "broken in %s", where);
  return FALSE;
}

G_DECLARE_FINAL_TYPE (Brackets, brackets, TEST, BRACKETS, GObject)

struct _Brackets
{
  GObject parent_instance;
};

static GBytes *
brackets_serialize (QsSerializer *serializer, GVariant *value, GError **error)
{
  char *text = NULL;

  if (!check ("serialize", error))
    return NULL;

  text = g_strdup_printf ("<%s>", g_variant_get_string (value, NULL));
  return g_bytes_new_take (text, strlen (text));
}

static void
serializer_init (QsSerializerInterface *iface)
{
  iface->serialize = brackets_serialize;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (Brackets,
                               brackets,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (QS_TYPE_SERIALIZER, serializer_init))

static void
brackets_class_init (BracketsClass *klass)
{
}

static void
brackets_init (Brackets *self)
{
}

/* Of values that JSON has no word for. */
G_DECLARE_FINAL_TYPE (Pairs, pairs, TEST, PAIRS, GObject)

struct _Pairs
{
  GObject parent_instance;
};

static GBytes *
pairs_serialize (QsSerializer *serializer, GVariant *value, GError **error)
{
  char *text = g_variant_print (value, TRUE);

  return g_bytes_new_take (text, strlen (text));
}

static GVariant *
pairs_deserialize (QsSerializer *serializer, GBytes *bytes, GError **error)
{
  const char *text = g_bytes_get_data (bytes, NULL);

  return g_variant_parse (NULL, text, text + g_bytes_get_size (bytes), NULL, error);
}

static void
pairs_serializer_init (QsSerializerInterface *iface)
{
  iface->serialize = pairs_serialize;
  iface->deserialize = pairs_deserialize;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (Pairs,
                               pairs,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (QS_TYPE_SERIALIZER, pairs_serializer_init))

static void
pairs_class_init (PairsClass *klass)
{
}

static void
pairs_init (Pairs *self)
{
}

G_DECLARE_FINAL_TYPE (Conformance, conformance, TEST, CONFORMANCE, QsStatefulSource)

struct _Conformance
{
  QsStatefulSource parent_instance;
};

G_DEFINE_FINAL_TYPE (Conformance, conformance, QS_TYPE_STATEFUL_SOURCE)

static gboolean
conformance_configure (QsBaseSource *source, QsTopic *topic, QsProducer *producer, GError **error)
{
  return check ("configure", error);
}

static gboolean deliver (QsSource *source, GError **error);

static gboolean
on_time_cb (gpointer user_data)
{
  QsBaseSource *source = user_data;
  g_autoptr (GError) error = NULL;

  if (is ("fail"))
    g_set_error_literal (&error, G_IO_ERROR, G_IO_ERROR_FAILED, "broken in a callback");
  else if (deliver (QS_SOURCE (source), &error))
    qs_base_source_stop (source);
  if (error != NULL)
    qs_base_source_fail (source, error);

  return G_SOURCE_REMOVE;
}

static gboolean
conformance_setup (QsBaseSource *source, GError **error)
{
  if (is ("handlers") || is ("fail"))
    g_timeout_add (1, on_time_cb, source);
  if (!is ("connect-failure"))
    return check ("setup", error);

  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "no client");
  return FALSE;
}

static QsTopic *
conformance_default_topic (QsBaseSource *source)
{
  if (is ("error-default-topic"))
    return NULL;

  return QS_BASE_SOURCE_CLASS (conformance_parent_class)->default_topic (source);
}

static gboolean
conformance_start (QsBaseSource *source, GError **error)
{
  return check ("start", error) &&
         QS_BASE_SOURCE_CLASS (conformance_parent_class)->start (source, error);
}

static gboolean
conformance_cleanup (QsSource *source, gboolean failed, GError **error)
{
  g_print ("cleanup %s\n", failed ? "true" : "false");

  return check ("cleanup", error) &&
         QS_SOURCE_CLASS (conformance_parent_class)->cleanup (source, failed, error);
}

static gboolean
conformance_flush (QsSource *source, double timeout, GError **error)
{
  return check ("flush", error) &&
         QS_SOURCE_CLASS (conformance_parent_class)->flush (source, timeout, error);
}

static gboolean
produce_text (QsSource *source, const char *key, const char *value, GError **error)
{
  return qs_source_produce_data (source,
                                 (const guint8 *) key,
                                 key != NULL ? strlen (key) : 0,
                                 (const guint8 *) value,
                                 value != NULL ? strlen (value) : 0,
                                 0,
                                 error);
}

static gboolean
deliver (QsSource *source, GError **error)
{
  return produce_text (source, "k", "v0", error) && produce_text (source, "k", "v1", error) &&
         produce_text (source, "k", "v2", error);
}

static gboolean
produce_with_headers (QsSource *source, GError **error)
{
  g_autoptr (QsHeaders) headers = qs_headers_new ();
  g_autoptr (GBytes) one = g_bytes_new_static ("1", 1);
  g_autoptr (GBytes) two = g_bytes_new_static ("2", 1);
  g_autoptr (GBytes) value = g_bytes_new_static ("v", 1);
  g_autoptr (QsMessage) message = NULL;

  qs_headers_append (headers, "a", one);
  qs_headers_append (headers, "b", NULL);
  qs_headers_append (headers, "a", two);
  message = qs_message_new (NULL, value, headers, 0, -1);

  return qs_source_produce (source, message, error);
}

static gboolean
produce_count (QsSource *source, GError **error)
{
  g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (source), error);
  g_autofree char *text = NULL;
  gint64           n = 0;

  if (state == NULL)
    return FALSE;

  n = qs_state_get_int64 (state, "n", 0, NULL) + 1;
  text = g_strdup_printf ("%" G_GINT64_FORMAT, n);

  return qs_state_set (state, "n", g_variant_new_int64 (n), error) &&
         produce_text (source, NULL, text, error);
}

static gboolean
expire (QsSource *source, GError **error)
{
  QsStatefulSource *stateful = QS_STATEFUL_SOURCE (source);
  g_autoptr (QsState) state = qs_stateful_source_get_state (stateful, error);
  g_autoptr (QsState) next = NULL;
  g_autoptr (GVariant) value = NULL;

  if (state == NULL || !qs_state_set_with_ttl (state, "k", g_variant_new_int64 (1), 0.05, error))
    return FALSE;
  g_print ("before %d\n", (int) qs_state_get_int64 (state, "k", 0, NULL));

  if (!qs_source_flush (source, -1, error))
    return FALSE;
  qs_base_source_wait (QS_BASE_SOURCE (source), 0.2);

  next = qs_stateful_source_get_state (stateful, error);
  value = next != NULL ? qs_state_get (next, "k", error) : NULL;
  g_print ("after %s\n", value == NULL ? "null" : "there");
  return next != NULL;
}

/* As text, since a GVariant has no NUL. */
static gboolean
keep_exactly (QsSource *source, GError **error)
{
  static const guint8 key[] = "\"a\\u0000b\"", first[] = "k\0a", second[] = "k\0b",
                      value[] = "[1,2]";
  static const guint8 text[] = "{\"t\":\"a\\u0000b\",\"n\":9007199254740993}";
  QsTopic            *topic = qs_base_source_get_topic (QS_BASE_SOURCE (source));
  g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (source), error);
  g_autoptr (QsMessage) message =
      qs_topic_serialize_json (topic, key, sizeof key - 1, text, sizeof text - 1, NULL, 0, error);
  g_autoptr (GBytes) one = NULL;
  g_autoptr (GBytes) two = NULL;

  if (message == NULL || state == NULL || !qs_source_produce (source, message, error) ||
      !qs_state_set_json (state, first, 3, value + 1, 1, -1, error) ||
      !qs_state_set_json (state, second, 3, value + 3, 1, -1, error) ||
      !qs_state_set (state, "v", g_variant_new_int64 (G_GINT64_CONSTANT (9007199254740993)), error))
    return FALSE;

  one = qs_state_get_data (state, first, 3, error);
  two = qs_state_get_data (state, second, 3, error);
  g_print ("keys %.1s %.1s\n",
           (const char *) g_bytes_get_data (one, NULL),
           (const char *) g_bytes_get_data (two, NULL));
  g_print ("exact %s\n",
           qs_state_get_int64 (state, "v", 0, NULL) == G_GINT64_CONSTANT (9007199254740993)
               ? "true"
               : "false");
  return TRUE;
}

static gboolean
list_keys (QsSource *source, GError **error)
{
  static const guint8 first[] = "k\0a", second[] = "k\0b", value[] = "1";
  g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (source), error);
  g_autoptr (GVariant) keys = NULL;
  g_autoptr (GString) line = g_string_new ("keys");

  if (state == NULL || !qs_state_set_json (state, second, 3, value, 1, -1, error) ||
      !qs_state_set_json (state, first, 3, value, 1, -1, error))
    return FALSE;

  keys = qs_state_list_data (state, first, 1, error);
  if (keys == NULL)
    return FALSE;

  for (gsize i = 0; i < g_variant_n_children (keys); i++)
    {
      g_autoptr (GVariant) key = g_variant_get_child_value (keys, i);
      const char *data = g_variant_get_data (key);

      g_string_append_printf (line, " %s%%0%.1s", data, data + 2);
    }
  g_print ("%s\n", line->str);
  return TRUE;
}

static GVariant *
make_pair (void)
{
  return g_variant_ref_sink (g_variant_new ("(sx)", "a", (gint64) 5));
}

static gboolean
refuse_deep (QsSource *source, GError **error)
{
  GVariant *value = g_variant_new_int32 (1);
  g_autoptr (GVariant) sunk = NULL;
  g_autoptr (QsMessage) message = NULL;
  g_autoptr (GError) refusal = NULL;

  for (int i = 0; i < 1000; i++)
    {
      GVariant *item = g_variant_new_variant (value);

      value = g_variant_new_array (G_VARIANT_TYPE_VARIANT, &item, 1);
    }
  sunk = g_variant_ref_sink (value);
  message = qs_source_serialize (source, NULL, sunk, NULL, 0, &refusal);
  if (message == NULL)
    g_print ("refused: %s\n", refusal->message);
  return deliver (source, error);
}

static gboolean
store_null (QsSource *source, GError **error)
{
  g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (source), error);
  g_autoptr (GVariant) value = NULL;

  if (state == NULL ||
      !qs_state_set (state, "k", g_variant_new_maybe (G_VARIANT_TYPE_VARIANT, NULL), error))
    return FALSE;

  value = qs_state_get_with_fallback (state, "k", g_variant_new_string ("fallback"), error);
  if (value == NULL)
    return FALSE;
  g_print ("stored %s\n", g_variant_is_of_type (value, G_VARIANT_TYPE_MAYBE) ? "null" : "fallback");
  g_print ("there %s\n", qs_state_contains (state, "k", error) ? "true" : "false");
  return TRUE;
}

static gboolean
produce_bad (QsSource *source, GError **error)
{
  return qs_source_produce_value (source, NULL, g_variant_new_bytestring ("x"), error);
}

static gboolean
produce_numbers (QsSource *source, GError **error)
{
  for (int i = 1; i <= 4; i++)
    if (!qs_source_produce_value (source, NULL, g_variant_new_int64 (i), error))
      return FALSE;

  return TRUE;
}

static QsVerdict
is_even_cb (GVariant *value, QsRecord *record, gpointer user_data, GError **error)
{
  return g_variant_get_int64 (value) % 2 == 0 ? QS_VERDICT_KEEP : QS_VERDICT_DROP;
}

static QsVerdict
nothing_cb (GVariant *value, QsRecord *record, gpointer user_data, GError **error)
{
  return 0;
}

static gboolean
compare_cb (GVariant *value, QsRecord *record, gpointer user_data, GError **error)
{
  g_autoptr (GVariant) pair = make_pair ();

  g_print ("own %s\n", g_variant_equal (value, pair) ? "true" : "false");
  return TRUE;
}

static GVariant *
multiply_cb (GVariant *value, QsRecord *record, gpointer user_data, GError **error)
{
  if (!check ("dataframe", error))
    return NULL;

  return g_variant_ref_sink (g_variant_new_int64 (g_variant_get_int64 (value) * 10));
}

static gboolean
do_behaviour (QsSource *source, GError **error)
{
  if (is ("serialize"))
    {
      GVariant *value = g_variant_new_parsed ("{'a': <[<@x 1>, <@mv nothing>, <2.5>, <'ü'>, "
                                              "<true>, <@x 1099511627776>]>}");
      return qs_source_produce_value (source, g_variant_new_string ("k"), value, error);
    }
  if (is ("custom-serializer") || is ("error-serialize"))
    return qs_source_produce_value (source, NULL, g_variant_new_string ("x"), error);
  if (is ("exact"))
    return keep_exactly (source, error);
  if (is ("keys"))
    return list_keys (source, error);
  if (is ("own-values"))
    {
      g_autoptr (GVariant) pair = make_pair ();

      return qs_source_produce_value (source, NULL, pair, error);
    }
  if (is ("too-deep"))
    return refuse_deep (source, error);
  if (is ("nothing"))
    return produce_text (source, NULL, "1", error);
  if (is ("handlers") || is ("fail"))
    return QS_SOURCE_CLASS (conformance_parent_class)->run (source, error);
  if (is ("error-domain"))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "it is gone");
      return FALSE;
    }
  if (is ("stored-null"))
    return store_null (source, error);
  if (is ("refused"))
    {
      QsTopic *topic = qs_base_source_get_topic (QS_BASE_SOURCE (source));
      g_autoptr (GError) refusal = NULL;
      g_autoptr (QsMessage) message =
          qs_topic_serialize (topic, NULL, g_variant_new_bytestring ("x"), NULL, 0, &refusal);

      if (message == NULL)
        g_print ("refused: %s\n", refusal->message);
      return deliver (source, error);
    }
  if (is ("skip") || is ("dead-letter"))
    return produce_bad (source, error) && deliver (source, error);
  if (is ("headers"))
    return produce_with_headers (source, error);
  if (is ("null-and-empty"))
    return produce_text (source, NULL, "", error) && produce_text (source, "", NULL, error);
  if (g_str_has_suffix (behaviour, "dataframe"))
    return produce_numbers (source, error);
  if (is ("state"))
    return produce_count (source, error);
  if (is ("expiry"))
    return expire (source, error);
  if (is ("flush"))
    {
      QsProducer *producer = qs_base_source_get_producer (QS_BASE_SOURCE (source));
      gboolean    ok = deliver (source, error) && qs_source_flush (source, -1, error);

      g_print ("acknowledged %d\n", (int) qs_producer_get_n_acknowledged (producer));
      return ok;
    }
  if (is ("stop-in-run"))
    {
      qs_base_source_stop (QS_BASE_SOURCE (source));
      g_print ("running %s\n", qs_source_get_running (source) ? "true" : "false");
      return TRUE;
    }
  if (is ("kill") || (is ("restart") && !g_file_test ("mark", G_FILE_TEST_EXISTS)))
    {
      g_file_set_contents ("mark", "", 0, NULL);
      g_print ("waiting\n"); /* to be killed */
      while (qs_base_source_wait (QS_BASE_SOURCE (source), 60))
        ;
      return TRUE;
    }
  return deliver (source, error);
}

static gboolean
conformance_run (QsSource *source, GError **error)
{
  g_print ("running %s\n", qs_source_get_running (source) ? "true" : "false");

  return check ("run", error) && do_behaviour (source, error);
}

static void
conformance_class_init (ConformanceClass *klass)
{
  QS_BASE_SOURCE_CLASS (klass)->configure = conformance_configure;
  QS_BASE_SOURCE_CLASS (klass)->setup = conformance_setup;
  QS_BASE_SOURCE_CLASS (klass)->default_topic = conformance_default_topic;
  QS_BASE_SOURCE_CLASS (klass)->start = conformance_start;
  QS_SOURCE_CLASS (klass)->run = conformance_run;
  QS_SOURCE_CLASS (klass)->cleanup = conformance_cleanup;
  QS_SOURCE_CLASS (klass)->flush = conformance_flush;
}

static void
conformance_init (Conformance *self)
{
}

static void
append_bytes (GString *line, GBytes *bytes)
{
  gsize       length = 0;
  const char *data = bytes != NULL ? g_bytes_get_data (bytes, &length) : NULL;

  if (bytes == NULL)
    {
      g_string_append (line, "null");
      return;
    }

  /* A NUL as %0. */
  g_string_append_c (line, '\'');
  for (gsize i = 0, size = 0; i <= length; i += size + 1)
    {
      size = strnlen (data + i, length - i);
      g_string_append_len (line, data + i, size);
      g_string_append (line, i + size < length ? "%0" : "'");
    }
}

static void
print_message (QsMessage *message)
{
  QsHeaders *headers = qs_message_get_headers (message);
  g_autoptr (GString) line = g_string_new ("message ");

  append_bytes (line, qs_message_get_key (message));
  g_string_append_c (line, ' ');
  append_bytes (line, qs_message_get_value (message));
  for (guint i = 0; headers != NULL && i < qs_headers_get_length (headers); i++)
    {
      g_string_append_printf (line, " %s=", qs_headers_get_name (headers, i));
      append_bytes (line, qs_headers_get_value (headers, i));
    }
  g_print ("%s\n", line->str);
}

static void
connected_cb (QsApplication *app, QsBaseSource *source)
{
  g_print ("connected %s\n", qs_base_source_get_name (source));
}

static void
connect_failed_cb (QsApplication *app, QsBaseSource *source, const GError *error)
{
  g_print ("connect failed: %s\n", error->message);
}

static gboolean
failed_cb (QsApplication *app, QsBaseSource *source, const GError *error)
{
  if (is ("error-domain"))
    g_print ("failed %s %d\n", g_quark_to_string (error->domain), error->code);
  return FALSE;
}

static gboolean
turn_cb (gpointer user_data)
{
  if (!qs_is_worker ())
    g_print ("turn\n");
  return G_SOURCE_REMOVE;
}

static void
done_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  gboolean *is_done = user_data;

  if (qs_application_run_finish (QS_APPLICATION (object), result, &error))
    g_print ("done\n");
  else
    g_print ("error: %s\n", error->message);
  *is_done = TRUE;
}

static gboolean
run_once (QsApplication *app, GError **error)
{
  gboolean is_done = FALSE;

  if (!is ("async"))
    return qs_application_run (app, NULL, error);

  g_idle_add (turn_cb, NULL);
  qs_application_run_async (app, NULL, done_cb, &is_done);
  while (!is_done)
    g_main_context_iteration (NULL, TRUE);
  return TRUE;
}

static QsTopic *
add_own_dataframe (QsApplication *app, QsBaseSource *source, QsTopic *topic, GError **error)
{
  g_autoptr (QsDataframe) dataframe = NULL;
  g_autoptr (Pairs) serializer = g_object_new (pairs_get_type (), NULL);

  if (is ("own-values"))
    qs_topic_set_value_serializer (topic, QS_SERIALIZER (serializer));
  g_object_set (app, "auto-offset-reset", QS_AUTO_OFFSET_RESET_EARLIEST, "drain", TRUE, NULL);
  dataframe = qs_application_dataframe (app, topic, source, error);
  if (dataframe == NULL)
    return NULL;

  if (is ("own-values"))
    qs_dataframe_update (dataframe, compare_cb, NULL, NULL);
  else
    qs_dataframe_filter (dataframe, nothing_cb, NULL, NULL);
  return topic;
}

static QsTopic *
add_dataframe (QsApplication *app, QsBaseSource *source, GError **error)
{
  g_autoptr (QsDataframe) dataframe = NULL;
  QsDataframe *even = NULL;

  g_object_set (
      app, "auto-offset-reset", QS_AUTO_OFFSET_RESET_EARLIEST, "run-count", (guint64) 4, NULL);
  dataframe = qs_application_dataframe (app, NULL, source, error);
  if (dataframe == NULL)
    return NULL;

  even = qs_dataframe_filter (dataframe, is_even_cb, NULL, NULL);
  qs_dataframe_print (qs_dataframe_apply (even, multiply_cb, NULL, NULL), FALSE);
  return qs_dataframe_get_topic (dataframe);
}

G_DECLARE_FINAL_TYPE (Splits, splits, TEST, SPLITS, QsSplitSource)

struct _Splits
{
  QsSplitSource parent_instance;
};

G_DEFINE_FINAL_TYPE (Splits, splits, QS_TYPE_SPLIT_SOURCE)

static char **
splits_list_splits (QsSplitSource *source, GError **error)
{
  static const char *const names[] = { "b", "a", NULL };

  return g_strdupv ((char **) names);
}

static gboolean
produce_split (QsSplitSource *source, const char *split, GError **error)
{
  g_autoptr (QsState) state = qs_split_source_get_split_state (source, split, error);
  g_autofree char *text = NULL;
  gint64           n = 0;

  if (state == NULL)
    return FALSE;

  n = qs_state_get_int64 (state, "n", 0, NULL) + 1;
  text = g_strdup_printf ("%s %d of 1", split, (int) n);

  return qs_state_set (state, "n", g_variant_new_int64 (n), error) &&
         qs_source_produce_data (
             QS_SOURCE (source), NULL, 0, (const guint8 *) text, strlen (text), 0, error);
}

static gboolean
splits_run_splits (QsSplitSource *source, GError **error)
{
  g_auto (GStrv) splits = qs_split_source_get_splits (source);

  for (guint i = 0; splits[i] != NULL; i++)
    {
      if (!produce_split (source, splits[i], error))
        return FALSE;
    }

  return TRUE;
}

static void
splits_class_init (SplitsClass *klass)
{
  klass->parent_class.list_splits = splits_list_splits;
  klass->parent_class.run_splits = splits_run_splits;
}

static void
splits_init (Splits *self)
{
}

static void
set_sharing (QsApplication *app)
{
  g_autofree char *id = NULL;
  gboolean         leave = FALSE;
  int              replicas = 0;

  g_object_set (app, "standby-replicas", -1, "instance-id", "one", NULL);
  g_object_get (
      app, "standby-replicas", &replicas, "instance-id", &id, "leave-on-stop", &leave, NULL);
  g_print ("sharing %d %s %s\n", replicas, id, leave ? "true" : "false");
}

static gboolean
run (QsApplication *app, GError **error)
{
  g_autoptr (QsBaseSource) source = g_object_new (
      is ("splits") ? splits_get_type () : conformance_get_type (), "name", source_name, NULL);
  g_autoptr (QsTopic) own_topic = NULL;
  g_autoptr (Brackets) serializer = NULL;
  g_autoptr (GPtrArray) messages = NULL;
  QsTopic *topic = NULL;

  if (is ("custom-serializer") || is ("error-serialize"))
    {
      own_topic = qs_topic_new (source_name);
      serializer = g_object_new (brackets_get_type (), NULL);
      qs_topic_set_value_serializer (own_topic, QS_SERIALIZER (serializer));
    }

  if (is ("skip"))
    g_object_set (source, "errors", QS_ERROR_HANDLING_SKIP, NULL);
  if (is ("dead-letter"))
    g_object_set (source, "errors", QS_ERROR_HANDLING_DEAD_LETTER, NULL);

  if (is ("own-values") || is ("nothing"))
    {
      own_topic = qs_topic_new (source_name);
      topic = add_own_dataframe (app, source, own_topic, error);
    }
  else
    topic = g_str_has_suffix (behaviour, "dataframe")
                ? add_dataframe (app, source, error)
                : qs_application_add_source (app, source, own_topic, error);
  if (topic == NULL || !run_once (app, error) ||
      (is ("state") && !qs_application_run (app, NULL, error)))
    return FALSE;

  if (qs_application_get_embedded_broker (app) == NULL)
    return TRUE;

  messages = qs_embedded_broker_dup_messages (
      qs_application_get_embedded_broker (app), qs_topic_get_name (topic), 0, error);
  if (messages == NULL)
    return FALSE;

  for (guint i = 0; i < messages->len; i++)
    print_message (g_ptr_array_index (messages, i));

  if (is ("dead-letter"))
    {
      g_autofree char *name = g_strconcat ("dead-letter__", qs_topic_get_name (topic), NULL);
      g_autoptr (GPtrArray) letters = qs_embedded_broker_dup_messages (
          qs_application_get_embedded_broker (app), name, 0, error);

      if (letters == NULL)
        return FALSE;
      g_print ("dead letters %u\n", letters->len);
    }

  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (QsApplication) app = qs_application_new (NULL);
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");
  behaviour = argv[1];
  source_name = argv[2];
  g_object_set (app, "run-timeout", 30.0, NULL);
  if (is ("exactly-once"))
    g_object_set (app, "processing-guarantee", QS_PROCESSING_GUARANTEE_EXACTLY_ONCE, NULL);
  if (is ("isolation-thread"))
    g_object_set (app, "isolation", QS_ISOLATION_THREAD, NULL);
  if (is ("restart"))
    g_object_set (app, "max-restarts", 1, "restart-backoff", 0.0, NULL);
  if (is ("sharing"))
    set_sharing (app);
  g_signal_connect (app, "source-connected", G_CALLBACK (connected_cb), NULL);
  g_signal_connect (app, "source-connect-failed", G_CALLBACK (connect_failed_cb), NULL);

  g_signal_connect (app, "source-failed", G_CALLBACK (failed_cb), NULL);

  if (!run (app, &error))
    g_print ("error: %s\n", error->message);

  return 0;
}

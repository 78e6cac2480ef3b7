/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-callback-private.h"

#include <qsource/qsource.h>

#include "fake-gjs.h"

/* A source and a serializer whose functions return nothing when they are called
 * for the first time, as if they had not run. */
typedef struct
{
  QsSource parent_instance;
  guint    n_lost;
  guint    n_calls;
} Lossy;

typedef QsSourceClass LossyClass;

static GType lossy_get_type (void);

/* Of a source that nobody has guarded. */
static guint plain_n_calls;

static gboolean
is_lost (gpointer object)
{
  Lossy *self = object;

  self->n_calls++;
  if (self->n_lost == 0)
    return FALSE;

  self->n_lost--;
  return TRUE;
}

static gboolean
lossy_setup (QsBaseSource *source, GError **error)
{
  return !is_lost (source);
}

static gboolean
lossy_run (QsSource *source, GError **error)
{
  return !is_lost (source);
}

static gboolean
lossy_cleanup (QsSource *source, gboolean failed, GError **error)
{
  return !is_lost (source);
}

static GBytes *
lossy_serialize (QsSerializer *serializer, GVariant *value, GError **error)
{
  return is_lost (serializer) ? NULL : g_bytes_new_static ("x", 1);
}

static GVariant *
lossy_deserialize (QsSerializer *serializer, GBytes *bytes, GError **error)
{
  return is_lost (serializer) ? NULL : g_variant_new_string ("x");
}

static void
lossy_serializer_init (QsSerializerInterface *iface)
{
  iface->serialize = lossy_serialize;
  iface->deserialize = lossy_deserialize;
}

G_DEFINE_TYPE_WITH_CODE (Lossy,
                         lossy,
                         QS_TYPE_SOURCE,
                         G_IMPLEMENT_INTERFACE (QS_TYPE_SERIALIZER, lossy_serializer_init))

static void
lossy_class_init (LossyClass *klass)
{
  QS_BASE_SOURCE_CLASS (klass)->setup = lossy_setup;
  klass->run = lossy_run;
  klass->cleanup = lossy_cleanup;
}

static void
lossy_init (Lossy *self)
{
}

typedef struct
{
  Lossy *lossy;
} Fixture;

static void
fixture_set_up (Fixture *fixture, gconstpointer user_data)
{
  fixture->lossy = g_object_new (lossy_get_type (), "name", "lossy", NULL);
  fake_gjs_is_there = FALSE;
  fake_gjs_n_collections = 0;
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer user_data)
{
  g_assert_finalize_object (fixture->lossy);
}

static void
test_callback_not_lost (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("Outside of GJS no call gets lost, and none is made again");

  g_assert_false (qs_callback_was_lost (lossy_get_type (), "run", &error));
  g_assert_no_error (error);

  fixture->lossy->n_lost = 1;
  g_assert_false (qs_source_run (QS_SOURCE (fixture->lossy), &error));
  g_assert_error (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_FAILED);
  g_assert_cmpuint (fixture->lossy->n_calls, ==, 1);
}

static void
test_callback_fail (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;
  GBytes *bytes;

  g_test_summary ("What a callback tells keeps its domain and code, and counts once");

  fake_gjs_is_there = TRUE;
  fixture->lossy->n_lost = 1;
  qs_callback_fail (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "it is gone");
  bytes =
      qs_serializer_serialize (QS_SERIALIZER (fixture->lossy), g_variant_new_string (""), &error);
  g_assert_null (bytes);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_cmpuint (fixture->lossy->n_calls, ==, 1);

  g_clear_error (&error);
  g_assert_true (qs_callback_was_lost (lossy_get_type (), "run", &error));
  g_assert_no_error (error);
}

static void
test_callback_own_error (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "it is gone");

  g_test_summary ("A callback that has set an error has run");

  fake_gjs_is_there = TRUE;
  g_assert_false (qs_callback_was_lost (lossy_get_type (), "run", &error));
  g_assert_cmpuint (fake_gjs_n_collections, ==, 0);
}

static gboolean
was_lost_thread (gpointer error)
{
  return qs_callback_was_lost (lossy_get_type (), "run", error);
}

static void
test_callback_thread (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;
  GThread *thread = NULL;

  g_test_summary ("Only the first thread may collect JavaScript's garbage");

  fake_gjs_is_there = TRUE;
  thread = g_thread_new ("test", (GThreadFunc) (GCallback) was_lost_thread, &error);
  g_assert_null (g_thread_join (thread));
  g_assert_cmpuint (fake_gjs_n_collections, ==, 0);
}

static void
test_callback_source (Fixture *fixture, gconstpointer user_data)
{
  QsSource *source = QS_SOURCE (fixture->lossy);
  g_autoptr (GError) error = NULL;

  g_test_summary ("A source's function that was lost is called again, once");

  fake_gjs_is_there = TRUE;
  fixture->lossy->n_lost = 1;
  g_assert_true (qs_base_source_setup (QS_BASE_SOURCE (source), &error));
  fixture->lossy->n_lost = 1;
  g_assert_true (qs_source_run (source, &error));
  fixture->lossy->n_lost = 1;
  g_assert_true (qs_source_cleanup (source, FALSE, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (fake_gjs_n_collections, ==, 3);

  fixture->lossy->n_calls = 0;
  fixture->lossy->n_lost = 5;
  g_assert_false (qs_source_run (source, &error));
  g_assert_error (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_FAILED);
  g_assert_cmpuint (fixture->lossy->n_calls, ==, 2);
}

static gboolean
plain_run (QsSource *source, GError **error)
{
  plain_n_calls++;
  return FALSE;
}

static void
plain_class_init (gpointer klass, gpointer user_data)
{
  QS_SOURCE_CLASS (klass)->run = plain_run;
}

static void
test_callback_unguarded (Fixture *fixture, gconstpointer user_data)
{
  GType type = g_type_register_static_simple (QS_TYPE_SOURCE,
                                              "Plain",
                                              sizeof (QsSourceClass),
                                              plain_class_init,
                                              sizeof (QsSource),
                                              NULL,
                                              0);
  g_autoptr (QsSource) source = g_object_new (type, "name", "plain", NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("A function that nobody has guarded is never called twice");

  fake_gjs_is_there = TRUE;
  g_assert_false (qs_source_run (source, &error));
  g_assert_error (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_FAILED);
  g_assert_cmpuint (plain_n_calls, ==, 1);
  g_assert_cmpuint (fake_gjs_n_collections, ==, 0);
}

static void
test_callback_prepare (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary (
      "Nothing is left to collect when a guarded function that returns nothing is called");

  fake_gjs_is_there = TRUE;
  qs_callback_prepare (lossy_get_type (), "configure");
  g_assert_cmpuint (fake_gjs_n_collections, ==, 0);
  qs_callback_prepare (lossy_get_type (), "run");
  g_assert_cmpuint (fake_gjs_n_collections, ==, 1);
}

static void
test_callback_has_thread (Fixture *fixture, gconstpointer user_data)
{
  GType type = 0;

  g_test_summary ("A type that JavaScript has made is known, whatever its name is");

  g_assert_false (qs_callback_has_thread (lossy_get_type ()));

  type = g_type_register_static_simple (
      lossy_get_type (), "Gjs_Named", sizeof (LossyClass), NULL, sizeof (Lossy), NULL, 0);
  g_assert_true (qs_callback_has_thread (type));

  type = g_type_register_static_simple (
      lossy_get_type (), "Named", sizeof (LossyClass), NULL, sizeof (Lossy), NULL, 0);
  g_assert_false (qs_callback_has_thread (type));
  g_type_set_qdata (type, g_quark_from_string ("gjs::custom-type"), GINT_TO_POINTER (TRUE));
  g_assert_true (qs_callback_has_thread (type));
}

static void
test_callback_serializer (Fixture *fixture, gconstpointer user_data)
{
  QsSerializer *serializer = QS_SERIALIZER (fixture->lossy);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GVariant) value = NULL;

  g_test_summary ("A serializer's function that was lost is called again, once");

  fake_gjs_is_there = TRUE;
  fixture->lossy->n_lost = 1;
  bytes = qs_serializer_serialize (serializer, g_variant_new_string (""), &error);
  g_assert_no_error (error);
  g_assert_nonnull (bytes);

  fixture->lossy->n_lost = 1;
  value = qs_serializer_deserialize (serializer, bytes, &error);
  g_assert_no_error (error);
  g_assert_nonnull (value);

  fixture->lossy->n_calls = 0;
  fixture->lossy->n_lost = 5;
  g_assert_null (qs_serializer_deserialize (serializer, bytes, &error));
  g_assert_error (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_FAILED);
  g_assert_cmpuint (fixture->lossy->n_calls, ==, 2);
}

#define ADD(path, function)                                                                        \
  g_test_add ("/callback/" path,                                                                   \
              Fixture,                                                                             \
              NULL,                                                                                \
              fixture_set_up,                                                                      \
              test_callback_##function,                                                            \
              fixture_tear_down)

int
main (int argc, char **argv)
{
  static const char *const guarded[] = { "setup", "run", "cleanup", "serialize", "deserialize" };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (guarded); i++)
    qs_callback_guard (lossy_get_type (), guarded[i]);

  ADD ("not-lost", not_lost);
  ADD ("fail", fail);
  ADD ("own-error", own_error);
  ADD ("thread", thread);
  ADD ("source", source);
  ADD ("unguarded", unguarded);
  ADD ("prepare", prepare);
  ADD ("has-thread", has_thread);
  ADD ("serializer", serializer);

  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <qsource/qsource.h>

/* Names of stores, groups and sources must never give two of them one changelog or one
 * transactional id. */

typedef struct
{
  const char *group;
  const char *plain;      /* the name of a plain source; nullable */
  const char *name;       /* of one with a state; nullable */
  const char *store_name; /* its store-name; nullable */
  gboolean    exactly_once;
  const char *reason; /* in the error */
} NameCase;

static const NameCase cases[] = {
  { "g",
    "x",
    "y",
    "source-x",
    TRUE,
    "another source of this application uses the same store 'source-x'" },
  { "g", NULL, "y", "source-x", FALSE, "is that of source 'x'" },
  { "a--b", NULL, "y", NULL, FALSE, "'changelog__a--b--source-y'" },
  { "a-", NULL, "y", NULL, FALSE, "'changelog__a---source-y'" },
  { "a--b", "x", NULL, NULL, TRUE, "'changelog__a--b--source-x'" },
};

/* These run, and stop at once. */
static const NameCase fine[] = {
  { "g", "x", "y", "source-y", FALSE, NULL },
  { "a-b", "x", "x--y", "s-1", FALSE, NULL },
  { "a--b", "x", NULL, NULL, FALSE, NULL },
};

typedef struct
{
  QsSource parent_instance;
} PlainSource;
typedef QsSourceClass PlainSourceClass;
GType                 plain_source_get_type (void);
G_DEFINE_TYPE (PlainSource, plain_source, QS_TYPE_SOURCE)

typedef struct
{
  QsStatefulSource parent_instance;
} KeepingSource;
typedef QsStatefulSourceClass KeepingSourceClass;
GType                         keeping_source_get_type (void);
G_DEFINE_TYPE (KeepingSource, keeping_source, QS_TYPE_STATEFUL_SOURCE)

static gboolean
return_at_once (QsSource *source, GError **error)
{
  return TRUE;
}

static void
plain_source_class_init (PlainSourceClass *klass)
{
  klass->run = return_at_once;
}

static void
plain_source_init (PlainSource *self)
{
}

static void
keeping_source_class_init (KeepingSourceClass *klass)
{
  QS_SOURCE_CLASS (klass)->run = return_at_once;
}

static void
keeping_source_init (KeepingSource *self)
{
}

static void
add (QsApplication *app, GType type, const char *name, const char *store_name)
{
  g_autoptr (QsBaseSource) source = g_object_new (type, "name", name, NULL);
  g_autoptr (GError) error = NULL;

  if (store_name != NULL)
    {
      g_object_unref (source);
      source = g_object_new (type, "name", name, "store-name", store_name, NULL);
    }
  qs_application_add_source (app, source, NULL, &error);
  g_assert_no_error (error);
}

static gboolean
run (const NameCase *name_case, GError **error)
{
  g_autofree char *dir = g_dir_make_tmp ("qs-names-XXXXXX", NULL);
  g_autoptr (QsApplication) app = g_object_new (QS_TYPE_APPLICATION,
                                                "broker-address",
                                                "embedded",
                                                "consumer-group",
                                                name_case->group,
                                                "state-dir",
                                                dir,
                                                "isolation",
                                                QS_ISOLATION_THREAD,
                                                "processing-guarantee",
                                                name_case->exactly_once,
                                                NULL);

  if (name_case->plain != NULL)
    add (app, plain_source_get_type (), name_case->plain, NULL);
  if (name_case->name != NULL)
    add (app, keeping_source_get_type (), name_case->name, name_case->store_name);

  return qs_application_run (app, NULL, error);
}

static void
test_refused (gconstpointer user_data)
{
  const NameCase *name_case = user_data;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Names that could be those of two are refused, with the reason");

  g_assert_false (run (name_case, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, QS_APPLICATION_ERROR, QS_APPLICATION_ERROR_DUPLICATE);
  g_assert_nonnull (strstr (error->message, name_case->reason));
}

static void
test_fine (gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("Names that can be told apart stay as they are");

  run (user_data, &error);
  g_assert_no_error (error);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/source-names/refused/%u", i);

      g_test_add_data_func (path, &cases[i], test_refused);
    }
  for (guint i = 0; i < G_N_ELEMENTS (fine); i++)
    {
      g_autofree char *path = g_strdup_printf ("/source-names/fine/%u", i);

      g_test_add_data_func (path, &fine[i], test_fine);
    }

  return g_test_run ();
}

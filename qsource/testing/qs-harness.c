/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-harness.h"

#include <stdlib.h>
#include <unistd.h>

#include "qs-harness-parts-private.h"
#include "qs-interruption-private.h"
#include "qs-program.h"
#include "qs-record.h"
#include "qs-state-dir-private.h"
#include "qs-worker-child-private.h"

/**
 * QsHarness:
 *
 * Runs one source in a test, as an application would: in a process of its own, with a broker and
 * a state of its own. The test can kill the process and start it again.
 *
 * ```c
 * g_autoptr (QsHarness) harness = qs_harness_new (source);
 *
 * g_assert_true (qs_harness_start (harness, &error));
 * record = qs_harness_pull (harness, 10, &error);
 * g_assert_true (qs_harness_kill (harness, &error));
 * g_assert_true (qs_harness_restart (harness, &error));
 * ```
 *
 * The broker is a [class@EmbeddedBroker], or the one whose address is in
 * `QSOURCE_TEST_BROKER` in the environment; only the latter can show exactly-once.
 * The state is in a temporary directory, which is removed with the harness. Other settings are
 * those of [property@Harness:application]; change them before the first start. Set `isolation` to
 * thread for a debugger, for example.
 *
 * A source that fails is not restarted; [method@Harness.restart] does that.
 *
 * The test program calls [func@Harness.serve] first, so that the process of the source runs the
 * source and no test.
 *
 * SIGINT, SIGTERM and SIGHUP end the source's process and remove its directory before they do what
 * they do without a harness. The directory of a program that was killed is removed when the next
 * one starts a harness.
 *
 * ## Life cycle
 *
 * Freeing the harness kills a source that still runs. [method@Harness.start] and
 * [method@Harness.restart] can be called any number of times.
 *
 * ## Thread safety
 *
 * Only one thread may use it. Its methods block and iterate a main context of its own, so signals
 * of the application are emitted only during a call.
 *
 * Since: 1.0
 */

enum
{
  PROP_SOURCE = 1,
  PROP_APPLICATION,
  PROP_BROKER,
  PROP_RUNNING,
  PROP_WORKER_ARGV,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (QsHarness, qs_harness, G_TYPE_OBJECT)

void
qs_harness_end (QsHarness *self)
{
  g_clear_pointer (&self->run, qs_harness_run_free);
  g_clear_pointer (&self->reader, qs_harness_reader_free);
}

static void
qs_harness_dispose (GObject *object)
{
  QsHarness *self = QS_HARNESS (object);

  qs_harness_end (self);
  g_clear_object (&self->topic);
  g_clear_object (&self->application);
  g_clear_object (&self->source);
  g_clear_object (&self->broker);

  G_OBJECT_CLASS (qs_harness_parent_class)->dispose (object);
}

static void
qs_harness_finalize (GObject *object)
{
  QsHarness *self = QS_HARNESS (object);

  if (self->state_dir != NULL)
    qs_state_dir_remove (self->state_dir);
  if (self->is_watching)
    qs_interruption_unwatch ();
  g_free (self->state_dir);
  g_free (self->kill_point);
  g_strfreev (self->worker_argv);
  g_strfreev (self->source_argv);
  g_ptr_array_unref (self->records);

  G_OBJECT_CLASS (qs_harness_parent_class)->finalize (object);
}

static void
qs_harness_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QsHarness *self = QS_HARNESS (object);

  switch (prop_id)
    {
    case PROP_SOURCE:
      g_value_set_object (value, self->source);
      break;

    case PROP_APPLICATION:
      g_value_set_object (value, self->application);
      break;

    case PROP_BROKER:
      g_value_set_object (value, self->broker);
      break;

    case PROP_RUNNING:
      g_value_set_boolean (value, qs_harness_get_running (self));
      break;

    case PROP_WORKER_ARGV:
      g_value_set_boxed (value, self->worker_argv);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
qs_harness_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  QsHarness *self = QS_HARNESS (object);

  switch (prop_id)
    {
    case PROP_SOURCE:
      self->source = g_value_dup_object (value);
      break;

    case PROP_WORKER_ARGV:
      g_strfreev (self->worker_argv);
      self->worker_argv = g_value_dup_boxed (value);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

/* Those that are objects. */
static void
make_object_properties (void)
{
  /**
   * QsHarness:source: (getter get_source)
   *
   * The source that is tested.
   *
   * Since: 1.0
   */
  props[PROP_SOURCE] =
      g_param_spec_object ("source",
                           NULL,
                           "The source that is tested",
                           QS_TYPE_BASE_SOURCE,
                           G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * QsHarness:application: (getter get_application)
   *
   * The application that runs the source. Change its settings before the first start.
   *
   * Since: 1.0
   */
  props[PROP_APPLICATION] = g_param_spec_object ("application",
                                                 NULL,
                                                 "The application that runs the source",
                                                 QS_TYPE_APPLICATION,
                                                 G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * QsHarness:broker: (getter get_broker)
   *
   * The embedded broker that the source produces to; `NULL` before the first start, and with the
   * broker of `QSOURCE_TEST_BROKER`.
   *
   * Since: 1.0
   */
  props[PROP_BROKER] = g_param_spec_object ("broker",
                                            NULL,
                                            "The embedded broker, if it is one",
                                            QS_TYPE_EMBEDDED_BROKER,
                                            G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
}

static void
install_properties (GObjectClass *object_class)
{
  make_object_properties ();

  /**
   * QsHarness:running: (getter get_running)
   *
   * Whether the source was started and has not ended.
   *
   * Since: 1.0
   */
  props[PROP_RUNNING] = g_param_spec_boolean ("running",
                                              NULL,
                                              "Whether the source is running",
                                              FALSE,
                                              G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * QsHarness:worker-argv:
   *
   * The command of another program that calls [func@Harness.serve] for the source; `NULL` = this
   * program. A source's own [property@BaseSource:worker-argv] takes precedence.
   *
   * Since: 1.0
   */
  props[PROP_WORKER_ARGV] = g_param_spec_boxed ("worker-argv",
                                                NULL,
                                                "The command that serves the source",
                                                G_TYPE_STRV,
                                                G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
qs_harness_class_init (QsHarnessClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = qs_harness_dispose;
  object_class->finalize = qs_harness_finalize;
  object_class->get_property = qs_harness_get_property;
  object_class->set_property = qs_harness_set_property;

  install_properties (object_class);
}

/* Ends a worker that has come past all that is served. */
static void
refuse_worker (void)
{
  if (!qs_is_worker ())
    return;

  g_printerr ("This is the worker of source '%s', but the program made a QsHarness: call "
              "qs_harness_serve() for that source as the first thing in main()\n",
              qs_worker_child_get_source_name ());
  _exit (EXIT_FAILURE);
}

char *
qs_harness_make_group (void)
{
  return g_strdup_printf ("harness-%d-%08x", (int) getpid (), g_random_int ());
}

static void
qs_harness_init (QsHarness *self)
{
  g_autofree char *group = qs_harness_make_group ();

  refuse_worker ();

  self->records = g_ptr_array_new_with_free_func (g_object_unref);
  self->application =
      g_object_new (QS_TYPE_APPLICATION, "consumer-group", group, "max-restarts", 0, NULL);
}

gboolean
qs_harness_set_up (QsHarness *self, gint64 deadline, GError **error)
{
  const char *address = g_getenv ("QSOURCE_TEST_BROKER");

  if (self->run != NULL)
    return TRUE;

  if (address == NULL || *address == '\0')
    {
      if (self->broker == NULL)
        self->broker = qs_embedded_broker_new (1);
      if (qs_embedded_broker_get_address (self->broker) == NULL &&
          !qs_embedded_broker_start (self->broker, error))
        return FALSE;
      address = qs_embedded_broker_get_address (self->broker);
    }
  if (!self->is_watching)
    qs_interruption_watch ();
  self->is_watching = TRUE;
  if (self->state_dir == NULL)
    self->state_dir = qs_state_dir_new_temporary (error);
  if (self->state_dir == NULL)
    return FALSE;

  g_object_set (self->application, "broker-address", address, "state-dir", self->state_dir, NULL);
  if (self->topic == NULL)
    {
      QsTopic *topic = qs_application_add_source (self->application, self->source, NULL, error);

      if (topic == NULL)
        return FALSE;

      self->topic = g_object_ref (topic);
    }

  g_clear_pointer (&self->reader, qs_harness_reader_free);
  self->reader = qs_harness_reader_new (address, self->topic);
  if (!qs_harness_reader_skip (self->reader, deadline, error))
    return FALSE;

  self->run = qs_harness_run_new (self->application);

  return TRUE;
}

/**
 * qs_harness_new:
 * @source: the source to test
 *
 * Makes a harness for a source, without starting it.
 *
 * Returns: (transfer full): a new harness
 *
 * Since: 1.0
 */
QsHarness *
qs_harness_new (QsBaseSource *source)
{
  g_return_val_if_fail (QS_IS_BASE_SOURCE (source), NULL);

  return g_object_new (QS_TYPE_HARNESS, "source", source, NULL);
}

/**
 * qs_harness_get_source: (get-property source)
 * @self: a harness
 *
 * Gets the source that is tested.
 *
 * Returns: (transfer none): the source
 *
 * Since: 1.0
 */
QsBaseSource *
qs_harness_get_source (QsHarness *self)
{
  g_return_val_if_fail (QS_IS_HARNESS (self), NULL);

  return self->source;
}

/**
 * qs_harness_get_application: (get-property application)
 * @self: a harness
 *
 * Gets the application that runs the source. Change its settings before the first start.
 *
 * Returns: (transfer none): the application
 *
 * Since: 1.0
 */
QsApplication *
qs_harness_get_application (QsHarness *self)
{
  g_return_val_if_fail (QS_IS_HARNESS (self), NULL);

  return self->application;
}

/**
 * qs_harness_get_broker: (get-property broker)
 * @self: a harness
 *
 * Gets the embedded broker, for example to let it fail.
 *
 * Returns: (transfer none) (nullable): the broker; `NULL` before the first start, and
 *   with that of `QSOURCE_TEST_BROKER`
 *
 * Since: 1.0
 */
QsEmbeddedBroker *
qs_harness_get_broker (QsHarness *self)
{
  g_return_val_if_fail (QS_IS_HARNESS (self), NULL);

  return self->broker;
}

/**
 * qs_harness_get_running: (get-property running)
 * @self: a harness
 *
 * Checks whether the source was started and has not ended.
 *
 * Returns: true if it runs
 *
 * Since: 1.0
 */
gboolean
qs_harness_get_running (QsHarness *self)
{
  g_return_val_if_fail (QS_IS_HARNESS (self), FALSE);

  return self->run != NULL && qs_harness_run_is_running (self->run);
}

/**
 * qs_harness_get_records:
 * @self: a harness
 *
 * Gets all records that were read so far, including those that were pulled.
 *
 * It does not read; [method@Harness.wait_records] does.
 *
 * Returns: (transfer container) (element-type QsRecord): the records, in the order of
 *   their partitions
 *
 * Since: 1.0
 */
GPtrArray *
qs_harness_get_records (QsHarness *self)
{
  g_return_val_if_fail (QS_IS_HARNESS (self), NULL);

  return g_ptr_array_copy (self->records, (GCopyFunc) (void (*) (void)) g_object_ref, NULL);
}

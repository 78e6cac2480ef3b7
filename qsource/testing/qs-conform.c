/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-conform.h"

#include "qs-conform-parts-private.h"
#include "qs-embedded-broker.h"
#include "qs-harness.h"

/**
 * QsConform:
 *
 * Checks that a source keeps the promises of the library: it stops when it is asked to,
 * continues where its state ends, and loses nothing when it is killed.
 *
 * ```c
 * static QsHarness *
 * make_harness (gpointer user_data, GError **error)
 * {
 *   g_autoptr (QsBaseSource) source = g_object_new (MY_TYPE_SOURCE, "name", "mine", NULL);
 *
 *   return qs_harness_new (source);
 * }
 *
 * static void
 * test_rules (void)
 * {
 *   g_autoptr (QsConform) conform = qs_conform_new (make_harness, NULL, NULL);
 *   g_autoptr (GError) error = NULL;
 *   g_autoptr (QsReport) report = qs_conform_run (conform, &error);
 *
 *   g_assert_no_error (error);
 *   g_assert_true (qs_report_get_passed (report));
 * }
 * ```
 *
 * The factory returns a new [class@Harness] for each run of the source, with an empty state, a
 * broker of its own, and a source that produces the same records each time. Before it is called,
 * the source of the last harness has ended, so it can replace the files that the sources share. The
 * records of a run that nothing disturbs are compared with those of runs in which the source is
 * stopped, killed at random moments, and cut off from the broker.
 *
 * The rules, in their order:
 *
 * - `properties`: each property has a description and can be passed on as text
 * - `first-record`: a record comes within [property@Conform:timeout]
 * - `stop`: the source ends within its [property@BaseSource:shutdown-timeout]: while it starts,
 *   while it produces, and after that
 * - `stop-blocked`: the same while it waits in produce()
 * - `errors`: the source fails if the broker refuses its records
 * - `descriptors`: open file descriptors, threads and child processes of the worker do not become
 *   more while it produces
 * - `memory`: its memory does not grow; tested with sources that produce 1000 records within 2
 *   seconds
 * - `repeatable`: a second run produces the same records
 * - `restart`: after a stop, the source continues with the next record
 * - `clear`: with an empty state, it begins with the first record again
 * - `outage`: nothing is lost while the broker is away
 * - `kill`: nothing is lost by [property@Conform:kills] kills, and records are repeated only
 *   with at-least-once, and after a kill
 * - `kill-points`: the same at each kill point of the library that the source comes to, the first
 *   time and a later one
 * - `state`: the state of a source that ends by itself is at the end what it is without kills
 * - `takeover`: when a second instance takes the source over, the first one ends with
 *   [error@Qs.KafkaError.FENCED]. Nothing is lost, and records come again only with at-least-once.
 * - `share`: while a second instance joins and the first one leaves, the partitions of the source
 * move between them, and each record comes once; tested with sources that have several partitions
 *
 * The rules `descriptors` and `memory` compare the first and the last third of 2 seconds, or of 6
 * seconds if something seems to grow. They find more than 5 descriptors, threads or processes, and
 * more than 1 MiB of memory.
 *
 * An embedded broker fences nobody. There, `takeover` refuses a commit of the first instance as a
 * broker that fences does, and starts the second instance, with a state directory of its own, after
 * the first one has ended. On a real broker, both run at the same time.
 *
 * A rule that cannot be tested is skipped, and the report contains the reason: rules from
 * `repeatable` on need a [class@StatefulSource], `errors` and `outage` an embedded broker,
 * `kill-points` a library built with `-Dkill_points=true`, and exactly-once a real broker,
 * whose address is in `QSOURCE_TEST_BROKER`. A rule that depends on a failed rule is
 * skipped, too.
 *
 * ## Life cycle
 *
 * Each rule runs once, and its result is kept in the report.
 *
 * ## Thread safety
 *
 * Only one thread at a time may use it. Its methods block for as long as the rules take.
 *
 * Since: 1.0
 */

enum
{
  PROP_SEED = 1,
  PROP_KILLS,
  PROP_RECORDS,
  PROP_TIMEOUT,
  PROP_REPORT,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (QsConform, qs_conform, G_TYPE_OBJECT)

static void
rule_free (gpointer data)
{
  QsConformEntry *self = data;

  if (self->destroy != NULL)
    self->destroy (self->user_data);
  g_free (self->name);
  g_free (self->skip_reason);
  g_free (self);
}

static void
qs_conform_finalize (GObject *object)
{
  QsConform *self = QS_CONFORM (object);

  qs_conform_end_last (self);
  g_weak_ref_clear (&self->harness);
  if (self->destroy != NULL)
    self->destroy (self->user_data);
  g_clear_object (&self->broker);
  if (self->endings != NULL)
    g_thread_pool_free (self->endings, FALSE, TRUE);
  g_clear_object (&self->report);
  g_clear_pointer (&self->reference, qs_reference_free);
  g_clear_pointer (&self->trace, qs_conform_trace_free);
  g_clear_pointer (&self->state, g_variant_unref);
  g_ptr_array_unref (self->rules);

  G_OBJECT_CLASS (qs_conform_parent_class)->finalize (object);
}

static void
qs_conform_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QsConform *self = QS_CONFORM (object);

  switch (prop_id)
    {
    case PROP_SEED:
      g_value_set_uint (value, self->seed);
      break;

    case PROP_KILLS:
      g_value_set_uint (value, self->n_kills);
      break;

    case PROP_RECORDS:
      g_value_set_uint (value, self->n_records);
      break;

    case PROP_TIMEOUT:
      g_value_set_double (value, self->timeout);
      break;

    case PROP_REPORT:
      g_value_set_object (value, qs_conform_get_report (self));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
qs_conform_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  QsConform *self = QS_CONFORM (object);

  switch (prop_id)
    {
    case PROP_SEED:
      qs_conform_set_seed (self, g_value_get_uint (value));
      break;

    case PROP_KILLS:
      qs_conform_set_kills (self, g_value_get_uint (value));
      break;

    case PROP_RECORDS:
      qs_conform_set_records (self, g_value_get_uint (value));
      break;

    case PROP_TIMEOUT:
      qs_conform_set_timeout (self, g_value_get_double (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

/* Those of how much is tried. */
static void
make_counts (GParamFlags flags)
{
  /**
   * QsConform:kills: (getter get_kills) (setter set_kills)
   *
   * How often the rule `kill` kills the source's process, 1 to 100000; 10 by default.
   *
   * Since: 1.0
   */
  props[PROP_KILLS] = g_param_spec_uint (
      "kills", NULL, "How often the source is killed at random moments", 1, 100000, 10, flags);

  /**
   * QsConform:records: (getter get_records) (setter set_records)
   *
   * How many records of a run are compared, 1 to 100000; 100 by default. It compares fewer
   * if the source ends earlier, or produces no more for a second.
   *
   * Since: 1.0
   */
  props[PROP_RECORDS] = g_param_spec_uint (
      "records", NULL, "How many records of a run are compared", 1, 100000, 100, flags);
}

static void
qs_conform_class_init (QsConformClass *klass)
{
  GObjectClass     *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->finalize = qs_conform_finalize;
  object_class->get_property = qs_conform_get_property;
  object_class->set_property = qs_conform_set_property;

  /**
   * QsConform:seed: (getter get_seed) (setter set_seed)
   *
   * The seed of random choices, such as when the source is killed; it is random unless it
   * is set. The report contains it. The same seed gives the same moments, but what the
   * source has done by then depends on the machine.
   *
   * Since: 1.0
   */
  props[PROP_SEED] =
      g_param_spec_uint ("seed", NULL, "Seed of random choices", 0, G_MAXUINT, 0, flags);

  /**
   * QsConform:timeout: (getter get_timeout) (setter set_timeout)
   *
   * How long to wait for a record, or for a failure, in seconds, 0.1 to 86400; 30 by
   * default.
   *
   * Since: 1.0
   */
  props[PROP_TIMEOUT] = g_param_spec_double (
      "timeout", NULL, "How long to wait for a record, in seconds", 0.1, 86400, 30, flags);

  /**
   * QsConform:report: (getter get_report)
   *
   * The results so far.
   *
   * Since: 1.0
   */
  props[PROP_REPORT] = g_param_spec_object ("report",
                                            NULL,
                                            "The results so far",
                                            QS_TYPE_REPORT,
                                            G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  make_counts (flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
qs_conform_init (QsConform *self)
{
  self->seed = g_random_int ();
  self->n_kills = 10;
  self->n_records = 100;
  self->timeout = 30;
  g_weak_ref_init (&self->harness, NULL);
  self->rules = g_ptr_array_new_with_free_func (rule_free);
  self->report = qs_report_new (self->seed);
}

/**
 * qs_conform_new:
 * @factory: (scope notified) (closure user_data) (destroy destroy): makes a harness for each run
 * @user_data: data for @factory
 * @destroy: (nullable): frees @user_data
 *
 * Makes a set of rules for a source; nothing runs yet.
 *
 * Returns: (transfer full): a new set of rules
 *
 * Since: 1.0
 */
QsConform *
qs_conform_new (QsHarnessFactory factory, gpointer user_data, GDestroyNotify destroy)
{
  QsConform *self = NULL;

  g_return_val_if_fail (factory != NULL, NULL);

  self = g_object_new (QS_TYPE_CONFORM, NULL);
  self->factory = factory;
  self->user_data = user_data;
  self->destroy = destroy;

  return self;
}

/**
 * qs_conform_get_seed: (get-property seed)
 * @self: a set of rules
 *
 * Gets the seed of random choices.
 *
 * Returns: the seed
 *
 * Since: 1.0
 */
guint
qs_conform_get_seed (QsConform *self)
{
  g_return_val_if_fail (QS_IS_CONFORM (self), 0);

  return self->seed;
}

/**
 * qs_conform_set_seed: (set-property seed)
 * @self: a set of rules
 * @seed: the seed
 *
 * Sets the seed of random choices; call it before the first rule runs.
 *
 * Since: 1.0
 */
void
qs_conform_set_seed (QsConform *self, guint seed)
{
  g_return_if_fail (QS_IS_CONFORM (self));

  if (self->seed == seed)
    return;

  self->seed = seed;
  qs_report_set_seed (self->report, seed);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_SEED]);
}

/**
 * qs_conform_get_kills: (get-property kills)
 * @self: a set of rules
 *
 * Gets how often the source is killed.
 *
 * Returns: the number of kills
 *
 * Since: 1.0
 */
guint
qs_conform_get_kills (QsConform *self)
{
  g_return_val_if_fail (QS_IS_CONFORM (self), 0);

  return self->n_kills;
}

/**
 * qs_conform_set_kills: (set-property kills)
 * @self: a set of rules
 * @kills: the number of kills, 1 to 100000
 *
 * Sets how often the source is killed.
 *
 * Since: 1.0
 */
void
qs_conform_set_kills (QsConform *self, guint kills)
{
  g_return_if_fail (QS_IS_CONFORM (self));
  g_return_if_fail (kills >= 1 && kills <= 100000);

  if (self->n_kills == kills)
    return;

  self->n_kills = kills;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_KILLS]);
}

/**
 * qs_conform_get_records: (get-property records)
 * @self: a set of rules
 *
 * Gets how many records of a run are compared.
 *
 * Returns: the number of records
 *
 * Since: 1.0
 */
guint
qs_conform_get_records (QsConform *self)
{
  g_return_val_if_fail (QS_IS_CONFORM (self), 0);

  return self->n_records;
}

/**
 * qs_conform_set_records: (set-property records)
 * @self: a set of rules
 * @records: the number of records, 1 to 100000
 *
 * Sets how many records of a run are compared; call it before the first rule runs.
 *
 * Since: 1.0
 */
void
qs_conform_set_records (QsConform *self, guint records)
{
  g_return_if_fail (QS_IS_CONFORM (self));
  g_return_if_fail (records >= 1 && records <= 100000);
  g_return_if_fail (self->reference == NULL);

  if (self->n_records == records)
    return;

  self->n_records = records;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_RECORDS]);
}

/**
 * qs_conform_get_timeout: (get-property timeout)
 * @self: a set of rules
 *
 * Gets how long to wait for a record.
 *
 * Returns: the time, in seconds
 *
 * Since: 1.0
 */
double
qs_conform_get_timeout (QsConform *self)
{
  g_return_val_if_fail (QS_IS_CONFORM (self), 0);

  return self->timeout;
}

/**
 * qs_conform_set_timeout: (set-property timeout)
 * @self: a set of rules
 * @timeout: the time, in seconds, 0.1 to 86400
 *
 * Sets how long to wait for a record, or for a failure.
 *
 * Since: 1.0
 */
void
qs_conform_set_timeout (QsConform *self, double timeout)
{
  g_return_if_fail (QS_IS_CONFORM (self));
  g_return_if_fail (timeout >= 0.1 && timeout <= 86400);

  if (self->timeout == timeout)
    return;

  self->timeout = timeout;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_TIMEOUT]);
}

/**
 * qs_conform_get_report: (get-property report)
 * @self: a set of rules
 *
 * Gets the report, which contains the results of the rules that ran so far.
 *
 * Returns: (transfer none): the report
 *
 * Since: 1.0
 */
QsReport *
qs_conform_get_report (QsConform *self)
{
  g_return_val_if_fail (QS_IS_CONFORM (self), NULL);

  return self->report;
}

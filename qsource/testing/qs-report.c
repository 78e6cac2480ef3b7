/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-report-private.h"

#include "qs-enum-types.h"
#include "qs-json.h"
#include "qs-version.h"

/**
 * QsReport:
 *
 * Reports which rules a source passed in a [class@Conform], which it failed and which were not
 * tested, and how its records were counted.
 *
 * ## Life cycle
 *
 * [method@Conform.run] and [method@Conform.get_report] return it.
 *
 * ## Thread safety
 *
 * Only the thread that uses the [class@Conform] may use it while rules run; any thread may
 * after that.
 *
 * Since: 1.0
 */

/* One rule that was tried. */
typedef struct
{
  char        *name;
  char        *message; /* nullable */
  double       seconds;
  QsRuleResult result;
} Rule;

struct _QsReport
{
  GObject parent_instance;

  GPtrArray *rules; /* of Rule, in the order in which they were tried */
  char      *type;  /* of the source; these are nullable and owned */
  char      *name;
  char      *guarantee;
  char      *broker;
  guint64    n_records;
  guint64    n_lost;
  guint64    n_duplicated;
  guint      seed;
  guint      n_kills;
};

enum
{
  PROP_PASSED = 1,
  PROP_SEED,
  PROP_KILLS,
  PROP_RECORDS,
  PROP_LOST,
  PROP_DUPLICATED,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (QsReport, qs_report, G_TYPE_OBJECT)

static void
rule_free (gpointer data)
{
  Rule *self = data;

  g_free (self->name);
  g_free (self->message);
  g_free (self);
}

/* nullable */
static Rule *
find (QsReport *self, const char *name)
{
  for (guint i = 0; i < self->rules->len; i++)
    {
      Rule *rule = self->rules->pdata[i];

      if (g_str_equal (rule->name, name))
        return rule;
    }

  return NULL;
}

static void
qs_report_finalize (GObject *object)
{
  QsReport *self = QS_REPORT (object);

  g_ptr_array_unref (self->rules);
  g_free (self->type);
  g_free (self->name);
  g_free (self->guarantee);
  g_free (self->broker);

  G_OBJECT_CLASS (qs_report_parent_class)->finalize (object);
}

static void
qs_report_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QsReport *self = QS_REPORT (object);

  switch (prop_id)
    {
    case PROP_PASSED:
      g_value_set_boolean (value, qs_report_get_passed (self));
      break;

    case PROP_SEED:
      g_value_set_uint (value, self->seed);
      break;

    case PROP_KILLS:
      g_value_set_uint (value, self->n_kills);
      break;

    case PROP_RECORDS:
      g_value_set_uint64 (value, self->n_records);
      break;

    case PROP_LOST:
      g_value_set_uint64 (value, self->n_lost);
      break;

    case PROP_DUPLICATED:
      g_value_set_uint64 (value, self->n_duplicated);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

/* Those of what was counted in all rules together. */
static void
make_counts (void)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  /**
   * QsReport:records: (getter get_records)
   *
   * How many records the source produced in rules that compare records.
   *
   * Since: 1.0
   */
  props[PROP_RECORDS] = g_param_spec_uint64 (
      "records", NULL, "Number of records that were compared", 0, G_MAXUINT64, 0, flags);

  /**
   * QsReport:lost: (getter get_lost)
   *
   * How many records were missing.
   *
   * Since: 1.0
   */
  props[PROP_LOST] = g_param_spec_uint64 (
      "lost", NULL, "Number of records that were missing", 0, G_MAXUINT64, 0, flags);

  /**
   * QsReport:duplicated: (getter get_duplicated)
   *
   * How many records were repeated after a kill, which at-least-once permits.
   *
   * Since: 1.0
   */
  props[PROP_DUPLICATED] = g_param_spec_uint64 (
      "duplicated", NULL, "Number of records that were repeated", 0, G_MAXUINT64, 0, flags);
}

static void
qs_report_class_init (QsReportClass *klass)
{
  GObjectClass     *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->finalize = qs_report_finalize;
  object_class->get_property = qs_report_get_property;

  /**
   * QsReport:passed: (getter get_passed)
   *
   * Whether no rule failed.
   *
   * Since: 1.0
   */
  props[PROP_PASSED] =
      g_param_spec_boolean ("passed", NULL, "Whether no rule failed", FALSE, flags);

  /**
   * QsReport:seed: (getter get_seed)
   *
   * The seed of random choices; [property@Conform:seed] repeats it.
   *
   * Since: 1.0
   */
  props[PROP_SEED] =
      g_param_spec_uint ("seed", NULL, "Seed of random choices", 0, G_MAXUINT, 0, flags);

  /**
   * QsReport:kills: (getter get_kills)
   *
   * How often the source's process was killed.
   *
   * Since: 1.0
   */
  props[PROP_KILLS] = g_param_spec_uint ("kills", NULL, "Number of kills", 0, G_MAXUINT, 0, flags);

  make_counts ();
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
qs_report_init (QsReport *self)
{
  self->rules = g_ptr_array_new_with_free_func (rule_free);
}

QsReport *
qs_report_new (guint seed)
{
  QsReport *self = g_object_new (QS_TYPE_REPORT, NULL);

  self->seed = seed;

  return self;
}

void
qs_report_set_seed (QsReport *self, guint seed)
{
  self->seed = seed;
}

void
qs_report_set_subject (QsReport   *self,
                       const char *type,
                       const char *name,
                       const char *guarantee,
                       const char *broker)
{
  g_free (self->type);
  g_free (self->name);
  g_free (self->guarantee);
  g_free (self->broker);
  self->type = g_strdup (type);
  self->name = g_strdup (name);
  self->guarantee = g_strdup (guarantee);
  self->broker = g_strdup (broker);
}

void
qs_report_set_result (QsReport    *self,
                      const char  *rule,
                      QsRuleResult result,
                      const char  *message,
                      double       seconds)
{
  Rule *found = find (self, rule);

  if (found == NULL)
    {
      found = g_new0 (Rule, 1);
      found->name = g_strdup (rule);
      g_ptr_array_add (self->rules, found);
    }
  g_free (found->message);
  found->message = g_strdup (message);
  found->result = result;
  found->seconds = seconds;
}

gboolean
qs_report_has (QsReport *self, const char *rule)
{
  return find (self, rule) != NULL;
}

void
qs_report_count (QsReport *self,
                 guint     n_kills,
                 guint64   n_records,
                 guint64   n_lost,
                 guint64   n_duplicated)
{
  self->n_kills += n_kills;
  self->n_records += n_records;
  self->n_lost += n_lost;
  self->n_duplicated += n_duplicated;
}

/**
 * qs_report_get_passed: (get-property passed)
 * @self: a report
 *
 * Checks whether no rule failed.
 *
 * Returns: true if none did
 *
 * Since: 1.0
 */
gboolean
qs_report_get_passed (QsReport *self)
{
  g_return_val_if_fail (QS_IS_REPORT (self), FALSE);

  for (guint i = 0; i < self->rules->len; i++)
    {
      if (((Rule *) self->rules->pdata[i])->result == QS_RULE_RESULT_FAILED)
        return FALSE;
    }

  return TRUE;
}

/**
 * qs_report_get_seed: (get-property seed)
 * @self: a report
 *
 * Gets the seed of random choices.
 *
 * Returns: the seed
 *
 * Since: 1.0
 */
guint
qs_report_get_seed (QsReport *self)
{
  g_return_val_if_fail (QS_IS_REPORT (self), 0);

  return self->seed;
}

/**
 * qs_report_get_kills: (get-property kills)
 * @self: a report
 *
 * Gets how often the source's process was killed.
 *
 * Returns: the number of kills
 *
 * Since: 1.0
 */
guint
qs_report_get_kills (QsReport *self)
{
  g_return_val_if_fail (QS_IS_REPORT (self), 0);

  return self->n_kills;
}

/**
 * qs_report_get_records: (get-property records)
 * @self: a report
 *
 * Gets how many records were compared.
 *
 * Returns: the number of records
 *
 * Since: 1.0
 */
guint64
qs_report_get_records (QsReport *self)
{
  g_return_val_if_fail (QS_IS_REPORT (self), 0);

  return self->n_records;
}

/**
 * qs_report_get_lost: (get-property lost)
 * @self: a report
 *
 * Gets how many records were missing.
 *
 * Returns: the number of records
 *
 * Since: 1.0
 */
guint64
qs_report_get_lost (QsReport *self)
{
  g_return_val_if_fail (QS_IS_REPORT (self), 0);

  return self->n_lost;
}

/**
 * qs_report_get_duplicated: (get-property duplicated)
 * @self: a report
 *
 * Gets how many records were repeated after a kill.
 *
 * Returns: the number of records
 *
 * Since: 1.0
 */
guint64
qs_report_get_duplicated (QsReport *self)
{
  g_return_val_if_fail (QS_IS_REPORT (self), 0);

  return self->n_duplicated;
}

/**
 * qs_report_dup_rules:
 * @self: a report
 *
 * Gets the names of the rules that have a result, in the order in which they ran.
 *
 * Returns: (transfer full) (array zero-terminated=1): the names
 *
 * Since: 1.0
 */
char **
qs_report_dup_rules (QsReport *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  g_return_val_if_fail (QS_IS_REPORT (self), NULL);

  for (guint i = 0; i < self->rules->len; i++)
    g_strv_builder_add (builder, ((Rule *) self->rules->pdata[i])->name);

  return g_strv_builder_end (builder);
}

/**
 * qs_report_get_result:
 * @self: a report
 * @rule: the name of a rule
 *
 * Gets the result of a rule.
 *
 * Returns: its result; [enum@Qs.RuleResult.SKIPPED] if it did not run
 *
 * Since: 1.0
 */
QsRuleResult
qs_report_get_result (QsReport *self, const char *rule)
{
  Rule *found = NULL;

  g_return_val_if_fail (QS_IS_REPORT (self), QS_RULE_RESULT_SKIPPED);
  g_return_val_if_fail (rule != NULL, QS_RULE_RESULT_SKIPPED);

  found = find (self, rule);

  return found != NULL ? found->result : QS_RULE_RESULT_SKIPPED;
}

/**
 * qs_report_get_message:
 * @self: a report
 * @rule: the name of a rule
 *
 * Gets why a rule failed or was skipped.
 *
 * Returns: (nullable): the reason; `NULL` if it passed or did not run
 *
 * Since: 1.0
 */
const char *
qs_report_get_message (QsReport *self, const char *rule)
{
  Rule *found = NULL;

  g_return_val_if_fail (QS_IS_REPORT (self), NULL);
  g_return_val_if_fail (rule != NULL, NULL);

  found = find (self, rule);

  return found != NULL ? found->message : NULL;
}

/* Adds a member; @value is floating. */
static void
add (GVariantBuilder *builder, const char *name, GVariant *value)
{
  g_variant_builder_add (builder, "{sv}", name, value);
}

static void
add_text (GVariantBuilder *builder, const char *name, const char *text)
{
  if (text != NULL)
    add (builder, name, g_variant_new_string (text));
}

/* Floating. */
static GVariant *
rule_to_variant (const Rule *rule)
{
  g_autoptr (GEnumClass) results = g_type_class_ref (QS_TYPE_RULE_RESULT);
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  add_text (&builder, "name", rule->name);
  add_text (&builder, "result", g_enum_get_value (results, (int) rule->result)->value_nick);
  add_text (&builder, "message", rule->message);
  add (&builder, "seconds", g_variant_new_double (rule->seconds));

  return g_variant_builder_end (&builder);
}

/**
 * qs_report_to_json:
 * @self: a report
 *
 * Formats a report as a JSON object.
 *
 * Its members are `version`, of this library; `class`, `source`, `guarantee` and `broker`
 * (`embedded` or an address), of what was tested; `passed`, `seed`, `kills`, `records`, `lost`,
 * `duplicated`; and `rules`, an array of objects with `name`, `result` (`passed`, `failed` or
 * `skipped`), `seconds`, and the reason as `message` if it did not pass. Members are added, never
 * changed.
 *
 * Returns: (transfer full): the JSON
 *
 * Since: 1.0
 */
char *
qs_report_to_json (QsReport *self)
{
  GVariantBuilder  builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  GVariantBuilder  rules = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));
  g_autofree char *version = NULL;
  g_autoptr (GVariant) all = NULL;

  g_return_val_if_fail (QS_IS_REPORT (self), NULL);

  version = g_strdup_printf ("%u.%u", QS_MAJOR_VERSION, QS_MINOR_VERSION);
  for (guint i = 0; i < self->rules->len; i++)
    g_variant_builder_add_value (&rules, rule_to_variant (self->rules->pdata[i]));

  add_text (&builder, "version", version);
  add_text (&builder, "class", self->type);
  add_text (&builder, "source", self->name);
  add_text (&builder, "guarantee", self->guarantee);
  add_text (&builder, "broker", self->broker);
  add (&builder, "passed", g_variant_new_boolean (qs_report_get_passed (self)));
  add (&builder, "seed", g_variant_new_uint32 (self->seed));
  add (&builder, "kills", g_variant_new_uint32 (self->n_kills));
  add (&builder, "records", g_variant_new_uint64 (self->n_records));
  add (&builder, "lost", g_variant_new_uint64 (self->n_lost));
  add (&builder, "duplicated", g_variant_new_uint64 (self->n_duplicated));
  add (&builder, "rules", g_variant_builder_end (&rules));
  all = g_variant_ref_sink (g_variant_builder_end (&builder));

  return qs_json_to_string (all, NULL);
}

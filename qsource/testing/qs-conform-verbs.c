/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-conform.h"

#include "qs-conform-parts-private.h"
#include "qs-harness.h"
#include "qs-nearest-private.h"
#include "qs-source-error.h"

/* Methods of QsConform that run rules. */

/* Has the rules that every source is to obey, before those of the user. */
static void
ensure_rules (QsConform *self)
{
  if (self->rules->len > 0)
    return;

  for (guint i = 0; qs_conform_rules[i].name != NULL; i++)
    {
      QsConformEntry *rule = g_new0 (QsConformEntry, 1);

      rule->name = g_strdup (qs_conform_rules[i].name);
      rule->own = &qs_conform_rules[i];
      g_ptr_array_add (self->rules, rule);
    }
}

/* nullable */
static QsConformEntry *
find (QsConform *self, const char *name)
{
  ensure_rules (self);
  for (guint i = 0; i < self->rules->len; i++)
    {
      QsConformEntry *rule = self->rules->pdata[i];

      if (g_str_equal (rule->name, name))
        return rule;
    }

  return NULL;
}

static gboolean
has_failed (QsConform *self, const char *name, char **reason)
{
  if (name == NULL || qs_conform_check (self, name, NULL))
    return FALSE;

  *reason = g_strdup_printf ("It depends on the rule '%s', which failed", name);

  return TRUE;
}

/* Whether the rules that @rule depends on let it run; otherwise @reason is why they do not. */
static gboolean
check_needed (QsConform *self, const QsConformEntry *rule, char **reason)
{
  const char *needs = rule->own != NULL ? rule->own->needs : NULL;
  const char *message = NULL;

  if (has_failed (self, needs, reason))
    return FALSE;
  for (guint i = 0; rule->own != NULL && rule->own->also[i] != NULL; i++)
    {
      if (has_failed (self, rule->own->also[i], reason))
        return FALSE;
    }

  /* Assume that a rule which the author skips would pass. */
  message = needs != NULL ? qs_report_get_message (self->report, needs) : NULL;
  if (message == NULL || find (self, needs)->skip_reason != NULL)
    return TRUE;

  *reason = g_strdup (message);

  return FALSE;
}

static gboolean
check_own (QsConform *self, const QsConformEntry *rule, GError **error)
{
  g_autoptr (QsHarness) harness = qs_conform_make (self, error);

  if (harness == NULL)
    return FALSE;
  if (rule->func (harness, rule->user_data, error))
    return TRUE;

  if (error != NULL && *error == NULL)
    g_set_error (
        error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_FAILED, "It returned false without an error");

  return FALSE;
}

static gboolean
run_rule (QsConform *self, const QsConformEntry *rule, GError **error)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (self->seed ^ g_str_hash (rule->name));
  gboolean ok =
      rule->own != NULL ? rule->own->check (self, random, error) : check_own (self, rule, error);

  qs_conform_end_last (self);

  return ok;
}

/* Runs @rule unless it has a result. */
static void
ensure_result (QsConform *self, const QsConformEntry *rule)
{
  QsReport *report = self->report;
  g_autoptr (GError) error = NULL;
  g_autofree char *reason = g_strdup (rule->skip_reason);
  gint64           start = 0;
  QsRuleResult     result = QS_RULE_RESULT_SKIPPED;

  if (qs_report_has (report, rule->name))
    return;

  if (reason == NULL && check_needed (self, rule, &reason))
    {
      start = g_get_monotonic_time ();
      if (run_rule (self, rule, &error))
        result = QS_RULE_RESULT_PASSED;
      else if (!qs_conform_is_left_out (error))
        result = QS_RULE_RESULT_FAILED;
      if (error != NULL)
        reason = g_strdup (error->message);
    }

  qs_report_set_result (report,
                        rule->name,
                        result,
                        reason,
                        start != 0 ? (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC
                                   : 0);
}

static QsConformEntry *
find_or_fail (QsConform *self, const char *name, GError **error)
{
  g_auto (GStrv) names = NULL;
  g_autofree char *hint = NULL;
  g_autofree char *all = NULL;
  QsConformEntry  *found = find (self, name);

  if (found != NULL)
    return found;

  names = qs_conform_dup_rules (self);
  hint = qs_nearest_hint (name, (const char *const *) names);
  all = g_strjoinv (", ", names);
  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_NOT_FOUND,
               "There is no rule '%s'%s. The rules are %s.",
               name,
               hint,
               all);

  return NULL;
}

/**
 * qs_conform_add_rule:
 * @self: a set of rules
 * @name: its name, such as `clock`
 * @func: (scope notified) (closure user_data) (destroy destroy): checks the rule
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data
 *
 * Adds a custom rule, which is checked after the existing rules.
 *
 * Its name must differ from those of all other rules.
 *
 * Since: 1.0
 */
void
qs_conform_add_rule (QsConform     *self,
                     const char    *name,
                     QsRuleFunc     func,
                     gpointer       user_data,
                     GDestroyNotify destroy)
{
  QsConformEntry *rule = NULL;

  g_return_if_fail (QS_IS_CONFORM (self));
  g_return_if_fail (name != NULL && find (self, name) == NULL);
  g_return_if_fail (func != NULL);

  ensure_rules (self);
  rule = g_new0 (QsConformEntry, 1);
  rule->name = g_strdup (name);
  rule->func = func;
  rule->user_data = user_data;
  rule->destroy = destroy;
  g_ptr_array_add (self->rules, rule);
}

/**
 * qs_conform_skip_rule:
 * @self: a set of rules
 * @name: the name of a rule
 * @reason: why it does not apply to this source
 * @error: return location for an error
 *
 * Skips a rule; the report contains the reason. Rules that depend on it still run.
 *
 * Returns: true if there is such a rule; false with [error@Gio.IOErrorEnum.NOT_FOUND]
 *
 * Since: 1.0
 */
gboolean
qs_conform_skip_rule (QsConform *self, const char *name, const char *reason, GError **error)
{
  QsConformEntry *rule = NULL;

  g_return_val_if_fail (QS_IS_CONFORM (self), FALSE);
  g_return_val_if_fail (name != NULL && reason != NULL, FALSE);

  rule = find_or_fail (self, name, error);
  if (rule == NULL)
    return FALSE;

  g_free (rule->skip_reason);
  rule->skip_reason = g_strdup (reason);

  return TRUE;
}

/**
 * qs_conform_dup_rules:
 * @self: a set of rules
 *
 * Gets the names of all rules, in the order in which [method@Conform.run] runs them.
 *
 * Returns: (transfer full) (array zero-terminated=1): the names
 *
 * Since: 1.0
 */
char **
qs_conform_dup_rules (QsConform *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  g_return_val_if_fail (QS_IS_CONFORM (self), NULL);

  ensure_rules (self);
  for (guint i = 0; i < self->rules->len; i++)
    g_strv_builder_add (builder, ((QsConformEntry *) self->rules->pdata[i])->name);

  return g_strv_builder_end (builder);
}

/**
 * qs_conform_check:
 * @self: a set of rules
 * @rule: the name of a rule
 * @error: return location for an error
 *
 * Checks one rule, unless it has a result, and the rules that it depends on.
 *
 * [method@Report.get_result] returns whether it passed or was skipped.
 *
 * Returns: true unless the source fails the rule; false with an error that says why it does,
 *   or with [error@Gio.IOErrorEnum.NOT_FOUND]
 *
 * Since: 1.0
 */
gboolean
qs_conform_check (QsConform *self, const char *rule, GError **error)
{
  QsConformEntry *found = NULL;

  g_return_val_if_fail (QS_IS_CONFORM (self), FALSE);
  g_return_val_if_fail (rule != NULL, FALSE);

  found = find_or_fail (self, rule, error);
  if (found == NULL)
    return FALSE;

  ensure_result (self, found);
  if (qs_report_get_result (self->report, rule) != QS_RULE_RESULT_FAILED)
    return TRUE;

  g_set_error (error,
               QS_SOURCE_ERROR,
               QS_SOURCE_ERROR_FAILED,
               "The source fails the rule '%s': %s (seed %u)",
               rule,
               qs_report_get_message (self->report, rule),
               self->seed);

  return FALSE;
}

/**
 * qs_conform_run:
 * @self: a set of rules
 * @error: return location for an error
 *
 * Checks all rules.
 *
 * A rule that the source fails is not an error of this call; see
 * [method@Report.get_passed].
 *
 * Returns: (transfer full): the report, or `NULL` with an error if the factory makes no harness
 *
 * Since: 1.0
 */
QsReport *
qs_conform_run (QsConform *self, GError **error)
{
  g_autoptr (QsHarness) harness = NULL;

  g_return_val_if_fail (QS_IS_CONFORM (self), NULL);

  harness = qs_conform_make (self, error);
  if (harness == NULL)
    return NULL;

  g_clear_object (&harness);
  ensure_rules (self);
  for (guint i = 0; i < self->rules->len; i++)
    ensure_result (self, self->rules->pdata[i]);

  return g_object_ref (self->report);
}

/* One test of GLib's. */
typedef struct
{
  QsConform *conform; /* owned */
  char      *rule;    /* owned */
} Test;

static void
test_free (gpointer data)
{
  Test *self = data;

  g_object_unref (self->conform);
  g_free (self->rule);
  g_free (self);
}

static void
test_cb (gconstpointer data)
{
  const Test *self = data;
  g_autoptr (GError) error = NULL;

  if (!qs_conform_check (self->conform, self->rule, &error))
    g_test_fail_printf ("%s", error->message);
  else if (qs_report_get_result (self->conform->report, self->rule) == QS_RULE_RESULT_SKIPPED)
    g_test_skip (qs_report_get_message (self->conform->report, self->rule));
}

/**
 * qs_conform_add_tests:
 * @self: a set of rules
 * @path: the path of the tests, such as `/my-source`
 *
 * Adds a test to GLib's test framework for each rule, such as `/my-source/kill`.
 *
 * Call it after [func@GLib.test_init], and after adding and skipping rules.
 *
 * Since: 1.0
 */
void
qs_conform_add_tests (QsConform *self, const char *path)
{
  g_return_if_fail (QS_IS_CONFORM (self));
  g_return_if_fail (path != NULL);

  ensure_rules (self);
  for (guint i = 0; i < self->rules->len; i++)
    {
      Test            *test = g_new0 (Test, 1);
      g_autofree char *full = NULL;

      test->conform = g_object_ref (self);
      test->rule = g_strdup (((QsConformEntry *) self->rules->pdata[i])->name);
      full = g_strdup_printf ("%s/%s", path, test->rule);
      g_test_add_data_func_full (full, test, test_cb, test_free);
    }
}

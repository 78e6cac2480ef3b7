/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The verbs `topics` and `doctor`: whether an application could run. */

#include <string.h>

#include "qsc-applications.h"
#include "qsc-grid.h"
#include "qsc-progress.h"
#include "qsc-run.h"
#include "qsc-text.h"

/* Seconds that doctor waits for an answer. */
#define PATIENCE "8"

/* Where what stands beside the name of a check begins. */
#define CHECK_COLUMN 24

enum
{
  RED = 31,
  GREEN = 32,
  YELLOW = 33,
};

static const char *
get_text (GVariant *dict, const char *key)
{
  const char *text = "";

  g_variant_lookup (dict, key, "&s", &text);

  return text;
}

static void
add_number (QscGrid *grid, GVariant *topic, const char *key)
{
  int number = -1;

  if (g_variant_lookup (topic, key, "i", &number) && number >= 0)
    qsc_grid_add (grid, 0, "%d", number);
  else
    qsc_grid_add (grid, 0, "-");
}

static gboolean
is_good (const char *action)
{
  return g_str_equal (action, "use") || g_str_equal (action, "create");
}

gboolean
qsc_topics_print (GVariant *topics)
{
  const char *const headings[] = { "TOPIC",     "4>PARTITIONS", "3>WANTED", "2>REPLICAS",
                                   "1>WANTED ", "RUN WOULD",    "DIFFERS",  NULL };
  g_autoptr (QscGrid) grid = qsc_grid_new (headings);
  g_autofree char *text = NULL;
  gboolean         is_well = TRUE;

  for (gsize i = 0; i < g_variant_n_children (topics); i++)
    {
      g_autoptr (GVariant) topic = g_variant_get_child_value (topics, i);
      g_autofree const char **differences = NULL;
      g_autofree char        *joined = NULL;
      const char             *action = get_text (topic, "action");

      g_variant_lookup (topic, "differences", "^a&s", &differences);
      joined = differences != NULL ? g_strjoinv (", ", (char **) differences) : g_strdup ("");
      qsc_grid_add (grid, 0, "%s", get_text (topic, "name"));
      add_number (grid, topic, "n-partitions");
      add_number (grid, topic, "wanted-partitions");
      add_number (grid, topic, "replication-factor");
      add_number (grid, topic, "wanted-replication-factor");
      qsc_grid_add (grid,
                    is_good (action) ? GREEN : RED,
                    "%s",
                    g_str_equal (action, "use")       ? "use it"
                    : g_str_equal (action, "create")  ? "create it"
                    : g_str_equal (action, "missing") ? "fail: it is missing"
                                                      : "fail: other partitions");
      qsc_grid_add (grid, YELLOW, "%s", *joined != '\0' ? joined : "-");
      is_well = is_well && is_good (action);
    }
  text = qsc_grid_to_text (grid, "", qsc_has_colour (), qsc_text_get_columns ());
  g_print ("%s", text);

  return is_well;
}

int
qsc_verb_topics (QscCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QscPlan) plan = qsc_plan_new (call, &error);
  g_autoptr (GVariant) topics = NULL;
  gboolean is_well = TRUE;

  if (plan == NULL || !qsc_plan_check_broker (plan, call, &error) ||
      !qsc_plan_add_sources (plan, &error))
    return qsc_fail_error (error);

  topics = qs_application_check_topics (plan->application, &error);
  if (topics == NULL)
    return qsc_fail_error (error);

  if (!qsc_call_has (call, "json"))
    return qsc_topics_print (topics) ? QSC_DONE : QSC_NOT_WELL;

  for (gsize i = 0; i < g_variant_n_children (topics); i++)
    {
      g_autoptr (GVariant) topic = g_variant_get_child_value (topics, i);

      is_well = is_well && is_good (get_text (topic, "action"));
    }
  qsc_print_json (topics);

  return is_well ? QSC_DONE : QSC_NOT_WELL;
}

static void
print_check (GVariant *check)
{
  const char *state = get_text (check, "state");
  const char *advice = get_text (check, "advice");
  g_autoptr (GString) out = g_string_new (NULL);
  int columns = qsc_text_get_columns ();
  int indent = qsc_text_get_indent (CHECK_COLUMN);
  int colour = g_str_equal (state, "ok") ? GREEN : g_str_equal (state, "failed") ? RED : YELLOW;

  if (qsc_has_colour ())
    g_print ("\033[%dm%-8s\033[0m", colour, state);
  else
    g_print ("%-8s", state);
  g_print ("%-16s", get_text (check, "check"));
  /* One line each where it is no terminal: what reads them looks for whole sentences. */
  qsc_text_append (out, get_text (check, "text"), CHECK_COLUMN, indent, columns);
  if (*advice != '\0')
    {
      g_string_append_printf (out, "%*s", indent, "");
      qsc_text_append (out, advice, indent, indent, columns);
    }
  g_print ("%s", out->str);
}

static gboolean
are_well (GVariant *checks)
{
  for (gsize i = 0; i < g_variant_n_children (checks); i++)
    {
      g_autoptr (GVariant) check = g_variant_get_child_value (checks, i);

      if (g_str_equal (get_text (check, "state"), "failed"))
        return FALSE;
    }

  return TRUE;
}

gboolean
qsc_checks_print (GVariant *checks)
{
  for (gsize i = 0; i < g_variant_n_children (checks); i++)
    {
      g_autoptr (GVariant) check = g_variant_get_child_value (checks, i);

      print_check (check);
    }

  return are_well (checks);
}

/* Joins two lists; floating. */
static GVariant *
join (GVariant *first, GVariant *second)
{
  GVariant *const lists[] = { first, second };
  GVariantBuilder all;

  g_variant_builder_init (&all, G_VARIANT_TYPE ("aa{sv}"));
  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    for (gsize j = 0; j < g_variant_n_children (lists[i]); j++)
      {
        g_autoptr (GVariant) check = g_variant_get_child_value (lists[i], j);

        g_variant_builder_add_value (&all, check);
      }

  return g_variant_builder_end (&all);
}

/* Shortens the wait for someone who looks for a problem, unless the call sets it. */
static void
set_patience (QscCall *call)
{
  GPtrArray *values = NULL;

  if (qsc_call_has (call, "request-timeout"))
    return;

  values = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (values, g_strdup (PATIENCE));
  g_hash_table_insert (call->options, g_strdup ("request-timeout"), values);
}

int
qsc_verb_doctor (QscCall *call)
{
  gboolean has_sources = qsc_call_has (call, "config") || call->words[0] != NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (QscPlan) plan = NULL;
  g_autoptr (GVariant) of_application = NULL;
  g_autoptr (GVariant) of_inputs = NULL;
  g_autoptr (GVariant) checks = NULL;

  /* The report has all that is in the warnings. */
  qsc_log_limit (G_LOG_LEVEL_CRITICAL);
  set_patience (call);
  plan = has_sources ? qsc_plan_new (call, &error) : qsc_plan_new_empty (call, &error);
  if (plan == NULL || !qsc_plan_check_needs (plan, call, &error) ||
      !qsc_plan_check_broker (plan, call, &error) || !qsc_plan_add_sources (plan, &error))
    return qsc_fail_error (error);

  of_application = qs_application_diagnose (plan->application);
  of_inputs = qsc_plan_check_inputs (plan);
  checks = g_variant_ref_sink (join (of_application, of_inputs));
  if (qsc_call_has (call, "json"))
    qsc_print_json (checks);
  else
    qsc_checks_print (checks);

  return are_well (checks) ? QSC_DONE : QSC_NOT_WELL;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <stdio.h>
#include <unistd.h>

#include "qsc-run.h"
#include "qsc.h"

/* Green, red and yellow where there are colours. */
static const struct
{
  const char *word;
  const char *colour;
} results[] = {
  [QS_RULE_RESULT_FAILED] = { "failed", "\033[31m" },
  [QS_RULE_RESULT_PASSED] = { "passed", "\033[32m" },
  [QS_RULE_RESULT_SKIPPED] = { "skipped", "\033[33m" },
};

static QsHarness *
make_harness (gpointer user_data, GError **error)
{
  QscCall    *call = user_data;
  const char *guarantee = qsc_call_get (call, "processing-guarantee");
  g_autoptr (QsBaseSource) source = qsc_call_make_source (call, error);
  QsHarness *harness = source != NULL ? qs_harness_new (source) : NULL;

  if (harness != NULL && g_strcmp0 (guarantee, "exactly-once") == 0)
    g_object_set (qs_harness_get_application (harness),
                  "processing-guarantee",
                  QS_PROCESSING_GUARANTEE_EXACTLY_ONCE,
                  NULL);

  return harness;
}

/* The number that an option has; @number stays as it is without one. */
static gboolean
parse_number (QscCall    *call,
              const char *option,
              guint       min,
              guint       max,
              guint      *number,
              GError    **error)
{
  const char *text = qsc_call_get (call, option);
  guint64     value = 0;

  if (text == NULL)
    return TRUE;
  if (g_ascii_string_to_unsigned (text, 10, min, max, &value, NULL))
    {
      *number = (guint) value;
      return TRUE;
    }

  g_set_error (error,
               QSC_ERROR,
               QSC_USAGE,
               "'%s' is not a value of '--%s': it is an integer from %u to %u",
               text,
               option,
               min,
               max);
  return FALSE;
}

static gboolean
parse_timeout (QscCall *call, QsConform *conform, GError **error)
{
  const char *text = qsc_call_get (call, "timeout");
  char       *end = NULL;
  double      timeout = text != NULL ? g_ascii_strtod (text, &end) : 30;

  if (text != NULL && (end == text || *end != '\0' || !(timeout >= 0.1 && timeout <= 86400)))
    {
      g_set_error (
          error,
          QSC_ERROR,
          QSC_USAGE,
          "'%s' is not a value of '--timeout': it is a number of seconds from 0.1 to 86400",
          text);
      return FALSE;
    }
  qs_conform_set_timeout (conform, timeout);

  return TRUE;
}

static gboolean
parse_guarantee (QscCall *call, GError **error)
{
  const char *text = qsc_call_get (call, "processing-guarantee");

  if (text == NULL || g_str_equal (text, "at-least-once") || g_str_equal (text, "exactly-once"))
    return TRUE;

  g_set_error (error,
               QSC_ERROR,
               QSC_USAGE,
               "'%s' is not a value of '--processing-guarantee': it is one of at-least-once, "
               "exactly-once",
               text);
  return FALSE;
}

static gboolean
skip_rules (QscCall *call, QsConform *conform, GError **error)
{
  GPtrArray *skipped = qsc_call_get_all (call, "skip");

  for (guint i = 0; skipped != NULL && i < skipped->len; i++)
    {
      if (!qs_conform_skip_rule (
              conform, skipped->pdata[i], "It was skipped on the command line", error))
        {
          (*error)->domain = QSC_ERROR;
          (*error)->code = QSC_USAGE;
          return FALSE;
        }
    }

  return TRUE;
}

static QsConform *
make_conform (QscCall *call, GError **error)
{
  g_autoptr (QsConform) conform = qs_conform_new (make_harness, call, NULL);
  guint seed = qs_conform_get_seed (conform);
  guint kills = qs_conform_get_kills (conform);
  guint records = qs_conform_get_records (conform);

  if (!parse_number (call, "seed", 0, G_MAXUINT, &seed, error) ||
      !parse_number (call, "kills", 1, 100000, &kills, error) ||
      !parse_number (call, "records", 1, 100000, &records, error) ||
      !parse_timeout (call, conform, error) || !parse_guarantee (call, error) ||
      !skip_rules (call, conform, error))
    return NULL;

  qs_conform_set_seed (conform, seed);
  qs_conform_set_kills (conform, kills);
  qs_conform_set_records (conform, records);

  return g_steal_pointer (&conform);
}

/* The rules that are asked for, ended by NULL; NULL with an error if one is none. transfer full */
static char **
dup_rules (QscCall *call, QsConform *conform, GError **error)
{
  g_auto (GStrv) all = qs_conform_dup_rules (conform);
  GPtrArray *asked = qsc_call_get_all (call, "rule");
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; asked != NULL && i < asked->len; i++)
    {
      g_autofree char *list = NULL;

      if (!g_strv_contains ((const char *const *) all, asked->pdata[i]))
        {
          list = g_strjoinv (", ", all);
          g_set_error (error,
                       QSC_ERROR,
                       QSC_USAGE,
                       "There is no rule '%s': the rules are %s",
                       (char *) asked->pdata[i],
                       list);
          return NULL;
        }
      g_strv_builder_add (builder, asked->pdata[i]);
    }

  return asked != NULL && asked->len > 0 ? g_strv_builder_end (builder) : g_steal_pointer (&all);
}

static void
print_rule (QsReport *report, const char *rule)
{
  QsRuleResult result = qs_report_get_result (report, rule);
  const char  *message = qs_report_get_message (report, rule);
  gboolean     has_colour = isatty (STDOUT_FILENO) && g_getenv ("NO_COLOR") == NULL;

  g_print ("%-14s %s%-7s%s%s%s\n",
           rule,
           has_colour ? results[result].colour : "",
           results[result].word,
           has_colour ? "\033[0m" : "",
           message != NULL ? "  " : "",
           message != NULL ? message : "");
  qsc_flush_output ();
}

static gboolean
write_report (QscCall *call, QsReport *report, GError **error)
{
  const char      *path = qsc_call_get (call, "report");
  g_autofree char *json = qs_report_to_json (report);
  g_autofree char *line = g_strconcat (json, "\n", NULL);

  if (qsc_call_has (call, "json"))
    g_print ("%s", line);

  return path == NULL || g_file_set_contents (path, line, -1, error);
}

static int
check_rules (QscCall *call, QsConform *conform, char **rules)
{
  g_autoptr (GError) error = NULL;
  QsReport *report = qs_conform_get_report (conform);

  for (guint i = 0; rules[i] != NULL; i++)
    {
      qs_conform_check (conform, rules[i], NULL);
      if (!qsc_call_has (call, "json"))
        print_rule (report, rules[i]);
    }
  if (!qsc_call_has (call, "json"))
    g_print ("%u kills, %" G_GUINT64_FORMAT " records, %" G_GUINT64_FORMAT
             " lost, %" G_GUINT64_FORMAT " duplicated, seed %u\n",
             qs_report_get_kills (report),
             qs_report_get_records (report),
             qs_report_get_lost (report),
             qs_report_get_duplicated (report),
             qs_report_get_seed (report));

  if (!write_report (call, report, &error))
    return qsc_fail_error (error);

  return qs_report_get_passed (report) ? QSC_DONE : QSC_NOT_WELL;
}

int
qsc_verb_conform (QscCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsConform) conform = NULL;
  g_autoptr (QsBaseSource) source = NULL;
  g_auto (GStrv) rules = NULL;

  if (call->words[0] == NULL)
    return qsc_fail (QSC_USAGE,
                     "No source was named. 'qsource inspect' lists the sources; your own is "
                     "FILE.py, FILE.js, FILE.lua or FILE.so");

  conform = make_conform (call, &error);
  rules = conform != NULL ? dup_rules (call, conform, &error) : NULL;
  source = rules != NULL ? qsc_call_make_source (call, &error) : NULL;
  if (source == NULL)
    return qsc_fail_error (error);

  if (qsc_call_has (call, "broker-address"))
    g_setenv ("QSOURCE_TEST_BROKER", qsc_call_get (call, "broker-address"), TRUE);
  /* Kills are what is asked for here: what is logged about them is no news. */
  if (!qsc_call_has (call, "verbose"))
    g_setenv ("QSOURCE_LOG_LEVEL", "error", FALSE);

  /* A worker goes no further. */
  qs_harness_serve (source);

  return check_rules (call, conform, rules);
}

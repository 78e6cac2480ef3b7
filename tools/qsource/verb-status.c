/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The verbs that look at applications that run, and control their sources. */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "qsc-applications.h"
#include "qsc-run.h"
#include "qsc-text.h"

gboolean
qsc_call_find_application (QscCall *call, const char *given, char **name, GError **error)
{
  g_autoptr (QscConfig) config = NULL;
  g_autoptr (GVariant) settings = NULL;
  const char *group = NULL;

  *name = NULL;
  if (!qsc_call_has (call, "config"))
    {
      *name = g_strdup (given);
      return TRUE;
    }
  if (given != NULL)
    {
      g_set_error (error,
                   QSC_ERROR,
                   QSC_USAGE,
                   "'%s' is not expected: the application is that of the file",
                   given);
      return FALSE;
    }
  if (!qsc_call_load_config (call, &config, error))
    return FALSE;

  settings = qsc_settings_read (call, config, error);
  if (settings == NULL)
    return FALSE;
  if (!g_variant_lookup (settings, "consumer-group", "&s", &group))
    group = g_getenv ("QSOURCE_CONSUMER_GROUP");
  *name = g_strdup (group != NULL ? group : "qsource-default");

  return TRUE;
}

static int
fail_no_application (const char *name)
{
  g_autoptr (GPtrArray) all = qsc_applications_find (NULL, QSC_PATIENCE);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (guint i = 0; i < all->len; i++)
    g_ptr_array_add (names, (gpointer) qsc_application_get_name (all->pdata[i]));
  g_ptr_array_add (names, NULL);

  return qsc_fail_unknown ("application that runs here and is called",
                           name,
                           (const char *const *) names->pdata,
                           "'qsource status'");
}

int
qsc_verb_status (QscCall *call)
{
  g_autofree char *name = NULL;
  g_autoptr (GPtrArray) applications = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  if (call->words[0] != NULL && call->words[1] != NULL)
    return qsc_fail (QSC_USAGE, "'status' takes one application, or none for all of them");
  if (!qsc_call_find_application (call, call->words[0], &name, &error))
    return qsc_fail_error (error);

  applications = qsc_applications_find (name, QSC_PATIENCE);
  if (name != NULL && applications->len == 0)
    return fail_no_application (name);

  if (qsc_call_has (call, "json"))
    qsc_print_json (qsc_applications_to_json (applications));
  else if (applications->len == 0)
    g_printerr ("No application of this user runs here\n");

  text = qsc_applications_to_text (applications, qsc_has_colour (), qsc_text_get_columns ());
  if (!qsc_call_has (call, "json"))
    g_print ("%s", text);

  return qsc_applications_are_ill (applications) ? QSC_NOT_WELL : QSC_DONE;
}

static gboolean
has_source (QscApplication *application, const char *name)
{
  g_auto (GStrv) names = qsc_application_list_sources (application);

  return g_strv_contains ((const char *const *) names, name);
}

static int
fail_no_source (GPtrArray *applications, const char *name)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) names = NULL;

  for (guint i = 0; i < applications->len; i++)
    {
      g_auto (GStrv) some = qsc_application_list_sources (applications->pdata[i]);

      g_strv_builder_addv (builder, (const char **) some);
    }
  names = g_strv_builder_end (builder);

  return qsc_fail_unknown (
      "source that runs here and is called", name, (const char *const *) names, "'qsource status'");
}

/* The one application that has the source, or NULL and *@status. */
static QscApplication *
choose (GPtrArray *applications, const char *source, int *status)
{
  QscApplication *found = NULL;

  for (guint i = 0; i < applications->len; i++)
    {
      QscApplication *application = applications->pdata[i];

      if (!has_source (application, source))
        continue;
      if (found != NULL)
        {
          *status = qsc_fail (QSC_USAGE,
                              "Both %s and %s have a source '%s'; choose by --application, a name "
                              "or the process",
                              qsc_application_get_name (found),
                              qsc_application_get_name (application),
                              source);
          return NULL;
        }
      found = application;
    }

  if (found == NULL)
    *status = fail_no_source (applications, source);

  return found;
}

static int
control (QscCall *call, const char *method, const char *done)
{
  const char      *source = call->words[0];
  g_autofree char *name = NULL;
  g_autoptr (GPtrArray) applications = NULL;
  g_autoptr (GError) error = NULL;
  QscApplication *application = NULL;
  int             status = QSC_DONE;

  if (source == NULL || call->words[1] != NULL)
    return qsc_fail (QSC_USAGE, "'%s' needs the name of one source", call->verb->name);

  if (!qsc_call_find_application (call, qsc_call_get (call, "application"), &name, &error))
    return qsc_fail_error (error);
  applications = qsc_applications_find (name, QSC_PATIENCE);
  if (name != NULL && applications->len == 0)
    return fail_no_application (name);
  application = choose (applications, source, &status);
  if (application == NULL)
    return status;

  if (!qsc_application_call (application, method, source, &error))
    return qsc_fail (QSC_NOT_WELL, "%s", error->message);

  g_printerr (
      "Source '%s' of %s was asked to %s\n", source, qsc_application_get_name (application), done);

  return QSC_DONE;
}

int
qsc_verb_pause (QscCall *call)
{
  return control (call, "PauseSource", "pause");
}

int
qsc_verb_resume (QscCall *call)
{
  return control (call, "ResumeSource", "go on");
}

int
qsc_verb_restart (QscCall *call)
{
  return control (call, "RestartSource", "start again");
}

int
qsc_verb_stop (QscCall *call)
{
  return control (call, "StopSource", "stop");
}

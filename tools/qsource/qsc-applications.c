/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qsc-applications.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OBJECT "/org/qsource/Application1"
#define INTERFACE "org.qsource.Application1"

static void
application_free (gpointer data)
{
  QscApplication *self = data;

  if (self->connection != NULL)
    g_dbus_connection_close_sync (self->connection, NULL, NULL);
  g_clear_object (&self->connection);
  g_clear_pointer (&self->status, g_variant_unref);
  g_clear_error (&self->error);
  g_free (self->path);
  g_free (self);
}

/* Requests to several applications side by side. */
typedef struct
{
  GCancellable *cancellable;
  guint         n_open;
} Round;

typedef struct
{
  Round          *round;
  QscApplication *application;
} Question;

static gboolean
give_up_cb (gpointer user_data)
{
  g_cancellable_cancel (user_data);
  return G_SOURCE_REMOVE;
}

static void
end_question (Question *question, GError *error)
{
  g_clear_error (&question->application->error);
  question->application->error = error;
  question->round->n_open--;
  g_free (question);
}

static void
status_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Question *question = user_data;
  GError   *error = NULL;
  g_autoptr (GVariant) answer =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (object), result, &error);

  if (answer != NULL)
    {
      g_clear_pointer (&question->application->status, g_variant_unref);
      question->application->status = g_variant_get_child_value (answer, 0);
    }
  end_question (question, error);
}

static void
ask_status (Question *question)
{
  g_dbus_connection_call (question->application->connection,
                          NULL,
                          OBJECT,
                          INTERFACE,
                          "GetStatus",
                          NULL,
                          G_VARIANT_TYPE ("(a{sv})"),
                          G_DBUS_CALL_FLAGS_NONE,
                          QSC_PATIENCE,
                          question->round->cancellable,
                          status_cb,
                          question);
}

static void
connected_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Question *question = user_data;
  GError   *error = NULL;

  question->application->connection = g_dbus_connection_new_for_address_finish (result, &error);
  if (question->application->connection != NULL)
    ask_status (question);
  else
    end_question (question, error);
}

static void
ask (QscApplication *application, Round *round)
{
  g_autofree char *escaped = NULL;
  g_autofree char *address = NULL;
  Question        *question = g_new0 (Question, 1);

  question->round = round;
  question->application = application;
  round->n_open++;
  if (application->connection != NULL)
    {
      ask_status (question);
      return;
    }

  escaped = g_dbus_address_escape_value (application->path);
  address = g_strconcat ("unix:path=", escaped, NULL);
  g_dbus_connection_new_for_address (address,
                                     G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT,
                                     NULL,
                                     round->cancellable,
                                     connected_cb,
                                     question);
}

static gboolean
is_gone (QscApplication *self)
{
  return self->error != NULL &&
         (g_error_matches (self->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED) ||
          g_error_matches (self->error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND) ||
          g_error_matches (self->error, G_IO_ERROR, G_IO_ERROR_CLOSED) ||
          g_error_matches (self->error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED));
}

void
qsc_applications_refresh (GPtrArray *applications, guint patience)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Round round = { .cancellable = cancellable };
  guint timer = g_timeout_add (patience, give_up_cb, cancellable);

  for (guint i = 0; i < applications->len; i++)
    ask (applications->pdata[i], &round);
  while (round.n_open > 0)
    g_main_context_iteration (NULL, TRUE);
  if (!g_cancellable_is_cancelled (cancellable))
    g_source_remove (timer);

  for (guint i = applications->len; i > 0; i--)
    if (is_gone (applications->pdata[i - 1]))
      g_ptr_array_remove_index (applications, i - 1);
}

const char *
qsc_application_get_name (QscApplication *self)
{
  const char *name = NULL;

  if (self->status != NULL && g_variant_lookup (self->status, "name", "&s", &name))
    return name;

  name = strrchr (self->path, '/');
  return name != NULL ? name + 1 : self->path;
}

static gboolean
is_called (QscApplication *self, const char *name)
{
  int              pid = 0;
  g_autofree char *text = NULL;

  if (g_str_equal (qsc_application_get_name (self), name))
    return TRUE;
  if (self->status == NULL || !g_variant_lookup (self->status, "pid", "i", &pid))
    return FALSE;

  text = g_strdup_printf ("%d", pid);
  return g_str_equal (text, name);
}

GPtrArray *
qsc_applications_find (const char *name, guint patience)
{
  GPtrArray *applications = g_ptr_array_new_with_free_func (application_free);
  g_auto (GStrv) paths = qs_control_list_sockets ();

  for (char **path = paths; *path != NULL; path++)
    {
      QscApplication *application = g_new0 (QscApplication, 1);

      application->path = g_strdup (*path);
      g_ptr_array_add (applications, application);
    }
  qsc_applications_refresh (applications, patience);

  for (guint i = applications->len; name != NULL && i > 0; i--)
    if (!is_called (applications->pdata[i - 1], name))
      g_ptr_array_remove_index (applications, i - 1);

  return applications;
}

char **
qsc_application_list_sources (QscApplication *self)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  g_autoptr (GVariant) sources = NULL;

  if (self->status != NULL)
    sources = g_variant_lookup_value (self->status, "sources", G_VARIANT_TYPE ("aa{sv}"));
  for (gsize i = 0; sources != NULL && i < g_variant_n_children (sources); i++)
    {
      g_autoptr (GVariant) source = g_variant_get_child_value (sources, i);
      const char *name = NULL;

      if (g_variant_lookup (source, "name", "&s", &name))
        g_strv_builder_add (names, name);
    }

  return g_strv_builder_end (names);
}

gboolean
qsc_application_call (QscApplication *self, const char *method, const char *source, GError **error)
{
  g_autoptr (GVariant) answer = NULL;

  answer = g_dbus_connection_call_sync (self->connection,
                                        NULL,
                                        OBJECT,
                                        INTERFACE,
                                        method,
                                        g_variant_new ("(s)", source),
                                        NULL,
                                        G_DBUS_CALL_FLAGS_NONE,
                                        QSC_PATIENCE,
                                        NULL,
                                        error);
  /* An answer of the application is a whole sentence. */
  if (answer == NULL && error != NULL && !g_dbus_error_strip_remote_error (*error))
    g_prefix_error (error, "Cannot ask application '%s': ", qsc_application_get_name (self));

  return answer != NULL;
}

gboolean
qsc_applications_are_ill (GPtrArray *applications)
{
  for (guint i = 0; i < applications->len; i++)
    {
      QscApplication *self = applications->pdata[i];
      const char     *status = NULL;

      if (self->error != NULL || self->status == NULL ||
          (g_variant_lookup (self->status, "status", "&s", &status) &&
           g_str_equal (status, "failed")))
        return TRUE;
    }

  return FALSE;
}

GVariant *
qsc_applications_to_json (GPtrArray *applications)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < applications->len; i++)
    {
      QscApplication *self = applications->pdata[i];
      GVariantIter    iter;
      const char     *key = NULL;
      GVariant       *value = NULL;

      g_variant_builder_open (&builder, G_VARIANT_TYPE_VARDICT);
      if (self->status == NULL)
        g_variant_builder_add (
            &builder, "{sv}", "name", g_variant_new_string (qsc_application_get_name (self)));
      else
        g_variant_iter_init (&iter, self->status);
      while (self->status != NULL && g_variant_iter_loop (&iter, "{&sv}", &key, &value))
        if (self->error == NULL || !g_str_equal (key, "status"))
          g_variant_builder_add (&builder, "{sv}", key, value);
      if (self->error != NULL)
        {
          g_variant_builder_add (
              &builder, "{sv}", "status", g_variant_new_string ("not answering"));
          g_variant_builder_add (
              &builder, "{sv}", "error", g_variant_new_string (self->error->message));
        }
      g_variant_builder_close (&builder);
    }

  return g_variant_builder_end (&builder);
}

gboolean
qsc_has_colour (void)
{
  const char *no_colour = g_getenv ("NO_COLOR");

  return isatty (STDOUT_FILENO) && (no_colour == NULL || *no_colour == '\0') &&
         g_strcmp0 (g_getenv ("TERM"), "dumb") != 0;
}

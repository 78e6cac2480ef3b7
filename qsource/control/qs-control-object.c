/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-control-object-private.h"

#include <unistd.h>

#include "qs-application-error.h"
#include "qs-application-parts-private.h"
#include "qs-base-source.h"
#include "qs-control-ipc.h"
#include "qs-enum-types.h"

struct _QsControlObject
{
  QsApplication     *application; /* not owned */
  QsIpcApplication1 *skeleton;    /* owned */
  GPtrArray         *sources;     /* QsBaseSource; owned */
};

static gboolean
get_status_cb (QsControlObject *self, GDBusMethodInvocation *invocation)
{
  g_autoptr (GVariant) status = qs_application_dup_status (self->application);

  qs_ipc_application1_complete_get_status (self->skeleton, invocation, status);

  return TRUE;
}

static void
fail (GDBusMethodInvocation *invocation, const GError *error)
{
  g_dbus_method_invocation_return_dbus_error (
      invocation,
      g_error_matches (error, QS_APPLICATION_ERROR, QS_APPLICATION_ERROR_NOT_RUNNING)
          ? "org.qsource.Error.NotRunning"
          : "org.qsource.Error.Failed",
      error->message);
}

/* Calls @verb for the source that is named. */
static gboolean
change_source (QsControlObject       *self,
               GDBusMethodInvocation *invocation,
               const char            *name,
               gboolean (*verb) (QsApplication *, QsBaseSource *, GError **))
{
  QsBaseSource *source = qs_application_get_source (self->application, name);
  g_autoptr (GError) error = NULL;

  if (source == NULL)
    {
      g_autofree char *text = g_strdup_printf ("This application has no source '%s'", name);

      g_dbus_method_invocation_return_dbus_error (
          invocation, "org.qsource.Error.NoSuchSource", text);
      return TRUE;
    }

  if (verb (self->application, source, &error))
    g_dbus_method_invocation_return_value (invocation, NULL);
  else
    fail (invocation, error);

  return TRUE;
}

static gboolean
pause_cb (QsControlObject *self, GDBusMethodInvocation *invocation, const char *name)
{
  return change_source (self, invocation, name, qs_application_pause_source);
}

static gboolean
resume_cb (QsControlObject *self, GDBusMethodInvocation *invocation, const char *name)
{
  return change_source (self, invocation, name, qs_application_resume_source);
}

static gboolean
restart_cb (QsControlObject *self, GDBusMethodInvocation *invocation, const char *name)
{
  return change_source (self, invocation, name, qs_application_restart_source);
}

static gboolean
stop_source_cb (QsControlObject *self, GDBusMethodInvocation *invocation, const char *name)
{
  return change_source (self, invocation, name, qs_application_stop_source);
}

static gboolean
stop_cb (QsControlObject *self, GDBusMethodInvocation *invocation)
{
  qs_application_stop (self->application);
  qs_ipc_application1_complete_stop (self->skeleton, invocation);

  return TRUE;
}

static void
status_cb (QsControlObject *self, GParamSpec *pspec, QsBaseSource *source)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (QS_TYPE_SOURCE_STATUS);

  qs_ipc_application1_emit_source_changed (
      self->skeleton,
      qs_base_source_get_name (source),
      g_enum_get_value (klass, (int) qs_base_source_get_status (source))->value_nick);
}

static void
connect_methods (QsControlObject *self)
{
  const struct
  {
    const char *signal;
    GCallback   callback;
  } methods[] = {
    { "handle-get-status", G_CALLBACK (get_status_cb) },
    { "handle-pause-source", G_CALLBACK (pause_cb) },
    { "handle-resume-source", G_CALLBACK (resume_cb) },
    { "handle-restart-source", G_CALLBACK (restart_cb) },
    { "handle-stop-source", G_CALLBACK (stop_source_cb) },
    { "handle-stop", G_CALLBACK (stop_cb) },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
    g_signal_connect_swapped (self->skeleton, methods[i].signal, methods[i].callback, self);
}

QsControlObject *
qs_control_object_new (QsApplication *application)
{
  QsControlObject *self = g_new0 (QsControlObject, 1);

  self->application = application;
  self->skeleton = qs_ipc_application1_skeleton_new ();
  qs_ipc_application1_set_name (self->skeleton, qs_application_get_consumer_group (application));
  qs_ipc_application1_set_pid (self->skeleton, (int) getpid ());
  connect_methods (self);

  self->sources = qs_source_list_dup_sources (qs_application_get_private (application)->sources);
  for (guint i = 0; i < self->sources->len; i++)
    g_signal_connect_swapped (
        self->sources->pdata[i], "notify::status", G_CALLBACK (status_cb), self);

  return self;
}

void
qs_control_object_free (QsControlObject *self)
{
  for (guint i = 0; i < self->sources->len; i++)
    g_signal_handlers_disconnect_by_data (self->sources->pdata[i], self);
  if (g_dbus_interface_skeleton_get_object_path (G_DBUS_INTERFACE_SKELETON (self->skeleton)) !=
      NULL)
    g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (self->skeleton));
  g_signal_handlers_disconnect_by_data (self->skeleton, self);
  g_ptr_array_unref (self->sources);
  g_object_unref (self->skeleton);
  g_free (self);
}

GDBusInterfaceSkeleton *
qs_control_object_get_skeleton (QsControlObject *self)
{
  return G_DBUS_INTERFACE_SKELETON (self->skeleton);
}

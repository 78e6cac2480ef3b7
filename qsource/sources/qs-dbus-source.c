/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-dbus-source.h"

#include <string.h>

#include "qs-dbus-values-private.h"
#include "qs-log-private.h"
#include "qs-source-description.h"
#include "qs-source-error.h"
#include "qs-topic.h"

/**
 * QsDBusSource:
 *
 * A source of signals on D-Bus.
 *
 * The value of a record is an object: the signal's `sender`, `path`, `interface` and
 * `member`, and its `parameters` as a list. The key is the path.
 *
 * ```sh
 * qsource run dbus bus=system interface=org.freedesktop.login1.Manager
 * ```
 *
 * ## Promise
 *
 * *At most once*: a signal that is sent while the source is not listening is lost, because
 * a bus does not keep signals. The source logs each gap and its length: while the bus could
 * not be reached, and while [property@DBusSource:sender] was not on it. A signal that was
 * received is delivered like any other record.
 *
 * ## Thread safety
 *
 * As [class@Source].
 */

#define RECONNECT_SECONDS 1
#define MAX_RECONNECT_SECONDS 30

struct _QsDBusSource
{
  QsSource parent_instance;

  /* Set before the source is started, then only read. Owned. */
  char *bus;
  char *sender;
  char *path;
  char *interface;
  char *member;
  char *arg0;

  /* Of the thread of run(). */
  GDBusConnection *connection; /* owned; nullable */
  gulong           closed_handler;
  guint            subscription;
  guint            name_watch;
  GSource         *reconnect; /* owned; nullable */
  guint            reconnect_seconds;
  gint64           lost_at;        /* monotonic: since when the bus is away; 0 = it isn't */
  gint64           sender_lost_at; /* likewise, the sender */
};

enum
{
  PROP_BUS = 1,
  PROP_SENDER,
  PROP_PATH,
  PROP_INTERFACE,
  PROP_MEMBER,
  PROP_ARG0,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (QsDBusSource, qs_dbus_source, QS_TYPE_SOURCE)

static const char *
get_name (QsDBusSource *self)
{
  return qs_base_source_get_name (QS_BASE_SOURCE (self));
}

static double
seconds_since (gint64 time)
{
  return (double) (g_get_monotonic_time () - time) / G_USEC_PER_SEC;
}

static void
signal_cb (GDBusConnection *connection,
           const char      *sender,
           const char      *path,
           const char      *interface,
           const char      *member,
           GVariant        *parameters,
           gpointer         user_data)
{
  QsDBusSource   *self = user_data;
  GVariantBuilder builder;
  g_autoptr (GError) error = NULL;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (
      &builder, "{sv}", "sender", g_variant_new_string (sender != NULL ? sender : ""));
  g_variant_builder_add (&builder, "{sv}", "path", g_variant_new_string (path));
  g_variant_builder_add (&builder, "{sv}", "interface", g_variant_new_string (interface));
  g_variant_builder_add (&builder, "{sv}", "member", g_variant_new_string (member));
  g_variant_builder_add (&builder, "{sv}", "parameters", qs_dbus_value_to_json (parameters));

  if (!qs_source_produce_value (
          QS_SOURCE (self), g_variant_new_string (path), g_variant_builder_end (&builder), &error))
    qs_base_source_fail (QS_BASE_SOURCE (self), error);
}

static void
sender_appeared_cb (GDBusConnection *connection,
                    const char      *name,
                    const char      *owner,
                    gpointer         user_data)
{
  QsDBusSource *self = user_data;

  if (self->sender_lost_at != 0)
    qs_log_warning (get_name (self),
                    NULL,
                    "'%s' is on the bus again; signals of %.1f s might be missing",
                    name,
                    seconds_since (self->sender_lost_at));
  self->sender_lost_at = 0;
}

static void
sender_vanished_cb (GDBusConnection *connection, const char *name, gpointer user_data)
{
  QsDBusSource *self = user_data;

  if (connection == NULL || self->sender_lost_at != 0)
    return;

  self->sender_lost_at = g_get_monotonic_time ();
  qs_log_warning (get_name (self), NULL, "'%s' is not on the bus", name);
}

static void
disconnect (QsDBusSource *self)
{
  if (self->name_watch != 0)
    g_bus_unwatch_name (self->name_watch);
  self->name_watch = 0;
  if (self->subscription != 0)
    g_dbus_connection_signal_unsubscribe (self->connection, self->subscription);
  self->subscription = 0;
  g_clear_signal_handler (&self->closed_handler, self->connection);
  g_clear_object (&self->connection);
}

static gboolean connect_to_bus (QsDBusSource *self, GError **error);

static gboolean
reconnect_cb (gpointer user_data)
{
  QsDBusSource *self = user_data;
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&self->reconnect, g_source_unref);
  if (connect_to_bus (self, &error))
    {
      qs_log_warning (get_name (self),
                      NULL,
                      "The bus can be reached again; signals of %.1f s might be missing",
                      seconds_since (self->lost_at));
      self->lost_at = 0;
      self->reconnect_seconds = RECONNECT_SECONDS;
      return G_SOURCE_REMOVE;
    }

  qs_log_info (get_name (self), NULL, "%s", error->message);
  self->reconnect_seconds = MIN (self->reconnect_seconds * 2, MAX_RECONNECT_SECONDS);
  self->reconnect = g_timeout_source_new_seconds (self->reconnect_seconds);
  g_source_set_callback (self->reconnect, reconnect_cb, self, NULL);
  g_source_attach (self->reconnect, g_main_context_get_thread_default ());

  return G_SOURCE_REMOVE;
}

static void
closed_cb (GDBusConnection *connection, gboolean by_peer, GError *error, QsDBusSource *self)
{
  qs_log_warning (get_name (self),
                  NULL,
                  "The bus cannot be reached: %s; trying again",
                  error != NULL ? error->message : "it closed the connection");
  disconnect (self);
  self->lost_at = g_get_monotonic_time ();
  self->reconnect = g_timeout_source_new_seconds (self->reconnect_seconds);
  g_source_set_callback (self->reconnect, reconnect_cb, self, NULL);
  g_source_attach (self->reconnect, g_main_context_get_thread_default ());
}

/* The address of the bus; transfer full. */
static char *
dup_address (QsDBusSource *self, GError **error)
{
  GCancellable *cancellable = qs_base_source_get_cancellable (QS_BASE_SOURCE (self));

  if (g_str_equal (self->bus, "session"))
    return g_dbus_address_get_for_bus_sync (G_BUS_TYPE_SESSION, cancellable, error);
  if (g_str_equal (self->bus, "system"))
    return g_dbus_address_get_for_bus_sync (G_BUS_TYPE_SYSTEM, cancellable, error);

  return g_strdup (self->bus);
}

static gboolean
connect_to_bus (QsDBusSource *self, GError **error)
{
  g_autofree char *address = dup_address (self, error);

  if (address != NULL)
    self->connection = g_dbus_connection_new_for_address_sync (
        address,
        G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
            G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
        NULL,
        qs_base_source_get_cancellable (QS_BASE_SOURCE (self)),
        error);
  if (self->connection == NULL)
    {
      g_prefix_error (error, "Cannot reach the bus '%s': ", self->bus);
      return FALSE;
    }

  g_dbus_connection_set_exit_on_close (self->connection, FALSE);
  self->closed_handler =
      g_signal_connect (self->connection, "closed", G_CALLBACK (closed_cb), self);
  self->subscription = g_dbus_connection_signal_subscribe (self->connection,
                                                           self->sender,
                                                           self->interface,
                                                           self->member,
                                                           self->path,
                                                           self->arg0,
                                                           G_DBUS_SIGNAL_FLAGS_NONE,
                                                           signal_cb,
                                                           self,
                                                           NULL);
  if (self->sender != NULL)
    self->name_watch = g_bus_watch_name_on_connection (self->connection,
                                                       self->sender,
                                                       G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                       sender_appeared_cb,
                                                       sender_vanished_cb,
                                                       self,
                                                       NULL);

  return TRUE;
}

/* Checks values of which GDBus would only warn. */
static gboolean
check (QsDBusSource *self, GError **error)
{
  const char *name = NULL;

  if (self->bus == NULL || (!g_str_equal (self->bus, "session") &&
                            !g_str_equal (self->bus, "system") && !g_dbus_is_address (self->bus)))
    name = "bus";
  else if (self->sender != NULL && !g_dbus_is_name (self->sender))
    name = "sender";
  else if (self->path != NULL && !g_variant_is_object_path (self->path))
    name = "path";
  else if (self->interface != NULL && !g_dbus_is_interface_name (self->interface))
    name = "interface";
  else if (self->member != NULL && !g_dbus_is_member_name (self->member))
    name = "member";
  if (name == NULL)
    return TRUE;

  g_set_error (error,
               QS_SOURCE_ERROR,
               QS_SOURCE_ERROR_INVALID_PROPERTY,
               "Cannot listen to D-Bus: the value of the property %s is not valid for D-Bus; see "
               "'qsource inspect dbus'",
               name);
  return FALSE;
}

static gboolean
qs_dbus_source_setup (QsBaseSource *source, GError **error)
{
  QsDBusSource *self = QS_DBUS_SOURCE (source);

  self->reconnect_seconds = RECONNECT_SECONDS;

  return check (self, error) && connect_to_bus (self, error) &&
         QS_BASE_SOURCE_CLASS (qs_dbus_source_parent_class)->setup (source, error);
}

static gboolean
qs_dbus_source_cleanup (QsSource *source, gboolean failed, GError **error)
{
  QsDBusSource *self = QS_DBUS_SOURCE (source);

  if (self->reconnect != NULL)
    g_source_destroy (self->reconnect);
  g_clear_pointer (&self->reconnect, g_source_unref);
  disconnect (self);

  return QS_SOURCE_CLASS (qs_dbus_source_parent_class)->cleanup (source, failed, error);
}

static void
qs_dbus_source_finalize (GObject *object)
{
  QsDBusSource *self = QS_DBUS_SOURCE (object);

  g_clear_object (&self->connection);
  g_free (self->bus);
  g_free (self->sender);
  g_free (self->path);
  g_free (self->interface);
  g_free (self->member);
  g_free (self->arg0);

  G_OBJECT_CLASS (qs_dbus_source_parent_class)->finalize (object);
}

/* Returns the place of a property; NULL for none. */
static char **
get_string (QsDBusSource *self, guint prop_id)
{
  char **const strings[] = {
    NULL, &self->bus, &self->sender, &self->path, &self->interface, &self->member, &self->arg0,
  };

  return prop_id < G_N_ELEMENTS (strings) ? strings[prop_id] : NULL;
}

static void
qs_dbus_source_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  char **string = get_string (QS_DBUS_SOURCE (object), prop_id);

  if (string != NULL)
    g_value_set_string (value, *string);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
qs_dbus_source_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  char **string = get_string (QS_DBUS_SOURCE (object), prop_id);

  if (string == NULL)
    {
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      return;
    }

  g_free (*string);
  *string = g_value_dup_string (value);
}

static void
make_properties (void)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS;

  /**
   * QsDBusSource:bus:
   *
   * The bus to listen to: `session`, `system`, or an address such as `unix:path=…`.
   */
  props[PROP_BUS] = g_param_spec_string (
      "bus", NULL, "Bus to listen to: session, system, or an address", "session", flags);

  /**
   * QsDBusSource:sender:
   *
   * The sender whose signals are received; `NULL` = any.
   */
  props[PROP_SENDER] = g_param_spec_string (
      "sender", NULL, "Sender whose signals are received; unset = any", NULL, flags);

  /**
   * QsDBusSource:path:
   *
   * The path of the object whose signals are received; `NULL` = any.
   */
  props[PROP_PATH] = g_param_spec_string (
      "path", NULL, "Object whose signals are received; unset = any", NULL, flags);

  /**
   * QsDBusSource:interface:
   *
   * The interface whose signals are received; `NULL` = any.
   */
  props[PROP_INTERFACE] = g_param_spec_string (
      "interface", NULL, "Interface whose signals are received; unset = any", NULL, flags);

  /**
   * QsDBusSource:member:
   *
   * The name of the signals to receive; `NULL` = any.
   */
  props[PROP_MEMBER] = g_param_spec_string (
      "member", NULL, "Name of the signals to receive; unset = any", NULL, flags);

  /**
   * QsDBusSource:arg0:
   *
   * The string that the first argument of a signal must equal; `NULL` = anything.
   */
  props[PROP_ARG0] =
      g_param_spec_string ("arg0",
                           NULL,
                           "String that a signal's first argument must equal; unset = anything",
                           NULL,
                           flags);
}

static void
qs_dbus_source_class_init (QsDBusSourceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = qs_dbus_source_finalize;
  object_class->get_property = qs_dbus_source_get_property;
  object_class->set_property = qs_dbus_source_set_property;
  QS_BASE_SOURCE_CLASS (klass)->setup = qs_dbus_source_setup;
  QS_SOURCE_CLASS (klass)->cleanup = qs_dbus_source_cleanup;

  qs_source_describe_type (G_TYPE_FROM_CLASS (klass),
                           "Signals on D-Bus",
                           "at-most-once; gaps are logged",
                           "bus=system interface=org.freedesktop.login1.Manager");
  make_properties ();
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
qs_dbus_source_init (QsDBusSource *self)
{
}

/**
 * qs_dbus_source_new:
 * @name: the name of the source, see [property@BaseSource:name]
 * @bus: the bus, see [property@DBusSource:bus]
 *
 * Makes a source of signals on D-Bus.
 *
 * Returns: (transfer full): a new source
 */
QsDBusSource *
qs_dbus_source_new (const char *name, const char *bus)
{
  return g_object_new (QS_TYPE_DBUS_SOURCE, "name", name, "bus", bus, NULL);
}

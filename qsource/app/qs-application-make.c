/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-application.h"

#include "qs-application-error.h"
#include "qs-property-private.h"

/* How an application is made of settings that come from outside of a program. */

/**
 * qs_application_make:
 * @properties: (nullable): its properties by name (`a{sv}`)
 * @error: return location for an error
 *
 * Makes an application from settings that come from outside the program.
 *
 * As with [func@Source.make], a value can also be a string that describes it. An unknown
 * property or a value out of range is an error
 * ([error@Qs.ApplicationError.NOT_CONFIGURED]), and its message lists what is allowed.
 *
 * Returns: (transfer full): a new application
 */
QsApplication *
qs_application_make (GVariant *properties, GError **error)
{
  g_autoptr (GVariant) own = properties != NULL ? g_variant_ref_sink (properties) : NULL;
  g_autoptr (GError) local_error = NULL;
  GObject *object = NULL;

  g_return_val_if_fail (own == NULL || g_variant_is_of_type (own, G_VARIANT_TYPE_VARDICT), NULL);

  object = qs_property_make_object (QS_TYPE_APPLICATION, "an application", own, &local_error);
  if (object == NULL)
    g_set_error_literal (
        error, QS_APPLICATION_ERROR, QS_APPLICATION_ERROR_NOT_CONFIGURED, local_error->message);

  return (QsApplication *) object;
}

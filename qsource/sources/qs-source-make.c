/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-source-make.h"

#include "qs-base-source.h"
#include "qs-command-source.h"
#include "qs-csv-source.h"
#include "qs-dbus-source.h"
#include "qs-file-source.h"
#include "qs-module-private.h"
#include "qs-nearest-private.h"
#include "qs-property-private.h"
#include "qs-source-error.h"
#include "qs-source.h"
#include "qs-topic.h"

/* Static methods of QsSource: sources that are made by the name of their type. */

static const struct
{
  const char *name;
  GType (*get_type) (void);
} built_in[] = {
  { "command", qs_command_source_get_type },
  { "csv", qs_csv_source_get_type },
  { "dbus", qs_dbus_source_get_type },
  { "file", qs_file_source_get_type },
};

static void
topic_from_string (const GValue *text, GValue *topic)
{
  g_value_take_object (topic, qs_topic_new (g_value_get_string (text)));
}

static void
ensure_transforms (void)
{
  static gsize once = 0;

  if (!g_once_init_enter (&once))
    return;

  g_value_register_transform_func (G_TYPE_STRING, QS_TYPE_TOPIC, topic_from_string);
  g_once_init_leave (&once, 1);
}

static GType
lookup_built_in (const char *type)
{
  for (gsize i = 0; i < G_N_ELEMENTS (built_in); i++)
    if (g_str_equal (built_in[i].name, type) ||
        g_str_equal (g_type_name (built_in[i].get_type ()), type))
      return built_in[i].get_type ();

  return G_TYPE_INVALID;
}

/**
 * qs_source_list_types:
 *
 * Lists the types of the ready-made sources, including those of modules.
 *
 * Returns: (transfer full) (array zero-terminated=1): the names, for
 *   [func@Source.make]
 */
char **
qs_source_list_types (void)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) modules = qs_module_list_names ();

  for (gsize i = 0; i < G_N_ELEMENTS (built_in); i++)
    g_strv_builder_add (builder, built_in[i].name);
  g_strv_builder_addv (builder, (const char **) modules);

  return g_strv_builder_end (builder);
}

/* The type of that name, wherever it is; G_TYPE_INVALID without an error if there is none. */
static GType
find_type (const char *type, GError **error)
{
  GType found = G_TYPE_INVALID;

  if (qs_module_is_file (type))
    return qs_module_load_file (type, error);

  found = lookup_built_in (type);
  if (found == G_TYPE_INVALID)
    found = g_type_from_name (type);
  if (found == G_TYPE_INVALID)
    found = qs_module_lookup_type (type, error);

  return found;
}

/**
 * qs_source_lookup_type:
 * @type: the name of a ready-made source, such as `file`, of a class that is registered
 *   with GObject, or of a module's file, `FILE.so` or `FILE.so:CLASS`
 * @error: return location for an error
 *
 * Finds the class of a source by its name.
 *
 * A module is a shared object that exports `qsource_module_get_types()`, which returns the
 * types of its sources:
 *
 * ```c
 * const GType *qsource_module_get_types (gsize *n);
 * ```
 *
 * Modules in the library's module directory, or in the directories of the environment
 * variable `QSOURCE_MODULE_PATH`, are found by the names of their types; `AcmeDoorSource`
 * can also be written `acme-door`. Each module is tried in a process of its own before it
 * is loaded; a module that crashes there is skipped, with a warning.
 *
 * Returns: the type; `G_TYPE_INVALID` with an error if there is none
 *   ([error@Qs.SourceError.UNKNOWN_TYPE])
 */
GType
qs_source_lookup_type (const char *type, GError **error)
{
  GType found = G_TYPE_INVALID;
  g_autoptr (GError) local_error = NULL;
  g_auto (GStrv) all = NULL;
  g_autofree char *hint = NULL;
  g_autofree char *list = NULL;

  g_return_val_if_fail (type != NULL, G_TYPE_INVALID);

  found = find_type (type, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return G_TYPE_INVALID;
    }

  if (found != G_TYPE_INVALID && g_type_is_a (found, QS_TYPE_BASE_SOURCE))
    return found;

  if (found != G_TYPE_INVALID)
    {
      g_set_error (error,
                   QS_SOURCE_ERROR,
                   QS_SOURCE_ERROR_UNKNOWN_TYPE,
                   "'%s' is a class, but not a source: it must derive from QsBaseSource",
                   type);
      return G_TYPE_INVALID;
    }

  all = qs_source_list_types ();
  hint = qs_nearest_hint (type, (const char *const *) all);
  list = g_strjoinv (", ", all);
  g_set_error (error,
               QS_SOURCE_ERROR,
               QS_SOURCE_ERROR_UNKNOWN_TYPE,
               "There is no source of type '%s'%s %s: %s",
               type,
               *hint != '\0' ? hint : ";",
               *hint != '\0' ? "There are" : "there are",
               list);
  return G_TYPE_INVALID;
}

/**
 * qs_source_make:
 * @type: the name of a ready-made source, such as `file`, of a class that is registered
 *   with GObject, or of a module's file, see [func@Source.lookup_type]
 * @name: (nullable): the name of the source; `NULL` = @type, or the name of the class in a
 *   file
 * @properties: (nullable): its properties by name (`a{sv}`)
 * @error: return location for an error
 *
 * Makes a source by the name of its type.
 *
 * A value of @properties has the property's own type, or is a string: the nick of an
 * enumeration, a number, `true`, `false`, or the name of a topic. Unlike with GObject, an
 * unknown property or a value out of range is an error
 * ([error@Qs.SourceError.INVALID_PROPERTY]), and its message lists what is allowed.
 *
 * Returns: (transfer full): the source
 */
QsBaseSource *
qs_source_make (const char *type, const char *name, GVariant *properties, GError **error)
{
  g_autoptr (GVariant) own = properties != NULL ? g_variant_ref_sink (properties) : NULL;
  g_autoptr (GError) local_error = NULL;
  g_autofree char *what = NULL;
  g_autofree char *own_name = NULL;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) all = NULL;
  GObject *object = NULL;
  GType    gtype = G_TYPE_INVALID;

  g_return_val_if_fail (type != NULL, NULL);
  g_return_val_if_fail (own == NULL || g_variant_is_of_type (own, G_VARIANT_TYPE_VARDICT), NULL);

  gtype = qs_source_lookup_type (type, error);
  if (gtype == G_TYPE_INVALID)
    return NULL;

  if (G_TYPE_IS_ABSTRACT (gtype))
    {
      g_set_error (error,
                   QS_SOURCE_ERROR,
                   QS_SOURCE_ERROR_UNKNOWN_TYPE,
                   "Cannot make a source of type '%s': the class is abstract; derive from it",
                   type);
      return NULL;
    }

  ensure_transforms ();
  if (own != NULL)
    {
      g_variant_dict_clear (&dict);
      g_variant_dict_init (&dict, own);
    }
  if (name == NULL && qs_module_is_file (type))
    name = own_name = qs_module_dup_name (g_type_name (gtype));
  if (name != NULL || !g_variant_dict_contains (&dict, "name"))
    g_variant_dict_insert (&dict, "name", "s", name != NULL ? name : type);
  all = g_variant_ref_sink (g_variant_dict_end (&dict));

  what = g_strdup_printf ("a source of type '%s'", type);
  object = qs_property_make_object (gtype, what, all, &local_error);
  if (object == NULL)
    g_set_error_literal (
        error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_INVALID_PROPERTY, local_error->message);

  return (QsBaseSource *) object;
}

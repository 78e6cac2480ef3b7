/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-harness-worker-private.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "qs-harness.h"
#include "qs-program-private.h"
#include "qs-program.h"
#include "qs-property-private.h"
#include "qs-source-error.h"
#include "qs-stateful-source-private.h"
#include "qs-topic.h"
#include "qs-worker-child-private.h"

/* The variables that describe the source of a worker: the name of its type, and its properties as
 * text. */
#define TYPE_VARIABLE "QSOURCE_HARNESS_TYPE"
#define PROPERTIES_VARIABLE "QSOURCE_HARNESS_PROPERTIES"

static const char *const kill_points[] = {
  "produce-before",
  "produce-after",
  "data-acknowledged",
  "changelog-record",
  "changelog-written",
  "commit-before",
  "commit-after",
  "store-before",
  "store-after",
  "ingest",
  "ingested",
  "recovery",
  NULL,
};

/* The sources that this program serves, as "TYPE NAME". Written by its main thread. */
static GPtrArray *served;

/* Without the module, which has another name in a program that only serves. */
static const char *
get_type_name (QsBaseSource *source)
{
  const char *name = G_OBJECT_TYPE_NAME (source);
  const char *plus = strrchr (name, '+');

  return plus != NULL ? plus + 1 : name;
}

static char *
dup_id (QsBaseSource *source)
{
  return g_strdup_printf ("%s %s", get_type_name (source), qs_base_source_get_name (source));
}

/* Converts @value to a variant that qs_property_from_variant() reads; NULL: not possible. */
static GVariant *
to_variant (GParamSpec *pspec, const GValue *value)
{
  if (G_IS_PARAM_SPEC_ENUM (pspec))
    {
      GEnumValue *found =
          g_enum_get_value (G_PARAM_SPEC_ENUM (pspec)->enum_class, g_value_get_enum (value));

      return found != NULL ? g_variant_new_string (found->value_nick) : NULL;
    }
  if (G_VALUE_HOLDS (value, G_TYPE_FILE))
    return g_variant_new_take_string (g_file_get_parse_name (g_value_get_object (value)));
  if (G_VALUE_HOLDS_STRING (value))
    return g_variant_new_string (g_value_get_string (value));
  if (G_VALUE_HOLDS (value, G_TYPE_STRV))
    return g_variant_new_strv (g_value_get_boxed (value), -1);
  if (G_VALUE_HOLDS_VARIANT (value))
    return g_value_get_variant (value);
  if (G_VALUE_HOLDS_BOOLEAN (value))
    return g_variant_new_boolean (g_value_get_boolean (value));
  if (G_VALUE_HOLDS_DOUBLE (value))
    return g_variant_new_double (g_value_get_double (value));
  if (G_VALUE_HOLDS_FLOAT (value))
    return g_variant_new_double ((double) g_value_get_float (value));
  if (G_VALUE_HOLDS_INT (value))
    return g_variant_new_int32 (g_value_get_int (value));
  if (G_VALUE_HOLDS_UINT (value))
    return g_variant_new_uint32 (g_value_get_uint (value));
  if (G_VALUE_HOLDS_INT64 (value))
    return g_variant_new_int64 (g_value_get_int64 (value));
  if (G_VALUE_HOLDS_UINT64 (value))
    return g_variant_new_uint64 (g_value_get_uint64 (value));

  return NULL;
}

/* Whether it can be set only when the source is made, though a worker needs it. */
static gboolean
is_identity (GParamSpec *pspec)
{
  return (pspec->flags & G_PARAM_CONSTRUCT_ONLY) != 0 &&
         pspec->owner_type == QS_TYPE_STATEFUL_SOURCE;
}

/* Whether to pass it to the worker: only properties that are set and differ from their
 * defaults. */
static gboolean
is_passed_on (QsBaseSource *source, GParamSpec *pspec, GValue *value)
{
  if ((pspec->flags & G_PARAM_READWRITE) != G_PARAM_READWRITE ||
      ((pspec->flags & G_PARAM_CONSTRUCT_ONLY) != 0 && !is_identity (pspec)))
    return FALSE;

  g_value_init (value, pspec->value_type);
  g_object_get_property (G_OBJECT (source), pspec->name, value);

  return !g_param_value_defaults (pspec, value);
}

/* The properties that aren't as the class has them, as an a{sv}. */
static char *
print_properties (QsBaseSource *source, GError **error)
{
  GVariantDict            dict = G_VARIANT_DICT_INIT (NULL);
  guint                   n_pspecs = 0;
  g_autofree GParamSpec **pspecs =
      g_object_class_list_properties (G_OBJECT_GET_CLASS (source), &n_pspecs);
  g_autoptr (GVariant) all = NULL;

  for (guint i = 0; i < n_pspecs; i++)
    {
      g_auto (GValue) value = G_VALUE_INIT;
      GVariant *variant = NULL;

      if (!is_passed_on (source, pspecs[i], &value))
        continue;

      variant = to_variant (pspecs[i], &value);
      if (variant == NULL)
        {
          g_set_error (
              error,
              QS_SOURCE_ERROR,
              QS_SOURCE_ERROR_INVALID_PROPERTY,
              "Cannot pass the property '%s' of source '%s' to its worker, because a %s cannot be "
              "written as text: set it where the source is made for qs_harness_serve(), or set "
              "isolation of the QsHarness's application to thread",
              pspecs[i]->name,
              qs_base_source_get_name (source),
              g_type_name (pspecs[i]->value_type));
          g_variant_dict_clear (&dict);
          return NULL;
        }
      g_variant_dict_insert_value (&dict, pspecs[i]->name, variant);
    }
  all = g_variant_ref_sink (g_variant_dict_end (&dict));

  return g_variant_print (all, TRUE);
}

gboolean
qs_harness_worker_check_properties (QsBaseSource *source, GError **error)
{
  g_autofree char *text = print_properties (source, error);

  return text != NULL;
}

static gboolean
is_served (QsBaseSource *source)
{
  g_autofree char *id = dup_id (source);

  return served != NULL && g_ptr_array_find_with_equal_func (served, id, g_str_equal, NULL);
}

static void
add_kill_point (GStrvBuilder *builder, const char *kill_point)
{
  g_autofree char *assignment = g_strconcat ("QSOURCE_KILL_POINT=", kill_point, NULL);

  if (kill_point != NULL)
    g_strv_builder_add (builder, assignment);
}

char **
qs_harness_worker_dup_argv (QsBaseSource      *source,
                            const char *const *argv,
                            const char        *kill_point,
                            GError           **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autofree char *properties = NULL;
  g_auto (GStrv) own = NULL;

  if (argv == NULL && !is_served (source))
    {
      g_set_error (error,
                   QS_SOURCE_ERROR,
                   QS_SOURCE_ERROR_NOT_STARTED,
                   "Cannot run source '%s' in a process of its own, which would run the whole test "
                   "program again: call qs_harness_serve() with a source of this class and name as "
                   "the first thing in main(), or set isolation of the QsHarness's application to "
                   "thread",
                   qs_base_source_get_name (source));
      return NULL;
    }

  own = argv != NULL ? g_strdupv ((char **) argv) : qs_program_dup_argv (error);
  properties = own != NULL ? print_properties (source, error) : NULL;
  if (properties == NULL)
    return NULL;

  /* Not by this process's environment, which other threads may read. */
  g_strv_builder_add (builder, "env");
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *assignment = g_strdup_printf ("%s=%s",
                                                     i == 0 ? TYPE_VARIABLE : PROPERTIES_VARIABLE,
                                                     i == 0 ? get_type_name (source) : properties);

      g_strv_builder_add (builder, assignment);
    }
  add_kill_point (builder, kill_point);
  g_strv_builder_addv (builder, (const char **) own);

  return g_strv_builder_end (builder);
}

char **
qs_harness_worker_dup_own_argv (const char *const *argv, const char *kill_point)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  if (kill_point != NULL)
    g_strv_builder_add (builder, "env");
  add_kill_point (builder, kill_point);
  g_strv_builder_addv (builder, (const char **) argv);

  return g_strv_builder_end (builder);
}

const char *const *
qs_harness_worker_list_points (void)
{
  return kill_points;
}

gboolean
qs_harness_worker_check_point (const char *point, GError **error)
{
  g_autofree char *all = g_strjoinv (", ", (char **) kill_points);

#ifdef QS_KILL_POINTS
  if (g_strv_contains (kill_points, point))
    return TRUE;

  g_set_error (error,
               QS_SOURCE_ERROR,
               QS_SOURCE_ERROR_INVALID_STATE,
               "Cannot crash at '%s': the kill points are %s",
               point,
               all);
#else
  g_set_error (error,
               QS_SOURCE_ERROR,
               QS_SOURCE_ERROR_INVALID_STATE,
               "Cannot crash at '%s': this library was built without kill points (%s); build one "
               "with -Dkill_points=true, or use qs_harness_kill()",
               point,
               all);
#endif

  return FALSE;
}

/* Sets what the harness's source has. */
static gboolean
apply_properties (QsBaseSource *source, GVariant *properties, GError **error)
{
  GVariantIter iter;
  const char  *name = NULL;
  GVariant    *loop = NULL;

  g_variant_iter_init (&iter, properties);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &loop))
    {
      g_autoptr (GVariant) variant = loop;
      g_auto (GValue) value = G_VALUE_INIT;
      GParamSpec *pspec = g_object_class_find_property (G_OBJECT_GET_CLASS (source), name);

      if (pspec == NULL)
        continue;

      if (!qs_property_from_variant (pspec, variant, &value, error))
        return FALSE;

      if (is_identity (pspec))
        qs_stateful_source_set_identity (QS_STATEFUL_SOURCE (source), name, &value);
      else
        g_object_set_property (G_OBJECT (source), name, &value);
    }

  return TRUE;
}

static void
serve_and_exit (QsBaseSource *source)
{
  const char *text = g_getenv (PROPERTIES_VARIABLE);
  g_autoptr (GVariant) properties = NULL;
  g_autoptr (QsTopic) topic = NULL;
  g_autoptr (GError) error = NULL;

  properties =
      g_variant_parse (G_VARIANT_TYPE_VARDICT, text != NULL ? text : "{}", NULL, NULL, &error);
  if (properties == NULL || !apply_properties (source, properties, &error))
    {
      g_printerr (
          "Cannot serve source '%s': %s\n", qs_base_source_get_name (source), error->message);
      _exit (EXIT_FAILURE);
    }

  topic = qs_base_source_default_topic (source);
  qs_worker_child_run (source, topic);

  /* A language binding would end it here. */
  exit (MAX (qs_program_get_exit_status (), 0));
}

/**
 * qs_harness_serve:
 * @source: a source of the class and name that a harness is to run
 *
 * Runs a source and then ends the program, in a process that a [class@Harness] has started
 * for it. Does nothing in all others.
 *
 * The worker of a source is the same program, started again. A test program calls this function
 * before anything else in main(), once for each class and name of source that it tests, so that
 * no test runs again in a worker:
 *
 * ```c
 * int
 * main (int argc, char **argv)
 * {
 *   g_autoptr (QsBaseSource) source = g_object_new (MY_TYPE_SOURCE, "name", "mine", NULL);
 *
 *   qs_harness_serve (source);
 *   g_test_init (&argc, &argv, NULL);
 *   g_test_add_func ("/mine/first", test_first);
 *   return g_test_run ();
 * }
 * ```
 *
 * Before @source runs, it gets those properties of the harness's source that can be changed and
 * differ from their defaults, and its [property@StatefulSource:n-partitions] and
 * [property@StatefulSource:store-name].
 *
 * Call it from the main thread.
 *
 * Since: 1.0
 */
void
qs_harness_serve (QsBaseSource *source)
{
  g_return_if_fail (QS_IS_BASE_SOURCE (source));
  g_return_if_fail (qs_base_source_get_name (source) != NULL);

  if (qs_is_worker ())
    {
      if (g_strcmp0 (g_getenv (TYPE_VARIABLE), get_type_name (source)) == 0 &&
          g_strcmp0 (qs_worker_child_get_source_name (), qs_base_source_get_name (source)) == 0)
        serve_and_exit (source);
      return;
    }

  if (served == NULL)
    served = g_ptr_array_new_with_free_func (g_free);
  if (!is_served (source))
    g_ptr_array_add (served, dup_id (source));
}

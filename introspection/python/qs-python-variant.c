/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-python-private.h"

#include <string.h>

/* Values as variants and back, for the serializers with a schema, as values.py does it. */

/* The depth to which arrays and objects can be nested here; deeper ones take the slow way. */
#define MAX_DEPTH 100

/* Members of which no memory is allocated. */
#define N_ON_STACK 16

static int to_variant (PyObject *value, guint depth, GVariant **variant);

/* -------- to variants -------- */

/* FALSE: a lone surrogate, or a NUL, about which the slow way has its rules. */
static int
add_text (PyObject *value, GVariant **variant)
{
  Py_ssize_t  length;
  const char *text = PyUnicode_AsUTF8AndSize (value, &length);

  if (text == NULL)
    {
      if (!PyErr_ExceptionMatches (PyExc_UnicodeEncodeError))
        return -1;
      PyErr_Clear ();
      return 0;
    }
  if (memchr (text, '\0', (gsize) length) != NULL)
    return 0;

  *variant = g_variant_new_string (text);
  return 1;
}

static int
add_integer (PyObject *value, GVariant **variant)
{
  int                overflow;
  long long          number = PyLong_AsLongLongAndOverflow (value, &overflow);
  unsigned long long magnitude;

  if (overflow == 0)
    {
      *variant = g_variant_new_int64 (number);
      return 1;
    }
  if (overflow < 0)
    return 0;

  magnitude = PyLong_AsUnsignedLongLong (value);
  if (magnitude == (unsigned long long) -1 && PyErr_Occurred ())
    {
      PyErr_Clear ();
      return 0;
    }

  *variant = g_variant_new_uint64 (magnitude);
  return 1;
}

static int
add_bytes (PyObject *value, GVariant **variant)
{
  *variant = g_variant_new_fixed_array (
      G_VARIANT_TYPE_BYTE, PyBytes_AS_STRING (value), (gsize) PyBytes_GET_SIZE (value), 1);
  return 1;
}

/* Consumes the @n first of @children; with a @result of 1 they become an array. */
static int
finish (const GVariantType *type, GVariant **children, gsize n, int result, GVariant **variant)
{
  if (result > 0)
    *variant = g_variant_new_array (type, children, n);
  for (gsize i = 0; result <= 0 && i < n; i++)
    g_variant_unref (children[i]);

  return result;
}

static int
add_array (PyObject *value, guint depth, GVariant **variant)
{
  GVariant             *on_stack[N_ON_STACK];
  gsize                 size = (gsize) PySequence_Fast_GET_SIZE (value);
  g_autofree GVariant **on_heap = size > N_ON_STACK ? g_new (GVariant *, size) : NULL;
  GVariant            **children = on_heap != NULL ? on_heap : on_stack;
  gsize                 n = 0;
  int                   result = 1;

  /* Converting a member might change the list. */
  while (result > 0 && n < size && n < (gsize) PySequence_Fast_GET_SIZE (value))
    {
      PyObject *item = Py_NewRef (PySequence_Fast_GET_ITEM (value, (Py_ssize_t) n));
      GVariant *child = NULL;

      result = to_variant (item, depth, &child);
      if (result > 0)
        children[n++] = g_variant_new_variant (child);
      Py_DECREF (item);
    }

  return finish (G_VARIANT_TYPE_VARIANT, children, n, result, variant);
}

static int
add_entry (PyObject *key, PyObject *member, guint depth, GVariant **entry)
{
  GVariant *name = NULL;
  GVariant *child = NULL;
  int       result = PyUnicode_Check (key) ? add_text (key, &name) : 0;

  if (result > 0)
    result = to_variant (member, depth, &child);
  if (result > 0)
    *entry = g_variant_new_dict_entry (name, g_variant_new_variant (child));
  else
    g_clear_pointer (&name, g_variant_unref);

  return result;
}

static int
add_object (PyObject *value, guint depth, GVariant **variant)
{
  GVariant             *on_stack[N_ON_STACK];
  gsize                 size = (gsize) PyDict_GET_SIZE (value);
  g_autofree GVariant **on_heap = size > N_ON_STACK ? g_new (GVariant *, size) : NULL;
  GVariant            **children = on_heap != NULL ? on_heap : on_stack;
  gsize                 n = 0;
  Py_ssize_t            position = 0;
  PyObject             *key;
  PyObject             *member;
  int                   result = 1;

  /* Converting a member might change the dictionary, for which there is no rule. */
  while (result > 0 && n < size && PyDict_Next (value, &position, &key, &member))
    {
      Py_INCREF (key);
      Py_INCREF (member);
      result = add_entry (key, member, depth, &children[n]);
      if (result > 0)
        n++;
      Py_DECREF (key);
      Py_DECREF (member);
    }

  return finish (G_VARIANT_TYPE ("{sv}"), children, n, result, variant);
}

/* A time, a dataclass and so on, as the slow way has it as one of the common types. */
static int
add_other (PyObject *value, guint depth, GVariant **variant)
{
  PyObject *simple = PyObject_CallOneArg (qs_python_hooks.simplify, value);
  int       result;

  if (simple == NULL)
    return -1;
  result = to_variant (simple, depth, variant);
  Py_DECREF (simple);

  return result;
}

/* 1: *@variant floats; 0: the slow way has to say; -1: an exception is set. */
static int
to_variant (PyObject *value, guint depth, GVariant **variant)
{
  if (PyUnicode_CheckExact (value))
    return add_text (value, variant);
  if (PyLong_CheckExact (value))
    return add_integer (value, variant);
  if (PyFloat_CheckExact (value))
    *variant = g_variant_new_double (PyFloat_AS_DOUBLE (value));
  else if (value == Py_None)
    *variant = g_variant_new_maybe (G_VARIANT_TYPE_VARIANT, NULL);
  else if (PyBool_Check (value))
    *variant = g_variant_new_boolean (value == Py_True);
  else if (PyBytes_CheckExact (value))
    return add_bytes (value, variant);
  else if (depth == MAX_DEPTH || value == Py_NotImplemented)
    return 0;
  else if (PyDict_CheckExact (value))
    return add_object (value, depth + 1, variant);
  else if (PyList_CheckExact (value) || PyTuple_CheckExact (value))
    return add_array (value, depth + 1, variant);
  else
    return add_other (value, depth + 1, variant);

  return 1;
}

/* -------- from variants -------- */

static PyObject *
read_text (GVariant *variant)
{
  gsize       length = 0;
  const char *text = g_variant_get_string (variant, &length);

  return PyUnicode_DecodeUTF8 (text, (Py_ssize_t) length, NULL);
}

static PyObject *
read_boxed (GVariant *boxed)
{
  GVariant *inner = g_variant_get_variant (boxed);
  PyObject *value = qs_python_from_variant (inner);

  g_variant_unref (inner);

  return value;
}

static PyObject *
read_array (GVariant *variant)
{
  gsize     n = g_variant_n_children (variant);
  PyObject *list = PyList_New ((Py_ssize_t) n);

  for (gsize i = 0; list != NULL && i < n; i++)
    {
      GVariant *child = g_variant_get_child_value (variant, i);
      PyObject *value = qs_python_from_variant (child);

      g_variant_unref (child);
      if (value == NULL)
        Py_CLEAR (list);
      else
        PyList_SET_ITEM (list, (Py_ssize_t) i, value);
    }

  return list;
}

static PyObject *
read_object (GVariant *variant)
{
  gsize     n = g_variant_n_children (variant);
  PyObject *dict = PyDict_New ();

  for (gsize i = 0; dict != NULL && i < n; i++)
    {
      GVariant *entry = g_variant_get_child_value (variant, i);
      GVariant *key = g_variant_get_child_value (entry, 0);
      GVariant *member = g_variant_get_child_value (entry, 1);
      PyObject *name = read_text (key);
      PyObject *value = name != NULL ? qs_python_from_variant (member) : NULL;

      if (value == NULL || PyDict_SetItem (dict, name, value) != 0)
        Py_CLEAR (dict);
      Py_XDECREF (name);
      Py_XDECREF (value);
      g_variant_unref (member);
      g_variant_unref (key);
      g_variant_unref (entry);
    }

  return dict;
}

static PyObject *
read_bytes (GVariant *variant)
{
  gsize         length = 0;
  gconstpointer data = g_variant_get_fixed_array (variant, &length, 1);

  return PyBytes_FromStringAndSize (data, (Py_ssize_t) length);
}

static PyObject *
read_maybe (GVariant *variant)
{
  GVariant *inner = g_variant_get_maybe (variant);
  PyObject *value;

  if (inner == NULL)
    Py_RETURN_NONE;

  value = qs_python_from_variant (inner);
  g_variant_unref (inner);

  return value;
}

PyObject *
qs_python_from_variant (GVariant *variant)
{
  const char *type = g_variant_get_type_string (variant);

  switch (*type)
    {
    case 's':
      return read_text (variant);
    case 'x':
      return PyLong_FromLongLong (g_variant_get_int64 (variant));
    case 't':
      return PyLong_FromUnsignedLongLong (g_variant_get_uint64 (variant));
    case 'd':
      return PyFloat_FromDouble (g_variant_get_double (variant));
    case 'b':
      return PyBool_FromLong (g_variant_get_boolean (variant));
    case 'v':
      return read_boxed (variant);
    case 'm':
      return read_maybe (variant);
    case 'a':
      if (type[1] == 'y')
        return read_bytes (variant);
      return g_str_has_prefix (type, "a{s") ? read_object (variant) : read_array (variant);
    default:
      PyErr_Format (PyExc_TypeError, "a serializer with a schema read a '%s'", type);
      return NULL;
    }
}

/* -------- serializers -------- */

/* Not one of ours, which nobody can subclass: NULL, without an exception. */
static QsSerializer *
get_serializer (PyObject *wrapper)
{
  gpointer object = NULL;

  if (PyObject_TypeCheck (wrapper, (PyTypeObject *) qs_python_hooks.object_type))
    object = qs_python_get_object (wrapper);
  if (object == NULL)
    PyErr_Clear ();

  return object != NULL && (QS_IS_AVRO_SERIALIZER (object) || QS_IS_PROTOBUF_SERIALIZER (object) ||
                            QS_IS_JSON_SCHEMA_SERIALIZER (object))
             ? object
             : NULL;
}

static PyObject *
bytes_to_python (GBytes *bytes)
{
  gsize         length = 0;
  gconstpointer data = g_bytes_get_data (bytes, &length);

  return PyBytes_FromStringAndSize (data, (Py_ssize_t) length);
}

/* By the topic, which the serializer may want to know. transfer full */
static GBytes *
serialize_by_topic (QsTopic *topic, GVariant *value, gboolean is_key, GError **error)
{
  g_autoptr (QsMessage) message =
      qs_topic_serialize (topic, is_key ? value : NULL, is_key ? NULL : value, NULL, 0, error);
  GBytes *bytes = NULL;

  if (message != NULL)
    bytes = is_key ? qs_message_get_key (message) : qs_message_get_value (message);

  return bytes != NULL ? g_bytes_ref (bytes) : NULL;
}

PyObject *
qs_python_serialize_schema (PyObject *module, PyObject *const *arguments, Py_ssize_t n)
{
  QsSerializer *serializer = n == 4 ? get_serializer (arguments[0]) : NULL;
  QsTopic      *topic = NULL;
  gboolean      is_key = n == 4 && arguments[3] == Py_True;
  GVariant     *value = NULL;
  GBytes       *bytes = NULL;
  GError       *error = NULL;
  PyObject     *data = NULL;
  int           result;

  if (serializer == NULL)
    Py_RETURN_NOTIMPLEMENTED;
  if (arguments[1] == Py_None)
    Py_RETURN_NONE;
  if (PyObject_TypeCheck (arguments[2], (PyTypeObject *) qs_python_hooks.object_type))
    {
      topic = qs_python_get_object (arguments[2]);
      if (topic == NULL)
        return NULL;
    }

  result = to_variant (arguments[1], 0, &value);
  if (result < 0)
    return NULL;
  if (result == 0)
    Py_RETURN_NOTIMPLEMENTED;

  g_variant_ref_sink (value);
  Py_BEGIN_ALLOW_THREADS bytes = topic != NULL
                                     ? serialize_by_topic (topic, value, is_key, &error)
                                     : qs_serializer_serialize (serializer, value, &error);
  Py_END_ALLOW_THREADS   g_variant_unref (value);
  if (bytes == NULL)
    return qs_python_raise (error);

  data = bytes_to_python (bytes);
  g_bytes_unref (bytes);

  return data;
}

PyObject *
qs_python_deserialize_schema (PyObject *module, PyObject *const *arguments, Py_ssize_t n)
{
  QsSerializer *serializer =
      n == 2 && PyBytes_CheckExact (arguments[1]) ? get_serializer (arguments[0]) : NULL;
  GBytes   *bytes = NULL;
  GVariant *variant = NULL;
  GError   *error = NULL;
  PyObject *value = NULL;

  if (serializer == NULL)
    Py_RETURN_NOTIMPLEMENTED;

  bytes = g_bytes_new (PyBytes_AS_STRING (arguments[1]), (gsize) PyBytes_GET_SIZE (arguments[1]));
  Py_BEGIN_ALLOW_THREADS variant = qs_serializer_deserialize (serializer, bytes, &error);
  Py_END_ALLOW_THREADS   g_bytes_unref (bytes);
  if (variant == NULL)
    return qs_python_raise (error);

  value = qs_python_from_variant (variant);
  g_variant_unref (variant);

  return value;
}

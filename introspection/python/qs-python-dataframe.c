/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-python-private.h"

#include <string.h>

/* How a record crosses into the steps of a dataframe in Python, and back. */

#define HANDLE_NAME "_qsource_native.handle"

typedef enum
{
  KIND_OTHER, /* Python reads it */
  KIND_BYTES,
  KIND_JSON,
} Kind;

/* The Flow of a dataframe, and what it reads. */
typedef struct
{
  QsDataframe *dataframe; /* not owned: it owns this */
  PyObject    *run;       /* methods of the Flow */
  PyObject    *read;
  PyObject    *unreadable;
  Kind         key;
  Kind         value;
} Handle;

/* The record that is being handled in this thread; not owned. */
static __thread QsRecord *current;

/* -------- from C -------- */

/* The error that (domain, code, message) stands for; NULL, with an exception, if it is
 * something else. */
static GError *
make_error (PyObject *tuple)
{
  const char *domain = NULL;
  const char *message = NULL;
  int         code = 0;

  if (tuple == NULL || !PyArg_ParseTuple (tuple, "sis", &domain, &code, &message))
    return NULL;

  return g_error_new_literal (g_quark_from_string (domain), code, message);
}

/* As make_error(), whatever happens; takes @tuple (nullable). */
static void
set_error (GError **error, PyObject *tuple)
{
  GError *failure = make_error (tuple);

  Py_XDECREF (tuple);
  if (failure == NULL)
    {
      PyErr_Print ();
      failure = g_error_new_literal (QS_APPLICATION_ERROR,
                                     QS_APPLICATION_ERROR_FAILED,
                                     ": the steps of the dataframe could not be called");
    }
  g_propagate_error (error, failure);
}

static PyObject *
read_part (Handle *self, QsRecord *record, gboolean is_key)
{
  Kind          kind = is_key ? self->key : self->value;
  gsize         length = 0;
  const guint8 *data = qs_record_peek_bytes (record, is_key, &length);
  PyObject     *bytes = NULL;
  PyObject     *value = NULL;

  if (data == NULL)
    Py_RETURN_NONE;
  if (kind == KIND_JSON)
    return qs_python_read ((const char *) data, length);

  bytes = PyBytes_FromStringAndSize ((const char *) data, (Py_ssize_t) length);
  if (kind == KIND_BYTES || bytes == NULL)
    return bytes;

  value = PyObject_CallFunctionObjArgs (self->read, bytes, is_key ? Py_True : Py_False, NULL);
  Py_DECREF (bytes);

  return value;
}

/* A list of pairs, or None. */
static PyObject *
read_headers (QsRecord *record)
{
  QsHeaders *headers = qs_record_get_headers (record);
  guint      n_headers = headers != NULL ? qs_headers_get_length (headers) : 0;
  PyObject  *list = NULL;

  if (n_headers == 0)
    Py_RETURN_NONE;

  list = PyList_New (n_headers);
  for (guint i = 0; list != NULL && i < n_headers; i++)
    {
      const char *name = qs_headers_get_name (headers, i);
      GBytes     *data = qs_headers_get_value (headers, i);
      PyObject *text = PyUnicode_DecodeUTF8 (name, (Py_ssize_t) strlen (name), "backslashreplace");
      PyObject *value = NULL;
      PyObject *pair = NULL;

      if (data != NULL)
        value = PyBytes_FromStringAndSize (g_bytes_get_data (data, NULL),
                                           (Py_ssize_t) g_bytes_get_size (data));
      else
        value = Py_NewRef (Py_None);
      if (text != NULL && value != NULL)
        pair = PyTuple_Pack (2, text, value);
      Py_XDECREF (text);
      Py_XDECREF (value);
      if (pair == NULL)
        Py_CLEAR (list);
      else
        PyList_SET_ITEM (list, i, pair);
    }

  return list;
}

/* Passes the current exception to Python's part, as the reason why a part of the record cannot be
 * read. */
static void
refuse (Handle *self, const char *part, GError **error)
{
  PyObject *type;
  PyObject *exception;
  PyObject *traceback;
  PyObject *tuple;

  PyErr_Fetch (&type, &exception, &traceback);
  PyErr_NormalizeException (&type, &exception, &traceback);
  tuple =
      PyObject_CallFunction (self->unreadable, "Os", exception != NULL ? exception : Py_None, part);
  Py_XDECREF (type);
  Py_XDECREF (exception);
  Py_XDECREF (traceback);
  set_error (error, tuple);
}

static gboolean
run (Handle *self, QsRecord *record, GError **error)
{
  PyObject *arguments[4] = { NULL };
  PyObject *result = NULL;
  gboolean  ok = FALSE;

  arguments[0] = read_part (self, record, FALSE);
  if (arguments[0] == NULL)
    {
      refuse (self, "value", error);
      return FALSE;
    }
  arguments[1] = read_part (self, record, TRUE);
  if (arguments[1] == NULL)
    {
      Py_DECREF (arguments[0]);
      refuse (self, "key", error);
      return FALSE;
    }

  arguments[2] = PyLong_FromLongLong (qs_record_get_timestamp (record));
  arguments[3] = read_headers (record);
  if (arguments[2] != NULL && arguments[3] != NULL)
    result = PyObject_Vectorcall (self->run, arguments, 4, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (arguments); i++)
    Py_XDECREF (arguments[i]);

  if (result == NULL || !PyLong_CheckExact (result))
    {
      set_error (error, result);
      return FALSE;
    }

  ok = TRUE;
  qs_dataframe_count_results (self->dataframe, (guint) PyLong_AsUnsignedLong (result));
  Py_DECREF (result);

  return ok;
}

static gboolean
handle_cb (QsRecord *record, gpointer user_data, GError **error)
{
  PyGILState_STATE state = PyGILState_Ensure ();
  QsRecord        *before = current;
  gboolean         ok;

  current = record;
  ok = run (user_data, record, error);
  current = before;
  PyGILState_Release (state);

  return ok;
}

static void
handle_free (gpointer data)
{
  Handle          *self = data;
  PyGILState_STATE state;

  if (Py_IsInitialized ())
    {
      state = PyGILState_Ensure ();
      Py_XDECREF (self->run);
      Py_XDECREF (self->read);
      Py_XDECREF (self->unreadable);
      PyGILState_Release (state);
    }
  g_atomic_rc_box_release (self);
}

/* -------- functions of the module -------- */

static void
capsule_free (PyObject *capsule)
{
  g_atomic_rc_box_release (PyCapsule_GetPointer (capsule, HANDLE_NAME));
}

static Kind
get_kind (const char *name)
{
  return g_str_equal (name, "bytes")  ? KIND_BYTES
         : g_str_equal (name, "json") ? KIND_JSON
                                      : KIND_OTHER;
}

/* frame_handle (dataframe, flow) → what frame_set_serializers() takes */
static PyObject *
frame_handle (PyObject *module, PyObject *arguments)
{
  PyObject *dataframe;
  PyObject *flow;
  gpointer  object;
  Handle   *self;

  if (!PyArg_ParseTuple (arguments, "OO:frame_handle", &dataframe, &flow))
    return NULL;
  object = qs_python_get_object (dataframe);
  if (object == NULL)
    return NULL;

  self = g_atomic_rc_box_new0 (Handle);
  self->dataframe = object;
  self->run = PyObject_GetAttrString (flow, "run");
  self->read = PyObject_GetAttrString (flow, "read");
  self->unreadable = PyObject_GetAttrString (flow, "unreadable");
  if (self->run == NULL || self->read == NULL || self->unreadable == NULL)
    {
      handle_free (self);
      return NULL;
    }
  qs_dataframe_handle (object, handle_cb, g_atomic_rc_box_acquire (self), handle_free);

  return PyCapsule_New (self, HANDLE_NAME, capsule_free);
}

/* frame_set_serializers (handle, key, value): their names, or '' */
static PyObject *
frame_set_serializers (PyObject *module, PyObject *arguments)
{
  PyObject   *capsule;
  const char *key;
  const char *value;
  Handle     *self;

  if (!PyArg_ParseTuple (arguments, "Oss:frame_set_serializers", &capsule, &key, &value))
    return NULL;
  self = PyCapsule_GetPointer (capsule, HANDLE_NAME);
  if (self == NULL)
    return NULL;

  self->key = get_kind (key);
  self->value = get_kind (value);

  Py_RETURN_NONE;
}

static gboolean
check_current (void)
{
  if (current != NULL)
    return TRUE;

  PyErr_SetString (PyExc_RuntimeError, "no record of a dataframe is being handled in this thread");

  return FALSE;
}

static PyObject *
get_place (PyObject *module, PyObject *unused)
{
  if (!check_current ())
    return NULL;

  return Py_BuildValue ("(siL)",
                        qs_record_get_topic (current),
                        qs_record_get_partition (current),
                        (long long) qs_record_get_offset (current));
}

static PyObject *
is_tombstone (PyObject *module, PyObject *unused)
{
  gsize length;

  if (!check_current ())
    return NULL;

  return PyBool_FromLong (qs_record_peek_bytes (current, FALSE, &length) == NULL);
}

/* The beginning of PyGObject's table of functions, which pygobject.h has made public. */
typedef struct
{
  void (*register_class) (void);
  void (*register_wrapper) (void);
  PyTypeObject *(*lookup_class) (GType type);
  PyObject *(*new_wrapper) (GObject *object);
} Functions;

static PyObject *
get_record (PyObject *module, PyObject *unused)
{
  static const Functions *functions = NULL;

  if (!check_current ())
    return NULL;
  if (functions == NULL)
    {
      PyObject *gobject = PyImport_ImportModule ("gi._gobject");
      PyObject *capsule =
          gobject != NULL ? PyObject_GetAttrString (gobject, "_PyGObject_API") : NULL;

      if (capsule != NULL)
        functions = PyCapsule_GetPointer (capsule, "gobject._PyGObject_API");
      Py_XDECREF (capsule);
      Py_XDECREF (gobject);
      if (functions == NULL)
        return NULL;
    }

  return functions->new_wrapper (G_OBJECT (current));
}

static GBytes *
get_bytes (PyObject *object)
{
  return PyBytes_Check (object)
             ? g_bytes_new (PyBytes_AS_STRING (object), (gsize) PyBytes_GET_SIZE (object))
             : NULL;
}

static QsHeaders *
make_headers (PyObject *flat)
{
  QsHeaders *headers = NULL;

  if (!PyTuple_Check (flat))
    return NULL;

  headers = qs_headers_new ();
  for (Py_ssize_t i = 0; i + 1 < PyTuple_GET_SIZE (flat); i += 2)
    {
      PyObject   *value = PyTuple_GET_ITEM (flat, i + 1);
      Py_ssize_t  length = 0;
      const char *name = PyUnicode_AsUTF8 (PyTuple_GET_ITEM (flat, i));
      const char *text = PyUnicode_Check (value) ? PyUnicode_AsUTF8AndSize (value, &length) : NULL;
      g_autoptr (GBytes) bytes =
          text != NULL ? g_bytes_new (text, (gsize) length) : get_bytes (value);

      if (name != NULL)
        qs_headers_append (headers, name, bytes);
    }
  PyErr_Clear ();

  return headers;
}

/* frame_produce (dataframe, topic, key, value, timestamp, headers): True = the record's */
static PyObject *
frame_produce (PyObject *module, PyObject *arguments)
{
  PyObject *dataframe;
  PyObject *topic;
  PyObject *key;
  PyObject *value;
  PyObject *flat;
  long long timestamp;
  gpointer  object;
  gpointer  topic_object;
  GError   *error = NULL;
  g_autoptr (GBytes) key_bytes = NULL;
  g_autoptr (GBytes) value_bytes = NULL;
  g_autoptr (QsHeaders) own_headers = NULL;
  QsHeaders *headers;
  gboolean   ok;

  if (!PyArg_ParseTuple (
          arguments, "OOOOLO:frame_produce", &dataframe, &topic, &key, &value, &timestamp, &flat) ||
      !check_current ())
    return NULL;
  object = qs_python_get_object (dataframe);
  topic_object = object != NULL ? qs_python_get_object (topic) : NULL;
  if (topic_object == NULL)
    return NULL;

  key_bytes = get_bytes (key);
  value_bytes = get_bytes (value);
  headers = flat == Py_True ? qs_record_get_headers (current) : (own_headers = make_headers (flat));

  Py_BEGIN_ALLOW_THREADS ok = qs_dataframe_produce (
      object, topic_object, key_bytes, value_bytes, headers, timestamp, &error);
  Py_END_ALLOW_THREADS if (!ok) return qs_python_raise (error);

  Py_RETURN_NONE;
}

/* frame_show (dataframe, text) */
static PyObject *
frame_show (PyObject *module, PyObject *arguments)
{
  PyObject   *dataframe;
  const char *text;
  gpointer    object;
  GError     *error = NULL;

  if (!PyArg_ParseTuple (arguments, "Oy:frame_show", &dataframe, &text))
    return NULL;
  object = qs_python_get_object (dataframe);
  if (object == NULL)
    return NULL;
  if (!qs_dataframe_show (object, text, &error))
    return qs_python_raise (error);

  Py_RETURN_NONE;
}

PyMethodDef qs_python_dataframe_functions[] = {
  { "frame_handle", frame_handle, METH_VARARGS, NULL },
  { "frame_set_serializers", frame_set_serializers, METH_VARARGS, NULL },
  { "frame_produce", frame_produce, METH_VARARGS, NULL },
  { "frame_show", frame_show, METH_VARARGS, NULL },
  { "get_place", get_place, METH_NOARGS, NULL },
  { "get_record", get_record, METH_NOARGS, NULL },
  { "is_tombstone", is_tombstone, METH_NOARGS, NULL },
  { NULL },
};

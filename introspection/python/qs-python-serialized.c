/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-python-private.h"

#include <structmember.h>

/* The result of serialize(): bytes, from which a Qs.Message is made only on demand. It is
 * immutable. */

PyObject *
qs_python_serialized_new (PyObject *key, PyObject *value, PyObject *headers, PyObject *timestamp)
{
  QsPythonSerialized *self = PyObject_GC_New (QsPythonSerialized, &qs_python_serialized_type);

  if (self == NULL)
    return NULL;

  Py_INCREF (key);
  Py_INCREF (value);
  Py_INCREF (headers);
  Py_INCREF (timestamp);
  self->key = key;
  self->value = value;
  self->headers = headers;
  self->timestamp = timestamp;
  self->message = NULL;
  /* Bytes, text and numbers hold nothing: the collector need not know of it before
   * there is a message. */

  return (PyObject *) self;
}

static PyObject *
make (PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
  static char *names[] = { "key", "value", "headers", "timestamp", NULL };
  PyObject    *key;
  PyObject    *value;
  PyObject    *headers;
  PyObject    *timestamp;

  if (!PyArg_ParseTupleAndKeywords (
          arguments, keywords, "OOOO", names, &key, &value, &headers, &timestamp))
    return NULL;
  if ((key != Py_None && !PyBytes_CheckExact (key)) ||
      (value != Py_None && !PyBytes_CheckExact (value)) ||
      (headers != Py_None && !PyTuple_CheckExact (headers)) ||
      (timestamp != Py_None && !PyLong_CheckExact (timestamp)))
    {
      PyErr_SetString (PyExc_TypeError, "serialize() makes these");
      return NULL;
    }

  return qs_python_serialized_new (key, value, headers, timestamp);
}

static int
clear (PyObject *object)
{
  Py_CLEAR (((QsPythonSerialized *) object)->message);
  return 0;
}

static int
traverse (PyObject *object, visitproc visit, void *arg)
{
  Py_VISIT (((QsPythonSerialized *) object)->message);
  return 0;
}

static void
dealloc (PyObject *object)
{
  QsPythonSerialized *self = (QsPythonSerialized *) object;

  if (PyObject_GC_IsTracked (object))
    PyObject_GC_UnTrack (object);
  Py_CLEAR (self->key);
  Py_CLEAR (self->value);
  Py_CLEAR (self->headers);
  Py_CLEAR (self->timestamp);
  Py_CLEAR (self->message);
  PyObject_GC_Del (object);
}

static PyObject *
to_message (PyObject *object, PyObject *unused)
{
  QsPythonSerialized *self = (QsPythonSerialized *) object;

  if (self->message == NULL)
    {
      PyObject *message = PyObject_CallOneArg (qs_python_hooks.complete, object);

      if (message == NULL)
        return NULL;
      Py_XSETREF (self->message, message);
      if (!PyObject_GC_IsTracked (object))
        PyObject_GC_Track (object);
    }

  Py_INCREF (self->message);
  return self->message;
}

/* Gets an attribute that it does not have from the message. */
static PyObject *
get_attribute (PyObject *object, PyObject *name)
{
  PyObject *value = PyObject_GenericGetAttr (object, name);
  PyObject *message;

  if (value != NULL || !PyErr_ExceptionMatches (PyExc_AttributeError) || !PyUnicode_Check (name) ||
      PyUnicode_GET_LENGTH (name) == 0 || PyUnicode_READ_CHAR (name, 0) == '_')
    return value;

  PyErr_Clear ();
  message = to_message (object, NULL);
  if (message == NULL)
    return NULL;
  value = PyObject_GetAttr (message, name);
  Py_DECREF (message);

  return value;
}

static PyObject *
represent (PyObject *object)
{
  QsPythonSerialized *self = (QsPythonSerialized *) object;

  return PyUnicode_FromFormat ("<Qs.Message key=%R value=%R>", self->key, self->value);
}

static PyMemberDef members[] = {
  { "key", T_OBJECT, offsetof (QsPythonSerialized, key), READONLY, "the key: bytes or None" },
  { "value", T_OBJECT, offsetof (QsPythonSerialized, value), READONLY, "the value: bytes or None" },
  { "_headers", T_OBJECT, offsetof (QsPythonSerialized, headers), READONLY, NULL },
  { "_timestamp", T_OBJECT, offsetof (QsPythonSerialized, timestamp), READONLY, NULL },
  { NULL },
};

static PyMethodDef methods[] = {
  { "to_message",
    to_message,
    METH_NOARGS,
    "to_message($self, /)\n--\n\nThe same as a Qs.Message." },
  { NULL },
};

PyTypeObject qs_python_serialized_type = {
  PyVarObject_HEAD_INIT (NULL, 0).tp_name = "_qsource_native.Serialized",
  .tp_doc = "What serialize() returns: a key and a value as bytes.",
  .tp_basicsize = sizeof (QsPythonSerialized),
  .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
  .tp_new = make,
  .tp_dealloc = dealloc,
  .tp_traverse = traverse,
  .tp_clear = clear,
  .tp_getattro = get_attribute,
  .tp_repr = represent,
  .tp_members = members,
  .tp_methods = methods,
};

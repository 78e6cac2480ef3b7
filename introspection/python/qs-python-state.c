/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-python-private.h"

#include <math.h>
#include <string.h>

/* The methods of Qs.State that read and write a value. */

typedef struct
{
  QsState      *state;
  PyObject     *key; /* owned */
  const guint8 *data;
  Py_ssize_t    length;
} Entry;

/* Finds the entry called @key. FALSE with an exception. */
static gboolean
open_entry (Entry *self, PyObject *wrapper, PyObject *key)
{
  self->state = qs_python_get_object (wrapper);
  if (self->state == NULL)
    return FALSE;

  if (PyUnicode_CheckExact (key))
    self->key = Py_NewRef (key);
  else
    self->key = PyObject_CallOneArg (qs_python_hooks.state_key, key);
  if (self->key == NULL)
    return FALSE;

  self->data = (const guint8 *) PyUnicode_AsUTF8AndSize (self->key, &self->length);
  if (self->data == NULL && PyErr_ExceptionMatches (PyExc_UnicodeEncodeError))
    {
      /* A lone surrogate, for which the slow way has the words. */
      PyErr_Clear ();
      Py_XDECREF (PyObject_CallOneArg (qs_python_hooks.state_key, self->key));
    }
  if (self->data == NULL)
    Py_CLEAR (self->key);

  return self->data != NULL;
}

static void
close_entry (Entry *self)
{
  Py_CLEAR (self->key);
}

/* The stored bytes, valid until the next call on the state; NULL without an exception
 * if there are none. */
static const guint8 *
peek (Entry *self, gsize *length)
{
  GError       *error = NULL;
  const guint8 *data;

  Py_BEGIN_ALLOW_THREADS;
  data = qs_state_peek_data (self->state, self->data, (gsize) self->length, length, &error);
  Py_END_ALLOW_THREADS;
  if (error != NULL)
    qs_python_raise (error);

  return data;
}

/* Says in the library's words that @self holds no JSON; chained to the reader's words. */
static PyObject *
fail_decoding (Entry *self)
{
  if (PyErr_ExceptionMatches (PyExc_ValueError))
    {
      PyObject *type;
      PyObject *value;
      PyObject *traceback;

      PyErr_Fetch (&type, &value, &traceback);
      PyErr_NormalizeException (&type, &value, &traceback);
      Py_XDECREF (PyObject_CallFunctionObjArgs (qs_python_hooks.not_json, self->key, value, NULL));
      Py_XDECREF (type);
      Py_XDECREF (value);
      Py_XDECREF (traceback);
    }

  return NULL;
}

/* NULL without an exception: there is no such entry. */
static PyObject *
read_entry (Entry *self)
{
  gsize         length = 0;
  const guint8 *data = peek (self, &length);
  PyObject     *value;

  if (data == NULL)
    return NULL;
  value = qs_python_read ((const char *) data, length);

  return value != NULL ? value : fail_decoding (self);
}

static PyObject *get_names[2];

static PyObject *
get (PyObject *self, PyObject *const *arguments, Py_ssize_t n_arguments, PyObject *keywords)
{
  PyObject *given[2] = { NULL };
  PyObject *value;
  Entry     entry;

  if (!qs_python_parse ("get", arguments, n_arguments, keywords, get_names, given, 1, 2) ||
      !open_entry (&entry, self, given[0]))
    return NULL;

  value = read_entry (&entry);
  close_entry (&entry);
  if (value == NULL && !PyErr_Occurred ())
    value = Py_NewRef (given[1] != NULL ? given[1] : Py_None);

  return value;
}

static PyObject *
get_item (PyObject *self, PyObject *key)
{
  PyObject *value;
  Entry     entry;

  if (!open_entry (&entry, self, key))
    return NULL;

  value = read_entry (&entry);
  close_entry (&entry);
  if (value == NULL && !PyErr_Occurred ())
    PyErr_SetObject (PyExc_KeyError, key);

  return value;
}

static PyObject *
contains (PyObject *self, PyObject *key)
{
  gsize         length = 0;
  const guint8 *data;
  Entry         entry;

  if (!open_entry (&entry, self, key))
    return NULL;

  data = peek (&entry, &length);
  close_entry (&entry);

  return data == NULL && PyErr_Occurred () ? NULL : PyBool_FromLong (data != NULL);
}

/* For how long, in seconds; NAN with an exception. */
static double
get_ttl (PyObject *ttl)
{
  PyObject *seconds;
  double    result;

  if (ttl == NULL || ttl == Py_None)
    return -1;

  seconds = PyObject_CallOneArg (qs_python_hooks.seconds, ttl);
  if (seconds == NULL)
    return NAN;
  result = PyFloat_AsDouble (seconds);
  Py_DECREF (seconds);

  return PyErr_Occurred () ? NAN : result;
}

/* TRUE, or FALSE with an exception. */
static gboolean
write_entry (Entry *self, PyObject *value, double ttl)
{
  QsPythonWriter writer;
  PyObject      *slow = NULL;
  const char    *text;
  gsize          length;
  GError        *error = NULL;
  gboolean       ok;
  int            result;

  qs_python_writer_init (&writer, TRUE);
  result = qs_python_writer_add (&writer, value);
  text = writer.data;
  length = writer.length;
  if (result == 0)
    {
      slow = PyObject_CallFunctionObjArgs (qs_python_hooks.write_state, self->key, value, NULL);
      if (slow != NULL)
        {
          text = PyBytes_AsString (slow);
          length = (gsize) PyBytes_Size (slow);
        }
    }

  ok = result > 0 || slow != NULL;
  if (ok && !qs_state_set_json (self->state,
                                self->data,
                                (gsize) self->length,
                                (const guint8 *) text,
                                length,
                                ttl,
                                &error))
    {
      qs_python_raise (error);
      ok = FALSE;
    }
  qs_python_writer_clear (&writer);
  Py_XDECREF (slow);

  return ok;
}

static PyObject *set_names[3];

static PyObject *
set (PyObject *self, PyObject *const *arguments, Py_ssize_t n_arguments, PyObject *keywords)
{
  PyObject *given[3] = { NULL };
  Entry     entry;
  double    ttl;
  gboolean  ok;

  if (!qs_python_parse ("set", arguments, n_arguments, keywords, set_names, given, 2, 3) ||
      !open_entry (&entry, self, given[0]))
    return NULL;

  ttl = get_ttl (given[2]);
  ok = !isnan (ttl) && write_entry (&entry, given[1], ttl);
  close_entry (&entry);
  if (!ok)
    return NULL;

  Py_RETURN_TRUE;
}

static PyObject *
set_item (PyObject *self, PyObject *const *arguments, Py_ssize_t n_arguments)
{
  Entry    entry;
  gboolean ok;

  if (n_arguments != 2)
    {
      PyErr_SetString (PyExc_TypeError, "__setitem__() takes a key and a value");
      return NULL;
    }
  if (!open_entry (&entry, self, arguments[0]))
    return NULL;

  ok = write_entry (&entry, arguments[1], -1);
  close_entry (&entry);
  if (!ok)
    return NULL;

  Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
  { "get",
    (PyCFunction) (void (*) (void)) get,
    METH_FASTCALL | METH_KEYWORDS,
    "get($self, key, default=None)\n--\n\nThe value of an entry, or what else is given." },
  { "set",
    (PyCFunction) (void (*) (void)) set,
    METH_FASTCALL | METH_KEYWORDS,
    "set($self, key, value, ttl=None)\n--\n\n"
    "Sets an entry. ttl: after how many seconds, or what timedelta, it expires." },
  { "contains",
    contains,
    METH_O,
    "contains($self, key, /)\n--\n\nWhether there is such an entry." },
  { "exists", contains, METH_O, "exists($self, key, /)\n--\n\nWhether there is such an entry." },
  { "__contains__", contains, METH_O, NULL },
  { "__getitem__", get_item, METH_O, NULL },
  { "__setitem__", (PyCFunction) (void (*) (void)) set_item, METH_FASTCALL, NULL },
  { NULL },
};

int
qs_python_install_state (PyTypeObject *type)
{
  static const char *const get_words[] = { "key", "default" };
  static const char *const set_words[] = { "key", "value", "ttl" };

  if (!qs_python_intern_all (get_words, get_names, 2) ||
      !qs_python_intern_all (set_words, set_names, 3))
    return -1;

  return qs_python_add_methods (type, methods);
}

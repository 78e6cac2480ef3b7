/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-python-private.h"

#include <string.h>

/* The module _qsource_native. */

QsPythonHooks qs_python_hooks;

/* The beginning of PyGObject's own struct, which pygobject.h has made public. */
typedef struct
{
  PyObject_HEAD GObject *object;
} Wrapper;

gpointer
qs_python_get_object (PyObject *wrapper)
{
  gpointer object = ((Wrapper *) wrapper)->object;

  if (G_UNLIKELY (object == NULL))
    PyErr_Format (PyExc_RuntimeError,
                  "this %s is not made yet: its __init__() has to call super().__init__() first",
                  Py_TYPE (wrapper)->tp_name);

  return object;
}

PyObject *
qs_python_raise (GError *error)
{
  PyObject *message =
      PyUnicode_DecodeUTF8 (error->message, (Py_ssize_t) strlen (error->message), "replace");
  PyObject *arguments = NULL;
  PyObject *result = NULL;

  if (message != NULL)
    arguments = Py_BuildValue ("(siO)", g_quark_to_string (error->domain), error->code, message);
  g_error_free (error);
  Py_XDECREF (message);

  if (arguments != NULL)
    result = PyObject_Call (qs_python_hooks.raise_error, arguments, NULL);
  Py_XDECREF (arguments);
  if (result != NULL)
    {
      Py_DECREF (result);
      PyErr_SetString (PyExc_SystemError, "an error was not raised");
    }

  return NULL;
}

static int
find_name (PyObject *name, PyObject *const *names, int n_names)
{
  for (int i = 0; i < n_names; i++)
    if (name == names[i])
      return i;
  for (int i = 0; i < n_names; i++)
    if (PyUnicode_Compare (name, names[i]) == 0)
      return i;

  return -1;
}

gboolean
qs_python_parse (const char      *function,
                 PyObject *const *arguments,
                 Py_ssize_t       n_arguments,
                 PyObject        *keywords,
                 PyObject *const *names,
                 PyObject       **values,
                 int              n_required,
                 int              n_values)
{
  if (n_arguments > n_values)
    {
      PyErr_Format (PyExc_TypeError,
                    "%s() takes at most %d arguments (%zd given)",
                    function,
                    n_values,
                    n_arguments);
      return FALSE;
    }

  for (Py_ssize_t i = 0; i < n_arguments; i++)
    values[i] = arguments[i];

  for (Py_ssize_t i = 0; keywords != NULL && i < PyTuple_GET_SIZE (keywords); i++)
    {
      PyObject *name = PyTuple_GET_ITEM (keywords, i);
      int       index = find_name (name, names, n_values);

      if (index < 0 || values[index] != NULL)
        {
          PyErr_Format (PyExc_TypeError,
                        index < 0 ? "%s() got an unexpected keyword argument '%U'"
                                  : "%s() got multiple values for argument '%U'",
                        function,
                        name);
          return FALSE;
        }
      values[index] = arguments[n_arguments + i];
    }

  for (int i = 0; i < n_required; i++)
    if (values[i] == NULL)
      {
        PyErr_Format (PyExc_TypeError, "%s() needs the argument '%U'", function, names[i]);
        return FALSE;
      }

  return TRUE;
}

gboolean
qs_python_intern_all (const char *const *names, PyObject **interned, int n)
{
  for (int i = 0; i < n; i++)
    if ((interned[i] = PyUnicode_InternFromString (names[i])) == NULL)
      return FALSE;

  return TRUE;
}

int
qs_python_add_methods (PyTypeObject *type, PyMethodDef *methods)
{
  for (PyMethodDef *method = methods; method->ml_name != NULL; method++)
    {
      PyObject *descriptor = PyDescr_NewMethod (type, method);
      int       result = -1;

      if (descriptor != NULL)
        result = PyObject_SetAttrString ((PyObject *) type, method->ml_name, descriptor);
      Py_XDECREF (descriptor);
      if (result != 0)
        return -1;
    }

  return 0;
}

/* -------- functions of the module -------- */

static PyObject *
write_json (PyObject *module, PyObject *arguments)
{
  PyObject *value;
  int       for_state = 0;

  if (!PyArg_ParseTuple (arguments, "O|p:write", &value, &for_state))
    return NULL;

  return qs_python_write (value, for_state);
}

static PyObject *
read_json (PyObject *module, PyObject *data)
{
  Py_buffer buffer;
  PyObject *value;

  if (PyObject_GetBuffer (data, &buffer, PyBUF_SIMPLE) != 0)
    return NULL;
  value = qs_python_read (buffer.buf, (gsize) buffer.len);
  PyBuffer_Release (&buffer);

  return value;
}

/* Those that are given; the overrides give the first one before they write a value and
 * the others before they install a method. */
static PyObject *
set_hooks (PyObject *module, PyObject *arguments, PyObject *keywords)
{
  static const struct
  {
    const char *name;
    PyObject  **hook;
  } hooks[] = {
    { "produce", &qs_python_hooks.produce },     { "serialize", &qs_python_hooks.serialize },
    { "write", &qs_python_hooks.write },         { "headers", &qs_python_hooks.headers },
    { "state_key", &qs_python_hooks.state_key }, { "write_state", &qs_python_hooks.write_state },
    { "not_json", &qs_python_hooks.not_json },   { "seconds", &qs_python_hooks.seconds },
    { "complete", &qs_python_hooks.complete },   { "raise_error", &qs_python_hooks.raise_error },
    { "simplify", &qs_python_hooks.simplify },   { "object_type", &qs_python_hooks.object_type },
  };

  for (gsize i = 0; keywords != NULL && i < G_N_ELEMENTS (hooks); i++)
    {
      PyObject *function = PyDict_GetItemString (keywords, hooks[i].name);

      if (function != NULL)
        Py_XSETREF (*hooks[i].hook, Py_NewRef (function));
    }

  Py_RETURN_NONE;
}

/* Whether the struct above is PyGObject's: its hash is the object's address. */
static PyObject *
check_wrapper (PyObject *module, PyObject *wrapper)
{
  Py_hash_t hash = PyObject_Hash (wrapper);

  if (hash == -1 && PyErr_Occurred ())
    return NULL;

  return PyBool_FromLong ((gsize) hash == (gsize) ((Wrapper *) wrapper)->object);
}

static PyObject *
install (PyObject *type, int (*function) (PyTypeObject *))
{
  if (!PyType_Check (type))
    {
      PyErr_SetString (PyExc_TypeError, "a class is expected");
      return NULL;
    }
  if (function ((PyTypeObject *) type) != 0)
    return NULL;

  Py_RETURN_NONE;
}

static PyObject *
install_source (PyObject *module, PyObject *type)
{
  return install (type, qs_python_install_source);
}

static PyObject *
install_state (PyObject *module, PyObject *type)
{
  return install (type, qs_python_install_state);
}

/* At the end of a thread whose state keep_thread() has kept. The C library has already
 * forgotten that it is this thread's, so another one stands in while the objects go: the
 * count of two keeps it from being dropped by the first of them that calls back. */
static void
release_thread (gpointer data)
{
  PyThreadState   *state = data;
  PyGILState_STATE outer;
  PyGILState_STATE inner;

  if (!Py_IsInitialized ())
    return;

  outer = PyGILState_Ensure ();
  inner = PyGILState_Ensure ();
  PyThreadState_Clear (state);
  PyThreadState_Delete (state);
  PyGILState_Release (inner);
  PyGILState_Release (outer);
}

/* Keeps Python's state of a thread that C made from one callback to the next, up to its
 * end. Else Python drops it after each, and objects in it that call back into C while
 * they go (all of GObject's may) drop it twice. */
static PyObject *
keep_thread (PyObject *module, PyObject *unused)
{
  static GPrivate kept = G_PRIVATE_INIT (release_thread);

  /* Those that Python made itself count one more. */
  if (PyThreadState_Get ()->gilstate_counter == 1 && g_private_get (&kept) == NULL)
    {
      g_private_set (&kept, PyThreadState_Get ());
      PyGILState_Ensure ();
    }

  Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
  { "write",
    write_json,
    METH_VARARGS,
    "write(value, for_state=False, /)\n--\n\nJSON text of a value, as bytes." },
  { "read", read_json, METH_O, "read(data, /)\n--\n\nThe value that JSON text stands for." },
  { "set_hooks", (PyCFunction) (void (*) (void)) set_hooks, METH_VARARGS | METH_KEYWORDS, NULL },
  { "check_wrapper", check_wrapper, METH_O, NULL },
  { "keep_thread", keep_thread, METH_NOARGS, NULL },
  { "serialize_schema",
    (PyCFunction) (void (*) (void)) qs_python_serialize_schema,
    METH_FASTCALL,
    NULL },
  { "deserialize_schema",
    (PyCFunction) (void (*) (void)) qs_python_deserialize_schema,
    METH_FASTCALL,
    NULL },
  { "install_source", install_source, METH_O, NULL },
  { "install_state", install_state, METH_O, NULL },
  { NULL },
};

static struct PyModuleDef definition = {
  PyModuleDef_HEAD_INIT,
  .m_name = "_qsource_native",
  .m_doc = "The quick way of QSource's overrides.",
  .m_size = -1,
  .m_methods = functions,
};

/* The only symbol that Python looks for. */
PyMODINIT_FUNC PyInit__qsource_native (void);

PyMODINIT_FUNC
PyInit__qsource_native (void)
{
  PyObject *module;

  if (PyType_Ready (&qs_python_serialized_type) != 0)
    return NULL;

  module = PyModule_Create (&definition);
  if (module == NULL)
    return NULL;

  if (PyModule_AddFunctions (module, qs_python_dataframe_functions) != 0 ||
      PyModule_AddObjectRef (module, "Serialized", (PyObject *) &qs_python_serialized_type) != 0 ||
      PyModule_AddIntConstant (module, "MAX_DEPTH", QS_PYTHON_MAX_DEPTH) != 0)
    Py_CLEAR (module);

  return module;
}

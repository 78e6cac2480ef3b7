/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <qsource/qsource.h>

/*
 * The quick way of Python's overrides: values become JSON text and back without
 * a GVariant, and records and states are handed to the library as bytes.
 *
 * It takes the types that are common, exactly as they are. For anything else it
 * calls the overrides' Python code, which holds the rules, so that each rule and
 * each error text stands in one place.
 *
 * Context: any thread that holds the GIL.   Locks: none.
 */

/* The depth to which arrays and objects can be nested. */
#define QS_PYTHON_MAX_DEPTH 500

/* The objects that the Python part has passed; borrowed for the life of the process. */
typedef struct
{
  PyObject *produce;     /* (source, value, key, headers, partition, timestamp) */
  PyObject *serialize;   /* (source, key, value, headers, timestamp) → message */
  PyObject *write;       /* (value, for_state) → bytes */
  PyObject *headers;     /* (headers) → flat tuple of names and values */
  PyObject *complete;    /* (serialized) → Qs.Message */
  PyObject *raise_error; /* (domain, code, message): raises */
  PyObject *state_key;   /* (key) → str, of no subclass; or raises */
  PyObject *write_state; /* (key, value) → bytes */
  PyObject *not_json;    /* (key, error): raises */
  PyObject *seconds;     /* (ttl) → float */
  PyObject *object_type; /* GObject.Object */
  PyObject *simplify;    /* (value) → value of a common type, or NotImplemented */
} QsPythonHooks;

extern QsPythonHooks qs_python_hooks;

/* The GObject of a wrapper of PyGObject's; NULL with an exception if its class
 * forgot to call super().__init__(). */
gpointer  qs_python_get_object    (PyObject    *wrapper);

/* Raises @error, which is consumed. Always returns NULL. */
PyObject *qs_python_raise         (GError      *error);

/* Appends JSON text to a buffer that begins on the stack. */
typedef struct
{
  char    *data;
  gsize    length;
  gsize    size;
  int      depth;
  gboolean for_state; /* only what comes back equal */
  char     first[1024];
} QsPythonWriter;

void      qs_python_writer_init   (QsPythonWriter *self,
                                   gboolean        for_state);
void      qs_python_writer_clear  (QsPythonWriter *self);

/* 1: written; 0: the slow way has to say; -1: an exception is set. */
int       qs_python_writer_add    (QsPythonWriter *self,
                                   PyObject       *value);

/* JSON text of @value as bytes, by either way; NULL with an exception. */
PyObject *qs_python_write         (PyObject    *value,
                                   gboolean     for_state);

/* The value that JSON text stands for; NULL with a ValueError. */
PyObject *qs_python_read          (const char  *data,
                                   gsize        length);

/* The type of what serialize() returns, and a new one; the four are borrowed. */
extern PyTypeObject qs_python_serialized_type;
PyObject *qs_python_serialized_new (PyObject   *key,
                                    PyObject   *value,
                                    PyObject   *headers,
                                    PyObject   *timestamp);

typedef struct
{
  PyObject_HEAD
  PyObject *key;       /* bytes or None */
  PyObject *value;     /* bytes or None */
  PyObject *headers;   /* a flat tuple of names and values, or None */
  PyObject *timestamp; /* int or None */
  PyObject *message;   /* the Qs.Message, once somebody asked for it */
} QsPythonSerialized;

/* A flat tuple of names and values; None for no headers. NULL with an exception. */
PyObject *qs_python_flatten_headers (PyObject  *headers);

/* The value in a variant; NULL with an exception. */
PyObject *qs_python_from_variant    (GVariant  *variant);

/* (serializer, value, topic, is_key) → bytes and (serializer, bytes) → value, for those with
 * a schema; NotImplemented where the slow way has to say. */
PyObject *qs_python_serialize_schema   (PyObject         *module,
                                        PyObject *const  *arguments,
                                        Py_ssize_t        n);
PyObject *qs_python_deserialize_schema (PyObject         *module,
                                        PyObject *const  *arguments,
                                        Py_ssize_t        n);

/* The functions of dataframes, up to a NULL. */
extern PyMethodDef qs_python_dataframe_functions[];

/* Puts the methods of Qs.Source into @type. 0, or -1 with an exception. */
int       qs_python_install_source  (PyTypeObject *type);

/* Puts the methods of Qs.State into @type. 0, or -1 with an exception. */
int       qs_python_install_state   (PyTypeObject *type);

/* The names of arguments as qs_python_parse() takes them. FALSE with an exception. */
gboolean  qs_python_intern_all      (const char *const  *names,
                                     PyObject          **interned,
                                     int                 n);

/* Puts @methods, static and up to a NULL, into @type. 0, or -1 with an exception. */
int       qs_python_add_methods     (PyTypeObject *type,
                                     PyMethodDef  *methods);

/* Reads the arguments of a METH_FASTCALL | METH_KEYWORDS method into @values,
 * which stay NULL where nothing was given; borrowed. The first @n_required must be
 * given. FALSE with an exception. */
gboolean  qs_python_parse           (const char        *function,
                                     PyObject *const   *arguments,
                                     Py_ssize_t         n_arguments,
                                     PyObject          *keywords,
                                     PyObject *const   *names,
                                     PyObject         **values,
                                     int                n_required,
                                     int                n_values);

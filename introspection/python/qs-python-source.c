/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-python-private.h"

#include <string.h>

/* produce() and serialize() of Qs.Source. */

/* The bytes of a key, a value or a header. FALSE for what the slow way has to look
 * at; an exception may be set. */
static gboolean
get_bytes (PyObject *object, const guint8 **data, gsize *length)
{
  Py_ssize_t n = 0;

  if (object == NULL || object == Py_None)
    *data = NULL;
  else if (PyBytes_CheckExact (object))
    {
      *data = (const guint8 *) PyBytes_AS_STRING (object);
      n = PyBytes_GET_SIZE (object);
    }
  else if (PyUnicode_CheckExact (object))
    {
      *data = (const guint8 *) PyUnicode_AsUTF8AndSize (object, &n);
      if (*data == NULL)
        {
          PyErr_Clear (); /* a lone surrogate, which the slow way has the words for */
          return FALSE;
        }
    }
  else
    return FALSE;

  *length = (gsize) n;
  return TRUE;
}

/* A number that may be left out. FALSE for what the slow way has to look at. */
static gboolean
get_number (PyObject *object, gint64 fallback, gint64 *number)
{
  int overflow;

  *number = fallback;
  if (object == NULL || object == Py_None)
    return TRUE;
  if (!PyLong_CheckExact (object))
    return FALSE;

  *number = PyLong_AsLongLongAndOverflow (object, &overflow);
  return overflow == 0;
}

/* -------- headers -------- */

/* Whether a header can be handed over as it is. */
static gboolean
is_header (PyObject *name, PyObject *value)
{
  Py_ssize_t  length;
  const char *text = PyUnicode_CheckExact (name) ? PyUnicode_AsUTF8AndSize (name, &length) : NULL;

  if (text == NULL)
    {
      PyErr_Clear ();
      return FALSE;
    }
  if (strlen (text) != (gsize) length)
    return FALSE;

  return value == Py_None || PyBytes_CheckExact (value) ||
         (PyUnicode_CheckExact (value) && PyUnicode_IS_ASCII (value));
}

static PyObject *
flatten_dict (PyObject *headers)
{
  PyObject  *flat = PyTuple_New (2 * PyDict_GET_SIZE (headers));
  Py_ssize_t position = 0;
  Py_ssize_t n = 0;
  PyObject  *name;
  PyObject  *value;

  while (flat != NULL && PyDict_Next (headers, &position, &name, &value))
    {
      if (!is_header (name, value))
        {
          Py_DECREF (flat);
          return PyObject_CallOneArg (qs_python_hooks.headers, headers);
        }
      Py_INCREF (name);
      Py_INCREF (value);
      PyTuple_SET_ITEM (flat, n++, name);
      PyTuple_SET_ITEM (flat, n++, value);
    }

  return flat;
}

static PyObject *
flatten_list (PyObject *headers)
{
  Py_ssize_t n_headers = PyList_GET_SIZE (headers);
  PyObject  *flat = PyTuple_New (2 * n_headers);

  for (Py_ssize_t i = 0; flat != NULL && i < n_headers; i++)
    {
      PyObject *pair = PyList_GET_ITEM (headers, i);

      if (!PyTuple_CheckExact (pair) || PyTuple_GET_SIZE (pair) != 2 ||
          !is_header (PyTuple_GET_ITEM (pair, 0), PyTuple_GET_ITEM (pair, 1)))
        {
          Py_DECREF (flat);
          return PyObject_CallOneArg (qs_python_hooks.headers, headers);
        }
      for (Py_ssize_t k = 0; k < 2; k++)
        {
          PyObject *part = PyTuple_GET_ITEM (pair, k);

          Py_INCREF (part);
          PyTuple_SET_ITEM (flat, 2 * i + k, part);
        }
    }

  return flat;
}

PyObject *
qs_python_flatten_headers (PyObject *headers)
{
  if (headers == NULL || headers == Py_None)
    Py_RETURN_NONE;
  if (PyDict_CheckExact (headers))
    return flatten_dict (headers);
  if (PyList_CheckExact (headers))
    return flatten_list (headers);

  return PyObject_CallOneArg (qs_python_hooks.headers, headers);
}

/* Whether the slow way can have them, too. */
static gboolean
can_read_twice (PyObject *headers)
{
  return headers == Py_None || PyDict_CheckExact (headers) || PyList_CheckExact (headers);
}

/* Of what qs_python_flatten_headers() returned. */
static QsHeaders *
make_headers (PyObject *flat)
{
  QsHeaders *headers;

  if (flat == NULL || flat == Py_None || PyTuple_GET_SIZE (flat) == 0)
    return NULL;

  headers = qs_headers_new ();
  for (Py_ssize_t i = 0; i + 1 < PyTuple_GET_SIZE (flat); i += 2)
    {
      const guint8 *data = NULL;
      gsize         length = 0;
      GBytes       *bytes = NULL;

      if (get_bytes (PyTuple_GET_ITEM (flat, i + 1), &data, &length) && data != NULL)
        bytes = g_bytes_new (data, length);
      qs_headers_append (headers, PyUnicode_AsUTF8 (PyTuple_GET_ITEM (flat, i)), bytes);
      g_clear_pointer (&bytes, g_bytes_unref);
    }

  return headers;
}

/* -------- produce -------- */

typedef struct
{
  const guint8 *key;
  const guint8 *value;
  gsize         key_length;
  gsize         value_length;
  gint64        timestamp;
  gint64        partition;
} Record;

static PyObject *
send (QsSource *source, const Record *record, PyObject *flat_headers)
{
  GError    *error = NULL;
  QsHeaders *headers = make_headers (flat_headers);
  gboolean   ok;

  /* The caller's arguments keep the bytes alive. */
  Py_BEGIN_ALLOW_THREADS;
  ok = qs_source_produce_full (source,
                               record->key,
                               record->key_length,
                               record->value,
                               record->value_length,
                               headers,
                               record->timestamp,
                               (int) record->partition,
                               &error);
  Py_END_ALLOW_THREADS;
  g_clear_pointer (&headers, qs_headers_free);

  if (!ok)
    return qs_python_raise (error);
  Py_RETURN_TRUE;
}

static PyObject *
send_serialized (QsSource *source, QsPythonSerialized *message)
{
  Record record = { .partition = -1 };

  if (!get_bytes (message->key, &record.key, &record.key_length) ||
      !get_bytes (message->value, &record.value, &record.value_length) ||
      !get_number (message->timestamp, 0, &record.timestamp))
    {
      PyErr_SetString (PyExc_OverflowError, "a timestamp is an int of 64 bits");
      return NULL;
    }

  return send (source, &record, message->headers);
}

enum
{
  PRODUCE_VALUE,
  PRODUCE_KEY,
  PRODUCE_HEADERS,
  PRODUCE_PARTITION,
  PRODUCE_TIMESTAMP,
  PRODUCE_POLL_TIMEOUT,
  PRODUCE_MAX_TRIES,
  N_PRODUCE
};

static PyObject *produce_names[N_PRODUCE];

static PyObject *
produce_slowly (PyObject *self, PyObject **given)
{
  PyObject *arguments[6] = { self };

  for (int i = 0; i < 5; i++)
    arguments[i + 1] = given[i] != NULL ? given[i] : Py_None;

  return PyObject_Vectorcall (qs_python_hooks.produce, arguments, 6, NULL);
}

static PyObject *
produce (PyObject *self, PyObject *const *arguments, Py_ssize_t n_arguments, PyObject *keywords)
{
  PyObject *given[N_PRODUCE] = { NULL };
  QsSource *source = qs_python_get_object (self);
  Record    record;
  PyObject *flat = NULL;
  PyObject *result;

  if (source == NULL ||
      !qs_python_parse (
          "produce", arguments, n_arguments, keywords, produce_names, given, 0, N_PRODUCE))
    return NULL;

  if (given[PRODUCE_VALUE] != NULL &&
      Py_IS_TYPE (given[PRODUCE_VALUE], &qs_python_serialized_type) && given[PRODUCE_KEY] == NULL &&
      given[PRODUCE_HEADERS] == NULL && given[PRODUCE_PARTITION] == NULL &&
      given[PRODUCE_TIMESTAMP] == NULL)
    return send_serialized (source, (QsPythonSerialized *) given[PRODUCE_VALUE]);

  if (!get_bytes (given[PRODUCE_VALUE], &record.value, &record.value_length) ||
      !get_bytes (given[PRODUCE_KEY], &record.key, &record.key_length) ||
      !get_number (given[PRODUCE_TIMESTAMP], 0, &record.timestamp) || record.timestamp < 0 ||
      !get_number (given[PRODUCE_PARTITION], -1, &record.partition) || record.partition < -1 ||
      record.partition > G_MAXINT32)
    return produce_slowly (self, given);

  if (given[PRODUCE_HEADERS] == NULL)
    return send (source, &record, NULL);

  if (!can_read_twice (given[PRODUCE_HEADERS]))
    return produce_slowly (self, given);
  flat = qs_python_flatten_headers (given[PRODUCE_HEADERS]);
  if (flat == NULL)
    {
      /* Lets the source handle the error. */
      PyErr_Clear ();
      return produce_slowly (self, given);
    }
  result = send (source, &record, flat);
  Py_XDECREF (flat);

  return result;
}

/* -------- serialize -------- */

typedef enum
{
  KIND_OTHER,
  KIND_JSON,
  KIND_BYTES,
  KIND_TEXT
} Kind;

/* Returns the kind of a serializer, and stores it there. */
static Kind
get_kind (QsSerializer *serializer)
{
  static GQuark quark;
  const char   *name;
  Kind          kind;

  if (quark == 0)
    quark = g_quark_from_static_string ("qs-python-kind");

  kind = GPOINTER_TO_UINT (g_object_get_qdata (G_OBJECT (serializer), quark));
  if (kind > 0)
    return kind - 1;

  name = qs_serializer_get_name (serializer);
  kind = g_strcmp0 (name, "json") == 0     ? KIND_JSON
         : g_strcmp0 (name, "bytes") == 0  ? KIND_BYTES
         : g_strcmp0 (name, "string") == 0 ? KIND_TEXT
                                           : KIND_OTHER;
  g_object_set_qdata (G_OBJECT (serializer), quark, GUINT_TO_POINTER (kind + 1));

  return kind;
}

/* The bytes of @value, or None; NULL with an exception, or without one for what the slow
 * way has to look at. */
static PyObject *
serialize_part (QsSerializer *serializer, PyObject *value)
{
  Kind           kind = get_kind (serializer);
  QsPythonWriter writer;
  PyObject      *bytes = NULL;

  if (kind == KIND_JSON)
    {
      qs_python_writer_init (&writer, FALSE);
      if (qs_python_writer_add (&writer, value != NULL ? value : Py_None) > 0)
        bytes = PyBytes_FromStringAndSize (writer.data, (Py_ssize_t) writer.length);
      qs_python_writer_clear (&writer);
      return bytes;
    }

  if (kind == KIND_OTHER)
    return NULL;
  if (value == NULL || value == Py_None)
    Py_RETURN_NONE;
  if (PyUnicode_CheckExact (value))
    {
      bytes = PyUnicode_AsUTF8String (value);
      if (bytes == NULL)
        PyErr_Clear (); /* a lone surrogate */
      return bytes;
    }
  if (kind == KIND_BYTES && PyBytes_CheckExact (value))
    {
      Py_INCREF (value);
      return value;
    }

  return NULL;
}

enum
{
  SERIALIZE_KEY,
  SERIALIZE_VALUE,
  SERIALIZE_HEADERS,
  SERIALIZE_TIMESTAMP_MS,
  SERIALIZE_TIMESTAMP,
  N_SERIALIZE
};

static PyObject *serialize_names[N_SERIALIZE];

static PyObject *
serialize_slowly (PyObject *self, PyObject **given, PyObject *timestamp)
{
  PyObject *arguments[5] = { self };

  for (int i = 0; i < 3; i++)
    arguments[i + 1] = given[i] != NULL ? given[i] : Py_None;
  arguments[4] = timestamp;

  return PyObject_Vectorcall (qs_python_hooks.serialize, arguments, 5, NULL);
}

/* Leaves all other values, including refused numbers, to Python. */
static gboolean
is_plain_timestamp (PyObject *timestamp)
{
  int overflow = 0;

  return timestamp == Py_None ||
         (PyLong_CheckExact (timestamp) &&
          PyLong_AsLongLongAndOverflow (timestamp, &overflow) >= 0 && overflow == 0);
}

static PyObject *
serialize (PyObject *self, PyObject *const *arguments, Py_ssize_t n_arguments, PyObject *keywords)
{
  PyObject *given[N_SERIALIZE] = { NULL };
  QsSource *source = qs_python_get_object (self);
  QsTopic  *topic;
  PyObject *timestamp;
  PyObject *key = NULL;
  PyObject *value = NULL;
  PyObject *headers = NULL;
  PyObject *result = NULL;

  if (source == NULL ||
      !qs_python_parse (
          "serialize", arguments, n_arguments, keywords, serialize_names, given, 0, N_SERIALIZE))
    return NULL;

  timestamp = given[SERIALIZE_TIMESTAMP];
  if (timestamp == NULL || timestamp == Py_None)
    timestamp = given[SERIALIZE_TIMESTAMP_MS];
  if (timestamp == NULL)
    timestamp = Py_None;

  topic = qs_base_source_get_topic (QS_BASE_SOURCE (source));
  if (topic != NULL && is_plain_timestamp (timestamp) &&
      (given[SERIALIZE_HEADERS] == NULL || can_read_twice (given[SERIALIZE_HEADERS])))
    key = serialize_part (qs_topic_get_key_serializer (topic), given[SERIALIZE_KEY]);
  if (key != NULL)
    value = serialize_part (qs_topic_get_value_serializer (topic), given[SERIALIZE_VALUE]);
  if (value != NULL)
    headers = given[SERIALIZE_HEADERS] != NULL
                  ? qs_python_flatten_headers (given[SERIALIZE_HEADERS])
                  : Py_NewRef (Py_None);
  if (value != NULL && headers == NULL)
    PyErr_Clear (); /* which the source may deal with */
  if (headers != NULL)
    result = qs_python_serialized_new (key, value, headers, timestamp);
  else if (!PyErr_Occurred ())
    result = serialize_slowly (self, given, timestamp);
  Py_XDECREF (key);
  Py_XDECREF (value);
  Py_XDECREF (headers);

  return result;
}

static PyMethodDef methods[] = {
  { "produce",
    (PyCFunction) (void (*) (void)) produce,
    METH_FASTCALL | METH_KEYWORDS,
    "produce($self, value=None, key=None, headers=None, partition=None, timestamp=None,\n"
    "        poll_timeout=None, buffer_error_max_tries=None)\n--\n\n"
    "Produces a record of bytes or text (None is null), or what serialize() returned.\n\n"
    "The last two are of Quix Streams: here it waits for as long as the queue is full." },
  { "serialize",
    (PyCFunction) (void (*) (void)) serialize,
    METH_FASTCALL | METH_KEYWORDS,
    "serialize($self, key=None, value=None, headers=None, timestamp_ms=None, timestamp=None)\n"
    "--\n\n"
    "A message, made with the topic's serializers. None is JSON's null.\n\n"
    "Unless errors is 'fail', what can't be serialized becomes a message, too, and\n"
    "produce() deals with it, or with its value." },
  { NULL },
};

int
qs_python_install_source (PyTypeObject *type)
{
  static const char *const produce_words[] = {
    "value", "key", "headers", "partition", "timestamp", "poll_timeout", "buffer_error_max_tries"
  };
  static const char *const serialize_words[] = {
    "key", "value", "headers", "timestamp_ms", "timestamp"
  };

  if (!qs_python_intern_all (produce_words, produce_names, N_PRODUCE) ||
      !qs_python_intern_all (serialize_words, serialize_names, N_SERIALIZE))
    return -1;

  return qs_python_add_methods (type, methods);
}

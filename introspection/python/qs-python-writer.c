/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-python-private.h"

#include <math.h>
#include <string.h>

/* Values as JSON text, byte for byte as orjson writes it. */

void
qs_python_writer_init (QsPythonWriter *self, gboolean for_state)
{
  self->data = self->first;
  self->size = sizeof self->first;
  self->length = 0;
  self->depth = 0;
  self->for_state = for_state;
}

void
qs_python_writer_clear (QsPythonWriter *self)
{
  if (self->data != self->first)
    PyMem_Free (self->data);
}

static gboolean
grow (QsPythonWriter *self, gsize n)
{
  gsize size = MAX (self->size * 2, self->length + n);
  char *data = PyMem_Realloc (self->data != self->first ? self->data : NULL, size);

  if (data == NULL)
    {
      PyErr_NoMemory ();
      return FALSE;
    }
  if (self->data == self->first)
    memcpy (data, self->first, self->length);

  self->data = data;
  self->size = size;
  return TRUE;
}

/* Makes room for @n more bytes. */
static inline gboolean
reserve (QsPythonWriter *self, gsize n)
{
  return self->size - self->length >= n || grow (self, n);
}

static inline int
put (QsPythonWriter *self, const char *text, gsize length)
{
  if (!reserve (self, length))
    return -1;

  memcpy (self->data + self->length, text, length);
  self->length += length;
  return 1;
}

/* -------- text -------- */

static inline gboolean
is_plain (unsigned char c)
{
  return c >= 0x20 && c != '"' && c != '\\';
}

static char *
put_escape (char *out, unsigned char c)
{
  static const char hex[] = "0123456789abcdef";
  static const char letters[] = "btn\0fr"; /* of the bytes 8 to 13 */

  *out++ = '\\';
  if (c == '"' || c == '\\')
    *out++ = (char) c;
  else if (c >= 8 && c <= 13 && c != 11)
    *out++ = letters[c - 8];
  else
    {
      memcpy (out, "u00", 3);
      out[3] = hex[c >> 4];
      out[4] = hex[c & 15];
      out += 5;
    }

  return out;
}

static int
put_text (QsPythonWriter *self, PyObject *value)
{
  Py_ssize_t           length;
  const unsigned char *p = (const unsigned char *) PyUnicode_AsUTF8AndSize (value, &length);
  const unsigned char *end = p + length;

  if (p == NULL)
    {
      /* A lone surrogate, which the slow way has the words for. */
      if (!PyErr_ExceptionMatches (PyExc_UnicodeEncodeError))
        return -1;
      PyErr_Clear ();
      return 0;
    }

  if (!reserve (self, (gsize) length + 2))
    return -1;
  self->data[self->length++] = '"';

  while (p < end)
    {
      const unsigned char *first = p;

      while (p < end && is_plain (*p))
        p++;
      memcpy (self->data + self->length, first, (gsize) (p - first));
      self->length += (gsize) (p - first);
      if (p == end)
        break;
      if (!reserve (self, (gsize) (end - p) + 8))
        return -1;
      self->length = (gsize) (put_escape (self->data + self->length, *p++) - self->data);
    }

  self->data[self->length++] = '"';
  return 1;
}

/* -------- numbers -------- */

static int
put_magnitude (QsPythonWriter *self, unsigned long long magnitude, gboolean is_negative)
{
  char  text[24];
  char *p = text + sizeof text;

  do
    *--p = (char) ('0' + magnitude % 10);
  while ((magnitude /= 10) != 0);
  if (is_negative)
    *--p = '-';

  return put (self, p, (gsize) (text + sizeof text - p));
}

static int
put_integer (QsPythonWriter *self, PyObject *value)
{
  int                overflow;
  long long          number = PyLong_AsLongLongAndOverflow (value, &overflow);
  unsigned long long magnitude;

  if (overflow == 0)
    return put_magnitude (
        self, number < 0 ? -(unsigned long long) number : (unsigned long long) number, number < 0);
  if (overflow < 0 || self->for_state)
    return 0;

  magnitude = PyLong_AsUnsignedLongLong (value);
  if (magnitude == (unsigned long long) -1 && PyErr_Occurred ())
    {
      PyErr_Clear ();
      return 0;
    }

  return put_magnitude (self, magnitude, FALSE);
}

/* Lays out @n digits whose point is behind the first @point as orjson does. */
static char *
lay_out (char *out, const char *digits, int n, int point)
{
  if (point > 0 && point <= 16)
    {
      for (int i = 0; i < point; i++)
        *out++ = i < n ? digits[i] : '0';
      *out++ = '.';
      if (n <= point)
        *out++ = '0';
      for (int i = point; i < n; i++)
        *out++ = digits[i];
      return out;
    }

  if (point > -5 && point <= 0)
    {
      *out++ = '0';
      *out++ = '.';
      for (int i = point; i < 0; i++)
        *out++ = '0';
      memcpy (out, digits, (gsize) n);
      return out + n;
    }

  *out++ = digits[0];
  if (n > 1)
    {
      *out++ = '.';
      memcpy (out, digits + 1, (gsize) n - 1);
      out += n - 1;
    }
  return out + g_snprintf (out, 8, "e%d", point - 1);
}

/* From Python's shortest text that reads back as the same number. */
static int
put_shortest (QsPythonWriter *self, double number)
{
  char        digits[32];
  int         n = 0;
  int         point = 0;         /* where the point stands, in digits */
  gboolean    has_point = FALSE; /* it was met */
  char        text[48];
  char       *out = text;
  char       *shortest = PyOS_double_to_string (fabs (number), 'r', 0, 0, NULL);
  const char *p;
  int         exponent = 0;

  if (shortest == NULL)
    return -1;

  for (p = shortest; *p != '\0' && *p != 'e'; p++)
    if (*p == '.')
      {
        point = n;
        has_point = TRUE;
      }
    else if (n > 0 || *p != '0')
      digits[n++] = *p;
    else if (has_point)
      point--; /* a zero behind the point, before the first digit */
  if (*p == 'e')
    exponent = (int) g_ascii_strtoll (p + 1, NULL, 10);
  if (!has_point)
    point = n; /* behind all digits */
  PyMem_Free (shortest);

  while (n > 1 && digits[n - 1] == '0')
    n--;
  if (signbit (number))
    *out++ = '-';
  out = lay_out (out, digits, n, point + exponent);

  return put (self, text, (gsize) (out - text));
}

static int
put_double (QsPythonWriter *self, double number)
{
  if (!isfinite (number))
    return self->for_state ? 0 : put (self, "null", 4);

  if (number == 0)
    return signbit (number) ? put (self, "-0.0", 4) : put (self, "0.0", 3);

  if (fabs (number) < 1e15 && number == floor (number))
    {
      if (put_magnitude (self, (unsigned long long) fabs (number), number < 0) < 0)
        return -1;
      return put (self, ".0", 2);
    }

  return put_shortest (self, number);
}

/* -------- arrays and objects -------- */

static int
put_array (QsPythonWriter *self, PyObject *value)
{
  if (put (self, "[", 1) < 0)
    return -1;

  /* The size is asked for again each time: nothing here runs Python code, but a
   * list may be another thread's, too, one day. */
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE (value); i++)
    {
      int result = i > 0 ? put (self, ",", 1) : 1;

      if (result > 0)
        result = qs_python_writer_add (self, PySequence_Fast_GET_ITEM (value, i));
      if (result <= 0)
        return result;
    }

  return put (self, "]", 1);
}

static int
put_object (QsPythonWriter *self, PyObject *value)
{
  Py_ssize_t position = 0;
  PyObject  *key;
  PyObject  *member;
  gboolean   is_first = TRUE;

  if (put (self, "{", 1) < 0)
    return -1;

  while (PyDict_Next (value, &position, &key, &member))
    {
      int result = is_first ? 1 : put (self, ",", 1);

      if (!PyUnicode_Check (key))
        return 0;
      if (result > 0)
        result = put_text (self, key);
      if (result > 0)
        result = put (self, ":", 1);
      if (result > 0)
        result = qs_python_writer_add (self, member);
      if (result <= 0)
        return result;
      is_first = FALSE;
    }

  return put (self, "}", 1);
}

int
qs_python_writer_add (QsPythonWriter *self, PyObject *value)
{
  int result;

  if (PyUnicode_CheckExact (value))
    return put_text (self, value);
  if (value == Py_None)
    return put (self, "null", 4);
  if (value == Py_True)
    return put (self, "true", 4);
  if (value == Py_False)
    return put (self, "false", 5);
  if (PyLong_CheckExact (value))
    return put_integer (self, value);
  if (PyFloat_CheckExact (value))
    return put_double (self, PyFloat_AS_DOUBLE (value));

  /* Too deep, or it contains itself: the slow way has the words for it. */
  if (self->depth == QS_PYTHON_MAX_DEPTH)
    return 0;
  self->depth++;
  if (PyDict_CheckExact (value))
    result = put_object (self, value);
  else if (PyList_CheckExact (value) || PyTuple_CheckExact (value))
    result = put_array (self, value);
  else
    result = 0;
  self->depth--;

  return result;
}

PyObject *
qs_python_write (PyObject *value, gboolean for_state)
{
  QsPythonWriter writer;
  PyObject      *bytes = NULL;
  int            result;

  qs_python_writer_init (&writer, for_state);
  result = qs_python_writer_add (&writer, value);
  if (result > 0)
    bytes = PyBytes_FromStringAndSize (writer.data, (Py_ssize_t) writer.length);
  else if (result == 0)
    bytes = PyObject_CallFunctionObjArgs (
        qs_python_hooks.write, value, for_state ? Py_True : Py_False, NULL);
  qs_python_writer_clear (&writer);

  return bytes;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-python-private.h"

#include <math.h>
#include <string.h>

/* JSON text (RFC 8259) as values. */

typedef struct
{
  const char *start;
  const char *p; /* the next byte */
  const char *end;
  int         depth;
} Reader;

static PyObject *read_value (Reader *self);

static PyObject *
fail (Reader *self, const char *where, const char *what)
{
  if (!PyErr_Occurred ())
    PyErr_Format (PyExc_ValueError, "invalid JSON at byte %zd: %s", where - self->start, what);
  return NULL;
}

static void
skip_space (Reader *self)
{
  while (self->p < self->end &&
         (*self->p == ' ' || *self->p == '\n' || *self->p == '\r' || *self->p == '\t'))
    self->p++;
}

/* -------- text -------- */

/* The four digits of a \u escape, or -1. */
static int
read_hex (const char *p, const char *end)
{
  int code = 0;

  if (end - p < 4)
    return -1;
  for (int i = 0; i < 4; i++)
    {
      if (!g_ascii_isxdigit (p[i]))
        return -1;
      code = code << 4 | g_ascii_xdigit_value (p[i]);
    }

  return code;
}

/* Decodes what follows "\u" at *@in to *@out; moves both. */
static gboolean
decode_unicode (Reader *self, const char **in, const char *end, char **out)
{
  const char *escape = *in - 2;
  int         code = read_hex (*in, end);

  if (code < 0)
    return fail (self, escape, "\\u needs four hexadecimal digits") != NULL;
  *in += 4;

  if (code >= 0xdc00 && code < 0xe000)
    return fail (self, escape, "a lone surrogate") != NULL;
  if (code >= 0xd800 && code < 0xdc00)
    {
      int low =
          end - *in >= 6 && (*in)[0] == '\\' && (*in)[1] == 'u' ? read_hex (*in + 2, end) : -1;

      if (low < 0xdc00 || low >= 0xe000)
        return fail (self, escape, "a lone surrogate") != NULL;
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      *in += 6;
    }

  *out += g_unichar_to_utf8 ((gunichar) code, *out);
  return TRUE;
}

/* Decodes the text between @p and @end, with its escapes, to @out, which has room. */
static char *
decode_escapes (Reader *self, const char *p, const char *end, char *out)
{
  static const char from[] = "\"\\/bfnrt";
  static const char to[] = "\"\\/\b\f\n\r\t";

  while (p < end)
    {
      const char *found;

      if (*p != '\\')
        {
          *out++ = *p++;
          continue;
        }
      p += 2;
      if (p[-1] == 'u')
        {
          if (!decode_unicode (self, &p, end, &out))
            return NULL;
          continue;
        }
      found = memchr (from, p[-1], sizeof from - 1);
      if (found == NULL)
        return (char *) fail (self, p - 2, "an escape that JSON does not have");
      *out++ = to[found - from];
    }

  return out;
}

static PyObject *
decode (Reader *self, const char *first, const char *text, gsize length)
{
  PyObject *value = PyUnicode_DecodeUTF8 (text, (Py_ssize_t) length, NULL);

  if (value == NULL && PyErr_ExceptionMatches (PyExc_UnicodeDecodeError))
    {
      PyErr_Clear ();
      fail (self, first, "text that is not UTF-8");
    }

  return value;
}

static PyObject *
read_text (Reader *self)
{
  const char *first = ++self->p;
  gboolean    has_escapes = FALSE;
  PyObject   *value = NULL;
  char       *buffer;
  char       *end;

  for (; self->p < self->end && *self->p != '"'; self->p++)
    {
      if ((unsigned char) *self->p < 0x20)
        return fail (self, self->p, "a control character in text, which must be escaped");
      if (*self->p != '\\')
        continue;
      has_escapes = TRUE;
      if (++self->p == self->end)
        break;
    }
  if (self->p == self->end)
    return fail (self, self->p, "text without an end");

  self->p++;
  if (!has_escapes)
    return decode (self, first, first, (gsize) (self->p - 1 - first));

  buffer = PyMem_Malloc ((gsize) (self->p - first));
  if (buffer == NULL)
    return PyErr_NoMemory ();
  end = decode_escapes (self, first, self->p - 1, buffer);
  if (end != NULL)
    value = decode (self, first, buffer, (gsize) (end - buffer));
  PyMem_Free (buffer);

  return value;
}

/* Names of members recur from record to record. The cache is only touched with
 * the GIL held. */
static PyObject *
read_name (Reader *self)
{
  static struct
  {
    PyObject *name;
    char      text[32];
    gsize     length;
  } cache[256];
  const char *first = self->p + 1;
  const char *p = first;
  guint32     hash = 5381;
  PyObject   *name;

  for (; p < self->end && *p != '"'; p++)
    {
      if ((unsigned char) *p < 0x20 || *p == '\\' || p - first == sizeof cache[0].text)
        return read_text (self);
      hash = hash * 33 + (guchar) *p;
    }
  if (p == self->end)
    return read_text (self);

  hash = (hash ^ hash >> 8) % G_N_ELEMENTS (cache);
  if (cache[hash].name != NULL && cache[hash].length == (gsize) (p - first) &&
      memcmp (cache[hash].text, first, (gsize) (p - first)) == 0)
    {
      self->p = p + 1;
      Py_INCREF (cache[hash].name);
      return cache[hash].name;
    }

  name = read_text (self);
  if (name != NULL)
    {
      Py_INCREF (name);
      Py_XSETREF (cache[hash].name, name);
      cache[hash].length = (gsize) (p - first);
      memcpy (cache[hash].text, first, (gsize) (p - first));
    }
  return name;
}

/* -------- numbers -------- */

static gboolean
skip_digits (Reader *self)
{
  const char *first = self->p;

  while (self->p < self->end && g_ascii_isdigit (*self->p))
    self->p++;

  return self->p > first;
}

/* Python's own functions read it: they take text that ends with a NUL. */
static PyObject *
read_large (Reader *self, const char *first, gboolean is_integer)
{
  gsize     length = (gsize) (self->p - first);
  char      small[64];
  char     *text = length < sizeof small ? small : PyMem_Malloc (length + 1);
  PyObject *value = NULL;
  double    number;

  if (text == NULL)
    return PyErr_NoMemory ();
  memcpy (text, first, length);
  text[length] = '\0';

  if (is_integer)
    value = PyLong_FromString (text, NULL, 10);
  else
    {
      number = PyOS_string_to_double (text, NULL, NULL);
      if (isfinite (number))
        value = PyFloat_FromDouble (number);
      else
        fail (self, first, "the number is too large for a float");
    }
  if (text != small)
    PyMem_Free (text);

  return value;
}

static PyObject *
read_number (Reader *self)
{
  const char *first = self->p;
  const char *digits;
  gboolean    is_integer = TRUE;
  long long   number = 0;

  if (*self->p == '-')
    self->p++;
  digits = self->p;
  if (!skip_digits (self))
    return fail (self, self->p, "a digit was expected");
  if (*digits == '0' && self->p > digits + 1)
    return fail (self, digits, "a number that begins with 0");

  if (self->p < self->end && *self->p == '.')
    {
      is_integer = FALSE;
      self->p++;
      if (!skip_digits (self))
        return fail (self, self->p, "a digit was expected");
    }
  if (self->p < self->end && (*self->p == 'e' || *self->p == 'E'))
    {
      is_integer = FALSE;
      self->p++;
      if (self->p < self->end && (*self->p == '+' || *self->p == '-'))
        self->p++;
      if (!skip_digits (self))
        return fail (self, self->p, "a digit was expected");
    }

  if (!is_integer || self->p - digits > 18)
    return read_large (self, first, is_integer);

  for (const char *p = digits; p < self->p; p++)
    number = number * 10 + (*p - '0');
  return PyLong_FromLongLong (digits > first ? -number : number);
}

/* -------- arrays and objects -------- */

/* After an element: TRUE if another one follows; *@ok: whether the text is right. */
static gboolean
has_next (Reader *self, char closing, gboolean *ok)
{
  char c;

  skip_space (self);
  c = self->p < self->end ? *self->p : '\0';
  *ok = c == ',' || c == closing;
  if (*ok)
    self->p++;
  else
    fail (self, self->p, "a comma or the end of the array or object was expected");

  return c == ',';
}

/* Enters an array or object; TRUE if it is empty, and then left again. */
static gboolean
is_empty (Reader *self, char closing)
{
  self->p++;
  skip_space (self);
  if (self->p == self->end || *self->p != closing)
    return FALSE;

  self->p++;
  return TRUE;
}

static PyObject *
read_array (Reader *self)
{
  PyObject *list = PyList_New (0);
  gboolean  goes_on = list != NULL && !is_empty (self, ']');
  gboolean  ok = list != NULL;

  while (ok && goes_on)
    {
      PyObject *item = read_value (self);

      ok = item != NULL && PyList_Append (list, item) == 0;
      Py_XDECREF (item);
      goes_on = ok && has_next (self, ']', &ok);
    }

  if (!ok)
    Py_CLEAR (list);
  return list;
}

static gboolean
read_member (Reader *self, PyObject *dict)
{
  PyObject *name = NULL;
  PyObject *value = NULL;
  gboolean  ok = FALSE;

  skip_space (self);
  if (self->p == self->end || *self->p != '"')
    return fail (self, self->p, "a name in quotation marks was expected") != NULL;

  name = read_name (self);
  if (name != NULL)
    {
      skip_space (self);
      if (self->p == self->end || *self->p != ':')
        fail (self, self->p, "a colon was expected");
      else
        {
          self->p++;
          value = read_value (self);
        }
    }
  if (value != NULL)
    ok = PyDict_SetItem (dict, name, value) == 0;
  Py_XDECREF (name);
  Py_XDECREF (value);

  return ok;
}

static PyObject *
read_object (Reader *self)
{
  PyObject *dict = PyDict_New ();
  gboolean  goes_on = dict != NULL && !is_empty (self, '}');
  gboolean  ok = dict != NULL;

  while (ok && goes_on)
    {
      ok = read_member (self, dict);
      goes_on = ok && has_next (self, '}', &ok);
    }

  if (!ok)
    Py_CLEAR (dict);
  return dict;
}

static PyObject *
read_word (Reader *self, const char *word, PyObject *value)
{
  gsize length = strlen (word);

  if ((gsize) (self->end - self->p) < length || memcmp (self->p, word, length) != 0)
    return fail (self, self->p, "a value was expected");

  self->p += length;
  Py_INCREF (value);
  return value;
}

static PyObject *
read_nested (Reader *self)
{
  PyObject *value;

  if (self->depth == QS_PYTHON_MAX_DEPTH)
    return fail (self,
                 self->p,
                 "arrays and objects are nested more than " G_STRINGIFY (
                     QS_PYTHON_MAX_DEPTH) " levels deep");

  self->depth++;
  value = *self->p == '{' ? read_object (self) : read_array (self);
  self->depth--;

  return value;
}

static PyObject *
read_value (Reader *self)
{
  skip_space (self);
  if (self->p == self->end)
    return fail (self, self->p, "a value was expected, not the end");

  switch (*self->p)
    {
    case '"':
      return read_text (self);
    case '{':
    case '[':
      return read_nested (self);
    case 't':
      return read_word (self, "true", Py_True);
    case 'f':
      return read_word (self, "false", Py_False);
    case 'n':
      return read_word (self, "null", Py_None);
    default:
      if (*self->p == '-' || g_ascii_isdigit (*self->p))
        return read_number (self);
      return fail (self, self->p, "a value was expected");
    }
}

PyObject *
qs_python_read (const char *data, gsize length)
{
  Reader    reader = { data, data, data + length, 0 };
  PyObject *value;

  /* No bytes may come as NULL. */
  if (data == NULL)
    reader.start = reader.p = reader.end = "";

  value = read_value (&reader);
  if (value != NULL)
    {
      skip_space (&reader);
      if (reader.p < reader.end)
        {
          fail (&reader, reader.p, "something follows the value");
          Py_CLEAR (value);
        }
    }

  return value;
}

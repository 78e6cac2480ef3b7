/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "qs-nearest-private.h"
#include "qsc.h"

G_DEFINE_QUARK (qsc - error - quark, qsc_error)

/* Of the first flush that failed: a later one finds nothing to write, and succeeds. */
static int output_errno = 0;

gboolean
qsc_flush_output (void)
{
  if (fflush (stdout) != 0 && output_errno == 0)
    output_errno = errno;

  return output_errno == 0 && !ferror (stdout);
}

int
qsc_fail_output (void)
{
  return qsc_fail (QSC_NOT_WELL,
                   "Cannot write to standard output%s%s",
                   output_errno != 0 ? ": " : "",
                   output_errno != 0 ? g_strerror (output_errno) : "");
}

int
qsc_fail (QscExit status, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list          args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);

  qsc_flush_output ();
  g_printerr ("qsource: %s\n", text);

  return status;
}

/* Where the settings come from. */
static QscExit settings_status = QSC_USAGE;

void
qsc_fail_blame_config (void)
{
  settings_status = QSC_CONFIG;
}

static QscExit
status_of (const GError *error)
{
  if (error->domain == QSC_ERROR)
    return error->code;

  if (g_error_matches (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_CONFIG))
    return QSC_CONFIG;
  if (error->domain == QS_KAFKA_ERROR)
    return QSC_BROKER;
  if (g_error_matches (error, QS_STATE_ERROR, QS_STATE_ERROR_LOCKED))
    return QSC_HELD;
  if (g_error_matches (error, QS_APPLICATION_ERROR, QS_APPLICATION_ERROR_NOT_CONFIGURED) ||
      g_error_matches (error, QS_APPLICATION_ERROR, QS_APPLICATION_ERROR_DUPLICATE) ||
      g_error_matches (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_INVALID_PROPERTY) ||
      g_error_matches (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_UNKNOWN_TYPE))
    return settings_status;

  return QSC_NOT_WELL;
}

int
qsc_fail_error (const GError *error)
{
  return qsc_fail (status_of (error), "%s", error->message);
}

int
qsc_fail_unknown (const char *what, const char *name, const char *const *names, const char *where)
{
  g_autofree char *hint = qs_nearest_hint (name, names);

  return qsc_fail (QSC_USAGE, "There is no %s '%s'%s (%s lists them)", what, name, hint, where);
}

void
qsc_print_json (GVariant *value)
{
  g_autoptr (GVariant) own = g_variant_ref_sink (value);
  g_autofree char *text = qs_json_to_string (own, NULL);

  /* Not by g_print(): JSON is UTF-8 in each locale, and what is exported is imported again. */
  fputs (text, stdout);
  fputc ('\n', stdout);
}

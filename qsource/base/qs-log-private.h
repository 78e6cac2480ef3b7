/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The library's log lines: structured, domain `QSource`, with the fields
 * QSOURCE_SOURCE and QSOURCE_TOPIC where they are known. A message is for the
 * one who runs the program and shown by default; info and debug lines are
 * shown as GLib's users expect, by G_MESSAGES_DEBUG=QSource.
 *
 * Context: any.   Locks: none.
 */

/* Logs a line about @source and @topic, each of which may be NULL. */
void qs_log (GLogLevelFlags  level,
             const char     *source,
             const char     *topic,
             const char     *format,
             ...) G_GNUC_PRINTF (4, 5);

#define qs_log_message(source, topic, ...) \
  qs_log (G_LOG_LEVEL_MESSAGE, source, topic, __VA_ARGS__)
#define qs_log_warning(source, topic, ...) \
  qs_log (G_LOG_LEVEL_WARNING, source, topic, __VA_ARGS__)
#define qs_log_info(source, topic, ...) \
  qs_log (G_LOG_LEVEL_INFO, source, topic, __VA_ARGS__)
#define qs_log_debug(source, topic, ...) \
  qs_log (G_LOG_LEVEL_DEBUG, source, topic, __VA_ARGS__)

G_END_DECLS

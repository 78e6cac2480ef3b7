/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <libsoup/soup.h>

/*
 * The door to libsoup's server: its functions, by their own names, of a library that is loaded
 * when the first of them is called: only who sets monitor-address needs it.
 *
 * A function that is not listed here doesn't link.
 *
 * Context: any.   Locks: none.
 */
#define QS_MONITOR_SOUP_FUNCTIONS(F) \
  F (soup_message_body_append) \
  F (soup_message_body_set_accumulate) \
  F (soup_message_headers_get_list) \
  F (soup_message_headers_replace) \
  F (soup_message_headers_set_content_type) \
  F (soup_message_headers_set_encoding) \
  F (soup_server_add_handler) \
  F (soup_server_disconnect) \
  F (soup_server_get_uris) \
  F (soup_server_listen) \
  F (soup_server_message_get_method) \
  F (soup_server_message_get_request_headers) \
  F (soup_server_message_get_response_body) \
  F (soup_server_message_get_response_headers) \
  F (soup_server_message_set_response) \
  F (soup_server_message_set_status) \
  F (soup_server_message_unpause) \
  F (soup_server_new)

typedef struct
{
#define QS_DECLARE(name) __typeof__ (&name) name;
  QS_MONITOR_SOUP_FUNCTIONS (QS_DECLARE)
#undef QS_DECLARE
} QsMonitorSoup;

/* Filled in; ends the process if the library isn't there, which the package depends on. */
const QsMonitorSoup *qs_monitor_soup (void);

#ifndef QS_SOUP_LOADER
# define soup_message_body_append (*qs_monitor_soup ()->soup_message_body_append)
# define soup_message_body_set_accumulate (*qs_monitor_soup ()->soup_message_body_set_accumulate)
# define soup_message_headers_get_list (*qs_monitor_soup ()->soup_message_headers_get_list)
# define soup_message_headers_replace (*qs_monitor_soup ()->soup_message_headers_replace)
# define soup_message_headers_set_content_type (*qs_monitor_soup ()->soup_message_headers_set_content_type)
# define soup_message_headers_set_encoding (*qs_monitor_soup ()->soup_message_headers_set_encoding)
# define soup_server_add_handler (*qs_monitor_soup ()->soup_server_add_handler)
# define soup_server_disconnect (*qs_monitor_soup ()->soup_server_disconnect)
# define soup_server_get_uris (*qs_monitor_soup ()->soup_server_get_uris)
# define soup_server_listen (*qs_monitor_soup ()->soup_server_listen)
# define soup_server_message_get_method (*qs_monitor_soup ()->soup_server_message_get_method)
# define soup_server_message_get_request_headers (*qs_monitor_soup ()->soup_server_message_get_request_headers)
# define soup_server_message_get_response_body (*qs_monitor_soup ()->soup_server_message_get_response_body)
# define soup_server_message_get_response_headers (*qs_monitor_soup ()->soup_server_message_get_response_headers)
# define soup_server_message_set_response (*qs_monitor_soup ()->soup_server_message_set_response)
# define soup_server_message_set_status (*qs_monitor_soup ()->soup_server_message_set_status)
# define soup_server_message_unpause (*qs_monitor_soup ()->soup_server_message_unpause)
# define soup_server_new (*qs_monitor_soup ()->soup_server_new)
#endif

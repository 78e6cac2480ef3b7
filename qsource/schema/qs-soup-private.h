/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <libsoup/soup.h>

/*
 * The door to libsoup: its functions, by their own names, of a library that is loaded when
 * the first of them is called: only who asks a schema registry needs it, and what it needs.
 *
 * A function that is not listed here doesn't link.
 *
 * Context: any.   Locks: none.
 */
#define QS_SOUP_FUNCTIONS(F) \
  F (soup_message_add_flags) \
  F (soup_message_get_request_headers) \
  F (soup_message_get_response_headers) \
  F (soup_message_get_status) \
  F (soup_message_headers_append) \
  F (soup_message_headers_get_one) \
  F (soup_message_new) \
  F (soup_message_set_request_body_from_bytes) \
  F (soup_message_set_tls_client_certificate) \
  F (soup_session_new) \
  F (soup_session_send_and_read_async) \
  F (soup_session_send_and_read_finish) \
  F (soup_session_set_tls_database)

typedef struct
{
#define QS_DECLARE(name) __typeof__ (&name) name;
  QS_SOUP_FUNCTIONS (QS_DECLARE)
#undef QS_DECLARE
} QsSoup;

/* Filled in; ends the process if the library isn't there, which the package depends on. */
const QsSoup *qs_soup (void);

#ifndef QS_SOUP_LOADER
# define soup_message_add_flags (*qs_soup ()->soup_message_add_flags)
# define soup_message_get_request_headers (*qs_soup ()->soup_message_get_request_headers)
# define soup_message_get_response_headers (*qs_soup ()->soup_message_get_response_headers)
# define soup_message_get_status (*qs_soup ()->soup_message_get_status)
# define soup_message_headers_append (*qs_soup ()->soup_message_headers_append)
# define soup_message_headers_get_one (*qs_soup ()->soup_message_headers_get_one)
# define soup_message_new (*qs_soup ()->soup_message_new)
# define soup_message_set_request_body_from_bytes (*qs_soup ()->soup_message_set_request_body_from_bytes)
# define soup_message_set_tls_client_certificate (*qs_soup ()->soup_message_set_tls_client_certificate)
# define soup_session_new (*qs_soup ()->soup_session_new)
# define soup_session_send_and_read_async (*qs_soup ()->soup_session_send_and_read_async)
# define soup_session_send_and_read_finish (*qs_soup ()->soup_session_send_and_read_finish)
# define soup_session_set_tls_database (*qs_soup ()->soup_session_set_tls_database)
#endif

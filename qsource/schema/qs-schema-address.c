/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-schema-address-private.h"

#include <string.h>

char *
qs_schema_address_join (const char *base, const char *path)
{
  gsize length = strlen (base);

  while (length > 0 && base[length - 1] == '/')
    length--;

  return g_strdup_printf ("%.*s%s", (int) length, base, path);
}

char *
qs_schema_address_strip_user (const char *base, char **user, char **password)
{
  g_autoptr (GUri) uri =
      g_uri_parse (base, G_URI_FLAGS_HAS_PASSWORD | G_URI_FLAGS_PARSE_RELAXED, NULL);

  if (uri == NULL || g_uri_get_userinfo (uri) == NULL)
    return g_strdup (base);

  *user = g_strdup (g_uri_get_user (uri));
  *password = g_strdup (g_uri_get_password (uri));

  return g_uri_to_string_partial (uri, G_URI_HIDE_USERINFO);
}

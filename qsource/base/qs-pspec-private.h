/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/*
 * Describes the values of a property, for people and for programs.
 *
 * Context: any.   Locks: none.
 */

/* All transfer full. */
char     *qs_pspec_dup_type_name (GParamSpec   *pspec);
char     *qs_pspec_dup_range     (GParamSpec   *pspec); /* NULL if it has none */
char     *qs_pspec_dup_default   (GParamSpec   *pspec); /* NULL if it is unset */

/* As an object of a JSON schema; floating. */
GVariant *qs_pspec_to_schema     (GParamSpec   *pspec);

/* The nicks of an enumeration, or NULL; transfer full. */
char    **qs_pspec_dup_nicks     (GParamSpec   *pspec);

/* All properties of @klass, its own ones first: an aa{sv} with the members of
 * qs_pspec_to_schema(), and name, owner, writable, construct-only, kind, range and
 * default-text. Floating. */
GVariant *qs_pspec_list          (GObjectClass *klass);

G_END_DECLS

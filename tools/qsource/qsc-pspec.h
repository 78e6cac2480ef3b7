/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qsc.h"

G_BEGIN_DECLS

/* What a property takes, for a person; all transfer full. */
char     *qsc_pspec_dup_type_name (GParamSpec  *pspec);
char     *qsc_pspec_dup_range     (GParamSpec  *pspec); /* NULL if it has none */
char     *qsc_pspec_dup_default   (GParamSpec  *pspec); /* NULL if it is unset */

/* As an object of a JSON schema; floating. */
GVariant *qsc_pspec_to_schema     (GParamSpec  *pspec);

/* The nicks of an enumeration, or NULL; transfer full. */
char    **qsc_pspec_dup_nicks     (GParamSpec  *pspec);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qsc.h"

G_BEGIN_DECLS

/* Whether @word is a source in a file of a language that is interpreted, FILE.py or
 * FILE.py:CLASS. */
gboolean qsc_script_is  (const char  *word);

/* Becomes the interpreter that runs it; returns only on failure, with a status. */
int      qsc_script_run (QscCall     *call);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

#include "qs-application.h"

G_BEGIN_DECLS

#define QS_CONTROL_PATH "/org/qsource/Application1"

/*
 * The object org.qsource.Application1 of an application, which can be exported on any
 * number of connections.
 *
 * Context: the application's thread.   Locks: none.
 */
typedef struct _QsControlObject QsControlObject;

/* @application must stay. */
QsControlObject        *qs_control_object_new  (QsApplication   *application);
void                    qs_control_object_free (QsControlObject *self);

/* To be exported at QS_CONTROL_PATH; transfer none. */
GDBusInterfaceSkeleton *qs_control_object_get_skeleton (QsControlObject *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsControlObject, qs_control_object_free)

G_END_DECLS

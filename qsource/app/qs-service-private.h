/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-source-list-private.h"

G_BEGIN_DECLS

/*
 * Reports a run to the service manager that started this program (systemd), by the protocol
 * of sd_notify(3): that it is ready, its status, its end, and that the main loop is still
 * running. Without NOTIFY_SOCKET it does nothing.
 *
 * Context: the thread that runs the application.   Locks: none.
 */
typedef struct _QsService QsService;

/* A run of @list's sources begins; it must outlive this. */
QsService *qs_service_new          (QsSourceList    *list);

/* The consumer is in place, if there is one, and the sources are being started. */
void       qs_service_set_in_place (QsService       *self);

/* A source has failed, which ends the run: it won't be ready any more. */
void       qs_service_note_failure (QsService       *self);

/* The run is being stopped. */
void       qs_service_stop         (QsService       *self);

/* The run is over; @error (nullable) is what it failed of. */
void       qs_service_end          (QsService       *self,
                                    const GError    *error);

G_END_DECLS

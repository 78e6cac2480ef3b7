/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

#include "qs-version-macros.h"

G_BEGIN_DECLS

/* Forward declarations only: the header that lets every other header name a
 * type of a higher layer without including it. */
typedef struct _QsApplication    QsApplication;
typedef struct _QsBaseSource     QsBaseSource;
typedef struct _QsConform        QsConform;
typedef struct _QsDataframe      QsDataframe;
typedef struct _QsEmbeddedBroker QsEmbeddedBroker;
typedef struct _QsHarness        QsHarness;
typedef struct _QsHeaders        QsHeaders;
typedef struct _QsMessage        QsMessage;
typedef struct _QsConsumer       QsConsumer;
typedef struct _QsProducer       QsProducer;
typedef struct _QsRecord         QsRecord;
typedef struct _QsReport         QsReport;
typedef struct _QsSerializer     QsSerializer;
typedef struct _QsSource         QsSource;
typedef struct _QsSourceStats    QsSourceStats;
typedef struct _QsState          QsState;
typedef struct _QsStateAdmin     QsStateAdmin;
typedef struct _QsStateSnapshot  QsStateSnapshot;
typedef struct _QsStatefulSource QsStatefulSource;
typedef struct _QsTopic          QsTopic;

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#define QS_INSIDE
# include "qs-application.h"
# include "qs-application-error.h"
# include "qs-base-source.h"
# include "qs-callback.h"
# include "qs-dataframe.h"
# include "qs-dataframe-callbacks.h"
# include "qs-embedded-broker.h"
# include "qs-enum-types.h"
# include "qs-enums.h"
# include "qs-headers.h"
# include "qs-json.h"
# include "qs-kafka-error.h"
# include "qs-message.h"
# include "qs-producer.h"
# include "qs-program.h"
# include "qs-record.h"
# include "qs-serialization-error.h"
# include "qs-serializer.h"
# include "qs-source.h"
# include "qs-source-error.h"
# include "qs-source-stats.h"
# include "qs-state.h"
# include "qs-state-error.h"
# include "qs-stateful-source.h"
# include "qs-topic.h"
# include "qs-types.h"
# include "qs-version.h"
# include "qs-version-macros.h"
#undef QS_INSIDE

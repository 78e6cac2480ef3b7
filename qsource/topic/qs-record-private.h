/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-received-private.h"
#include "qs-record.h"
#include "qs-serializer.h"

G_BEGIN_DECLS

/*
 * How records are made; each with its value deserialized (nullable).
 *
 * Context: any.   Locks: none.
 */

/* Makes a record of @message, with its key deserialized, too. Both are sunk. */
QsRecord *qs_record_new          (QsMessage        *message,
                                  GVariant         *key,
                                  GVariant         *value);

/* Makes a record of @received; takes @key and @value, which are not floating. Its headers,
 * and its key as bytes unless @key is given, are copied only when they are asked for, or by
 * qs_record_recycle(), which has to be called while @received is valid.
 *
 * @spare (transfer full, nullable): what qs_record_recycle() left. */
QsRecord *qs_record_new_received (QsRecord         *spare,
                                  const QsReceived *received,
                                  GVariant         *key,
                                  GVariant         *value);

/* Has key and value of a received record deserialized when they are asked for. */
void      qs_record_defer        (QsRecord         *self,
                                  QsSerializer     *key_serializer,
                                  QsSerializer     *value_serializer);

/* The same record with another value (nullable; sunk), other headers (nullable) and
 * another timestamp. */
QsRecord *qs_record_new_changed  (QsRecord         *self,
                                  GVariant         *value,
                                  QsHeaders        *headers,
                                  gint64            timestamp);

/* Takes @self. A record that nobody has kept is returned without content, to become
 * the next one, as making an object costs as much as all else that is done with it;
 * NULL if somebody has. */
QsRecord *qs_record_recycle      (QsRecord         *self);

G_END_DECLS

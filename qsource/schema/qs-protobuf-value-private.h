/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <google/protobuf/message.h>

#include "qs-schema-path-private.h"

/*
 * GVariant to messages and back, in C++.
 *
 * Context: any.   Locks: none.
 */

/* The types of google/protobuf/ whose value is not that of their fields. */
enum class QsProtobufKnown
{
  NO,
  TIMESTAMP,
  DURATION,
  WRAPPER,
  STRUCT,
  LIST,
  VALUE
};

/* Of a message type. */
QsProtobufKnown qs_protobuf_get_known (const google::protobuf::Descriptor *type);

/* Fills in @message, which is empty. */
bool      qs_protobuf_put (google::protobuf::Message        *message,
                           GVariant                         *value,
                           const QsSchemaPath               *path,
                           guint                             depth,
                           GError                          **error);

/* Floating; null: @error says why. */
GVariant *qs_protobuf_get (const google::protobuf::Message  &message,
                           const QsSchemaPath               *path,
                           guint                             depth,
                           GError                          **error);

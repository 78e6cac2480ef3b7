/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The face that libprotobuf, which is C++, has for C: a file of message types that is
 * known by its text only, and values of these types. Never changes once it is parsed.
 * Built without libprotobuf, no text can be parsed.
 *
 * Context: any.   Locks: none.
 */

typedef struct _QsProtobuf QsProtobuf;

/* A message type; lives as long as the file. */
typedef struct _QsProtobufType QsProtobufType;

/* Limits the depth to which message types can be nested. */
#define QS_PROTOBUF_MAX_INDEXES 32

/* Of the text of a .proto, or of a FileDescriptorProto in base64, as Confluent's client
 * for Python registers it; QS_SERIALIZATION_ERROR_SCHEMA says what is wrong. @names and
 * @parts (char *; nullable): the files that it imports, those first that others import. */
QsProtobuf           *qs_protobuf_new           (const char            *text,
                                                 GPtrArray             *names,
                                                 GPtrArray             *parts,
                                                 GError               **error);
QsProtobuf           *qs_protobuf_ref           (QsProtobuf            *self);
void                  qs_protobuf_unref         (QsProtobuf            *self);

/* By its full name, or the last part of it; NULL: the first one of the file. */
const QsProtobufType *qs_protobuf_find_name     (QsProtobuf            *self,
                                                 const char            *name,
                                                 GError               **error);

/* By the place of each in what it lies in, the outermost first. */
const QsProtobufType *qs_protobuf_find_indexes  (QsProtobuf            *self,
                                                 const gint64          *indexes,
                                                 guint                  n_indexes,
                                                 GError               **error);

const char           *qs_protobuf_type_get_name (const QsProtobufType  *type);

/* Fills in @indexes, of QS_PROTOBUF_MAX_INDEXES, and returns how many there are. */
guint                 qs_protobuf_type_get_indexes (const QsProtobufType  *type,
                                                    gint64                *indexes);

/* Appends @value, which doesn't float, to @out. The error names the path. */
gboolean              qs_protobuf_encode        (QsProtobuf            *self,
                                                 const QsProtobufType  *type,
                                                 GVariant              *value,
                                                 GByteArray            *out,
                                                 GError               **error);

/* transfer full */
GVariant             *qs_protobuf_decode        (QsProtobuf            *self,
                                                 const QsProtobufType  *type,
                                                 const guint8          *data,
                                                 gsize                  length,
                                                 GError               **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsProtobuf, qs_protobuf_unref)

G_END_DECLS

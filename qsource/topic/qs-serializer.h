/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-types.h"

G_BEGIN_DECLS

#define QS_TYPE_SERIALIZER (qs_serializer_get_type ())

QS_AVAILABLE_IN_ALL
G_DECLARE_INTERFACE (QsSerializer, qs_serializer, QS, SERIALIZER, GObject)

/**
 * QsSerializerInterface:
 * @g_iface: the parent interface
 * @serialize: see [vfunc@Serializer.serialize]
 * @deserialize: see [vfunc@Serializer.deserialize]
 * @get_content_type: see [vfunc@Serializer.get_content_type]
 *
 * The interface structure of [iface@Serializer].
 */
struct _QsSerializerInterface
{
  GTypeInterface g_iface;

  GBytes     *(*serialize)        (QsSerializer  *self,
                                   GVariant      *value,
                                   GError       **error);
  GVariant   *(*deserialize)      (QsSerializer  *self,
                                   GBytes        *bytes,
                                   GError       **error);
  const char *(*get_content_type) (QsSerializer  *self);
};

QS_AVAILABLE_IN_ALL
QsSerializer *qs_serializer_for_name         (const char    *name,
                                              GError       **error) G_GNUC_WARN_UNUSED_RESULT;

QS_AVAILABLE_IN_ALL
const char   *qs_serializer_get_name         (QsSerializer  *self);
QS_AVAILABLE_IN_ALL
const char   *qs_serializer_get_content_type (QsSerializer  *self);

QS_AVAILABLE_IN_ALL
GBytes       *qs_serializer_serialize        (QsSerializer  *self,
                                              GVariant      *value,
                                              GError       **error) G_GNUC_WARN_UNUSED_RESULT;
QS_AVAILABLE_IN_ALL
GVariant     *qs_serializer_deserialize      (QsSerializer  *self,
                                              GBytes        *bytes,
                                              GError       **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

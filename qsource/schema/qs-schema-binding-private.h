/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-enums.h"
#include "qs-schema-registry-private.h"

G_BEGIN_DECLS

/*
 * What serializers with a schema have in common: the properties, the header of five bytes
 * (a zero and the schema's number), and which number that is for a topic.
 *
 * Context: any.   Locks: none.
 */

typedef struct
{
  /* Set when the serializer is made, then only read. Owned. */
  const char        *type;        /* as the registry calls it; static */
  char              *schema;      /* nullable */
  QsSchemaRegistry  *registry;    /* nullable: no header */
  QsSubjectStrategy  strategy;
  gboolean           auto_register;
  gboolean           use_latest_version;
  gboolean           normalize;

  GMutex             lock;
  GPtrArray         *known;       /* what was found out for subjects */
} QsSchemaBinding;

#define QS_SCHEMA_HEADER_SIZE 5

enum
{
  QS_SCHEMA_PROP_SCHEMA = 1,
  QS_SCHEMA_PROP_REGISTRY,
  QS_SCHEMA_PROP_SUBJECT_STRATEGY,
  QS_SCHEMA_PROP_AUTO_REGISTER,
  QS_SCHEMA_PROP_USE_LATEST_VERSION,
  QS_SCHEMA_PROP_NORMALIZE,
};

void      qs_schema_binding_init         (QsSchemaBinding  *self,
                                          const char       *type);
void      qs_schema_binding_clear        (QsSchemaBinding  *self);
void      qs_schema_binding_install      (GObjectClass     *klass);
void      qs_schema_binding_get_property (QsSchemaBinding  *self,
                                          GObject          *object,
                                          guint             prop_id,
                                          GValue           *value,
                                          GParamSpec       *pspec);
void      qs_schema_binding_set_property (QsSchemaBinding  *self,
                                          GObject          *object,
                                          guint             prop_id,
                                          const GValue     *value,
                                          GParamSpec       *pspec);

/* The number of the schema for the record that is serialized just now; @record_name is
 * the schema's own, nullable. @latest: the newest schema of the subject, if that is to be
 * used. Both out arguments stay as they are on failure. @latest is transfer none. */
gboolean  qs_schema_binding_find         (QsSchemaBinding  *self,
                                          const char       *record_name,
                                          gint64           *id,
                                          const char      **latest,
                                          GError          **error);

void      qs_schema_binding_put_header   (GByteArray       *out,
                                          gint64            id);

/* The number that a header tells. */
gboolean  qs_schema_binding_get_header   (const guint8     *data,
                                          gsize             length,
                                          gint64           *id,
                                          GError          **error);

G_END_DECLS

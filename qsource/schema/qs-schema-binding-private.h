/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-enums.h"
#include "qs-schema-registry-private.h"

G_BEGIN_DECLS

/*
 * The common part of serializers with a schema: the properties, the header of five bytes (a
 * zero and the schema's id), and the id for a topic.
 *
 * Context: any.   Locks: none.
 */

/* The differences between kinds of schemas. A parsed schema never changes. */
typedef struct
{
  const char  *type;  /* as the registry calls it */
  const char  *title; /* as people call it */
  gpointer   (*parse) (const QsSchemaText *text, GError **error);
  gpointer   (*ref)   (gpointer schema);
  void       (*unref) (gpointer schema);
} QsSchemaFormat;

typedef struct
{
  /* Set when the serializer is made, then only read. Owned. */
  const QsSchemaFormat *format;   /* static */
  char              *schema;      /* nullable */
  QsSchemaRegistry  *registry;    /* nullable: no header */
  QsSubjectStrategy  strategy;
  gboolean           auto_register;
  gboolean           use_latest_version;
  gboolean           normalize;
  GVariant          *references;  /* a(ssi); nullable */

  GMutex             lock;        /* guards what follows */
  GPtrArray         *known;       /* what was found out for subjects */
  QsSchemaText      *own_text;    /* schema, with what it refers to; nullable */
  gpointer           own;         /* what that is parsed to; owned, nullable */
  GHashTable        *schemas;     /* key of a text → what it is parsed to; owned */
  GHashTable        *written;     /* id → what the schema that is known by it is parsed to */
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
  QS_SCHEMA_PROP_REFERENCES,
  QS_SCHEMA_N_PROPS,
};

/* The name of the type of what is written, for subjects; nullable. FALSE: there is no such
 * type. */
typedef gboolean (*QsSchemaNameFunc) (gpointer      schema,
                                      gpointer      user_data,
                                      const char  **name,
                                      GError      **error);

void      qs_schema_binding_init         (QsSchemaBinding       *self,
                                          const QsSchemaFormat  *format);
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

/* The own schema, parsed; transfer full. */
gpointer  qs_schema_binding_dup_own      (QsSchemaBinding  *self,
                                          GError          **error);

/* The schema of the record that is serialized just now, whose header is put to @out if
 * there is a registry; transfer full. */
gpointer  qs_schema_binding_begin        (QsSchemaBinding  *self,
                                          QsSchemaNameFunc  get_name,
                                          gpointer          user_data,
                                          GByteArray       *out,
                                          GError          **error);

/* Takes the header, if there is a registry, off [*@data, *@data + *@length). */
gboolean  qs_schema_binding_skip_header  (QsSchemaBinding  *self,
                                          const guint8    **data,
                                          gsize            *length,
                                          gint64           *id,
                                          GError          **error);

/* The schema that the header names; without a registry, the own one; transfer full. */
gpointer  qs_schema_binding_dup_written  (QsSchemaBinding  *self,
                                          gint64            id,
                                          GError          **error);

G_END_DECLS

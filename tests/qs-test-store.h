/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "qs-store-private.h"
#include "remove-tree.h"

/* A store in a directory of its own, for the tests of stores. */
typedef struct
{
  char    *state_dir;
  char    *path;
  QsStore *store;
} StoreFixture;

static inline void
store_fixture_set_up (StoreFixture *fixture, gconstpointer user_data)
{
  fixture->state_dir = g_dir_make_tmp ("qs-store-XXXXXX", NULL);
  g_assert_nonnull (fixture->state_dir);
  fixture->path = qs_store_path_build (fixture->state_dir, "group", "source", 0);
  fixture->store = qs_store_new (fixture->path, NULL);
}

static inline void
store_fixture_tear_down (StoreFixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  qs_store_close (fixture->store, &error);
  g_assert_finalize_object (fixture->store);
  remove_tree (fixture->state_dir);
  g_free (fixture->state_dir);
  g_free (fixture->path);
}

static inline void
store_open (QsStore *store)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (qs_store_open (store, 0, NULL, &error));
  g_assert_no_error (error);
}

static inline void
store_reopen (QsStore *store)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (qs_store_close (store, &error));
  g_assert_no_error (error);
  store_open (store);
}

static inline void
store_write (QsStore *store, QsStoreBatch *batch)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (qs_store_write (store, batch, &error));
  g_assert_no_error (error);
}

static inline void
store_put (QsStore *store, QsStoreSpace space, const char *key, const char *value)
{
  g_autoptr (QsStoreBatch) batch = qs_store_batch_new ();

  qs_store_batch_put (batch,
                      space,
                      (const guint8 *) key,
                      strlen (key),
                      (const guint8 *) value,
                      strlen (value));
  store_write (store, batch);
}

/* The value as a string, or NULL. */
static inline char *
store_get (QsStore *store, QsStoreSpace space, const char *key)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes =
      qs_store_get (store, space, (const guint8 *) key, strlen (key), &error);
  gsize         length = 0;
  gconstpointer data;

  g_assert_no_error (error);
  if (bytes == NULL)
    return NULL;

  data = g_bytes_get_data (bytes, &length);

  return length > 0 ? g_strndup (data, length) : g_strdup ("");
}

#define assert_value(store, space, key, expected)                                                  \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autofree char *assert_value_found = store_get (store, space, key);                           \
    g_assert_cmpstr (assert_value_found, ==, expected);                                            \
  }                                                                                                \
  G_STMT_END

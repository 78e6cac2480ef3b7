/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-state-private.h"
#include "qs-test-store.h"

/* A state over a store of its own, without a changelog. */

#define NOW G_GINT64_CONSTANT (1700000000000)
#define MAX_SIZE (2 * 1024 * 1024)

typedef struct
{
  StoreFixture base;
  QsStore     *store; /* not owned */
  QsChanges   *changes;
  QsState     *state;
} Fixture;

static inline void
begin (Fixture *fixture, gint64 now)
{
  fixture->changes = qs_changes_new (fixture->store, now, MAX_SIZE);
  fixture->state = qs_state_new (fixture->changes);
}

static inline void
end (Fixture *fixture)
{
  qs_state_invalidate (fixture->state);
  g_assert_finalize_object (g_steal_pointer (&fixture->state));
  g_clear_pointer (&fixture->changes, qs_changes_free);
}

/* What a flush leaves in the store. */
static inline void
commit (Fixture *fixture)
{
  g_autoptr (QsStoreBatch) batch = qs_store_batch_new ();

  qs_changes_apply (fixture->changes, batch);
  store_write (fixture->store, batch);
  end (fixture);
}

static inline void
set_up (Fixture *fixture, gconstpointer user_data)
{
  store_fixture_set_up (&fixture->base, NULL);
  fixture->store = fixture->base.store;
  store_open (fixture->store);
  begin (fixture, NOW);
}

static inline void
tear_down (Fixture *fixture, gconstpointer user_data)
{
  end (fixture);
  store_fixture_tear_down (&fixture->base, NULL);
}

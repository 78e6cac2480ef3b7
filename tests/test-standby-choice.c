/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-group-members-private.h"
#include "qs-standby-choice-private.h"

#define N_PARTITIONS 240

/* Members "m0", "m1", …, who have the partitions in turns. */
static GPtrArray *
make_members (int n_members)
{
  GPtrArray *members = qs_group_members_new ();

  for (int i = 0; i < n_members; i++)
    {
      g_autofree char *id = g_strdup_printf ("m%d", i);
      QsGroupMember   *member = qs_group_members_add (members, id);

      for (int partition = i; partition < N_PARTITIONS; partition += n_members)
        g_array_append_val (member->partitions, partition);
    }

  return members;
}

static gboolean
owns (int member, int n_members, int partition)
{
  return partition % n_members == member;
}

static gboolean
includes (GPtrArray *members, int member, int partition, int n_replicas)
{
  g_autofree char *id = g_strdup_printf ("m%d", member);

  return qs_standby_choice_includes (members, id, partition, n_replicas);
}

static void
test_replicas (void)
{
  static const int n_members = 4;
  g_autoptr (GPtrArray) members = make_members (n_members);

  g_test_summary ("As many as there shall be keep each partition, none of them its owner, and the "
                  "load is spread");

  for (int n_replicas = 0; n_replicas <= n_members; n_replicas++)
    {
      int kept[4] = { 0 };

      for (int partition = 0; partition < N_PARTITIONS; partition++)
        {
          int n = 0;

          for (int member = 0; member < n_members; member++)
            {
              gboolean is_included = includes (members, member, partition, n_replicas);

              g_assert_false (is_included && owns (member, n_members, partition));
              n += is_included;
              kept[member] += is_included;
            }
          g_assert_cmpint (n, ==, MIN (n_replicas, n_members - 1));
        }
      for (int member = 0; member < n_members; member++)
        g_assert_cmpint (kept[member], >=, n_replicas * N_PARTITIONS / n_members / 2);
    }
}

static void
test_all (void)
{
  g_autoptr (GPtrArray) members = make_members (3);

  g_test_summary ("All keep all that they don't have; who isn't in the group keeps nothing");

  for (int partition = 0; partition < N_PARTITIONS; partition++)
    {
      for (int member = 0; member < 3; member++)
        g_assert_cmpint (
            includes (members, member, partition, -1), !=, owns (member, 3, partition));
      g_assert_false (includes (members, 3, partition, -1));
      g_assert_false (includes (members, 3, partition, 1));
    }
}

static void
test_moves (void)
{
  g_autoptr (GPtrArray) before = make_members (4);
  g_autoptr (GPtrArray) after = make_members (4);
  int n_changed = 0;

  g_test_summary ("Who joins with nothing takes some from the others, who keep the rest");

  qs_group_members_add (after, "m4");
  for (int partition = 0; partition < N_PARTITIONS; partition++)
    {
      for (int member = 0; member < 4; member++)
        {
          gboolean was_included = includes (before, member, partition, 1);
          gboolean is_included = includes (after, member, partition, 1);

          g_assert_false (is_included && !was_included);
          n_changed += was_included != is_included;
        }
      n_changed -= includes (after, 4, partition, 1);
    }
  g_assert_cmpint (n_changed, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/standby-choice/replicas", test_replicas);
  g_test_add_func ("/standby-choice/all", test_all);
  g_test_add_func ("/standby-choice/moves", test_moves);

  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <glib.h>

#include "qs-broker-watch-private.h"

#define QUARTER (G_USEC_PER_SEC / 4)

/* Looks every quarter of a second; returns the time of the first look that
 * doesn't find all fine, in microseconds since @start. */
static gint64
look_until_told (QsBrokerWatch *watch, gint64 start, guint64 n_waiting, QsBrokerVerdict *verdict)
{
  for (gint64 passed = QUARTER; passed < 1000 * G_USEC_PER_SEC; passed += QUARTER)
    {
      *verdict = qs_broker_watch_look (watch, start + passed, n_waiting, 7);
      if (*verdict != QS_BROKER_WATCH_FINE)
        return passed;
    }

  return G_MAXINT64;
}

static void
test_outage (void)
{
  QsBrokerWatch   watch;
  QsBrokerVerdict verdict;
  gint64          told;

  g_test_summary ("An outage is warned of within 5 s and given up after the limit");

  qs_broker_watch_init (&watch, 10);
  g_assert_cmpint (qs_broker_watch_look (&watch, QUARTER, 1, 7), ==, QS_BROKER_WATCH_FINE);

  told = look_until_told (&watch, QUARTER, 1, &verdict);
  g_assert_cmpint (verdict, ==, QS_BROKER_WATCH_WARN);
  g_assert_cmpint (told, <=, 5 * G_USEC_PER_SEC);

  told += look_until_told (&watch, QUARTER + told, 1, &verdict);
  g_assert_cmpint (verdict, ==, QS_BROKER_WATCH_GIVE_UP);
  g_assert_cmpint (told, >=, 10 * G_USEC_PER_SEC);
  g_assert_cmpint (told, <=, 11 * G_USEC_PER_SEC);
}

static void
test_back (void)
{
  QsBrokerWatch   watch;
  QsBrokerVerdict verdict;
  gint64          told;

  g_test_summary ("An acknowledgement ends an outage, and its count starts anew");

  qs_broker_watch_init (&watch, 10);
  qs_broker_watch_look (&watch, QUARTER, 1, 7);
  told = look_until_told (&watch, QUARTER, 1, &verdict);
  g_assert_cmpint (verdict, ==, QS_BROKER_WATCH_WARN);

  told += QUARTER;
  g_assert_cmpint (qs_broker_watch_look (&watch, QUARTER + told, 1, 8), ==, QS_BROKER_WATCH_BACK);
  g_assert_cmpint (
      qs_broker_watch_look (&watch, 2 * QUARTER + told, 1, 7), ==, QS_BROKER_WATCH_FINE);
  told = look_until_told (&watch, 2 * QUARTER + told, 1, &verdict);
  g_assert_cmpint (verdict, ==, QS_BROKER_WATCH_WARN);
  g_assert_cmpint (told, >, 3 * G_USEC_PER_SEC);
}

static void
test_idle (void)
{
  QsBrokerWatch   watch;
  QsBrokerVerdict verdict;

  g_test_summary ("Without a record that waits nothing is missed, nor without a limit given up");

  qs_broker_watch_init (&watch, 10);
  g_assert_cmpint (look_until_told (&watch, 0, 0, &verdict), ==, G_MAXINT64);

  qs_broker_watch_init (&watch, -1);
  look_until_told (&watch, 0, 1, &verdict);
  g_assert_cmpint (verdict, ==, QS_BROKER_WATCH_WARN);
  g_assert_cmpint (look_until_told (&watch, 1000 * G_USEC_PER_SEC, 1, &verdict), ==, G_MAXINT64);
}

static void
test_idle_before (void)
{
  QsBrokerWatch watch;

  g_test_summary ("Who idles looks rarely, and the time before a record isn't counted");

  qs_broker_watch_init (&watch, 1);
  g_assert_cmpint (qs_broker_watch_look (&watch, QUARTER, 0, 7), ==, QS_BROKER_WATCH_FINE);
  g_assert_cmpint (qs_broker_watch_get_interval (&watch), ==, 250);
  g_assert_cmpint (qs_broker_watch_look (&watch, 4 * QUARTER, 1, 7), ==, QS_BROKER_WATCH_FINE);
  g_assert_cmpint (qs_broker_watch_look (&watch, 7 * QUARTER, 1, 7), ==, QS_BROKER_WATCH_FINE);
  g_assert_cmpint (qs_broker_watch_look (&watch, 9 * QUARTER, 1, 7), ==, QS_BROKER_WATCH_GIVE_UP);

  qs_broker_watch_init (&watch, 300);
  qs_broker_watch_look (&watch, QUARTER, 0, 7);
  g_assert_cmpint (qs_broker_watch_get_interval (&watch), ==, 2000);
  qs_broker_watch_look (&watch, 2 * QUARTER, 1, 7);
  g_assert_cmpint (qs_broker_watch_get_interval (&watch), ==, 250);
}

static void
test_stopped (void)
{
  QsBrokerWatch watch;

  g_test_summary ("An hour in which this process stood still is not an outage");

  qs_broker_watch_init (&watch, 10);
  qs_broker_watch_look (&watch, QUARTER, 1, 7);
  g_assert_cmpint (qs_broker_watch_look (&watch, 2 * QUARTER, 1, 7), ==, QS_BROKER_WATCH_FINE);
  g_assert_cmpint (qs_broker_watch_look (&watch, G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC, 1, 7),
                   ==,
                   QS_BROKER_WATCH_FINE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/broker-watch/outage", test_outage);
  g_test_add_func ("/broker-watch/back", test_back);
  g_test_add_func ("/broker-watch/idle", test_idle);
  g_test_add_func ("/broker-watch/idle-before", test_idle_before);
  g_test_add_func ("/broker-watch/stopped", test_stopped);

  return g_test_run ();
}

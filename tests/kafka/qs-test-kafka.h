/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * A real Kafka for tests. A test that only needs one shares it with all others
 * and gives its topics names of their own (qs_test_kafka_unique_name()). One
 * that stops or kills a broker has one for itself.
 *
 * Where there can be none (no Java, Maven or network), the test is marked as
 * skipped, unless CI is set: there it fails. Whatever else goes wrong ends the
 * test program with a message.
 */

typedef struct _QsTestKafka QsTestKafka;

/* The address of the broker that tests share: $QSOURCE_TEST_BROKER, $QSOURCE_TEST_SHARED_BROKER
 * (which tests without a broker don't look at), or one that is started now and ends with this
 * program. NULL if the test is skipped. */
const char  *qs_test_kafka_shared      (void);

/* The same of the broker behind TLS, SASL and access control: the path of the file
 * that describes it, see secure_kafka.py. $QSOURCE_TEST_SECURE_BROKER */
const char  *qs_test_kafka_secure      (void);

/* A name that no other test and no earlier run has used. transfer full */
char        *qs_test_kafka_unique_name (const char  *prefix);

/* Starts a broker for this test alone; it is ready when this returns, as after
 * qs_test_kafka_start(). NULL if the test is skipped. */
QsTestKafka *qs_test_kafka_new         (void);

/* Ends the broker, removes its data, and frees @self. */
void         qs_test_kafka_free        (QsTestKafka *self);

/* host:port; the same for as long as @self lives. */
const char  *qs_test_kafka_get_address (QsTestKafka *self);

/* Has the broker end in order; returns when it has. */
void         qs_test_kafka_stop        (QsTestKafka *self);

/* kill -9. */
void         qs_test_kafka_kill        (QsTestKafka *self);

/* Starts it again after either, with the same port and data. */
void         qs_test_kafka_start       (QsTestKafka *self);

/* One that forgets a transactional id that is not used for 4 s. */
QsTestKafka *qs_test_kafka_new_forgetful (void);

/* One that can be cut off in the middle of a commit: after the next one's request
 * was sent, which never arrives or whose answer doesn't, nobody can reach the
 * broker until mend(). */
QsTestKafka *qs_test_kafka_new_cut     (void);
void         qs_test_kafka_cut_request (QsTestKafka *self);
void         qs_test_kafka_cut_reply   (QsTestKafka *self);
void         qs_test_kafka_mend        (QsTestKafka *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsTestKafka, qs_test_kafka_free)

G_END_DECLS

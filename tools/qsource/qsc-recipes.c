/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qsc.h"

/* Common tasks and how to do them: the examples of the man page. */

const QscRecipe qsc_recipes[] = {
  {
      .title = "Follow a log, each line once",
      .text =
          "A name for the group and the source, and a directory for the state that outlives the "
          "process, let it go on where it was after a kill, a restart of the machine, and a "
          "rotation. Rotation may rename or compress the log, or copy and truncate it; what is "
          "written between copy and truncation is lost with any reader. Consumers must read with "
          "isolation.level=read_committed.",
      .lines =
          "qsource run file path=/var/log/app.log -b localhost:9092 -t logs -g gateway -n app \\\n"
          "  --processing-guarantee=exactly-once --state-dir=/var/lib/qsource --max-restarts=-1",
  },
  {
      .title = "Log in to the brokers",
      .text = "Settings of librdkafka have credentials. A secret is read from a file or from the "
              "environment, and never shown. In a configuration file, the key begins with "
              "client-config, as in client-config.sasl.password=@file:/etc/qsource/password.",
      .lines = "qsource run file path=/var/log/app.log -b broker:9093 -t logs \\\n"
               "  -X security.protocol=SASL_SSL -X sasl.mechanism=SCRAM-SHA-512 \\\n"
               "  -X sasl.username=gateway -X sasl.password=@file:/etc/qsource/password",
  },
  {
      .title = "Find out why nothing arrives",
      .text = "Use the options of the run. 'doctor' distinguishes a broker that is down, "
              "wrong credentials, a missing right and a missing topic, and says what to do. "
              "'status' shows the last error of what runs.",
      .lines = "qsource doctor file path=/var/log/app.log -b localhost:9092 -t logs\n"
               "qsource topics file path=/var/log/app.log -b localhost:9092 -t logs\n"
               "qsource status",
  },
  {
      .title = "Set a source back to an earlier position",
      .text = "Stop its application first. What it produced after that time comes again.",
      .lines = "qsource state at 2026-01-31T12:00:00 -b localhost:9092 -g gateway -n app\n"
               "qsource state reset --to 2026-01-31T12:00:00 --yes \\\n"
               "  -b localhost:9092 -g gateway -n app --state-dir=/var/lib/qsource",
  },
  {
      .title = "Replay one dead letter",
      .text = "A source with errors=dead-letter puts a record that cannot be delivered into the "
              "topic dead-letter__TOPIC. The list shows its name and why it is there.",
      .lines = "qsource dead-letters ls -b localhost:9092 -t dead-letter__logs\n"
               "qsource dead-letters replay 0:3 -b localhost:9092 -t dead-letter__logs",
  },
  {
      .title = "Watch all sources of this machine in a browser",
      .text = "The address that is printed shows what this user runs, until Ctrl-C. Those of other "
              "users need a command of their own.",
      .lines = "qsource top --web=127.0.0.1:9465",
  },
  { NULL },
};

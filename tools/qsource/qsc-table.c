/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qsc.h"

/* The one table of verbs. */

static const QscOption run_options[] = {
  { "topic", 't', "TOPIC", "Topic to produce to; unset = source__NAME" },
  { "name", 'n', "NAME", "Name of the source; unset = its type" },
  { "kafka", 'X', "KEY=VALUE", "A setting of librdkafka, for all its clients" },
  { "config", 0, "FILE", "Run the sources of a configuration file" },
  { "print", 0, NULL, "Print what is produced" },
  { "format", 'F', "table|json", "How to print; unset = a table on a terminal, else JSON lines" },
  { "count", 'c', "N", "End after N records; of several sources, it may be some more" },
  { "for", 0, "SECONDS", "End after so long" },
  { "dry-run", 0, NULL, "Check everything, and say what would be done" },
  { NULL },
};

static const QscOption topics_options[] = {
  { "topic", 't', "TOPIC", "Topic to produce to; unset = source__NAME" },
  { "name", 'n', "NAME", "Name of the source; unset = its type" },
  { "kafka", 'X', "KEY=VALUE", "A setting of librdkafka, for all its clients" },
  { "config", 0, "FILE", "The configuration file of the application" },
  { "json", 0, NULL, "As JSON" },
  { NULL },
};

static const QscOption inspect_options[] = {
  { "json", 0, NULL, "As JSON" },
  { "schema", 0, NULL, "The JSON schema of a configuration file" },
  { NULL },
};

static const QscOption conform_options[] = {
  { "name", 'n', "NAME", "Name of the source; unset = its type" },
  { "broker-address",
    'b',
    "ADDRESS",
    "A real broker for tests; unset = one inside of this process" },
  { "processing-guarantee", 0, "at-least-once|exactly-once", "What is promised about each record" },
  { "kills", 0, "N", "How often the source is killed at random moments; unset = 10" },
  { "records", 0, "N", "How many records of a run are compared; unset = 100" },
  { "seed", 0, "N", "Seed of what is random; unset = a random one" },
  { "timeout", 0, "SECONDS", "How long to wait for a record; unset = 30" },
  { "rule", 0, "RULE", "Only this rule; may be given again" },
  { "skip", 0, "RULE", "Not this rule; may be given again" },
  { "report", 0, "FILE", "Write the report there, as JSON" },
  { "json", 0, NULL, "Print the report as JSON" },
  { "verbose", 0, NULL, "Show what the source and its application log" },
  { NULL },
};

static const QscOption broker_options[] = {
  { "port", 'p', "PORT", "Where it can be reached, on 127.0.0.1; unset = any that is free" },
  { NULL },
};

static const QscOption status_options[] = {
  { "config", 0, "FILE", "Only the application of this file" },
  { "json", 0, NULL, "As JSON" },
  { NULL },
};

static const QscOption top_options[] = {
  { "config", 0, "FILE", "Only the application of this file" },
  { "interval", 0, "SECONDS", "How often to look; unset = 1" },
  { "once", 0, NULL, "Show it once, and end" },
  { "web", 0, "HOST:PORT", "Show it to a browser, at an address such as 127.0.0.1:9465" },
  { "json", 0, NULL, "Once, as JSON" },
  { NULL },
};

static const QscOption control_options[] = {
  { "config", 0, "FILE", "The application of this file" },
  { "application", 'a', "APPLICATION", "Which one, if several have a source of that name" },
  { NULL },
};

#define STATE_OPTIONS                                                                              \
  { "config", 0, "FILE", "The configuration file of its application" },                            \
      { "name", 'n', "NAME", "Name of the source" },                                               \
      { "store-name", 0, "NAME", "Its store-name, if it has one of its own" },                     \
  {                                                                                                \
    "partition", 0, "N", "Which partition of the state; unset = 0"                                 \
  }

static const QscOption state_options[] = {
  STATE_OPTIONS,
  { NULL },
};

static const QscOption state_read_options[] = {
  STATE_OPTIONS,
  { "from", 0, "store|changelog", "What to read; the store may be some minutes behind a worker" },
  { "json", 0, NULL, "As JSON lines" },
  { NULL },
};

static const QscOption state_export_options[] = {
  STATE_OPTIONS,
  { "from", 0, "store|changelog", "What to read; the store may be some minutes behind a worker" },
  { NULL },
};

static const QscOption state_reset_options[] = {
  STATE_OPTIONS,
  { "to", 0, "TIME|OFFSET", "What it was then, instead of nothing" },
  { "yes", 0, NULL, "Do it" },
  { NULL },
};

#define LETTER_OPTIONS                                                                             \
  { "topic", 't', "TOPIC", "Their topic; unset = that of the file's sources" },                    \
      { "config", 0, "FILE", "The configuration file of their application" },                      \
      { "name", 'n', "NAME", "Only those of this source of the file" },                            \
  {                                                                                                \
    "where", 0, "HEADER=TEXT", "Only those with this header; * and ? stand for any text"           \
  }

static const QscOption letter_options[] = {
  LETTER_OPTIONS,
  { "json", 0, NULL, "As JSON lines" },
  { NULL },
};

static const QscOption letter_change_options[] = {
  LETTER_OPTIONS,
  { "all", 0, NULL, "All of them" },
  { "dry-run", 0, NULL, "Only say how many it would be" },
  { NULL },
};

static const char letter_text[] =
    "A dead letter is named PARTITION:OFFSET. A HEADER is a header's name; '__qsource.errors.'\n"
    "before it may be left out: source.name, stage, error.message, ...";

const QscVerb qsc_verbs[] = {
  {
      .name = "run",
      .words = "SOURCE [PROPERTY=VALUE]… | --config=FILE",
      .summary = "Run a source, or those of a file",
      .text =
          "SOURCE is the type of a ready-made source; 'qsource inspect' lists them. Or it is a "
          "file\n"
          "with a source of one's own, FILE.py, FILE.js, FILE.lua or FILE.so; FILE.py:CLASS names\n"
          "one of several. A value may be @file:PATH or @env:NAME, so that a secret is not seen "
          "in\n"
          "the list of processes.\n"
          "Without a broker, here or in QSOURCE_BROKER_ADDRESS, one inside of this process is\n"
          "used and what is produced is printed.\n"
          "\n"
          "How far a source has come is kept under --state-dir and in a topic, by the names of "
          "the\n"
          "group (-g) and the source (-n): with the same ones it goes on where it was, through\n"
          "rotations and whatever is killed. With --processing-guarantee=exactly-once readers "
          "that\n"
          "skip aborted transactions (isolation.level=read_committed) see each record once;\n"
          "'qsource inspect SOURCE' tells what a source can promise. --max-restarts=-1 has one "
          "that\n"
          "fails started again. --monitor-address=127.0.0.1:9464 shows all sources of the\n"
          "application live in a browser, at http://127.0.0.1:9464/, and serves metrics; 'qsource\n"
          "top --web' shows all applications.\n"
          "\n"
          "A configuration FILE has a group [application] with these options, and a group [source\n"
          "NAME] with the properties of each source, its 'type' and its 'topic'; elements of "
          "lists\n"
          "are separated by semicolons.",
      .examples =
          "qsource run file path=/var/log/syslog\n"
          "qsource run file 'path=/var/log/app/*.log' -b localhost:9092 -t logs\n"
          "qsource run file path=/var/log/syslog -b localhost:9092 -g gateway -n syslog \\\n"
          "  --processing-guarantee=exactly-once --state-dir=/var/lib/qsource \\\n"
          "  --max-restarts=-1 --monitor-address=127.0.0.1:9464\n"
          "qsource run --config /etc/qsource/gateway.conf",
      .options = run_options,
      .flags = QSC_VERB_APPLICATION,
      .completion = QSC_WORDS_SOURCE,
      .call = qsc_verb_run,
  },
  {
      .name = "inspect",
      .words = "[SOURCE]",
      .summary = "Show which sources there are, and what one can be told",
      .text = "SOURCE is as in 'qsource run': a type, or a file with a source of one's own.",
      .examples = "qsource inspect\n"
                  "qsource inspect file\n"
                  "qsource inspect door.py:DoorSource",
      .options = inspect_options,
      .completion = QSC_WORDS_SOURCE,
      .call = qsc_verb_inspect,
  },
  {
      .name = "conform",
      .words = "SOURCE [PROPERTY=VALUE]…",
      .summary = "Check that a source stops, goes on where it was, and loses nothing when killed",
      .text =
          "SOURCE is as in 'qsource run'. It runs again and again in this test, each time with an\n"
          "empty state, and must produce the same records: what it reads must not change "
          "meanwhile.\n"
          "It is stopped, cut off from the broker, and killed at random moments, and its records "
          "are\n"
          "compared with those of a run that nothing disturbs.\n"
          "The status is 1 if the source fails a rule. A rule that cannot be tested with it is\n"
          "skipped, and the reason is shown. The broker inside of this process cannot show\n"
          "exactly-once; -b names a real one, which gets topics that are not deleted afterwards.",
      .examples = "qsource conform ./door.py device=simulated\n"
                  "qsource conform file path=x.log --kills=200 --seed=7 --report=out.json",
      .options = conform_options,
      .completion = QSC_WORDS_SOURCE,
      .call = qsc_verb_conform,
  },
  {
      .name = "broker",
      .summary = "Run a broker in memory until it is interrupted",
      .text =
          "It is librdkafka's, for trying things out: topics have 4 partitions, so that a source\n"
          "with a state needs --use-changelog-topics=no there, and nothing outlives it.",
      .options = broker_options,
      .call = qsc_verb_broker,
  },
  {
      .name = "topics",
      .words = "[SOURCE [PROPERTY=VALUE]…]",
      .summary = "Show which topics an application needs, which there are, and what differs",
      .text =
          "Nothing is changed. The status is 1 if one is missing and must not be created, or has\n"
          "another number of partitions.",
      .examples = "qsource topics --config gateway.conf\n"
                  "qsource topics file path=x.log -b localhost:9092",
      .options = topics_options,
      .flags = QSC_VERB_APPLICATION,
      .completion = QSC_WORDS_SOURCE,
      .call = qsc_verb_topics,
  },
  {
      .name = "doctor",
      .words = "[SOURCE [PROPERTY=VALUE]…]",
      .summary = "Look for what could keep an application from running, and say what to do",
      .text =
          "It is the first thing to try when nothing arrives. Give it the same options as the "
          "run.\n"
          "Versions, file descriptors, clock, disk, state directory, whether the broker answers,\n"
          "topics, with exactly-once transactions, and what ready-made sources read. No record is\n"
          "produced. An answer of the broker is waited for 8 s, unless --request-timeout says.",
      .examples = "qsource doctor -b localhost:9092\n"
                  "qsource doctor --config gateway.conf",
      .options = topics_options,
      .flags = QSC_VERB_APPLICATION,
      .completion = QSC_WORDS_SOURCE,
      .call = qsc_verb_doctor,
  },
  {
      .name = "status",
      .words = "[APPLICATION]",
      .summary = "Show the applications that run here, and how their sources do",
      .text = "APPLICATION is its consumer-group, or its process. The exit status is 1 if one of\n"
              "the sources has failed. An address after an application is that of its page for a\n"
              "browser; --monitor-address sets it.",
      .options = status_options,
      .completion = QSC_WORDS_APPLICATION,
      .call = qsc_verb_status,
  },
  {
      .name = "top",
      .words = "[APPLICATION]",
      .summary = "Show the same, live, on a terminal or in a browser",
      .text = "It ends with q. Where standard output is no terminal, it is shown once.\n"
              "With --web, all applications that this user runs here are one page for a browser, "
              "whose\n"
              "address is printed, until it is interrupted; it is read only. A PORT of 0 is any "
              "that is\n"
              "free. Whoever can connect to the address sees it.",
      .examples = "qsource top\n"
                  "qsource top --web=127.0.0.1:9465",
      .options = top_options,
      .completion = QSC_WORDS_APPLICATION,
      .call = qsc_verb_top,
  },
  {
      .name = "pause",
      .words = "SOURCE",
      .summary = "Have what a source produces wait",
      .text = "It holds until it is resumed or its application ends.",
      .options = control_options,
      .completion = QSC_WORDS_RUNNING,
      .call = qsc_verb_pause,
  },
  {
      .name = "resume",
      .words = "SOURCE",
      .summary = "Have a source that is paused go on",
      .options = control_options,
      .completion = QSC_WORDS_RUNNING,
      .call = qsc_verb_resume,
  },
  {
      .name = "restart",
      .words = "SOURCE",
      .summary = "Stop a source in order and start it again",
      .options = control_options,
      .completion = QSC_WORDS_RUNNING,
      .call = qsc_verb_restart,
  },
  {
      .name = "stop",
      .words = "SOURCE",
      .summary = "Stop a source in order; the others go on",
      .options = control_options,
      .completion = QSC_WORDS_RUNNING,
      .call = qsc_verb_stop,
  },
  {
      .name = "dead-letters ls",
      .words = "[LETTER]…",
      .summary = "List records that could not be delivered",
      .text = letter_text,
      .examples = "qsource dead-letters ls -b localhost:9092 -t dead-letter__source__orders\n"
                  "qsource dead-letters ls --config gateway.conf --where stage=serialize",
      .options = letter_options,
      .flags = QSC_VERB_APPLICATION,
      .call = qsc_verb_dead_letters_ls,
  },
  {
      .name = "dead-letters show",
      .words = "[LETTER]…",
      .summary = "Show dead letters in full",
      .text = letter_text,
      .options = letter_options,
      .flags = QSC_VERB_APPLICATION,
      .call = qsc_verb_dead_letters_show,
  },
  {
      .name = "dead-letters replay",
      .words = "[LETTER]…",
      .summary = "Send dead letters to the topic that they were for",
      .text =
          "Each is sent as the record was: key, value, timestamp and headers, without those that\n"
          "tell of the error. Then a record in the dead-letter topic says so, and it is listed no\n"
          "more. After a crash in between it is sent again.",
      .examples = "qsource dead-letters replay -b localhost:9092 -t dead-letter__orders 0:3",
      .options = letter_change_options,
      .flags = QSC_VERB_APPLICATION,
      .call = qsc_verb_dead_letters_replay,
  },
  {
      .name = "dead-letters drop",
      .words = "[LETTER]…",
      .summary = "Have dead letters be listed no more",
      .text = "A record in the dead-letter topic says so; what is there stays until the topic's\n"
              "retention deletes it.",
      .options = letter_change_options,
      .flags = QSC_VERB_APPLICATION,
      .call = qsc_verb_dead_letters_drop,
  },
  {
      .name = "state ls",
      .words = "[PREFIX]",
      .summary = "List the keys of a source's state",
      .examples = "qsource state ls -b localhost:9092 -g gateway -n door",
      .options = state_read_options,
      .flags = QSC_VERB_APPLICATION,
      .call = qsc_verb_state_ls,
  },
  {
      .name = "state get",
      .words = "KEY",
      .summary = "Show an entry of a source's state",
      .options = state_read_options,
      .flags = QSC_VERB_APPLICATION,
      .call = qsc_verb_state_get,
  },
  {
      .name = "state set",
      .words = "KEY VALUE",
      .summary = "Set an entry of a source's state",
      .text = "VALUE is JSON. It goes the way of a worker: it is refused while one of this machine "
              "has the state open, ends those of other machines, and writes the changelog first.",
      .examples = "qsource state set -b localhost:9092 -g gateway -n door count 5",
      .options = state_options,
      .flags = QSC_VERB_APPLICATION,
      .call = qsc_verb_state_set,
  },
  {
      .name = "state rm",
      .words = "KEY…",
      .summary = "Remove entries of a source's state",
      .text = "It goes the way of a worker: it is refused while one of this machine has the state "
              "open, ends those of other machines, and writes the changelog first.",
      .options = state_options,
      .flags = QSC_VERB_APPLICATION,
      .call = qsc_verb_state_rm,
  },
  {
      .name = "state export",
      .summary = "Write a source's state to standard output, as JSON lines",
      .examples = "qsource state export --from store -g gateway -n door > door.jsonl",
      .options = state_export_options,
      .flags = QSC_VERB_APPLICATION,
      .call = qsc_verb_state_export,
  },
  {
      .name = "state import",
      .summary =
          "Read entries of a source's state from standard input, as 'state export' writes them",
      .text = "It goes the way of a worker: it is refused while one of this machine has the state "
              "open, ends those of other machines, and writes the changelog first.",
      .examples = "qsource state import -b localhost:9092 -g gateway -n door < door.jsonl",
      .options = state_options,
      .flags = QSC_VERB_APPLICATION,
      .call = qsc_verb_state_import,
  },
  {
      .name = "state verify",
      .summary = "Compare a source's store with its changelog",
      .options = state_options,
      .flags = QSC_VERB_APPLICATION,
      .call = qsc_verb_state_verify,
  },
  {
      .name = "state reset",
      .summary = "Empty a source's state, or have it as it was before",
      .text =
          "Without --to, store and changelog are emptied, and the source begins anew. With it, "
          "the\n"
          "state gets what its changelog had at that time or offset, in one transaction, so that\n"
          "the source goes on from an earlier position; what it produced since comes again. "
          "'state\n"
          "at' shows a state first. It goes as far back as the brokers have not compacted the\n"
          "changelog. Stop the source before; the status is 4 while a worker holds the state.",
      .examples =
          "qsource state reset --yes -b localhost:9092 -g gateway -n door\n"
          "qsource state reset --to 2026-01-31T12:00:00 --yes --config gateway.conf -n door",
      .options = state_reset_options,
      .flags = QSC_VERB_APPLICATION,
      .call = qsc_verb_state_reset,
  },
  {
      .name = "state at",
      .words = "TIME|OFFSET",
      .summary = "Show a source's state as its changelog had it",
      .text =
          "A TIME is as 2026-01-31T12:00:00, in local time unless it ends with Z or +01:00; an\n"
          "OFFSET is one of the changelog; 'now' is the end. The lines are as those of 'state\n"
          "export'.",
      .examples = "qsource state at 2026-01-31T12:00:00 -b localhost:9092 -g gateway -n door",
      .options = state_options,
      .flags = QSC_VERB_APPLICATION,
      .call = qsc_verb_state_at,
  },
  {
      .name = "state diff",
      .words = "A B",
      .summary = "List the keys that differ between two times or offsets",
      .options = state_options,
      .flags = QSC_VERB_APPLICATION,
      .call = qsc_verb_state_diff,
  },
  {
      .name = "new",
      .words = "LANGUAGE NAME",
      .summary = "Write a source of one's own to begin with, and a test of it",
      .text = "LANGUAGE is c, vala, python, js or lua. What is written, in the directory NAME, "
              "builds,\n"
              "runs on a broker in memory, and passes its test.",
      .examples = "qsource new python door-bell",
      .completion = QSC_WORDS_LANGUAGE,
      .call = qsc_verb_new,
  },
  {
      .name = "help",
      .words = "[VERB]",
      .summary = "Show what a verb does",
      .call = qsc_verb_help,
  },
  {
      .name = "__complete",
      .flags = QSC_VERB_HIDDEN | QSC_VERB_RAW,
      .call = qsc_verb_complete,
  },
  {
      .name = "__man",
      .flags = QSC_VERB_HIDDEN,
      .call = qsc_verb_man,
  },
  { NULL },
};

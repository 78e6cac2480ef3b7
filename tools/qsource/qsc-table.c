/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qsc.h"

/* The one table of verbs. */

static const QscOption run_options[] = {
  { "topic", 't', "TOPIC", "Topic to produce to; unset = source__NAME" },
  { "name", 'n', "NAME", "Name of the source; unset = its type" },
  { "kafka", 'X', "KEY=VALUE", "A librdkafka setting, for all clients" },
  { "config", 0, "FILE", "Run the sources of a configuration file" },
  { "print", 0, NULL, "Print the records" },
  { "format", 'F', "table|json", "How to print; unset = a table on a terminal, else JSON lines" },
  { "count", 'c', "N", "Stop each source after N records" },
  { "for", 0, "SECONDS", "End after this time" },
  { "dry-run", 0, NULL, "Check everything, and show what would be done" },
  { NULL },
};

static const QscOption topics_options[] = {
  { "topic", 't', "TOPIC", "Topic to produce to; unset = source__NAME" },
  { "name", 'n', "NAME", "Name of the source; unset = its type" },
  { "kafka", 'X', "KEY=VALUE", "A librdkafka setting, for all clients" },
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
  { "broker-address", 'b', "ADDRESS", "A real broker for tests; unset = one inside this process" },
  { "processing-guarantee", 0, "at-least-once|exactly-once", "Guarantee for each record" },
  { "kills", 0, "N", "How often the source is killed at random moments; unset = 10" },
  { "records", 0, "N", "How many records of a run are compared; unset = 100" },
  { "seed", 0, "N", "Seed of random choices; unset = a random one" },
  { "timeout", 0, "SECONDS", "How long to wait for a record; unset = 30" },
  { "rule", 0, "RULE", "Check only this rule; can be repeated" },
  { "skip", 0, "RULE", "Skip this rule; can be repeated" },
  { "report", 0, "FILE", "Write the report to a file, as JSON" },
  { "json", 0, NULL, "Print the report as JSON" },
  { "verbose", 0, NULL, "Show the log of the source and its application" },
  { NULL },
};

static const QscOption broker_options[] = {
  { "port", 'p', "PORT", "Port on 127.0.0.1; unset = a free one" },
  { NULL },
};

static const QscOption status_options[] = {
  { "config", 0, "FILE", "Only the application of this file" },
  { "json", 0, NULL, "As JSON" },
  { NULL },
};

static const QscOption top_options[] = {
  { "config", 0, "FILE", "Only the application of this file" },
  { "interval", 0, "SECONDS", "Interval of updates; unset = 1" },
  { "once", 0, NULL, "Show the status once, and end" },
  { "web", 0, "HOST:PORT", "Serve a page for a browser, at an address such as 127.0.0.1:9465" },
  { "json", 0, NULL, "Once, as JSON" },
  { NULL },
};

static const QscOption control_options[] = {
  { "config", 0, "FILE", "The application of this file" },
  { "application", 'a', "APPLICATION", "The application, if several have a source of that name" },
  { NULL },
};

#define STATE_OPTIONS                                                                              \
  { "config", 0, "FILE", "The configuration file of its application" },                            \
      { "name", 'n', "NAME", "Name of the source" },                                               \
      { "store-name", 0, "NAME", "The store-name of the source, if it is set" },                   \
  {                                                                                                \
    "partition", 0, "N", "Partition of the state; unset = 0"                                       \
  }

static const QscOption state_options[] = {
  STATE_OPTIONS,
  { NULL },
};

static const QscOption state_read_options[] = {
  STATE_OPTIONS,
  { "from", 0, "store|changelog", "What to read; the store might be some minutes behind a worker" },
  { "json", 0, NULL, "As JSON lines" },
  { NULL },
};

static const QscOption state_export_options[] = {
  STATE_OPTIONS,
  { "from", 0, "store|changelog", "What to read; the store might be some minutes behind a worker" },
  { NULL },
};

static const QscOption state_reset_options[] = {
  STATE_OPTIONS,
  { "to", 0, "TIME|OFFSET", "Restore the state of that time or offset, instead of an empty one" },
  { "yes", 0, NULL, "Do it" },
  { NULL },
};

#define LETTER_OPTIONS                                                                             \
  { "topic", 't', "TOPIC", "Topic of the dead letters; unset = those of the file's sources" },     \
      { "config", 0, "FILE", "The configuration file of the application" },                        \
      { "name", 'n', "NAME", "Only dead letters of this source of the file" },                     \
  {                                                                                                \
    "where", 0, "HEADER=TEXT", "Only dead letters with this header; * and ? are wildcards"         \
  }

static const QscOption letter_options[] = {
  LETTER_OPTIONS,
  { "json", 0, NULL, "As JSON lines" },
  { NULL },
};

static const QscOption letter_show_options[] = {
  LETTER_OPTIONS,
  { "all", 0, NULL, "All of them" },
  { "json", 0, NULL, "As JSON lines" },
  { NULL },
};

static const QscOption letter_change_options[] = {
  LETTER_OPTIONS,
  { "all", 0, NULL, "All dead letters" },
  { "dry-run", 0, NULL, "Only show how many there would be" },
  { NULL },
};

static const char letter_text[] =
    "A dead letter is named PARTITION:OFFSET. A HEADER is a header's name; '__qsource.errors.'\n"
    "before it can be left out: source.name, stage, error.message, ...";

const QscVerb qsc_verbs[] = {
  {
      .name = "run",
      .words = "SOURCE [PROPERTY=VALUE]… | --config=FILE",
      .summary = "Run a source, or those of a file",
      .text =
          "SOURCE is the type of a ready-made source, which 'qsource inspect' lists, or a file\n"
          "with your own source: FILE.py, FILE.js, FILE.lua or FILE.so. FILE.py:CLASS selects\n"
          "one of several. A value can be @file:PATH or @env:NAME, which keeps a secret out of\n"
          "the list of processes. Without a broker, here or in QSOURCE_BROKER_ADDRESS, a broker\n"
          "inside this process is used and the records are printed.\n"
          "\n"
          "The position of a source is kept under --state-dir and in a topic, by the names of\n"
          "the group (-g) and the source (-n). With the same names, the source continues where\n"
          "it was, even after files were rotated or processes were killed. With\n"
          "--processing-guarantee=exactly-once, readers that skip aborted transactions\n"
          "(isolation.level=read_committed) see each record once; 'qsource inspect SOURCE'\n"
          "shows the guarantees of a source. --max-restarts=-1 restarts a source that fails.\n"
          "--monitor-address=127.0.0.1:9464 shows all sources of the application live in a\n"
          "browser, at http://127.0.0.1:9464/, and serves metrics; 'qsource top --web' shows\n"
          "all applications.\n"
          "\n"
          "A configuration FILE has a group [application] with these options, and for each\n"
          "source a group [source NAME] with its properties, its 'type' and its 'topic'.\n"
          "Separate the elements of lists with semicolons.",
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
      .summary = "List the sources, or show the properties of one",
      .text = "SOURCE is as in 'qsource run': a type, or a file with your own source.",
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
      .summary = "Check that a source stops, continues where it was, and loses nothing when killed",
      .text =
          "SOURCE is as in 'qsource run'. The test runs it repeatedly, each time with an empty\n"
          "state, and it must produce the same records each time, so its input must not change\n"
          "during the test. The test stops the source, cuts it off from the broker, and kills\n"
          "it at random moments, and compares its records with those of an undisturbed run. The\n"
          "exit status is 1 if the source fails a rule. A rule that cannot be tested is\n"
          "skipped, and the reason is shown. The broker inside this process cannot show\n"
          "exactly-once; -b names a real broker, whose new topics are not deleted afterwards.",
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
          "This is librdkafka's broker for trials. Topics have 4 partitions, so a source with a\n"
          "state needs --use-changelog-topics=no. Nothing is kept after the broker ends.",
      .options = broker_options,
      .call = qsc_verb_broker,
  },
  {
      .name = "topics",
      .words = "[SOURCE [PROPERTY=VALUE]…]",
      .summary = "Compare the topics that an application needs with those that exist",
      .text = "Nothing is changed. The exit status is 1 if a topic is missing and must not be\n"
              "created, or has another number of partitions.",
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
      .summary = "Find out why an application does not run, and what to do",
      .text = "Try this first when no records arrive, with the same options as the run. It checks\n"
              "versions, file descriptors, the clock, the disk, the state directory, the broker,\n"
              "the topics, transactions if the guarantee is exactly-once, and the input of\n"
              "ready-made sources. It produces no record. It waits 8 seconds for an answer of the\n"
              "broker, unless --request-timeout sets another time.",
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
      .summary = "Show the applications that run here, and the status of their sources",
      .text = "APPLICATION is its consumer-group, or its process id. The exit status is 1 if a\n"
              "source has failed. The address after an application is that of its page for a\n"
              "browser, which --monitor-address sets.",
      .options = status_options,
      .completion = QSC_WORDS_APPLICATION,
      .call = qsc_verb_status,
  },
  {
      .name = "top",
      .words = "[APPLICATION]",
      .summary = "Show the status live, on a terminal or in a browser",
      .text =
          "Press q to quit. If standard output is not a terminal, the status is shown once.\n"
          "With --web, a page for a browser shows all applications that this user runs here.\n"
          "The address of the page is printed; it is read-only, and served until the command is\n"
          "interrupted. With a PORT of 0, the system chooses a free port. Anyone who can\n"
          "connect to the address can see the page.",
      .examples = "qsource top\n"
                  "qsource top --web=127.0.0.1:9465",
      .options = top_options,
      .completion = QSC_WORDS_APPLICATION,
      .call = qsc_verb_top,
  },
  {
      .name = "pause",
      .words = "SOURCE",
      .summary = "Pause a source: its records wait",
      .text = "The pause lasts until the source is resumed or its application ends.",
      .options = control_options,
      .completion = QSC_WORDS_RUNNING,
      .call = qsc_verb_pause,
  },
  {
      .name = "resume",
      .words = "SOURCE",
      .summary = "Resume a paused source",
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
      .summary = "Stop a source in order; the others continue",
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
      .options = letter_show_options,
      .flags = QSC_VERB_APPLICATION,
      .call = qsc_verb_dead_letters_show,
  },
  {
      .name = "dead-letters replay",
      .words = "[LETTER]…",
      .summary = "Send dead letters to their original topic",
      .text =
          "Each record is sent with its original key, value, timestamp and headers, without the\n"
          "headers about the error. Then a record in the dead-letter topic marks it as\n"
          "replayed, and it is no longer listed. After a crash in between, the record is sent\n"
          "again.",
      .examples = "qsource dead-letters replay -b localhost:9092 -t dead-letter__orders 0:3",
      .options = letter_change_options,
      .flags = QSC_VERB_APPLICATION,
      .call = qsc_verb_dead_letters_replay,
  },
  {
      .name = "dead-letters drop",
      .words = "[LETTER]…",
      .summary = "Remove dead letters from the list",
      .text = "A record in the dead-letter topic marks each of them as dropped. The dead letters\n"
              "stay in the topic until its retention deletes them.",
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
      .text =
          "VALUE is JSON. The command works like a worker: it is refused while a worker on this\n"
          "machine has the state open, fences workers on other machines, and writes the\n"
          "changelog first.",
      .examples = "qsource state set -b localhost:9092 -g gateway -n door count 5",
      .options = state_options,
      .flags = QSC_VERB_APPLICATION,
      .call = qsc_verb_state_set,
  },
  {
      .name = "state rm",
      .words = "KEY…",
      .summary = "Remove entries of a source's state",
      .text = "The command works like a worker: it is refused while a worker on this machine has\n"
              "the state open, fences workers on other machines, and writes the changelog first.",
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
      .text = "The command works like a worker: it is refused while a worker on this machine has\n"
              "the state open, fences workers on other machines, and writes the changelog first.",
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
      .summary = "Empty a source's state, or restore an earlier one",
      .text =
          "Without --to, the store and the changelog are emptied, and the source starts over.\n"
          "With --to, the state is set to the contents of its changelog at that time or offset,\n"
          "in one transaction, so that the source continues from an earlier position; records\n"
          "that it has produced since then come again. 'state at' shows such a state first. It\n"
          "can go back only as far as the brokers have not compacted the changelog. Stop the\n"
          "source first; the exit status is 4 while a worker holds the state.",
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
      .summary = "Show a source's state at an earlier time",
      .text = "Write a TIME as 2026-01-31T12:00:00, in local time unless it ends with Z or an\n"
              "offset such as +01:00; a date alone, as 2026-01-31, is its midnight. An OFFSET is "
              "an offset of the changelog, or 'now' for its\n"
              "end. The output has the form of 'state export'.",
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
      .summary = "Create a new source to start from, with a test",
      .text = "LANGUAGE is c, vala, python, js or lua. The new directory NAME contains a source\n"
              "that builds, runs on a broker in memory, and passes its test.",
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

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
  { "count", 'c', "N", "End after N records" },
  { "for", 0, "SECONDS", "End after so long" },
  { "dry-run", 0, NULL, "Check everything, and say what would be done" },
  { NULL },
};

static const QscOption inspect_options[] = {
  { "json", 0, NULL, "As JSON" },
  { "schema", 0, NULL, "The JSON schema of a configuration file" },
  { NULL },
};

static const QscOption broker_options[] = {
  { "port", 'p', "PORT", "Not used yet by the library: any free port" },
  { NULL },
};

const QscVerb qsc_verbs[] = {
  {
      .name = "run",
      .words = "SOURCE [PROPERTY=VALUE]…",
      .summary = "Run a source",
      .text =
          "SOURCE is the type of a ready-made source; 'qsource inspect' lists them. A value may\n"
          "be @file:PATH or @env:NAME, so that a secret is not seen in the list of processes.\n"
          "Without a broker, here or in QSOURCE_BROKER_ADDRESS, one inside of this process is\n"
          "used and what is produced is printed.",
      .examples = "qsource run file path=/var/log/syslog\n"
                  "qsource run file 'path=/var/log/app/*.log' -b localhost:9092 -t logs",
      .options = run_options,
      .flags = QSC_VERB_APPLICATION,
      .completion = QSC_WORDS_SOURCE,
      .call = qsc_verb_run,
  },
  {
      .name = "inspect",
      .words = "[SOURCE]",
      .summary = "Show which sources there are, and what one can be told",
      .options = inspect_options,
      .completion = QSC_WORDS_SOURCE,
      .call = qsc_verb_inspect,
  },
  {
      .name = "broker",
      .summary = "Run a broker in memory until it is interrupted",
      .options = broker_options,
      .call = qsc_verb_broker,
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

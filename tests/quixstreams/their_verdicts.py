# SPDX-License-Identifier: LGPL-2.1-or-later
"""Which of Quix Streams' own tests can't pass here, and why: what is out of scope is skipped,
what differs has to fail, and the page coming-from-quix-streams has to say so."""

import re

OUT_OF_SCOPE = 'out of scope'
DIFFERS = 'differs'

# What they have in their test files, and what it is about.
FILES = {
    'test_dataframe/test_dataframe.py': 'dataframes',
    'test_dataframe/test_series.py': 'columns',
    'test_sinks/test_base/test_sink.py': 'base classes of sinks',
    'test_sinks/test_base/test_batch.py': 'batches of sinks',
    'test_sinks/test_core/test_csv.py': 'their CSVSink',
    'test_sinks/test_core/test_list_sink.py': 'their ListSink',
    'test_sources/test_core/test_csv.py': 'their CSVSource',
    'test_kafka/test_configuration.py': 'ConnectionConfig',
    'test_models/test_topics/test_topics.py': 'topics',
    'test_app.py': 'applications',
}

# The first that is found in a test's name. With DIFFERS: what the page has about it.
VERDICTS = [
    (OUT_OF_SCOPE, 'windows', r'[Ww]indow'),
    (OUT_OF_SCOPE, 'groups', r'[Gg]roup_?[Bb]y|test_run_with_count($|_multiple)'),
    (OUT_OF_SCOPE, 'stateful steps', r'[Ss]tateful\w*::|_stateful|MultipleSdf::test_changelog'
     r'|resets_after_recovery'),
    (OUT_OF_SCOPE, 'stores of dataframes', r'WithState|TestApplicationRecovery|RecoveryProof|use_changelog'),
    (OUT_OF_SCOPE, 'Quix Cloud', r'TestQuix|test_app.py.*quix'),
    (OUT_OF_SCOPE, 'their internal producer, consumer, stream or rows',
     r'ToTopic::|test_drop_empty_list|clone__stream_id|concat_|row_(de)?serialize|row_list'
     r'|_get_(de)?serializer_strings|TestApplication::|TestAppExactlyOnce|MultipleSdf::test_multiple'
     r'|source_success|timestamp_extractor|test_print_table$|table_non_dict'),
    (OUT_OF_SCOPE, "committed() of the consumer: ours has what the page lists", r'TestApplicationSink'),
    (OUT_OF_SCOPE, 'a message is never made by confluent_kafka', r'test_deserialize\['),
    (DIFFERS, 'it prints JSON', r'::test_print\['),
    (DIFFERS, 'no `oauth_cb`', r'oauth_cb|from_librdkafka_dict\['),
    (DIFFERS, 'is a `TypeError` if', r'extras_raise|test_invalid_(de)?serializer\[(de)?serializer1'),
    (DIFFERS, 'secrets are text', r'test_secret_field|TestConnectionConfig::test_str'),
    (DIFFERS, 'is 0, which means now', r'test_read_no_extractors'),
    (DIFFERS, 'without rows, it returns true', r'collect_False'),
    (DIFFERS, 'log lines', r'timeout_or_count'),
    (DIFFERS, 'a message has attributes', r'test_run_source_only'),
    (DIFFERS, '`SourceException`', r'test_source_with_error'),
    (DIFFERS, '`topic.broker_config`', r'topic_real_config_not_set'),
]


def find_verdict(name):
    """(kind, reason) of a test that can't pass here; None for the others."""
    return next(((kind, reason) for kind, reason, pattern in VERDICTS
                 if re.search(pattern, name)), None)

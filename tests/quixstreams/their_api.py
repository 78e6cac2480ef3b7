# SPDX-License-Identifier: LGPL-2.1-or-later
"""What becomes of each name of Quix Streams that a program can use. Most are here, with the same
parameters in the same places and the same defaults; these are the others. test-api.py finds out
whether the lists are right and complete."""

# Theirs are called so here.
CLASSES = {'StreamingDataFrame': 'Dataframe', 'StreamingSeries': 'Series'}

# Members that are refused by an error that says what to do.
REFUSED = {
    'StreamingDataFrame': r'\w+_window|group_by|join_\w+|register_store',
}

# Members that are not there, which Python says.
ABSENT = {
    # Quix Cloud.
    'Application': r'Quix|is_quix_app',
    # Inner parts.
    'Topic': r'broker_config|is_\w+|row_\w+',
    'StreamingDataFrame': r'compose|processing_context|stream|stream_id',
    'StreamingSeries': r'compose_returning|from_apply_callback|sdf_id|stream',
    # Transactions are the library's.
    'Producer': r'\w+_transaction|instantiated|purge|raise_if_broker_unavailable|transactional',
    # A member of a group reads what the group gives it.
    'Consumer': r'(incremental_)?(un)?assign|assignment|committed|consume|consumer_group_metadata'
                r'|get_watermark_offsets|list_topics|memberid|offsets_for_times|pause|resume'
                r'|position|raise_if_broker_unavailable|seek|set_sasl_credentials|unsubscribe',
}

# Classes that no program makes by itself there.
NOT_MADE = {'StreamingDataFrame', 'StreamingSeries', 'State', 'Producer', 'Consumer'}

# Parameters that are not there: a call that has them is a TypeError.
ABSENT_PARAMETERS = {
    'Consumer.subscribe': {'on_assign', 'on_revoke', 'on_lost'},
    'Topic.__init__': {'topic_type', 'quix_name'},
}

# Parameters that are taken by **named: what they do is in a test of its own.
NAMED = {
    'StatefulSource.configure': {'store_partition'},    # a state needs the application
}

# Parameters of Application that are refused: the error has their name.
REFUSED_SETTINGS = {
    'auto_recover_from_source_offset_out_of_range', 'quix_config_builder', 'quix_portal_api',
    'quix_sdk_token', 'state_recovery_offset_reset', 'topic_manager',
}

# Defaults that are written in another way, and mean the same or less is required.
SAME_DEFAULTS = {
    'Application.run': {'timeout', 'count'},                    # 0 and None: without end
    'Application.topic': {'value_deserializer', 'key_deserializer', 'value_serializer',
                          'key_serializer'},                    # None: json and bytes
    'Topic.__init__': {'value_deserializer', 'key_deserializer', 'value_serializer',
                       'key_serializer'},
    'TopicConfig.__init__': {'num_partitions', 'replication_factor', 'extra_config'},
    'Source.__init__': {'name', 'shutdown_timeout'},            # a property, 10 s
    'StatefulSource.__init__': {'name', 'shutdown_timeout'},
    'Source.cleanup': {'failed'},
    'StatefulSource.cleanup': {'failed'},
    'StreamingSeries.test': {'key', 'timestamp'},
}

# Those that differ, and what the page coming-from-quix-streams has about it.
OTHER_DEFAULTS = {
    'Source.produce': ({'poll_timeout', 'buffer_error_max_tries'}, 'poll_timeout'),
    'StatefulSource.produce': ({'poll_timeout', 'buffer_error_max_tries'}, 'poll_timeout'),
    'Producer.produce': ({'poll_timeout', 'buffer_error_max_tries'}, 'poll_timeout'),
    'StreamingDataFrame.print': ({'pretty'}, 'it prints JSON'),
    'StreamingDataFrame.print_table': ({'live', 'live_slowdown'}, 'tables follow each other'),
    'Consumer.commit': ({'asynchronous'}, '`commit()` returns after the brokers have committed'),
}

# Parameters with another place: what a program is told that gives them without a name.
OTHER_PLACES = {
    'Application.run': {'dataframe'},                           # either place
    'BaseSource.__init__': {'on_client_connect_success', 'on_client_connect_failure'},   # TypeError
    'StreamingDataFrame.print': {'pretty', 'metadata'},         # on the page
}

# Names that mean the same, of which test_quix_table.py tries what differs.
SAME_NAMES = {'ConnectionConfig', 'JSONDeserializer', 'JSONSerializer', 'SchemaRegistryClientConfig',
              'SchemaRegistrySerializationConfig', 'SinkBackpressureError', 'message_context'}

# Names that mean something else here, and what the page has about it.
OTHER_NAMES = {
    'SerializationError': 'are codes of a `GLib.Error`',
    'Serializer': '`class Own(Serializer)`',
}

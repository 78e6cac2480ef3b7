# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks each row of the tables in the documentation that compare with Quix Streams.

After an intended change:  python3 test_quix_table.py --write"""

import multiprocessing
import os
import pathlib
import sys
import unittest

from qs_testing import ThreadCase  # first: it names the version
from gi.repository import GLib, Qs

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / 'quixstreams'))
import their_verdicts  # noqa: E402

PAGE = pathlib.Path(__file__).resolve().parents[3] / 'doc' / 'coming-from-quix-streams.md'
# A row belongs to the table whose words its second column begins with, or to 'Different'.
TABLES = {'Refused': ('refused',), 'Different': (), 'The same': ('the same', 'accepted', 'works')}
HEAD = '| in Quix Streams | here | what to know |\n|---|---|---|\n'
BEGIN, END = '<!-- quix -->\n\n', '\n<!-- end quix -->'
ROWS = []


def row(there, here, why=''):
    """The row that a function checks."""
    def add(check):
        ROWS.append((there, here, why, check))
        return check
    return add


class Numbers(Qs.Source):
    def run(self):
        for i in range(4):
            message = self.serialize(key=str(i), value={'i': i})
            self.produce(key=message.key, value=message.value, headers={'h': 'x'})


class Run:
    """An application on an embedded broker, with a dataframe of four records."""

    def __init__(self, **properties):
        self.app = Qs.Application('embedded', isolation='thread', run_timeout=60, drain=True,
                                  auto_offset_reset='earliest', **properties)
        self.frame = self.app.dataframe(source=Numbers(name='numbers'))
        self.seen = []

    def of(self, frame):
        frame.sink(self.seen.append)
        self.app.run()
        return self.seen


def raises(kind, function, *arguments, **named):
    try:
        function(*arguments, **named)
    except kind:
        return
    raise AssertionError(f'{function} raised no {kind.__name__}')


# The first rows decide where records go.

@row('records without a key all go to one partition', "they are spread, as by Kafka's own clients",
     "`partitioner='murmur2'` does the same; records with a key go to the same partitions in both")
def check_partitioner():
    assert Qs.Application('embedded').partitioner == Qs.Partitioner.MURMUR2_RANDOM
    assert Qs.Application('embedded', partitioner='murmur2').partitioner == Qs.Partitioner.MURMUR2


@row('a new topic has one partition', "it has as many as the broker's default says",
     '`TopicConfig(num_partitions=1)` does the same')
def check_partitions():
    assert Qs.Topic('t').n_partitions == -1
    assert Qs.Topic('t', Qs.TopicConfig(num_partitions=1)).n_partitions == 1


@row('`consumer_group` is `quixstreams-default`', 'it is `qsource-default`',
     "set the name of theirs to continue a state: it is part of the name of the changelog")
def check_group():
    assert Qs.Application('embedded').consumer_group == 'qsource-default'


@row('`from quixstreams import Application`', '`from gi.repository.Qs import Application`',
     'it can be subclassed')
def check_application():
    class Own(Qs.Application):
        def __init__(self):
            super().__init__('embedded')
            self.own = 1

    assert Own().own == 1


@row('`quixstreams.sources.Source`, `StatefulSource`, `BaseSource`',
     '`Qs.Source`, `Qs.StatefulSource`, `Qs.BaseSource`',
     '`run`, `setup`, `cleanup`, `flush`, `configure`, `default_topic`, `start`, `stop` have the '
     'same names, or `do_` before them')
def check_sources():
    assert issubclass(Qs.StatefulSource, Qs.Source) and issubclass(Qs.Source, Qs.BaseSource)


@row('`self.state.get/set/delete/exists/get_bytes/set_bytes`',
     'the same; `self.state["key"]`, too', 'keys are text; `ttl=` works in a source')
def check_state():
    for name in 'get', 'set', 'delete', 'exists', 'get_bytes', 'set_bytes', '__getitem__':
        assert hasattr(Qs.State, name), name


@row('`self.produce(…, poll_timeout, buffer_error_max_tries)`', 'accepted',
     'produce() waits while the queue is full; no record is dropped')
def check_produce():
    class One(Qs.Source):
        def run(self):
            self.produce(value=b'1', poll_timeout=1.0, buffer_error_max_tries=2)

    app = Qs.Application('embedded', isolation='thread', run_timeout=60)
    topic = app.add_source(One(name='one'))
    app.run()
    assert len(app.embedded_broker.dup_messages(topic.name, 0)) == 1


@row('`self.flush()`', 'the same',
     'the state is committed after the records are acknowledged, never before')
def check_flush():
    assert hasattr(Qs.Source, 'flush')


@row('`store_partitions_count`, `assigned_store_partition` of a class', 'refused',
     'set `n_partitions` in the class, the instance or the constructor; read `partition`')
def check_partition_names():
    raises(TypeError, type, 'Wrong', (Qs.StatefulSource,), {'store_partitions_count': 3})


@row('`time.sleep(1)`', 'works; `self.wait(1)` is better',
     'it returns at once when the source is stopped')
def check_wait():
    assert hasattr(Qs.BaseSource, 'wait')


@row('`sdf.apply`, `filter`, `update`, `print`, `to_topic`, `sink`, `concat`, `set_headers`, '
     '`set_timestamp`, `drop`, `fill`, `contains`, `expand=True`, `metadata=True`', 'the same',
     'the function of `filter` must not return `None`; a function with two required arguments gets '
     'value and [class@Record]')
def check_steps():
    run = Run()
    frame = run.frame.filter(lambda v: v['i'] > 1).apply(lambda v, k, t, h: (v['i'], k, h),
                                                         metadata=True)
    assert run.of(frame) == [(2, b'2', [('h', b'x')]), (3, b'3', [('h', b'x')])]
    run = Run()
    raises(GLib.Error, run.of, run.frame.filter(lambda v: None))


@row('two branches of a dataframe', 'the same',
     'an ignored error ends only its branch; in Quix Streams, it also ends all later ones')
def check_branches():
    run = Run()
    run.app.connect('processing-error', lambda *_: True)
    run.frame.apply(lambda v: 1 / v['i'])
    assert len(run.of(run.frame)) == 4


@row('`sdf["a"]`, `sdf[["a", "b"]]`, `sdf["c"] = sdf["a"] + 1`, `sdf[sdf["a"] > 3]`, `&`, `|`, '
     '`~`, `isin`, `contains`', 'the same', 'also `1 + sdf["a"]`')
def check_columns():
    run = Run()
    run.frame['c'] = 1 + run.frame['i']
    assert run.of(run.frame[(run.frame['i'] > 1) & ~run.frame['i'].isin([3])]) == [
        {'i': 2, 'c': 3}]


@row('`sdf1.concat(sdf2)` of two topics goes by the time of their records',
     'each topic is read in its own order', 'records do not wait for a slow topic')
def check_concat():
    app = Qs.Application('embedded', auto_offset_reset='earliest')
    topics = [app.topic(name) for name in ('a', 'b')]
    with app.get_producer() as producer:
        for time, topic in (2, topics[0]), (1, topics[1]), (3, topics[1]):
            producer.produce(topic=topic.name, value=str(time), timestamp=time)
    first, second = map(app.dataframe, topics)
    first.concat(second)
    values = [row['_value'] for row in app.run(count=3)]
    assert sorted(values) == [1, 2, 3] and values.index(1) < values.index(3), values


@row('`sdf.test(value, key, timestamp, headers, ctx, topic)`', 'the same',
     'nothing is produced; `ctx` is not needed')
def check_trial():
    frame = Run().frame
    assert frame.apply(lambda v: v + 1).test(1) == [(2, b'key', 0, None)]


@row('`message_context()`', '`Qs.message_context()`', '`leader_epoch` is `None`')
def check_context():
    run = Run()
    assert [context.offset for context in run.of(
        run.frame.apply(lambda v: Qs.message_context()))] == [0, 1, 2, 3]


@row('`sdf.set_headers(func)` that returns `None`', 'the same', '')
def check_no_headers():
    assert Run().frame.set_headers(lambda *_: None).test(1, headers=[('h', b'')])[0][3] is None


@row('`sdf["c"] = sdf2`, `sdf[sdf2]`', 'the same',
     '`sdf2` must be `sdf` with `apply()` steps only, and cannot be used again')
def check_used_up():
    frame = Run().frame
    made = frame.apply(lambda v: v['i'])
    frame['c'] = made
    raises(Qs.InvalidOperation, made.apply, len)
    raises(ValueError, frame.__getitem__, frame.filter(bool))


@row('`BaseSink`, `BatchingSink`, `SinkBatch`, `SinkBackpressureError`', '`Qs.BaseSink` …',
     'after back-pressure, the batch is added again; records are not read again')
def check_sink_classes():
    class Sink(Qs.BatchingSink):
        def write(self, batch):
            values.extend(item.value['i'] for item in batch)

    values = []
    Run().of(Run().frame)
    run = Run()
    run.frame.sink(Sink())
    run.app.run()
    assert values == [0, 1, 2, 3], values


@row('a wrong argument is a `ValueError`', 'it is a `TypeError` if the type is wrong',
     'the message says what to do')
def check_errors():
    raises(ValueError, Qs.Topic, 't', value_deserializer='quix')
    raises(TypeError, Qs.Topic, 't', value_deserializer=object())
    raises(TypeError, Qs.ConnectionConfig, 'h:1', linger_ms=5)


@row('`to_topic(lambda value, …: topic)`', 'refused', 'topics are created before records arrive')
def check_dynamic_topic():
    raises(TypeError, Run().frame.to_topic, lambda *_: 'topic')


@row('`group_by`, windows, joins, `stateful=True`', 'refused',
     'use Quix Streams for these; it can read topics that are written here')
def check_windows():
    frame = Run().frame
    raises(NotImplementedError, lambda: frame.tumbling_window)
    raises(NotImplementedError, lambda: frame.group_by)
    raises(NotImplementedError, frame.apply, len, stateful=True)


@row('`sdf.print(pretty=True)` prints Python', 'it prints JSON, one line per record',
     'other programs can read it; on a terminal, it is formatted; the first argument is '
     '`metadata`, as in C')
def check_print():
    assert Run().frame.print(pretty=True, metadata=True) is not None


@row('`sdf.print_table(live=True)`', 'tables follow each other', 'no table is overwritten')
def check_table():
    assert Run().frame.print_table(live=True) is not None


@row('`sdf.sink(sink)` returns nothing', 'it returns the dataframe',
     'a function is also a sink; a sink under back-pressure keeps its batch')
def check_sink():
    frame = Run().frame
    assert frame.sink(lambda value: None) is frame


@row('`app.run(timeout, count, collect, metadata)`', 'the same',
     'it can be called again; without rows, it returns true')
def check_run():
    run = Run()
    run.frame.apply(lambda v: v['i'])
    assert run.app.run(count=1) == [{'_value': 0}]
    assert run.app.run(count=1, metadata=True)[0]['_key'] == b'1'


@row('`app.run()` raises a `SourceException` with the `exitcode`, and the error as its cause',
     'it raises a `GLib.Error`, which has the traceback',
     'if the source ran in this process, `__cause__` is the exception')
def check_source_error():
    class Wrong(Qs.Source):
        def run(self):
            raise KeyError('it')

    app = Qs.Application('embedded', isolation='thread', run_timeout=60)
    app.add_source(Wrong('wrong'))
    try:
        app.run()
    except GLib.Error as error:
        assert isinstance(error.__cause__, KeyError), error.__cause__
        assert "raise KeyError('it')" in error.message
    else:
        raise AssertionError('run() raised nothing')


@row('log lines, by `logging`', 'other lines, by GLib on standard error',
     '`loglevel`, `QSOURCE_LOG_LEVEL` and `G_MESSAGES_DEBUG` select the level')
def check_log():
    raises(ValueError, Qs.Application, 'embedded', loglevel='loud')


@row('`app.run(sdf)`, `app.stop(fail=True)`', 'the same; `fail=True` is refused',
     'an exception in a function prevents that its record is committed')
def check_stop():
    run = Run()
    assert len(run.app.run(run.frame, count=2)) == 2
    raises(NotImplementedError, run.app.stop, fail=True)


@row('`Application(on_processing_error=, on_consumer_error=, on_producer_error=, '
     'on_message_processed=, loglevel=)`', 'the same',
     'the second argument is a [class@Record] or [class@Message]')
def check_callbacks():
    told = []
    run = Run(on_processing_error=lambda error, record, logger: told.append(
        (type(error), record.offset)) or True)
    run.of(run.frame.apply(lambda v: 1 / v['i']))
    assert told == [(ZeroDivisionError, 0)]


@row('`broker_address=ConnectionConfig(…)`', '`Qs.ConnectionConfig(…)`, or '
     '`client_config={"security.protocol": …}`', "librdkafka's own names; no `oauth_cb`")
def check_connection():
    config = Qs.ConnectionConfig(bootstrap_servers='h:1', security_protocol='ssl')
    app = Qs.Application(broker_address=config)
    assert (app.broker_address, app.client_config) == ('h:1', {'security.protocol': 'ssl'})


@row('secrets of a `ConnectionConfig` are `SecretStr`', 'its secrets are text',
     'its `repr()` and `as_dict()` hide them')
def check_secrets():
    config = Qs.ConnectionConfig(bootstrap_servers='h:1', sasl_password='hidden')
    assert config.sasl_password == 'hidden' and 'hidden' not in f'{config} {config.as_dict()}'


@row('`AvroSerializer(schema, schema_registry_client_config=…)`, `AvroDeserializer`, `JSONSerializer`, '
     '`JSONDeserializer`, `ProtobufSerializer(msg_type)`, `ProtobufDeserializer`',
     'the same, with `Qs.` before them; `registry=Qs.SchemaRegistry(url)`, too',
     'one serializer reads and writes; `strict` always acts as `strict_allow_default`; refused: '
     '`dumps`, `validator`, `reader_schema` without a registry, `return_record_name` and similar, '
     '`to_dict=False`')
def check_schemas():
    config = Qs.SchemaRegistryClientConfig(url='http://127.0.0.1:1', basic_auth_user_info='a:b')
    serializer = Qs.AvroSerializer({'type': 'array', 'items': 'int'}, strict_allow_default=True,
                                   schema_registry_client_config=config)
    assert serializer.registry.url == 'http://127.0.0.1:1' and serializer.registry.user == 'a'
    data = Qs.AvroSerializer({'type': 'array', 'items': 'int'}).serialize([1, 2])
    assert Qs.AvroDeserializer({'type': 'array', 'items': 'int'}).deserialize(data) == [1, 2]
    assert Qs.JSONDeserializer().deserialize(Qs.JSONSerializer().serialize({'a': 1})) == {'a': 1}
    raises(NotImplementedError, Qs.JSONSerializer, dumps=str)
    raises(NotImplementedError, Qs.AvroDeserializer, 'int', reader_schema='long')


@row('timestamps and decimals of Avro are read as `datetime` and `Decimal`',
     'they are read as a number (of milliseconds, …) and as text', 'both forms can be written')
def check_schema_values():
    serializer = Qs.AvroSerializer({'type': 'long', 'logicalType': 'timestamp-millis'})
    assert serializer.deserialize(serializer.serialize('1970-01-01T00:00:01Z')) == 1000


@row('`app.topic(…, value_serializer, value_deserializer)`', 'the same',
     'one serializer for both directions')
def check_topic():
    app = Qs.Application('embedded')
    raises(ValueError, app.topic, 't', value_serializer='json', value_deserializer='bytes')


@row('`class Own(Serializer)` with `__call__(value, ctx)`, and a `Deserializer`',
     'a function of the value, and one of the bytes; or an object with `serialize()` and '
     '`deserialize()`', 'a function with a context is refused')
def check_own_serializer():
    topic = Qs.Topic('t', value_serializer=lambda v: f'<{v}>', value_deserializer=lambda b: b[1:-1])
    assert topic.deserialize(topic.serialize(value='x')).value == b'x'
    raises(TypeError, Qs.Topic, 't', value_serializer=lambda value, ctx: b'')


@row('`SerializationError`, `KafkaError` are exceptions', 'they are codes of a `GLib.Error`',
     '`except GLib.Error as error: error.matches(Qs.kafka_error_quark(), Qs.KafkaError.DELIVERY)`')
def check_error_codes():
    try:
        Qs.Topic('t', value_deserializer='quix')
    except GLib.Error as error:
        assert error.matches(Qs.serialization_error_quark(),
                             Qs.SerializationError.UNKNOWN_SERIALIZER)


@row('`message.timestamp` of `serialize()` without one is `None`', 'it is 0, which means now', '')
def check_timestamp():
    assert Qs.Topic('t').serialize(value=1).timestamp == 0


@row('`topic.broker_config`, `is_changelog`, `row_serialize` … of a `Topic`', 'there are none',
     '`app.check_topics()` asks the brokers; `topic.deserialize()` takes a [class@Message]')
def check_broker_config():
    topic = Qs.Topic('t', value_deserializer='int')
    raises(AttributeError, lambda: topic.broker_config)
    assert topic.deserialize(topic.serialize(value=5)).value == 5


@row('`app.topic(timestamp_extractor=…)`', 'the same', '')
def check_extractor():
    app = Qs.Application('embedded', isolation='thread', run_timeout=60, drain=True,
                         auto_offset_reset='earliest')
    topic = app.topic('t', timestamp_extractor=lambda value, headers, timestamp, kind: value['i'])
    seen = []
    app.dataframe(topic, source=Numbers(name='numbers')).update(
        lambda *given: seen.append(given[2]), metadata=True)
    app.run()
    assert seen == [0, 1, 2, 3]


@row('`Topic(…, create_config=, value_deserializer=, timestamp_extractor=)`', 'the same',
     '`topic.create_config` can be set until the application runs')
def check_create_config():
    topic = Qs.Topic('t', create_config=Qs.TopicConfig(2), value_deserializer='bytes')
    assert (topic.n_partitions, topic.value_serializer.get_name()) == (2, 'bytes')
    topic.create_config = Qs.TopicConfig(3, 1, {'cleanup.policy': 'compact'})
    assert (topic.n_partitions, topic.config) == (3, {'cleanup.policy': 'compact'})
    assert topic.create_config.num_partitions == 3


@row('`with app.get_producer() as producer: producer.produce(topic, value, key, …)`', 'the same',
     '`flush()` raises an error for undelivered records; refused: `transactional=True`, '
     '`on_delivery`, and use in a worker')
def check_producer():
    app = Qs.Application('embedded', auto_offset_reset='earliest')
    topic = app.topic('t', config=Qs.TopicConfig(2))
    with app.get_producer() as producer:
        producer.produce(topic=topic.name, key='k', value=b'1', headers={'h': 'x'}, timestamp=5)
        raises(NotImplementedError, producer.produce, 't', b'1', on_delivery=print)
    assert app.dataframe(topic) is not None
    assert app.run(count=1, metadata=True) == [{
        '_key': b'k', '_timestamp': 5, '_headers': [('h', b'x')], '_topic': 't',
        '_partition': 0, '_offset': 0, '_value': 1}]
    raises(NotImplementedError, app.get_producer, transactional=True)


@row('`with app.get_consumer() as consumer: consumer.subscribe([topic]); consumer.poll(1)`, '
     '`store_offsets(message=…)`, `commit(message)`', 'the same',
     'a message has attributes: `message.value` rather than `message.value()`; `poll()` raises '
     'errors of librdkafka, so there is no `message.error()`; `commit()` returns after the brokers '
     'have committed; offsets and partitions cannot be chosen')
def check_consumer():
    app = Qs.Application('embedded', auto_offset_reset='earliest')
    topic = app.topic('t')
    with app.get_producer() as producer:
        for value in (b'1', b'2'):
            producer.produce(topic='t', key='k', value=value, headers={'h': 'x'}, timestamp=5)
    with app.get_consumer() as consumer:
        raises(TypeError, consumer.subscribe, 't')
        consumer.subscribe([topic])
        message = consumer.poll(30)
        assert (message.key, message.value, message.offset) == (b'k', b'1', 0)
        assert (list(message.headers), message.timestamp) == ([('h', b'x')], 5)
        consumer.store_offsets(message=message)
    with app.get_consumer() as consumer:
        consumer.subscribe(['t'])
        assert consumer.poll(timeout=30).value == b'2'
        assert consumer.poll(0.1) is None
    with app.get_consumer(auto_commit_enable=False) as consumer:
        consumer.subscribe([topic])
        consumer.commit(consumer.poll(30))
    with app.get_consumer() as consumer:
        consumer.subscribe([topic])
        assert consumer.poll(0.5) is None


@row('`_running`, set by the author', 'the same', 'once false, it stays false until the next run')
def check_running():
    source = Numbers(name='numbers')
    source._running = True
    assert source.running and source._running
    source._running = False
    assert not source.running


@row('`source.configure(topic, producer); source.start()` with doubles, in a test', 'the same',
     'a state needs the application')
def check_doubles():
    class Two:
        def produce(self, **record):
            seen.append(record['key'])

        def flush(self, timeout=None):
            return 0

    seen = []
    source = Numbers(name='numbers')
    source.configure(Qs.Topic('t'), Two())
    source.start()
    assert seen == [b'0', b'1', b'2', b'3'], seen


@row("a source's `name` can be set at any time", 'only when it is made: `super().__init__(name)`',
     'it determines the names of topic and state; by default, a `BaseSource` has the name of its '
     'class')
def check_name():
    class Base(Qs.BaseSource):
        pass

    assert Base().name == 'Base'
    raises(AttributeError, setattr, Numbers(name='numbers'), 'name', 'other')


@row('`multiprocessing.Queue`, `Lock`, `Event` … as attributes of a source', 'refused',
     "only `isolation='thread'` shares them")
def check_shared():
    source = Numbers(name='numbers')
    source.lock = multiprocessing.Lock()
    raises(TypeError, Qs.Application('embedded').add_source, source)


@row('`consumer_extra_config`, `producer_extra_config`',
     'the same; `consumer_config`, `producer_config`', 'an unknown setting is an error')
def check_extra():
    app = Qs.Application('embedded', producer_extra_config={'linger.ms': 5})
    assert app.producer_config == {'linger.ms': '5'}


@row('`consumer_poll_timeout`, `producer_poll_timeout`, `max_partition_buffer_size`', 'accepted',
     'they have no effect, since the loop that they tune does not exist here')
def check_tuning():
    Qs.Application('embedded', consumer_poll_timeout=1.0, max_partition_buffer_size=5)


@row('`quix_sdk_token`, `quix_portal_api`, `quix_config_builder`', 'refused',
     'Quix Cloud is not supported')
def check_cloud():
    raises(NotImplementedError, Qs.Application, 'embedded', quix_sdk_token='x')


@row('other arguments of `Application`', 'refused', 'the error names the argument and similar ones')
def check_unknown():
    raises(TypeError, Qs.Application, 'embedded', brokre='x')


@row('`Quix__Broker__Address`, `Quix__Consumer_Group`, `Quix__State__Dir`',
     'the same', '`QSOURCE_BROKER_ADDRESS`, … take precedence')
def check_environment():
    os.environ['Quix__Consumer_Group'] = 'theirs'
    try:
        assert Qs.Application('embedded').consumer_group == 'theirs'
    finally:
        del os.environ['Quix__Consumer_Group']


@row('`TopicConfig`', '`Qs.TopicConfig`', '')
def check_topic_config():
    assert Qs.Topic('t', Qs.TopicConfig(replication_factor=2)).replication_factor == 2


@row('a source in a notebook needs a file of its own', 'it runs in its cell, in a thread', '')
def check_notebook():
    assert Qs.Application('embedded', isolation='thread').isolation == Qs.Isolation.THREAD


@row('`multiprocessing` pickles the source', 'the program is started again',
     'lambdas, locks and clients work; everything before `run()` also happens in each worker')
def check_worker():
    assert not Qs.is_worker()


def title_of(here):
    return next((title for title, words in TABLES.items() if here.startswith(words)), 'Different')


def tables():
    texts = {title: f'### {title}\n\n{HEAD}' for title in TABLES}
    for there, here, why, _ in ROWS:
        texts[title_of(here)] += f'| {there} | {here} | {why} |\n'
    return '\n'.join(texts.values())


class TestTable(ThreadCase):
    def test_verdicts(self):
        """The page says what keeps one of Quix Streams' own tests from passing"""
        text = PAGE.read_text()
        for kind, reason, _ in their_verdicts.VERDICTS:
            if kind == their_verdicts.DIFFERS:
                self.assertIn(reason, text)

    def test_rows(self):
        """What each row says is so"""
        for there, _, _, check in ROWS:
            with self.subTest(there=there):
                check()

    def test_page(self):
        """The page has these rows"""
        self.assertIn(BEGIN + tables() + END, PAGE.read_text())


def write():
    text = PAGE.read_text()
    start = text.index(BEGIN) + len(BEGIN)
    PAGE.write_text(text[:start] + tables() + text[text.index(END):])


if __name__ == '__main__':
    if sys.argv[1:] == ['--write']:
        write()
    else:
        unittest.main()

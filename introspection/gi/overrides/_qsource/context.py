# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where the record is that the functions of a dataframe deal with, and trials of them."""

import types

from gi.module import get_introspection_module

from . import native, steps
from .values import bytes_from_glib

Qs = get_introspection_module('Qs')

# What Dataframe.test() was given.
_given = []


class MessageContext:
    """The place of a record, and the sizes of its key and value in bytes."""

    __slots__ = ('topic', 'partition', 'offset', 'size', 'leader_epoch')

    def __init__(self, topic, partition, offset, size, leader_epoch=None):
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.size = size
        self.leader_epoch = leader_epoch

    def __repr__(self):
        return f'MessageContext({self.topic!r}, {self.partition}, {self.offset}, {self.size})'


def _find_record():
    if not native.extension:
        record = steps.handled()
        if record is not None:
            return record
    else:
        try:
            return native.extension.get_record()
        except RuntimeError:
            pass
    raise RuntimeError('message_context() is for functions of a dataframe, while they deal with '
                       'a record')


def message_context():
    """Returns the context of the current record; call it in a function of a dataframe."""
    if _given:
        return _given[-1]
    record = _find_record()
    sizes = (len(bytes_from_glib(data) or b'')
             for data in (record.dup_key_bytes(), record.dup_value_bytes()))
    return MessageContext(record.get_topic(), record.get_partition(), record.get_offset(),
                          sum(sizes))


class _Trial(steps.Flow):
    """The steps of a dataframe without an application: nothing is produced."""

    def __init__(self, root, context):
        super().__init__(root)
        self._context = context

    def get_record(self):
        return self.record

    def place(self):
        return self._context.topic, self._context.partition, self._context.offset

    def is_tombstone(self):
        return False

    def produce(self, topic, value, key, timestamp, headers):
        for part, kind in (value, 'value'), (key, 'key'):
            if part is not None:
                steps.serialize_part(getattr(topic, f'get_{kind}_serializer')(), part,
                                     f'the {kind}')

    def show(self, text):
        print(text.decode() if isinstance(text, bytes) else text)

    def _is_ignored(self, exception):
        return False


def try_frame(frame, value, key, timestamp, headers, context, topic):
    """What comes out of all branches that a record of @topic goes along."""
    roots = [root for root in frame._roots if topic is None or root.topic.name == topic.name]
    if not roots:
        raise ValueError(f'the dataframe does not read topic {topic.name!r}')
    if len({root.topic.name for root in roots}) > 1:
        raise ValueError('the dataframe reads several topics: say which one by topic=')
    context = context or MessageContext(roots[0].topic.name, 0, 0, 0)
    results = []

    def leaf(*result):
        results.append(result)

    _given.append(context)
    try:
        for root in roots:
            flow = _Trial(root, context)
            flow.headers = headers
            flow.record = types.SimpleNamespace(
                value=value, key=key, timestamp=timestamp, headers=headers, topic=context.topic,
                partition=context.partition, offset=context.offset)
            flow.make(leaf)(value, key, timestamp, headers)
    finally:
        _given.pop()
    return results

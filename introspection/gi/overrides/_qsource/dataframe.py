# SPDX-License-Identifier: LGPL-2.1-or-later
"""Dataframes: functions of plain values."""

import re

from gi.module import get_introspection_module

from . import context, native, override, printing, steps
from .columns import InvalidOperation, Series
from .functions import check_function, refuse_undone
from .guard import to_error
from .messages import Topic
from .sinks import Keeper
from .steps import Step

Qs = get_introspection_module('Qs')

# What only Quix Streams' engine does.
_ELSEWHERE = {'group_by', 'join_asof', 'join_interval', 'join_lookup', 'register_store'}


def _refuse_stateful(stateful):
    if stateful:
        raise NotImplementedError('a dataframe has no stateful steps; a StatefulSource has a state, '
                                  'and Quix Streams can read the topics that are written here')


def _to_topic(topic):
    if isinstance(topic, str):
        return Topic(topic)
    if not isinstance(topic, Qs.Topic):
        raise TypeError(f'to_topic() needs a Qs.Topic or a name, not {topic!r}')
    return topic


@override
class Dataframe(Qs.Dataframe):
    """It branches: apply(), filter() and others return a new one, and leave this one as it
    is; update(), print(), to_topic() and sink() act in place."""

    __hash__ = Qs.Dataframe.__hash__

    def __init__(self):
        super().__init__()
        self._begin(None)

    def _begin(self, parent):
        self._steps = []
        self._roots = [self] if parent is None else list(parent._roots)
        self._parent = parent
        self._flow = None           # of a root
        self._is_spent = False      # it has become a column or a condition of another one
        self._keepers = []
        self._extractor = None      # makes a timestamp; of a root

    def _add(self, name, make):
        self._append(Step(name, make))
        return self

    def _branch(self, name, make, is_value=False):
        child = Dataframe()
        child._begin(self)
        self._append(Step(name, make, child, is_value))
        return child

    def _append(self, step):
        if self._is_spent:
            raise InvalidOperation(f'{step.name}() would do nothing: the dataframe has become a '
                                   'column or a condition of another one')
        self._install()
        self._steps.append(step)

    def _install(self):
        """Has C hand the records over."""
        for root in self._roots:
            if root._flow is None:
                root._flow = flow = steps.Flow(root)
                if native.extension:
                    flow.handle_of_c = native.extension.frame_handle(root, flow)
                else:
                    Qs.Dataframe.handle(root, flow.handle)

    def _prepare(self, rows):
        """Before a run; of a root. @rows: where they are collected, or None."""
        if rows is not None or self._extractor is not None:
            self._install()
        if self._flow is None:
            return
        names = self._flow.compile(rows)
        if native.extension:
            native.extension.frame_set_serializers(self._flow.handle_of_c, *names)
        for keeper in self._keepers:
            keeper.start()

    def get_topic(self):
        """The topic whose records pass through the dataframe, or the first of several."""
        return Qs.Dataframe.get_topic(self._roots[0])

    topic = property(get_topic)
    topics = property(lambda self: tuple(Qs.Dataframe.get_topic(root) for root in self._roots))

    def apply(self, func, *, stateful=False, expand=False, metadata=False):
        """Continues with the result of @func for each value; with @expand, with each of its items.

        @func gets the value, and a Qs.Record if it requires two arguments; with @metadata it gets
        value, key, timestamp and headers."""
        _refuse_stateful(stateful)
        n_given = check_function(func, 'apply', 4 if metadata else 2, metadata, expand)
        kind = steps.expand if expand else steps.apply
        return self._branch('apply', kind(func, n_given), not expand)

    def expand(self, func=None):
        """Continues with each item of the result of @func for each value, or of the value."""
        if func is None:
            return self.apply(lambda value: value, expand=True)
        return self.apply(func, expand=True)

    def replace(self, func):
        """Replaces each value in place: this dataframe continues with the new values."""
        n_given = check_function(func, 'replace', 2)
        return self._add('replace', steps.apply(func, n_given))

    def filter(self, func, *, stateful=False, metadata=False):
        """Continues with the values for which @func returns a true value."""
        _refuse_stateful(stateful)
        if isinstance(func, Series):
            return self[func]
        n_given = check_function(func, 'filter', 4 if metadata else 2, metadata)
        return self._branch('filter', steps.filter(func, n_given))

    def update(self, func, *, stateful=False, metadata=False):
        """Lets @func change each value in place."""
        _refuse_stateful(stateful)
        n_given = check_function(func, 'update', 4 if metadata else 2, metadata)
        return self._add('update', steps.update(func, n_given))

    def sink(self, sink):
        """Passes each value to a function, or records to an object with write(batch)."""
        if callable(sink) and not hasattr(type(sink), 'write') and \
                not hasattr(type(sink), 'flush'):
            n_given = check_function(sink, 'sink', 2)
            return self._add('sink', steps.update(sink, n_given, 'sink'))
        keeper = Keeper(sink)

        def act(flow, value, key, timestamp, headers):
            keeper.add(value, key, timestamp, headers, flow.place())

        self._keep(keeper)
        return self._add('sink', steps.with_flow(act))

    def _keep(self, keeper):
        """Adds an object that collects records and delivers them before they are committed."""
        for root in self._roots:
            root._keepers.append(keeper)
        self.set_flush_func(keeper.flush)

    def to_topic(self, topic, key=None):
        """Produces each value to @topic, with the record's key or the result of @key."""
        topic = _to_topic(topic)
        n_given = 1 if key is None else check_function(key, 'to_topic', 4)

        def act(flow, value, old, timestamp, headers):
            new = old if key is None else key(*(value, old, timestamp, headers)[:n_given])
            flow.produce(topic, value, new, timestamp, headers)

        for root in self._roots:
            root.add_output(topic)
        return self._add('to_topic', steps.with_flow(act))

    def to_topic_with_key(self, topic, key):
        return self.to_topic(topic, key)

    def set_headers(self, func):
        """Continues with the headers that @func makes from value, key, timestamp and headers."""
        return self._branch('set_headers',
                            steps.set_headers(func, check_function(func, 'set_headers', 4)))

    def set_timestamp(self, func):
        """Continues with the timestamp that @func makes from value, key, timestamp and headers."""
        return self._branch('set_timestamp',
                            steps.set_timestamp(func, check_function(func, 'set_timestamp', 4)))

    def concat(self, other):
        """Continues with the records of both."""
        if not isinstance(other, Dataframe):
            raise TypeError(f'concat() needs a dataframe, not {other!r}')
        if other is self:
            raise InvalidOperation('a dataframe cannot be joined with itself')
        child = self._branch('concat', steps.link)
        other._append(Step('concat', steps.link, child))
        child._roots += [root for root in other._roots if root not in child._roots]
        return child

    def set_flush_func(self, func):
        """Sets a function that is called before offsets are committed; it can return None."""
        if not callable(func):
            raise TypeError(f'set_flush_func() needs a function, not {func!r}')

        def flush(*_):
            try:
                result = func()
                refuse_undone(result, 'set_flush_func')
                return True if result is None else bool(result)
            except BaseException as exception:
                raise to_error(exception, steps.DOMAIN) from None
        Qs.Dataframe.set_flush_func(self._roots[0], flush)

    def print(self, metadata=False, pretty=None):
        """Prints each value, or all of each record.

        @pretty, from Quix Streams, has no effect: a terminal decides."""
        if self._flow is None and self._parent is None and not self._steps:
            Qs.Dataframe.print_(self, bool(metadata))
            return self
        return self._add('print', steps.with_flow(printing.printer(metadata)))

    print_ = print

    def print_table(self, size=5, title=None, metadata=True, timeout=5.0, live=None,
                    live_slowdown=None, columns=None, column_widths=None):
        """Prints records as tables of at most @size rows.

        @live and @live_slowdown, from Quix Streams, have no effect: tables follow each other."""
        if columns is not None and not columns and not metadata:
            import warnings
            warnings.warn('print_table() prints nothing: there are neither columns nor metadata',
                          stacklevel=2)
        table = printing.Table(lambda text: Qs.Dataframe.show(self._roots[0], text.decode()), size,
                               title, metadata, timeout, columns, column_widths)
        self._keep(table)
        return self._add('print_table', steps.with_flow(table.add))

    def drop(self, columns, errors='raise'):
        """Removes columns from each value, in place."""
        if errors not in ('raise', 'ignore'):
            raise ValueError(f"errors is 'raise' or 'ignore', not {errors!r}")
        columns = [columns] if isinstance(columns, str) else columns
        if not isinstance(columns, (list, tuple)) or \
                not all(isinstance(column, str) for column in columns):
            raise TypeError(f'drop() needs the name of a column, or a list of names, not '
                            f'{columns!r}')
        if not columns:
            return self

        def act(value):
            for column in columns:
                if errors == 'raise':
                    del value[column]
                else:
                    value.pop(column, None)
        return self._add('drop', steps.update(act, 1, 'drop'))

    def fill(self, *columns, **mapping):
        """Fills columns that are missing or None, in place."""
        mapping = {**dict.fromkeys(columns), **mapping}
        if not mapping:
            raise ValueError('fill() needs names of columns, or columns with their values')
        if not all(isinstance(column, str) for column in mapping):
            raise TypeError('the columns of fill() are text')

        def act(value):
            if isinstance(value, dict):
                for column, filling in mapping.items():
                    if value.get(column) is None:
                        value[column] = filling
        return self._add('fill', steps.update(act, 1, 'fill'))

    def contains(self, keys):
        """Makes a column that is true if the value has all of @keys."""
        names = [keys] if isinstance(keys, str) else list(keys)
        return Series.of_function(self, lambda value, *_: all(name in value for name in names))

    def test(self, value, key=b'key', timestamp=0, headers=None, ctx=None, topic=None):
        """Runs a record through the steps, for a program's tests, without producing or committing.

        Returns a list of (value, key, timestamp, headers), one for each end of a branch."""
        return context.try_frame(self, value, key, timestamp, headers, ctx, topic)

    def __getitem__(self, item):
        if isinstance(item, str):
            if not item:
                raise ValueError('the name of a column is empty')
            return Series.column(self, item)
        if isinstance(item, list):
            if not all(isinstance(name, str) for name in item):
                raise TypeError(f'columns are named by text, not {item!r}')
            return self.apply(lambda value: {name: value[name] for name in item})
        if isinstance(item, Series):
            return self._branch('filter', steps.filter(self._own(item).function(), 4))
        if isinstance(item, Dataframe):
            return self._branch('filter', self._fold(item, lambda call: steps.filter(
                lambda *given: bool(call(*given)), 4)))
        raise TypeError(f'a dataframe is indexed by a column\'s name, a list of names, or a '
                        f'condition, not {item!r}')

    def __setitem__(self, name, item):
        if isinstance(item, Series):
            call = self._own(item).function()

            def assign(value, key, timestamp, headers):
                value[name] = call(value, key, timestamp, headers)
            self._add('set column', steps.update(assign, 4))
        elif isinstance(item, Dataframe):
            def make(call):
                def assign(value, key, timestamp, headers):
                    value[name] = call(value, key, timestamp, headers)
                return steps.update(assign, 4)
            self._add('set column', self._fold(item, make))
        else:
            def assign_constant(value):
                value[name] = item
            self._add('set column', steps.update(assign_constant, 1))

    def _own(self, series):
        if series.dataframe is not self:
            raise InvalidOperation('the column is of another dataframe: sdf["x"] = sdf["y"] + 1 '
                                   'and sdf[sdf["y"] > 1] need columns of sdf itself')
        return series

    def _fold(self, item, make):
        """Takes the branch that ends in @item out, and makes a step of its function."""
        nodes = [item]
        while nodes[-1]._parent not in (None, self):
            nodes.append(nodes[-1]._parent)
        first = next((step for step in self._steps if step.target is nodes[-1]), None)
        if nodes[-1]._parent is None or first is None:
            raise InvalidOperation('a dataframe as a column or a condition must come from this '
                                   'one, such as sdf[sdf.apply(…)], and be used once')
        for step in (first, *(step for node in nodes for step in node._steps)):
            if not step.is_value:
                raise ValueError(f'{step.name}() is not for a dataframe that is a column or a '
                                 'condition: that makes one value of each by apply()')
        if item._steps or any(len(node._steps) != 1 for node in nodes[1:]):
            raise InvalidOperation('a dataframe that is a column or a condition has a branch, '
                                   'which would get no records: make it by steps of its own')
        for node in nodes:
            node._is_spent = True
        self._steps.remove(first)
        return lambda flow, where, following: make(flow.make_function(first, item))(
            flow, where, following)

    def __bool__(self):
        raise InvalidOperation('a dataframe is neither true nor false: use & and | for "and" and '
                               '"or", ~ for "not"')

    def __getattr__(self, name):
        if name in ('_steps', '_roots', '_parent', '_flow', '_keepers', '_extractor',
                    '_is_spent'):
            self._begin(None)           # C has made it
            return self.__dict__[name]
        if name in _ELSEWHERE or re.fullmatch(r'\w+_window', name):
            raise NotImplementedError(
                f'{name}() is Quix Streams\' own: a dataframe here has neither windows, joins nor '
                'groups. Quix Streams can read the topics that are written here')
        raise AttributeError(f'a dataframe has no {name!r}')

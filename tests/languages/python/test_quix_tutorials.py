# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs that do what the tutorials of Quix Streams' documentation do, written for it: only
their imports are changed. Those with windows and joins are refused before anything runs."""

import json
import pathlib
import socket
import sys
import threading

from qs_testing import ProgramCase

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / 'quixstreams'))
from their_sources import change_imports  # noqa: E402

HEAD = '''
import gi
gi.require_version('Qs', '1')
'''

# What each has at its end: the records of a topic.
SHOW = '''
def show(app, topic):
    for message in app.embedded_broker.dup_messages(topic.name):
        print('out', message.key, message.value.decode())
'''


class TestTutorials(ProgramCase):
    def run_tutorial(self, text, **variables):
        self.assertIn('from quixstreams', text)
        changed = HEAD + change_imports(text) + SHOW
        self.assertNotIn('quixstreams', changed)
        return self.run_program(changed + "\n\nif __name__ == '__main__':\n    main()\n", **variables)

    def records(self, result):
        self.assertEqual(result.status, 0, result.err)
        return [line.split(' ', 2)[1:] for line in result.out.splitlines()
                if line.startswith('out ')]

    def test_purchase_filtering(self):
        """Columns are a condition, a column is made of the whole value, some are chosen"""
        result = self.run_tutorial('''
import logging
import time
from quixstreams import Application
from quixstreams.sources import Source

logger = logging.getLogger(__name__)
TAX = 1.10


class Purchases(Source):
    _data = [
        {"First": "Ada", "Last": "One", "Mail": "a@x", "Type": "Gold",
         "Bought": [{"Price": 50.5, "Count": 2}, {"Price": 1, "Count": 1}]},
        {"First": "Bob", "Last": "Two", "Mail": "b@x", "Type": "Bronze",
         "Bought": [{"Price": 99, "Count": 9}]},
        {"First": "Cid", "Last": "Three", "Mail": "c@x", "Type": "Silver",
         "Bought": [{"Price": 1, "Count": 3}]},
        {"First": "Dee", "Last": "Four", "Mail": "d@x", "Type": "Silver",
         "Bought": [{"Price": 91, "Count": 1}]},
    ]

    def __init__(self):
        super().__init__(name="customer-purchases")

    def run(self):
        for number, data in enumerate(self._data):
            event = self.serialize(key=f"CUSTOMER{number}", value=data)
            logger.info(f"producing {event.key}: {event.value}")
            self.produce(key=event.key, value=event.value)
            time.sleep(0.01)


def total(items):
    return sum([item["Price"] * item["Count"] for item in items])


def main():
    app = Application(broker_address="embedded", consumer_group="purchase_filtering",
                      auto_offset_reset="earliest")
    qualified = app.topic(name="qualified")
    sdf = app.dataframe(source=Purchases())
    sdf = sdf[
        (sdf["Bought"].apply(total) * TAX >= 100.00)
        & (sdf["Type"].isin(["Silver", "Gold"]))
    ]
    sdf["Full Name"] = sdf.apply(lambda customer: f'{customer["First"]} {customer["Last"]}')
    sdf = sdf[["Full Name", "Mail"]]
    sdf.print()
    sdf.to_topic(qualified)
    app.run(count=2, timeout=60)
    show(app, qualified)
''')
        self.assertEqual(self.records(result), [
            ["b'CUSTOMER0'", '{"Full Name":"Ada One","Mail":"a@x"}'],
            ["b'CUSTOMER3'", '{"Full Name":"Dee Four","Mail":"d@x"}']])
        self.assertEqual(result.out.count('"Ada One"'), 2)

    def test_word_count(self):
        """A text becomes pairs, each with a key of its own"""
        result = self.run_tutorial('''
from collections import Counter
from random import choice
from quixstreams import Application
from quixstreams.sources import Source


class Reviews(Source):
    def __init__(self):
        super().__init__(name="reviews")

    def run(self):
        for review in ["It is good. Good it is", "The best"]:
            event = self.serialize(key=choice(["a", "b"]), value=review)
            self.produce(key=event.key, value=event.value)


def count_words(text):
    return list(Counter(text.lower().replace(".", " ").split()).items())


def is_wanted(pair):
    word, count = pair
    return word not in ["it", "is", "the"]


def main():
    app = Application(broker_address="embedded", auto_offset_reset="earliest")
    counts = app.topic(name="counts")
    sdf = app.dataframe(source=Reviews())
    sdf = sdf.apply(count_words, expand=True)
    sdf = sdf.filter(is_wanted)
    sdf.print()
    sdf.to_topic(counts, key=lambda pair: pair[0])
    app.run(count=2, timeout=60)
    show(app, counts)
''')
        self.assertEqual(self.records(result), [["b'good'", '["good",2]'], ["b'best'", '["best",1]']])

    def serve(self):
        """A server of prices: the address of one that takes a single connection."""
        def answer():
            connection, _ = server.accept()
            with connection:
                products = json.loads(connection.recv(1000))['products']
                lines = [{'type': 'hello'}, *({'type': 'ticker', 'product': product, 'price': '1.5',
                                               'time': 7} for product in products)]
                connection.sendall(''.join(f'{json.dumps(line)}\n' for line in lines).encode())

        server = socket.create_server(('127.0.0.1', 0))
        self.addCleanup(server.close)
        threading.Thread(target=answer, daemon=True).start()
        return server.getsockname()

    def test_socket_source(self):
        """A source that reads a connection, with timestamps of its own, while it runs"""
        result = self.run_tutorial('''
import json
import os
import socket
from quixstreams import Application
from quixstreams.sources import Source


class Ticker(Source):
    def __init__(self, name, port, products, shutdown_timeout=10):
        super().__init__(name=name, shutdown_timeout=shutdown_timeout)
        self._port = port
        self._products = products

    def run(self) -> None:
        connection = socket.create_connection(("127.0.0.1", self._port))
        connection.sendall(json.dumps({"type": "subscribe", "products": self._products}).encode())
        lines = connection.makefile("r")
        while self.running:
            text = lines.readline()
            if not text:
                break
            data = json.loads(text)
            if data["type"] != "ticker":
                continue
            message = self.serialize(key=data["product"], value=data, timestamp_ms=data["time"])
            self.produce(value=message.value, key=message.key, timestamp=message.timestamp)


def main():
    source = Ticker(name="ticker", port=int(os.environ["TICKER_PORT"]), products=["ETH", "BTC"])
    app = Application(broker_address="embedded", auto_offset_reset="earliest")
    updates = app.topic(name="price_updates")
    sdf = app.dataframe(source=source)
    sdf.print()
    sdf = sdf[["price"]]
    sdf.to_topic(updates)
    rows = app.run(count=2, timeout=60, metadata=True)
    assert [row["_timestamp"] for row in rows] == [7, 7], rows
    show(app, updates)
''', TICKER_PORT=str(self.serve()[1]))
        self.assertEqual(self.records(result), [["b'ETH'", '{"price":"1.5"}'],
                                                ["b'BTC'", '{"price":"1.5"}']])

    def check_refused(self, text, name):
        result = self.run_tutorial('''
from quixstreams import Application
from quixstreams.sources import Source


class Temperatures(Source):
    def run(self):
        print("must not run")


def main():
    app = Application(broker_address="embedded")
    sdf = app.dataframe(source=Temperatures(name="temperatures"))
    ''' + text + '''
    app.run(timeout=5)
''')
        self.assertNotEqual(result.status, 0)
        self.assertIn(f"NotImplementedError: {name}() is Quix Streams' own", result.err)
        self.assertIn('can read the topics that are written here', result.err)
        self.assertEqual(result.out, '')

    def test_anomaly_detection(self):
        """Windows are refused before anything runs, and the error says how to go on"""
        self.check_refused('sdf = sdf.hopping_window(duration_ms=5000, step_ms=1000)', 'hopping_window')

    def test_solar_farm(self):
        """Joins are refused before anything runs"""
        self.check_refused('sdf = sdf.join_asof(app.dataframe(app.topic("other")), how="inner")',
                           'join_asof')

    def test_quickstart(self):
        """What one program produces without a source another one splits"""
        result = self.run_tutorial('''
from quixstreams import Application


def main():
    app = Application(broker_address="embedded", consumer_group="splitter",
                      auto_offset_reset="earliest")
    messages = app.topic(name="messages", value_serializer="json")
    with app.get_producer() as producer:
        for message in [{"chat_id": "1", "text": "one two"}, {"chat_id": "2", "text": "three"}]:
            made = messages.serialize(key=message["chat_id"], value=message)
            producer.produce(topic=messages.name, key=made.key, value=made.value)

    sdf = app.dataframe(topic=messages)
    sdf = sdf.update(lambda message: print(f"Input:  {message}"))
    sdf = sdf.apply(lambda message: [{"text": word} for word in message["text"].split()], expand=True)
    sdf["length"] = sdf["text"].apply(lambda word: len(word))
    sdf = sdf.update(lambda row: print(f"Output: {row}"))
    rows = app.run(count=3, timeout=60, metadata=True)
    print([(row["_key"], row["text"], row["length"]) for row in rows])
''')
        self.assertEqual(result.status, 0, result.err)
        self.assertEqual(result.out.splitlines()[-1],
                         "[(b'1', 'one', 3), (b'1', 'two', 3), (b'2', 'three', 5)]")
        self.assertEqual(result.out.count('Output: '), 3)

# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the documentation shows is part of a program that runs. Programs that are whole run as
they stand, in test_docs.py; what is missing around the others is here."""

import c_pieces
from c_pieces import PIECE
from qs_testing import SECONDS, ProgramCase, doc_blocks

BROKER = 'localhost:9092'
# What stands before each piece of C.
C = '''
#include <qsource/qsource.h>
#include <string.h>
'''

# What stands before each of them; what they call runs for two seconds.
PYTHON = '''
import json, os, pathlib, sys
import gi
gi.require_version("Qs", "1")
from gi.repository import GLib, Qs

class Orders(Qs.Source):
    def run(self):
        while self.running:
            self.produce(value="nut;what?;3")
            self.wait(0.1)
'''
# Calls of an application that runs, which ends by them. They wait until the source has produced.
ACT = '''app.add_source(source)
acted = []
def act(*arguments):
    if not acted:
        acted.append(True)
        {0}
        app.resume_source(source)
        app.stop_source(source)
app.connect('source-stats', act)
app.run()
assert acted
'''
APP = 'app = Qs.Application("embedded", run_timeout=20)\nsource = Orders("orders")\n'
TIMED = 'class Application(Qs.Application):\n' \
    '    def __init__(self, *args, **named):\n' \
    '        super().__init__(*args, run_timeout=2, **named)\n' \
    'Qs.Application = Application\n'
DEVICES = TIMED + '''os.listdir = lambda path: ["a", "b"]
class Devices(Qs.SplitSource):
    def list_splits(self):
        return os.listdir("")
    def run_splits(self):
        while self.running:
            self.flush()
            self.wait(0.1)
'''
SPLIT = 'app = Qs.Application("embedded")\napp.add_source(Devices(name="devices"))\napp.run()\n'
FOUND = 'import types\n' \
    'find_devices = lambda: [types.SimpleNamespace(name="a")]\n' \
    'read = lambda name: f"what {name} shows"\n'
ADDED = 'app.add_source(Orders("orders"))\napp.run()\n'

# Some words of a piece of Python: its page, and the program around it.
PYTHON_PIECES = {
    'class Range(Qs.StatefulSource)': ('README.md', TIMED + PIECE),
    'source = Orders("orders", errors="dead-letter")': ('README.md', APP + PIECE),
    'def show(app, source, stats)': ('doc/operations.md', APP + PIECE + ACT.format('pass')),
    'app.pause_source(source)\n': ('doc/operations.md', APP + PIECE),
    "letters = app.topic('bad-orders'": ('doc/operations.md', PIECE),
    'app.add_source(Devices(': ('doc/scaling.md', DEVICES + PIECE),
    'class Devices(Qs.SplitSource)': ('doc/scaling.md', DEVICES + PIECE + SPLIT),
    'standby_replicas=-1': ('doc/scaling.md', TIMED + PIECE + ADDED),
    '"sasl.mechanism": "PLAIN"': (
        'doc/security.md', PIECE + 'assert "secret" not in repr(app.client_config)\n'),
    'topic.value_serializer = Qs.AvroSerializer(': ('doc/schemas.md', PIECE),
    'topic.value_serializer = Qs.JsonSchemaSerializer(': ('doc/schemas.md', PIECE),
    'topic.value_serializer = Qs.ProtobufSerializer(': ('doc/schemas.md', PIECE),
    'NEWER = {': ('doc/schemas.md', PIECE),
    'registry=registry, references=[': ('doc/schemas.md', PIECE),
    'in find_devices()': ('qsource/source/qs-split-source.c', TIMED + FOUND + PIECE + SPLIT),
}
# What stands in for some words. The application waits for records before it is acted upon.
INSTEAD = {BROKER: 'embedded', '/run/secrets/kafka': 'secret.txt',
           'app.pause_source(source)': ACT.format('app.pause_source(source)')}


def pieces(language):
    return {'python': PYTHON_PIECES, 'c': c_pieces.PIECES}.get(language, {})


def find_piece(block):
    """The words of the entry for @block; None for a whole program."""
    found = [words for words, (page, _) in pieces(block.language).items()
             if page == block.page and words in block.text]
    assert len(found) < 2, (str(block), found)
    return found[0] if found else None


class TestSnippets(ProgramCase):
    def programs(self, language):
        """Each piece of a program in @language: its block, its words, and the program."""
        entries, found = pieces(language), []
        for block in doc_blocks.read_blocks(language):
            words = find_piece(block)
            if words:
                found.append(words)
                program = entries[words][1].replace(PIECE, block.text)
                for others, instead in INSTEAD.items():
                    program = program.replace(others, instead)
                yield block, words, program
        self.assertEqual(sorted(found), sorted(entries), 'a piece is there once')

    def check(self, block, result):
        self.assertEqual(result.status, 0, result.out + result.err)
        self.assertNotIn('Traceback', result.err)
        if block.below and block.below.language == 'text':
            self.assertRegex(result.out, doc_blocks.as_pattern(block.below.text))

    def test_python(self):
        """Each piece of Python runs in a program"""
        (self.directory / 'secret.txt').write_text('secret\n')
        for block, _, program in self.programs('python'):
            with self.subTest(str(block)):
                self.check(block, self.run_program(PYTHON + program))

    def test_c(self):
        """Each piece of C runs in a program"""
        for block, words, program in self.programs('c'):
            with self.subTest(str(block)):
                self.check(block, self.execute(self.compile_c(C + program),
                                               *c_pieces.ARGUMENTS.get(words, ()), timeout=6 * SECONDS))

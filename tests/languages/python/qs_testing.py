# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of the Python override share."""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

import gi

gi.require_version('Qs', '1')
from gi.repository import GLib, Qs

# Ends what hangs; a test of Lua's collector needs 13 s of a processor that others use, too.
SECONDS = 120
ROOT = pathlib.Path(__file__).resolve().parents[3]

sys.path.insert(0, str(ROOT / 'tests'))
import doc_blocks  # noqa: E402, F401


class ThreadCase(unittest.TestCase):
    """Runs sources in threads of the test itself, which is quick."""

    def setUp(self):
        self.app = Qs.Application('embedded', isolation='thread', run_timeout=SECONDS)

    def run_source(self, source, topic=None):
        """The messages that @source has produced."""
        topic = self.app.add_source(source, topic)
        self.app.run()
        return self.messages(topic)

    def messages(self, topic):
        return self.app.embedded_broker.dup_messages(topic.name, 0)

    def fail_source(self, source):
        """The error with which the run of @source has failed."""
        self.app.add_source(source)
        with self.assertRaises(GLib.Error) as caught:
            self.app.run()
        self.assertTrue(caught.exception.matches(Qs.source_error_quark(), Qs.SourceError.FAILED))
        return caught.exception.message


class Result:
    def __init__(self, status, out, err):
        self.status = status
        self.out = out
        self.err = err


class ProgramCase(unittest.TestCase):
    """Runs whole programs, each with its workers."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix='qsource-python-')
        self.addCleanup(scratch.cleanup)
        self.directory = pathlib.Path(scratch.name)

    def write(self, text, name='program.py'):
        path = self.directory / name
        path.write_text(text)
        return path

    def spawn(self, *command, stdin=subprocess.DEVNULL, **variables):
        process = subprocess.Popen([str(word) for word in command], text=True, stdin=stdin,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   cwd=self.directory, start_new_session=True,
                                   env={**os.environ, **variables})
        self.addCleanup(self._end, process)
        return process

    def _end(self, process):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()

    def execute(self, *command, text=None, timeout=SECONDS, **variables):
        process = self.spawn(*command, stdin=subprocess.PIPE, **variables)
        out, err = process.communicate(text, timeout=timeout)
        return Result(process.returncode, out, err)

    def terminate(self, *command):
        """What a program prints after 'runs', upon which it gets a SIGTERM."""
        process = self.spawn(*command)
        self.assertEqual(process.stdout.readline(), 'runs\n')
        process.terminate()
        return process.communicate(timeout=SECONDS)[0]

    def compile(self, compiler, path, *options):
        """Makes `program` of a file in C or Vala, without a warning, and returns its path."""
        build = pathlib.Path(os.environ['QSOURCE_BUILD'])
        folders = [folder for root in (ROOT, build) for folder in
                   (root, root / 'qsource', *(root / 'qsource').glob('**/')) if folder.is_dir()]
        flags = [*(f'-I{folder}' for folder in folders), f'-L{build / "qsource"}', '-lqsource-1']
        if compiler == 'valac':
            flags = [word for flag in (*flags, '-w') for word in ('-X', flag)]
        result = self.execute(compiler, path, '-o', 'program', *flags, *options)
        self.assertEqual(result.status, 0, result.err)
        self.assertNotIn('warning', result.err)
        return self.directory / 'program'

    def compile_c(self, text):
        glib = subprocess.run(['pkg-config', '--cflags', '--libs', 'gio-2.0'], check=True,
                              capture_output=True, text=True).stdout.split()
        return self.compile('cc', self.write(text, 'program.c'), *glib)

    def compile_vala(self, text):
        vapi = pathlib.Path(os.environ['QSOURCE_BUILD']) / 'introspection'
        return self.compile('valac', self.write(text, 'program.vala'), '--vapidir', vapi,
                            '--pkg', 'gio-2.0', '--pkg', 'qsource-1')

    def run_program(self, text, *arguments, options=(), **variables):
        return self.execute(sys.executable, *options, self.write(text), *arguments, **variables)

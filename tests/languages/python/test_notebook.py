# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sources in the cells of a notebook, in a real Jupyter kernel."""

import json
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

from qs_testing import ProgramCase

try:
    import ipykernel  # noqa: F401
    import jupyter_client
except ImportError:
    jupyter_client = None

try:
    import nbconvert
except ImportError:
    nbconvert = None

SECONDS = 60
NOTEBOOK = pathlib.Path(__file__).resolve().parents[3] / 'examples/python/notebook.ipynb'

CELL = '''
import gi
gi.require_version('Qs', '1')
from gi.repository import Qs

class Waits(Qs.Source):
    def run(self):
        print('it runs')
        while self.running:
            self.wait(60)
        print('it stops')

def main():
    app = Qs.Application('embedded')
    app.add_source(Waits(name='waits'))
    app.run()
    print('done')

if __name__ == '__main__':
    main()
'''

WORKER_CELL = '''
import os, pathlib, sys
import gi
gi.require_version('Qs', '1')
from gi.repository import Qs

TEXT = """
import gi, os, sys
gi.require_version('Qs', '1')
from gi.repository import Qs

class Says(Qs.Source):
    def run(self):
        print('in its own process:', os.getpid() != int(sys.argv[1]))

def make(**arguments):
    app = Qs.Application('embedded', **arguments)
    app.add_source(Says('says'))
    return app

if __name__ == '__main__':
    make().run()
"""
pathlib.Path('says.py').write_text(TEXT)
sys.path.insert(0, '')
import says
says.make(worker_argv=[sys.executable, 'says.py', str(os.getpid())]).run()
print('done')
'''


@unittest.skipIf(jupyter_client is None, 'python3-ipykernel is not installed')
class TestNotebook(unittest.TestCase):
    def setUp(self):
        self.manager = jupyter_client.KernelManager()
        # This Python's own kernel, whatever else is installed.
        self.manager._kernel_spec = jupyter_client.kernelspec.KernelSpec(
            argv=[sys.executable, '-m', 'ipykernel_launcher', '-f', '{connection_file}'],
            language='python')
        scratch = tempfile.TemporaryDirectory(prefix='qsource-notebook-')
        self.addCleanup(scratch.cleanup)
        # It shows on its own output what it sends to a cell.
        self.manager.start_kernel(cwd=scratch.name, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        self.addCleanup(self.manager.shutdown_kernel, now=True)
        self.client = self.manager.client()
        self.client.start_channels()
        self.addCleanup(self.client.stop_channels)
        self.client.wait_for_ready(timeout=SECONDS)

    def execute(self, code, when=None):
        """What the cell prints; @when: a text, and what is done when it came."""
        self.client.execute(code)
        text = ''
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            message = self.client.get_iopub_msg(timeout=SECONDS)
            content = message['content']
            if message['msg_type'] == 'stream':
                text += content['text']
            elif message['msg_type'] == 'error':
                text += '\n'.join(content['traceback'])
            elif message['msg_type'] == 'status' and content['execution_state'] == 'idle':
                return text
            if when and when[0] in text:
                when[1]()
                when = None
        self.fail(f'the cell did not end:\n{text}')

    def test_interrupt(self):
        """The stop button stops the source, and the cell can be run again"""
        for _ in range(2):
            text = self.execute(CELL, ('it runs', self.manager.interrupt_kernel))
            self.assertRegex(text, 'it runs\n(.*\n)*it stops\n(.*\n)*done\n')

    def test_process_is_refused(self):
        """A process of its own is refused at once, in words"""
        text = self.execute(CELL.replace("'embedded'", "'embedded', isolation='process'"))
        self.assertIn('this is a notebook', text)
        self.assertIn('worker_argv', text)

    def test_failure(self):
        """A cell shows the source's traceback"""
        text = self.execute(CELL.replace("print('it runs')", "raise ValueError('no data')"))
        self.assertIn('ValueError: no data', text)

    def test_worker(self):
        """With worker_argv the source of a file runs in a process of its own"""
        text = self.execute(WORKER_CELL)
        self.assertRegex(text, 'in its own process: True\n(.*\n)*done\n')


@unittest.skipIf(nbconvert is None, 'python3-nbconvert is not installed')
class TestExample(ProgramCase):
    def test_example(self):
        """Executed by nbconvert, the example's cells print what is kept with them"""
        kernel = self.directory / 'kernels/python3'
        kernel.mkdir(parents=True)
        (kernel / 'kernel.json').write_text(json.dumps({
            'argv': [sys.executable, '-m', 'ipykernel_launcher', '-f', '{connection_file}'],
            'display_name': 'Python 3', 'language': 'python'}))
        result = self.execute(sys.executable, '-m', 'nbconvert', '--to', 'notebook', '--execute',
                              '--output-dir', self.directory, '--output', 'executed.ipynb',
                              NOTEBOOK, timeout=2 * SECONDS, JUPYTER_PATH=str(self.directory))
        self.assertEqual(result.status, 0, result.err)
        self.assertEqual(self.outputs(self.directory / 'executed.ipynb'), self.outputs(NOTEBOOK))

    def outputs(self, path):
        """What each cell has printed; what is logged has times in it."""
        cells = json.loads(path.read_text())['cells']
        return [''.join(line for output in cell.get('outputs', ()) if output.get('name') == 'stdout'
                        for line in output['text']) for cell in cells]

# SPDX-License-Identifier: LGPL-2.1-or-later
"""The command `qsource` and its ready-made sources."""

import contextlib
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
import urllib.request
import uuid

from bench_peers import seconds
from bench_rows_many import descendants, memory_of
from bench_tools import Row, Unavailable, run

REMOTE = '/lib/systemd/systemd-journal-remote'
START_SECONDS, IDLE_SECONDS = 120, 20


def words(context, directory, topic):
    """What all runs have in common; a group of its own begins at the beginning."""
    return ['-b', context.broker, '-t', topic, '-g', f'bench-{uuid.uuid4()}', '--state-dir', directory]


def environment(context):
    modules = context.build / 'qsource' / 'modules'
    return {**os.environ, 'QSOURCE_MODULE_PATH': str(modules),
            'QSOURCE_MODULE_SCANNER': str(modules / 'qsource-module-scanner')}


def tool(context):
    return context.build / 'tools' / 'qsource' / 'qsource'


def file_beside_kcat(context):
    """The time of `qsource run file`, less 0.3 s, of that of kcat; in turns."""
    kcat = shutil.which('kcat')
    if not kcat:
        raise Unavailable('kcat is not installed')
    count = 100000 if context.quick else 1000000
    with tempfile.TemporaryDirectory(prefix='qsource-bench-') as directory:
        path = pathlib.Path(directory, 'lines')
        with open(path, 'w', encoding='ascii') as file:
            for number in range(count):
                file.write(f'{number:0114}\n')
        first = pathlib.Path(directory, 'first')
        first.write_text('x\n', encoding='ascii')
        ours = [tool(context), 'run', 'file', f'path={path}', 'follow=no', 'key=none']
        for topic in 'bench-file', 'bench-file-kcat':
            run([tool(context), 'run', 'file', f'path={first}', 'follow=no', *words(context, directory, topic)])
        results = []
        for _ in range(3 if context.quick else 5):
            theirs = seconds([kcat, '-b', context.broker, '-P', '-t', 'bench-file-kcat', '-l', path])
            results.append((seconds([*ours, *words(context, directory, 'bench-file')]) - 0.3) / theirs)
    return results


def journal_rate(context):
    """Entries a second, without what a run of no entry takes."""
    if not os.path.exists(REMOTE):
        raise Unavailable('systemd-journal-remote is not installed')
    count = 50000 if context.quick else 500000
    with tempfile.TemporaryDirectory(prefix='qsource-bench-') as directory:
        folder = pathlib.Path(directory, 'journal')
        folder.mkdir()
        entries = ''.join(
            f'__REALTIME_TIMESTAMP={1767323045000000 + i}\n__MONOTONIC_TIMESTAMP={i + 1}\n_BOOT_ID={"1" * 32}\n'
            f'MESSAGE=entry number {i} with some text that is as long as usual lines are\nPRIORITY=6\n'
            f'_SYSTEMD_UNIT=test.service\nSYSLOG_IDENTIFIER=test\n_PID=1234\n\n' for i in range(count))
        subprocess.run([REMOTE, '-o', str(folder / 'a.journal'), '-'], input=entries, text=True, check=True,
                       capture_output=True)
        command = [tool(context), 'run', 'journal', f'directory={folder}', 'follow=no']
        env = environment(context)

        def measure(*more):
            begun = time.monotonic()
            run([*command, *more, *words(context, directory, 'bench-journal')], env=env)
            return time.monotonic() - begun
        measure('unit=none')
        return [count / (measure() - measure('unit=none')) for _ in range(3)]


@contextlib.contextmanager
def running(context, sources, **settings):
    """An application with a page; its process and the address of that."""
    with tempfile.TemporaryDirectory(prefix='qsource-bench-') as directory:
        with socket.socket() as unused:
            unused.bind(('127.0.0.1', 0))
            base = f'127.0.0.1:{unused.getsockname()[1]}'
        settings = {'monitor-address': base, 'state-dir': f'{directory}/state',
                    'consumer-group': f'bench-{uuid.uuid4()}', **settings}
        path = pathlib.Path(directory, 'bench.conf')
        lines = ['[application]', *(f'{key}={value}' for key, value in settings.items())]
        for name, properties in sources.items():
            lines += [f'[source {name}]', *(f'{key}={value}' for key, value in properties.items())]
        pathlib.Path(directory, 'log').write_text('one\n', encoding='ascii')
        path.write_text('\n'.join(lines).replace('DIRECTORY', directory) + '\n', encoding='ascii')
        process = subprocess.Popen([tool(context), 'run', '--config', path], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env={**os.environ, 'QSOURCE_RUNTIME_DIR': f'{directory}/run'})
        try:
            deadline = time.monotonic() + START_SECONDS
            while True:
                with contextlib.suppress(OSError), urllib.request.urlopen(f'http://{base}/readyz') as answer:
                    if answer.status == 200:
                        break
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError('the sources were not ready in time')
                time.sleep(0.05)
            yield process, base, directory
        finally:
            process.terminate()
            process.wait()


def processor_time(pid):
    """Milliseconds of the thread that main() runs in."""
    return int(pathlib.Path(f'/proc/{pid}/task/{pid}/schedstat').read_text(encoding='ascii').split()[0]) / 1e6


def scrape_time(context):
    """Milliseconds of the processor, of 100 sources."""
    sources = {f'sensor-{i}': {'type': 'command', 'shell': 'exec sleep 100000'} for i in range(100)}
    times = []
    with running(context, sources, isolation='thread', **{'broker-address': 'embedded'}) as (process, base, _):
        for _ in range(50):
            begun = processor_time(process.pid)
            with urllib.request.urlopen(f'http://{base}/metrics') as answer:
                answer.read()
            times.append(processor_time(process.pid) - begun)
    return times


def count_wakeups(pid):
    """Of each thread of a process, by its name, how often it has waited."""
    found = {}
    for task in pathlib.Path(f'/proc/{pid}/task').iterdir():
        name = (task / 'comm').read_text(encoding='ascii').strip()
        for line in (task / 'status').read_text(encoding='utf-8', errors='replace').splitlines():
            if line.startswith('voluntary_ctxt_switches'):
                found[name] = found.get(name, 0) + int(line.split()[1])
    return found


def watch_follower(context, measure):
    with running(context, {'log': {'type': 'file', 'path': 'DIRECTORY/log', 'topic': 'bench-follow'}},
                 **{'broker-address': context.broker}) as (process, _, directory):
        worker, = (pid for pid in descendants(process.pid) if pid != process.pid)
        time.sleep(15)  # Sleeps: what follows a start is over
        return measure(worker, pathlib.Path(directory, 'log'))


def idle_wakeups(own):
    """A second: of the threads that are QSource's `own`, or of librdkafka's."""
    def measure(worker, _):
        results = []
        for _ in range(3):
            before = count_wakeups(worker)
            time.sleep(IDLE_SECONDS / 3)
            results.append(sum(n - before.get(name, 0) for name, n in count_wakeups(worker).items()
                               if name.startswith('rdk:') != own) / (IDLE_SECONDS / 3))
        return results
    return lambda context: watch_follower(context, measure)


def worker_memory(context):
    def measure(worker, log):
        values = []
        for number in range(5):
            with open(log, 'a', encoding='ascii') as file:
                file.write(f'{number}\n' * 1000)
            time.sleep(0.5)
            values.append(memory_of(worker))
        return [statistics.median(values)]
    return watch_follower(context, measure)


ROWS = [
    Row('command-file', '`qsource run file`, 1 M lines of 115 B, its time less 0.3 s', 'at most', 1.2,
        "of kcat's time", file_beside_kcat, needs_kafka=True),
    Row('command-journal', 'the source `journal`', 'at least', 300000, 'entries/s', journal_rate, needs_kafka=True),
    Row('command-scrape', '/metrics of 100 sources', 'at most', 5, 'ms of the processor', scrape_time),
    Row('command-idle', 'wakeups of an idle `file` that follows', 'at most', 2, 'a second', idle_wakeups(True),
        needs_kafka=True),
    Row('command-idle-librdkafka', "the same, of librdkafka's threads", None, None, 'a second', idle_wakeups(False),
        needs_kafka=True),
    Row('command-memory', 'a worker of `file`, PSS', 'at most', 25, 'MB', worker_memory, needs_kafka=True),
]

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Three instances on one machine share the partitions of a source, and one is killed.

    three-instances.py BROKER           starts them and shows which partitions each one runs
    three-instances.py BROKER DIRECTORY is one of them
"""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

import gi

gi.require_version('Qs', '1')
from gi.repository import Qs

N_PARTITIONS = 6
SECONDS = 60


class Ticks(Qs.StatefulSource):
    """Counts in each partition, and continues where the last instance stopped."""

    def run(self):
        while self.wait(0.1):
            self.state['n'] = self.state.get('n', 0) + 1
            self.produce(f"{self.state['n']}", key=f'{self.partition}', partition=self.partition)
            self.flush()


def run_instance(broker, directory):
    app = Qs.Application(broker, consumer_group='three-instances', state_dir=directory,
                         assignment='group', session_timeout=6,
                         processing_guarantee='exactly-once')
    app.connect('partition-assigned', lambda app, source, partition: print('+', partition, flush=True))
    app.connect('partition-revoked', lambda app, source, partition, lost: print('-', partition, flush=True))
    app.add_source(Ticks(name='ticks', n_partitions=N_PARTITIONS))
    app.run()


class Instance:
    """An instance, and the partitions that it reports."""

    def __init__(self, broker, directory):
        self.partitions = set()
        self.process = subprocess.Popen([sys.executable, __file__, broker, directory], text=True,
                                        stdout=subprocess.PIPE, start_new_session=True)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        assert self.process.stdout
        for line in self.process.stdout:
            change, partition = line.split()
            if change == '+':
                self.partitions.add(int(partition))
            else:
                self.partitions.discard(int(partition))

    def kill(self):
        """Kills it with its workers, like a power failure of its machine."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.terminate()
        self.process.wait()


def wait_until_all_run(instances, fewest):
    """Waits until each partition runs somewhere, and each instance has that many."""
    deadline = time.monotonic() + SECONDS
    while sum(len(instance.partitions) for instance in instances) != N_PARTITIONS or \
            min(len(instance.partitions) for instance in instances) < fewest:
        if time.monotonic() > deadline:
            sys.exit(f'not all partitions ran after {SECONDS} s')
        time.sleep(0.05)
    print('  '.join(f'{sorted(instance.partitions)}' for instance in instances), flush=True)


def main(broker):
    with tempfile.TemporaryDirectory() as directory:
        instances = [Instance(broker, f'{directory}/{i}') for i in range(3)]
        try:
            wait_until_all_run(instances, 2)
            print('killing the first one', flush=True)
            instances[0].kill()
            begin = time.monotonic()
            wait_until_all_run(instances[1:], 3)
            print(f'the others had its partitions after {time.monotonic() - begin:.1f} s', flush=True)
        finally:
            for instance in instances:
                if instance.process.poll() is None:
                    instance.stop()


if __name__ == '__main__':
    if len(sys.argv) == 3:
        run_instance(*sys.argv[1:])
    elif len(sys.argv) == 2:
        main(sys.argv[1])
    else:
        sys.exit(__doc__)

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The template unit under a real systemd, as process 1 of namespaces of its own.

  systemd-pid1.py TREE BROKER

TREE is a Debian with systemd in which QSource is installed: debootstrap --variant=minbase
--include=systemd,systemd-sysv, then the packages or meson install --destdir. It is changed. It
needs root, and is no part of a suite: not every machine lets a process have a cgroup of its own.
"""

import contextlib
import os
import pathlib
import subprocess
import sys
import time
import uuid

SECONDS = 60
UNIFIED = next(path for path in map(pathlib.Path, ('/sys/fs/cgroup/unified', '/sys/fs/cgroup'))
               if (path / 'cgroup.procs').exists())
# A root of its own: chroot() alone is one that systemd can't hide parts of.
ENTER = '''
set -e
echo $$ > "$2/cgroup.procs"
exec unshare --mount --pid --fork --uts --ipc --cgroup --propagation private sh -ec '
mount --bind "$0" "$0"
cd "$0"
mkdir -p old
mount -t proc proc proc
mount -t sysfs sysfs sys -o ro
mount -t tmpfs tmpfs sys/fs/cgroup || :
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs dev
for name in null zero full random urandom tty; do cp -a /dev/$name dev/; done
mkdir -p dev/pts dev/shm
mount -t devpts devpts dev/pts -o newinstance,ptmxmode=0666
ln -s pts/ptmx dev/ptmx
pivot_root . old
umount -l /old
mount --bind /proc/sys /proc/sys
mount -o remount,ro,bind /proc/sys
exec env -i container=lxc PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \\
  /lib/systemd/systemd --log-target=console --show-status=0 --unit=multi-user.target' "$1"
'''


class Machine:
    def __init__(self, tree):
        self.group = UNIFIED / f'qsource-{uuid.uuid4()}'
        self.group.mkdir()
        self.outer = subprocess.Popen(['sh', '-c', ENTER, 'sh', str(tree), str(self.group)],
                                      stdin=subprocess.DEVNULL)
        self.pid = self.wait_for(self.find_first)
        self.wait_for(lambda: self.run('systemctl', 'is-system-running', check=False).strip()
                      in ('running', 'degraded'))

    def find_first(self):
        children = pathlib.Path(f'/proc/{self.outer.pid}/task/{self.outer.pid}/children').read_text(encoding='ascii')
        for pid in children.split():
            if pathlib.Path(f'/proc/{pid}/comm').read_text(encoding='ascii').strip() == 'systemd':
                return int(pid)
        return None

    def close(self):
        with contextlib.suppress(ProcessLookupError, AttributeError):
            os.kill(self.pid, 9)
        self.outer.kill()
        self.outer.wait()
        # Its processes take a while to go.
        deadline = time.monotonic() + SECONDS
        while self.group.exists() and time.monotonic() < deadline:
            for folder in sorted((path for path in self.group.rglob('*') if path.is_dir()), reverse=True):
                with contextlib.suppress(OSError):
                    folder.rmdir()
            with contextlib.suppress(OSError):
                self.group.rmdir()
            time.sleep(0.05)

    def wait_for(self, condition):
        deadline = time.monotonic() + SECONDS
        while not (value := condition()):
            if time.monotonic() > deadline or self.outer.poll() is not None:
                raise RuntimeError('it took too long, or systemd has ended')
            time.sleep(0.1)
        return value

    def run(self, *words, check=True):
        return subprocess.run(['nsenter', '-t', str(self.pid), '-m', '-p', '-u', '-i', '-C', '-r', '-w', *words],
                              stdout=subprocess.PIPE, stderr=None if check else subprocess.DEVNULL, text=True,
                              check=check, timeout=SECONDS).stdout

    def show(self, name, unit='gateway'):
        return self.run('systemctl', 'show', f'qsource@{unit}', '-p', name, '--value').strip()


def write(tree, name, text):
    path = tree / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding='ascii')


def expect(what, found, expected):
    print(f'{"ok" if found == expected else "FAILED"}  {what}: {found}', flush=True)
    if found != expected:
        sys.exit(1)


def append(tree, first):
    with open(tree / 'var/log/app.log', 'a', encoding='ascii') as file:
        file.writelines(f'{number}\n' for number in range(first, first + 100))


def check(machine, tree, topic, broker):
    machine.wait_for(lambda: '100 records' in machine.show('StatusText'))
    expect('it is started, and says so', machine.show('ActiveState'), 'active')
    main = machine.show('MainPID')
    machine.run('kill', '-9', main)
    append(tree, 100)
    machine.wait_for(lambda: machine.show('NRestarts') == '1' and '100 records' in machine.show('StatusText'))
    expect('a kill -9 has it started again', machine.show('MainPID') != main, True)
    worker = machine.run('pgrep', '-P', machine.show('MainPID')).split()[0]
    machine.run('kill', '-9', worker)
    append(tree, 200)
    machine.wait_for(lambda: ' 1 running; 200 records' in machine.show('StatusText'))
    expect('of its worker, only that', machine.show('NRestarts'), '1')
    machine.run('systemctl', 'restart', 'qsource@gateway')
    append(tree, 300)
    machine.wait_for(lambda: '100 records' in machine.show('StatusText'))
    machine.run('systemctl', 'stop', 'qsource@gateway')
    expect('it is stopped in order', machine.show('Result'), 'success')
    read = subprocess.run(['kcat', '-C', '-b', broker, '-t', topic, '-e', '-q', '-X', 'isolation.level=read_committed'],
                          stdout=subprocess.PIPE, text=True, check=True, timeout=SECONDS).stdout.split()
    expect('each record is there once', sorted(map(int, read)) == list(range(400)), True)
    machine.run('systemctl', 'start', 'qsource@bad', check=False)
    expect('a configuration that is no good', machine.show('ExecMainStatus', 'bad'), '78')
    expect('is not tried again', machine.show('NRestarts', 'bad'), '0')


def main():
    tree, broker = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
    topic = f'unit-{uuid.uuid4()}'
    text = (f'[application]\nbroker-address={broker}\nconsumer-group={topic}\nprocessing-guarantee=exactly-once\n'
            f'max-restarts=-1\n[source log]\ntype=file\npath=/var/log/app.log\ntopic={topic}\n')
    write(tree, 'etc/qsource/gateway.conf', text)
    write(tree, 'etc/qsource/bad.conf', text.replace('type=file', 'type=fiel'))
    write(tree, 'var/log/app.log', '')
    append(tree, 0)
    subprocess.run(['chroot', tree, 'systemctl', 'enable', 'qsource@gateway'], check=True, capture_output=True)
    machine = Machine(tree)
    try:
        check(machine, tree, topic, broker)
    finally:
        machine.close()


if __name__ == '__main__':
    main()

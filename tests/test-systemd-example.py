#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The example of a service runs as systemd would run it, and its unit file is good.

  test-systemd-example.py PROGRAM UNIT
"""

import functools
import os
import pathlib
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

SECONDS = 60
TMPFS_ON_RUN = ['mount', '-t', 'tmpfs', 'tmpfs', '/run']


def run_as_service(program, directory):
    """It says that it is ready, and stops in order."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(directory / 'notify'))
        notify.settimeout(SECONDS)
        environment = {**os.environ, 'QSOURCE_BROKER_ADDRESS': 'embedded',
                       'NOTIFY_SOCKET': str(directory / 'notify'), 'WATCHDOG_USEC': '1000000'}
        service = subprocess.Popen([program], env=environment, stdin=subprocess.DEVNULL)
        try:
            told = ''
            for word in ('READY=1', 'WATCHDOG=1', 'STOPPING=1'):
                if word == 'STOPPING=1':
                    service.send_signal(signal.SIGTERM)
                while word not in told:
                    told += notify.recv(4096).decode() + '\n'
            return service.wait(SECONDS) == 0
        finally:
            service.kill()
            service.wait()


def read_credential(program, directory):
    """Its credential reaches the clients: a setting that there isn't is an error that names it."""
    (directory / 'kafka.conf').write_text('no.such.setting = 1\n')
    environment = {**os.environ, 'QSOURCE_BROKER_ADDRESS': 'embedded',
                   'CREDENTIALS_DIRECTORY': str(directory)}
    done = subprocess.run([program], env=environment, stdin=subprocess.DEVNULL, text=True,
                          stderr=subprocess.PIPE, timeout=SECONDS)
    print(f'# {done.stderr}'.strip().replace('\n', '\n# '))
    return done.returncode == 1 and 'no.such.setting' in done.stderr


def verify_unit(program, unit, directory):
    """systemd has nothing to say against the unit file."""
    text = pathlib.Path(unit).read_text().replace('/usr/local/bin/load-service', program)
    copy = directory / pathlib.Path(unit).name
    copy.write_text(text)
    done = subprocess.run(['systemd-analyze', 'verify', '--man=no', copy], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS)
    print(f'# {done.stdout}'.strip().replace('\n', '\n# '))
    # Unknown names are only warned of, and other units of the machine may be bad.
    return program in text and done.returncode == 0 and copy.name not in done.stdout


def have_journal(program):
    """In a mount namespace of its own: runs PROGRAM with a journal of ours as its stderr."""
    # GLib knows the journal by where the socket is.
    journal = pathlib.Path('/run/systemd/journal')
    subprocess.run(TMPFS_ON_RUN, check=True)
    try:
        return log_to(journal, program)
    finally:
        subprocess.run(['umount', '--lazy', '/run'], check=True)


def log_to(journal, program):
    """Whether the fields of PROGRAM's log lines come to JOURNAL, as an exit status."""
    journal.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as entries, \
            socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener, \
            socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stderr:
        entries.bind(str(journal / 'socket'))
        entries.settimeout(SECONDS)
        listener.bind(str(journal / 'stdout'))
        listener.listen()
        stderr.connect(str(journal / 'stdout'))
        with subprocess.Popen([program], stdin=subprocess.DEVNULL, stderr=stderr,
                              env={**os.environ, 'QSOURCE_BROKER_ADDRESS': 'embedded'}) as service:
            # One is logged by the parent, the other by the worker, in either order.
            missing = {'[load] Source started', '[load] Connected'}
            while missing:
                fields = entries.recv(65536).decode(errors='replace').splitlines()
                found = {message for message in missing
                         if any(field.startswith(f'MESSAGE={message}') for field in fields)}
                if not found:
                    continue
                print('#', fields)
                if not {'PRIORITY=5', 'GLIB_DOMAIN=QSource', 'QSOURCE_SOURCE=load'} <= set(fields):
                    service.kill()
                    return 1
                missing -= found
            service.terminate()
            return service.wait(SECONDS)


def log_to_journal(program, _directory):
    """What it logs is in the journal with its fields, also what its worker logs."""
    done = subprocess.run([*find_namespace(), sys.executable, __file__, '--journal', program],
                          text=True, stdout=subprocess.PIPE, timeout=2 * SECONDS)
    print(done.stdout, end='')
    return done.returncode == 0


def has_root_mount():
    """False in a chroot, whose root is no mount point and can't be made private."""
    mounts = pathlib.Path('/proc/self/mountinfo').read_text(encoding='utf-8').splitlines()
    return any(mount.split()[4] == '/' for mount in mounts)


@functools.cache
def find_namespace():
    """What to put before a command so that its mounts are its own; None if there is no way."""
    ways = [['--map-root-user'], []] if has_root_mount() else [['--propagation', 'unchanged']]
    for way in ways:
        command = ['unshare', '--mount', *way, '--']
        mount_and_back = f'{shlex.join(TMPFS_ON_RUN)} && umount /run'
        if subprocess.run([*command, 'sh', '-c', mount_and_back],
                          stderr=subprocess.DEVNULL).returncode == 0:
            return command
    return None


def reason_to_skip(case):
    if case is verify_unit and not shutil.which('systemd-analyze'):
        return 'there is no systemd-analyze'
    if case is log_to_journal and not find_namespace():
        return 'there can be no mount namespace here'
    return None


def main(program, unit):
    program = str(pathlib.Path(program).resolve())
    cases = [(run_as_service, program), (read_credential, program), (log_to_journal, program),
             (verify_unit, program, unit)]
    print(f'1..{len(cases)}', flush=True)
    failed = False
    for number, (case, *arguments) in enumerate(cases, 1):
        reason = reason_to_skip(case)
        if reason:
            print(f'ok {number} # SKIP {reason}', flush=True)
            continue
        with tempfile.TemporaryDirectory() as directory:
            try:
                ok = case(*arguments, pathlib.Path(directory))
            except (TimeoutError, subprocess.TimeoutExpired) as error:
                print('#', repr(error))
                ok = False
        failed = failed or not ok
        print(f'{"ok" if ok else "not ok"} {number} - {case.__doc__}', flush=True)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(have_journal(sys.argv[2]) if sys.argv[1] == '--journal' else main(*sys.argv[1:]))

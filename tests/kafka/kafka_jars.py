# SPDX-License-Identifier: LGPL-2.1-or-later
"""Apache Kafka's jars, and others: fetched once by Maven, kept outside of the source tree."""

import fcntl
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

POM = pathlib.Path(__file__).resolve().parent / 'pom.xml'
PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1'
COPY = PLUGIN + ':copy-dependencies'
FETCH_SECONDS = 240


class Unavailable(Exception):
    """There can be none here: no Java, no Maven or no network."""


def default_version():
    return re.search('<kafka.version>(.*)</kafka.version>', POM.read_text())[1]


def cache_directory():
    home = os.environ.get('HOME')
    cache = os.environ.get('XDG_CACHE_HOME') or (home and os.path.join(home, '.cache'))
    return pathlib.Path(cache or tempfile.gettempdir()) / 'qsource'


def jars(version=None):
    """The directory of the jars of Kafka @version (None: the pom's), which are
    fetched if they aren't there yet."""
    version = version or default_version()
    return fetched('Kafka', f'kafka-{version}', POM, COPY, f'-Dkafka.version={version}')


def fetched(what, name, pom, goal, *options):
    """The directory @name of the cache, in which @goal of the plugin put what @pom
    depends on; @what is fetched if it isn't there yet."""
    if not shutil.which('java'):
        raise Unavailable("there is no Java (Debian's package: default-jre-headless)")
    cache = cache_directory()
    directory = cache / name
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with open(cache / 'lock', 'w') as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)        # tests that start side by side fetch it once
            if not directory.is_dir():
                _fetch(cache, directory, what, ['-f', pom, goal, *options])
    except OSError as error:
        raise Unavailable(f"cannot keep {what} in '{cache}': {error}") from error
    return directory


def _fetch(cache, directory, what, arguments):
    if not shutil.which('mvn'):
        raise Unavailable(f"there is no Maven to fetch {what} with (Debian's package: maven)")
    with tempfile.TemporaryDirectory(dir=cache, prefix='fetch-') as scratch:
        target = pathlib.Path(scratch) / 'jars'
        command = ['mvn', '-q', '-B', '-Dstyle.color=never', *arguments,
                   f'-DoutputDirectory={target}']
        try:
            subprocess.run(command, cwd=scratch, check=True, stdin=subprocess.DEVNULL, text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=FETCH_SECONDS)
        except subprocess.CalledProcessError as error:
            raise Unavailable(f'Maven cannot fetch {what}: ' + _first_error(error.stdout)) from error
        except subprocess.TimeoutExpired as error:
            raise Unavailable(f'Maven did not fetch {what} in {FETCH_SECONDS} seconds') from error
        target.rename(directory)                    # all of it or nothing


def _first_error(output):
    errors = [line for line in output.splitlines() if 'ERROR' in line]
    return (errors or output.splitlines() or ['it says nothing'])[0]

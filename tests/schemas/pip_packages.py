# SPDX-License-Identifier: LGPL-2.1-or-later
"""The clients of others: confluent-kafka, fastavro, protobuf and jsonschema, which the
environment of Quix Streams has."""

import os
import pathlib
import sys

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / name)
                for name in ('kafka', 'quixstreams')]

import quix_venv  # noqa: E402
from kafka_jars import Unavailable  # noqa: E402


def use():
    """Makes them importable. Ends the program, with a word for TAP, if there are none."""
    try:
        environment = pathlib.Path(quix_venv.python()).parents[1]
    except Unavailable as error:
        skip(error)
    packages, = (environment / 'lib').glob('python*/site-packages')
    sys.path.insert(0, str(packages))   # before Debian's older ones of the same names


def skip(reason):
    print(f'1..0 # SKIP {reason}')
    sys.exit(1 if os.environ.get('CI') else 0)

# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the topics must look like, whatever was killed."""

import collections
import json
import subprocess
from dataclasses import dataclass, field

N_SLOTS = 50
SLOTS = [f'slot-{i:02}' for i in range(N_SLOTS)]
READ_SECONDS = 300
MAX_PROBLEMS = 20


@dataclass
class Verdict:
    """problems: texts that say more about what was counted."""
    records: int = 0
    lost: int = 0
    duplicated: int = 0
    torn: int = 0
    disordered: int = 0
    problems: list = field(default_factory=list)

    def tell(self, source, text):
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(f'{source}: {text}')


def read_topic(reader, address, topic, partition):
    """(key, value or None) of each committed record."""
    output = subprocess.run([reader, address, topic, str(partition)], check=True, timeout=READ_SECONDS,
                            stdout=subprocess.PIPE, text=True).stdout
    for line in output.splitlines():
        _offset, key, *value = line.split('\t')
        yield key, value[0] if value else None


def check_data(verdict, source, records):
    """The numbers from 1 on; those of one worker without gap. Returns the last."""
    counts = collections.Counter()
    previous = {}
    for key, value in records:
        number, incarnation = value.split()
        number = int(number)
        verdict.records += 1
        counts[number] += 1
        if key != source:
            verdict.tell(source, f'has a record of {key}')
            verdict.disordered += 1
        if incarnation in previous and number != previous[incarnation] + 1:
            verdict.tell(source, f'worker {incarnation} sent {number} after '
                                 f'{previous[incarnation]}')
            verdict.disordered += 1
        previous[incarnation] = number
    last = max(counts, default=0)
    lost = [number for number in range(1, last + 1) if number not in counts]
    if lost:
        verdict.lost += len(lost)
        verdict.tell(source, f'{len(lost)} numbers are lost, the first is {lost[0]}')
    twice = [number for number, count in counts.items() if count > 1]
    verdict.duplicated += sum(counts.values()) - len(counts)
    if twice:
        verdict.tell(source, f'{len(twice)} numbers are there twice, the first is {min(twice)}')
    return last


def check_changelog(verdict, source, records):
    """Each flush is there as a whole. Returns the state that it makes."""
    state = {}
    flushes = collections.defaultdict(collections.Counter)
    for key, value in records:
        if not key.startswith('"'):         # a record of the library's own
            continue
        key = json.loads(key)
        if value is None:
            state.pop(key, None)
            continue
        state[key] = value
        flushes[int(value)][key] += 1
    for number, keys in flushes.items():
        expected = {*SLOTS, 'current', 'brief', f'moving-{number}'}
        if set(keys) != expected or set(keys.values()) != {1}:
            verdict.torn += 1
            verdict.tell(source, f'the flush of {number} has {len(keys)} of {len(expected)} '
                                 f'entries, in {sum(keys.values())} records')
    state.pop('brief', None)            # it is there until it expires
    return state


def check_reports(verdict, source, path):
    """What the workers found when they started."""
    for line in path.read_text().splitlines() if path.exists() else []:
        what, _, text = line.partition(' ')
        if what == 'torn':
            verdict.torn += 1
            verdict.tell(source, text)
        elif what == 'behind':
            verdict.lost += 1
            verdict.tell(source, text)


def read_dump(path):
    return dict(line.split(' ', 1) for line in path.read_text().splitlines())


def compare_states(verdict, source, states):
    """@states: name → state; all must be the same."""
    (first, expected), *others = states.items()
    for name, state in others:
        different = [key for key in sorted({*state, *expected})
                     if state.get(key) != expected.get(key)]
        if different:
            key = different[0]
            verdict.torn += 1
            verdict.tell(source, f'{len(different)} entries differ: {key} is {expected.get(key)} '
                                 f'in the {first} and {state.get(key)} in the {name}')


def check_source(verdict, source, data, changelog, reports, dumps, exactly_once):
    last = check_data(verdict, source, data)
    state = check_changelog(verdict, source, changelog)
    check_reports(verdict, source, reports)
    compare_states(verdict, source, {'changelog': state, **dumps})
    current = int(state.get('current', 0))
    if last < current:
        verdict.lost += current - last
        verdict.tell(source, f'the state says {current}, but the last number is {last}')
    if exactly_once and last > current:
        verdict.duplicated += last - current
        verdict.tell(source, f'the last number is {last}, but the state says {current}')

# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the source does, in either library."""

# Each as JSON can return it. Both libraries must write the same bytes for it, but
# for LARGE: Quix Streams writes it as the orjson does that it finds, which is 1e16
# with some and 1e+16 with later ones.
LARGE = 'large'
VALUES = {
    'é/x': {'a': 1.5, 'b': [None, True], 'ü': '日'},
    'text': 'a"b\\c/\n\t\x01\x7f\u2028\U0001f600',
    'integers': [0, -1, 2**53 + 1, 2**63 - 1, -2**63],
    'numbers': [0.1, -0.0, 5.0, 5e-324, 123456789.125, 1e-7],
    LARGE: [1e16, -1.5e300],
    'null': None,
    'false': False,
    'empty': ['', [], {}],
}
BYTES = bytes(range(256))
N_FLUSH = 10


def check(state):
    """That the state is what the other library has left."""
    for key, value in VALUES.items():
        found = state.get(key, 'nothing')
        if repr(found) != repr(value):
            raise ValueError(f'{key!r} should be {value!r}, not {found!r}')
    if state.get_bytes('bytes') != BYTES:
        raise ValueError(f"the bytes are {state.get_bytes('bytes')!r}")
    if state.exists('gone'):
        raise ValueError('a key that was deleted is there')


def count(source, last):
    """Goes on behind the number that the state has."""
    current = source.state.get('current', 0)
    if current:
        check(source.state)
    for number in range(current + 1, last + 1):
        state = source.state
        state.set('current', number)
        state.set('gone', number)
        if number % N_FLUSH == 0 or number == last:
            for key, value in VALUES.items():
                state.set(key, value)
            state.set_bytes('bytes', BYTES)
            state.delete('gone')
        source.produce(key=b'range', value=source.serialize(value=number).value)
        if number % N_FLUSH == 0:
            source.flush()

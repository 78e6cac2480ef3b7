# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whether two values are the same, with all that == doesn't see."""

import struct


def same(a, b):
    if type(a) is not type(b):
        return False
    if isinstance(a, float):
        return a != a and b != b or struct.pack('<d', a) == struct.pack('<d', b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b

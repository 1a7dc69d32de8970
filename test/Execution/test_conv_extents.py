# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Channels, groups and extents of convolutions: few, odd, more than a tile has, one
and none."""

import pytest
from conv_cases import KINDS, name, on_chips
from conv_gen import Point

# Channels of a group, output channels of a group, groups.
CHANNELS = [(1, 1, 1), (3, 64, 1), (4, 8, 1), (6, 5, 1), (12, 20, 1), (64, 72, 1), (130, 3, 1),
            (72, 136, 1), (8, 8, 2), (1, 4, 3), (2, 2, 8), (16, 8, 4), (4, 16, 5), (64, 64, 2),
            (24, 40, 3)]


def points():
    for index, (c, f, groups) in enumerate(CHANNELS):
        for number, kind in enumerate(KINDS):
            yield Point(kind, n=2, c=c, f=f, groups=groups, size=(7, 6), filter=(3, 3),
                        strides=(1, 1 + index % 2), pad_low=(1, 1),
                        dtype=("f16", "bf16")[(index + number) % 2])
    for kind in KINDS:
        # Nothing, one element, no position that the window fits, more rows than a tile.
        yield Point(kind, n=0, c=8, f=8, size=(5, 5), filter=(3, 3))
        yield Point(kind, n=2, c=8, f=8, size=(0, 5), filter=(3, 3), pad_low=(2, 2))
        yield Point(kind, n=1, c=8, f=8, size=(2, 5), filter=(3, 3))
        yield Point(kind, n=1, c=0, f=8, size=(5, 5), filter=(3, 3))
        yield Point(kind, n=1, c=8, f=0, size=(5, 5), filter=(3, 3))
        # Tensors without elements that TMA would read, and classes of pixels of them.
        yield Point(kind, n=2, c=64, f=64, size=(0, 5), filter=(3, 3), pad_low=(2, 2))
        yield Point(kind, n=1, c=64, f=64, size=(2, 5), filter=(3, 3), strides=(2, 2))
        yield Point(kind, n=1, c=1, f=1, size=(1, ), filter=(2, ), strides=(2, ))
        yield Point(kind, n=1, c=8, f=8, size=(1, 1), filter=(3, 3), pad_low=(1, 1))
        yield Point(kind, n=1, c=1, f=1, size=(1, ), filter=(1, ))
        yield Point(kind, n=5, c=16, f=16, size=(17, 13), filter=(3, 3), pad_low=(1, 1))
        yield Point(kind, n=7, c=8, f=16, size=(4, 4), filter=(4, 4))
        # Windows that are contiguous and overlap.
        yield Point(kind, n=1, c=64, f=128, size=(30, 4), filter=(3, 4), dtype="bf16")
        yield Point(kind, n=1, c=8, f=8, size=(300, ), filter=(9, ), pad_low=(4, ))


CASES = on_chips(points())


@pytest.mark.parametrize("case", CASES, ids=name)
def test_extents(case, conv_runner):
    conv_runner.check(case, CASES)

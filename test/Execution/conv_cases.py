# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the tests of convolutions draw their points from: windows of each rank, and
cases, which are points on a chip."""

KINDS = ["fprop", "dgrad", "wgrad"]
CHIPS = ["sm_80", "sm_90a"]
SIZES = {1: (37, ), 2: (9, 11), 3: (5, 6, 7)}

# Taps, stride, dilation, padding before and behind, along one dimension.
WINDOWS = [
    (1, 1, 1, 0, 0), (3, 1, 1, 1, 1), (3, 2, 1, 1, 1), (1, 2, 1, 0, 0), (3, 2, 1, 0, 1),
    (3, 1, 2, 2, 2), (2, 1, 1, 0, 1), (2, 2, 1, 0, 0), (4, 3, 1, 1, 2), (5, 1, 1, 2, 2),
    (3, 3, 2, 0, 3), (3, 1, 1, -1, 0), (2, 2, 2, 1, 1), (3, 4, 2, 2, 2),
]


def window(rank, index, mixed=False):
    """Fields of a point with that window along each dimension; mixed: others along the
    second and third."""
    chosen = [WINDOWS[(index + (5 * i if mixed else 0)) % len(WINDOWS)] for i in range(rank)]
    names = ("filter", "strides", "dilations", "pad_low", "pad_high")
    return dict(zip(names, zip(*chosen)))


def on_chips(points, chips=tuple(CHIPS)):
    """The points on each chip, each once."""
    return [(chip, point) for point in dict.fromkeys(points) for chip in chips]


def name(case):
    return f"{case[0]}-{case[1]}"

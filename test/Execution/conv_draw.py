# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random points of the convolution family, and smaller ones of a point that fails.

Draws keep the work small, and stay within what the chip has tensor core products for;
what dlk may still refuse is told by its message.
"""

import dataclasses
import math
import random

from conv_gen import SPATIAL, STEPS, Point

CHANNELS = [1, 2, 3, 4, 5, 6, 8, 8, 12, 16, 16, 24, 32, 40, 64, 72]
SIZES = {1: (1, 60), 2: (1, 12), 3: (1, 6)}
TAPS = {1: 7, 2: 5, 3: 3}
PLAIN_STEPS = sorted(set(STEPS) - {"bias_column", "residual_plane", "bias_image"})
E4M3, E5M2 = "f8E4M3FN", "f8E5M2"
TF32 = "precision tf32"
# Products and padding of the largest draw.
MOST_WORK = 3_000_000


def draw_types(rng, chip):
    """(type, type of the result, numbers)."""
    dtype = rng.choice(["f16", "f16", "bf16", "bf16", "f32", "i8"] + ([E4M3, E5M2] if chip != "sm_80" else []))
    if dtype == "i8":
        return dtype, rng.choice(["i32", "i8", "bf16"]), ""
    if dtype in (E4M3, E5M2):
        return dtype, rng.choice(["f32", "bf16", dtype]), ""
    if dtype == "f32":
        return dtype, rng.choice(["f32", "f32", "bf16"]), TF32
    return dtype, rng.choice(["f32", dtype]), ""


def draw_layout(rng, rank):
    """Layouts of the three tensors: mostly channels last, else any that is in use."""
    s = SPATIAL[rank]
    usual = (f"n{s}c", f"f{s}c", f"n{s}f")
    others = [(f"nc{s}", f"fc{s}", f"nf{s}"), (f"n{s}c", f"{s}cf", f"n{s}f"),
              (f"n{s}gc", f"gf{s}c", f"n{s}gf"), (f"ngc{s}", f"gfc{s}", f"ngf{s}"),
              (f"nc{s}", f"f{s}c", f"n{s}f"), (f"n{s}c", f"f{s}c", f"nf{s}")]
    return usual if rng.random() < 0.6 else rng.choice(others)


def draw(rng, chip):
    """A point; sizes, window and channels are odd on purpose."""
    while True:
        point = _draw_once(rng, chip)
        places = point.n * math.prod(point.output if point.kind != "dgrad" else point.size)
        work = places * point.groups * (point.c + 8) * (point.f + 8) * math.prod(point.filter)
        if work <= MOST_WORK:
            return point


def _draw_once(rng, chip):
    rank = rng.choice([1, 2, 2, 2, 2, 3])

    def each(values):
        return tuple(rng.choice(values) for _ in range(rank))

    dtype, out, attributes = draw_types(rng, chip)
    # On sm_90a TMA needs rows of 16 bytes: of narrow types few draws would have them.
    narrow = chip == "sm_90a" and dtype not in ("f16", "bf16") and rng.random() < 0.5
    channels = [16, 32, 48, 64, 128] if narrow else CHANNELS
    low = each([0, 0, 1, 1, 2, 3, -1])
    kind = rng.choice(["fprop", "fprop", "dgrad", "wgrad"])
    steps = rng.sample(PLAIN_STEPS, rng.choice([0, 0, 0, 1, 2, 3]))
    if kind != "wgrad" and rng.random() < 0.1:
        steps.append("bias_image")
    if out == "i32":
        steps = []
    return Point(
        kind=kind, n=rng.choice([1, 1, 2, 3, 5]), c=rng.choice(channels), f=rng.choice(channels),
        groups=rng.choice([1, 1, 1, 2, 3, 4]),
        size=tuple(rng.randint(*SIZES[rank]) for _ in range(rank)),
        filter=tuple(rng.randint(1, TAPS[rank]) for _ in range(rank)),
        strides=each([1, 1, 1, 2, 2, 3]), dilations=each([1, 1, 1, 2, 3]), pad_low=low,
        pad_high=low if rng.random() < 0.6 else each([0, 1, 2, -1]),
        layouts=draw_layout(rng, rank), dtype=dtype, out=out,
        steps=tuple(steps), attributes=attributes)


def draws(seed, count, chip, dtypes=None):
    """Points of a seed, each once, of some types or all."""
    rng, points = random.Random(seed), {}
    while len(points) < count:
        point = draw(rng, chip)
        if dtypes is None or point.dtype in dtypes:
            points[point] = None
    return list(points)


def _without(values, index, value):
    return values[:index] + (value, ) + values[index + 1:]


def _without_dimension(point, i):
    letter = SPATIAL[point.rank][i]
    if point.rank == 1:
        return []
    renamed = dict(zip(SPATIAL[point.rank].replace(letter, ""), SPATIAL[point.rank - 1]))
    fields = {name: getattr(point, value)[:i] + getattr(point, value)[i + 1:]
              for name, value in (("size", "size"), ("filter", "filter"), ("strides", "stride"),
                                  ("dilations", "dilation"), ("pad_low", "low"),
                                  ("pad_high", "high"))}
    layouts = tuple("".join(renamed.get(c, c) for c in layout if c != letter)
                    for layout in point.layout)
    return [dataclasses.replace(point, layouts=layouts, **fields)]


def smaller(point):
    """Simpler points, the largest steps first."""
    for i in range(point.rank):
        yield from _without_dimension(point, i)
    for index in range(len(point.steps)):
        yield dataclasses.replace(point, steps=point.steps[:index] + point.steps[index + 1:])
    for name, value in (("schedule", ""), ("layouts", ("", "", "")), ("groups", 1), ("n", 1)):
        yield dataclasses.replace(point, **{name: value})
    if point.out != point.sum and point.out != "i8":
        yield dataclasses.replace(point, out=point.sum)
    for name, usual, least in (("strides", "stride", 1), ("dilations", "dilation", 1),
                               ("pad_low", "low", 0), ("pad_high", "high", 0),
                               ("filter", "filter", 1), ("size", "size", 1)):
        values = getattr(point, usual)
        for i, value in enumerate(values):
            for next_value in {least, value // 2, value - 1}:
                if least <= next_value < value or (value < 0 and next_value == least):
                    yield dataclasses.replace(point, **{name: _without(values, i, next_value)})
    for name in ("n", "c", "f", "groups"):
        value = getattr(point, name)
        for next_value in (8, value // 2, value - 1):
            if 1 <= next_value < value:
                yield dataclasses.replace(point, **{name: next_value})


def reduce(point, fails):
    """A smallest point for which `fails` still returns a message, and the message."""
    message = fails(point)
    found = True
    while found:
        found = False
        for candidate in smaller(point):
            text = fails(candidate) if candidate != point else ""
            if text:
                point, message, found = candidate, text, True
                break
    return point, message

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Seeded draws from everything at once."""

import random

import pytest
from matmul_gen import STEPS, Point

COUNT = 60


def draw(rng):
    dtype = rng.choice(["f16", "bf16"])
    return Point(m=rng.choice([rng.randrange(1, 40), rng.randrange(1, 270)]),
                 n=rng.choice([rng.randrange(1, 40), rng.randrange(1, 270)]),
                 k=rng.choice([rng.randrange(1, 40), rng.randrange(1, 200)]),
                 dtype=dtype, out=rng.choice(["f32", dtype]),
                 layout=rng.choice(["NN", "NT", "TN", "TT"]),
                 batch=rng.choice([None, None, None, 2]), form=rng.choice(["maps", "generic"]),
                 steps=tuple(rng.sample(sorted(STEPS), rng.choice([0, 0, 1, 2, 3]))),
                 accumulate=rng.random() < 0.2, chain=rng.random() < 0.5)


POINTS = [draw(rng) for rng in [random.Random(20)] for _ in range(COUNT)]


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_random(point, runner):
    runner.check(point, POINTS)

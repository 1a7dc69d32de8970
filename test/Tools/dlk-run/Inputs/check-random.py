#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Repeats dlk-run's random inputs in NumPy and compares the bits.

  check-random.py SEED reals|whole FILE.npy...
"""

import pathlib
import sys

import numpy as np

GAMMA = np.uint64(0x9E3779B97F4A7C15)


def mix(z):
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def fnv1a(name):
    state = 0xCBF29CE484222325
    for byte in name.encode():
        state = (state ^ byte) * 0x100000001B3 % 2**64
    return np.uint64(state)


def random_bits(seed, name, count):
    with np.errstate(over="ignore"):
        start = mix(np.uint64(seed) + GAMMA) ^ fnv1a(name)
        return mix(start + GAMMA * np.arange(1, count + 1, dtype=np.uint64))


def reals(bits):
    words = [(bits >> np.uint64(16 * i) & np.uint64(0xFFFF)).astype(np.int64) for i in range(4)]
    return (sum(words) - 131070) * (1.0 / 37837.0)


def whole(bits, limit):
    return (bits % np.uint64(2 * limit + 1)).astype(np.int64) - limit


def main():
    seed, kind, *paths = sys.argv[1:]
    for path in map(pathlib.Path, paths):
        array = np.load(path)
        bits = random_bits(int(seed), path.stem, array.size)
        values = reals(bits) if kind == "reals" else whole(bits, 8)
        assert (values.astype(array.dtype).reshape(array.shape) == array).all(), path


main()

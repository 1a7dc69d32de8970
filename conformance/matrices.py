# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Inputs of matrix products, what NumPy makes of them, and the error granted."""

import numpy as np

from . import data, fragments, numbers

#: What the tiles of a case hold; each kind is repeated `TILES` times.
PATTERNS = ("normal", "wide", "special", "whole")
TILES = 4


def _special(name, form, shape):
    """Mostly ordinary numbers; some rows meet NaN, infinity, zero, subnormals."""
    scalar = {"tf32": "f32"}.get(form, form)
    bits = numbers.encode(data.normals(name, int(np.prod(shape))), form).astype(np.uint64)
    if scalar in ("e4m3", "e5m2"):
        edges = [0x00, 0x80, 0x01, 0x81, 0x7F, 0x7E, 0x7C, 0xFC, 0x08]
    else:
        edges = data.float_edges(scalar, few=True)
    choice = data.random_bits(name + ".s", bits.size)
    edge = np.array(edges, np.uint64)[(choice >> np.uint64(8)) % np.uint64(len(edges))]
    rare = (choice & np.uint64(0xFF)) < 10
    return np.where(rare, edge, bits).reshape(shape)


def elements(name, form, shape, pattern):
    """Bits of a matrix of the type."""
    count = int(np.prod(shape))
    if form == "b1" or form in ("s8", "u8", "s4", "u4", "s32"):
        bits = data.random_bits(name, count)
        width = fragments.BITS[form]
        if form == "s32":
            bits >>= np.uint64(0 if pattern == "special" else 12)
        return (bits & np.uint64((1 << width) - 1)).reshape(shape)
    if pattern == "special":
        return _special(name, form, shape)
    if pattern == "whole":
        numbers_ = data.wholes(name, count, 2 if form in ("e4m3", "e5m2") else 8)
    else:
        numbers_ = data.normals(name, count)
    if pattern == "wide":
        reach = {"f16": 8, "e4m3": 5, "e5m2": 8}.get(form, 14)
        power = data.random_bits(name + ".w", count) % np.uint64(2 * reach)
        numbers_ = np.ldexp(numbers_, power.astype(np.int64) - reach)
    return numbers.encode(numbers_, form).astype(np.uint64).reshape(shape)


def product(a, b, c, forms):
    """D in float64 (exact enough for a reference), and the sum of magnitudes."""
    left, right = fragments.values(a, forms[0]), fragments.values(b, forms[1])
    add = fragments.values(c, forms[2])
    with np.errstate(all="ignore"):
        return left @ right + add, np.abs(left) @ np.abs(right) + np.abs(add)


def integers(a, b, c, forms, satfinite):
    """D of an integer product: wrapped, or clamped."""
    exact = (fragments.values(a, forms[0]).astype(np.int64) @
             fragments.values(b, forms[1]).astype(np.int64) +
             fragments.values(c, "s32").astype(np.int64))
    if satfinite:
        exact = np.clip(exact, -2**31, 2**31 - 1)
    return (exact & 0xFFFFFFFF).astype(np.uint64)


def binary(a, b, c, operation):
    """D of a product of bits: the number of ones of and, or of xor."""
    left, right = a.astype(np.int64), b.astype(np.int64)
    ones = left @ right
    if operation == "xor":
        ones = left.sum(1, keepdims=True) + right.sum(0, keepdims=True) - 2 * ones
    return (ones + fragments.values(c, "s32").astype(np.int64)).astype(np.uint64)


def granted(total, size, k, form, fraction=23):
    """The error of a sum of k products kept in `fraction` bits: each of them, and
    each partial sum, may lose a last place of the largest."""
    error = (k + 2) * 2.0**-fraction * size
    if form == "f16":
        error = error + (2 + k / 8) * (2.0**-11 * size + 2.0**-25)
        largest = 65504.0
    elif form == "f64":
        return (k + 2) * 2.0**-52 * size
    else:
        error = error + 2.0**-149
        largest = 2.0**128
    with np.errstate(all="ignore"):
        beyond = np.abs(total) + error >= largest
    return np.where(np.isfinite(size), np.where(beyond, np.inf, error), 0.0)

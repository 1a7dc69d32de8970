# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Inputs: random bits that any language can repeat, and the edges of each type."""

import itertools

import numpy as np

GAMMA = 0x9E3779B97F4A7C15


def random_bits(name, count, width=64):
    """SplitMix64 from a seed that the name gives; the same on every machine."""
    state = 0xCBF29CE484222325
    for byte in name.encode():
        state = (state ^ byte) * 0x100000001B3 % 2**64
    z = np.uint64(state) + np.uint64(GAMMA) * np.arange(1, count + 1, dtype=np.uint64)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(64 - width)).astype(f"u{width // 8}")


def normals(name, count):
    """Float64 of mean 0 and variance 1: sums of four words, exact on any machine."""
    bits = random_bits(name, count)
    words = sum((bits >> np.uint64(16 * i) & np.uint64(0xFFFF)).astype(np.int64)
                for i in range(4))
    return (words - 131070) * (1.0 / 37837.0)


def wholes(name, count, limit):
    """Float64 whole numbers in -limit..limit."""
    return (random_bits(name, count) % np.uint64(2 * limit + 1)).astype(
        np.int64).astype(np.float64) - limit


_FRACTIONS = {"f16": (5, 10), "bf16": (8, 7), "f32": (8, 23), "f64": (11, 52)}


def float_edges(form, few=False):
    """Zero, subnormals, one and its neighbours, ties, the largest, inf, NaNs."""
    exponent_bits, fraction_bits = _FRACTIONS[form]
    one_up = 1 << fraction_bits
    bias = (1 << (exponent_bits - 1)) - 1
    top = ((1 << exponent_bits) - 1) << fraction_bits
    one = bias << fraction_bits
    positive = [0, 1, one_up - 1, one_up, one, one + 1, top - 1, top, top + one_up // 2]
    if not few:
        half = one - one_up
        positive += [one_up // 2, one_up + 1, half, half + one_up // 2, one - 1,
                     one + one_up // 2, one + one_up, one + one_up + one_up // 4,
                     one_up * 2, top - one_up, top + 1, top + one_up - 1]
    sign = 1 << (exponent_bits + fraction_bits)
    return positive + [sign | bits for bits in positive]


def integer_edges(width, few=False):
    """Around zero, the halves and the ends, and bit patterns."""
    top = 1 << width
    found = [0, 1, 2, 31, top - 1, top - 2, top // 2, top // 2 - 1]
    if not few:
        found += [3, 7, 32, 33, 63, 64, 255, 256, top // 2 + 1, top // 4,
                  0x5555555555555555 % top, 0xAAAAAAAAAAAAAAAA % top,
                  0x0123456789ABCDEF % top, 0xFF00FF00FF00FF00 % top,
                  0x8000000080008080 % top, top // 2 - 2]
    return sorted(set(found))


def _element(form):
    """Scalar type, packed count."""
    return (form[:-2], 2) if form.endswith("x2") else (form, 1)


def width_of(form):
    """Bits of a type name of PTX."""
    scalar, packed = _element(form)
    digits = "".join(c for c in scalar[1:] if c.isdigit()) if scalar[0] != "e" else "8"
    return int(16 if scalar == "bf16" else digits) * packed


def edges(form, few=False):
    """The edge patterns of a PTX type."""
    scalar, packed = _element(form)
    if scalar in _FRACTIONS:
        single = float_edges(scalar, few)
    else:
        single = integer_edges(width_of(scalar), few)
    if packed == 1:
        return single
    width = width_of(scalar)
    return [low | single[(7 * i + 3) % len(single)] << width
            for i, low in enumerate(single)]


def randoms(name, form, count):
    """Random bits; for floats half of them near 1, so that sums interact."""
    bits = random_bits(name, count, max(width_of(form), 16))
    scalar, packed = _element(form)
    if scalar not in _FRACTIONS:
        return bits
    exponent_bits, fraction_bits = _FRACTIONS[scalar]
    bias = (1 << (exponent_bits - 1)) - 1
    keep = near = 0
    for lane in range(packed):
        shift = lane * (1 + exponent_bits + fraction_bits)
        keep |= (~(((1 << exponent_bits) - 4) << fraction_bits)
                 & ((1 << (1 + exponent_bits + fraction_bits)) - 1)) << shift
        near |= (bias - 3) // 4 * 4 << fraction_bits << shift
    tamed = (bits & bits.dtype.type(keep)) | bits.dtype.type(near)
    return np.where(np.arange(count) % 2 == 0, tamed, bits)


def operands(name, forms, extra=768):
    """Arrays for one, two or three operands: edges against edges, then randoms."""
    forms = list(forms)
    if len(forms) == 1 and width_of(forms[0]) <= 16:
        return [np.arange(1 << width_of(forms[0]), dtype=np.uint16)]
    lists = [edges(form, few=len(forms) > 2) for form in forms]
    crossed = list(itertools.product(*lists))
    found = []
    for place, form in enumerate(forms):
        dtype = f"u{max(width_of(form), 16) // 8}"
        edge = np.array([row[place] for row in crossed], dtype=dtype)
        found.append(np.concatenate(
            [edge, randoms(f"{name}.{place}", form, extra).astype(dtype)]))
    return found

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Bits to float64 and back, for every float type that a case uses."""

import numpy as np

#: Numbers in an element of a packed type.
WIDTH_FACTOR = {"f16x2": 2, "bf16x2": 2, "e4m3x2": 2, "e5m2x2": 2}


def _small(bits, exponent_bits, fraction_bits, finite_only):
    """Any float of at most 16 bits; `finite_only` types have one NaN, no infinity."""
    bits = np.asarray(bits).astype(np.int64)
    sign = np.where(bits >> (exponent_bits + fraction_bits) & 1, -1.0, 1.0)
    exponent = bits >> fraction_bits & ((1 << exponent_bits) - 1)
    fraction = (bits & ((1 << fraction_bits) - 1)).astype(np.float64)
    bias = (1 << (exponent_bits - 1)) - 1
    value = np.where(exponent == 0,
                     np.ldexp(fraction, 1 - bias - fraction_bits),
                     np.ldexp(fraction + (1 << fraction_bits),
                              exponent - bias - fraction_bits))
    top = exponent == (1 << exponent_bits) - 1
    if finite_only:
        special = top & (fraction == (1 << fraction_bits) - 1)
        return sign * np.where(special, np.nan, value)
    return sign * np.where(top, np.where(fraction == 0, np.inf, np.nan), value)


def _widen(bits):
    """f32 bits as float64; signalling NaNs are no reason to warn."""
    with np.errstate(invalid="ignore"):
        return bits.view(np.float32).astype(np.float64)


def decode(bits, form):
    """The values of an array of bits. A packed type gives twice as many."""
    bits = np.ascontiguousarray(bits)
    if form == "f64":
        return bits.view(np.float64)
    if form in ("f32", "tf32"):
        mask = np.uint32(0xFFFFE000 if form == "tf32" else 0xFFFFFFFF)
        return _widen(bits & mask)
    if form == "f16":
        with np.errstate(invalid="ignore"):
            return bits.view(np.float16).astype(np.float64)
    if form == "bf16":
        return _widen(bits.astype(np.uint32) << np.uint32(16))
    if form == "e4m3":
        return _small(bits, 4, 3, True)
    if form == "e5m2":
        return _small(bits, 5, 2, False)
    if form in ("f16x2", "bf16x2"):
        return decode(bits.view(np.uint16), form[:-2])
    if form in ("e4m3x2", "e5m2x2"):
        return decode(bits.view(np.uint8), form[:-2])
    if form.startswith("s"):
        return bits.view(bits.dtype.str.replace("u", "i")).astype(np.float64)
    return bits.astype(np.float64)


def is_float(form):
    """Whether NaN, infinity and a tolerance mean something for the type."""
    return form[0] not in "us"


def encode(values, form):
    """Rounds float64 values to nearest even; returns bits."""
    values = np.asarray(values, np.float64)
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        if form == "f64":
            return values.view(np.uint64)
        if form in ("f32", "tf32"):
            return values.astype(np.float32).view(np.uint32)
        if form == "f16":
            return values.astype(np.float16).view(np.uint16)
        if form == "bf16":
            bits = _to_odd(values).astype(np.uint64)
            odd = bits >> np.uint64(16) & np.uint64(1)
            rounded = (bits + np.uint64(0x7FFF) + odd) >> np.uint64(16)
            return np.where(np.isnan(values), 0x7FFF, rounded).astype(np.uint16)
    if form in ("e4m3", "e5m2"):
        return _nearest(values, form)
    raise ValueError(f"no encoding of {form}")


def _to_odd(values):
    """f32 bits that a second rounding, to fewer bits, cannot tell from the values:
    cut, with the last bit set if anything was lost."""
    near = values.astype(np.float32)
    bits = near.view(np.uint32).copy()
    bits -= (np.abs(near.astype(np.float64)) > np.abs(values)) & np.isfinite(near)
    lost = (bits.view(np.float32).astype(np.float64) != values) & np.isfinite(values)
    return bits | lost


def _nearest(values, form):
    """Nearest 8-bit float; NaN and what is too large become the largest one."""
    codes = np.arange(128, dtype=np.uint8)
    table = decode(codes, form)
    codes = codes[np.isfinite(table)]
    table = table[np.isfinite(table)]
    place = np.searchsorted((table[1:] + table[:-1]) / 2, np.abs(values))
    return (codes[place] | np.where(np.signbit(values), 0x80, 0)).astype(np.uint8)

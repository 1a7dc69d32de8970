# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sums, products and minima of f32, f16 and bf16 in float64, with every rounding
and modifier. A float64 sum that is not exact gets an odd last bit, so that the
second rounding, to at most 24 bits, is the only one that counts."""

import numpy as np

from . import numbers

#: The least normal number of each type.
NORMAL = {"f32": 2.0**-126, "f16": 2.0**-14, "bf16": 2.0**-126}


def odd_sum(a, b):
    """a + b; if float64 cannot hold it, one of its neighbours with an odd last bit."""
    with np.errstate(all="ignore"):
        total = a + b
        part = total - a
        lost = (a - (total - part)) + (b - part)
    move = np.isfinite(total) & np.isfinite(lost) & (lost != 0) & (
        total.view(np.uint64) & np.uint64(1) == 0)
    return np.where(move, np.nextafter(total, np.where(lost > 0, np.inf, -np.inf)), total)


def rounded(values, form, mode):
    """Bits of the type, rounded rn, rz, rm or rp."""
    near = numbers.encode(values, form)
    if mode == "rn":
        return near
    back = numbers.decode(near, form)
    size, sign = np.abs(values), np.signbit(values)
    with np.errstate(invalid="ignore"):
        above = np.abs(back) > size
        below = np.abs(back) < size
    outward = {"rz": np.zeros_like(sign), "rm": sign, "rp": ~sign}[mode]
    exact = ~np.isfinite(values)
    step = np.where(exact, 0, np.where(above & ~outward, -1, np.where(below & outward, 1, 0)))
    return (near.astype(np.int64) + step).astype(near.dtype)


def _flush(values, form):
    return np.where(np.abs(values) < NORMAL[form], np.copysign(0.0, values), values)


def _minimum(op, a, b, words):
    """min and max: -0 below +0, a NaN loses against a number unless .NaN."""
    if "xorsign" in words:
        sign = np.signbit(a) ^ np.signbit(b)
        a, b = np.abs(a), np.abs(b)
    low = np.where(np.isnan(a), b, np.where(np.isnan(b), a, np.where(
        (a < b) | ((a == b) & np.signbit(a)), a, b)))
    high = np.where(np.isnan(a), b, np.where(np.isnan(b), a, np.where(
        (a > b) | ((a == b) & ~np.signbit(a)), a, b)))
    found = low if op == "min" else high
    if "NaN" in words:
        found = np.where(np.isnan(a) | np.isnan(b), np.nan, found)
    if "xorsign" in words:
        found = np.where(np.isnan(found), found, np.where(sign, -found, found))
    return found


def _negative_zeros(op, exact, values):
    """Rounding down, a sum that cancels is -0, unless both terms were +0."""
    last = -values[1] if op == "sub" else values[-1]
    with np.errstate(all="ignore"):
        first = values[0] * values[1] if op == "fma" else values[0]
    positive = (first == 0) & (last == 0) & ~np.signbit(first) & ~np.signbit(last)
    return np.where((exact == 0) & ~positive, -0.0, exact)


def _exact(op, words, values):
    """The result before it is rounded, or None."""
    with np.errstate(all="ignore"):
        if op in ("add", "sub"):
            return odd_sum(values[0], values[1] if op == "add" else -values[1])
        if op == "mul":
            return values[0] * values[1]
        if op == "fma":
            return odd_sum(values[0] * values[1], values[2])
        if op in ("min", "max"):
            return _minimum(op, *values, words)
    return None


def reference(form, *operands):
    """Bits of a form for arrays of operands, or None if it is not known here."""
    op, *words = form.split()[0].split(".")
    kind = words[-1]
    scalar = kind[:-2] if kind.endswith("x2") else kind
    if scalar not in NORMAL or form.count(";") != 1 or "oob" in words:
        return None
    values = [numbers.decode(o, kind) for o in operands]
    if "ftz" in words:
        values = [_flush(v, scalar) for v in values]
    exact = _exact(op, words, values)
    if exact is None:
        return None
    mode = next((w for w in words if w in ("rn", "rz", "rm", "rp")), "rn")
    if mode == "rm" and op != "mul":
        exact = _negative_zeros(op, exact, values)
    bits = rounded(exact, scalar, mode)
    value = numbers.decode(bits, scalar)
    if "ftz" in words:
        value = _flush(value, scalar)
    if "sat" in words:
        value = np.where(np.isnan(value) | (value <= 0), 0.0, np.minimum(value, 1.0))
    if "relu" in words:
        value = np.where(value <= 0, 0.0, value)
    return numbers.encode(value, scalar).view(operands[0].dtype)

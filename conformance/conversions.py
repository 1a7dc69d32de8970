# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""cvt in NumPy: floats to floats, to integers and back, with every rounding."""

import numpy as np

from . import floats, numbers

INTEGRAL = {"rni": np.rint, "rzi": np.trunc, "rmi": np.floor, "rpi": np.ceil}


def _limits(form):
    bits = int(form[1:])
    return (0, 2**bits - 1) if form[0] == "u" else (-2**(bits - 1), 2**(bits - 1) - 1)


def _whole(bits, form):
    """Python's whole numbers of bits of an integer type."""
    size = int(form[1:])
    raw = [int(b) & (2**size - 1) for b in bits]
    return [r - 2**size if form[0] == "s" and r >> (size - 1) else r for r in raw]


def _to_integer(values, words, target):
    """Saturated bits; a NaN gives 0."""
    low, high = _limits(target)
    if "ftz" in words:
        values = np.where(np.abs(values) < 2.0**-126, 0.0, values)
    with np.errstate(invalid="ignore"):
        whole = np.nan_to_num(INTEGRAL[words[0]](values), nan=0.0, posinf=2.0**100,
                              neginf=-2.0**100)
    below, above = whole <= low, whole >= high
    inside = np.where(below | above, 0.0, whole)
    bits = inside.astype(np.uint64 if low == 0 else np.int64).astype(np.uint64)
    bits[below], bits[above] = low & (2**64 - 1), high
    return bits


def _modified(bits, words, target):
    """ftz, sat and relu of a float result."""
    value = numbers.decode(bits, target)
    if "ftz" in words and target == "f32":
        value = np.where(np.abs(value) < 2.0**-126, np.copysign(0.0, value), value)
    if "sat" in words:
        value = np.where(np.isnan(value) | (value <= 0), 0.0, np.minimum(value, 1.0))
    if "relu" in words:
        value = np.where(value <= 0, 0.0, value)
    return numbers.encode(value, target)


def _to_float(values, words, target):
    mode = next((w for w in words if w in ("rn", "rz", "rm", "rp")), "rn")
    integral = next((w for w in words if w in INTEGRAL), None)
    if integral:
        with np.errstate(invalid="ignore"):
            values = INTEGRAL[integral](values)
    elif target == "f64" and mode != "rn":
        return None
    return _modified(floats.rounded(values, target, mode), words, target)


def reference(form, *operands):
    """Bits of a cvt, or None if it is not known here."""
    opcode = form.split()[0].split(".")
    words, target, origin = opcode[1:-2], opcode[-2], opcode[-1]
    known = set(floats.NORMAL) | {"f64"}
    if opcode[0] != "cvt" or len(operands) != 1 or "satfinite" in words or "x2" in form or (
            "tf32" in form):
        return None
    width = max(int(target[1:]), 16) if target[0] in "us" else 0
    if origin in known:
        values = numbers.decode(operands[0], origin)
        if "ftz" in words and origin == "f32":
            values = np.where(np.abs(values) < 2.0**-126, np.copysign(0.0, values), values)
        if target in known:
            return _to_float(values, words, target)
        return _to_integer(values, words, target) & np.uint64(2**width - 1)
    whole = _whole(operands[0], origin)
    if target not in known:
        low, high = _limits(target)
        if "sat" in words:
            whole = [min(max(v, low), high) for v in whole]
        return np.array([_wrapped(v, target) & (2**width - 1) for v in whole], np.uint64)
    if target == "f64" and origin[1:] == "64":
        return None
    high_part = np.array([float(v >> 32 << 32) for v in whole])
    return _to_float(floats.odd_sum(high_part, np.array([float(v & 0xFFFFFFFF) for v in whole])),
                     words, target)


def _wrapped(value, target):
    size = int(target[1:])
    value &= 2**size - 1
    return value - 2**size if target[0] == "s" and value >> (size - 1) else value

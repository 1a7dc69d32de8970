# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Matrices to the registers of a warp and back, straight from the ISA's formulas.

A matrix of elements is an array of their bits (uint64); registers are an array
[lane][register] of 32-bit words, of 64-bit ones for f64.
"""

import numpy as np

from . import numbers

BITS = {"f16": 16, "bf16": 16, "tf32": 32, "f32": 32, "f64": 64, "s8": 8, "u8": 8, "s4": 4,
        "u4": 4, "b1": 1, "e4m3": 8, "e5m2": 8, "s32": 32}
LANES = np.arange(32)
GROUP, THREAD = LANES // 4, LANES % 4


def word_bits(form):
    """Bits of a register that holds elements of the type."""
    return max(32, BITS[form])


def _gather(matrix, form, rows, columns):
    """[lane][register][place in it] -> [lane][register]"""
    width = BITS[form]
    packed = matrix[rows, columns].astype(np.uint64)
    shifts = np.arange(packed.shape[2], dtype=np.uint64) * np.uint64(width)
    words = (packed << shifts).sum(axis=2, dtype=np.uint64)
    return words.astype(f"u{word_bits(form) // 8}")


def _places(form, count, step_rows):
    """Rows and positions along k of operand A (step_rows 8) or B (None)."""
    per = word_bits(form) // BITS[form]
    register = np.arange(count)[None, :, None]
    place = np.arange(per)[None, None, :]
    group, thread = GROUP[:, None, None], THREAD[:, None, None]
    if step_rows:
        row = group + 8 * (register % 2) + 0 * place
        k = per * thread + place + 4 * per * (register // 2)
    else:
        row = group + 0 * register + 0 * place
        k = per * thread + place + 4 * per * register
    return row, k


def pack_a(matrix, form):
    """A of m16 or m8: rows by k."""
    m, k = matrix.shape
    count = m * k * BITS[form] // word_bits(form) // 32
    row, column = _places(form, count, 8 if m == 16 else None)
    return _gather(matrix, form, row, column)


def pack_b(matrix, form):
    """B: k by 8 columns."""
    k, n = matrix.shape
    count = n * k * BITS[form] // word_bits(form) // 32
    column, row = _places(form, count, None)
    return _gather(matrix, form, row, column)


def places_c(m, n, form):
    """Rows and columns of an accumulator: [lane][register][place]. The registers of
    n > 8 are those of wgmma: eight columns after the other."""
    per = 2 if BITS[form] == 16 else 1
    count = m * n // 32 // per
    element = np.arange(count * per).reshape(1, count, per)
    inner = element % (m // 4)
    row = GROUP[:, None, None] + 8 * (inner // 2)
    column = 2 * THREAD[:, None, None] + inner % 2 + 8 * (element // (m // 4))
    return row, column


def pack_c(matrix, form):
    """An accumulator, rows (16 or 8) by columns."""
    return _gather(matrix, form, *places_c(*matrix.shape, form))


def unpack_c(registers, m, n, form):
    """The inverse of pack_c: [..., lane, register] to [..., row, column]."""
    row, column = places_c(m, n, form)
    width = np.uint64(BITS[form])
    shifts = np.arange(row.shape[2], dtype=np.uint64) * width
    mask = np.uint64(2**64 - 1 if width == 64 else (1 << int(width)) - 1)
    values = registers.astype(np.uint64)[..., None] >> shifts & mask
    matrix = np.zeros((*registers.shape[:-2], m, n), np.uint64)
    matrix[..., row, column] = values
    return matrix


def values(matrix, form):
    """Element bits as float64."""
    if form in ("s8", "s4"):
        sign = 1 << (BITS[form] - 1)
        return ((matrix.astype(np.int64) ^ sign) - sign).astype(np.float64)
    if form in ("u8", "u4", "b1"):
        return matrix.astype(np.float64)
    if form == "s32":
        return matrix.astype(np.uint32).view(np.int32).astype(np.float64)
    small = matrix.astype(f"u{max(BITS[form], 8) // 8}")
    return numbers.decode(small, form).reshape(matrix.shape)

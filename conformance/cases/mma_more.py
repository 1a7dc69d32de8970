# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Products without a reference of ours: sparse mma, m8n8k4 of f16, wgmma with
descriptors whose start is off the swizzle's pattern, or whose strides are odd.
Bits are kept; the granted error comes from the sizes of the inputs alone."""

import numpy as np

from .. import data, numbers
from ..case import Case, Output
from ..kernel import entry
from .mma import group, text_of
from .wgmma import COPY

TILES = 8
#: Pairs of places, in order, of two of four elements; for tf32, one of two.
PAIRS = np.array([0x4, 0x8, 0xC, 0x9, 0xD, 0xE], np.uint32)
SINGLES = np.array([0x4, 0xE], np.uint32)


def _registers(name, form, count):
    """Random numbers of the type in 32-bit registers."""
    if form in ("s8", "u8", "s32"):
        return data.random_bits(name, count, 32)
    width = 4 if form == "tf32" else 1 if form[0] == "e" else 2
    return numbers.encode(data.normals(name, count * 4 // width), form).view(np.uint32)


def _metadata(name, form, count):
    table = SINGLES if form == "tf32" else PAIRS
    bits = data.random_bits(name, count * 8) % np.uint64(len(table))
    return (table[bits].reshape(count, 8) << np.arange(0, 32, 4, dtype=np.uint32)).sum(
        axis=1, dtype=np.uint32)


def _raw(name, instruction, counts, forms, chip="sm_80", sparse=False, version=None):
    """One instruction on random registers, counts of a, b, c and d."""
    def inputs():
        found = {which: _registers(f"{name}.{which}", form, TILES * 32 * count)
                 for which, form, count in zip("abc", forms, counts)}
        if forms[2] in ("f32", "s32"):
            shape = TILES * 32 * counts[2]
            found["c"] = (data.normals(name, shape).astype(np.float32).view(np.uint32)
                          if forms[2] == "f32" else data.random_bits(name, shape, 32) >> 12)
        if sparse:
            found["e"] = _metadata(name + ".e", forms[0], TILES * 32)
        return found
    text = text_of(instruction, counts, [32] * 4, ", meta, 0x0" if sparse else "")
    form = {"s32": "u32", "f16": "f16x2"}.get(forms[2], forms[2])
    tolerance = None if form == "u32" else lambda _inputs, _value: np.full(
        1, 2.0**-3 if form == "f16x2" or forms[0][0] == "e" else 2.0**-14)
    case = Case(name, text, inputs, [Output("registers", form, TILES * 32 * counts[3], tolerance)],
                chip, grid=(TILES, 1, 1))
    if version:
        case.version = version
    return case


def _sparse():
    rows = [("f16", "f16", 16, 2, 2, 2), ("f16", "f32", 16, 2, 2, 4), ("f16", "f32", 32, 4, 4, 4),
            ("f16", "f16", 32, 4, 4, 2), ("bf16", "f32", 16, 2, 2, 4), ("bf16", "f32", 32, 4, 4, 4),
            ("tf32", "f32", 8, 2, 2, 4), ("tf32", "f32", 16, 4, 4, 4), ("s8", "s32", 32, 2, 2, 4),
            ("u8", "s32", 64, 4, 4, 4), ("s8", "s32", 64, 4, 4, 4)]
    for form, acc, k, a, b, c in rows:
        name = f"m16n8k{k}"
        yield _raw(f"mma-sparse/{name}-{form}-{acc}",
                   f"mma.sp::ordered_metadata.sync.aligned.{name}.row.col.{acc}.{form}.{form}"
                   f".{acc}", (a, b, c, c), (form, form, acc), sparse=True)
    for form in ("e4m3", "e5m2"):
        yield _raw(f"mma-sparse/m16n8k64-{form}-f32", "mma.sp::ordered_metadata.sync.aligned."
                   f"m16n8k64.row.col.f32.{form}.{form}.f32", (4, 4, 4, 4), (form, form, "f32"),
                   "sm_89", sparse=True)


def _quads():
    """m8n8k4: four products by the quarters of a warp."""
    for a in ("row", "col"):
        for b in ("row", "col"):
            for acc, count in (("f16", 4), ("f32", 8)):
                yield _raw(f"mma/m8n8k4-f16-{acc}-{a}-{b}",
                           f"mma.sync.aligned.m8n8k4.{a}.{b}.{acc}.f16.f16.{acc}",
                           (2, 2, count, count), ("f16", "f16", acc))


def _descriptor(name, high, start):
    """m64n16k16 of bf16 whose B descriptor has these high bits and this start; all of
    shared memory holds numbers, so that any reading of the bits gives some."""
    size = 16384
    body = COPY.format(name="a", bytes=0, start=0, chunks=size // 16) + f"""
fence.proxy.async;
bar.sync 0;
wgmma.fence.sync.aligned;
shr.u32 at32, base, 4;
cvt.u64.u32 from, at32;
or.b64 da, from, 0x4000004000010000;
add.u32 at32, base, {start};
shr.u32 at32, at32, 4;
cvt.u64.u32 from, at32;
or.b64 db, from, {high:#x};
setp.ne.b32 keep, 0, 0;
wgmma.mma_async.sync.aligned.m64n16k16.f32.bf16.bf16 {group("d", 8)}, da, db, keep, 1, 1, 0, 0;
wgmma.commit_group.sync.aligned;
wgmma.wait_group.sync.aligned 0;
mad.wide.u32 from, tid, 32, out;
""" + "\n".join(f"st.global.b32 [from+{4 * i}], d{i};" for i in range(8))
    registers = [("pred", "p, keep"), ("b32", "at32, to32, base, w<4>, d<8>"),
                 ("b64", "from, from2, da, db")]

    def inputs():
        return {"a": numbers.encode(data.wholes("descriptors", size // 2, 8), "bf16")}
    return Case(f"wgmma-descriptors/{name}", entry("a", [], registers, body, (128, 1, 1),
                                                   shared=size), inputs,
                [Output("registers", "f32", 1024)], "sm_90a", block=(128, 1, 1))


def _descriptors():
    modes = {"none": 0, "128B": 1, "64B": 2, "32B": 3}
    strides = 1 << 16 | 64 << 32
    for rows in range(8):
        yield _descriptor(f"start-off-{rows}-rows", strides | 1 << 62, 2048 + 128 * rows)
        yield _descriptor(f"base-offset-{rows}", strides | rows << 49 | 1 << 62,
                          2048 + 128 * rows)
    for mode, code in modes.items():
        for leading, stride in ((1, 8), (8, 1), (8, 24), (24, 8), (0, 0), (65, 33)):
            yield _descriptor(f"strides-{mode}-{leading}-{stride}",
                              leading << 16 | stride << 32 | code << 62, 2048)
    for bit in (14, 15, 30, 31, 46, 47, 48, 52, 61):
        yield _descriptor(f"bit-{bit}", strides | 1 << bit | 1 << 62, 2048)


def cases():
    """Sparse products, products of quarters, descriptors."""
    yield from _sparse()
    yield from _quads()
    yield from _descriptors()

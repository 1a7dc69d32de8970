# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Integer corners: shifts past the width, fields, bytes, carries, zero divisors."""

import numpy as np

from .. import data, integers, kernel

# Name, forms, operand types, result.
ROWS = [
    ("add-sub-32", "<add|sub><|.sat>.s32 d, a, b;\n<add|sub>.u32 d, a, b;", "u32 u32", "u32"),
    ("add-sub-64", "<add|sub>.<u64|s64> d, a, b;", "u64 u64", "u64"),
    ("add-sub-16", "<add|sub>.<u16|s16> d, a, b;", "u16 u16", "u16"),
    ("mul-32", "mul.<lo|hi>.<u32|s32> d, a, b;", "u32 u32", "u32"),
    ("mul-wide-32", "mul.wide.<u32|s32> d, a, b;", "u32 u32", "u64"),
    ("mul-64", "mul.<lo|hi>.<u64|s64> d, a, b;", "u64 u64", "u64"),
    ("mul-16", "mul.<lo|hi>.<u16|s16> d, a, b;", "u16 u16", "u16"),
    ("mul-wide-16", "mul.wide.<u16|s16> d, a, b;", "u16 u16", "u32"),
    ("mad-32", "mad.<lo|hi>.<u32|s32> d, a, b, c;\nmad.hi.sat.s32 d, a, b, c;",
     "u32 u32 u32", "u32"),
    ("mad-wide-32", "mad.wide.<u32|s32> d, a, b, c;", "u32 u32 u64", "u64"),
    ("mad-64", "mad.<lo|hi>.<u64|s64> d, a, b, c;", "u64 u64 u64", "u64"),
    ("mad-16", "mad.<lo|hi>.<u16|s16> d, a, b, c;", "u16 u16 u16", "u16"),
    ("mul24", "mul24.<lo|hi>.<u32|s32> d, a, b;", "u32 u32", "u32"),
    ("mad24", "mad24.<lo|hi>.<u32|s32> d, a, b, c;\nmad24.hi.sat.s32 d, a, b, c;",
     "u32 u32 u32", "u32"),
    ("carry", "add.cc.u32 r0, a, b; addc.u32 d, a, 0;\n"
              "add.cc.u32 r0, a, b; addc.cc.u32 r1, a, b; addc.u32 d, r0, r1;\n"
              "sub.cc.u32 r0, a, b; subc.u32 d, a, 0;\n"
              "mad.lo.cc.u32 r0, a, b, a; madc.hi.u32 d, a, b, b;\n"
              "mad.hi.cc.u32 r0, a, b, a; madc.lo.cc.u32 r1, a, b, b; addc.u32 d, r1, 0;",
     "u32 u32", "u32"),
    ("carry-64", "add.cc.u64 l0, a, b; addc.u64 d, a, 0;\n"
                 "sub.cc.u64 l0, a, b; subc.u64 d, a, b;", "u64 u64", "u64"),
    ("div-rem-32", "<div|rem>.<u32|s32> d, a, b;", "u32 u32", "u32"),
    ("div-rem-64", "<div|rem>.<u64|s64> d, a, b;", "u64 u64", "u64"),
    ("div-rem-16", "<div|rem>.<u16|s16> d, a, b;", "u16 u16", "u16"),
    ("abs-neg-32", "<abs|neg>.s32 d, a;", "u32", "u32"),
    ("abs-neg-64", "<abs|neg>.s64 d, a;", "u64", "u64"),
    ("abs-neg-16", "<abs|neg>.s16 d, a;", "u16", "u16"),
    ("min-max-32", "<min|max>.<u32|s32> d, a, b;", "u32 u32", "u32"),
    ("min-max-64", "<min|max>.<u64|s64> d, a, b;", "u64 u64", "u64"),
    ("min-max-16", "<min|max>.<u16|s16> d, a, b;", "u16 u16", "u16"),
    ("sad-32", "sad.<u32|s32> d, a, b, c;", "u32 u32 u32", "u32"),
    ("sad-64", "sad.<u64|s64> d, a, b, c;", "u64 u64 u64", "u64"),
    ("sad-16", "sad.<u16|s16> d, a, b, c;", "u16 u16 u16", "u16"),
    ("dp4a", "dp4a.<u32|s32>.<u32|s32> d, a, b, c;", "u32 u32 u32", "u32"),
    ("dp2a", "dp2a.<lo|hi>.<u32|s32>.<u32|s32> d, a, b, c;", "u32 u32 u32", "u32"),
    ("video-4", "v<add|sub|avrg|absdiff|min|max>4.<u32.u32.u32|u32.s32.u32|s32.s32.s32>"
                "<|.sat|.add> d, a, b, c;\nvset4.<u32.u32|s32.u32>.<eq|ne|lt|le|gt|ge><|.add> d, a, b, c;",
     "u32 u32 u32", "u32"),
    ("video-2", "v<add|sub|avrg|absdiff|min|max>2.<u32.u32.u32|u32.s32.u32|s32.s32.s32>"
                "<|.sat|.add> d, a, b, c;\nvset2.<u32.u32|s32.u32>.<eq|ne|lt|le|gt|ge><|.add> d, a, b, c;",
     "u32 u32 u32", "u32"),
    ("logic-32", "<and|or|xor>.b32 d, a, b;", "u32 u32", "u32"),
    ("logic-64", "<and|or|xor>.b64 d, a, b;", "u64 u64", "u64"),
    ("not-32", "<not|cnot>.b32 d, a;", "u32", "u32"),
    ("not-64", "<not|cnot>.b64 d, a;", "u64", "u64"),
    ("not-16", "<not|cnot>.b16 d, a;", "u16", "u16"),
    ("lop3", "lop3.b32 d, a, b, c, 0x1d;\nlop3.b32 d, a, b, c, 0x96;"
             "\nlop3.b32 d, a, b, c, 0x80;\nlop3.b32 d, a, b, c, 0x4b;", "u32 u32 u32", "u32"),
    ("count-32", "<popc|clz>.b32 d, a;\nbfind<|.shiftamt>.<u32|s32> d, a;\nbrev.b32 d, a;",
     "u32", "u32"),
    ("count-64", "<popc|clz>.b64 d, a;\nbfind<|.shiftamt>.<u64|s64> d, a;", "u64", "u32"),
    ("brev-64", "brev.b64 d, a;", "u64", "u64"),
    ("set-32", "set.<eq|ne|lt|le|gt|ge>.u32.<u32|s32> d, a, b;\n"
               "set.<lo|ls|hi|hs>.u32.u32 d, a, b;", "u32 u32", "u32"),
    ("set-64", "set.<eq|ne|lt|le|gt|ge>.u32.<u64|s64> d, a, b;", "u64 u64", "u32"),
]

def lanewise(*arguments, **named):
    """A case with the reference of integers.py."""
    return kernel.lanewise(*arguments, reference=integers.reference, **named)


COUNTS = [0, 1, 5, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 255, 256, 0x80000000,
          0xFFFFFFFF, 0x00010001]


def _against(name, first, seconds, thirds=(0,), count=24):
    """Some values of the first type against all of the given numbers."""
    width = data.width_of(first)
    values = np.concatenate([np.array(data.integer_edges(width), dtype=np.uint64),
                             data.random_bits(name, count)]) & np.uint64(2**width - 1)
    grid = np.meshgrid(values, np.array(seconds, np.uint64), np.array(thirds, np.uint64),
                       indexing="ij")
    return [grid[0].ravel().astype(f"u{width // 8}"), grid[1].ravel().astype(np.uint32),
            grid[2].ravel().astype(np.uint32)]


def _shifts():
    for width in (16, 32, 64):
        name = f"integer/shift-{width}"
        bits = f"u{width}"
        yield lanewise(name, f"shl.b{width} d, a, b;\nshr.<b{width}|u{width}|s{width}> d, a, b;",
                       f"{bits} u32", bits,
                       operands=lambda n=name, b=bits: _against(n, b, COUNTS)[:2])

    def funnel():
        first, count, _ = _against("integer/shf", "u32", COUNTS)
        return [first, data.random_bits("integer/shf.b", len(first), 32), count]
    yield lanewise("integer/shf", "shf.<l|r>.<wrap|clamp>.b32 d, a, b, c;",
                   "u32 u32 u32", "u32", operands=funnel)

    def selectors():
        first = data.random_bits("integer/prmt.a", 2048, 32)
        chosen = data.random_bits("integer/prmt.c", 2048, 32)
        chosen[:16] = np.arange(16)
        return [first, data.random_bits("integer/prmt.b", 2048, 32), chosen]
    yield lanewise("integer/prmt", "prmt.b32<|.f4e|.b4e|.rc8|.ecl|.ecr|.rc16> d, a, b, c;",
                   "u32 u32 u32", "u32", operands=selectors)


def _fields():
    for width in (32, 64):
        bits = f"u{width}"
        name = f"integer/bfe-{width}"
        yield lanewise(name, f"bfe.<u{width}|s{width}> d, a, b, c;", f"{bits} u32 u32", bits,
                       operands=lambda n=name, b=bits: _against(n, b, COUNTS, COUNTS, 4))

        def insert(bits=bits, name=f"integer/bfi-{width}"):
            first, position, length = _against(name, bits, COUNTS, COUNTS, 4)
            return [first, position, length]
        yield lanewise(f"integer/bfi-{width}", f"not.b{width} d, a; bfi.b{width} d, a, d, b, c;\n"
                       f"not.b{width} d, a; bfi.b{width} d, d, a, b, c;",
                       f"{bits} u32 u32", bits, operands=insert)
    yield lanewise("integer/fns", "fns.b32 d, a, b, c;", "u32 u32 u32", "u32",
                   operands=lambda: _against(
                       "integer/fns", "u32", list(range(32)),
                       [0, 1, 2, 5, 32, 33, 0xFFFFFFFF, 0xFFFFFFFE, 0x80000000], 4))
    yield lanewise("integer/szext", "szext.<wrap|clamp>.<u32|s32> d, a, b;", "u32 u32", "u32",
                   operands=lambda: _against("integer/szext", "u32", COUNTS)[:2])
    yield lanewise("integer/bmsk", "bmsk.<wrap|clamp>.b32 d, a, b;", "u32 u32", "u32",
                   operands=lambda: [o.ravel() for o in np.meshgrid(
                       np.array(COUNTS, np.uint32), np.array(COUNTS, np.uint32))])


def cases():
    """Everything with integers."""
    for name, text, ins, result in ROWS:
        yield lanewise(f"integer/{name}", text, ins, result, extra=256)
    for op in ("add", "min", "max"):
        kinds = "u16x2|s16x2"
        yield lanewise(f"integer/{op}-16x2", f"{op}.<{kinds}> d, a, b;", "u32 u32", "u32",
                       "sm_90a")
    yield lanewise("integer/min-max-relu", "<min|max>.relu.<s32|s16x2> d, a, b;", "u32 u32",
                   "u32", "sm_90a")
    yield from _shifts()
    yield from _fields()

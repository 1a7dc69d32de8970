# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Operations of a warp: shuffles with every clamp, votes, matches, reductions,
elections; with all lanes, and with some in a branch of their own."""

import numpy as np

from .. import data
from ..kernel import lanewise

#: The lanes of a form that runs under predicate q, and the text that sets q.
PART = 0x0F5A33C7
SET_PART = (f"and.b32 r0, i, 31; mov.b32 r1, 1; shl.b32 r1, r1, r0; and.b32 r1, r1, {PART:#x}; "
            "setp.ne.u32 q, r1, 0; mov.b32 d, 0x1234; ")
WARPS = 64


def _shuffles():
    def operands():
        count = 32 * WARPS
        value = data.random_bits("warp/shfl.a", count, 32)
        lane = (data.random_bits("warp/shfl.b", count, 16) % np.uint16(40)).astype(np.uint32)
        lane[:32 * WARPS // 2] = np.repeat(np.arange(WARPS // 2, dtype=np.uint32), 32)
        clamps = np.array([0x1F, 0, 0x1C1F, 0x181F, 0x101F, 0x1C00, 0x0F, 0x1807, 0x1E1F],
                          np.uint32)
        return [value, lane, np.repeat(clamps[np.arange(WARPS) % len(clamps)], 32)]
    for mode in ("idx", "up", "down", "bfly"):
        yield lanewise(f"warp/shfl-{mode}",
                       f"shfl.sync.{mode}.b32 d, a, b, c, 0xffffffff;\n"
                       f"shfl.sync.{mode}.b32 d|p, a, b, c, 0xffffffff; selp.b32 d, 1, 0, p;",
                       "u32 u32 u32", "u32", operands=operands)
    yield lanewise("warp/shfl-part", SET_PART + "@q shfl.sync.<idx|bfly>.b32 d, a, 0, 0x1f, "
                   f"{PART:#x};", "u32", "u32", operands=lambda: operands()[:1])


def _values(name, distinct, width=32):
    """Few different values, so that lanes agree."""
    count = 32 * WARPS
    bits = data.random_bits(name, count, 64)
    chosen = bits % np.repeat(np.arange(1, WARPS + 1, dtype=np.uint64) % np.uint64(distinct)
                              + np.uint64(1), 32)
    high = np.uint64(1 << (width - 1))
    return [(chosen | np.where(bits >> np.uint64(63), high, np.uint64(0))
             * (np.arange(count) // 32 % 3 == 0)).astype(f"u{width // 8}")]


def cases():
    """Shuffles, votes, matches, reductions, elections, lane masks."""
    yield from _shuffles()

    def few():
        values = _values("warp/vote", 3)
        values[0][:32], values[0][32:64] = 0, 1
        return values
    yield lanewise("warp/vote", "setp.ne.u32 p, a, 0; vote.sync.<all|any|uni>.pred p, p, "
                   "0xffffffff; selp.b32 d, 1, 0, p;\n"
                   "setp.ne.u32 p, a, 0; vote.sync.<all|any|uni>.pred p, !p, 0xffffffff; "
                   "selp.b32 d, 1, 0, p;\n"
                   "setp.ne.u32 p, a, 0; vote.sync.ballot.b32 d, p, 0xffffffff;\n" + SET_PART +
                   f"setp.ne.u32 p, a, 0; @q vote.sync.ballot.b32 d, p, {PART:#x};",
                   "u32", "u32", operands=few)
    yield lanewise("warp/match", "match.any.sync.b32 d, a, 0xffffffff;\n"
                   "match.all.sync.b32 d, a, 0xffffffff;\n"
                   "match.all.sync.b32 d|p, a, 0xffffffff; selp.b32 d, 1, 0, p;\n" + SET_PART +
                   f"@q match.<any|all>.sync.b32 d, a, {PART:#x};", "u32", "u32", operands=few)
    yield lanewise("warp/match-64", "match.<any|all>.sync.b64 d, a, 0xffffffff;", "u64", "u32",
                   operands=lambda: _values("warp/match-64", 4, 64))

    def numbers():
        return [data.random_bits("warp/redux", 32 * WARPS, 32) >> np.repeat(
            np.arange(WARPS, dtype=np.uint32) % np.uint32(32), 32)]
    yield lanewise("warp/redux", "redux.sync.<add|min|max>.<u32|s32> d, a, 0xffffffff;\n"
                   "redux.sync.<and|or|xor>.b32 d, a, 0xffffffff;\n" + SET_PART +
                   f"@q redux.sync.<add|min|max>.<u32|s32> d, a, {PART:#x};\n" + SET_PART +
                   f"@q redux.sync.<and|or|xor>.b32 d, a, {PART:#x};", "u32", "u32",
                   operands=numbers)
    yield lanewise("warp/activemask", "activemask.b32 d;\n" + SET_PART + "@q activemask.b32 d;",
                   "u32", "u32", operands=numbers)
    yield lanewise("warp/elect", "elect.sync d|p, 0xffffffff;\n"
                   "elect.sync r0|p, 0xffffffff; selp.b32 d, 1, 0, p;\n" + SET_PART +
                   f"@q elect.sync d|p, {PART:#x};\n" + SET_PART +
                   f"@q elect.sync _|p, {PART:#x}; @q selp.b32 d, 1, 0, p;", "u32", "u32", "sm_90a",
                   operands=numbers)
    yield lanewise("warp/lane-masks", "mov.u32 d, %lanemask_<eq|lt|le|gt|ge>;\n"
                   "mov.u32 d, %<laneid|ntid.x|nctaid.x|ctaid.x|tid.x>;", "u32", "u32",
                   operands=numbers)
    yield lanewise("warp/barrier-red", "setp.gt.u32 p, a, 0x00ffffff; "
                   "barrier.cta.red.popc.aligned.u32 d, 1, p;\n"
                   "setp.gt.u32 p, a, 0x00ffffff; barrier.cta.red.<and|or>.aligned.pred p, 2, p; "
                   "selp.b32 d, 1, 0, p;", "u32", "u32", operands=numbers)

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels around a tensor copy. One warp; thread 0 issues. Waits are bounded, so
that a copy that signals other bytes than expected ends the kernel, not the GPU."""

import numpy as np

from . import data, tensors
from .case import Case, Output, TensorMap
from .kernel import entry

REGISTERS = [("pred", "p, lead, done"),
             ("b32", "base, mbar, i, to, word, round, parity, tries, x<5>, bytes"),
             ("b16", "o<3>"), ("b64", "from, at, token")]
SETUP = """
mov.b32 base, smem;
mov.b32 mbar, barrier;
setp.eq.u32 lead, tid, 0;
@lead mbarrier.init.shared.b64 [mbar], 1;
@lead fence.mbarrier_init.release.cluster;
fence.proxy.async;
bar.warp.sync -1;
mov.u32 round, 0;
"""
BARRIER = ".shared .align 8 .b64 barrier;"


def fill(size, value):
    """All of shared memory becomes a word."""
    return f"""
mov.u32 i, tid;
fill:
mad.lo.u32 to, i, 4, base;
st.shared.b32 [to], {value};
add.u32 i, i, 32;
setp.lt.u32 p, i, {size // 4};
@p bra fill;
fence.proxy.async;
bar.warp.sync -1;
"""


WAIT = """
and.b32 parity, round, 1;
mov.u32 tries, 0;
wait:
mbarrier.try_wait.parity.shared.b64 done, [mbar], parity;
@done bra arrived;
add.u32 tries, tries, 1;
setp.lt.u32 p, tries, 20000;
@p bra wait;
bra end;
arrived:
"""


def coordinates(rank, extra=0):
    """Loads this round's coordinates x0.. and offsets o0.. ."""
    lines = [f"mad.wide.u32 from, round, {4 * (rank + extra)}, in_starts;"]
    lines += [f"ld.global.b32 x{i}, [from+{4 * i}];" for i in range(rank)]
    lines += [f"ld.global.b16 o{i}, [from+{4 * (rank + i)}];" for i in range(extra)]
    return "\n".join(lines)


def drain(size):
    """Shared memory goes to this round's part of `out`."""
    return f"""
mov.u32 i, tid;
mad.wide.u32 at, round, {size}, out;
drain:
mad.lo.u32 to, i, 4, base;
ld.shared.b32 word, [to];
mad.wide.u32 from, i, 4, at;
st.global.b32 [from], word;
add.u32 i, i, 32;
setp.lt.u32 p, i, {size // 4};
@p bra drain;
"""


def load_body(instruction, rank, size, expected, rounds, extra=0):
    """For each start: poison, copy, wait, drain; then how many rounds it made."""
    group = "{" + ", ".join(f"x{i}" for i in range(rank)) + "}"
    tail = ", {" + ", ".join(f"o{i}" for i in range(extra)) + "}" if extra else ""
    return (SETUP + "next:\n" + fill(size, "0xCDCDCDCD") + coordinates(rank, extra) + f"""
@lead mbarrier.arrive.expect_tx.shared.b64 token, [mbar], {expected};
@lead {instruction} [base], [map_t, {group}], [mbar]{tail};
""" + WAIT + drain(size) + f"""
bar.warp.sync -1;
add.u32 round, round, 1;
setp.lt.u32 p, round, {rounds};
@p bra next;
end:
st.global.b32 [out+{size * rounds}], round;
""")


def load_case(name, fields, starts=None, mode="tile", offsets=None, expected=None,
              reference=True):
    """A case of loads at several starts."""
    rank = len(fields["dims"])
    starts = starts or tensors.around(fields)
    rows = [list(s) + list(o) for s, o in zip(starts, offsets or [[]] * len(starts))]
    extra = len(rows[0]) - rank
    used = tensors.box_bytes(fields) if expected is None else expected
    size = (used + 127) // 128 * 128
    word = "" if mode == "tile" else ".im2col"
    instruction = (f"cp.async.bulk.tensor.{rank}d.shared::cluster.global{word}"
                   ".mbarrier::complete_tx::bytes")
    text = entry(["tensor", "starts"], ["t"], REGISTERS, load_body(
        instruction, rank, size, used, len(starts), extra), shared=size, declare=BARRIER)

    def inputs():
        count = (tensors.tensor_bytes(fields) + 7) // 8
        return {"tensor": data.random_bits(name, count).view(np.uint8),
                "starts": np.array(rows, np.int64).astype(np.int32)}

    def boxes(given):
        found = np.full((len(starts), size), 0xCD, np.uint8)
        for row, start in zip(found, starts):
            row[:used] = tensors.load(fields, given["tensor"], start)
        return found.ravel().view(np.uint32)
    outputs = [Output("boxes", "u32", size // 4 * len(starts),
                      reference=boxes if reference else None),
               Output("rounds", "u32", 1, reference=lambda _: np.array([len(starts)], np.uint32))]
    return Case(name, text, inputs, outputs, "sm_90a", maps=[TensorMap("t", "tensor", fields)])


def store_case(name, fields, starts=None, operation=None, reference=True):
    """A case of stores (or reductions) from shared memory, one after another."""
    rank = len(fields["dims"])
    starts = starts or tensors.around(fields)
    used = tensors.box_bytes(fields)
    size = (used + 127) // 128 * 128
    verb = "cp.async.bulk.tensor" if not operation else "cp.reduce.async.bulk.tensor"
    word = f".{operation}" if operation else ""
    group = "{" + ", ".join(f"x{i}" for i in range(rank)) + "}"
    body = (SETUP + "next:\n" + coordinates(rank) + f"""
mov.u32 i, tid;
mad.wide.u32 at, round, {size}, in_boxes;
fill:
mad.wide.u32 from, i, 4, at;
ld.global.b32 word, [from];
mad.lo.u32 to, i, 4, base;
st.shared.b32 [to], word;
add.u32 i, i, 32;
setp.lt.u32 p, i, {size // 4};
@p bra fill;
fence.proxy.async;
bar.warp.sync -1;
@lead {verb}.{rank}d.global.shared::cta{word}.bulk_group [map_t, {group}], [base];
@lead cp.async.bulk.commit_group;
@lead cp.async.bulk.wait_group 0;
bar.warp.sync -1;
add.u32 round, round, 1;
setp.lt.u32 p, round, {len(starts)};
@p bra next;
""")
    total = (tensors.tensor_bytes(fields) + 15) // 16 * 16

    def inputs():
        return {"boxes": data.random_bits(name, size * len(starts) // 4, 32),
                "starts": np.array(starts, np.int64).astype(np.int32)}

    combine = tensors.combination(operation, fields["dtype"]) if operation else None

    def before():
        return data.random_bits(name + ".t", total // 4, 32).tobytes()

    def tensor(given):
        found = np.frombuffer(before(), np.uint8).copy()
        boxes = given["boxes"].view(np.uint8).reshape(len(starts), size)
        for start, box in zip(starts, boxes):
            if combine:
                tensors.store(fields, found, start, box, combine)
            else:
                tensors.store(fields, found, start, box)
        return found.view(np.uint32)
    text = entry(["boxes", "starts"], ["t"], REGISTERS, body, shared=size, declare=BARRIER)
    return Case(name, text, inputs, [Output("tensor", "u32", total // 4, reference=tensor if
                                            reference and (combine or not operation) else None)],
                "sm_90a", maps=[TensorMap("t", "out", fields)], initial=before)

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Loads and stores: widening, vectors, caches and orders, byte places, generic
addresses; and copies that arrive at an mbarrier."""

from .. import data
from ..case import Case, Output
from ..kernel import entry, lanewise

HINTS = ["", ".nc", ".ca", ".cg", ".cs", ".lu", ".cv", ".nc.L1::no_allocate", ".L1::evict_last",
         ".L2::128B"]


def _widening():
    """A byte or a half of operand a, read as each type into a wider register."""
    text = "\n".join(
        f"st.{space}.b64 [{place}], a; ld.{space}.{form} {register}, [{place}+{at}]; "
        f"{widen}" for space, place in (("shared", "mine"),)
        for form, register, widen in (
            ("u8", "h0", "cvt.u64.u16 d, h0;"), ("s8", "h0", "cvt.s64.s16 d, h0;"),
            ("u8", "r0", "cvt.u64.u32 d, r0;"), ("s8", "r0", "cvt.s64.s32 d, r0;"),
            ("u8", "d", ""), ("s8", "d", ""), ("u16", "d", ""), ("s16", "d", ""),
            ("u16", "r0", "cvt.u64.u32 d, r0;"), ("s16", "r0", "cvt.s64.s32 d, r0;"),
            ("u32", "d", ""), ("s32", "d", ""), ("b32", "d", ""), ("u64", "d", ""))
        for at in ((0, 4) if form != "u64" else (0,)))
    yield lanewise("memory/widening", text, "u64", "u64", extra=64)
    yield lanewise("memory/narrowing", "st.shared.b64 [mine], b; st.shared.<b8|u8|s8|b16|u16|b32> "
                   "[mine+4], a; ld.shared.b64 d, [mine];", "u64 u64", "u64", extra=0)
    yield lanewise("memory/vectors", "st.shared.b64 [mine], a; st.shared.b64 [mine+8], b; "
                   "ld.shared.v4.u8 {h0, h1, h2, h3}, [mine+4]; mov.b64 d, {h3, h2, h1, h0};\n"
                   "st.shared.b64 [mine], a; st.shared.b64 [mine+8], b; "
                   "ld.shared.v4.u16 {h0, h1, h2, h3}, [mine+8]; mov.b64 d, {h3, h2, h1, h0};\n"
                   "st.shared.v2.b64 [mine], {b, a}; ld.shared.v4.b32 {r0, r1, r2, r3}, [mine]; "
                   "mov.b64 d, {r1, r2};\n"
                   "st.shared.v2.b64 [mine], {b, a}; ld.shared.v2.s8 {h0, h1}, [mine+6]; "
                   "mov.b64 d, {h0, h1, h0, h1};", "u64 u64", "u64", extra=0)


def _hints():
    text = "\n".join(f"mad.wide.u32 l0, i, 8, in_a; ld.global{hint}.b64 d, [l0];" for hint in HINTS)
    yield lanewise("memory/load-hints", text, "u64", "u64",
                   reference=lambda _form, a: a)
    orders = ["st.volatile.global.b64", "st.relaxed.gpu.global.b64", "st.release.gpu.global.b64",
              "st.global.wt.b64", "st.global.cs.b64", "st.b64"]
    text = "\n".join(f"{order} [{'at' if '.global' in order else 'l0'}], a; "
                     f"ld.{'volatile.global' if '.global' in order else 'acquire.gpu'}.b64 d, "
                     f"[{'at' if '.global' in order else 'l0'}];" for order in orders)
    text = text.replace("st.b64 [l0]", "cvta.global.u64 l0, to; add.u64 l0, l0, 0; st.b64 [l0]")
    yield lanewise("memory/orders", text, "u64", "u64", reference=lambda _form, a: a)


def _arrivals():
    """cp.async.mbarrier.arrive: with .noinc the arrival counts among the expected."""
    for noinc, count in (("", 1), (".noinc", 33)):
        body = f"""
mov.b32 base, smem;
mov.b32 bar, barrier;
mad.lo.u32 to, tid, 16, base;
mad.wide.u32 from, tid, 16, in_a;
setp.eq.u32 p, tid, 0;
@p mbarrier.init.shared.b64 [bar], {count};
bar.warp.sync -1;
cp.async.ca.shared.global [to], [from], 16;
cp.async.mbarrier.arrive{noinc}.shared.b64 [bar];
@p mbarrier.arrive.shared.b64 token, [bar];
wait:
mbarrier.test_wait.parity.shared.b64 q, [bar], 0;
@!q bra wait;
xor.b32 to, to, 16;
ld.shared.v4.b32 {{r0, r1, r2, r3}}, [to];
mad.wide.u32 at, tid, 16, out;
st.global.v4.b32 [at], {{r0, r1, r2, r3}};
"""
        name = f"memory/cp-async-arrive{noinc.replace('.', '-')}"
        text = entry(["a"], [], [("pred", "p, q"), ("b32", "base, bar, to, r<4>"),
                                 ("b64", "from, at, token")], body, shared=512,
                     declare=".shared .align 8 .b64 barrier;")
        yield Case(name, text, lambda name=name: {"a": data.random_bits(name, 128, 32)},
                   [Output("shared", "u32", 128, reference=lambda inputs: inputs["a"].reshape(
                       16, 2, 4)[:, ::-1].ravel())])


def cases():
    """Widths, hints, arrivals."""
    yield from _widening()
    yield from _hints()
    yield from _arrivals()

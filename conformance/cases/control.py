# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Branches that part the lanes of a warp, tables, calls, exits; barriers by each of
their names; hints that must change nothing."""

import numpy as np

from .. import data
from ..case import Case, Output
from ..kernel import entry, lanewise
from ..tma_kernel import BARRIER, REGISTERS as TMA_REGISTERS

REGISTERS = [("pred", "p, q"), ("b32", "v, w, i, n"), ("b64", "at, from")]
LOAD = """
mad.lo.u32 i, cta, 128, tid;
mad.wide.u32 from, i, 4, in_a;
ld.global.b32 v, [from];
mad.wide.u32 at, i, 4, out;
"""
FUNCTION = """.func (.param .b32 r) scaled(.param .b32 x, .param .align 8 .b8 pair[8])
{
  .reg .b32 v, a, b;
  ld.param.b32 v, [x];
  ld.param.v2.b32 {a, b}, [pair];
  mad.lo.u32 v, v, a, b;
  st.param.b32 [r], v;
  ret;
}
"""


def _case(name, body, reference, before="", chip="sm_80", block=128):
    name = f"control/{name}"
    text = before + entry(["a"], [], REGISTERS, LOAD + body, (block, 1, 1), shared=256)
    return Case(name, text, lambda: {"a": data.random_bits(name, 2 * block, 32)},
                [Output("values", "u32", 2 * block, reference=lambda given:
                        reference(given["a"].astype(np.uint64)).astype(np.uint32))],
                chip, (2, 1, 1), (block, 1, 1))


def _flow():
    def collatz(values):
        found = []
        for value in values.tolist():
            value, steps = value & 0xFFFF | 1, 0
            while value != 1 and steps < 300:
                value, steps = (3 * value + 1 if value & 1 else value // 2), steps + 1
            found.append(steps)
        return np.array(found)
    yield _case("loop", """
and.b32 v, v, 0xffff;
or.b32 v, v, 1;
mov.u32 n, 0;
loop:
setp.eq.u32 p, v, 1;
@p bra done;
setp.ge.u32 p, n, 300;
@p bra done;
and.b32 w, v, 1;
setp.eq.u32 q, w, 0;
add.u32 n, n, 1;
@q bra even;
mad.lo.u32 v, v, 3, 1;
bra loop;
even:
shr.u32 v, v, 1;
bra loop;
done:
st.global.b32 [at], n;
""", collatz)
    yield _case("table", """
and.b32 w, v, 3;
ts: .branchtargets first, second, third, fourth;
brx.idx w, ts;
first: add.u32 v, v, 7; bra join;
second: not.b32 v, v; bra join;
third: shl.b32 v, v, 3; bra join;
fourth: mov.u32 v, 99;
join:
st.global.b32 [at], v;
""", lambda a: np.select([a % 4 == 0, a % 4 == 1, a % 4 == 2], [a + 7, ~a, a << np.uint64(3)],
                         99))
    yield _case("call", """
and.b32 w, v, 1;
setp.eq.u32 p, w, 0;
@p bra join;
{
.param .b32 x;
.param .align 8 .b8 pair[8];
.param .b32 r;
st.param.b32 [x], v;
st.param.v2.b32 [pair], {v, i};
call (r), scaled, (x, pair);
ld.param.b32 v, [r];
}
join:
st.global.b32 [at], v;
""", lambda a: np.where(a % 2 == 0, a, a * a + np.arange(256, dtype=np.uint64)),
                FUNCTION)
    yield _case("exit", """
st.global.b32 [at], v;
and.b32 w, v, 7;
setp.lt.u32 p, w, 3;
@p exit;
add.u32 v, v, 1;
st.global.b32 [at], v;
setp.gt.u32 p, w, 5;
@p ret;
add.u32 v, v, 1;
st.global.b32 [at], v;
""", lambda a: a + (a % 8 >= 3) + ((a % 8 >= 3) & (a % 8 <= 5)))


def _barriers():
    """A sum over the CTA by a reduction, a barrier around it by each name."""
    for sync in ("bar.sync 1", "bar.cta.sync 2, 128", "barrier.sync 3, 128", "barrier.sync.aligned 4",
                 "barrier.cta.sync 5", "barrier.cta.sync.aligned 6, 128"):
        body = f"""
mov.b32 i, smem;
setp.eq.u32 p, tid, 0;
mov.u32 w, 0;
@p st.shared.b32 [i], w;
{sync};
red.shared.add.u32 [i], v;
{sync};
ld.shared.b32 v, [i];
st.global.b32 [at], v;
"""
        yield _case("sum-" + sync.split()[0].replace(".", "-"), body,
                    lambda a: np.repeat(a.reshape(2, 128).sum(axis=1), 128))
    for name in ("bar.cta", "barrier", "barrier.cta"):
        yield _case("arrive-" + name.replace(".", "-"), f"""
and.b32 w, tid, 63;
mov.b32 n, smem;
mad.lo.u32 n, w, 4, n;
setp.ge.u32 p, tid, 64;
@p bra second;
st.shared.b32 [n], v;
{name}.arrive 7, 128;
bra join;
second:
{name}.sync 7, 128;
ld.shared.b32 v, [n];
join:
st.global.b32 [at], v;
""", lambda a: np.tile(a.reshape(2, 2, 64)[:, :1], (1, 2, 1)).ravel())
    for name in ("bar.red", "bar.cta.red", "barrier.red", "barrier.cta.red"):
        yield _case("count-" + name.replace(".", "-"), f"""
setp.gt.u32 p, v, 0x7fffffff;
{name}.popc.u32 w, 1, p;
{name}.and.pred q, 1, p;
selp.b32 n, 1024, 0, q;
or.b32 w, w, n;
{name}.or.pred q, 1, p;
selp.b32 n, 2048, 0, q;
or.b32 w, w, n;
st.global.b32 [at], w;
""", lambda a: np.repeat((a.reshape(2, 128) > 0x7FFFFFFF).sum(axis=1) + 2048, 128))


def _hints():
    forms = ["prefetch.global.L1 [l0];", "prefetch.global.L2 [l0];", "prefetchu.L1 [l1];",
             "prefetch.global.L2::evict_last [l0];", "applypriority.global.L2::evict_normal [l2], 128;",
             "membar.cta;", "membar.gl;", "fence.acq_rel.gpu;", "fence.sc.cta;", "nanosleep.u32 20;",
             "griddepcontrol.wait;", "griddepcontrol.launch_dependents;", "fence.proxy.alias;",
             "fence.proxy.async;", "cp.async.bulk.prefetch.L2.global [l2], 128;"]
    text = "\n".join("mad.wide.u32 l0, i, 8, in_a; cvta.global.u64 l1, l0; and.b64 l2, l0, -128; "
                     f"{form} ldu.global.b64 d, [l0];" for form in forms)
    yield lanewise("control/hints", text, "u64", "u64", "sm_90a", reference=lambda _form, a: a,
                   extra=1024 - 24)
    body = """
mov.b32 base, smem;
mad.lo.u32 base, tid, 16, base;
mad.wide.u32 from, tid, 16, in_a;
cp.async.ca.shared.global [base], [from], 16;
cp.async.wait_all;
ld.shared.v4.b32 {x0, x1, x2, x3}, [base];
mad.wide.u32 at, tid, 16, out;
st.global.v4.b32 [at], {x0, x1, x2, x3};
"""
    yield Case("control/wait-all", entry(["a"], [], TMA_REGISTERS, body, shared=512,
                                         declare=BARRIER),
               lambda: {"a": data.random_bits("control/wait-all", 128, 32)},
               [Output("shared", "u32", 128, reference=lambda inputs: inputs["a"])])


def cases():
    """Flow, barriers, hints."""
    yield from _flow()
    yield from _barriers()
    yield from _hints()

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Clusters of two and four: each other's shared memory, remote barriers, st.async,
red.async, copies between CTAs, multicast."""

import numpy as np

from .. import data, tensors
from ..case import Case, Output, TensorMap
from ..kernel import entry

BARRIER = ".shared .align 8 .b64 barrier;"
REGISTERS = [("pred", "p, lead, done"),
             ("b32", "rank, size, peer, base, mbar, rbase, rbar, word, r<4>, to, tries, i"),
             ("b64", "from, at, token, l<2>"), ("b16", "mask")]
SETUP = """
mov.u32 rank, %cluster_ctarank;
mov.u32 size, %cluster_nctarank;
add.u32 peer, rank, 1;
rem.u32 peer, peer, size;
mov.b32 base, smem;
mov.b32 mbar, barrier;
mapa.shared::cluster.u32 rbase, base, peer;
mapa.shared::cluster.u32 rbar, mbar, peer;
setp.eq.u32 lead, tid, 0;
@lead mbarrier.init.shared.b64 [mbar], 1;
@lead fence.mbarrier_init.release.cluster;
mad.lo.u32 to, tid, 16, base;
mov.b32 word, 0xCDCDCDCD;
st.shared.v4.b32 [to], {word, word, word, word};
fence.proxy.async;
barrier.cluster.arrive.aligned;
barrier.cluster.wait.aligned;
mad.lo.u32 i, cta, 32, tid;
mad.wide.u32 from, i, 16, in_a;
ld.global.v4.b32 {r0, r1, r2, r3}, [from];
mad.lo.u32 to, tid, 16, rbase;
"""
WAIT = """
mov.u32 tries, 0;
wait:
mbarrier.try_wait.parity.acquire.cluster.shared::cta.b64 done, [mbar], 0;
@done bra arrived;
add.u32 tries, tries, 1;
setp.lt.u32 p, tries, 20000;
@p bra wait;
arrived:
"""
END = """
barrier.cluster.arrive.aligned;
barrier.cluster.wait.aligned;
mad.lo.u32 to, tid, 16, base;
ld.shared.v4.b32 {r0, r1, r2, r3}, [to];
mad.wide.u32 at, i, 16, out;
st.global.v4.b32 [at], {r0, r1, r2, r3};
"""


def _from_peer(inputs, ctas):
    """What the CTA before wrote."""
    given = inputs["a"].reshape(-1, ctas, 128)
    return np.roll(given, 1, axis=1).ravel()


def _case(name, body, ctas=2, reference=_from_peer, prepare=SETUP):
    name = f"clusters/{name}"
    text = entry(["a"], [], REGISTERS, prepare + body + END, cluster=(ctas, 1, 1), shared=512,
                 declare=BARRIER)
    return Case(name, text, lambda: {"a": data.random_bits(name, 2 * ctas * 128, 32)},
                [Output("shared", "u32", 2 * ctas * 128,
                        reference=reference and (lambda given: reference(given, ctas)))],
                "sm_90a", grid=(2 * ctas, 1, 1), cluster=(ctas, 1, 1))


def _plain():
    for ctas in (2, 4):
        yield _case(f"st-{ctas}", "st.shared::cluster.v4.b32 [to], {r0, r1, r2, r3};", ctas)
    # Generic addresses: the window of shared::cluster.
    yield _case("st-generic", """
cvt.u64.u32 l0, base;
cvta.shared.u64 l0, l0;
mapa.u64 l1, l0, peer;
mad.wide.u32 l1, tid, 16, l1;
st.v4.b32 [l1], {r0, r1, r2, r3};
""")
    yield _case("ld", """
mad.lo.u32 to, tid, 16, base;
st.shared.v4.b32 [to], {r0, r1, r2, r3};
barrier.cluster.arrive.aligned;
barrier.cluster.wait.aligned;
mad.lo.u32 to, tid, 16, rbase;
ld.shared::cluster.v4.b32 {r0, r1, r2, r3}, [to];
barrier.cluster.arrive.aligned;
barrier.cluster.wait.aligned;
mad.lo.u32 to, tid, 16, base;
st.shared.v4.b32 [to], {r0, r1, r2, r3};
""", reference=lambda inputs, ctas: np.roll(inputs["a"].reshape(-1, ctas, 128), -1,
                                            axis=1).ravel())
    for op, form in (("add", "u32"), ("min", "s32"), ("xor", "b32"), ("exch", "b32")):
        yield _case(f"atom-{op}", f"atom.shared::cluster.{op}.{form} r3, [to], r0;\n"
                    "st.shared::cluster.b32 [to+4], r3;", reference=None)


def _asynchronous():
    for kind, count, values in (("b32", 4, "r0"), ("v2.b32", 8, "{r0, r1}"),
                                ("v4.b32", 16, "{r0, r1, r2, r3}"), ("b64", 8, "l0")):
        body = f"""
mov.b64 l0, {{r0, r1}};
@lead mbarrier.arrive.expect_tx.shared.b64 token, [mbar], {32 * count};
st.async.shared::cluster.mbarrier::complete_tx::bytes.{kind} [to], {values}, [rbar];
"""

        def reference(inputs, ctas, words=count // 4):
            found = np.full((inputs["a"].size // 4, 4), 0xCDCDCDCD, np.uint32)
            found[:, :words] = _from_peer(inputs, ctas).reshape(-1, 4)[:, :words]
            return found.ravel()
        yield _case(f"st-async-{kind.replace('.', '-')}", body + WAIT, reference=reference)
    for op, form in (("add", "u32"), ("add", "s32"), ("min", "u32"), ("max", "s32"),
                     ("inc", "u32"), ("dec", "u32"), ("and", "b32"), ("or", "b32"),
                     ("xor", "b32"), ("add", "u64")):
        wide = form == "u64"
        value = "l0" if wide else "r0"
        body = f"""
mov.b64 l0, {{r0, r1}};
@lead mbarrier.arrive.expect_tx.shared.b64 token, [mbar], {32 * (8 if wide else 4)};
red.async.relaxed.cluster.shared::cluster.mbarrier::complete_tx::bytes.{op}.{form} [to], {value}, [rbar];
"""
        yield _case(f"red-async-{op}-{form}", body + WAIT, reference=None)
    yield _case("remote-arrive", """
@lead mbarrier.arrive.release.cluster.shared::cluster.b64 _, [rbar];
""" + WAIT + """
selp.b32 word, 1, 0, done;
mad.lo.u32 to, tid, 16, base;
st.shared.b32 [to], word;
""", reference=None)
    yield _case("remote-expect", """
@lead mbarrier.arrive.expect_tx.release.cluster.shared::cluster.b64 _, [rbar], 64;
@lead mbarrier.complete_tx.relaxed.cluster.shared::cluster.b64 [rbar], 64;
""" + WAIT + """
selp.b32 word, 1, 0, done;
mad.lo.u32 to, tid, 16, base;
st.shared.b32 [to], word;
""", reference=None)
    yield _case("bulk-to-peer", """
mad.lo.u32 to, tid, 16, base;
st.shared.v4.b32 [to], {r0, r1, r2, r3};
@lead mbarrier.arrive.expect_tx.shared.b64 token, [mbar], 256;
fence.proxy.async;
barrier.cluster.arrive.aligned;
barrier.cluster.wait.aligned;
add.u32 rbase, rbase, 256;
@lead cp.async.bulk.shared::cluster.shared::cta.mbarrier::complete_tx::bytes [rbase], [base], 256, [rbar];
""" + WAIT, reference=lambda inputs, ctas: _half_from_peer(inputs, ctas))


def _half_from_peer(inputs, ctas):
    found = inputs["a"].reshape(-1, ctas, 128).copy()
    found[:, :, 64:] = np.roll(found, 1, axis=1)[:, :, :64]
    return found.ravel()


def _multicast(name, ctas, bits, tensor):
    """CTA 1 sends to the CTAs of the mask, with their barriers."""
    fields = tensors.fields_of("i32", (32, 8), (32, 4))
    copy = ("cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes"
            ".multicast::cluster [base], [map_t, {r0, r1}], [mbar], mask;" if tensor else
            "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes"
            ".multicast::cluster [base], [in_a], 512, [mbar], mask;")
    body = SETUP + f"""
mov.b32 r0, 0;
mov.b32 r1, 2;
mov.b16 mask, {bits:#x};
mov.b32 word, 1;
shl.b32 word, word, rank;
and.b32 word, word, {bits:#x};
setp.ne.u32 p, word, 0;
selp.b32 word, 512, 0, p;
@lead mbarrier.arrive.expect_tx.shared.b64 token, [mbar], word;
barrier.cluster.arrive.aligned;
barrier.cluster.wait.aligned;
setp.eq.and.u32 p, rank, 1, lead;
@p {copy}
""" + WAIT + END
    text = entry(["a"], ["t"] if tensor else [], REGISTERS, body, cluster=(ctas, 1, 1),
                 shared=512, declare=BARRIER)

    def reference(inputs):
        first = 64 if tensor else 0
        found = np.full((ctas, 128), 0xCDCDCDCD, np.uint32)
        for rank in range(ctas):
            if bits >> rank & 1:
                found[rank] = inputs["a"][first:first + 128]
        return found.ravel()
    return Case(f"clusters/{name}", text, lambda: {"a": data.random_bits(name, 1024, 32)},
                [Output("shared", "u32", ctas * 128, reference=reference)], "sm_90a",
                grid=(ctas, 1, 1), cluster=(ctas, 1, 1),
                maps=[TensorMap("t", "a", fields)] if tensor else [])


def cases():
    """Plain accesses, asynchronous ones, multicasts."""
    yield from _plain()
    yield from _asynchronous()
    for tensor in (False, True):
        kind = "tensor" if tensor else "bulk"
        yield _multicast(f"multicast-{kind}-all", 4, 0b1111, tensor)
        yield _multicast(f"multicast-{kind}-some", 4, 0b1010, tensor)
        yield _multicast(f"multicast-{kind}-others", 4, 0b0101, tensor)
        yield _multicast(f"multicast-{kind}-two", 2, 0b11, tensor)

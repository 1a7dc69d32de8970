# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""cp.async with its zero fill, bulk copies and bulk reductions."""

import numpy as np

from .. import data, tensors
from ..case import Case, Output
from ..kernel import entry
from ..tma_kernel import BARRIER, REGISTERS, SETUP, WAIT, fill


def _async(name, size, cache, source, reference):
    """Lane l copies into 16 bytes of its own; `source` is the text of src-size."""
    body = f"""
mov.b32 base, smem;
mad.lo.u32 base, tid, 16, base;
mov.b32 word, 0xCDCDCDCD;
st.shared.v4.b32 [base], {{word, word, word, word}};
mad.wide.u32 from, tid, 16, in_a;
mov.u32 bytes, tid;
and.b32 bytes, bytes, 15;
setp.lt.u32 p, bytes, 8;
min.u32 bytes, bytes, {size};
cp.async.{cache}.shared.global [base], [from], {size}{source};
cp.async.commit_group;
cp.async.wait_group 0;
ld.shared.v4.b32 {{x0, x1, x2, x3}}, [base];
mad.wide.u32 at, tid, 16, out;
st.global.v4.b32 [at], {{x0, x1, x2, x3}};
"""

    def expected(inputs):
        given = inputs["a"].view(np.uint8).reshape(32, 16)
        found = np.full((32, 16), 0xCD, np.uint8)
        for lane in range(32):
            count = reference(lane, size)
            found[lane, :size] = 0
            found[lane, :count] = given[lane, :count]
        return found.view(np.uint32).ravel()
    return Case(f"copies/{name}", entry(["a"], [], REGISTERS, body, shared=512),
                lambda: {"a": data.random_bits(f"copies/{name}", 128, 32)},
                [Output("shared", "u32", 128, reference=expected)])


def _asyncs():
    for size, cache in ((4, "ca"), (8, "ca"), (16, "ca"), (16, "cg")):
        name = f"cp-async-{cache}-{size}"
        yield _async(name, size, cache, "", lambda lane, size: size)
        yield _async(f"{name}-source-size", size, cache, ", bytes",
                     lambda lane, size: min(lane % 16, size))
        yield _async(f"{name}-source-0", size, cache, ", 0", lambda lane, size: 0)
        yield _async(f"{name}-ignore-source", size, cache, ", p",
                     lambda lane, size: 0 if lane % 16 < 8 else size)


def _bulk_load(size, hint=False):
    """Global to shared memory."""
    name = f"copies/bulk-load-{size}{'-hint' if hint else ''}"
    policy = "createpolicy.fractional.L2::evict_first.b64 token, 1.0;\n" if hint else ""
    form = ".L2::cache_hint" if hint else ""
    body = SETUP + policy + fill(2048, "0xCDCDCDCD") + f"""
@lead mbarrier.arrive.expect_tx.shared.b64 at, [mbar], {size};
@lead cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes{form} [base], [in_a], {size}, [mbar]{', token' if hint else ''};
""" + WAIT + """
mov.u32 i, tid;
drain:
mad.lo.u32 to, i, 4, base;
ld.shared.b32 word, [to];
mad.wide.u32 from, i, 4, out;
st.global.b32 [from], word;
add.u32 i, i, 32;
setp.lt.u32 p, i, 512;
@p bra drain;
end:
"""

    def expected(inputs):
        found = np.full(512, 0xCDCDCDCD, np.uint32)
        found[:size // 4] = inputs["a"][:size // 4]
        return found
    return Case(name, entry(["a"], [], REGISTERS, body, shared=2048, declare=BARRIER),
                lambda: {"a": data.random_bits(name, 512, 32)},
                [Output("shared", "u32", 512, reference=expected)], "sm_90a")


def _bulk_store(name, instruction, size=1024, form="u32", combine=None):
    """Shared to global memory, as a copy or a reduction."""
    name = f"copies/{name}"
    body = SETUP + f"""
mov.u32 i, tid;
fill:
mad.wide.u32 from, i, 4, in_a;
ld.global.b32 word, [from];
mad.lo.u32 to, i, 4, base;
st.shared.b32 [to], word;
add.u32 i, i, 32;
setp.lt.u32 p, i, {size // 4};
@p bra fill;
fence.proxy.async;
bar.warp.sync -1;
@lead {instruction} [out], [base], {size - 16};
@lead cp.async.bulk.commit_group;
@lead cp.async.bulk.wait_group.read 0;
@lead cp.async.bulk.wait_group 0;
"""
    kind = {"u32": "u32", "u64": "u64", "f16": "f16x2", "bf16": "bf16x2", "f32": "f32",
            "f64": "f64"}[form]
    width = 64 if kind in ("u64", "f64") else 32

    def values(which):
        if form in ("u32", "u64"):
            return data.random_bits(name + which, size // 4, 32)
        bits = data.randoms(name + which, form, 8 * size // data.width_of(form))
        edge = np.array(data.edges(form), bits.dtype)
        # Edges meet edges, at different places in the two operands.
        bits[:len(edge)] = edge
        if which:
            bits[:len(edge)] = np.roll(edge, 7)
        return bits.view(np.uint32)

    def expected(inputs):
        found = values(".t").copy()
        words = (size - 16) // 4
        found[:words] = combine(found[:words].view(f"u{width // 8}"),
                                inputs["a"][:words].view(f"u{width // 8}")).view(np.uint32)
        return found.view(f"u{width // 8}")

    return Case(name, entry(["a"], [], REGISTERS, body, shared=size, declare=BARRIER),
                lambda: {"a": values("")},
                [Output("memory", kind, 8 * size // width,
                        reference=expected if combine else None)], "sm_90a",
                initial=lambda: values(".t").tobytes())


def cases():
    """Element-wise, bulk, reductions."""
    yield from _asyncs()
    for size in (16, 48, 1024, 2048):
        yield _bulk_load(size)
    yield _bulk_load(256, hint=True)
    bulk = "cp.async.bulk.global.shared::cta.bulk_group"
    yield _bulk_store("bulk-store", bulk, combine=lambda old, new: new)
    rows = [("add", "u32 s32 u64"), ("min", "u32 s32 u64 s64"), ("max", "u32 s32 u64 s64"),
            ("inc", "u32"), ("dec", "u32"), ("and", "b32 b64"), ("or", "b32 b64"),
            ("xor", "b32 b64"), ("add", "f32 f64"), ("add.noftz", "f16 bf16"),
            ("min", "f16 bf16"), ("max", "f16 bf16")]
    for operation, forms in rows:
        for form in forms.split():
            plain = f"u{form[1:]}" if form[0] in "su" or form in ("b32", "b64") else form
            yield _bulk_store(f"bulk-reduce-{operation.replace('.', '-')}-{form}",
                              f"cp.reduce.async.bulk.global.shared::cta.bulk_group.{operation}"
                              f".{form}", form=plain,
                              combine=tensors.combination(operation, form))

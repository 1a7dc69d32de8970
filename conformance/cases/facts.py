# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a machine does that PTX leaves open: addresses, windows, sizes. Kept, not
compared, except for what PTX promises."""

import numpy as np

from ..case import Case, Output
from ..kernel import entry

REGISTERS = [("pred", "p"), ("b32", "v"), ("b64", "l, at")]


def _list(name, steps, chip="sm_80", fact=True, declare="", block=(32, 1, 1), grid=(1, 1, 1),
          cluster=(1, 1, 1), shared=0, reference=None):
    """Each step leaves a value in `l` (64 bits), which thread 0 of a CTA stores."""
    size = 8 * len(steps)
    lines = [f"mad.wide.u32 at, cta, {size}, out;", "setp.ne.u32 p, tid, 0;", "@p ret;"]
    for number, step in enumerate(steps):
        lines += [step, f"st.global.b64 [at+{8 * number}], l;"]
    ctas = int(np.prod(grid))
    text = entry([], [], REGISTERS, "\n".join(lines), block, cluster, shared, declare)
    return Case(f"facts/{name}", text, dict,
                [Output("values", "u64", len(steps) * ctas, fact=fact,
                        reference=reference)], chip, grid, block, cluster)


def _special(*registers):
    return [f"mov.u32 v, %{r}; cvt.u64.u32 l, v;" for r in registers]


def _isspacep(name, spaces):
    """The windows hold their spaces' addresses and no others."""
    sources = ["mov.b64 l, out; cvta.global.u64 l, l;", "mov.b64 l, word; cvta.shared.u64 l, l;",
               "mov.b64 l, slot; cvta.local.u64 l, l;", "mov.b64 l, 0;"]
    if "const" in spaces:
        sources.append("mov.b64 l, fixed; cvta.const.u64 l, l;")
    steps = [f"{source} isspacep.{space} p, l; selp.u64 l, 1, 0, p;" for source in sources
             for space in spaces]
    case = _list(name, steps, "sm_90a", fact=False,
                 declare=".shared .align 8 .b64 word;\n  .local .align 8 .b64 slot;")
    if "const" in spaces:
        case.text = ".const .align 8 .b64 fixed = 7;\n" + case.text
    return case


def cases():
    """Shared memory, windows, special registers, setmaxnreg."""
    yield _list("shared-addresses", [
        "mov.b64 l, one;", "mov.b64 l, two;", "mov.b64 l, wide;", "mov.b64 l, smem;",
        "mov.b64 l, smem; cvta.shared.u64 l, l;", "mov.b64 l, one; cvta.shared.u64 l, l;"],
        declare=".shared .align 1 .b8 one[1];\n  .shared .align 2 .b16 two;\n"
                "  .shared .align 128 .b8 wide[100];", shared=64)
    yield _list("windows", ["mov.b64 l, slot; cvta.local.u64 l, l;", "mov.b64 l, slot;",
                            "mov.b64 l, word; cvta.shared.u64 l, l;", "mov.b64 l, word;",
                            "cvta.global.u64 l, out; and.b64 l, l, 255;"],
                declare=".shared .align 8 .b64 word;\n  .local .align 8 .b64 slot;")
    yield _list("sizes", _special(
        "total_smem_size", "dynamic_smem_size", "nwarpid", "nsmid", "warpid", "gridid"),
        shared=100)
    yield _list("sizes-sm90", _special("aggr_smem_size", "reserved_smem_offset_begin",
                                       "reserved_smem_offset_end", "reserved_smem_offset_cap"),
                "sm_90a", shared=100)
    ids = [f"{r}.{axis}" for r in ("tid", "ntid", "ctaid", "nctaid") for axis in "xyz"]
    yield _list("ids", _special(*ids, "laneid"), fact=False, block=(8, 4, 2), grid=(3, 2, 2))
    ids = [f"{r}.{axis}" for r in ("clusterid", "nclusterid", "cluster_ctaid", "cluster_nctaid")
           for axis in "xyz"] + ["cluster_ctarank", "cluster_nctarank"]
    explicit = ["mov.pred p, %is_explicit_cluster; selp.u64 l, 1, 0, p;"]
    for name, cluster in (("cluster", (2, 1, 2)), ("no-cluster", (1, 1, 1))):
        yield _list(f"{name}-ids", _special(*ids), "sm_90a", False, grid=(4, 2, 2),
                    cluster=cluster)
        yield _list(f"{name}-explicit", explicit, "sm_90a", False, grid=(4, 2, 2),
                    cluster=cluster)
    yield _list("cluster-addresses", [
        "mov.b64 l, smem;", *(f"mov.b64 l, smem; mapa.shared::cluster.u64 l, l, {r};"
                              for r in (0, 1)),
        *(f"mov.b64 l, smem; cvta.shared.u64 l, l; mapa.u64 l, l, {r};" for r in (0, 1)),
        "mov.b64 l, smem; cvta.shared.u64 l, l;"], "sm_90a", cluster=(2, 1, 1), grid=(2, 1, 1),
        shared=64)
    yield _list("cta-ranks", [
        f"mov.b64 l, smem; mapa.shared::cluster.u64 l, l, {r}; "
        "getctarank.shared::cluster.u64 v, l; cvt.u64.u32 l, v;" for r in (0, 1)] + [
        f"mov.b64 l, smem; cvta.shared.u64 l, l; mapa.u64 l, l, {r}; getctarank.u64 v, l; "
        "cvt.u64.u32 l, v;" for r in (0, 1)] + [
        "mov.b64 l, smem; getctarank.shared::cluster.u64 v, l; cvt.u64.u32 l, v;"],
        "sm_90a", False, cluster=(2, 1, 1), grid=(2, 1, 1), shared=64)
    yield _isspacep("isspacep", ["global", "shared::cta", "shared::cluster", "local"])
    yield _isspacep("isspacep-const", ["global", "const"])
    yield _setmaxnreg()


def _setmaxnreg():
    """Two warpgroups trade registers, of 128 each; each thread keeps its value."""
    body = """
mov.u32 v, %warpid;
setp.lt.u32 p, tid, 128;
mad.lo.u32 v, tid, 7, 3;
@p bra small;
setmaxnreg.inc.sync.aligned.u32 208;
bra join;
small:
setmaxnreg.dec.sync.aligned.u32 40;
join:
mad.wide.u32 at, tid, 4, out;
st.global.b32 [at], v;
"""
    text = entry([], [], REGISTERS, body, (256, 1, 1)).replace(
        ".reqntid 256, 1, 1", ".reqntid 256, 1, 1\n.maxnreg 128")
    return Case("facts/setmaxnreg", text, dict, [
        Output("values", "u32", 256,
               reference=lambda _: (np.arange(256) * 7 + 3).astype(np.uint32))], "sm_90a",
        block=(256, 1, 1))

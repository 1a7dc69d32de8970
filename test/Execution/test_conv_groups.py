# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Groups of few channels, several of which are one product: all kinds, layouts with
and without a letter for groups, packs that end inside tiles, slices of k."""

import re
import struct
import subprocess
from dataclasses import replace

import conv_reference
import pytest
from conv_cases import CHIPS, KINDS, name, on_chips
from conv_draw import E4M3, TF32
from conv_gen import Point, module_text
from harness import RunnerOfChips
from matmul_gen import tensor

# Channels of a group, output channels of a group, groups, of which so many in a product.
GROUPS = [(4, 4, 32, 8), (8, 8, 16, 4), (4, 8, 12, 6), (8, 4, 10, 5), (3, 5, 7, 7), (1, 2, 24, 12),
          (1, 1, 40, 40), (16, 16, 4, 2), (32, 32, 4, 4), (2, 1, 9, 3), (1, 3, 6, 2), (64, 8, 4, 2)]
LAYOUTS = [("nhwgc", "gfhwc", "nhwgf"), ("nhwc", "hwcf", "nhwf"), ("nhwc", "gfhwc", "nhwgf"),
           ("nghwc", "fhwgc", "nghwf"), ("nchw", "fchw", "nfhw"), ("nhwgc", "hwgcf", "nhwf")]
# One channel, or one output channel, without a letter.
SHORT = [(1, 4, ("nhwg", "hwgf", "nhwgf")), (1, 3, ("nghw", "gfhw", "nhwgf")), (4, 1, ("nhwgc", "fhwgc", "nhwg")),
         (1, 1, ("nhwg", "fhwg", "nhwg")), (1, 1, ("nhwc", "hwf", "nhwf")), (1, 3, ("nhwc", "fhw", "nhwf"))]
# Wide tiles, which several groups fill.
WIDE = "tile = [128, 64, 32], warps = [2, 2], stages = 4"
LOADS = "tile = [64, 64, 32], warps = [2, 4], stages = 2, copy = ld"
SLICES = "tile = [64, 64, 32], warps = [2, 2], stages = 3, split = split_k 3"


def wgmma(tile, more="", warps="1, 1", roles="cooperative"):
    return (f"engine = wgmma, roles = {roles}, copy = tma_im2col, persistent = true, regs = [24, 240], "
            f"tile = [{tile}], warps = [{warps}], stages = 3, epilogue = staged{more}")


# Channels of a group, output channels, groups, of a product. TMA copies the block diagonal filter in boxes of the
# channels of one group.
PACKS = [(8, 8, 16, 8, "f16"), (16, 16, 8, 4, "bf16"), (32, 32, 4, 2, "f16"), (8, 24, 16, 8, "f16"),
         (16, 64, 4, 4, "bf16"), (64, 16, 4, 4, "f16"), (32, 16, 8, 4, "f16")]


def points():
    for index, (c, f, groups, pack) in enumerate(GROUPS):
        for number, kind in enumerate(KINDS):
            point = Point(kind, n=2, c=c, f=f, groups=groups, size=(9, 7), filter=(3, 3), pad_low=(1, 1),
                          strides=(1, 1 + index % 2), dtype=("f16", "bf16")[(index + number) % 2], pack=pack)
            yield point
            if index < 4:
                yield replace(point, strides=(2, 2), dilations=(1, 2), schedule=WIDE, out="f16",
                              steps=("bias_row", "relu"), pack=groups // 2)
    for index, layouts in enumerate(LAYOUTS):
        for kind in KINDS:
            yield Point(kind, n=3, c=4, f=8 if index % 2 else 4, groups=16, size=(6, 5), filter=(3, 2),
                        pad_low=(1, 0), layouts=layouts, steps=("residual", "bias_row")[:1 + index % 2], pack=8)
    for index, (c, f, layouts) in enumerate(SHORT):
        for kind in KINDS:
            yield Point(kind, n=2, c=c, f=f, groups=16, size=(6, 5), filter=(3, 3), pad_low=(1, 0),
                        strides=(1 + index % 2, 1), layouts=layouts, pack=(16, 4)[index % 2])
    for kind in KINDS:
        yield Point(kind, n=2, c=1, f=4, groups=16, size=(11, ), filter=(5, ), pad_low=(2, ), schedule=LOADS,
                    pack=16)
        yield Point(kind, n=1, c=8, f=8, groups=8, size=(3, 4, 5), filter=(2, 3, 3), pad_low=(1, 1, 1), pack=4)
        yield Point(kind, n=3, c=4, f=4, groups=8, size=(8, 4), filter=(3, 3), pad_low=(1, 1),
                    schedule=SLICES, pack=8)
        yield Point(kind, n=2, c=4, f=8, groups=16, size=(9, 7), filter=(1, 1), pack=8, out="f16")
        yield Point(kind, n=0, c=4, f=4, groups=8, size=(8, 4), filter=(3, 3), pack=4)


def packs():
    """On wgmma."""
    for index, (c, f, groups, pack, dtype) in enumerate(PACKS):
        for kind in KINDS[:2]:
            point = Point(kind, n=3, c=c, f=f, groups=groups, size=(9, 7), filter=(3, 3), pad_low=(1, 1),
                          strides=(1, 1 + index % 2), dtype=dtype, pack=pack)
            yield replace(point, schedule=wgmma("64, 64, 64"))
            more = ["", ", cluster = [2, 1]", ", cluster = [1, 2]", ", split = split_k 3", ", k_order = taps"]
            yield replace(point, schedule=wgmma("128, 128, 64", more[index % 5], "2, 1"), out="f16",
                          steps=("bias_row", ))
            yield replace(point, schedule=wgmma("64, 64, 64", warps="2, 1", roles="pingpong"), size=(13, ),
                          filter=(3, ), pad_low=(1, ), strides=())
            if index < 3:
                yield replace(point, size=(4, 5, 3), filter=(2, 3, 1), pad_low=(), strides=(),
                              schedule=wgmma("64, 128, 64"))
                yield replace(point, layouts=("nhwc", "gfhwc", "nhwgf")[:3] if kind == "fprop" else ("", "", ""),
                              schedule=wgmma("128, 64, 64", warps="2, 1"))
    # All groups in one product that has fewer channels than a step; other types; a transposed problem.
    yield Point("fprop", n=3, c=8, f=8, groups=4, size=(9, 7), filter=(3, 3), pad_low=(1, 1), pack=4,
                schedule=wgmma("64, 64, 64"))
    yield Point("fprop", n=3, c=16, f=8, groups=12, size=(9, 7), filter=(3, 3), pad_low=(1, 1), pack=4,
                schedule=wgmma("128, 16, 64", ", swap_ab = true, split = split_k 2", "2, 1"))
    for dtype, c, out, attributes in [("f32", 16, "f32", TF32), (E4M3, 32, "bf16", ""), ("i8", 64, "i32", "")]:
        yield Point("fprop", n=2, c=c, f=16, groups=8, size=(9, 7), filter=(3, 3), pad_low=(1, 1), dtype=dtype,
                    out=out, attributes=attributes, pack=256 // c // (4 if dtype == "f32" else 1))
    for c, f, groups, pack in [(4, 4, 32, 16), (8, 16, 8, 8), (32, 32, 4, 2)]:
        for more in ("", ", split = split_k 2"):
            yield Point("wgrad", n=3, c=c, f=f, groups=groups, size=(9, 7), filter=(3, 3), pad_low=(1, 1),
                        schedule=wgmma("64, 64, 64", more), pack=pack)


CASES = on_chips(points()) + on_chips(packs(), ["sm_90a"])


@pytest.mark.parametrize("case", CASES, ids=name)
def test_groups(case, conv_runner):
    conv_runner.check(case, CASES)


def expanded_text(points):
    """As PyTorch writes them: channels first, padded, expanded into groups, and collapsed again."""
    functions = []
    for index, p in enumerate(points):
        (n, c, h, w), (f, _, r, s), (_, _, u, v) = map(p.shape, range(3))
        x, filters, y = (tensor(p.shape(which), p.dtype) for which in range(3))
        padded = [n, c, h + 2 * p.low[0], w + 2 * p.low[1]]
        groups = [tensor(shape, p.dtype) for shape in ([n, p.groups, p.c, *padded[2:]], [p.groups, p.f, p.c, r, s],
                                                       [n, p.groups, p.f, u, v])]
        functions.append(f"""
          func.func @p{index}(%a: {x}, %b: {filters}) -> {y} {{
            %zero = arith.constant 0.0 : {p.dtype}
            %p = tensor.pad %a low[0, 0, {p.low[0]}, {p.low[1]}] high[0, 0, {p.low[0]}, {p.low[1]}] {{
            ^bb0(%i: index, %j: index, %k: index, %l: index):
              tensor.yield %zero : {p.dtype}
            }} : {x} to {tensor(padded, p.dtype)}
            %x = tensor.expand_shape %p [[0], [1, 2], [3], [4]] output_shape {[n, p.groups, p.c, *padded[2:]]}
                   : {tensor(padded, p.dtype)} into {groups[0]}
            %w = tensor.expand_shape %b [[0, 1], [2], [3], [4]] output_shape {[p.groups, p.f, p.c, r, s]}
                   : {filters} into {groups[1]}
            %e = tensor.empty() : {groups[2]}
            %o = linalg.fill ins(%zero : {p.dtype}) outs(%e : {groups[2]}) -> {groups[2]}
            %r = linalg.conv_2d_ngchw_gfchw {{strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}}
                   ins(%x, %w : {groups[0]}, {groups[1]}) outs(%o : {groups[2]}) -> {groups[2]}
            %y = tensor.collapse_shape %r [[0], [1, 2], [3], [4]] : {groups[2]} into {y}
            return %y : {y}
          }}""")
    return "".join(functions)


@pytest.fixture(scope="module")
def expanded_runner(dlk_opt, dlk_run, tmp_path_factory):
    return RunnerOfChips(dlk_opt, dlk_run, tmp_path_factory.mktemp("expanded"), expanded_text,
                         conv_reference.compute)


EXPANDED = on_chips([Point("fprop", n=n, c=c, f=f, groups=groups, size=(size, size + 1), filter=(3, 3),
                           pad_low=(1, 2), layouts=("nchw", "fchw", "nfhw"), out="f16")
                     for n, c, f, groups, size in ((2, 4, 4, 6, 7), (2, 8, 8, 32, 28), (1, 16, 8, 8, 40))])


@pytest.mark.parametrize("case", EXPANDED, ids=name)
def test_expanded(case, expanded_runner):
    expanded_runner.check(case, EXPANDED)


@pytest.mark.parametrize("chip", CHIPS)
@pytest.mark.parametrize("kind", KINDS)
def test_packs(dlk_opt, chip, kind):
    """At the size of a network several groups of 4 channels are one product, and the work
    that counts is that of the convolution."""
    point = Point(kind, n=8, c=4, f=4, groups=32, size=(56, 56), filter=(3, 3), pad_low=(1, 1))
    done = subprocess.run([dlk_opt, "-", f"--dlk-attach-target=chip={chip}", "--dlk-conv-to-gemm=remarks"],
                          input=module_text([point]), text=True, capture_output=True, check=True)
    packed = int(done.stderr.split("remark: groups: ")[1].split()[0])
    assert packed >= 4
    # Printed in hexadecimal where it is an integer that needs many digits.
    flops = re.search(r"dlk.flops = (\S+) : f64", done.stdout).group(1)
    flops = struct.unpack(">d", bytes.fromhex(flops[2:]))[0] if flops.startswith("0x") else float(flops)
    assert flops == 2 * 8 * 56 * 56 * 9 * 128 * 4

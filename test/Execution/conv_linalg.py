# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Text of points of convolutions as linalg: tensor.pad, a named operation or
linalg.generic, and a linalg.generic for the elementwise steps."""

import re

from conv_gen import SPATIAL, STEPS, _epilogue
from matmul_gen import affine_map, tensor

# Layouts that named operations have, by their names.
NAMED = {
    ("nwc", "wcf", "nwf"): "conv_1d_nwc_wcf", ("ncw", "fcw", "nfw"): "conv_1d_ncw_fcw",
    ("nhwc", "hwcf", "nhwf"): "conv_2d_nhwc_hwcf", ("nhwc", "fhwc", "nhwf"): "conv_2d_nhwc_fhwc",
    ("nchw", "fchw", "nfhw"): "conv_2d_nchw_fchw",
    ("ngchw", "fgchw", "ngfhw"): "conv_2d_ngchw_fgchw",
    ("ngchw", "gfchw", "ngfhw"): "conv_2d_ngchw_gfchw",
    ("nhwgc", "gfhwc", "nhwgf"): "conv_2d_nhwgc_gfhwc",
    ("ndhwc", "dhwcf", "ndhwf"): "conv_3d_ndhwc_dhwcf",
    ("ncdhw", "fcdhw", "nfdhw"): "conv_3d_ncdhw_fcdhw",
}


def _padded(point):
    """Lines that make %x of %a, and its shape."""
    shape = point.shape(0)
    if not any(point.low + point.high):
        return ["%x = tensor.cast %a : {0} to {0}".format(tensor(shape, point.dtype))], shape
    pads = {letter: (lo, hi)
            for letter, lo, hi in zip(SPATIAL[point.rank], point.low, point.high)}
    low, high = ([pads.get(letter, (0, 0))[i] for letter in point.layout[0]] for i in (0, 1))
    grown = [s + lo + hi for s, lo, hi in zip(shape, low, high)]
    block = ", ".join(f"%i{i}: index" for i in range(len(shape)))
    return [f"%nought = arith.constant 0.0 : {point.dtype}",
            f"%x = tensor.pad %a low{low} high{high} {{", f"^bb0({block}):",
            f"  tensor.yield %nought : {point.dtype}",
            f"}} : {tensor(shape, point.dtype)} to {tensor(grown, point.dtype)}"], grown


def _generic(point, operands):
    """The operation as linalg.generic."""
    s = SPATIAL[point.rank]
    loops = [*"n", *"g" * (point.groups > 1), *(f"p{c}" for c in s), "f", *(f"r{c}" for c in s), "c"]

    def index(letter, which):
        if letter not in s:
            return letter
        i = s.index(letter)
        return (f"p{letter} * {point.stride[i]} + r{letter} * {point.dilation[i]}",
                f"r{letter}", f"p{letter}")[which]

    maps = [affine_map(loops, [index(c, which) for c in point.layout[which]]) for which in range(3)]
    reduced = {*(f"r{c}" for c in s), "c"}
    kinds = ", ".join('"reduction"' if loop in reduced else '"parallel"' for loop in loops)
    t = point.dtype
    return [f"%p = linalg.generic {{indexing_maps = [{', '.join(maps)}], "
            f"iterator_types = [{kinds}]}} {operands[0]} {{", f"^bb0(%l: {t}, %k: {t}, %s: f32):",
            f"  %lw = arith.extf %l : {t} to f32", f"  %kw = arith.extf %k : {t} to f32",
            "  %pr = arith.mulf %lw, %kw : f32", "  %su = arith.addf %s, %pr : f32",
            "  linalg.yield %su : f32", f"}} -> {operands[1]}"]


def _elementwise(point):
    """%r of %p, the sums."""
    result = tensor(point.shape(2), point.out)
    dims = [f"d{i}" for i in range(len(point.layout[2]))]
    extras = [(i, point.extra_dims(step)) for i, step in enumerate(point.steps) if STEPS[step][0]]
    maps = [dims, *([dims[d] for d in used] for _, used in extras), dims]
    types = {name: tensor(shape, dtype) for name, shape, dtype in point.operands()}
    values = ", ".join(["%p", *(f"%o{i}" for i, _ in extras)])
    all_types = ", ".join([tensor(point.shape(2), "f32"), *(types[f"o{i}"] for i, _ in extras)])
    block = ", ".join(["%acc: f32", *(f"%q{i}: {point.out}" for i, _ in extras),
                       f"%unused: {point.out}"])
    kinds = ", ".join(['"parallel"'] * len(dims))
    body = [re.sub(r"^dlk\.yield", "linalg.yield", line) for line in _epilogue(point)]
    return [f"%e = tensor.empty() : {result}",
            f"%r = linalg.generic {{indexing_maps = "
            f"[{', '.join(affine_map(dims, used) for used in maps)}], iterator_types = [{kinds}]}} "
            f"ins({values} : {all_types}) outs(%e : {result}) {{", f"^bb0({block}):",
            *("  " + line for line in body), f"}} -> {result}"]


def function_text(point, name):
    assert point.kind == "fprop" and point.sum == "f32"
    arguments = ", ".join(f"%{n}: {tensor(s, t)}" for n, s, t in point.operands())
    result, sums = tensor(point.shape(2), point.out), tensor(point.shape(2), "f32")
    pad, shape = _padded(point)
    types = f"{tensor(shape, point.dtype)}, {tensor(point.shape(1), point.dtype)}"
    inout = f"ins(%x, %b : {types}) outs(%init : {sums})"
    lines = [*pad, "%zero0 = arith.constant 0.0 : f32", f"%empty = tensor.empty() : {sums}",
             f"%init = linalg.fill ins(%zero0 : f32) outs(%empty : {sums}) -> {sums}"]
    operation = NAMED.get(point.layout)
    if operation and "generic" not in point.attributes:
        window = ", ".join(f"{key} = dense<{list(values)}> : tensor<{point.rank}xi64>"
                           for key, values in (("strides", point.stride),
                                               ("dilations", point.dilation)))
        lines.append(f"%p = linalg.{operation} {{{window}}} {inout} -> {sums}")
    else:
        lines += _generic(point, (inout, sums))
    if point.steps or point.out != "f32":
        lines += _elementwise(point)
    lines.append(f"return {'%r' if point.steps or point.out != 'f32' else '%p'} : {result}")
    return "\n".join([f"func.func @{name}({arguments}) -> {result} {{",
                      *("  " + line for line in lines), "}"])


def module_text(points):
    """A module with one function p0, p1, ... per point."""
    return "\n\n".join(function_text(point, f"p{i}") for i, point in enumerate(points)) + "\n"

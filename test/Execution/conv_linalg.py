# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Text of points of convolutions as linalg: tensor.pad, a named operation or
linalg.generic, and a linalg.generic for the elementwise steps. Gradients are
linalg.generic: of a filter with sums over images and positions, of an input with
taps backwards, and with strides by a reversed filter and zeros between."""

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


def _generic(point, operands, form="{s}p{c} + {d}r{c}"):
    """The operation as linalg.generic; `form` is the index of windows."""
    s = SPATIAL[point.rank]
    loops = [*"n", *"g" * (point.groups > 1), *(f"p{c}" for c in s), "f", *(f"r{c}" for c in s), "c"]
    # One channel, or filter, in a group has no loop.
    loops = [loop for loop in loops if loop not in "cf" or any(loop in text for text in point.layout)]
    windows = 2 if point.kind == "dgrad" else 0

    def index(letter, which):
        if letter not in s:
            return letter
        i = s.index(letter)
        stride, dilation = point.stride[i], point.dilation[i]
        window = form.format(s=f"{stride} * ", d=f"{dilation} * ", c=letter,
                             reach=dilation * (point.filter[i] - 1))
        # Of a gradient of the input, p counts its positions.
        return window if which == windows else f"{'r' if which == 1 else 'p'}{letter}"

    order = (*point.inputs, point.result)
    maps = [affine_map(loops, [index(c, which) for c in point.layout[which]]) for which in order]
    reduced = {"fprop": {*(f"r{c}" for c in s), "c"}, "dgrad": {*(f"r{c}" for c in s), "f"},
               "wgrad": {*(f"p{c}" for c in s), "n"}}[point.kind]
    kinds = ", ".join('"reduction"' if loop in reduced else '"parallel"' for loop in loops)
    t = point.dtype
    return [f"%p = linalg.generic {{indexing_maps = [{', '.join(maps)}], "
            f"iterator_types = [{kinds}]}} {operands[0]} {{", f"^bb0(%l: {t}, %k: {t}, %s: f32):",
            f"  %lw = arith.extf %l : {t} to f32", f"  %kw = arith.extf %k : {t} to f32",
            "  %pr = arith.mulf %lw, %kw : f32", "  %su = arith.addf %s, %pr : f32",
            "  linalg.yield %su : f32", f"}} -> {operands[1]}"]


def _reversed_filter(point):
    """Lines that make %v of %b."""
    shape = point.shape(1)
    dims = [f"d{i}" for i in range(len(shape))]
    back = [f"{extent - 1} - {d}" if letter in "dhw" else d
            for d, letter, extent in zip(dims, point.layout[1], shape)]
    kinds = ", ".join(['"parallel"'] * len(dims))
    t = tensor(shape, point.dtype)
    return [f"%ve = tensor.empty() : {t}",
            f"%v = linalg.generic {{indexing_maps = [{affine_map(dims, back)}, "
            f"{affine_map(dims, dims)}], iterator_types = [{kinds}]}} "
            f"ins(%b : {t}) outs(%ve : {t}) {{", f"^bb0(%m: {point.dtype}, %unused: {point.dtype}):",
            f"  linalg.yield %m : {point.dtype}", f"}} -> {t}"]


def _spread(point):
    """Lines that make %x of %a, the output's gradient between zeros, and its shape."""
    place = {}
    for i, letter in enumerate(SPATIAL[point.rank]):
        reach = point.dilation[i] * (point.filter[i] - 1)
        place[letter] = (reach - point.low[i], point.size[i] + reach, point.stride[i])
    inner, layout = point.shape(2), point.layout[2]
    shape = [place[c][1] if c in place else extent for c, extent in zip(layout, inner)]
    low = [place[c][0] if c in place else 0 for c in layout]
    outer, source = tensor(shape, point.dtype), tensor(inner, point.dtype)
    lines = [f"%nought = arith.constant 0.0 : {point.dtype}"]
    if set(point.stride) == {1}:
        high = [o - i - lo for o, i, lo in zip(shape, inner, low)]
        block = ", ".join(f"%i{i}: index" for i in range(len(shape)))
        return lines + [f"%x = tensor.pad %a low{low} high{high} {{", f"^bb0({block}):",
                        f"  tensor.yield %nought : {point.dtype}", f"}} : {source} to {outer}"], shape
    steps = [place[c][2] if c in place else 1 for c in layout]
    return lines + [f"%around = tensor.empty() : {outer}",
                    f"%zeros = linalg.fill ins(%nought : {point.dtype}) outs(%around : {outer}) "
                    f"-> {outer}",
                    f"%x = tensor.insert_slice %a into %zeros{low} {inner} {steps} : "
                    f"{source} into {outer}"], shape


def _elementwise(point):
    """%r of %p, the sums."""
    result = tensor(point.shape(point.result), point.out)
    dims = [f"d{i}" for i in range(len(point.layout[point.result]))]
    extras = [(i, point.extra_dims(step)) for i, step in enumerate(point.steps) if STEPS[step][0]]
    maps = [dims, *([dims[d] for d in used] for _, used in extras), dims]
    types = {name: tensor(shape, dtype) for name, shape, dtype in point.operands()}
    values = ", ".join(["%p", *(f"%o{i}" for i, _ in extras)])
    all_types = ", ".join([tensor(point.shape(point.result), "f32"), *(types[f"o{i}"] for i, _ in extras)])
    block = ", ".join(["%acc: f32", *(f"%q{i}: {point.out}" for i, _ in extras),
                       f"%unused: {point.out}"])
    kinds = ", ".join(['"parallel"'] * len(dims))
    body = [re.sub(r"^dlk\.yield", "linalg.yield", line) for line in _epilogue(point)]
    return [f"%e = tensor.empty() : {result}",
            f"%r = linalg.generic {{indexing_maps = "
            f"[{', '.join(affine_map(dims, used) for used in maps)}], iterator_types = [{kinds}]}} "
            f"ins({values} : {all_types}) outs(%e : {result}) {{", f"^bb0({block}):",
            *("  " + line for line in body), f"}} -> {result}"]


def _operation(point, sums):
    """Lines that make %p, the sums, of %a, %b and %init."""
    pad, shape = _spread(point) if point.kind == "dgrad" else _padded(point)
    backwards = point.kind == "dgrad" and set(point.stride) == {1}
    filtered = "%v" if point.kind == "dgrad" and not backwards else "%b"
    types = f"{tensor(shape, point.dtype)}, {tensor(point.shape(point.inputs[1]), point.dtype)}"
    inout = f"ins(%x, {filtered} : {types}) outs(%init : {sums})"
    operation = NAMED.get(point.layout)
    if backwards:
        return pad + _generic(point, (inout, sums), "p{c} - {d}r{c} + {reach}")
    if point.kind == "dgrad":
        return pad + _reversed_filter(point) + _generic(point, (inout, sums), "p{c} + {d}r{c}")
    if point.kind == "wgrad" or not operation or "generic" in point.attributes:
        return pad + _generic(point, (inout, sums))
    window = ", ".join(f"{key} = dense<{list(values)}> : tensor<{point.rank}xi64>"
                       for key, values in (("strides", point.stride), ("dilations", point.dilation)))
    return pad + [f"%p = linalg.{operation} {{{window}}} {inout} -> {sums}"]


def function_text(point, name):
    assert point.sum == "f32"
    arguments = ", ".join(f"%{n}: {tensor(s, t)}" for n, s, t in point.operands())
    result = tensor(point.shape(point.result), point.out)
    sums = tensor(point.shape(point.result), "f32")
    lines = ["%zero0 = arith.constant 0.0 : f32", f"%empty = tensor.empty() : {sums}",
             f"%init = linalg.fill ins(%zero0 : f32) outs(%empty : {sums}) -> {sums}",
             *_operation(point, sums)]
    if point.steps or point.out != "f32":
        lines += _elementwise(point)
    lines.append(f"return {'%r' if point.steps or point.out != 'f32' else '%p'} : {result}")
    return "\n".join([f"func.func @{name}({arguments}) -> {result} {{",
                      *("  " + line for line in lines), "}"])


def module_text(points):
    """A module with one function p0, p1, ... per point."""
    return "\n\n".join(function_text(point, f"p{i}") for i, point in enumerate(points)) + "\n"

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Points of reductions over windows: pooling and depthwise convolution, their text as
dlk.window, and what they compute."""

import dataclasses
import itertools
import math
from typing import Tuple

import conv_gen
import numpy as np
import reference
from conv_gen import SPATIAL
from matmul_gen import affine_map, tensor


@dataclasses.dataclass(frozen=True)
class Point:
    """One function."""

    kind: str = "max"
    n: int = 1
    c: int = 8
    size: Tuple[int, ...] = (6, 6)
    filter: Tuple[int, ...] = (3, 3)
    strides: Tuple[int, ...] = ()
    dilations: Tuple[int, ...] = ()
    pad_low: Tuple[int, ...] = ()
    pad_high: Tuple[int, ...] = ()
    layouts: Tuple[str, str, str] = ("", "", "")  # of input, filter, result
    dtype: str = "f16"
    out: str = "f32"
    steps: Tuple[str, ...] = ()

    def __str__(self):
        def numbers(values):
            return "x".join(map(str, values)).replace("-", "m")

        return "-".join([self.kind, f"n{self.n}c{self.c}", numbers(self.size), f"k{numbers(self.filter)}",
                         f"s{numbers(self.stride)}", f"d{numbers(self.dilation)}",
                         f"p{numbers(self.low)}_{numbers(self.high)}", *self.layout, self.dtype,
                         f"to_{self.out}", *self.steps])

    rank, stride, dilation = conv_gen.Point.rank, conv_gen.Point.stride, conv_gen.Point.dilation
    low, high, output = conv_gen.Point.low, conv_gen.Point.high, conv_gen.Point.output
    exact = conv_gen.Point.exact
    sum, attributes = "f32", ""

    @property
    def k(self):
        return math.prod(self.filter) if self.kind in ("sum", "multiply") else 1

    @property
    def layout(self):
        s = SPATIAL[self.rank]
        return tuple(given or usual
                     for given, usual in zip(self.layouts, (f"n{s}c", f"{s}c", f"n{s}c")))

    def shape(self, which):
        spatial = (self.size, self.filter, self.output)[which]
        extents = {"n": self.n, "c": self.c, **dict(zip(SPATIAL[self.rank], spatial))}
        return [extents[letter] for letter in self.layout[which]]

    def extra_dims(self, step):
        everything = range(self.rank + 2)
        channel, image = (self.layout[2].index(letter) for letter in "cn")
        return {"row": [channel], "matrix": list(everything),
                "image": [image, channel]}[conv_gen.STEPS[step][0]]

    def operands(self):
        result = [("a", self.shape(0), self.dtype)]
        if self.kind == "multiply":
            result.append(("b", self.shape(1), self.dtype))
        shape = self.shape(2)
        for index, step in enumerate(self.steps):
            if conv_gen.STEPS[step][0]:
                result.append((f"o{index}", [shape[d] for d in self.extra_dims(step)], self.out))
        return result


def function_text(point, name):
    operands = point.operands()
    arguments = ", ".join(f"%{n}: {tensor(s, t)}" for n, s, t in operands)
    result = tensor(point.shape(2), point.out)
    extras = [(n, tensor(s, t), t) for n, s, t in operands if n.startswith("o")]
    dims = [f"d{i}" for i in range(point.rank + 2)]
    maps = [affine_map(dims, [dims[d] for d in point.extra_dims(step)])
            for step in point.steps if conv_gen.STEPS[step][0]]
    line = f"  %r = dlk.window {point.kind} ins(%a : {tensor(*operands[0][1:])})"
    if point.kind == "multiply":
        line += f" filter(%b : {tensor(*operands[1][1:])})"
    if extras:
        line += (f" extras({', '.join('%' + n for n, _, _ in extras)} : "
                 f"{', '.join(t for _, t, _ in extras)})")
    line += f' outs(%init : {result}) layouts "{point.layout[0]}" "{point.layout[2]}"'
    if point.kind == "multiply":
        line += f' by "{point.layout[1]}"'
    for keyword, values in (("window", point.filter), ("strides", point.stride),
                            ("dilations", point.dilation), ("pad_low", point.low),
                            ("pad_high", point.high)):
        line += f" {keyword} {list(values)}"
    if maps:
        line += f" maps [{', '.join(maps)}]"
    block = ", ".join(["%acc: f32"] + [f"%q{n[1:]}: {t}" for n, _, t in extras])
    return "\n".join([f"func.func @{name}({arguments}) -> {result} {{",
                      f"  %init = tensor.empty() : {result}", line + " {", f"  ^bb0({block}):",
                      *("    " + text for text in conv_gen._epilogue(point)), f"  }} -> {result}",
                      f"  return %r : {result}", "}"])


def module_text(points):
    """A module with one function p0, p1, ... per point."""
    return "\n\n".join(function_text(point, f"p{i}") for i, point in enumerate(points)) + "\n"


def _reduce(point, a, b):
    """[n, c, positions...] of plain tensors."""
    outside = {"max": -np.inf, "min": np.inf}.get(point.kind, 0.0)
    grow = [(max(lo, 0), max(hi, 0)) for lo, hi in zip(point.low, point.high)]
    padded = np.pad(a, [(0, 0), (0, 0), *grow], constant_values=outside)
    padded = padded[(Ellipsis, *(slice(max(-lo, 0), None) for lo in point.low))]
    result = np.full((point.n, point.c, *point.output), outside)
    for tap in itertools.product(*map(range, point.filter)):
        places = tuple(slice(d * r, d * r + s * (o - 1) + 1, s) if o else slice(0, 0)
                       for r, d, s, o in zip(tap, point.dilation, point.stride, point.output))
        window = padded[(Ellipsis, *places)]
        if point.kind in ("max", "min"):
            result = (np.maximum if point.kind == "max" else np.minimum)(result, window)
        elif point.kind == "sum":
            result = result + window
        else:
            factor = b[(Ellipsis, *tap)]
            result = result + window * factor.reshape(1, -1, *[1] * point.rank)
    return result


def _plain(point, which, array):
    wanted = ("nc", "c", "nc")[which] + SPATIAL[point.rank]
    return array.transpose([point.layout[which].index(letter) for letter in wanted])


def compute(point, arrays):
    """Exact values and the bound of the distance from them."""
    values = {name: reference.load(arrays[name], dtype) for name, _, dtype in point.operands()}
    a = _plain(point, 0, values["a"])
    b = _plain(point, 1, values["b"]) if point.kind == "multiply" else None
    order = ["nc".find(letter) if letter in "nc" else 2 + SPATIAL[point.rank].index(letter)
             for letter in point.layout[2]]
    x = _reduce(point, a, b).transpose(order)
    size = np.abs(x)
    if point.k > 1:
        size = _reduce(point, np.abs(a), None if b is None else np.abs(b)).transpose(order)
    steps = []
    for index, step in enumerate(point.steps):
        operand = values.get(f"o{index}")
        if operand is not None:
            dims = point.extra_dims(step)
            shape = [extent if d in dims else 1 for d, extent in enumerate(x.shape)]
            operand = operand.transpose(np.argsort(dims)).reshape(shape)
        steps.append(("multiply" if step == "multiply" else step if operand is None else "residual",
                      operand))
    return reference.finish(dataclasses.replace(point, dtype="f16"), x, size, steps)

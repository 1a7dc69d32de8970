# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Points of the convolution family and their text, as dlk.conv.

A point is one function: what is computed, extents, window, groups, layouts, types,
elementwise steps of the epilogue, and perhaps a pinned schedule.
"""

import dataclasses
import math
from typing import Tuple

import matmul_gen
from matmul_gen import CONSTANTS, affine_map, tensor

SPATIAL = {1: "w", 2: "hw", 3: "dhw"}
# Steps of the epilogue: those of a product, and one with a value for each image.
STEPS = {**matmul_gen.STEPS, "bias_image": ("image", ["%y{i} = arith.addf %x{p}, %w{i} : f32"])}
EXACT_STEPS = matmul_gen.EXACT_STEPS | {"bias_image"}


@dataclasses.dataclass(frozen=True)
class Point:
    """One function. c and f are channels of a group."""

    kind: str = "fprop"
    n: int = 1
    c: int = 8
    f: int = 8
    groups: int = 1
    size: Tuple[int, ...] = (6, 6)
    filter: Tuple[int, ...] = (3, 3)
    strides: Tuple[int, ...] = ()
    dilations: Tuple[int, ...] = ()
    pad_low: Tuple[int, ...] = ()
    pad_high: Tuple[int, ...] = ()
    layouts: Tuple[str, str, str] = ("", "", "")
    dtype: str = "f16"
    out: str = "f32"
    steps: Tuple[str, ...] = ()
    schedule: str = ""
    attributes: str = ""  # behind acc: precision, promote
    pack: int = 0  # groups of a product; 0: as the cost model says

    def __str__(self):
        def numbers(values):
            return "x".join(map(str, values)).replace("-", "m")

        parts = [self.kind, f"n{self.n}c{self.c}f{self.f}g{self.groups}", numbers(self.size),
                 f"k{numbers(self.filter)}", f"s{numbers(self.stride)}", f"d{numbers(self.dilation)}",
                 f"p{numbers(self.low)}_{numbers(self.high)}", *self.layout, self.dtype, f"to_{self.out}",
                 *self.steps, *([f"pack{self.pack}"] if self.pack else [])]
        parts += ["".join(c if c.isalnum() else "_" for c in text)
                  for text in (self.attributes, self.schedule) if text]
        return "-".join(parts)

    @property
    def rank(self):
        return len(self.size)

    @property
    def stride(self):
        return self.strides or (1, ) * self.rank

    @property
    def dilation(self):
        return self.dilations or (1, ) * self.rank

    @property
    def low(self):
        return self.pad_low or (0, ) * self.rank

    @property
    def high(self):
        return self.pad_high or self.low

    @property
    def layout(self):
        s = SPATIAL[self.rank]
        return tuple(given or usual
                     for given, usual in zip(self.layouts, (f"n{s}c", f"f{s}c", f"n{s}f")))

    @property
    def output(self):
        """Extents of the output."""
        result = []
        for i in range(self.rank):
            room = (self.size[i] + self.low[i] + self.high[i] -
                    self.dilation[i] * (self.filter[i] - 1) - 1)
            result.append(room // self.stride[i] + 1 if room >= 0 else 0)
        return tuple(result)

    def shape(self, which):
        """Extents of x (0), w (1) or y (2) in the order of its layout."""
        layout = self.layout[which]
        spatial = (self.size, self.filter, self.output)[which]
        extents = {"n": self.n, "g": self.groups, "c": self.c, "f": self.f,
                   **dict(zip(SPATIAL[self.rank], spatial))}
        if "g" not in layout:
            extents["f" if which else "c"] *= self.groups
        return [extents[letter] for letter in layout]

    @property
    def result(self):
        """Which tensor is computed."""
        return {"fprop": 2, "dgrad": 0, "wgrad": 1}[self.kind]

    @property
    def inputs(self):
        return {"fprop": (0, 1), "dgrad": (2, 1), "wgrad": (0, 2)}[self.kind]

    @property
    def k(self):
        """Products of one sum, at most."""
        taps, places = math.prod(self.filter), math.prod(self.output)
        return {"fprop": taps * self.c, "dgrad": taps * self.f, "wgrad": self.n * places}[self.kind]

    @property
    def exact(self):
        return set(self.steps) <= EXACT_STEPS

    @property
    def sum(self):
        return "i32" if self.dtype == "i8" else "f32"

    def channel_dim(self):
        """The dimension of the result that a bias follows."""
        letter = {"fprop": "f", "dgrad": "c", "wgrad": "f"}[self.kind]
        return self.layout[self.result].index(letter)

    def extra_dims(self, step):
        """Dimensions of the result that the operand of a step has."""
        everything = range(len(self.layout[self.result]))
        image = [d for d in everything if self.layout[self.result][d] == "n"]
        return {"row": [self.channel_dim()], "matrix": list(everything),
                "image": image + [self.channel_dim()]}[STEPS[step][0]]

    def operands(self):
        """(name, shape, type) of the arguments in order."""
        result = [(name, self.shape(which), self.dtype) for name, which in zip("ab", self.inputs)]
        shape = self.shape(self.result)
        for index, step in enumerate(self.steps):
            if STEPS[step][0]:
                result.append((f"o{index}", [shape[d] for d in self.extra_dims(step)], self.out))
        return result


def _epilogue(point):
    """Lines of the region behind its block arguments."""
    lines = [f"%{name} = arith.constant {value} : f32" for name, value in CONSTANTS.items()]
    value = "%acc"
    if point.sum == "i32" and (point.steps or point.out != "i32"):
        lines.append("%float = arith.sitofp %acc : i32 to f32")
        value = "%float"
    for index, step in enumerate(point.steps):
        operand, text = STEPS[step]
        wide = f"%q{index}"
        if operand and point.out != "f32":
            cast = "sitofp" if point.out == "i8" else "extf"
            lines.append(f"%w{index} = arith.{cast} %q{index} : {point.out} to f32")
            wide = f"%w{index}"
        lines += [line.replace("%w{i}", wide).replace("%x{p}", value).replace("{i}", str(index))
                  for line in text]
        value = f"%y{index}"
    if point.out == "i8":
        lines += [f"%even = math.roundeven {value} : f32",
                  "%least = arith.maximumf %even, %int8min : f32",
                  "%most = arith.minimumf %least, %int8max : f32", "%z = arith.fptosi %most : f32 to i8"]
        value = "%z"
    elif point.out not in ("f32", "i32"):
        lines.append(f"%z = arith.truncf {value} : f32 to {point.out}")
        value = "%z"
    return lines + [f"dlk.yield {value} : {point.out}"]


def function_text(point, name):
    operands = point.operands()
    arguments = ", ".join(f"%{n}: {tensor(s, t)}" for n, s, t in operands)
    result = tensor(point.shape(point.result), point.out)
    extras = [(n, tensor(s, t), t) for n, s, t in operands[2:]]
    dims = [f"d{i}" for i in range(len(point.layout[point.result]))]
    maps = [affine_map(dims, [dims[d] for d in point.extra_dims(step)])
            for step in point.steps if STEPS[step][0]]
    lines = [f"func.func @{name}({arguments}) -> {result} {{", f"  %init = tensor.empty() : {result}"]
    a, b = (tensor(s, t) for _, s, t in operands[:2])
    line = f"  %r = dlk.conv {point.kind} ins(%a, %b : {a}, {b})"
    if extras:
        line += (f" extras({', '.join('%' + n for n, _, _ in extras)} : "
                 f"{', '.join(t for _, t, _ in extras)})")
    line += f" outs(%init : {result}) layouts " + " ".join(f'"{text}"' for text in point.layout)
    for keyword, values in (("strides", point.stride), ("dilations", point.dilation),
                            ("pad_low", point.low), ("pad_high", point.high)):
        line += f" {keyword} {list(values)}"
    line += f" groups {point.groups}"
    if maps:
        line += f" maps [{', '.join(maps)}]"
    line += f" acc {point.sum} {point.attributes}"
    if point.schedule:
        line += f" schedule #dlk.schedule<{point.schedule}>"
    if point.pack:
        line += f" attributes {{dlk.pack = {point.pack} : i64}}"
    block = ", ".join([f"%acc: {point.sum}"] + [f"%q{n[1:]}: {t}" for n, _, t in extras])
    lines += [line + " {", f"  ^bb0({block}):"]
    lines += ["    " + text for text in _epilogue(point)]
    return "\n".join(lines + [f"  }} -> {result}", f"  return %r : {result}", "}"])


def module_text(points):
    """A module with one function p0, p1, ... per point."""
    return "\n\n".join(function_text(point, f"p{i}") for i, point in enumerate(points)) + "\n"

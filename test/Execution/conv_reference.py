# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Convolutions and their gradients by their definition, tap by tap, in float64."""

import itertools
import math

import numpy as np
import reference
from conv_gen import SPATIAL, STEPS

# Every tensor as [image or f, group, channel, positions...].
ORDER = ("ngc", "gfc", "ngf")


def to_plain(point, which, array):
    """A tensor in the order of ORDER, spatial dimensions last, groups apart."""
    layout = point.layout[which]
    if "g" not in layout:
        letter = "f" if which else "c"
        axis = layout.index(letter)
        shape = list(array.shape)
        shape[axis:axis + 1] = [point.groups, shape[axis] // point.groups]
        array, layout = array.reshape(shape), layout.replace(letter, "g" + letter)
    wanted = ORDER[which] + SPATIAL[point.rank]
    for letter in wanted:
        if letter not in layout:  # one channel of a group
            array, layout = array[..., np.newaxis], layout + letter
    return array.transpose([layout.index(letter) for letter in wanted])


def from_plain(point, which, array):
    layout = point.layout[which]
    wanted = ORDER[which] + SPATIAL[point.rank]
    full = layout
    if "g" not in layout:
        letter = "f" if which else "c"
        full = layout.replace(letter, "g" + letter)
    full += "".join(letter for letter in wanted if letter not in full)
    return array.transpose([wanted.index(letter) for letter in full]).reshape(point.shape(which))


def _taps(point):
    """Each tap, and the slices of the padded input that all positions meet there."""
    for tap in itertools.product(*map(range, point.filter)):
        yield tap, tuple(
            slice(d * r, d * r + s * (o - 1) + 1, s) if o else slice(0, 0)
            for r, d, s, o in zip(tap, point.dilation, point.stride, point.output))


def _padded_shape(point):
    """Extents of the input with its padding; what a crop removes is put back."""
    return [max(s + max(lo, 0) + max(hi, 0), 0)
            for s, lo, hi in zip(point.size, point.low, point.high)]


def _crop(point):
    return tuple(slice(max(-lo, 0), None) for lo in point.low)


def _inner(point):
    return tuple(slice(max(lo, 0), max(lo, 0) + s) for s, lo in zip(point.size, point.low))


def convolve(point, a, b):
    """The result of plain tensors."""
    f, lead = (Ellipsis, ), (point.n, point.groups)
    count = math.prod(point.output)
    padded = np.zeros((*lead, point.c, *_padded_shape(point)))
    if point.kind == "dgrad":
        window, a = padded[f + _crop(point)], a.reshape(*lead, point.f, count)
        for tap, places in _taps(point):
            gradient = np.ascontiguousarray(np.swapaxes(b[f + tap], 1, 2)) @ a
            window[f + places] += gradient.reshape(*lead, point.c, *point.output)
        return padded[f + _inner(point)]
    padded[f + _inner(point)] = a
    window = padded[f + _crop(point)]
    columns = ((tap, window[f + places].reshape(*lead, point.c, count))
               for tap, places in _taps(point))
    if point.kind == "fprop":
        result = sum((b[f + tap] @ x for tap, x in columns), np.zeros((*lead, point.f, count)))
        return result.reshape(*lead, point.f, *point.output)
    result = np.zeros((*point.filter, point.groups, point.f, point.c))
    for tap, x in columns:
        result[tap] = (b.reshape(*lead, point.f, count) @ np.swapaxes(x, 2, 3)).sum(0)
    return np.moveaxis(result, range(point.rank), range(-point.rank, 0))


def compute(point, arrays):
    """Exact values and the bound of the distance from them."""
    values = {name: reference.load(arrays[name], dtype) for name, _, dtype in point.operands()}
    a, b = (to_plain(point, which, values[name]) for name, which in zip("ab", point.inputs))
    x = from_plain(point, point.result, convolve(point, a, b))
    size = from_plain(point, point.result, convolve(point, np.abs(a), np.abs(b)))
    steps = []
    for index, step in enumerate(point.steps):
        operand = values.get(f"o{index}")
        if STEPS[step][0]:
            dims = point.extra_dims(step)
            shape = [extent if d in dims else 1 for d, extent in enumerate(x.shape)]
            operand = operand.transpose(np.argsort(dims)).reshape(shape)
        steps.append(("multiply" if step == "multiply" else step if operand is None else "residual",
                      operand))
    return reference.finish(point, x, size, steps)

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tensor maps and copies through them as NumPy sees them: one element at a time,
innermost dimension first, as the PTX ISA and cuTensorMapEncode* tell it."""

import itertools

import numpy as np

from .shared_layouts import swizzled

SIZES = {"i8": 1, "i16": 2, "i32": 4, "f16": 2, "bf16": 2, "f32": 4, "f64": 8, "tf32": 4}


def fields_of(dtype, dims, box, steps=None, swizzle="none", fill="zeros", interleave="none",
              pad=0):
    """Fields of a tiled map, with rows `pad` bytes apart from each other."""
    strides, step = [], SIZES[dtype]
    for size in dims[:-1]:
        step = (step * size + pad + 15) // 16 * 16
        strides.append(step)
    return {"dtype": dtype, "dims": list(dims), "strides": strides, "box": list(box),
            "element_strides": list(steps or [1] * len(dims)), "swizzle": swizzle,
            "oob_fill": fill, "interleave": interleave}


def tensor_bytes(fields):
    """Memory that the tensor takes."""
    last = fields["strides"][-1] if fields["strides"] else SIZES[fields["dtype"]]
    return fields["dims"][-1] * last


def counts(fields):
    """Elements of a box along each dimension."""
    return [-(-b // s) if i else b
            for i, (b, s) in enumerate(zip(fields["box"], fields["element_strides"]))]


def box_bytes(fields):
    """Shared memory that a box takes, and what it adds to the tx-count."""
    return int(np.prod(counts(fields))) * SIZES[fields["dtype"]]


def places(fields, start):
    """(byte in shared memory, byte of the tensor or None) of each element."""
    size = SIZES[fields["dtype"]]
    extent = counts(fields)
    strides = [size] + fields["strides"]
    steps = [1] + fields["element_strides"][1:]
    for number, index in enumerate(itertools.product(*map(range, reversed(extent)))):
        at = [s + i * step for s, i, step in zip(start, reversed(index), steps)]
        inside = all(0 <= a < d for a, d in zip(at, fields["dims"]))
        place = swizzled(number * size, fields["swizzle"])
        yield place, sum(a * s for a, s in zip(at, strides)) if inside else None


def load(fields, tensor, start):
    """The box at `start` as bytes of shared memory."""
    size = SIZES[fields["dtype"]]
    nan = np.full(size, 0xFF, np.uint8)
    nan[-1] = 0x7F
    found = np.zeros(box_bytes(fields), np.uint8)
    for shared, place in places(fields, start):
        if place is not None:
            found[shared:shared + size] = tensor[place:place + size]
        elif fields["oob_fill"] == "nan":
            found[shared:shared + size] = nan
    return found


def store(fields, tensor, start, shared, combine=lambda old, new: new):
    """Writes the box to the tensor, where it is inside."""
    size = SIZES[fields["dtype"]]
    for place, to in places(fields, start):
        if to is not None:
            words = (a.view(f"u{size}") for a in (tensor[to:to + size],
                                                  shared[place:place + size]))
            tensor[to:to + size] = combine(*words).view(np.uint8)


def combination(operation, form):
    """What a reduction makes of arrays of bits, or None if it is not known here."""
    if form[1:] not in ("32", "64") or form[0] == "f":
        return None
    kind = np.dtype(f"{'i' if form[0] in 'si' else 'u'}{int(form[1:]) // 8}")
    table = {"add": np.add, "min": np.minimum, "max": np.maximum, "and": np.bitwise_and,
             "or": np.bitwise_or, "xor": np.bitwise_xor,
             "inc": lambda old, new: np.where(old >= new, 0, old + 1),
             "dec": lambda old, new: np.where((old == 0) | (old > new), new, old - 1)}
    if operation in ("inc", "dec"):
        kind = np.dtype("u4")
    return lambda old, new: table[operation](old.view(kind), new.view(kind)).astype(
        kind).view(old.dtype)


def around(fields):
    """Starts: inside, over each side, wholly outside."""
    dims, box = fields["dims"], fields["box"]
    middle = [max((d - b) // 2, 0) for d, b in zip(dims, box)]
    found = [middle, [0] * len(dims)]
    for axis, (size, extent) in enumerate(zip(dims, box)):
        for at in (-1, -extent + 1, -extent, size - extent + 1, size - 1, size):
            found.append([at if i == axis else m for i, m in enumerate(middle)])
    return found + [[-1] * len(dims), [d - 1 for d in dims]]

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""im2col copies of 3 to 5 dimensions: corners, offsets, strides, edges of images.

NumPy's reference walks `pixels_per_column` positions through W, H, D and N inside
the bounding box, from the start that the coordinates give.
"""

import numpy as np

from .. import tensors
from ..tma_kernel import load_case


def _fields(dtype, dims, lower, upper, channels, pixels, steps=None, fill="zeros",
            swizzle="none"):
    fields = tensors.fields_of(dtype, dims, [1] * len(dims), steps, swizzle, fill)
    del fields["box"]
    fields.update(mode="im2col", pixel_box_lower=list(lower), pixel_box_upper=list(upper),
                  channels_per_pixel=channels, pixels_per_column=pixels)
    return fields


def _walk(fields, start):
    """Base positions (innermost spatial dimension first, then N) in order."""
    spatial = len(fields["dims"]) - 2
    low = fields["pixel_box_lower"]
    high = [fields["dims"][i + 1] + fields["pixel_box_upper"][i] for i in range(spatial)]
    steps = fields["element_strides"][1:1 + spatial]
    position = list(start[1:])
    for _ in range(fields["pixels_per_column"]):
        yield tuple(position)
        for axis in range(spatial):
            position[axis] += steps[axis]
            if position[axis] < high[axis]:
                break
            position[axis] = low[axis]
        else:
            position[spatial] += 1


def _reference(fields, starts, offsets, size):
    def boxes(given):
        width = tensors.SIZES[fields["dtype"]]
        strides = [width] + fields["strides"]
        channels = fields["channels_per_pixel"]
        empty = np.full(width, 0xFF, np.uint8)
        empty[-1] = 0x7F
        if fields["oob_fill"] == "zeros":
            empty[:] = 0
        found = np.full((len(starts), size), 0xCD, np.uint8)
        for row, start, offset in zip(found, starts, offsets):
            for pixel, base in enumerate(_walk(fields, start)):
                at = [b + o for b, o in zip(base, list(offset) + [0])]
                inside = all(0 <= a < d for a, d in zip(at, fields["dims"][1:]))
                for channel in range(channels):
                    place = (pixel * channels + channel) * width
                    c = start[0] + channel
                    value = empty
                    if inside and 0 <= c < fields["dims"][0]:
                        byte = c * width + sum(a * s for a, s in zip(at, strides[1:]))
                        value = given["tensor"][byte:byte + width]
                    row[place:place + width] = value
        return found.ravel().view(np.uint32)
    return boxes


def _case(name, fields, starts, offsets):
    used = (fields["channels_per_pixel"] * fields["pixels_per_column"] *
            tensors.SIZES[fields["dtype"]])
    case = load_case(f"tma/im2col-{name}", fields, starts, "im2col", offsets, used, False)
    size = (used + 127) // 128 * 128
    if fields["swizzle"] == "none":
        case.outputs[0].reference = _reference(fields, starts, offsets, size)
    return case


def _table():
    """Name, fields, starts, offsets."""
    wide = [[0, -1, 0], [0, 3, 1], [8, 5, 0], [0, 10, 2], [28, 0, 0], [0, 0, 2]]
    yield "3d", _fields("f32", (32, 12, 3), (-1,), (-1,), 8, 16), wide, [
        (0,), (1,), (2,), (0,), (2,), (1,)]
    yield "3d-inside", _fields("f16", (32, 12, 3), (0,), (0,), 16, 20), [
        [0, 0, 0], [16, 4, 1], [24, 11, 0], [0, 0, 2]], [(0,)] * 4
    image = (16, 9, 7, 3)
    starts = [[0, -1, -1, 0], [0, 3, 2, 1], [8, 6, 4, 0], [0, 0, 0, 2], [12, 2, 5, 1]]
    filters = [(0, 0), (1, 2), (2, 2), (2, 0), (1, 1)]
    yield "4d", _fields("f32", image, (-1, -1), (-1, -1), 8, 24), starts, filters
    yield "4d-nan", _fields("f16", image, (-1, -1), (-1, -1), 8, 24, fill="nan"), starts, filters
    yield "4d-steps-2", _fields("f32", image, (-1, -1), (-1, -1), 8, 12, (1, 2, 2, 1)), [
        [0, -1, -1, 0], [0, 3, 1, 1], [8, 5, 3, 0], [0, 1, 1, 2], [12, -1, 5, 1]], filters
    yield "4d-steps-1-3", _fields("f32", image, (0, 0), (0, 0), 8, 12, (1, 1, 3, 1)), [
        [0, 0, 0, 0], [0, 3, 3, 1], [8, 5, 6, 0]], [(0, 0), (1, 1), (0, 2)]
    yield "4d-corners", _fields("f32", image, (-2, -3), (1, 2), 4, 32), [
        [0, -2, -3, 0], [4, 6, 7, 1], [0, 9, 8, 2]], [(0, 0), (3, 1), (255, 0)]
    yield "4d-small-box", _fields("f32", image, (2, 1), (-3, -2), 4, 32), [
        [0, 2, 1, 0], [0, 4, 3, 1]], [(0, 0), (4, 4)]
    for swizzle, channels in (("32B", 16), ("64B", 32), ("128B", 64)):
        yield f"4d-swizzle-{swizzle}", _fields(
            "bf16", (64, 9, 7, 3), (-1, -1), (-1, -1), channels, 16, swizzle=swizzle), starts, \
            filters
    volume = (8, 6, 5, 4, 2)
    yield "5d", _fields("f32", volume, (-1, -1, -1), (-1, -1, -1), 8, 40), [
        [0, -1, -1, -1, 0], [0, 2, 1, 1, 1], [4, 4, 3, 2, 0]], [(0, 0, 0), (1, 2, 1), (2, 2, 2)]
    yield "5d-steps", _fields("f16", volume, (-1, 0, -1), (0, -1, -1), 8, 20, (1, 2, 1, 2, 1)), [
        [0, -1, 0, -1, 0], [0, 1, 1, 1, 1]], [(0, 0, 0), (2, 1, 1)]


def cases():
    """The table."""
    for name, fields, starts, offsets in _table():
        yield _case(name, fields, starts, offsets)

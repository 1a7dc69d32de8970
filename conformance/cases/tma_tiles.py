# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tiled tensor copies: ranks, boxes over every side, element strides, fills,
swizzles, types; loads, stores, reductions."""

from ..tensors import fields_of
from ..tma_kernel import load_case, store_case

RANKS = {
    1: ((100,), (32,)), 2: ((40, 21), (16, 8)), 3: ((40, 9, 7), (16, 4, 3)),
    4: ((24, 7, 5, 4), (8, 3, 2, 3)), 5: ((24, 5, 4, 3, 3), (8, 2, 3, 2, 2)),
}
SPANS = {"none": 32, "32B": 32, "64B": 64, "128B": 128}


def _loads():
    for rank, (dims, box) in RANKS.items():
        yield load_case(f"tma/load-{rank}d-f32", fields_of("f32", dims, box))
        yield load_case(f"tma/load-{rank}d-f16-nan",
                        fields_of("f16", dims, [2 * box[0], *box[1:]], fill="nan"))
    for dtype in ("i8", "i16", "i32", "bf16", "f64", "tf32"):
        yield load_case(f"tma/load-2d-{dtype}", fields_of(dtype, (80, 21), (16, 8)))
    for dtype in ("bf16", "f32", "f64", "tf32"):
        yield load_case(f"tma/load-2d-{dtype}-nan",
                        fields_of(dtype, (40, 21), (16, 8), fill="nan"))
    for steps in ((1, 2), (1, 3), (1, 8), (2, 1), (4, 2)):
        yield load_case(f"tma/load-2d-steps-{steps[0]}-{steps[1]}",
                        fields_of("f32", (64, 40), (16, 12), steps), reference=steps[0] == 1)
    yield load_case("tma/load-3d-steps", fields_of("f16", (64, 9, 11), (16, 5, 7), (1, 2, 3)))
    for swizzle, span in SPANS.items():
        for rank in (2, 3):
            dims, box = ((span, 19, 5)[:rank], (span // 2, 16, 2)[:rank])
            yield load_case(f"tma/load-{rank}d-swizzle-{swizzle}",
                            fields_of("bf16", dims, box, swizzle=swizzle))
        for inner in (16, 32, 48, 64, 96):
            if swizzle != "none" and inner < span:
                yield load_case(f"tma/load-2d-swizzle-{swizzle}-inner-{inner}",
                                fields_of("i8", (256, 19), (inner, 16), swizzle=swizzle),
                                reference=False)
    yield load_case("tma/load-2d-padded", fields_of("f32", (37, 11), (16, 8), pad=64))
    yield load_case("tma/load-2d-far", fields_of("f32", (40, 21), (16, 8)),
                    [[-2**31, 0], [0, -2**31], [2**31 - 1, 0], [0, 2**31 - 1], [2**31 - 8, 4],
                     [-2**20, -2**20], [2**20, 2**20]])
    yield load_case("tma/load-2d-large-box", fields_of("i8", (300, 40), (256, 32)),
                    [[0, 0], [44, 8], [45, 9], [-1, -1]])
    for width, inner in (("16B", 16), ("32B", 32)):
        swizzle = "32B" if width == "32B" else "none"
        yield load_case(f"tma/load-3d-interleave-{width}",
                        fields_of("i8", (inner, 7, 5), (inner, 4, 2), interleave=width,
                                  swizzle=swizzle), reference=False)


def _stores():
    for rank, (dims, box) in RANKS.items():
        yield store_case(f"tma/store-{rank}d-f32", fields_of("f32", dims, box))
    for swizzle, span in SPANS.items():
        yield store_case(f"tma/store-2d-swizzle-{swizzle}",
                         fields_of("bf16", (span, 19), (span // 2, 16), swizzle=swizzle))
    for dtype in ("i8", "i16", "f16", "f64"):
        yield store_case(f"tma/store-2d-{dtype}", fields_of(dtype, (40, 21), (16, 8)))
    yield store_case("tma/store-2d-steps", fields_of("f32", (40, 21), (16, 8), (1, 2)))
    for operation in ("add", "min", "max", "inc", "dec", "and", "or", "xor"):
        yield store_case(f"tma/reduce-2d-{operation}-i32", fields_of("i32", (40, 21), (16, 8)),
                         operation=operation)
    for dtype in ("f16", "bf16", "f32"):
        for operation in ("add", "min", "max"):
            if dtype == "f32" and operation != "add":
                continue
            yield store_case(f"tma/reduce-2d-{operation}-{dtype}",
                             fields_of(dtype, (40, 21), (16, 8)), operation=operation)


def _prefetched():
    """A load after prefetches of the map and of the box."""
    case = load_case("tma/load-2d-prefetched", fields_of("f32", (40, 21), (16, 8)))
    case.text = case.text.replace(
        "@lead cp.async.bulk.tensor", "@lead prefetch.tensormap [map_t];\n"
        "  @lead cp.async.bulk.prefetch.tensor.2d.L2.global.tile [map_t, {x0, x1}];\n"
        "  @lead cp.async.bulk.tensor")
    return case


def cases():
    """Loads, then what writes."""
    yield _prefetched()
    yield from _loads()
    yield from _stores()

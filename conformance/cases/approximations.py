# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Approximate functions: 2^20 arguments, every exponent of both signs alike, and
the edges. The error granted by the PTX ISA decides, not the bits."""

import numpy as np

from .. import data, numbers
from ..kernel import lanewise

SWEEP = 1 << 20


def sweep(name):
    """f32 bits: the high 20 bits count, the low 12 are random."""
    low = data.random_bits(name, SWEEP, 16) & np.uint16(0xFFF)
    return np.arange(SWEEP, dtype=np.uint32) << np.uint32(12) | low.astype(np.uint32)


def edge_values(form):
    """Edges, powers of two, and values next to whole numbers."""
    if form != "f32":
        return np.array(data.edges(form), f"u{data.width_of(form) // 8}")
    powers = np.arange(0, 256, dtype=np.uint32) << np.uint32(23)
    around = np.arange(-160, 161, dtype=np.float32)
    parts = [np.array(data.float_edges("f32"), np.uint32), powers, powers + 1,
             powers | np.uint32(1 << 31), around.view(np.uint32),
             around.view(np.uint32) + np.uint32(1),
             data.normals("approximations", 1024).astype(np.float32).view(np.uint32)]
    return np.concatenate(parts)


def _relative(power, extra=0.0):
    """Relative error 2^power, and the last place of what the executor rounds."""
    def bound(form, value, *_):
        size = np.abs(value)
        step = 2.0**-126 if ".ftz" in form else 2.0**-149
        return size * (2.0**power + 2.0**-24) + step + extra
    return bound


def _ulps(count):
    return _relative(np.log2(count) - 23)


def _lg2(form, value, bits):
    """Relative 2^-22, but absolute where the argument is near 1."""
    argument = numbers.decode(bits, "f32")
    near = (argument > 0.5) & (argument < 2.0)
    return np.where(near, 2.0**-22, np.abs(value) * 2.0**-22) + 2.0**-24 * np.abs(value)


def _trigonometry(_form, value, bits):
    """Absolute 2^-20.5 in -pi to pi; nothing is promised far outside."""
    size = np.abs(numbers.decode(bits, "f32"))
    return np.where(size <= 6.3, 2.0**-20.5 + 2.0**-24 * np.abs(value), np.inf)


def _division(form, value, _a, b):
    """2 ulps; div.approx for divisors of 2^-126 to 2^126 only."""
    divisor = np.abs(numbers.decode(b, "f32"))
    inside = (divisor >= 2.0**-126) & (divisor <= 2.0**126)
    bound = np.abs(value) * 2.0**-22 + (2.0**-126 if ".ftz" in form else 2.0**-149) * 2
    return np.where(inside | ("full" in form), bound, np.inf)


ROWS = [  # name, forms, tolerance, chip
    ("ex2", "ex2.approx<|.ftz>.f32 d, a;", _relative(-22)),
    ("lg2", "lg2.approx<|.ftz>.f32 d, a;", _lg2),
    ("rcp", "rcp.approx<|.ftz>.f32 d, a;", _ulps(1)),
    ("rsqrt", "rsqrt.approx<|.ftz>.f32 d, a;", _relative(-22.9)),
    ("sqrt", "sqrt.approx<|.ftz>.f32 d, a;", _relative(-23)),
    ("sin", "sin.approx<|.ftz>.f32 d, a;", _trigonometry),
    ("cos", "cos.approx<|.ftz>.f32 d, a;", _trigonometry),
    ("tanh", "tanh.approx.f32 d, a;", _relative(-11)),
]

PACKED = [
    ("ex2-f16", "ex2.approx.f16 d, a;", "f16", 2.0**-9.9, "sm_80"),
    ("ex2-f16x2", "ex2.approx.f16x2 d, a;", "f16x2", 2.0**-9.9, "sm_80"),
    ("tanh-f16", "tanh.approx.f16 d, a;", "f16", 2.0**-10.987, "sm_80"),
    ("tanh-f16x2", "tanh.approx.f16x2 d, a;", "f16x2", 2.0**-10.987, "sm_80"),
    ("ex2-bf16", "ex2.approx.ftz.bf16 d, a;", "bf16", 2.0**-7, "sm_90a"),
    ("ex2-bf16x2", "ex2.approx.ftz.bf16x2 d, a;", "bf16x2", 2.0**-7, "sm_90a"),
    ("tanh-bf16", "tanh.approx.bf16 d, a;", "bf16", 2.0**-8, "sm_90a"),
    ("tanh-bf16x2", "tanh.approx.bf16x2 d, a;", "bf16x2", 2.0**-8, "sm_90a"),
]


def _doubles():
    """The approximations of f64 reciprocals, which read the high word only."""
    for op in ("rcp", "rsqrt"):
        yield lanewise(f"approximations/{op}-f64", f"{op}.approx.ftz.f64 d, a;", "f64", "f64",
                       extra=4096, tolerance=lambda _f, value, _a:
                       np.abs(value) * 2.0**-20 + 2.0**-1022)


def cases():
    """Edges of each function, then its sweep."""
    for name, text, tolerance in ROWS:
        yield lanewise(f"approximations/{name}", text, "f32", "f32", tolerance=tolerance,
                       operands=lambda: [edge_values("f32")])
        case = lanewise(f"approximations/{name}-sweep", text, "f32", "f32",
                        tolerance=tolerance, operands=lambda name=name: [sweep(name)])
        for output in case.outputs:
            output.parts = (512, 128)
        yield case
    for name, text, form, bound, chip in PACKED:
        last = 2.0**-8 if form.startswith("bf16") else 2.0**-11
        yield lanewise(f"approximations/{name}", text, form, form, chip, extra=2048,
                       tolerance=lambda _f, value, _a, bound=bound, last=last:
                       np.abs(value) * (bound + last) + 2.0**-14)
    yield from _doubles()
    yield lanewise("approximations/div", "div.<approx|full><|.ftz>.f32 d, a, b;", "f32 f32",
                   "f32", tolerance=_division, extra=4096)

    def divided():
        first = sweep("div")
        return [data.random_bits("div.a", SWEEP, 32), first]
    case = lanewise("approximations/div-sweep", "div.<approx|full>.f32 d, a, b;", "f32 f32",
                    "f32", tolerance=_division, operands=divided)
    for output in case.outputs:
        output.parts = (512, 128)
    yield case

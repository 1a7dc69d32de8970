# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every cvt of sm_80, sm_89 and sm_90: all inputs of 16 bits, of wider sources the
edges, ties of each narrower type, and random ones."""

import numpy as np

from .. import conversions, data
from ..kernel import lanewise

INTEGERS = ("u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64")


def float_inputs(name, form):
    """f32 or f64: edges, whole numbers and halves around every integer limit,
    and patterns whose low bits are at, just below and just above a tie."""
    if form == "f32":
        raw, view, bits, drops = np.uint32, np.float32, 32, (13, 16, 20, 21)
    else:
        raw, view, bits, drops = np.uint64, np.float64, 64, (29, 42, 45)
    edge = np.array(data.float_edges(form), raw)
    limits = np.ldexp(1.0, np.array([0, 7, 8, 11, 15, 16, 24, 31, 32, 53, 63, 64]))
    near = np.concatenate([s * (limits + d) for s in (1, -1)
                           for d in (-1.5, -1, -0.5, -0.25, 0, 0.25, 0.5, 1, 1.5, 2.5)])
    near = near.astype(view).view(raw)
    random = data.random_bits(name, 2048, bits)
    exponent_bits, fraction_bits = {"f32": (8, 23), "f64": (11, 52)}[form]
    bias = (1 << (exponent_bits - 1)) - 1
    spread = data.random_bits(name + ".e", 2048) % np.uint64(60)
    keep = raw((1 << fraction_bits) - 1 | 1 << (bits - 1))
    random = (random & keep) | ((spread.astype(raw) + raw(bias - 32))
                                << raw(fraction_bits))
    ties = [random]
    for drop in drops:
        high = random[:256] >> raw(drop) << raw(drop)
        for low in ((1 << (drop - 1)), (1 << (drop - 1)) - 1, (1 << (drop - 1)) + 1):
            ties.append(high | raw(low))
    return np.concatenate([edge, near] + ties)


def source(name, form):
    """The operands of a unary conversion."""
    if form in ("f32", "f64"):
        return [float_inputs(name, form)]
    if form in ("u8", "s8"):
        return [np.arange(256, dtype=np.uint16)]
    return data.operands(name, [form], 2048)


def unary(name, text, form, result, chip="sm_80", version=None):
    """A conversion of one operand; 8-bit integers travel in 16 bits."""
    return lanewise(f"convert/{name}", text, {"u8": "u16", "s8": "u16"}.get(form, form),
                    {"u8": "u16", "s8": "u16"}.get(result, result).replace("s", "u"), chip,
                    version, lambda: source(name, form),
                    reference=conversions.reference)


FLOATS = [  # target, source, alternatives, chip
    ("f16", "f32", "<.rn|.rz|.rm|.rp><|.ftz><|.sat>", "sm_80"),
    ("f16", "f64", "<.rn|.rz|.rm|.rp><|.sat>", "sm_80"),
    ("f32", "f64", "<.rn|.rz|.rm|.rp><|.ftz><|.sat>", "sm_80"),
    ("f32", "f16", "<|.ftz><|.sat>", "sm_80"),
    ("f64", "f16", "<|.sat>", "sm_80"),
    ("f64", "f32", "<|.ftz><|.sat>", "sm_80"),
    ("f32", "bf16", "<|.ftz>", "sm_90a"),
    ("f64", "bf16", "", "sm_90a"),
    ("f16", "bf16", "<.rn|.rz|.rm|.rp>", "sm_90a"),
    ("bf16", "f16", "<.rn|.rz|.rm|.rp>", "sm_90a"),
    ("bf16", "f64", "<.rn|.rz|.rm|.rp>", "sm_90a"),
]

INTEGRAL = [("f16", "sm_80"), ("f32", "sm_80"), ("f64", "sm_80"), ("bf16", "sm_90a")]


def _between_floats():
    for target, origin, modes, chip in FLOATS:
        yield unary(f"{target}-from-{origin}", f"cvt{modes}.{target}.{origin} d, a;",
                    origin, target, chip)
    yield unary("bf16-from-f32", "cvt<.rn|.rz><|.relu>.bf16.f32 d, a;", "f32", "bf16")
    yield unary("f16-from-f32-relu", "cvt<.rn|.rz>.relu.f16.f32 d, a;", "f32", "f16")
    yield unary("tf32-from-f32", "cvt.rna.tf32.f32 d, a;", "f32", "f32")
    yield unary("tf32-from-f32-sm90", "cvt<.rn|.rz><|.relu>.tf32.f32 d, a;", "f32", "f32",
                "sm_90a")
    yield unary("tf32-satfinite", "cvt.rna.satfinite.tf32.f32 d, a;", "f32", "f32", "sm_89",
                version="8.6")
    for form, chip in INTEGRAL:
        extra = "<|.ftz><|.sat>" if form == "f32" else "<|.sat>" if form != "bf16" else ""
        yield unary(f"integral-{form}", f"cvt<.rni|.rzi|.rmi|.rpi>{extra}.{form}.{form} d, a;",
                    form, form, chip)


def _holds(target, origin):
    """Whether every value of one integer type is one of the other's: ptxas then
    refuses .sat."""
    wide, narrow = int(target[1:]), int(origin[1:])
    if target[0] == origin[0]:
        return wide >= narrow
    return target[0] == "s" and wide > narrow


def _with_integers():
    for form, chip in INTEGRAL:
        for whole in INTEGERS[2:] if form == "bf16" else INTEGERS:
            text = "cvt<.rni|.rzi|.rmi|.rpi>.{0}.{1} d, a;"
            if form != "bf16":
                text += "\ncvt.rzi.sat.{0}.{1} d, a;"
            if form == "f32":
                text += "\ncvt.rzi.ftz.{0}.{1} d, a;"
            yield unary(f"{whole}-from-{form}", text.format(whole, form), form, whole, chip)
            yield unary(f"{form}-from-{whole}", f"cvt<.rn|.rz|.rm|.rp>.{form}.{whole} d, a;",
                        whole, form, chip)
    for origin in INTEGERS:
        for target in INTEGERS:
            if origin != target:
                sat = "" if _holds(target, origin) else "<|.sat>"
                yield unary(f"{target}-from-{origin}", f"cvt{sat}.{target}.{origin} d, a;",
                            origin, target)


def _pairs():
    def two(name):
        first = float_inputs(name, "f32")
        return [first, first[::-1].copy()]
    rows = [("f16x2", "<.rn|.rz><|.relu>", "sm_80"), ("bf16x2", "<.rn|.rz><|.relu>", "sm_80"),
            ("e4m3x2", ".rn.satfinite<|.relu>", "sm_89"),
            ("e5m2x2", ".rn.satfinite<|.relu>", "sm_89")]
    for target, modes, chip in rows:
        name = f"convert/{target}-from-two-f32"
        yield lanewise(name, f"cvt{modes}.{target}.f32 d, a, b;", "f32 f32", target, chip,
                       operands=lambda name=name: two(name))
    for small in ("e4m3x2", "e5m2x2"):
        yield lanewise(f"convert/f16x2-from-{small}", f"cvt.rn<|.relu>.f16x2.{small} d, a;",
                       "u16", "f16x2", "sm_89")

        def halves():
            low = np.arange(65536, dtype=np.uint32)
            return [low | low[::-1] << np.uint32(16)]
        yield lanewise(f"convert/{small}-from-f16x2",
                       f"cvt.rn.satfinite<|.relu>.{small}.f16x2 d, a;", "f16x2", small, "sm_89",
                       operands=halves)
    for target in ("u16", "s16"):
        yield lanewise(f"convert/pack-{target}", f"cvt.pack.sat.{target}.s32 d, a, b;",
                       "u32 u32", "u32")
    for target in ("u8", "s8"):
        yield lanewise(f"convert/pack-{target}", f"cvt.pack.sat.{target}.s32.b32 d, a, b, c;",
                       "u32 u32 u32", "u32")


def cases():
    """Floats, integers, packed pairs."""
    yield from _between_floats()
    yield from _with_integers()
    yield from _pairs()

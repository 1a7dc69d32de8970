# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which wgmma instructions are cases."""

from .wgmma import Wgmma

FLOATS = [("f16", "f16", "f16"), ("f16", "f16", "f32"), ("bf16", "bf16", "f32"),
          ("tf32", "tf32", "f32")] + [
    (a, b, acc) for a in ("e4m3", "e5m2") for b in ("e4m3", "e5m2") for acc in ("f16", "f32")]
INTEGERS = [(a, b, "s32") for a in ("s8", "u8") for b in ("s8", "u8")]
SWIZZLES = ("none", "32B", "64B", "128B")


def _table():
    for a, b, acc in FLOATS + INTEGERS:
        name = f"wgmma/{a}-{b}-{acc}"
        yield Wgmma(name, 16, a, b, acc)
        yield Wgmma(f"{name}-registers", 16, a, b, acc, from_registers=True, sampled=True)
        for n in (8, 256):
            yield Wgmma(f"{name}-n{n}", n, a, b, acc, patterns=("normal",), sampled=True)
        if a == b:
            yield Wgmma(f"{name}-chain", 16, a, b, acc, steps=4, patterns=("normal",))
            yield Wgmma(f"{name}-scale-d-0", 8, a, b, acc, keep=False, sampled=True)
            for swizzle in SWIZZLES[:3]:
                yield Wgmma(f"{name}-{swizzle}", 64, a, b, acc, (swizzle, swizzle),
                            patterns=("normal",), sampled=True)
        if acc == "s32":
            yield Wgmma(f"{name}-satfinite", 16, a, b, acc, satfinite=True)
    for n in range(16, 256, 8):
        if n != 64:
            yield Wgmma(f"wgmma/bf16-n{n}", n, "bf16", "bf16", "f32", patterns=("normal",), sampled=True)
    for form, acc in (("f16", "f32"), ("tf32", "f32"), ("e4m3", "f32"), ("f16", "f16")):
        for negate in ((1, -1), (-1, 1), (-1, -1)):
            words = "".join("n" if s < 0 else "p" for s in negate)
            yield Wgmma(f"wgmma/negate-{form}-{acc}-{words}", 16, form, form, acc,
                        negate=negate, patterns=("normal", "special"), sampled=True)
    for a_major in (True, False):
        for b_major in (True, False):
            if a_major and b_major:
                continue
            for swizzle in SWIZZLES:
                words = "".join("k" if k else "m" for k in (a_major, b_major))
                yield Wgmma(f"wgmma/f16-major-{words}-{swizzle}", 64, "f16", "f16", "f32",
                            (swizzle, swizzle), (a_major, b_major), patterns=("normal",), sampled=True)
                yield Wgmma(f"wgmma/bf16-major-{words}-{swizzle}-n128", 128, "bf16", "bf16",
                            "f32", (swizzle, swizzle), (a_major, b_major),
                            patterns=("normal",), sampled=True)
    yield Wgmma("wgmma/bf16-mixed-swizzles", 64, "bf16", "bf16", "f32", ("64B", "128B"),
                patterns=("normal",), sampled=True)
    for steps in (2, 4):
        yield Wgmma(f"wgmma/f16-major-mm-chain{steps}", 64, "f16", "f16", "f32",
                    k_major=(False, False), steps=steps, patterns=("normal",), sampled=True)


def cases():
    """All of them."""
    for entry in _table():
        yield entry.case()

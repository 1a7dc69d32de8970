# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""f32 and f64 arithmetic: rounding modes, ftz, saturation, NaN, comparisons."""

import numpy as np

from .. import floats
from ..kernel import lanewise

_FLOAT = {"f32": np.float32, "f64": np.float64}
_SIMPLE = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide}


def _reference(form, *operands):
    """NumPy's own for .rn of f64, of quotients and of roots."""
    found = floats.reference(form, *operands)
    if found is not None:
        return found
    op, *words = form.split()[0].split(".")
    scalar = words[-1]
    if set(words[:-1]) - {"rn"} or scalar not in _FLOAT:
        return None
    values = [o.view(_FLOAT[scalar]) for o in operands]
    with np.errstate(all="ignore"):
        if op in _SIMPLE:
            result = _SIMPLE[op](*values)
        elif op == "sqrt":
            result = np.sqrt(values[0])
        elif op == "rcp":
            result = _FLOAT[scalar](1) / values[0]
        else:
            return None
    return np.ascontiguousarray(result).view(operands[0].dtype)


ROWS = [
    ("add", "f32", "add<.rn|.rz|.rm|.rp><|.ftz><|.sat>.f32 d, a, b;", 2),
    ("sub", "f32", "sub<.rn|.rz|.rm|.rp><|.ftz><|.sat>.f32 d, a, b;", 2),
    ("mul", "f32", "mul<.rn|.rz|.rm|.rp><|.ftz><|.sat>.f32 d, a, b;", 2),
    ("fma", "f32", "fma<.rn|.rz|.rm|.rp><|.ftz><|.sat>.f32 d, a, b, c;", 3),
    ("div", "f32", "div<.rn|.rz|.rm|.rp><|.ftz>.f32 d, a, b;", 2),
    ("rcp", "f32", "rcp<.rn|.rz|.rm|.rp><|.ftz>.f32 d, a;", 1),
    ("sqrt", "f32", "sqrt<.rn|.rz|.rm|.rp><|.ftz>.f32 d, a;", 1),
    ("min-max", "f32", "<min|max><|.ftz><|.NaN>.f32 d, a, b;", 2),
    ("abs-neg", "f32", "<abs|neg><|.ftz>.f32 d, a;", 1),
    ("copysign", "f32", "copysign.f32 d, a, b;", 2),
    ("add", "f64", "add<.rn|.rz|.rm|.rp>.f64 d, a, b;", 2),
    ("sub", "f64", "sub<.rn|.rz|.rm|.rp>.f64 d, a, b;", 2),
    ("mul", "f64", "mul<.rn|.rz|.rm|.rp>.f64 d, a, b;", 2),
    ("fma", "f64", "fma<.rn|.rz|.rm|.rp>.f64 d, a, b, c;", 3),
    ("div", "f64", "div<.rn|.rz|.rm|.rp>.f64 d, a, b;", 2),
    ("rcp", "f64", "rcp<.rn|.rz|.rm|.rp>.f64 d, a;", 1),
    ("sqrt", "f64", "sqrt<.rn|.rz|.rm|.rp>.f64 d, a;", 1),
    ("min-max", "f64", "<min|max>.f64 d, a, b;", 2),
    ("abs-neg", "f64", "<abs|neg>.f64 d, a;", 1),
    ("copysign", "f64", "copysign.f64 d, a, b;", 2),
]

COMPARISONS = ("<eq|ne|lt|le|gt|ge|equ|neu|ltu|leu|gtu|geu|num|nan>")
CLASSES = "<finite|infinite|number|notanumber|normal|subnormal>"


def cases():
    """Arithmetic, then predicates as 0 and 1."""
    for op, scalar, text, operands in ROWS:
        yield lanewise(f"float/{op}-{scalar}", text, " ".join([scalar] * operands),
                       scalar, reference=_reference)
    for scalar in ("f32", "f64"):
        ftz = "<|.ftz>" if scalar == "f32" else ""
        yield lanewise(
            f"float/setp-{scalar}", f"setp.{COMPARISONS}{ftz}.{scalar} p, a, b; "
            "selp.u32 d, 1, 0, p;", f"{scalar} {scalar}", "u32")
        yield lanewise(
            f"float/set-{scalar}", f"set.{COMPARISONS}{ftz}.u32.{scalar} d, a, b;",
            f"{scalar} {scalar}", "u32")
        yield lanewise(
            f"float/set-to-f32-{scalar}",
            f"set.<lt|geu|nan>{ftz}.f32.{scalar} d, a, b;", f"{scalar} {scalar}", "f32")
        yield lanewise(
            f"float/testp-{scalar}",
            f"testp.{CLASSES}.{scalar} p, a; selp.u32 d, 1, 0, p;", scalar, "u32")
        yield lanewise(f"float/slct-{scalar}",
                       f"slct{ftz}.{scalar}.f32 d, a, b, c;",
                       f"{scalar} {scalar} f32", scalar)
    yield lanewise("float/min-max-xorsign-f32",
                   "<min|max><|.ftz><|.NaN>.xorsign.abs.f32 d, a, b;", "f32 f32", "f32",
                   "sm_89", reference=floats.reference)
    yield lanewise("float/setp-combined", "and.b32 r0, i, 1; setp.ne.u32 q, r0, 0; "
                   "setp.<lt|nan>.<and|or|xor>.f32 p|q, a, b, q; "
                   "selp.u32 d, 1, 0, p; selp.u32 r0, 2, 0, q; or.b32 d, d, r0;",
                   "f32 f32", "u32")

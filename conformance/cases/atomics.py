# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""atom and red, each on a place of its own that holds operand a: what they return
and what they leave, in global and in shared memory; then many on one place."""

import numpy as np

from .. import data
from ..case import Case, Output
from ..kernel import entry, lanewise

# Operation, types, chip.
ROWS = [
    ("add", "u32 s32 u64", "sm_80"), ("min", "u32 s32 u64 s64", "sm_80"),
    ("max", "u32 s32 u64 s64", "sm_80"), ("and", "b32 b64", "sm_80"),
    ("or", "b32 b64", "sm_80"), ("xor", "b32 b64", "sm_80"), ("inc", "u32", "sm_80"),
    ("dec", "u32", "sm_80"), ("exch", "b32 b64", "sm_80"), ("add", "f32 f64", "sm_80"),
    ("add.noftz", "f16 f16x2", "sm_80"), ("add.noftz", "bf16 bf16x2", "sm_90a"),
]


def _operand(form):
    return f"u{form[1:]}" if form[0] in "bs" and form[1].isdigit() else form


def _both(op, form, space, place):
    """Forms: the old value, and what is left after atom or red."""
    bits = f"b{data.width_of(form)}"
    lines = [f"st.{space}.{bits} [{place}], a; atom.{space}.{op}.{form} d, [{place}], b;",
             f"st.{space}.{bits} [{place}], a; atom.{space}.{op}.{form} d, [{place}], b; "
             f"ld.{space}.{bits} d, [{place}];"]
    if op != "exch":
        lines.append(f"st.{space}.{bits} [{place}], a; red.{space}.{op}.{form} [{place}], b; "
                     f"ld.{space}.{bits} d, [{place}];")
    return "\n".join(lines)


def _sums(form, a, b):
    """f32: subnormals are flushed in global memory, not in shared."""
    x, y = a.view(np.float32), b.view(np.float32)
    with np.errstate(all="ignore"):
        if "global" in form:
            x, y = _flushed(x), _flushed(y)
        total = x + y
        if "global" in form:
            total = _flushed(total)
    return a if form.endswith("b;") else total.view(np.uint32)


def _flushed(values):
    return np.where(np.abs(values) < np.float32(2.0**-126), np.copysign(np.float32(0), values),
                    values)


def _single():
    for op, forms, chip in ROWS:
        for form in forms.split():
            operand = _operand(form)
            yield lanewise(f"atomics/{op.replace('.', '-')}-{form}",
                           _both(op, form, "global", "at") + "\n" +
                           _both(op, form, "shared", "mine"),
                           f"{operand} {operand}", operand, chip, extra=64,
                           reference=_sums if form == "f32" else None)
    for bits in (16, 32, 64):
        kind = f"u{bits}"
        text = "\n".join(
            f"st.{space}.b{bits} [{place}], a; atom.{space}.cas.b{bits} d, [{place}], "
            f"<b|a>, c;<| ld.{space}.b{bits} d, [{place}];>"
            for space, place in (("global", "at"), ("shared", "mine")))
        yield lanewise(f"atomics/cas-b{bits}", text, f"{kind} {kind} {kind}", kind, extra=64)


def _vectors():
    """red and atom of vectors: the pair a, b gets b, a added."""
    for form, chip in (("f32", "sm_90a"),):
        yield lanewise(
            f"atomics/v2-{form}",
            "st.global.v2.b32 [at], {a, b}; atom.global.v2.f32.add {r0, r1}, [at], {b, a}; "
            "mov.b64 d, {r0, r1};\n"
            "st.global.v2.b32 [at], {a, b}; red.global.add.v2.f32 [at], {b, a}; "
            "ld.global.b64 d, [at];".replace("red.global.add.v2.f32", "red.global.v2.f32.add"),
            "f32 f32", "u64", chip)
    for form in ("f16x2", "bf16x2"):
        for op in ("add", "min", "max"):
            yield lanewise(
                f"atomics/v2-{op}-{form}",
                "st.global.v2.b32 [at], {a, b}; "
                f"red.global.v2.{form}.{op}.noftz [at], {{b, a}}; ld.global.b64 d, [at];\n"
                "st.global.v2.b32 [at], {a, b}; "
                f"atom.global.v2.{form}.{op}.noftz {{r0, r1}}, [at], {{b, a}}; "
                "mov.b64 d, {r0, r1};", f"{form} {form}", "u64", "sm_90a")
    for form in ("f16", "bf16"):
        yield lanewise(
            f"atomics/v4-add-{form}",
            f"st.global.v4.b16 [at], {{a, b, a, b}}; red.global.v4.{form}.add.noftz [at], "
            "{b, b, a, a}; ld.global.b64 d, [at];", f"{form} {form}", "u64", "sm_90a")
    yield lanewise("atomics/b128", "mov.b128 w, {a, b}; st.shared.b128 [mine], w; mov.b128 w, "
                   "{b, a}; atom.shared.exch.b128 x, [mine], w; mov.b128 {d, l0}, x;",
                   "u64 u64", "u64", "sm_90a")


def _contended():
    """All threads of four CTAs add to, and take the least and most of, few words."""
    words = 64
    text = []
    for place, (op, form) in enumerate((("add", "u32"), ("min", "s32"), ("max", "s32"),
                                        ("xor", "b32"), ("inc", "u32"))):
        text.append(f"red.global.{op}.{form} [to+{4 * place}], v;")
    body = "\n".join(["mad.lo.u32 i, cta, 128, tid;", "mad.wide.u32 from, i, 4, in_a;",
                      "ld.global.b32 v, [from];", "and.b32 i, i, 7;",
                      "mad.wide.u32 to, i, 32, out;"] + text)
    def before():
        row = np.array([0, 2**31 - 1, 2**31, 0, 0, 7, 7, 7], np.uint32)
        return np.tile(row, words // 8).tobytes()

    def inputs():
        return {"a": data.random_bits("atomics/contended", 512, 32)}

    def reference(given):
        found = np.frombuffer(before(), np.uint32).copy().reshape(8, 8)
        for i, value in enumerate(given["a"]):
            row = found[i % 8]
            signed = np.array([row[1], row[2], value], np.uint32).view(np.int32)
            row[0] = (int(row[0]) + int(value)) & 0xFFFFFFFF
            row[1] = min(signed[0], signed[2]) & 0xFFFFFFFF
            row[2] = max(signed[1], signed[2]) & 0xFFFFFFFF
            row[3] ^= value
        return found.ravel()
    # inc depends on the order of its operands: each thread gives the same one.
    body = body.replace("red.global.inc.u32 [to+16], v;", "red.global.inc.u32 [to+16], 1000;")
    output = Output("words", "u32", words, reference=lambda given: _with_inc(reference(given)))
    yield Case("atomics/contended", entry("a", [], [("b32", "i, v"), ("b64", "from, to")], body,
                                          (128, 1, 1)), inputs, [output], grid=(4, 1, 1),
               block=(128, 1, 1), initial=before)


def _with_inc(words):
    rows = words.reshape(8, 8)
    rows[:, 4] = 512 // 8
    return rows.ravel()


def cases():
    """Everything atomic."""
    yield from _single()
    for case in _vectors():
        case.text = case.text.replace(".reg .pred p, q;", ".reg .pred p, q;\n  .reg .b128 w, x;"
                                      if "b128" in case.text else ".reg .pred p, q;")
        yield case
    yield from _contended()

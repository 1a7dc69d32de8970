# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""PTX text of the kernels: the frame of every one, and the element-wise kind."""

import itertools
import re

import numpy as np

from . import data
from .case import Case, Output, WIDTHS

THREADS = 128


def expand(text):
    """`add<.rn|.rz>.f32` as all its forms."""
    parts = re.split(r"<([^<>]*\|[^<>]*)>", text)
    choices = [part.split("|") if i % 2 else [part] for i, part in enumerate(parts)]
    return ["".join(choice) for choice in itertools.product(*choices)]


def entry(inputs, maps, registers, body, block=(32, 1, 1), cluster=(1, 1, 1),
          shared=0, declare=""):
    """The kernel `k`: addresses of inputs and `out` are in registers `in_NAME`
    and `out`, generic addresses of tensor maps in `map_NAME`, shared memory is
    `smem`, the numbers of thread and CTA are in `tid` and `cta`. `declare` are
    further variables."""
    names = [f"in_{name}" for name in inputs] + ["out"]
    params = [f".param .u64 p_{name}" for name in names[:-1]]
    params += [f".param .align 64 .b8 p_map_{name}[128]" for name in maps]
    params.append(".param .u64 p_out")
    lines = [f".visible .entry k({', '.join(params)})",
             ".reqntid {}, {}, {}".format(*block)]
    if tuple(cluster) != (1, 1, 1):
        lines.append(".reqnctapercluster {}, {}, {}".format(*cluster))
    lines.append("{")
    lines += [f"  .reg .{kind} {text};" for kind, text in registers]
    lines.append("  .reg .b32 tid, cta;")
    lines += [f"  .reg .b64 {name};" for name in names]
    lines += [f"  .reg .b64 map_{name};" for name in maps]
    if declare:
        lines.append(f"  {declare}")
    if shared:
        lines.append(f"  .shared .align 1024 .b8 smem[{shared}];")
    for name in names:
        lines.append(f"  ld.param.u64 {name}, [p_{name}];")
        lines.append(f"  cvta.to.global.u64 {name}, {name};")
    for name in maps:
        lines.append(f"  mov.b64 map_{name}, p_map_{name};")
        lines.append(f"  cvta.param.u64 map_{name}, map_{name};")
    lines.append("  mov.u32 tid, %tid.x;")
    lines.append("  mov.u32 cta, %ctaid.x;")
    lines += ["  " + line.strip() for line in body.strip().splitlines()]
    lines += ["  ret;", "}", ""]
    return "\n".join(lines)


def _register(form):
    """The bit type of a register for a PTX type, at least 16 wide."""
    return f"b{max(data.width_of(form) if form not in WIDTHS else WIDTHS[form], 16)}"


def lanewise_text(forms, ins, result, count):
    """Thread i reads element i of each operand (a, b, c), runs each form, and
    writes its `d` to the form's part of `out`. Forms may use predicates p, q and
    scratch registers r0-r7 (32 bits), l0-l3 (64 bits), h0-h3 (16 bits), the place
    where `d` will go, `[at]`, and 16 bytes of shared memory at `[mine]`."""
    names = "abc"[:len(ins)]
    size = WIDTHS[result] // 8
    step = (count * size + 15) // 16 * 16
    registers = [("pred", "p, q"), ("b32", "i, r<8>, mine"), ("b64", "at, to, l<4>"),
                 ("b16", "h<4>"), (_register(result), "d")]
    registers += [(_register(form), name) for name, form in zip(names, ins)]
    lines = [f"mad.lo.u32 i, cta, {THREADS}, tid;", f"setp.ge.u32 p, i, {count};",
             "@p ret;"]
    for name, form in zip(names, ins):
        bits = _register(form)
        lines.append(f"mad.wide.u32 at, i, {int(bits[1:]) // 8}, in_{name};")
        lines.append(f"ld.global.{bits} {name}, [at];")
    lines.append(f"mad.wide.u32 to, i, {size}, out;")
    shared = any("[mine" in form for form in forms)
    if shared:
        lines += ["mov.b32 mine, smem;", "mad.lo.u32 mine, tid, 16, mine;"]
    for number, form in enumerate(forms):
        if "[at" in form:
            lines.append(f"add.u64 at, to, {number * step};")
        lines.append(form)
        lines.append(f"st.global.{_register(result)} [to + {number * step}], d;")
    return entry(names, [], registers, "\n".join(lines), (THREADS, 1, 1),
                 shared=16 * THREADS * shared)


def _titles(forms):
    """What the forms are called: by their opcodes if these differ."""
    opcodes = [form.split()[0] for form in forms]
    plain = [form.count(";") == 1 and opcodes.count(word) == 1
             for form, word in zip(forms, opcodes)]
    return [word if alone else form.rstrip(";")
            for form, word, alone in zip(forms, opcodes, plain)]


def lanewise(name, text, ins, result, chip="sm_80", version=None, operands=None,
             tolerance=None, reference=None, extra=768):
    """An element-wise case; `text` may hold several lines, each with alternatives.

    `tolerance(value, *operands)` and `reference(form, *operands)` get bits as
    NumPy arrays; the latter may return None for a form it does not know.
    """
    forms = [form for line in text.strip().splitlines() for form in expand(line.strip())]
    ins = ins.split()
    if operands is None:
        def operands():
            return data.operands(name, ins, extra)
    count = len(operands()[0])

    def inputs():
        return dict(zip("abc", operands()))

    def bind(form):
        return {
            "tolerance": tolerance and (
                lambda given, value, form=form: tolerance(form, value, *given.values())),
            "reference": reference and (
                lambda given, form=form: reference(form, *given.values()))}

    # Where bits decide, a hash finds what differs, and less is stored.
    parts = (64, 8) if count >= 2048 and not tolerance else None
    outputs = [Output(title, result, count, parts=parts, **bind(form))
               for title, form in zip(_titles(forms), forms)]
    assert len({output.name for output in outputs}) == len(outputs), name
    case = Case(name, lanewise_text(forms, ins, result, count), inputs, outputs, chip,
                grid=((count + THREADS - 1) // THREADS, 1, 1), block=(THREADS, 1, 1),
                labels=_label)
    if version:
        case.version = version
    return case


def _label(inputs, _output, index):
    """The operands of an element."""
    return ", ".join(f"{name}={int(array[index]):#0{2 + 2 * array.itemsize}x}"
                     for name, array in inputs.items())


def words(array):
    """Any array as 32-bit words, for raw inputs."""
    return np.frombuffer(np.ascontiguousarray(array).tobytes(), np.uint32)

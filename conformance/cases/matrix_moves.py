# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ldmatrix, stmatrix and movmatrix: every form, with rows at scattered places."""

import numpy as np

from .. import data
from ..case import Case, Output
from ..kernel import entry

SIZE = 4096
FILL = f"""
mov.b32 base, smem;
mov.u32 i, tid;
fill:
mad.wide.u32 from, i, 16, in_image;
ld.global.v4.b32 {{v0, v1, v2, v3}}, [from];
mad.lo.u32 to, i, 16, base;
st.shared.v4.b32 [to], {{v0, v1, v2, v3}};
add.u32 i, i, 32;
setp.lt.u32 p, i, {SIZE // 16};
@p bra fill;
bar.warp.sync -1;
mad.wide.u32 from, tid, 4, in_rows;
ld.global.b32 row, [from];
add.u32 row, row, base;
"""
DRAIN = f"""
bar.warp.sync -1;
mov.u32 i, tid;
drain:
mad.lo.u32 to, i, 16, base;
ld.shared.v4.b32 {{v0, v1, v2, v3}}, [to];
mad.wide.u32 from, i, 16, out;
st.global.v4.b32 [from], {{v0, v1, v2, v3}};
add.u32 i, i, 32;
setp.lt.u32 p, i, {SIZE // 16};
@p bra drain;
"""
REGISTERS = [("pred", "p"), ("b32", "base, i, to, row, v<4>, w<4>"), ("b64", "from")]


def _inputs(name, step=16):
    """Shared memory, and for each lane the place of a row."""
    def make():
        order = np.argsort(data.random_bits(name, SIZE // step), kind="stable")[:32]
        return {"image": data.random_bits(name + ".i", SIZE // 4, 32),
                "rows": (order * step).astype(np.uint32)}
    return make


def _vector(count):
    return "{" + ", ".join(f"w{i}" for i in range(count)) + "}"


def _load(opcode, count, chip="sm_80"):
    name = "matrix-moves/" + opcode.replace("ldmatrix.sync.aligned.", "ld-").replace(
        ".shared", "").replace(".", "-")
    body = FILL + f"{opcode} {_vector(count)}, [row];\n" + f"mad.wide.u32 from, tid, {4 * count}, out;\n"
    body += "\n".join(f"st.global.b32 [from+{4 * i}], w{i};" for i in range(count))
    case = Case(name, entry(["image", "rows"], [], REGISTERS, body, shared=SIZE),
                _inputs(name, 32 if "m16n16" in opcode else 16),
                [Output("registers", "u32", 32 * count, reference=_reference(opcode, count))],
                chip)
    return case


def _reference(opcode, count):
    """8 x 8 of b16: lane 8q+r gives row r of matrix q."""
    if "m8n8" not in opcode or not opcode.endswith("b16"):
        return None

    def matrices(inputs):
        image = inputs["image"].view(np.uint16)
        lanes = np.arange(32)
        found = []
        for q in range(count):
            rows = np.stack([image[int(inputs["rows"][8 * q + r]) // 2:][:8] for r in range(8)])
            rows = rows.T if ".trans" in opcode else rows
            low, high = (rows[lanes // 4, 2 * (lanes % 4) + i].astype(np.uint32) for i in (0, 1))
            found.append(low | high << np.uint32(16))
        return np.stack(found, axis=1).ravel()
    return matrices


def _store(opcode, count, chip="sm_90a"):
    name = "matrix-moves/" + opcode.replace("stmatrix.sync.aligned.", "st-").replace(
        ".shared", "").replace(".", "-")
    body = FILL + "mad.lo.u32 i, tid, 4, base;\n"
    body += "\n".join(f"ld.shared.b32 w{i}, [i+{128 * i}];" for i in range(count))
    body += f"\nbar.warp.sync -1;\n{opcode} [row], {_vector(count)};\n" + DRAIN
    return Case(name, entry(["image", "rows"], [], REGISTERS, body, shared=SIZE), _inputs(name),
                [Output("shared", "u32", SIZE // 4)], chip)


def cases():
    """Loads, stores, the move between registers."""
    for count in (1, 2, 4):
        for trans in ("", ".trans"):
            yield _load(f"ldmatrix.sync.aligned.m8n8.x{count}{trans}.shared.b16", count)
            yield _store(f"stmatrix.sync.aligned.m8n8.x{count}{trans}.shared.b16", count)
    body = "mad.wide.u32 from, tid, 4, in_a;\nld.global.b32 v0, [from];\n" \
        "movmatrix.sync.aligned.m8n8.trans.b16 v1, v0;\n" \
        "mad.wide.u32 from, tid, 4, out;\nst.global.b32 [from], v1;"

    def transposed(inputs):
        return np.ascontiguousarray(inputs["a"].view(np.uint16).reshape(8, 8).T).view(
            np.uint32).ravel()
    yield Case("matrix-moves/movmatrix", entry(["a"], [], REGISTERS, body),
               lambda: {"a": data.random_bits("movmatrix", 32, 32)},
               [Output("registers", "u32", 32, reference=transposed)])

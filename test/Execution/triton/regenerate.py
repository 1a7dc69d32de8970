# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles kernels.py to the PTX of this folder, without a GPU. Needs Triton 3.9.0:

  python3 -m venv triton-venv && triton-venv/bin/pip install triton==3.9.0
  triton-venv/bin/python test/Execution/triton/regenerate.py

cases.json says how each file is to be launched: what Triton's own launcher would know.
"""

import gzip
import json
import os
import pathlib

# Line tables would hold the path of this folder.
os.environ["TRITON_DISABLE_LINE_INFO"] = "1"
os.environ["TRITON_DEFAULT_FP_FUSION"] = "1"

import kernels
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

HERE = pathlib.Path(__file__).parent


def mm(a, c, acc, **sizes):
    """Signature and constants of a matmul."""
    return {"a": "*" + a, "b": "*" + a, "c": "*" + c, "M": "i32", "N": "i32", "K": "i32",
            "sam": "i32", "sbk": "i32", "scm": "i32"}, {"ACC": acc, "ZERO": 0 if a == "i8" else 0.0, **sizes}


def tma(kind, bm, bn, bk):
    """Signature and constants of a matmul with descriptors."""
    return {"a": f"tensordesc<{kind}[{bm}, {bk}]>", "b": f"tensordesc<{kind}[{bn}, {bk}]>",
            "c": f"tensordesc<{kind}[{bm}, {bn}]>", "K": "i32"}, {"BM": bm, "BN": bn, "BK": bk}


def attention(kind, **constants):
    """Signature and constants of attention."""
    return {"q": "*" + kind, "k": "*" + kind, "v": "*" + kind, "out": "*" + kind,
            "scale": "fp32"}, {"LENGTH": 256, "HEAD": 64, **constants}


F32, I32 = triton.language.float32, triton.language.int32
SIZE = {"BM": 64, "BN": 64, "BK": 32}
BIG = {"BM": 128, "BN": 128, "BK": 64}
ROWS = {"x": "*fp32", "y": "*fp32", "n": "i32", "stride": "i32"}, {"BLOCK": 1024}
NORM = {"x": "*fp16", "weight": "*fp32", "bias": "*fp32", "y": "*fp16", "n": "i32",
        "eps": "fp32"}, {"BLOCK": 512}
SUMS = {"x": "*fp32", "total": "*fp32", "largest": "*fp32", "where": "*i32",
        "n": "i32"}, {"BLOCK": 512}
CONV = {"x": "*fp16", "w": "*fp16", "y": "*fp16", "H": "i32", "W": "i32", "P": "i32",
        "Q": "i32"}, {"C": 64, "F": 64, "R": 3, "S": 3, **SIZE}
BLOCK = {"BLOCK": 256}
SCAN = {"x": "*fp32", "y": "*fp32", "z": "*fp32"}, BLOCK
SORT = {"x": "*i32", "y": "*i32", "counts": "*i32"}, {"BLOCK": 128, "BINS": 128}
CAST = {"x": "*fp32", "half": "*fp16", "brain": "*bf16", "small": "*fp32", "tiny": "*fp32"}, BLOCK
DROPOUT = {"x": "*fp32", "y": "*fp32", "seed": "i32", "p": "fp32"}, BLOCK
LOCKED = {"x": "*fp32", "lock": "*i32", "y": "*fp32", "n": "i32"}, BLOCK
GATHER = {"x": "*fp16", "index": "*i32", "y": "*fp16", "n": "i32",
          "m": "i32"}, {"ROWS": 32, "COLUMNS": 64}
SPECIAL = {"x": "*fp32", "y": "*fp32"}, BLOCK
PERSISTENT = {"a": "*fp16", "b": "*fp16", "c": "*fp16", "M": "i32", "N": "i32",
              "K": "i32"}, {"PROGRAMS": 3, "BM": 128, "BN": 128, "BK": 64}

#: kernel, name of the case, chips, (signature, constants), warps, stages
CASES = [
    ("matmul", "f16", [80, 89, 90], mm("fp16", "fp16", F32, **SIZE), 4, 3),
    ("matmul", "bf16", [80, 90], mm("bf16", "bf16", F32, **SIZE), 4, 4),
    ("matmul", "tf32", [80, 90], mm("fp32", "fp32", F32, **SIZE), 4, 3),
    ("matmul", "i8", [80, 90], mm("i8", "i32", I32, **SIZE), 4, 3),
    ("matmul", "f8e4m3", [89, 90], mm("fp8e4nv", "fp32", F32, **SIZE), 4, 3),
    ("matmul", "f8e5m2", [89, 90], mm("fp8e5", "fp32", F32, **SIZE), 4, 3),
    ("matmul", "f16big", [80, 90], mm("fp16", "fp16", F32, **BIG), 8, 3),
    ("matmul_tma", "f16", [90], tma("fp16", 128, 128, 64), 4, 3),
    ("matmul_tma", "bf16", [90], tma("bf16", 128, 256, 64), 8, 3),
    ("softmax", "f32", [80, 90], ROWS, 4, 1),
    ("layer_norm", "f16", [80, 90], NORM, 4, 1),
    ("attention", "f16", [80, 90], attention("fp16", BM=64, BN=64, CAUSAL=False), 4, 2),
    ("attention", "bf16causal", [80, 90], attention("bf16", BM=128, BN=64, CAUSAL=True), 4, 2),
    ("reduce", "f32", [80, 90], SUMS, 4, 1),
    ("conv", "f16", [80, 90], CONV, 4, 3),
    ("scan", "f32", [80], SCAN, 4, 1),
    ("sort", "i32", [80, 90], SORT, 4, 1),
    ("cast", "f32", [80, 90], CAST, 4, 1),
    ("dropout", "f32", [80], DROPOUT, 4, 1),
    ("locked", "f32", [80, 90], LOCKED, 4, 1),
    ("gather", "f16", [80, 90], GATHER, 4, 1),
    ("special", "f32", [80, 90], SPECIAL, 4, 1),
    ("matmul_persistent", "f16", [90], PERSISTENT, 4, 3),
]


def compile_case(kernel, name, chip, arguments, warps, stages):
    """The PTX of a case and how to launch it."""
    signature, constants = arguments
    function = getattr(kernels, kernel)
    names = list(function.arg_names)
    full = {arg: signature.get(arg, "constexpr") for arg in names}
    # Addresses and row lengths are multiples of 16, as Triton finds at a call.
    even = {(i,): [["tt.divisibility", 16]] for i, arg in enumerate(names)
            if full[arg].startswith("*") or arg in ("sam", "sbk", "scm", "stride", "K")}
    source = ASTSource(function, signature=full,
                       constexprs={(names.index(arg),): value for arg, value in constants.items()},
                       attrs=even)
    built = triton.compile(source, target=GPUTarget("cuda", chip, 32),
                           options={"num_warps": warps, "num_stages": stages})
    data = built.metadata
    plain = {arg: value for arg, value in constants.items() if isinstance(value, (int, bool))}
    return built.asm["ptx"], {
        "file": f"{kernel}_{name}_sm{chip}.ptx", "kernel": kernel, "entry": data.name,
        "chip": chip, "case": name, "threads": 32 * data.num_warps, "shared": data.shared, "scratch": data.global_scratch_size,
        "signature": signature, "constants": plain,
        "descriptors": [dict(entry) for entry in getattr(data, "tensordesc_meta", None) or []]}


def main():
    """Writes all cases in one archive, since PTX packs well."""
    texts, table = {}, []
    for kernel, name, chips, arguments, warps, stages in CASES:
        for chip in chips:
            ptx, entry = compile_case(kernel, name, chip, arguments, warps, stages)
            lines = [line for line in ptx.splitlines() if not line.lstrip().startswith("//")]
            texts[entry["file"]] = "\n".join(lines) + "\n"
            table.append(entry)
            print(entry["file"], len(lines), entry["threads"], entry["shared"])
    (HERE / "cases.json").write_text(json.dumps(table, indent=1) + "\n")
    packed = gzip.compress(json.dumps(texts, indent=0).encode(), mtime=0)
    (HERE / "ptx.json.gz").write_bytes(packed)


if __name__ == "__main__":
    main()

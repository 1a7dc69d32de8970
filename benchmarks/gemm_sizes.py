# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The matrix multiplications that are compared: sizes that others publish.

A layout names lhs and rhs: T, the rows of the lhs run along k, N along m; N, the rows
of the rhs run along k, T along n. TN is what weights of linear layers look like.
"""

import dataclasses
import itertools


@dataclasses.dataclass(frozen=True)
class Problem:
    """result[batch, m, n] = sum over k of lhs[batch, m, k] * rhs[batch, k, n]."""

    m: int
    n: int
    k: int
    batch: int = 1
    type: str = "bf16"  # bf16, f16, tf32 or fp8
    result: str = ""  # empty: as the operands, f32 of tf32, bf16 of fp8
    layout: str = "TN"

    def result_type(self):
        """Element type of the result."""
        return self.result or {"tf32": "f32", "fp8": "bf16"}.get(self.type, self.type)


LLAMA3_8B = [(6144, 4096), (4096, 4096), (28672, 4096), (4096, 14336)]
LLAMA2_13B = [(15360, 5120), (5120, 5120), (27648, 5120), (5120, 13824)]
LLAMA2_70B = [(10240, 8192), (8192, 8192), (57344, 8192), (8192, 28672)]
DEEPSEEK = [(2112, 7168), (576, 7168), (24576, 1536), (32768, 512), (7168, 16384),
            (4096, 7168), (7168, 2048)]
EXPERTS = [(6144, 7168), (7168, 3072), (4096, 4096), (4096, 2048)]
PREFILL = (2048, 4096, 8192)
DECODE = (1, 2, 4, 8, 16, 32, 64, 128)
SMALL = (56, 120, 136, 520, 1032)


def layers(rows, shapes, **options):
    """`rows` activations through layers of [n, k] weights."""
    return [Problem(m, n, k, **options) for n, k in shapes for m in rows]


# In bf16, layout TN; the groups of SWEPT also in each of VARIANTS.
GROUPS = {
    "square": [Problem(s, s, s) for s in (512, 1024, 2048, 4096, 6144, 8192, 12288, 16384)],
    "cutlass chart": [Problem(5632, 3072, 512), Problem(5632, 3072, 8192)],
    "llama 3 8b": layers(PREFILL, LLAMA3_8B),
    "llama 2 13b": layers(PREFILL, LLAMA2_13B),
    "llama 2 70b": layers(PREFILL, LLAMA2_70B),
    "lm head": [Problem(256, 128256, 4096)],
    "deepseek v3": layers((1, 64, 128, 4096), DEEPSEEK),
    "router and head": layers((1, 64, 128, 4096), [(256, 7168), (129280, 7168)], result="f32"),
    # Groups of equal size are batches.
    "experts": [*layers((8192,), EXPERTS, batch=4), *layers((4096,), EXPERTS, batch=8)],
    "decode": layers(DECODE, LLAMA3_8B + LLAMA2_13B + LLAMA2_70B),
    "skinny": [Problem(2752, 16, 4096), Problem(16, 5120, 1792), Problem(8, 8192, 8192),
               Problem(64, 64, 4096), Problem(512, 8, 500000)],
    "odd": [Problem(35, 8457, 1760), Problem(5124, 9124, 2560), Problem(5124, 700, 2048),
            Problem(4096, 7133, 4096), Problem(4096, 7000, 4096), Problem(4097, 4095, 4093)],
    "small": [Problem(*size) for size in itertools.product(SMALL, repeat=3)],
    "mlir": [Problem(3456, 1024, 2048)],
    "long k": [Problem(s, s, 16384) for s in (256, 512, 768, 1024)],
    "batched": [Problem(128, 128, k, batch=b) for k in (64, 128) for b in (64, 128, 256, 512)],
}
SWEPT = ("square", "cutlass chart", "llama 3 8b", "llama 2 13b")
VARIANTS = ({"type": "f16"}, {"type": "tf32"}, {"type": "fp8"},
            {"layout": "NN"}, {"layout": "NT"}, {"layout": "TT"})


def listed():
    """(group, problem) of all of them."""
    for group, problems in GROUPS.items():
        for variant in ({}, *(VARIANTS if group in SWEPT else ())):
            for problem in problems:
                yield group, dataclasses.replace(problem, **variant)

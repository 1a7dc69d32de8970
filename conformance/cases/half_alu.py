# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""f16, bf16 and packed arithmetic: NaN, subnormals, ftz, relu, saturation."""

from .. import floats
from ..kernel import lanewise

COMPARISONS = "<eq|ne|lt|le|gt|ge|equ|neu|ltu|leu|gtu|geu|num|nan>"

# Name, forms with T for the type, operands, chip, types.
ROWS = [
    ("add", "add<|.rn><|.ftz><|.sat>.T d, a, b;", 2, "sm_80", "f16 f16x2"),
    ("sub", "sub<|.rn><|.ftz><|.sat>.T d, a, b;", 2, "sm_80", "f16 f16x2"),
    ("mul", "mul<|.rn><|.ftz><|.sat>.T d, a, b;", 2, "sm_80", "f16 f16x2"),
    ("fma", "fma.rn<|.ftz><|.sat|.relu>.T d, a, b, c;", 3, "sm_80", "f16 f16x2"),
    ("add", "add<|.rn>.T d, a, b;", 2, "sm_90a", "bf16 bf16x2"),
    ("sub", "sub<|.rn>.T d, a, b;", 2, "sm_90a", "bf16 bf16x2"),
    ("mul", "mul<|.rn>.T d, a, b;", 2, "sm_90a", "bf16 bf16x2"),
    ("fma", "fma.rn<|.relu>.T d, a, b, c;", 3, "sm_80", "bf16 bf16x2"),
    ("fma-oob", "fma.rn.oob<|.relu>.T d, a, b, c;", 3, "sm_90a",
     "f16 f16x2 bf16 bf16x2"),
    ("min-max", "<min|max><|.ftz><|.NaN>.T d, a, b;", 2, "sm_80",
     "f16 f16x2"),
    ("min-max", "<min|max><|.NaN>.T d, a, b;", 2, "sm_80",
     "bf16 bf16x2"),
    ("min-max-xorsign", "<min|max><|.ftz><|.NaN>.xorsign.abs.T d, a, b;", 2, "sm_89",
     "f16 f16x2"),
    ("min-max-xorsign", "<min|max><|.NaN>.xorsign.abs.T d, a, b;", 2, "sm_89",
     "bf16 bf16x2"),
    ("abs-neg", "<abs|neg><|.ftz>.T d, a;", 1, "sm_80", "f16 f16x2"),
    ("abs-neg", "<abs|neg>.T d, a;", 1, "sm_80", "bf16 bf16x2"),
]


def cases():
    """Arithmetic of each type, then comparisons."""
    for op, text, operands, chip, forms in ROWS:
        for form in forms.split():
            yield lanewise(f"half/{op}-{form}", text.replace(".T", f".{form}"),
                           " ".join([form] * operands), form, chip,
                           extra=4096 if operands == 1 else 768,
                           reference=floats.reference)
    for form, chip in (("f16", "sm_80"), ("bf16", "sm_90a")):
        ftz = "<|.ftz>" if form == "f16" else ""
        yield lanewise(f"half/setp-{form}", f"setp.{COMPARISONS}{ftz}.{form} p, a, b; "
                       "selp.u32 d, 1, 0, p;", f"{form} {form}", "u32", chip)
        yield lanewise(f"half/setp-{form}x2",
                       f"setp.{COMPARISONS}{ftz}.{form}x2 p|q, a, b; selp.u32 d, 1, 0, p;"
                       " selp.u32 r0, 2, 0, q; or.b32 d, d, r0;",
                       f"{form}x2 {form}x2", "u32", chip)
        yield lanewise(f"half/set-{form}x2", f"set.<lt|geu|nan>{ftz}.{form}x2.{form}x2 "
                       "d, a, b;", f"{form}x2 {form}x2", f"{form}x2", chip)
        yield lanewise(f"half/set-{form}", f"set.<lt|geu|nan>{ftz}.<u32|s32>.{form} "
                       "d, a, b;", f"{form} {form}", "u32", chip)

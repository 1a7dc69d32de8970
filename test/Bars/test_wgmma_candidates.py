# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every schedule that dlk-assign-schedule may choose for sm_90a becomes a kernel
that ptxas takes without an advisory, a spill or stack, with the registers that
the schedule asks for."""

import json
import re
import subprocess

import pytest

# name: (types of the operands and the result, maps of the operands, M, N, K)
PROBLEMS = {
    "tn": ("bf16", "bf16", "(m, k)", "(n, k)", 4096, 4096, 4096),
    "nt_wide": ("f16", "f32", "(k, m)", "(k, n)", 4096, 4096, 4096),
    "skinny": ("bf16", "bf16", "(m, k)", "(n, k)", 16, 8192, 4096),
    "ragged": ("f16", "f16", "(m, k)", "(n, k)", 1000, 1003, 328),
    "few_tiles": ("bf16", "bf16", "(m, k)", "(n, k)", 512, 515, 4096),
    "part_of_a_wave": ("bf16", "bf16", "(m, k)", "(n, k)", 2048, 2560, 4096),
}

# Of these problems only the schedules with this, so many at least.
PARTS = {"few_tiles": ("split_k", 30), "part_of_a_wave": ("stream_k", 4),
          "skinny": ("swap_ab = true", 20)}


def function(name, problem, schedule=""):
    """One dlk.matmul, with a pinned schedule."""
    dtype, out, a, b, m, n, k = PROBLEMS[problem]
    sizes = {"m": m, "n": n, "k": k}

    def tensor(dims, element):
        return "tensor<" + "".join(f"{sizes[d]}x" for d in re.findall(r"\w", dims)) + f"{element}>"

    types = tensor(a, dtype), tensor(b, dtype), tensor("(m, n)", out)
    cast = f"%y = arith.truncf %x : f32 to {out}\n    dlk.yield %y : {out}"
    body = "dlk.yield %x : f32" if out == "f32" else cast
    return f"""
func.func @{name}(%a: {types[0]}, %b: {types[1]}, %c: {types[2]}) -> {types[2]} {{
  %r = dlk.matmul ins(%a, %b : {types[0]}, {types[1]}) outs(%c : {types[2]})
         maps [affine_map<(m, n, k) -> {a}>, affine_map<(m, n, k) -> {b}>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {schedule and "schedule " + schedule} {{
  ^bb0(%x: f32):
    {body}
  }} -> {types[2]}
  return %r : {types[2]}
}}
"""


def get_candidates(dlk_opt, problem):
    """The schedules of engine wgmma, in text."""
    done = subprocess.run([dlk_opt, "-", "-o", "/dev/null",
                           "--dlk-assign-schedule=chip=sm_90a candidates=true"],
                          input=function("f", problem), capture_output=True, text=True, check=True)
    return re.findall(r"remark: candidate: (#dlk\.schedule<engine = wgmma.*?>):", done.stderr)


def get_kernels(dlk_opt, problem, schedules):
    source = "".join(function(f"f{i}", problem, s) for i, s in enumerate(schedules))
    done = subprocess.run([dlk_opt, "-", "--dlk-compile=chip=sm_90a", "--emit=report", "-o", "-"],
                          input=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["kernels"]


@pytest.mark.parametrize("problem", PROBLEMS)
def test_candidates_compile_clean(dlk_opt, problem):
    schedules = get_candidates(dlk_opt, problem)
    assert len(schedules) >= 30
    if problem in PARTS:
        form, least = PARTS[problem]
        schedules = [schedule for schedule in schedules if form in schedule]
        assert len(schedules) >= least
    kernels = get_kernels(dlk_opt, problem, schedules)
    sums = [kernel for kernel in kernels if kernel["name"].endswith("_sum")]
    assert len(sums) == sum("split = none" not in schedule for schedule in schedules)
    for kernel in sums:
        assert kernel["spill_store_bytes"] in (0, None) and kernel["stack_bytes"] in (0, None)
    kernels = [kernel for kernel in kernels if kernel not in sums]
    assert len(kernels) == len(schedules)
    if kernels[0]["registers"] is None:
        pytest.skip("no ptxas")
    for kernel in kernels:
        schedule = kernel["schedule"]
        m, n = map(int, re.search(r"warps = \[(\d+), (\d+)\]", schedule).groups())
        producer, consumer = map(int, re.search(r"regs = \[(\d+), (\d+)\]", schedule).groups())
        assert kernel["advisories"] == [], schedule
        for figure in ("spill_store_bytes", "spill_load_bytes", "stack_bytes"):
            assert kernel[figure] == 0, f"{figure}: {schedule}"
        start = min(65536 // (128 * (1 + m * n)) // 8 * 8, consumer)
        assert kernel["registers"] == start, schedule
        assert sorted(kernel["role_registers"]) == [producer, consumer], schedule
        assert kernel["main_loop"]["wgmma"] > 0, schedule

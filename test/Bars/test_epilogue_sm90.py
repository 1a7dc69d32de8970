# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The machine instructions of the sm_90a epilogue: from the last product of a tile to
the last TMA store of a warpgroup. What a thread has to do for 128 results is 64
packed conversions and 16 stmatrix; all else is to stay small beside that."""

import subprocess

import pytest
from sass import count, disassemble

SIZE = 4096
GELU = """%one = arith.constant 1.0 : f32
    %half = arith.constant 0.5 : f32
    %scale = arith.constant 0.75 : f32
    %cubic = arith.constant 0.044715 : f32
    {inner}
    %u = arith.addf %j, %one : f32
    %v = arith.mulf %u, %half : f32
    %y = arith.mulf %v, %x : f32"""
STEPS = {
    "plain": "",
    "relu": "%y = arith.maximumf %x, %zero : f32",
    "bias": "%w = arith.extf %o : bf16 to f32\n    %y = arith.addf %x, %w : f32",
    "gelu_tanh": GELU.format(inner="""%q = arith.mulf %x, %x : f32
    %c = arith.mulf %q, %x : f32
    %f = arith.mulf %c, %cubic : f32
    %g = arith.addf %x, %f : f32
    %h = arith.mulf %g, %scale : f32
    %j = math.tanh %h : f32"""),
    "gelu_erf": GELU.format(inner="""%h = arith.mulf %x, %scale : f32
    %j = math.erf %h : f32"""),
    "residual": "%w = arith.extf %o : bf16 to f32\n    %y = arith.addf %x, %w : f32",
}

# Steps, type of the result: instructions, stores to shared memory, boxes.
BARS = [
    ("plain", "bf16", 166, ("STSM", 16), 4),
    ("relu", "bf16", 166, ("STSM", 16), 4),
    # 128 additions, 32 loads, 64 conversions of the operand.
    ("bias", "bf16", 382, ("STSM", 16), 4),
    # 128 additions and conversions, 16 loads from the ring, two waits for it.
    ("residual", "bf16", 460, ("STSM", 16), 4),
    # 10 instructions for each result, two of them of the special function unit, and 14.
    ("gelu_tanh", "bf16", 1460, ("STSM", 16), 4),
    ("gelu_erf", "bf16", 1970, ("STSM", 16), 4),
    # 128 selections keep rows out of each other's banks.
    ("plain", "f32", 328, ("STS", 64), 8),
    ("residual", "f32", 638, ("STS", 64), 8),
]


def module(step, result):
    """D = step(A * B, operand)."""
    shape = f"{SIZE}x{SIZE}"
    matrix, wide, out = (f"tensor<{shape}x{t}>" for t in ("bf16", "f32", result))
    operand = f"tensor<{SIZE}xbf16>" if step == "bias" else matrix
    kind = "(n)" if step == "bias" else "(m, n)"
    value = "%y" if step != "plain" else "%x"
    narrow = f"%t = arith.truncf {value} : f32 to bf16\n    " if result == "bf16" else ""
    return f"""
#s = #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative,
                   stages = 3, cluster = [2, 1], copy = tma, epilogue = stmatrix_tma,
                   raster = grouped 8, persistent = true, regs = [40, 232]>
#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (n, k)>
#c = affine_map<(m, n, k) -> (m, n)>
#whole = affine_map<(m, n) -> (m, n)>
func.func @matmul(%a: {matrix}, %b: {matrix}, %op: {operand}) -> {out} {{
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : {wide}
  %i = linalg.fill ins(%zero : f32) outs(%e : {wide}) -> {wide}
  %p = linalg.matmul indexing_maps = [#a, #b, #c] {{dlk.schedule = #s}}
      ins(%a, %b : {matrix}, {matrix}) outs(%i : {wide}) -> {wide}
  %r = tensor.empty() : {out}
  %d = linalg.generic {{indexing_maps = [#whole, affine_map<(m, n) -> {kind}>, #whole],
                       iterator_types = ["parallel", "parallel"]}}
      ins(%p, %op : {wide}, {operand}) outs(%r : {out}) {{
  ^bb0(%x: f32, %o: bf16, %old: {result}):
    {STEPS[step]}
    {narrow}linalg.yield {"%t" if narrow else value} : {result}
  }} -> {out}
  return %d : {out}
}}
"""


@pytest.mark.parametrize("bar", BARS, ids=lambda bar: f"{bar[0]}-{bar[1]}")
def test_epilogue(dlk_opt, nvdisasm, tmp_path, bar):
    step, result, most, (store, stores), boxes = bar
    done = subprocess.run([dlk_opt, "-", "--dlk-compile=chip=sm_90a", "--emit=bundle", "-o",
                           str(tmp_path)], input=module(step, result), text=True,
                          capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "", "no warning"
    cubin = tmp_path / "matmul.cubin"
    if not cubin.exists():
        pytest.skip("no ptxas")
    (kernel,) = disassemble(nvdisasm, cubin).values()
    code = kernel.instructions
    products = [i for i, instruction in enumerate(code) if instruction.name == "HGMMA"]
    sent = [i for i, instruction in enumerate(code) if instruction.name == "UTMASTG"]
    epilogue = code[products[-1] + 1:sent[-1] + 1]
    assert count(epilogue, store) == stores
    assert len(sent) == boxes
    assert count(epilogue, "LDL", "STL") == 0
    assert len(epilogue) <= most
    # The operands of the first box are loaded before the products; a residual
    # comes through the ring, and leaves the loop of the products as it is.
    assert any(i.name == "LDG" for i in code[:products[0]]) == (step == "bias")
    assert count(epilogue, "LDSM") == (16 if step == "residual" else 0)
    assert len(kernel.loop_with("HGMMA")) <= 42
    # The first box is sent before the second one is computed.
    if step.startswith("gelu"):
        assert sent[0] - products[-1] < len(epilogue) / 3

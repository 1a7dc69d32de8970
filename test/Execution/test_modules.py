# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Whole modules: products that feed each other through a workspace, constants,
functions without work, every chip; whole numbers, compared exactly."""

import numpy as np
import pytest
from harness import run_tool

CHIPS = ["sm_80", "sm_86", "sm_87", "sm_89", "sm_90", "sm_90a"]

MODULE = """
#id = affine_map<(m, n) -> (m, n)>
#column = affine_map<(m, n) -> (n)>

func.func @chain(%a: tensor<33x47xf16>, %b: tensor<47x65xf16>, %c: tensor<65x19xf16>)
    -> (tensor<33x19xf32>, tensor<33x65xf16>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<33x65xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<33x65xf32>) -> tensor<33x65xf32>
  %p = linalg.matmul ins(%a, %b : tensor<33x47xf16>, tensor<47x65xf16>)
                     outs(%i : tensor<33x65xf32>) -> tensor<33x65xf32>
  %h = tensor.empty() : tensor<33x65xf16>
  %t = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p : tensor<33x65xf32>) outs(%h : tensor<33x65xf16>) {
  ^bb0(%x: f32, %o: f16):
    %y = arith.truncf %x : f32 to f16
    linalg.yield %y : f16
  } -> tensor<33x65xf16>
  %e2 = tensor.empty() : tensor<33x19xf32>
  %i2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<33x19xf32>) -> tensor<33x19xf32>
  %q = linalg.matmul ins(%t, %c : tensor<33x65xf16>, tensor<65x19xf16>)
                     outs(%i2 : tensor<33x19xf32>) -> tensor<33x19xf32>
  return %q, %t : tensor<33x19xf32>, tensor<33x65xf16>
}

func.func @accumulate(%a: tensor<40x40xf16>, %c: tensor<40x40xf32>) -> tensor<40x40xf32> {
  %p = linalg.matmul ins(%a, %a : tensor<40x40xf16>, tensor<40x40xf16>)
                     outs(%c : tensor<40x40xf32>) -> tensor<40x40xf32>
  %q = linalg.matmul ins(%a, %a : tensor<40x40xf16>, tensor<40x40xf16>)
                     outs(%p : tensor<40x40xf32>) -> tensor<40x40xf32>
  return %q : tensor<40x40xf32>
}

func.func @constants(%a: tensor<33x8xf16>) -> tensor<33x4xf32> {
  %b = arith.constant dense<2.0> : tensor<8x4xf16>
  %bias = arith.constant dense<[1.0, -2.0, 3.0, -4.0]> : tensor<4xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<33x4xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<33x4xf32>) -> tensor<33x4xf32>
  %p = linalg.matmul ins(%a, %b : tensor<33x8xf16>, tensor<8x4xf16>)
                     outs(%i : tensor<33x4xf32>) -> tensor<33x4xf32>
  %q = linalg.generic {indexing_maps = [#id, #column, #id],
                       iterator_types = ["parallel", "parallel"]}
      ins(%p, %bias : tensor<33x4xf32>, tensor<4xf32>) outs(%e : tensor<33x4xf32>) {
  ^bb0(%x: f32, %c: f32, %o: f32):
    %y = arith.addf %x, %c : f32
    linalg.yield %y : f32
  } -> tensor<33x4xf32>
  return %q : tensor<33x4xf32>
}

func.func @long(%a: tensor<3x100000xf16>, %b: tensor<5x100000xf16>) -> tensor<3x5xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<3x5xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<3x5xf32>) -> tensor<3x5xf32>
  %p = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                                      affine_map<(m, n, k) -> (n, k)>,
                                      affine_map<(m, n, k) -> (m, n)>]
      ins(%a, %b : tensor<3x100000xf16>, tensor<5x100000xf16>)
      outs(%i : tensor<3x5xf32>) -> tensor<3x5xf32>
  return %p : tensor<3x5xf32>
}

func.func @nothing(%a: tensor<4x4xf16>) {
  return
}

func.func private @unused(%a: tensor<4x4xf16>) -> tensor<4x4xf16> {
  return %a : tensor<4x4xf16>
}
"""


def compute_chain(a, b, c):
    t = (a @ b).astype(np.float16)
    return [t.astype(np.float64) @ c, t]


# What each public function returns, on float64 arrays.
FUNCTIONS = {
    "chain": compute_chain,
    "accumulate": lambda a, c: [2 * a @ a + c],
    "constants": lambda a: [a @ np.full((8, 4), 2.0) + [1, -2, 3, -4]],
    "long": lambda a, b: [a @ b.T],
    "nothing": lambda a: [],
}


@pytest.fixture(scope="module")
def bundles(dlk_opt, tmp_path_factory):
    """Bundle of a chip, compiled once."""
    made = {}

    def compile(chip):
        if chip not in made:
            folder = made[chip] = tmp_path_factory.mktemp(chip)
            (folder / "module.mlir").write_text(MODULE)
            run_tool([dlk_opt, folder / "module.mlir", f"--dlk-compile=chip={chip}",
                      "--emit=bundle", "-o", folder])
        return made[chip]

    return compile


@pytest.mark.parametrize("chip", CHIPS)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_module(bundles, dlk_run, tmp_path, function, chip):
    bundle = bundles(chip)
    compute = FUNCTIONS[function]
    command = [dlk_run, bundle / "plan.json", "--function", function, "--device=cpu",
               "--random", "1", "--int-data", "--check=all", "--async=late",
               "--save-inputs", tmp_path]
    outputs = {"chain": 2, "nothing": 0}.get(function, 1)
    for index in range(outputs):
        command += ["--out", f"out{index}={tmp_path}/out{index}.npy"]
    run_tool(command)
    count = compute.__code__.co_argcount
    arrays = [np.load(tmp_path / f"arg{i}.npy").astype(np.float64) for i in range(count)]
    for index, expected in enumerate(compute(*arrays)):
        np.testing.assert_array_equal(np.load(tmp_path / f"out{index}.npy"), expected)

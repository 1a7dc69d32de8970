# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Epilogues that compute in f16 and bf16: every operation rounds on its own.

The sum is converted first, then one operation is applied in 16 bits with a bias
row. Each result must be the exact value of its operands, rounded once."""

import subprocess

import numpy as np
import pytest

M, N, K = 70, 72, 40

MODULE = f"""
#mn = affine_map<(m, n) -> (m, n)>
#n = affine_map<(m, n) -> (n)>
func.func @f(%a: tensor<{M}x{K}xT>, %b: tensor<{K}x{N}xT>, %bias: tensor<{N}xT>)
    -> tensor<{M}x{N}xT> {{
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<{M}x{N}xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<{M}x{N}xf32>) -> tensor<{M}x{N}xf32>
  %p = linalg.matmul ins(%a, %b : tensor<{M}x{K}xT>, tensor<{K}x{N}xT>)
      outs(%init : tensor<{M}x{N}xf32>) -> tensor<{M}x{N}xf32>
  %result = tensor.empty() : tensor<{M}x{N}xT>
  %r = linalg.generic {{indexing_maps = [#mn, #n, #mn], iterator_types = ["parallel", "parallel"]}}
      ins(%p, %bias : tensor<{M}x{N}xf32>, tensor<{N}xT>) outs(%result : tensor<{M}x{N}xT>) {{
  ^bb0(%acc: f32, %x: T, %unused: T):
    %h = arith.truncf %acc : f32 to T
    %half = arith.constant 0.5 : T
    BODY
    linalg.yield %y : T
  }} -> tensor<{M}x{N}xT>
  return %r : tensor<{M}x{N}xT>
}}
"""

CASES = {
    "addf": ("%y = arith.addf %h, %x : T", lambda h, x: h + x),
    "subf": ("%y = arith.subf %h, %x : T", lambda h, x: h - x),
    "mulf": ("%y = arith.mulf %h, %x : T", lambda h, x: h * x),
    "divf": ("%y = arith.divf %h, %half : T", lambda h, x: h / 0.5),
    "maximumf": ("%y = arith.maximumf %h, %x : T", np.maximum),
    "minnumf": ("%y = arith.minnumf %h, %x : T", np.minimum),
    "negf": ("%y = arith.negf %h : T", lambda h, x: -h),
    "absf": ("%y = math.absf %h : T", lambda h, x: np.abs(h)),
    "fma": ("%y = math.fma %h, %x, %half : T", lambda h, x: h * x + 0.5),
    "select": ("%c = arith.cmpf ogt, %h, %x : T\n    %y = arith.select %c, %h, %half : T",
               lambda h, x: np.where(h > x, h, 0.5)),
    "exp": ("%y = math.exp %h : T", lambda h, x: np.exp(h)),
    "tanh": ("%y = math.tanh %h : T", lambda h, x: np.tanh(h)),
}


def encode(values, dtype):
    """As it lies in a .npy file: f16, or the bits of bf16."""
    if dtype == "f16":
        return values.astype(np.float16)
    bits = values.astype(np.float32).view(np.uint32).astype(np.uint64)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def decode(array, dtype):
    if dtype == "f16":
        return array.astype(np.float64)
    return (array.astype(np.uint32) << 16).view(np.float32).astype(np.float64)


def run(dlk_opt, dlk_run, folder, text, arrays, dtype):
    (folder / "f.mlir").write_text(text)
    subprocess.run([dlk_opt, folder / "f.mlir", "--dlk-compile=chip=sm_80", "--emit=bundle",
                    "-o", folder], check=True, timeout=300)
    command = [dlk_run, folder / "plan.json", "--device=cpu", "--check=all", "--async=late",
               f"--out=out0={folder / 'y.npy'}"]
    for index, array in enumerate(arrays):
        np.save(folder / f"x{index}.npy", encode(array, dtype))
        command.append(f"--in=arg{index}={folder / f'x{index}.npy'}")
    subprocess.run(command, check=True, timeout=300)
    return decode(np.load(folder / "y.npy"), dtype)


@pytest.mark.parametrize("dtype", ["f16", "bf16"])
@pytest.mark.parametrize("name", CASES)
def test_operation_rounds_once(name, dtype, dlk_opt, dlk_run, tmp_path):
    body, exact = CASES[name]
    generator = np.random.default_rng(7)
    a = generator.integers(-2, 3, (M, K)).astype(np.float64)
    b = generator.integers(-2, 3, (K, N)) / 8
    bias = generator.integers(-4, 5, N) / 4
    text = MODULE.replace("BODY", body).replace("xT>", f"x{dtype}>").replace(" T", f" {dtype}")
    got = run(dlk_opt, dlk_run, tmp_path, text, [a, b, bias], dtype)
    narrow = decode(encode(a @ b, dtype), dtype)
    want = decode(encode(exact(narrow, bias[None, :]), dtype), dtype)
    np.testing.assert_array_equal(got, want)

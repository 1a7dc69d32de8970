# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A chain of convolutions and pooling with channels first, transposed at its border,
against the same function whose kernels read channels first: whole numbers, so that
both are exact."""

import subprocess

import numpy as np
import pytest

TEXT = """
func.func @chain(%x: tensor<2x12x9x7xf16>, %v: tensor<16x12x3x3xf16>, %w: tensor<16x16x3x3xf16>, %b: tensor<16xf16>)
    -> (tensor<2x16x5x4xf16>, tensor<2x16x9x7xf16>) {
  %e = tensor.empty() : tensor<2x16x9x7xf16>
  %a = dlk.conv fprop ins(%x, %v : tensor<2x12x9x7xf16>, tensor<16x12x3x3xf16>) extras(%b : tensor<16xf16>)
         outs(%e : tensor<2x16x9x7xf16>) layouts "nchw" "fchw" "nfhw" strides [1, 1] dilations [1, 1]
         pad_low [1, 1] pad_high [1, 1] groups 1 maps [affine_map<(n, f, h, w) -> (f)>] acc f32 {
  ^bb0(%acc: f32, %q: f16):
    %u = arith.extf %q : f16 to f32
    %s = arith.addf %acc, %u : f32
    %t = arith.truncf %s : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x16x9x7xf16>
  %i = tensor.empty() : tensor<2x16x5x4xf16>
  %p = dlk.window max ins(%a : tensor<2x16x9x7xf16>) outs(%i : tensor<2x16x5x4xf16>) layouts "nchw" "nchw"
         window [3, 3] strides [2, 2] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x16x5x4xf16>
  %r = dlk.conv fprop ins(%p, %w : tensor<2x16x5x4xf16>, tensor<16x16x3x3xf16>) extras(%p : tensor<2x16x5x4xf16>)
         outs(%i : tensor<2x16x5x4xf16>) layouts "nchw" "fchw" "nfhw" strides [1, 1] dilations [1, 1]
         pad_low [1, 1] pad_high [1, 1] groups 1 maps [affine_map<(n, f, h, w) -> (n, f, h, w)>] acc f32 {
  ^bb0(%acc: f32, %q: f16):
    %u = arith.extf %q : f16 to f32
    %h = arith.constant 1.562500e-02 : f32
    %m = arith.mulf %acc, %h : f32
    %s = arith.addf %m, %u : f32
    %t = arith.truncf %s : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x16x5x4xf16>
  return %r, %a : tensor<2x16x5x4xf16>, tensor<2x16x9x7xf16>
}
"""


def run(dlk_opt, dlk_run, folder, chip, options):
    folder.mkdir()
    source = folder / "chain.mlir"
    laid = subprocess.run([dlk_opt, "-", *options], input=TEXT, text=True, capture_output=True, check=True)
    source.write_text(laid.stdout)
    subprocess.run([dlk_opt, source, f"--dlk-compile=chip={chip} start-after=fuse", "--emit=bundle", "-o",
                    folder], check=True)
    random = np.random.default_rng(3)
    inputs = []
    for i, shape in enumerate([(2, 12, 9, 7), (16, 12, 3, 3), (16, 16, 3, 3), (16, )]):
        np.save(folder / f"{i}.npy", random.integers(-2, 3, shape).astype(np.float16))
        inputs += ["--in", f"arg{i}={folder}/{i}.npy"]
    subprocess.run([dlk_run, folder / "plan.json", "--device=cpu", "--check=all", "--strict", "--out",
                    f"out0={folder}/r.npy", "--out", f"out1={folder}/a.npy", *inputs],
                   check=True, capture_output=True)
    kernels = laid.stdout.count("dlk.window") + laid.stdout.count("dlk.conv")
    return np.load(folder / "r.npy"), np.load(folder / "a.npy"), kernels


@pytest.mark.parametrize("chip", ["sm_80", "sm_90a"])
def test_transposed_is_direct(dlk_opt, dlk_run, tmp_path, chip):
    attach = f"--dlk-attach-target=chip={chip}"
    direct = run(dlk_opt, dlk_run, tmp_path / "direct", chip, [attach])
    moved = run(dlk_opt, dlk_run, tmp_path / "moved", chip, [attach, "--dlk-propagate-layout=force"])
    # The input, two filters, two results.
    assert (direct[2], moved[2]) == (3, 3 + 5)
    np.testing.assert_array_equal(direct[0], moved[0])
    np.testing.assert_array_equal(direct[1], moved[1])
    assert np.abs(direct[0]).max() > 0

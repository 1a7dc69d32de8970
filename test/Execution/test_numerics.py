# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Elementary functions of epilogues against the bounds of docs/Numerics.md.

Each kernel adds a residual of arguments to a product with a zero matrix, applies
one function and stores f32. The bounds are the document's; the executor's own
approximations are better than what the PTX ISA grants."""

import math
import subprocess

import numpy as np
import pytest

ROWS, COLUMNS = 128, 256

MODULE = """
#mn = affine_map<(m, n) -> (m, n)>
func.func @f(%a: tensor<{rows}x16xf16>, %b: tensor<16x{columns}xf16>,
             %x: tensor<{rows}x{columns}xf32>) -> tensor<{rows}x{columns}xf32> {{
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<{rows}x{columns}xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<{rows}x{columns}xf32>)
      -> tensor<{rows}x{columns}xf32>
  %p = linalg.matmul ins(%a, %b : tensor<{rows}x16xf16>, tensor<16x{columns}xf16>)
      outs(%init : tensor<{rows}x{columns}xf32>) -> tensor<{rows}x{columns}xf32>
  %r = linalg.generic {{indexing_maps = [#mn, #mn, #mn], iterator_types = ["parallel", "parallel"]}}
      ins(%p, %x : tensor<{rows}x{columns}xf32>, tensor<{rows}x{columns}xf32>)
      outs(%empty : tensor<{rows}x{columns}xf32>) {{
  ^bb0(%acc: f32, %e: f32, %unused: f32):
    %v = arith.addf %acc, %e : f32
    {body}
    linalg.yield %y : f32
  }} -> tensor<{rows}x{columns}xf32>
  return %r : tensor<{rows}x{columns}xf32>
}}
"""

RECIPROCAL = "%one = arith.constant 1.0 : f32\n    %y = arith.divf %one, %v : f32"
THIRD = "%three = arith.constant 3.0 : f32\n    %y = arith.divf %v, %three : f32"
EIGHTH = "%eight = arith.constant 8.0 : f32\n    %y = arith.divf %v, %eight : f32"

ONE_PLUS = "%one = arith.constant 1.0 : f32\n    %f = math.{} %v : f32\n    %y = arith.addf %f, %one : f32"
HALF_ONE_PLUS = ("%one = arith.constant 1.0 : f32\n    %half = arith.constant 0.5 : f32\n"
                 "    %f = math.{} %v : f32\n    %s = arith.addf %one, %f : f32\n"
                 "    %y = arith.mulf %half, %s : f32")


def one_plus_erf(x):
    return np.vectorize(math.erfc)(-x)


def absolute(exact, error):
    """A bound in ulps that is an absolute one of the results."""
    return lambda x: error / np.spacing(np.maximum(exact(x), 2.0 ** -126).astype(np.float32))


# name: body, exact function, arguments from and to, logarithmic, bound in ulps
CASES = {
    "exp": ("%y = math.exp %v : f32", np.exp, -80, 80, False, lambda x: 5 + 1.25 * abs(x)),
    "exp2": ("%y = math.exp2 %v : f32", np.exp2, -120, 120, False, 5),
    "log": ("%y = math.log %v : f32", np.log, 1e-30, 1e30, True, 7),
    "log near 1": ("%y = math.log %v : f32", np.log, 0.5, 1.6, False, 7),
    "tanh": ("%y = math.tanh %v : f32", np.tanh, -11, 11, False, 3),
    "tanh near 0": ("%y = math.tanh %v : f32", np.tanh, 1e-20, 1, True, 3),
    "erf": ("%y = math.erf %v : f32", np.vectorize(math.erf), -5, 5, False, 2),
    "erf near 0": ("%y = math.erf %v : f32", np.vectorize(math.erf), 1e-20, 1, True, 2),
    "1 + tanh": (ONE_PLUS.format("tanh"), lambda x: 2 / (1 + np.exp(-2 * x)), -40, 11, False,
                 lambda x: 7 + 2.5 * abs(x)),
    "half of 1 + tanh": (HALF_ONE_PLUS.format("tanh"), lambda x: 1 / (1 + np.exp(-2 * x)), -40, 11,
                         False, lambda x: 7 + 2.5 * abs(x)),
    "1 + erf": (ONE_PLUS.format("erf"), one_plus_erf, -7, 7, False,
                absolute(one_plus_erf, 2.0 ** -21)),
    "half of 1 + erf": (HALF_ONE_PLUS.format("erf"), lambda x: one_plus_erf(x) / 2, -7, 7, False,
                        absolute(lambda x: one_plus_erf(x) / 2, 2.0 ** -22)),
    "sqrt": ("%y = math.sqrt %v : f32", np.sqrt, 1e-30, 1e30, True, 3),
    "rsqrt": ("%y = math.rsqrt %v : f32", lambda x: 1 / np.sqrt(x), 1e-30, 1e30, True, 3),
    "1 / x": (RECIPROCAL, lambda x: 1 / x, 1e-30, 1e30, True, 1.5),
    "x / 3": (THIRD, lambda x: x / 3, -100, 100, False, 2.5),
    "x / 8": (EIGHTH, lambda x: x / 8, -100, 100, False, 0.5),
}

SPECIAL = {
    "exp": ([-np.inf, np.inf, np.nan, -200, 200, 0], [0, np.inf, np.nan, 0, np.inf, 1]),
    "log": ([0, np.inf, np.nan, -1, 1], [-np.inf, np.inf, np.nan, np.nan, 0]),
    "tanh": ([-np.inf, np.inf, np.nan, 0, 50], [-1, 1, np.nan, 0, 1]),
    "erf": ([-np.inf, np.inf, np.nan, 0, 4.5], [-1, 1, np.nan, 0, 1]),
    "1 + tanh": ([-np.inf, np.inf, np.nan, 0, -50, 50], [0, 2, np.nan, 1, 0, 2]),
    "half of 1 + erf": ([np.inf, np.nan, 0, 7], [1, np.nan, 0.5, 1]),
    "rsqrt": ([0, np.inf, np.nan, -1], [np.inf, 0, np.nan, np.nan]),
    "1 / x": ([0, np.inf, np.nan, -np.inf], [np.inf, 0, np.nan, 0]),
}


class Function:
    """One kernel, compiled once for all its cases."""

    def __init__(self, dlk_opt, dlk_run, folder, body):
        self.dlk_run, self.folder = dlk_run, folder
        source = folder / "f.mlir"
        source.write_text(MODULE.format(rows=ROWS, columns=COLUMNS, body=body))
        subprocess.run([dlk_opt, source, "--dlk-compile=chip=sm_80", "--emit=bundle",
                        "-o", folder], check=True, timeout=300)
        np.save(folder / "a.npy", np.zeros((ROWS, 16), np.float16))
        np.save(folder / "b.npy", np.zeros((16, COLUMNS), np.float16))

    def __call__(self, arguments):
        np.save(self.folder / "x.npy", arguments.reshape(ROWS, COLUMNS))
        inputs = [f"--in=arg{i}={self.folder / name}.npy" for i, name in enumerate("abx")]
        subprocess.run([self.dlk_run, self.folder / "plan.json", "--device=cpu",
                        f"--out=out0={self.folder / 'y.npy'}", *inputs], check=True, timeout=300)
        return np.load(self.folder / "y.npy").reshape(-1)


def make_arguments(first, last, logarithmic):
    count = ROWS * COLUMNS
    if logarithmic:
        return np.geomspace(first, last, count).astype(np.float32)
    return np.linspace(first, last, count).astype(np.float32)


@pytest.mark.parametrize("name", CASES)
def test_error_is_within_the_documented_bound(name, dlk_opt, dlk_run, tmp_path):
    body, exact, first, last, logarithmic, bound = CASES[name]
    arguments = make_arguments(first, last, logarithmic)
    got = Function(dlk_opt, dlk_run, tmp_path, body)(arguments).astype(np.float64)
    wide = arguments.astype(np.float64)
    with np.errstate(divide="ignore"):
        want = exact(wide)
    ulp = np.spacing(np.maximum(np.abs(want), 2.0 ** -126).astype(np.float32)).astype(np.float64)
    error = np.abs(got - want) / ulp
    limit = bound(wide) if callable(bound) else np.full_like(error, bound)
    worst = int(np.argmax(error - limit))
    assert error[worst] <= limit[worst], (
        f"{name}({arguments[worst]!r}) = {got[worst]!r}, exact {want[worst]!r}: "
        f"{error[worst]:.2f} ulps")


@pytest.mark.parametrize("name", SPECIAL)
def test_special_values(name, dlk_opt, dlk_run, tmp_path):
    arguments, want = (np.array(values, np.float32) for values in SPECIAL[name])
    padded = np.ones(ROWS * COLUMNS, np.float32)
    padded[:len(arguments)] = arguments
    got = Function(dlk_opt, dlk_run, tmp_path, CASES[name][0])(padded)[:len(arguments)]
    np.testing.assert_array_equal(got, want)

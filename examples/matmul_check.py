#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the bundle of matmul.mlir and compares it with NumPy.

  examples/matmul_check.py PATH/TO/dlk-run BUNDLE

Prints a short summary from the bundle's report.json and the run's statistics.
Exits with 1 if the result is further from NumPy than f16 allows.
"""

import json
import pathlib
import subprocess
import sys
import time

import numpy as np

SIZE = 512
# What is shown of the main loop: all instructions, then those of the copies
# and products, then memory accesses that should not be there.
LOOP = ["all", "mma", "ldmatrix_x4", "cp_async_cg", "cp_async_ca", "commit", "wait", "barrier",
        "ld_shared", "st_shared", "ld_global", "st_global", "local"]


def make_inputs(bundle):
    """Random inputs of the size of trained weights, as .npy files."""
    random = np.random.default_rng(0)
    arrays = {"arg0": random.standard_normal((SIZE, SIZE)),
              "arg1": random.standard_normal((SIZE, SIZE)) / np.sqrt(SIZE),
              "arg2": random.standard_normal(SIZE)}
    arrays = {name: array.astype(np.float16) for name, array in arrays.items()}
    for name, array in arrays.items():
        np.save(bundle / f"{name}.npy", array)
    return arrays


def run(dlk_run, bundle, names):
    """The result of the bundle and the statistics of the run."""
    command = [dlk_run, str(bundle / "plan.json"), "--device=auto",
               "--out", f"out0={bundle / 'out0.npy'}", "--stats", str(bundle / "stats.json")]
    for name in names:
        command += ["--in", f"{name}={bundle / name}.npy"]
    print("+", " ".join(command), flush=True)
    start = time.monotonic()
    subprocess.run(command, check=True)
    seconds = time.monotonic() - start
    stats = json.loads((bundle / "stats.json").read_text())
    return np.load(bundle / "out0.npy"), stats, seconds


def print_line(label, text):
    print(f"{label:<10}{text}")


def print_kernel(kernel):
    """What the compiler says of a kernel."""
    print_line("kernel", f"{kernel['name']}, grid {kernel['grid']}, block {kernel['block']}")
    print_line("schedule", kernel["schedule"])
    print_line("because", kernel["schedule_reason"])
    if kernel["registers"] is None:
        print_line("resources", "not known: no ptxas")
    else:
        occupancy = kernel["occupancy"]
        print_line("resources", f"{kernel['registers']} registers, "
                   f"{kernel['spill_store_bytes']} bytes spilled, "
                   f"{kernel['stack_bytes']} bytes of stack, "
                   f"{occupancy['blocks_per_sm']} blocks per SM")
    shared = kernel["dynamic_shared_bytes"] + (kernel["static_shared_bytes"] or 0)
    print_line("shared", f"{shared} bytes")
    loop = kernel["main_loop"] or {}
    counts = [f"{loop[name]} {name}" for name in LOOP if loop.get(name)]
    print_line("main loop", ", ".join(counts) or "none: straight-line code")


def main():
    dlk_run, bundle = sys.argv[1], pathlib.Path(sys.argv[2])
    inputs = make_inputs(bundle)
    result, stats, seconds = run(dlk_run, bundle, inputs)
    a, b, bias = (inputs[name].astype(np.float32) for name in ("arg0", "arg1", "arg2"))
    expected = np.maximum(a @ b + bias, 0)
    # Half a unit in the last place of f16, and f32 sums in another order.
    bound = 2.0**-11 * np.abs(expected) + 2.0**-24 + 1e-5 * (np.abs(a) @ np.abs(b))
    error = np.abs(result.astype(np.float32) - expected)
    report = json.loads((bundle / "report.json").read_text())
    print()
    for kernel in report["kernels"]:
        print_kernel(kernel)
    right = bool((error <= bound).all())
    print_line("run", f"on {stats.get('device', 'cpu')}, {seconds:.2f} s")
    print_line("error", f"at most {error.max():.3g} from NumPy's result, "
               f"{'within' if right else 'BEYOND'} the bound of f16")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())

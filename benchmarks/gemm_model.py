#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the cost model chooses and predicts for matrix multiplications, as a table.

  benchmarks/gemm_model.py [--chip CHIP] [--build DIR] [--type bf16|f16] [MxNxK ...]

Without sizes: squares, the layers of Llama 2 and 3, DeepSeek-V3 and LM heads, few
rows. Nothing is run and nothing is measured: clocks are those of the model.
"""

import argparse
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

SQUARES = [(size,) * 3 for size in (512, 1024, 2048, 4096, 6144, 8192, 12288, 16384)]
CHARTS = [(5632, 3072, 512), (5632, 3072, 8192), (3456, 1024, 2048), (256, 128256, 4096)]
LLAMA = [(6144, 4096), (4096, 4096), (28672, 4096), (4096, 14336),  # 3 8B
         (15360, 5120), (5120, 5120), (27648, 5120), (5120, 13824),  # 2 13B
         (10240, 8192), (8192, 8192), (57344, 8192), (8192, 28672)]  # 2 70B
DEEPSEEK = [(2112, 7168), (576, 7168), (24576, 1536), (32768, 512), (7168, 16384),
            (4096, 7168), (7168, 2048)]
SIZES = (SQUARES + CHARTS + [(m, *layer) for layer in LLAMA for m in (1, 16, 64, 128, 2048, 8192)] +
         [(m, *layer) for layer in DEEPSEEK for m in (1, 64, 128, 4096)])

FUNCTION = """func.func @f{i}(%a: tensor<{m}x{k}x{t}>, %b: tensor<{n}x{k}x{t}>, %c: tensor<{m}x{n}x{t}>)
    -> tensor<{m}x{n}x{t}> {{
  %r = dlk.matmul ins(%a, %b : tensor<{m}x{k}x{t}>, tensor<{n}x{k}x{t}>) outs(%c : tensor<{m}x{n}x{t}>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {{
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to {t}
    dlk.yield %t : {t}
  }} -> tensor<{m}x{n}x{t}>
  return %r : tensor<{m}x{n}x{t}>
}}
"""

FIELD = {name: re.compile(name + r" = (\[[^\]]*\]|\w+(?: \d+)?)")
         for name in ("engine", "tile", "warps", "roles", "stages", "cluster", "swap_ab", "split")}


def describe(schedule):
    """A schedule in a few words."""
    field = {name: pattern.search(schedule)[1] for name, pattern in FIELD.items()}
    grid = {name: "x".join(re.findall(r"\d+", field[name])) for name in ("tile", "warps", "cluster")}
    words = [field["engine"], grid["tile"], f"warps {grid['warps']}", f"{field['stages']} stages"]
    if grid["cluster"] != "1x1":
        words.append(f"cluster {grid['cluster']}")
    if field["roles"] == "pingpong":
        words.append("pingpong")
    if field["swap_ab"] == "true":
        words.append("swap_ab")
    if field["split"] != "none":
        words.append(field["split"])
    return ", ".join(words)


def predict(opt, chip, element, sizes):
    """(schedule, reason) of each size."""
    source = "".join(FUNCTION.format(i=i, m=m, n=n, k=k, t=element)
                     for i, (m, n, k) in enumerate(sizes))
    done = subprocess.run([opt, "-", f"--dlk-assign-schedule=chip={chip} remarks=true",
                           "--mlir-disable-threading", "-o", "/dev/null"],
                          input=source, capture_output=True, text=True, check=False)
    found = re.findall(r'remark: schedule: (#dlk\.schedule<.*?>): "(.*)"', done.stderr)
    if done.returncode or len(found) != len(sizes):
        sys.exit(f"gemm_model: {done.stderr}")
    return found


def parse_size(text):
    match = re.fullmatch(r"(\d+)x(\d+)x(\d+)", text)
    if not match:
        raise argparse.ArgumentTypeError(f"not MxNxK: {text}")
    return tuple(map(int, match.groups()))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("sizes", nargs="*", type=parse_size, metavar="MxNxK")
    parser.add_argument("--chip", default="sm_90a")
    parser.add_argument("--type", default="bf16", choices=("bf16", "f16"))
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/dev")
    options = parser.parse_args()
    sizes = options.sizes or SIZES
    print("| M x N x K | schedule | bound | clocks, predicted | of the tensor peak |")
    print("| --- | --- | --- | ---: | ---: |")
    for (m, n, k), (schedule, reason) in zip(sizes, predict(options.build / "bin/dlk-opt",
                                                            options.chip, options.type, sizes)):
        bound = re.search(r"([\w ]+) bound", reason)[1].strip()
        clocks = int(re.search(r"about (\d+) clocks", reason)[1])
        peak = re.search(r"(\d+) % of the tensor peak", reason)
        print(f"| {m} x {n} x {k} | {describe(schedule)} | {bound} | {clocks} "
              f"| {peak[1] + ' %' if peak else ''} |")


if __name__ == "__main__":
    main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the cost model chooses and predicts for matrix multiplications, as a table.

  benchmarks/gemm_model.py [--chip CHIP] [--build DIR] [--type TYPE] [--csv FILE] [MxNxK ...]

Without sizes: those of gemm_sizes.py, or of its groups that --group names. Nothing is
run and nothing is measured: clocks are those of the model.
"""

import argparse
import csv
import datetime
import pathlib
import re
import subprocess
import sys

from gemm_sizes import GROUPS, Problem, listed

ROOT = pathlib.Path(__file__).resolve().parent.parent

ELEMENT = {"bf16": "bf16", "f16": "f16", "tf32": "f32", "fp8": "f8E4M3FN", "f32": "f32"}
BYTES = {"bf16": 2, "f16": 2, "tf32": 4, "fp8": 1, "f32": 4}
LHS = {"T": "mk", "N": "km"}
RHS = {"N": "nk", "T": "kn"}

FUNCTION = """func.func @f{i}(%a: {lhs}, %b: {rhs}, %c: {out}) -> {out} {{
  %r = dlk.matmul ins(%a, %b : {lhs}, {rhs}) outs(%c : {out})
         maps [{maps}] acc f32 {precision}{{
  ^bb0(%acc: f32):
    {convert}dlk.yield %{value} : {element}
  }} -> {out}
  return %r : {out}
}}
"""

COLUMNS = ("group", "type", "result", "layout", "batch", "m", "n", "k", "schedule", "bound",
           "clocks", "peak_percent", "bytes_per_clock", "note")

FIELD = {name: re.compile(name + r" = (\[[^\]]*\]|\w+(?: \d+)?)")
         for name in ("engine", "tile", "warps", "roles", "stages", "cluster", "swap_ab",
                      "copy", "split", "raster")}


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
    if field["copy"] == "ld":
        words.append("ld")
    if field["split"] != "none":
        words.append(field["split"])
    return ", ".join(words)


def write_function(i, problem):
    """A function of one product, as MLIR."""
    size = {"b": problem.batch, "m": problem.m, "n": problem.n, "k": problem.k}
    batch = "b" if problem.batch > 1 else ""
    dims = [batch + LHS[problem.layout[0]], batch + RHS[problem.layout[1]], batch + "mn"]
    elements = [ELEMENT[problem.type]] * 2 + [ELEMENT[problem.result_type()]]
    tensors = [f"tensor<{'x'.join(str(size[d]) for d in names)}x{element}>"
               for names, element in zip(dims, elements)]
    maps = ", ".join(f"affine_map<({', '.join(batch + 'mnk')}) -> ({', '.join(names)})>"
                     for names in dims)
    rounds = elements[2] != "f32"
    convert = f"%t = arith.truncf %acc : f32 to {elements[2]}\n    " if rounds else ""
    return FUNCTION.format(i=i, lhs=tensors[0], rhs=tensors[1], out=tensors[2], maps=maps,
                           precision="precision tf32 " if problem.type == "tf32" else "",
                           convert=convert, value="t" if rounds else "acc", element=elements[2])


def count_bytes(problem):
    """Bytes of all tensors, each once."""
    operands = (problem.m + problem.n) * problem.k * BYTES[problem.type]
    return problem.batch * (operands + problem.m * problem.n * BYTES[problem.result_type()])


def predict(opt, chip, problems):
    """(schedule, reason) of each problem."""
    source = "".join(write_function(i, problem) for i, problem in enumerate(problems))
    done = subprocess.run([opt, "-", f"--dlk-assign-schedule=chip={chip} remarks=true",
                           "--mlir-disable-threading", "-o", "/dev/null"],
                          input=source, capture_output=True, text=True, check=False)
    found = re.findall(r'remark: schedule: (#dlk\.schedule<.*?>): "(.*)"', done.stderr)
    if done.returncode or len(found) != len(problems):
        sys.exit(f"gemm_model: {done.stderr}")
    return found


def tabulate(opt, chip, rows):
    """A dictionary of COLUMNS for each (group, problem) of `rows`."""
    for (group, problem), (schedule, reason) in zip(rows, predict(opt, chip, [p for _, p in rows])):
        clocks = int(re.search(r"about (\d+) clocks", reason)[1])
        peak = re.search(r"(\d+) % of the tensor peak", reason)
        yield {"group": group, "type": problem.type, "result": problem.result_type(),
               "layout": problem.layout, "batch": problem.batch, "m": problem.m, "n": problem.n,
               "k": problem.k, "schedule": describe(schedule),
               "bound": re.search(r"useful, ([\w ]+) bound", reason)[1],
               "clocks": clocks, "peak_percent": peak[1] if peak else "",
               "bytes_per_clock": round(count_bytes(problem) / clocks),
               "note": reason.partition("; ")[2]}


def write_csv(path, chip, table):
    """The table as data, below lines of # that say where it is from."""
    commit = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty", "--exclude=*",
                             "--abbrev=12"],
                            capture_output=True, text=True, check=True).stdout.strip()
    with open(path, "w", encoding="utf-8", newline="") as out:
        out.write(f"# Predictions of the cost model for {chip}; nothing of this was measured.\n"
                  f"# date {datetime.date.today()}, commit {commit}, benchmarks/gemm_model.py\n"
                  "# clocks: predicted; bytes_per_clock: all tensors once, over the clocks\n")
        writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)


def print_markdown(table):
    """The table for a reader."""
    print("| M x N x K | schedule | bound | clocks, predicted | of the tensor peak |")
    print("| --- | --- | --- | ---: | ---: |")
    for row in table:
        peak = f"{row['peak_percent']} %" if row["peak_percent"] else ""
        batch = f"{row['batch']} x " if row["batch"] > 1 else ""
        print(f"| {batch}{row['m']} x {row['n']} x {row['k']} | {row['schedule']} "
              f"| {row['bound']} | {row['clocks']} | {peak} |")


def parse_size(text):
    match = re.fullmatch(r"(\d+)x(\d+)x(\d+)", text)
    if not match:
        raise argparse.ArgumentTypeError(f"not MxNxK: {text}")
    return tuple(map(int, match.groups()))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("sizes", nargs="*", type=parse_size, metavar="MxNxK")
    parser.add_argument("--chip", default="sm_90a")
    parser.add_argument("--type", default="bf16", choices=("bf16", "f16", "tf32", "fp8"),
                        help="of the operands of sizes given here")
    parser.add_argument("--group", action="append", choices=GROUPS, metavar="GROUP",
                        help=f"only this group of sizes: {', '.join(GROUPS)}")
    parser.add_argument("--csv", type=pathlib.Path, metavar="FILE", help="write all columns there")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/dev")
    options = parser.parse_args()
    rows = [("", Problem(*size, type=options.type)) for size in options.sizes]
    rows = rows or [row for row in listed() if not options.group or row[0] in options.group]
    table = list(tabulate(options.build / "bin/dlk-opt", options.chip, rows))
    if options.csv:
        write_csv(options.csv, options.chip, table)
    else:
        print_markdown(table)


if __name__ == "__main__":
    main()

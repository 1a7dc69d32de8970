#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the executor counts in the matrix multiplications of gemm_sizes.py: instructions,
copied bytes, wavefronts, and the limit that follows from them.

  benchmarks/gemm_counts.py [--chip CHIP] [--build DIR] [--most PRODUCTS] [--group GROUP] [--csv FILE]

Every kernel runs on random numbers, so this takes about ten seconds for 10^11 products.
Counts are exact; clocks are those that the chip's figures allow at best, not a time.
"""

import argparse
import csv
import datetime
import json
import math
import pathlib
import re
import subprocess
import sys
import tempfile

from gemm_model import ROOT, count_bytes, describe, write_function
from gemm_sizes import GROUPS, listed

COLUMNS = ("group", "type", "result", "layout", "batch", "m", "n", "k", "schedule", "kernels",
           "products_issued", "useful_percent", "loaded_bytes", "stored_bytes", "tensor_bytes",
           "global_sectors", "shared_wavefronts", "shared_ideal", "barrier_waits", "limit",
           "limit_clocks")


def run(build, chip, problem):
    """(schedule, launches with their statistics) of one problem."""
    with tempfile.TemporaryDirectory() as folder:
        stats = pathlib.Path(folder) / "stats.json"
        for command, text in [
                ([build / "bin/dlk-opt", "-", f"--dlk-compile=chip={chip}", "--emit=bundle", "-o",
                  folder], write_function(0, problem)),
                ([build / "bin/dlk-run", f"{folder}/plan.json", "--device=cpu", "--random", "1",
                  "--stats", stats], None)]:
            done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
            if done.returncode:
                sys.exit(f"gemm_counts: {done.stderr}")
        report = json.loads((pathlib.Path(folder) / "report.json").read_text())
        return report["kernels"][0]["schedule"], json.loads(stats.read_text())["launches"]


def count_products(instruction, times):
    """Multiply-adds of "wgmma.m64n128k16.f32.bf16.bf16" and the like."""
    return math.prod(map(int, re.search(r"m(\d+)n(\d+)k(\d+)", instruction).groups())) * times


def tabulate(group, problem, schedule, launches):
    """A dictionary of COLUMNS."""
    def total(name):
        return sum(launch["stats"]["total"].get(name, 0) for launch in launches)

    def copied(name):
        return sum(launch["stats"]["copies"].get(name, 0) for launch in launches)

    products = sum(count_products(instruction, times) for launch in launches
                   for instruction, times in launch["stats"]["tensor"].items())
    useful = problem.batch * problem.m * problem.n * problem.k
    longest = max(launches, key=lambda launch: launch["bound"]["estimated_seconds"])["bound"]
    return {"group": group, "type": problem.type, "result": problem.result_type(),
            "layout": problem.layout, "batch": problem.batch, "m": problem.m, "n": problem.n,
            "k": problem.k, "schedule": describe(schedule), "kernels": len(launches),
            "products_issued": products, "useful_percent": round(100 * useful / products, 1),
            "loaded_bytes": copied("tensor load"), "stored_bytes": copied("tensor store"),
            "tensor_bytes": count_bytes(problem), "global_sectors": total("global_sectors"),
            "shared_wavefronts": total("shared_wavefronts"), "shared_ideal": total("shared_ideal"),
            "barrier_waits": total("barrier_waits"), "limit": longest["limiter"],
            "limit_clocks": round(sum(max(launch["bound"]["cycles"].values())
                                      for launch in launches))}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--chip", default="sm_90a")
    parser.add_argument("--group", action="append", choices=GROUPS, metavar="GROUP",
                        help=f"only this group of sizes: {', '.join(GROUPS)}")
    parser.add_argument("--most", type=float, default=1e10, metavar="PRODUCTS",
                        help="leave out larger problems (1e10)")
    parser.add_argument("--csv", type=pathlib.Path, metavar="FILE", help="write there")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/dev")
    options = parser.parse_args()
    out = open(options.csv, "w", encoding="utf-8", newline="") if options.csv else sys.stdout
    commit = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty", "--exclude=*",
                             "--abbrev=12"],
                            capture_output=True, text=True, check=True).stdout.strip()
    out.write(f"# Counts of the executor for {options.chip}, and the limit that they set; no time "
              f"was measured.\n# date {datetime.date.today()}, commit {commit}, "
              "benchmarks/gemm_counts.py\n")
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for group, problem in listed():
        products = problem.batch * problem.m * problem.n * problem.k
        if products <= options.most and group in (options.group or GROUPS):
            writer.writerow(tabulate(group, problem, *run(options.build, options.chip, problem)))
            out.flush()


if __name__ == "__main__":
    main()

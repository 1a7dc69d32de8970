# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""scripts/instruction-coverage reads opcodes as they are, and every row has a test."""

import collections
import importlib.machinery
import importlib.util
import pathlib
import subprocess

SCRIPT = pathlib.Path(__file__).resolve().parent.parent.parent / "scripts" / "instruction-coverage"


def load():
    """The script as a module."""
    loader = importlib.machinery.SourceFileLoader("instruction_coverage", str(SCRIPT))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


def test_opcodes_are_found():
    ptx = """.version 8.0
.visible .entry k(.param .u64 p) {
  .reg .b32 %r<2>; // trap;
  @!%p1 bra $L; ld.param.u64 %x1, [p];
$L: @%p1 add.s32 %r1, %r1, 1; { mul.wide.u32 %x1, %r1, 4; }
  /* exit; */ bar.sync 0;
  ret;
}"""
    assert load().opcodes_of(ptx) == {"bra", "ld.param.u64", "add.s32", "mul.wide.u32",
                                      "bar.sync", "ret"}


def test_the_longest_row_counts():
    rows = {"bar.sync", "bar.warp.sync", "ld"}
    assert load().row_of("bar.warp.sync", rows) == "bar.warp.sync"
    assert load().row_of("ld.global.v4.u32", rows) == "ld"
    assert load().row_of("tcgen05.alloc", rows) is None


def test_a_row_without_test_is_reported(capsys):
    counts = {"ld": collections.Counter(own=1), "st": collections.Counter()}
    assert load().print_report(counts) == ["st"]
    assert capsys.readouterr().out.endswith("2 rows, 1 without any test st\n")


def test_every_row_is_exercised(build_dir):
    result = subprocess.run([SCRIPT, build_dir], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.splitlines()[-1].endswith(" rows, 0 without any test")
    sums = dict(zip(load().KINDS, map(int, result.stdout.splitlines()[-2].split()[1:])))
    assert sums["conformance"] > 130 and sums["sweep"] > 40 and sums["triton"] > 50

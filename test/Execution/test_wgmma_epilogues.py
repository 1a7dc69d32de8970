# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Epilogues of wgmma accumulators: hand-written kernels fill a fragment, apply a
map with a residual, a bias per column and one per row, and store it through
staging or by TMA. What one thread computes at the wrong place, or TMA reads too
early, shows in the numbers or is found by the checks."""

import json
import subprocess
from dataclasses import dataclass

import numpy as np
import pytest

PASSES = ("dlk_tile.kernel(dlk-tile-assign-layouts,dlk-tile-plan-memory,dlk-tile-rewrite-mma,"
          "dlk-tile-lower-maps),convert-dlk-to-llvm")
BYTES = {"f32": 4, "f16": 2, "bf16": 2, "i32": 4, "i8": 1}


@dataclass(frozen=True)
class Case:
    """A result of rows x columns, in tiles of warps[0] x warps[1] warpgroups."""
    rows: int
    columns: int
    tile: tuple
    warps: tuple = (1, 1)
    element: str = "bf16"
    store: str = "tma"
    box: int = 0            # columns of a box; 0: 128 bytes
    swizzle: int = 128
    buffers: int = 2
    batches: int = 1
    persistent: bool = False

    def __str__(self):
        shape = f"{self.rows}x{self.columns}"
        tile = "x".join(map(str, self.tile))
        extra = "".join(f"-{word}" for word, wanted in [
            (self.store, True), (f"box{self.box}", self.box), (f"swizzle{self.swizzle}",
             self.swizzle != 128), (f"buffers{self.buffers}", self.buffers != 2),
            (f"batches{self.batches}", self.batches > 1), ("persistent", self.persistent)]
            if wanted)
        return f"{self.element}-{shape}-{tile}-{self.warps[0]}x{self.warps[1]}{extra}"

    @property
    def box_columns(self):
        return self.box or min(128 // BYTES[self.element], self.tile[1] // self.warps[1])

    @property
    def groups(self):
        return self.warps[0] * self.warps[1]


def memory(shape, element):
    strides = [int(np.prod(shape[i + 1:])) for i in range(len(shape))]
    modes = ", ".join(f"[{n}:{s}]" for n, s in zip(shape, strides, strict=True))
    text = "x".join(map(str, shape))
    return f"!dlk_tile.mem<{text}x{element}, #dlk_tile.layout<{modes}>, global>"


def types(case):
    shape = (case.batches, case.rows, case.columns)
    result, element = memory(shape, case.element), case.element
    fragment = (f"#dlk_tile.fragment<wgmma_acc, warps = [{case.warps[0]}, {case.warps[1]}]>")
    tile = f"{case.tile[0]}x{case.tile[1]}"
    if case.store == "tma":
        staging = f"{case.groups * case.buffers}x64x{case.box_columns}"
        result = f"!dlk_tile.tmap<{result}, [64, {case.box_columns}], swizzle {case.swizzle}>"
    else:
        staging = f"{4 * case.groups}x16x{case.tile[1] // case.warps[1]}"
    return f"""
!acc = !dlk_tile.frag<{tile}xf32, {fragment}>
!out = !dlk_tile.frag<{tile}x{element}, {fragment}>
!res = {memory(shape, "f32")}
!col = {memory((case.columns,), "f32")}
!row = {memory((case.rows,), "f32")}
!target = {result}
!staging = !dlk_tile.mem<{staging}x{element}, shared>
"""


def conversion(case):
    if case.element == "f32":
        return "%y = arith.addf %x3, %zero : f32"
    if case.element.startswith("i"):
        return f"%y = arith.fptosi %x3 : f32 to {case.element}"
    return f"%y = arith.truncf %x3 : f32 to {case.element}"


def body(case):
    store = (f"dlk_tile.store %r to %c[%batch, %m, %n] staging %s vector {16 // BYTES[case.element]}"
             if case.store == "staged" else
             "dlk_tile.tma_store %r to %c[%batch, %m, %n] staging %s")
    return f"""
    %m = arith.muli %i, %tileM : index
    %n = arith.muli %j, %tileN : index
    %acc = dlk_tile.fill 3.0 : !acc
    %r = dlk_tile.map %acc at [%batch, %m, %n] bounds [{case.rows}, {case.columns}]
        with %res, %col, %row : !res, !col, !row
        maps [affine_map<(b, m, n) -> (b, m, n)>, affine_map<(b, m, n) -> (n)>,
              affine_map<(b, m, n) -> (m)>] : !acc -> !out {{
    ^bb0(%x: f32, %e: f32, %f: f32, %g: f32):
      %zero = arith.constant 0.0 : f32
      %x1 = arith.addf %x, %e : f32
      %x2 = arith.addf %x1, %f : f32
      %x3 = arith.addf %x2, %g : f32
      {conversion(case)}
      dlk_tile.yield %y : {case.element}
    }}
    {store} : !out to !target staging !staging
"""


def module(case):
    tiles = [-(-n // t) for n, t in zip((case.rows, case.columns), case.tile, strict=True)]
    total = tiles[0] * tiles[1] * case.batches
    result = f"tensor<{case.batches}x{case.rows}x{case.columns}x{case.element}>"
    inputs = (f"tensor<{case.batches}x{case.rows}x{case.columns}xf32>, "
              f"tensor<{case.columns}xf32>, tensor<{case.rows}xf32>")
    constants = f"""
    %tileM = arith.constant {case.tile[0]} : index
    %tileN = arith.constant {case.tile[1]} : index
    %s = dlk_tile.alloc : !staging"""
    if case.persistent:
        code = f"""{constants}
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %total = arith.constant {total} : index
    %perBatch = arith.constant {tiles[0] * tiles[1]} : index
    %perRow = arith.constant {tiles[1]} : index
    scf.for %t = %c0 to %total step %c1 {{
    %batch = arith.divui %t, %perBatch : index
    %inBatch = arith.remui %t, %perBatch : index
    %i = arith.divui %inBatch, %perRow : index
    %j = arith.remui %inBatch, %perRow : index
    {body(case)}
    }}"""
    else:
        code = f"""{constants}
    %i, %j, %batch = dlk_tile.tile_coord tiles [{tiles[0]}, {tiles[1]}] batches {case.batches} raster row 1
    {body(case)}"""
    return f"""{types(case)}
module attributes {{dlk.target = #dlk.target<chip = "sm_90a">}} {{
  func.func @f(%res: tensor<{inputs.split(", tensor<")[0][7:]}, %col: tensor<{case.columns}xf32>,
               %row: tensor<{case.rows}xf32>) -> {result} {{
    %r = dlk_tile.launch @k(%res, %col, %row) : ({inputs}) -> {result}
    return %r : {result}
  }}
  dlk_tile.kernel @k(%res: !res, %col: !col, %row: !row, %c: !target)
      grid [{1 if case.persistent else total}, 1, 1] warps {4 * case.groups} {{
    {code}
  }}
}}
"""


CASES = [
    Case(64, 64, (64, 64), element="f32", store="staged"),
    Case(128, 128, (128, 128), (2, 1), store="staged"),
    Case(100, 88, (128, 64), (1, 2), element="f16", store="staged", batches=2),
    Case(64, 64, (64, 64)),
    Case(128, 256, (128, 256), (2, 1)),
    Case(200, 264, (128, 128), (2, 1), element="f16", batches=2),
    Case(130, 136, (128, 128), (1, 2), element="f32"),
    Case(256, 128, (256, 128), (2, 1), element="f32"),
    Case(256, 192, (256, 192), (2, 1)),
    Case(128, 192, (128, 192), element="f16", store="staged"),
    Case(96, 192, (64, 96), box=16, swizzle=32),
    Case(96, 192, (64, 96), box=32, swizzle=64),
    Case(64, 24, (64, 24), box=24, swizzle=0),
    Case(64, 64, (64, 64), element="f32", box=16, swizzle=64),
    Case(64, 64, (64, 64), element="f32", box=8, swizzle=32),
    Case(128, 256, (64, 256), (1, 2), element="i8"),
    Case(256, 256, (64, 64), persistent=True),
    Case(256, 384, (128, 192), (2, 1), persistent=True),
    Case(256, 384, (64, 192), persistent=True, buffers=3),
    Case(256, 384, (64, 192), persistent=True, buffers=1, batches=2),
]


def round_to(values, element):
    """The exact sums, rounded once, as they lie in the file."""
    if element == "bf16":
        bits = values.astype(np.float32).view(np.uint32).astype(np.uint64)
        return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)
    return values.astype({"f32": np.float32, "f16": np.float16, "i32": np.int32, "i8": np.int8}[element])


def make_inputs(case, folder):
    rng = np.random.default_rng(1)
    shapes = [(case.batches, case.rows, case.columns), (case.columns,), (case.rows,)]
    arrays = [rng.integers(-20, 20, shape).astype(np.float32) for shape in shapes]
    command = []
    for i, array in enumerate(arrays):
        np.save(folder / f"arg{i}.npy", array)
        command += ["--in", f"arg{i}={folder / f'arg{i}.npy'}"]
    total = arrays[0] + arrays[1][None, None, :] + arrays[2][None, :, None] + 3
    np.save(folder / "expected.npy", round_to(total, case.element))
    return command


def build(dlk_opt, folder, case):
    (folder / "k.mlir").write_text(module(case))
    subprocess.run([dlk_opt, folder / "k.mlir", f"--pass-pipeline=builtin.module({PASSES})",
                    "--emit=bundle", "-o", folder], check=True)


def wavefronts(stats):
    """(served, ideal) passes through shared memory."""
    totals = json.loads(stats.read_text())["sum"]["total"]
    return totals["shared_wavefronts"], totals["shared_ideal"]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_epilogue(dlk_opt, dlk_run, tmp_path, case):
    build(dlk_opt, tmp_path, case)
    inputs = make_inputs(case, tmp_path)
    for extra in (["--async=immediate"], ["--async=late"],
                  ["--async=random:3", "--order=reversed"]):
        subprocess.run([dlk_run, tmp_path / "plan.json", "--device=cpu", "--check=all", "--strict",
                        *extra, *inputs, "--expect", f"out0={tmp_path / 'expected.npy'}",
                        "--stats", tmp_path / "stats.json"], check=True)
    served, ideal = wavefronts(tmp_path / "stats.json")
    if case.swizzle != 0:
        assert served == ideal

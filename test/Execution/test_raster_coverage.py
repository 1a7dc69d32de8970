# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every raster visits each tile of a grid once, whatever the grid's extents:
a block per tile writes its number at the place that tile_coord gives it."""

import subprocess

import numpy as np
import pytest

EXTENTS = [1, 2, 5, 7, 8, 9, 15, 16, 17, 23, 24, 31]
RASTERS = ["row 1", "grouped 3", "grouped 8", "hilbert 1"]

KERNEL = """
  dlk_tile.kernel @k{rows}x{columns}(%o: !dlk_tile.mem<{size}xi32, #dlk_tile.layout<[{size}:1]>, global>)
      grid [{tiles}, 1, 1] warps 1 {{
    %one = arith.constant 1 : i32
    %columns = arith.constant {columns} : index
    %tile = nvvm.read.ptx.sreg.ctaid.x : i32
    %r, %c, %b = dlk_tile.tile_coord of %tile tiles [{rows}, {columns}] batches 2 raster {raster}
    %batch = arith.constant {batch} : index
    %x0 = arith.muli %b, %batch : index
    %x1 = arith.muli %r, %columns : index
    %x2 = arith.addi %x0, %x1 : index
    %x3 = arith.addi %x2, %c : index
    %place = arith.index_cast %x3 : index to i64
    %number = arith.addi %tile, %one : i32
    %p = dlk_tile.pointer %o : !dlk_tile.mem<{size}xi32, #dlk_tile.layout<[{size}:1]>, global> to !llvm.ptr<1>
    %q = llvm.getelementptr %p[%place] : (!llvm.ptr<1>, i64) -> !llvm.ptr<1>, i32
    llvm.store %number, %q : i32, !llvm.ptr<1>
  }}
"""


def module(raster, rows):
    """One launch for each number of columns."""
    sizes = [2 * rows * columns for columns in EXTENTS]
    types = ", ".join(f"tensor<{size}xi32>" for size in sizes)
    values = ", ".join(f"%r{index}" for index in range(len(sizes)))
    launches = "\n".join(
        f"    %r{index} = dlk_tile.launch @k{rows}x{columns}() : () -> tensor<{size}xi32>"
        for index, (columns, size) in enumerate(zip(EXTENTS, sizes)))
    kernels = "".join(KERNEL.format(rows=rows, columns=columns, raster=raster, size=size,
                                    tiles=size, batch=size // 2)
                      for columns, size in zip(EXTENTS, sizes))
    return (f'module attributes {{dlk.target = #dlk.target<chip = "sm_90a">}} {{\n'
            f"  func.func @f() -> ({types}) {{\n{launches}\n    return {values} : {types}\n  }}\n"
            f"{kernels}}}\n")


@pytest.mark.parametrize("rows", EXTENTS)
@pytest.mark.parametrize("raster", RASTERS)
def test_each_tile_once(raster, rows, dlk_opt, dlk_run, tmp_path):
    (tmp_path / "k.mlir").write_text(module(raster, rows))
    subprocess.run([dlk_opt, tmp_path / "k.mlir", "--convert-dlk-to-llvm", "--emit=bundle",
                    "-o", tmp_path / "b"], check=True, timeout=60)
    outs = [f"--out=out{index}={tmp_path}/{index}.npy" for index in range(len(EXTENTS))]
    subprocess.run([dlk_run, tmp_path / "b" / "plan.json", "--device=cpu", *outs], check=True,
                   timeout=60)
    for index, columns in enumerate(EXTENTS):
        numbers = np.load(tmp_path / f"{index}.npy")
        assert sorted(numbers) == list(range(1, 2 * rows * columns + 1)), (rows, columns)

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The quality figures of the sm_90a matrix multiplication, from report.json and from
the machine instructions in the cubin: the consumers' loop is nothing but wgmma, one
wait for the stage, one for the products and one release. A figure that gets worse
fails; one that gets better is a reason to tighten its bar here."""

import json
import re
import subprocess
from dataclasses import dataclass

import pytest
from matmul_gen import Point, module_text
from sass import count, disassemble

SIZE = 4096
ROWS = {"n": "(m, k)", "t": "(k, m)"}
COLUMNS = {"n": "(k, n)", "t": "(n, k)"}


@dataclass
class Bar:
    """A schedule, and what a k step of it may take."""
    tile: tuple
    consumers: tuple = (2, 1)
    stages: int = 4
    cluster: tuple = (2, 1)
    regs: tuple = (40, 232)
    roles: str = "cooperative"
    epilogue: str = "stmatrix_tma"
    form: str = "nt"
    hgmma: int = 4
    instructions: int = 42
    dtype: str = "bf16"
    out: str = ""  # as the operands, if empty
    promoted: bool = False
    gmma: str = "HGMMA"
    swap: bool = False
    raster: str = "grouped 8"
    half: bool = False  # sums in f16, two to a register

    def __str__(self):
        join = "x".join
        return "-".join([join(map(str, self.tile)), join(map(str, self.consumers)),
                         f"cluster{join(map(str, self.cluster))}", self.roles, self.epilogue,
                         self.form, self.dtype + "promoted" * self.promoted + "half" * self.half,
                         self.out] +
                        ["swapped"] * self.swap + ["hilbert"] * (self.raster == "hilbert"))

    @property
    def rows(self):
        """Of the part of a tile that a consumer holds: all of it in pingpong."""
        return self.tile[0] // (1 if self.roles == "pingpong" else self.consumers[0])

    @property
    def columns(self):
        return self.tile[1] // (1 if self.roles == "pingpong" else self.consumers[1])

    def schedule(self):
        return f"""engine = wgmma, tile = {list(self.tile)}, warps = {list(self.consumers)},
                   roles = {self.roles}, stages = {self.stages}, cluster = {list(self.cluster)},
                   copy = tma, epilogue = {self.epilogue}, raster = {self.raster}, persistent = true,
                   swap_ab = {str(self.swap).lower()}, regs = {list(self.regs)}"""

    def module(self, size=SIZE):
        """D = A * B with that schedule."""
        numerics = {"f32": 'dlk.precision = "tf32"'}.get(self.dtype, "")
        if self.dtype.startswith("f8") and not self.promoted:
            numerics = "dlk.promote = 0 : i64"
        if self.half:
            numerics = "dlk.acc_type = f16"
        return module_text([Point(size, size, size, dtype=self.dtype, out=self.out or self.dtype,
                                  layout=self.form.upper(), schedule=self.schedule(),
                                  attributes=numerics)])


STAGED = {"epilogue": "staged", "stages": 3}
BARS = [
    Bar((128, 256, 64)),
    Bar((128, 256, 64), cluster=(1, 1), instructions=39),
    Bar((128, 256, 64), cluster=(1, 2)),
    Bar((128, 256, 64), form="nn"),
    Bar((128, 256, 64), form="tn"),
    Bar((128, 256, 64), form="tt"),
    Bar((128, 256, 64), **STAGED, instructions=43),
    Bar((128, 192, 64), instructions=40),
    Bar((128, 128, 64), stages=6, instructions=39),
    Bar((128, 128, 128), stages=3, hgmma=8, instructions=51),
    Bar((128, 64, 64), stages=8, instructions=39),
    Bar((256, 128, 64), hgmma=8, instructions=51),
    Bar((128, 256, 64), consumers=(1, 2), hgmma=8, instructions=51),
    Bar((256, 192, 64), stages=3, regs=(24, 240), hgmma=8, instructions=56),
    Bar((192, 128, 64), consumers=(3, 1), regs=(32, 160), instructions=39),
    Bar((64, 256, 64), consumers=(1, 1), regs=(24, 232)),
    Bar((64, 256, 64), roles="pingpong"),
    Bar((128, 128, 64), roles="pingpong", hgmma=8, instructions=51),
    Bar((128, 128, 64), roles="pingpong", hgmma=8, cluster=(2, 2), instructions=51),
    Bar((128, 192, 64), roles="pingpong", hgmma=8, regs=(24, 240), stages=3, instructions=56),
    Bar((128, 128, 64), roles="pingpong", hgmma=8, cluster=(1, 1), epilogue="staged",
        instructions=48),
    Bar((128, 256, 64), cluster=(2, 2)),
    Bar((128, 256, 64), raster="hilbert", instructions=44),
    Bar((128, 16, 64), swap=True, stages=8, cluster=(1, 1), instructions=39),
    Bar((128, 64, 64), swap=True, stages=6),
    Bar((128, 128, 64), swap=True, stages=3, out="f32"),
    Bar((64, 8, 128), swap=True, consumers=(1, 1), stages=8, cluster=(1, 1), regs=(24, 232),
        hgmma=8, instructions=60),
    Bar((128, 64, 128), dtype="f8E4M3FN", swap=True, stages=4, gmma="QGMMA"),
    Bar((128, 256, 64), dtype="f16", half=True),
    Bar((192, 192, 64), consumers=(3, 1), stages=3, regs=(32, 160), instructions=42),
    Bar((128, 256, 32), dtype="f32", stages=3),
    Bar((128, 256, 32), dtype="f32", out="bf16"),
    Bar((128, 256, 128), dtype="f8E4M3FN", out="bf16", gmma="QGMMA"),
    Bar((128, 256, 128), dtype="f8E5M2", gmma="QGMMA"),
    Bar((128, 128, 128), dtype="f8E4M3FN", out="bf16", gmma="QGMMA", promoted=True,
        instructions=101),
    Bar((128, 192, 128), dtype="f8E4M3FN", out="bf16", gmma="QGMMA", promoted=True, stages=3,
        regs=(24, 240), instructions=134),
    Bar((64, 128, 128), dtype="f8E4M3FN", out="bf16", gmma="QGMMA", promoted=True,
        roles="pingpong", instructions=101),
    Bar((128, 256, 128), dtype="i8", out="i32", gmma="IGMMA", stages=3, instructions=39),
    Bar((128, 256, 128), dtype="i8", out="bf16", gmma="IGMMA", instructions=39),
]


@pytest.fixture(scope="module")
def compiled(dlk_opt, tmp_path_factory):
    """Compiles a bar's module once: (its only kernel in the report, the bundle)."""
    cache = {}

    def compile_once(bar):
        text = bar.module()
        if text not in cache:
            folder = tmp_path_factory.mktemp("bundle")
            done = subprocess.run([dlk_opt, "-", "--dlk-compile=chip=sm_90a", "--emit=bundle", "-o",
                                   str(folder)], input=text, text=True, capture_output=True,
                                  check=False)
            assert done.returncode == 0, done.stderr
            assert done.stderr == "", "no warning"
            (kernel,) = json.loads((folder / "report.json").read_text())["kernels"]
            cache[text] = kernel, folder
        return cache[text]

    return compile_once


def check_loops(kernel, bar):
    """PTX: one fence, one group and one release per step; the producer issues the
    boxes of a stage after one wait and one arrival."""
    consumer, producer = kernel["main_loop"], kernel["producer_loop"]
    assert [consumer[name] for name in ("wgmma", "wgmma_fence", "commit", "wait",
                                        "mbarrier_try_wait", "mbarrier_arrive")] == \
        [bar.hgmma, 1, 1, 1, 1, 1]
    assert [consumer[name] for name in ("ld_shared", "st_shared", "ld_global", "st_global", "local",
                                        "barrier", "bulk_copy", "setmaxnreg")] == [0] * 8
    assert [producer[name] for name in ("mbarrier_try_wait", "mbarrier_arrive")] == [1, 1]
    assert producer["tma_load"] == producer["bulk_copy"] >= 2
    assert [producer[name] for name in ("ld_shared", "st_shared", "local", "barrier")] == [0] * 4
    assert sorted(kernel["role_registers"]) == sorted(bar.regs)


def check_resources(kernel, bar):
    """setmaxnreg is honoured, wgmma is not serialized, nothing is in local memory."""
    threads = 128 * (bar.consumers[0] * bar.consumers[1] + 1)
    assert kernel["advisories"] == []
    assert kernel["block"] == [threads, 1, 1]
    assert kernel["registers"] == {256: 232, 384: 168, 512: 128}[threads]
    assert [kernel[name] for name in ("stack_bytes", "spill_store_bytes", "spill_load_bytes",
                                      "static_shared_bytes")] == [0] * 4
    assert kernel["occupancy"]["blocks_per_sm"] == 1
    assert kernel["dynamic_shared_bytes"] <= 227 * 1024


@pytest.mark.parametrize("bar", BARS, ids=str)
def test_report(compiled, bar):
    kernel, _ = compiled(bar)
    check_loops(kernel, bar)
    if kernel["registers"] is None:
        pytest.skip("no ptxas")
    check_resources(kernel, bar)


def accumulators(loop, packed):
    """Numbers of the registers that the GMMAs of a loop write."""
    registers = set()
    for instruction in (i for i in loop if i.name.endswith("GMMA")):
        columns = int(re.search(r"64x(\d+)x", instruction.opcode).group(1))
        first = int(re.search(r"\bR(\d+)", instruction.operands).group(1))
        registers.update(range(first, first + columns // 2 // packed))
    return registers


def check_consumer_loop(assembled, bar):
    """SASS: one ARRIVE, the GMMAs, one DEPBAR, one SYNCS that waits for the stage and
    one that releases it; nothing else touches an accumulator, but one addition where
    its sum is promoted."""
    assert count(assembled.instructions, "USETMAXREG") == 2
    assert count(assembled.instructions, "LDL", "STL") == 0
    loop = assembled.loop_with(bar.gmma)
    assert count(loop, bar.gmma) == bar.hgmma
    second = [i.opcode.split(".")[:2] for i in loop if i.name in ("WARPGROUP", "SYNCS")]
    assert sorted(second) == [["SYNCS", "ARRIVE"], ["SYNCS", "PHASECHK"],
                              ["WARPGROUP", "ARRIVE"], ["WARPGROUP", "DEPBAR"]]
    taken = accumulators(loop, 2 if bar.half else 1)
    assert len(taken) == bar.rows * bar.columns // (256 if bar.half else 128)
    for instruction in loop:
        used = {int(r) for r in re.findall(r"\bR(\d+)", instruction.operands)}
        assert instruction.name in ("FADD", bar.gmma) or not used & taken, instruction
    assert count(loop, "FADD") == (len(taken) if bar.promoted else 0)
    assert count(loop, "BAR", "MEMBAR", "R2UR") == 0
    assert len(loop) <= bar.instructions


def check_results(instructions, bar):
    """SASS: each thread's results leave through 16-byte pieces, four 8x8 matrices an
    STSM and 64 rows of up to 64 columns a TMA store, or 16 bytes an STG."""
    pieces = bar.rows * bar.columns // 128 // 8
    if bar.epilogue == "staged":
        stores = [i.opcode for i in instructions if i.name == "STG"]
        assert [".128" in opcode for opcode in stores] == [True] * pieces
        return
    size = {"f32": 4, "i32": 4, "bf16": 2, "f16": 2}.get(bar.out or bar.dtype, 1)
    # Swapped, a box has all columns, and 64 rows or 128 bytes of them.
    boxes = max(1, 64 * size // 128) if bar.swap else max(1, bar.columns * size // 128)
    assert count(instructions, "UTMASTG") == bar.rows // 64 * boxes
    assert count(instructions, "STG") == 0
    assert count(instructions, "STSM") == (max(1, pieces) if size == 2 else 0)
    assert count(instructions, "STS") == (0 if size == 2 else (8 if bar.swap else 4) * pieces)


@pytest.mark.parametrize("bar", BARS, ids=str)
def test_sass(compiled, nvdisasm, bar):
    kernel, folder = compiled(bar)
    if kernel["registers"] is None:
        pytest.skip("no ptxas")
    (cubin,) = folder.glob("*.cubin")
    assembled = disassemble(nvdisasm, cubin)[kernel["name"]]
    check_consumer_loop(assembled, bar)
    check_results(assembled.instructions, bar)


@pytest.mark.parametrize("steps, out", [
    (("bias_row", "relu"), "bf16"), (("bias_row", "gelu_tanh"), "bf16"),
    (("residual", "relu"), "bf16"), (("bias_column",), "bf16"), (("residual",), "f32")], ids=str)
def test_epilogues(dlk_opt, nvdisasm, tmp_path, steps, out):
    """What is fused into the result costs the loop nothing and spills nothing."""
    bar = Bar((128, 256, 64), stages=3, instructions=43)
    point = Point(SIZE, SIZE, SIZE, dtype="bf16", out=out, layout="NT", steps=steps,
                  schedule=bar.schedule())
    subprocess.run([dlk_opt, "-", "--dlk-compile=chip=sm_90a", "--emit=bundle", "-o", str(tmp_path)],
                   input=module_text([point]), text=True, check=True)
    (kernel,) = json.loads((tmp_path / "report.json").read_text())["kernels"]
    if kernel["registers"] is None:
        pytest.skip("no ptxas")
    check_loops(kernel, bar)
    check_resources(kernel, bar)
    (cubin,) = tmp_path.glob("*.cubin")
    check_consumer_loop(disassemble(nvdisasm, cubin)[kernel["name"]], bar)


@pytest.mark.parametrize("bar", BARS, ids=str)
def test_bank_conflicts(dlk_opt, dlk_run, tmp_path, bar):
    """Each access of a warp to shared memory takes as many wavefronts as its bytes
    need, and no more."""
    size = 2 * max(bar.tile)
    subprocess.run([dlk_opt, "-", "--dlk-compile=chip=sm_90a", "--emit=bundle", "-o", str(tmp_path)],
                   input=bar.module(size), text=True, check=True)
    subprocess.run([dlk_run, str(tmp_path / "plan.json"), "--device=cpu", "--random", "1",
                    "--check", "all", "--strict", "--async", "late", "--stats",
                    str(tmp_path / "stats.json")], check=True)
    (launch,) = json.loads((tmp_path / "stats.json").read_text())["launches"]
    for line in launch["stats"]["lines"]:
        assert line.get("shared_wavefronts", 0) == line.get("shared_ideal", 0), line
    total = launch["stats"]["total"]
    assert total["shared_wavefronts"] == total["shared_ideal"] > 0

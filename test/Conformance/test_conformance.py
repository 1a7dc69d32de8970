# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The conformance kit without a GPU, and its stored results if there are any."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from conformance import build, cli, judge, results  # noqa: E402
from conformance.case import CHIPS  # noqa: E402
from conformance.cases import all_cases  # noqa: E402
from conformance.replay import replay  # noqa: E402
from conformance.runner import run_cases, run_parallel  # noqa: E402

STORED = sorted((ROOT / "conformance" / "results").glob("*.json.gz"))

#: Every seventh case, and so some of each kind.
SUBSET = [case for i, case in enumerate(all_cases().values())
          if i % 7 == 0 and "sweep" not in case.name]


def command(*arguments, **environment):
    """scripts/conformance with arguments."""
    return subprocess.run([sys.executable, ROOT / "scripts" / "conformance", *arguments],
                          capture_output=True, text=True, check=False,
                          env={**os.environ, **environment})


@pytest.fixture(scope="module", name="settings")
def fixture_settings(dlk_run):
    """A worker on the executor."""
    return {"device": "cpu", "dlk_run": dlk_run, "chip": "sm_90a", "whole": False,
            "options": ["--hardware-sums"]}


@pytest.fixture(scope="module", name="stored")
def fixture_stored(settings):
    """The subset's results on the executor."""
    return {"conformance": results.FORMAT,
            **run_parallel(SUBSET, settings, 2, lambda *_: None)}


def test_size():
    """What the kit promises."""
    assert len(all_cases()) >= 250
    assert len({case.name.split("/")[0] for case in all_cases().values()}) >= 7


#: Instructions that end or stop a kernel, or whose effect nothing shows.
NOT_COVERED = {"trap", "brkpt", "pmevent", "discard"}


def test_every_instruction_has_a_case():
    """The rows of the executor's instruction table."""
    rows = re.findall(r'^PTX_INSTR\("([^"]+)"',
                      (ROOT / "lib/Executor/Instructions.def").read_text(), re.M)
    assert len(rows) > 100
    opcodes = {re.sub(r"^@!?\w+\s+", "", statement.strip()).split(" ")[0]
               for case in all_cases().values()
               for statement in re.split(r"[;\n]", case.text)}
    covered = {max((row for row in rows if opcode == row or opcode.startswith(row + ".")),
                   key=len, default="") for opcode in opcodes}
    assert set(rows) - covered <= NOT_COVERED


@pytest.mark.parametrize("chip", CHIPS)
def test_ptxas_accepts(chip, tmp_path):
    """Every kernel of a chip is legal; one module of all of them per PTX version."""
    ptxas = build.find_ptxas()
    if not ptxas:
        pytest.skip("no ptxas")
    cases = [case for case in all_cases().values() if case.runs_on(chip)]
    for version, text in build.bundle(cases, chip).items():
        path = tmp_path / f"all-{version}.ptx"
        path.write_text(text)
        assert build.assemble(ptxas, path, chip, "-O0") == ""


def test_executor_runs_the_cases(stored):
    """Nothing but ok and unsupported."""
    bad = {name: entry for name, entry in stored["cases"].items()
           if entry["status"] not in ("ok", "unsupported")}
    assert not bad
    ok = [e for e in stored["cases"].values() if e["status"] == "ok"]
    assert len(ok) >= 0.8 * len(SUBSET)


def test_numpy_agrees(stored, tmp_path, capsys):
    """References where NumPy has one."""
    results.save(tmp_path / "r.json.gz", {k: v for k, v in stored.items()
                                          if k != "conformance"})
    code = cli.main(["check", str(tmp_path / "r.json.gz")])
    assert code == 0, capsys.readouterr().out
    assert "differs" not in capsys.readouterr().out


def test_replay_is_equal_to_itself(stored, settings):
    """Run, store, replay: the same bits."""
    names = {case.name for case in SUBSET[::3]}
    verdicts = replay(stored, settings, names)
    words = {v.word for v in verdicts}
    assert words <= {"equal", "fact", "no result"}
    assert sum(v.word == "equal" for v in verdicts) > 50


def test_no_findings(stored, settings):
    """The kernels are right: all checks with late copies find nothing, and the
    results are the same."""
    plain = {"approximations", "convert", "float", "half", "integer", "atomics", "memory"}
    cases = [case for case in SUBSET if case.name.split("/")[0] not in plain
             and stored["cases"][case.name]["status"] == "ok"]
    options = settings["options"] + ["--check", "all", "--async", "late"]
    found = run_parallel(cases, {**settings, "options": options}, 2, lambda *_: None)
    assert len(cases) >= 60
    assert found["cases"] == {case.name: stored["cases"][case.name] for case in cases}


def tamper(stored, name, output, change):
    """A copy of the results with one output changed."""
    case = all_cases()[name]
    out = next(o for o in case.outputs if o.name == output)
    entry = dict(stored["cases"][name])
    array = results.unpack(entry["outputs"][output], out.dtype)
    change(array)
    entry["outputs"] = {**entry["outputs"], output: results.pack(array)}
    return {**stored, "cases": {name: entry}}


@pytest.fixture(scope="module", name="few")
def fixture_few(settings):
    """Three cases by name."""
    names = ["integer/dp4a", "float/rcp-f32", "approximations/rcp"]
    cases = [all_cases()[name] for name in names]
    return {"conformance": results.FORMAT,
            **run_cases(cases, {**settings, "whole": True})}


def test_replay_finds_a_changed_bit(few, settings):
    """One bit of an exact result; the verdict names the element and its operands."""
    def flip(array):
        array[77] ^= 1
    changed = tamper(few, "integer/dp4a", "dp4a.u32.s32", flip)
    differs = [v for v in replay(changed, settings) if v.word == "differs"]
    assert [(v.output, v.unequal) for v in differs] == [("dp4a.u32.s32", 1)]
    assert differs[0].text.startswith("element 77: ") and "b=0x" in differs[0].text


def test_replay_grants_the_documented_error(few, settings):
    """One ulp of rcp.approx is granted, eight are not; rcp.rn grants nothing."""
    def move(ulps):
        def change(array):
            array[array == 0x3F800000] += ulps
        return change

    def word(name, output, ulps):
        verdicts = replay(tamper(few, name, output, move(ulps)), settings)
        return next(v.word for v in verdicts if v.output == output)
    assert word("approximations/rcp", "rcp.approx.f32", 1) == "within"
    assert word("approximations/rcp", "rcp.approx.f32", 8) == "differs"
    assert word("float/rcp-f32", "rcp.rn.f32", 1) == "differs"


def test_replay_notices_a_changed_case(few, settings):
    """A result whose case is another by now is not compared."""
    entry = {**few["cases"]["integer/dp4a"], "key": "0" * 16}
    verdicts = replay({**few, "cases": {"integer/dp4a": entry}}, settings)
    assert [v.word for v in verdicts] == ["changed"]


def test_nan_bits_are_free():
    """NaNs of other bits are within; a NaN against a number differs."""
    case = all_cases()["float/add-f32"]
    output = case.outputs[0]
    mine = results.unpack(results.pack(
        output.reference(case.inputs()).astype(output.dtype)), output.dtype)
    nan = int((mine & 0x7FFFFFFF > 0x7F800000).argmax())
    theirs = mine.copy()
    theirs[nan] = 0x7FFFFFFF
    mine[nan] = 0xFFC00000
    assert judge.compare(case, output, case.inputs(), mine, theirs).word == "within"
    theirs[nan] = 0
    assert judge.compare(case, output, case.inputs(), mine, theirs).word == "differs"


@pytest.fixture(name="driver")
def fixture_driver(build_dir):
    """A CUDA driver without a GPU, test/Unit/Runtime/FakeCuda.cpp."""
    folder = build_dir / "test" / "FakeCuda"
    if not (folder / "libcuda.so.1").exists():
        pytest.skip("the driver without a GPU is not built")
    return str(folder)


def run_on(driver, tmp_path, fault, *arguments):
    """Cases through the driver."""
    path = tmp_path / "r.json.gz"
    done = command("run", "--device", "cuda", "--only", "integer/logic", "-o", str(path),
                   *arguments, LD_LIBRARY_PATH=driver, FAKE_CUDA=fault)
    assert path.exists(), done.stderr
    return done, results.load(path)


def test_driver(driver, tmp_path):
    """The calls are in order; a kernel that does nothing leaves 0xCD."""
    done, found = run_on(driver, tmp_path, "")
    assert done.returncode == 0, done.stdout
    assert (found["device"], found["chip"], found["cuda"]) == ("Fake", "sm_90a", 13000)
    entry = found["cases"]["integer/logic-32"]
    case = all_cases()["integer/logic-32"]
    assert entry["key"] == case.key("sm_90a")
    assert set(results.unpack(entry["outputs"]["and.b32"], "u4")) == {0xCDCDCDCD}


def test_fault_does_not_lose_the_rest(driver, tmp_path):
    """Each case gets a new process after a fault."""
    done, found = run_on(driver, tmp_path, "fault")
    assert done.returncode == 1
    assert [e["status"] for e in found["cases"].values()] == ["error", "error"]
    assert "CUDA_ERROR_ILLEGAL_ADDRESS (700)" in found["cases"]["integer/logic-64"]["note"]


def test_hang_does_not_lose_the_rest(driver, tmp_path):
    """A kernel that does not end is recorded as such."""
    _, found = run_on(driver, tmp_path, "hang", "--timeout", "1.5")
    assert [e["status"] for e in found["cases"].values()] == ["timeout", "timeout"]


def test_no_gpu_is_one_message(tmp_path):
    """Without a driver nothing is written."""
    done = command("run", "-o", str(tmp_path / "r.json.gz"), "--only", "integer/dp4a")
    if done.returncode == 0:
        pytest.skip("there is a GPU")
    assert done.stderr.startswith("error: CudaError: ") and done.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_kit_runs_by_itself(tmp_path, dlk_run):
    """The folder that `build` makes works elsewhere."""
    kit = tmp_path / "kit"
    done = command("build", "--only", "integer/dp", "-o", str(kit), "--chips", "sm_90a")
    assert done.returncode == 0, done.stdout
    done = subprocess.run(
        [sys.executable, kit / "run", "run", "--device", "cpu", "--only", "integer/dp",
         "--dlk-run", os.path.abspath(dlk_run), "-o", str(tmp_path / "r.json.gz")],
        cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(results.load(tmp_path / "r.json.gz")["cases"]) == {"integer/dp4a", "integer/dp2a"}


@pytest.mark.parametrize("path", STORED or [None], ids=lambda p: p.name if p else "none")
def test_stored_results(path, settings):
    """The executor does what a GPU did."""
    if path is None:
        pytest.skip("no stored results of a GPU")
    verdicts = replay(results.load(path), settings)
    differs = [f"{v.case}: {v.output}: {v.text}" for v in verdicts if v.word == "differs"]
    assert not differs, "\n".join(differs[:40])

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Import, fusion and code generation keep what random contractions compute.

One dlk-opt compiles a module of all cases; dlk-run executes each on the CPU
with all checks, and every element must be right.
"""

import subprocess

import numpy as np
import pytest
from contraction_cases import Case

COUNT = 80


@pytest.fixture(scope="module")
def bundle(dlk_opt, tmp_path_factory):
    """The compiled module of all cases."""
    folder = tmp_path_factory.mktemp("contractions")
    source = folder / "cases.mlir"
    source.write_text("\n".join(Case(seed).text for seed in range(COUNT)))
    compile_option = "--dlk-compile=chip=sm_80"
    command = [dlk_opt, str(source), compile_option, "--emit=bundle", "-o", str(folder / "out")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / "out" / "plan.json"


@pytest.mark.parametrize("seed", range(COUNT))
def test_contraction(seed, bundle, dlk_run, tmp_path):
    case = Case(seed)
    command = [dlk_run, str(bundle), f"--function={case.name}", "--device=cpu", "--check=all"]
    for index, array in enumerate(case.arguments):
        path = tmp_path / f"arg{index}.npy"
        np.save(path, array)
        command += ["--in", f"arg{index}={path}"]
    command += ["--out", f"out0={tmp_path / 'out.npy'}"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr + case.text
    result = np.load(tmp_path / "out.npy").astype(np.float64)
    assert np.array_equal(result, case.result), case.text

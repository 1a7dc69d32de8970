# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The executor knows what LLVM's NVPTX back end makes of every intrinsic, but for a
list of exceptions, each of which still has to be one."""

import re
import subprocess

import intrinsics
import pytest

pytestmark = pytest.mark.skipif(not intrinsics.LLC[0].exists(), reason="no llc of LLVM 22")

# What the executor refuses, by its message; each with the number of calls.
REFUSED = {r"'mma\.sp(::ordered_metadata)?\.sync": 152, r"'isspacep\.const'": 1}


def run_all(dlk_run, folder, calls, which):
    """The text of a run of the kernel of all calls, of which one is executed."""
    (folder / "all.ll").write_text(intrinsics.module(calls))
    command = [*intrinsics.LLC, folder / "all.ll", "-o", folder / "all.ptx"]
    subprocess.run([str(word) for word in command], check=True, timeout=120)
    command = [dlk_run, folder / "all.ptx", "--entry=all", "--grid=1", "--block=32", "--device=cpu",
               "--arg", "X=ws:4096", "--arg", f"u32:{which}"]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          timeout=120, check=False)
    return done.returncode, done.stdout + done.stderr


def test_every_intrinsic_is_known(dlk_run, tmp_path):
    calls = list(intrinsics.calls())
    assert len(calls) > 1500
    _, text = run_all(dlk_run, tmp_path, calls, 0)
    assert "unknown name" not in text, text
    refused = [line for line in text.splitlines() if "unsupported instruction" in line]
    unexpected = [line for line in refused if not any(re.search(one, line) for one in REFUSED)]
    assert not unexpected, "\n".join(unexpected)
    counts = {one: sum(bool(re.search(one, line)) for line in refused) for one in REFUSED}
    assert counts == REFUSED


def test_the_rest_loads_and_runs(dlk_run, tmp_path):
    calls = [call for call in intrinsics.calls()
             if "mma.sp." not in call[1] and "isspacep.const" not in call[1]]
    status, text = run_all(dlk_run, tmp_path, calls, 0)
    assert status == 0, text

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""scripts/tally sums all suites and fails when one failed or left nothing."""

import json
import pathlib
import subprocess

TALLY = pathlib.Path(__file__).resolve().parent.parent.parent / "scripts" / "tally"

LIT = {"tests": [{"name": "a", "code": "PASS"}, {"name": "b", "code": "UNSUPPORTED"}]}
GTEST = {"testsuites": [{"name": "S", "testsuite": [
    {"name": "good", "result": "COMPLETED"},
    {"name": "bad", "result": "COMPLETED", "failures": [{"failure": "x"}]}]}]}
PYTEST = """<testsuites><testsuite>
<testcase classname="m" name="one"/><testcase classname="m" name="two"><skipped/></testcase>
</testsuite></testsuites>"""


def tally(folder, *suites):
    """Exit code and lines of scripts/tally."""
    result = subprocess.run([TALLY, folder, *suites], capture_output=True, text=True, check=False)
    return result.returncode, result.stdout.splitlines()


def test_sums_all_suites(tmp_path):
    (tmp_path / "lit.json").write_text(json.dumps(LIT))
    (tmp_path / "gtest-S.json").write_text(json.dumps(GTEST))
    (tmp_path / "pytest.xml").write_text(PYTEST)
    (tmp_path / "lint.json").write_text('{"passed": 5, "failed": []}')
    code, lines = tally(tmp_path, "lint", "lit", "gtest", "pytest")
    assert code == 1
    assert lines[0] == "FAILED gtest: S: S.bad"
    assert "lit: 1 passed, 0 failed, 1 skipped" in lines
    assert lines[-1] == "8 passed, 1 failed"


def test_right_when_all_pass(tmp_path):
    (tmp_path / "lit.json").write_text(json.dumps(LIT))
    assert tally(tmp_path, "lit") == (0, ["lit: 1 passed, 0 failed, 1 skipped",
                                          "1 passed, 0 failed"])


def test_missing_result_is_a_failure(tmp_path):
    code, lines = tally(tmp_path, "lit")
    assert code == 1
    assert lines[-1] == "0 passed, 1 failed"


def test_crash_is_a_failure(tmp_path):
    (tmp_path / "gtest-S.json").write_text('{"crashed": true}')
    code, lines = tally(tmp_path, "gtest")
    assert code == 1
    assert lines[0] == "FAILED gtest: S (crashed)"

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""scripts/fuzz-conv passes what is right, and fails with a smaller point otherwise."""

import os
import subprocess


def fuzz(root, build, *options):
    return subprocess.run([root / "scripts/fuzz-conv", "--build", build, "--minutes", "0.001",
                           "--chip", "sm_80", *options], capture_output=True, text=True, check=False)


def test_passes(root, build_dir):
    done = fuzz(root, build_dir)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "20 points, seeds 1..1: " in done.stdout and done.stdout.endswith(" 0 failed\n")


def test_fails(root, build_dir, tmp_path):
    """Of a compiler that stops at dgrad, the smallest dgrad is left."""
    (tmp_path / "bin").mkdir()
    os.symlink((build_dir / "bin/dlk-run").resolve(), tmp_path / "bin/dlk-run")
    compiler = tmp_path / "bin/dlk-opt"
    compiler.write_text("#!/bin/bash\ngrep -q 'dlk.conv dgrad' \"$1\" && exit 3\n"
                        f"exec {(build_dir / 'bin/dlk-opt').resolve()} \"$@\"\n")
    compiler.chmod(0o755)
    done = fuzz(root, tmp_path, "--keep", tmp_path / "kept")
    assert done.returncode == 1
    kept = (tmp_path / "kept").read_text()
    assert "exit code 3" in kept
    assert kept.startswith("sm_80: Point(kind='dgrad', n=1, c=1, f=1, groups=1, size=(1,), filter=(1,)")

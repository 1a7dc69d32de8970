# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Where the tests find the tools: DLK_BUILD_DIR, or build/dev."""

import os
import pathlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root():
    """The source tree."""
    return ROOT


@pytest.fixture(scope="session")
def build_dir():
    """The build tree under test."""
    return pathlib.Path(os.environ.get("DLK_BUILD_DIR", ROOT / "build" / "dev"))


@pytest.fixture(scope="session")
def dlk_opt(build_dir):
    """Path of dlk-opt."""
    return str(build_dir / "bin" / "dlk-opt")


@pytest.fixture(scope="session")
def dlk_run(build_dir):
    """Path of dlk-run."""
    return str(build_dir / "bin" / "dlk-run")

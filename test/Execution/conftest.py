# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The modules of this folder, and the runner that its tests share."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from harness import Runner  # noqa: E402
from nvidia_runner import Cuda, find_nvcc  # noqa: E402


@pytest.fixture(scope="session")
def runner(dlk_opt, dlk_run, tmp_path_factory):
    """Compiles and runs points."""
    return Runner(dlk_opt, dlk_run, tmp_path_factory.mktemp("matmul"))


@pytest.fixture(scope="session")
def hopper_runner(dlk_opt, dlk_run, tmp_path_factory):
    """Compiles points for sm_90a and runs them, copies in random order too."""
    return Runner(dlk_opt, dlk_run, tmp_path_factory.mktemp("hopper"), "sm_90a",
                  ("immediate", "late", "random:5"))


@pytest.fixture(scope="session")
def cuda(dlk_run, tmp_path_factory):
    """Kernels of nvidia/, compiled by nvcc."""
    nvcc = find_nvcc()
    if nvcc is None:
        pytest.skip("no nvcc")
    return Cuda(nvcc, dlk_run, tmp_path_factory.mktemp("nvidia"))

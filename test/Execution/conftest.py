# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The modules of this folder, and the runner that its tests share."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import conv_gen  # noqa: E402
import conv_reference  # noqa: E402
import matmul_gen  # noqa: E402
import reference  # noqa: E402
import window_gen  # noqa: E402
from harness import Runner, RunnerOfChips  # noqa: E402
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
def conv_runner(dlk_opt, dlk_run, tmp_path_factory):
    """Compiles and runs points of convolutions."""
    return RunnerOfChips(dlk_opt, dlk_run, tmp_path_factory.mktemp("conv"), conv_gen.module_text,
                         conv_reference.compute)


@pytest.fixture(scope="session")
def matmul_runner(dlk_opt, dlk_run, tmp_path_factory):
    """Compiles and runs points of matmuls, for a chip each."""
    return RunnerOfChips(dlk_opt, dlk_run, tmp_path_factory.mktemp("chips"),
                         matmul_gen.module_text, reference.compute)


@pytest.fixture(scope="session")
def window_runner(dlk_opt, dlk_run, tmp_path_factory):
    """Compiles and runs points of pooling and depthwise convolution."""
    return RunnerOfChips(dlk_opt, dlk_run, tmp_path_factory.mktemp("window"),
                         window_gen.module_text, window_gen.compute)


@pytest.fixture(scope="session")
def cuda(dlk_run, tmp_path_factory):
    """Kernels of nvidia/, compiled by nvcc."""
    nvcc = find_nvcc()
    if nvcc is None:
        pytest.skip("no nvcc")
    return Cuda(nvcc, dlk_run, tmp_path_factory.mktemp("nvidia"))

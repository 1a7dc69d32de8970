# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes the disassembler's reader, and the generator of points of ../Execution, known
to the tests of this folder."""

import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "Execution")]

from sass import find_nvdisasm  # noqa: E402


@pytest.fixture(scope="session")
def nvdisasm(root):
    """Path of nvdisasm; the test is skipped by name where there is none."""
    path = find_nvdisasm(root)
    if path is None:
        pytest.skip("no nvdisasm: scripts/install-deps fetches it")
    return path

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes the networks of this folder, and the generators and runners of ../Execution,
known to its tests."""

import pathlib
import sys

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "Execution")]

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes the tables of this folder, and the generators and runners of ../Execution, known
to the tests of this folder."""

import pathlib
import sys

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "Execution")]

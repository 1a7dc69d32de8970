# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes this folder's modules known to its tests."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))

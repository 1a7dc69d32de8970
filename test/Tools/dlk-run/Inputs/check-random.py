#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Repeats dlk-run's random inputs with the Python of docs/Running.md and compares
the bits.

  check-random.py PAGE SEED reals|whole FILE.npy...
"""

import pathlib
import re
import sys

import numpy as np

page, seed, kind, *paths = sys.argv[1:]
documented = {}
exec(re.search(r"```python\n(.*?)```", pathlib.Path(page).read_text(), re.S)[1], documented)
for path in map(pathlib.Path, paths):
    array = np.load(path)
    with np.errstate(over="ignore"):
        bits = documented["random_bits"](int(seed), path.stem, array.size)
    values = documented["reals"](bits) if kind == "reals" else documented["whole"](bits, 8)
    assert (values.astype(array.dtype).reshape(array.shape) == array).all(), path

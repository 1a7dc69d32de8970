# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""All cases. A module of this package has a function `cases()`."""

import functools
import importlib
import pkgutil


@functools.lru_cache(maxsize=None)
def all_cases():
    """Every case by name, in a fixed order."""
    found = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda m: m.name):
        for case in importlib.import_module(f"{__name__}.{module.name}").cases():
            assert case.name not in found, case.name
            found[case.name] = case
    return found

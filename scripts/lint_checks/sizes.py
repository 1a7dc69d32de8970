# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sizes past which a file or function is refused (docs/Style.md, Sizes)."""

import ast
import re

from . import files

FUNCTION_LINES = 80


def _limit(path):
    """The most lines of a file, or None where none is set."""
    if re.fullmatch(r"tools/[\w-]+/dlk-[\w-]+\.cpp", path):
        return 150
    if path.endswith(".mlir"):
        return 400
    if path.endswith("/CMakeLists.txt"):
        return 50
    limits = {".cpp": 600, ".inc": 600, ".h": 300, ".td": 500, ".py": 600}
    return next((n for s, n in limits.items() if path.endswith(s)), None)


def check_files(tree):
    """Whole files; comment lines of a header do not count."""
    for path in tree.paths:
        limit = _limit(path)
        if limit is None:
            continue
        lines = tree.read(path).splitlines()
        if path.endswith(".h"):
            lines = [line for line in lines if not re.match(r"\s*//", line)]
        if len(lines) > limit:
            yield f"{path}:1: {len(lines)} lines, at most {limit}"


def _python_functions(source):
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node.lineno, node.end_lineno - node.lineno + 1


def check_functions(tree):
    """Functions of C++ and Python."""
    for path in tree.select(".cpp", ".h", ".inc"):
        for function in files.functions(tree.read(path)):
            if function.lines > FUNCTION_LINES:
                yield (f"{path}:{function.first}: {function.name} has "
                       f"{function.lines} lines, at most {FUNCTION_LINES}")
    for path in tree.select(".py"):
        for name, line, count in _python_functions(tree.read(path)):
            if count > FUNCTION_LINES:
                yield f"{path}:{line}: {name} has {count} lines, at most {FUNCTION_LINES}"

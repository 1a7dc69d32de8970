# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the C++ libraries must not hold, and what patterns and rules owe."""

import re

from . import files

_FORBIDDEN = [
    (re.compile(r"\bcl::(opt|list|bits)\b"), "command line option in a library"),
    (re.compile(r"\b(getenv|GetEnv)\s*\("), "environment read in a library"),
]
_STATE = re.compile(r"^\s*(?:static|thread_local|inline)\s+(?!const\b|constexpr\b)"
                    r"(?:thread_local\s+)?(?!const\b|constexpr\b|inline\b|struct\b|class\b)"
                    r"[\w:<>,*& ]+\s\**&?\w+\s*(?:=[^=;]*|\{[^}]*\})?;", re.M)


def check_globals(tree):
    """Libraries get options as data and keep no state."""
    for path in tree.select(".cpp", ".h", under="lib/") + tree.select(".h", under="include/"):
        clean = files.blank(tree.read(path))
        for number, line in enumerate(clean.splitlines(), 1):
            for pattern, what in _FORBIDDEN:
                if pattern.search(line):
                    yield f"{path}:{number}: {what}"
        for match in _STATE.finditer(clean):
            line = clean.count("\n", 0, match.start()) + 1
            yield f"{path}:{line}: mutable static: {' '.join(match.group(0).split())}"


def check_bare_failure(tree):
    """A pattern that does not match says why: notifyMatchFailure."""
    for path in tree.select(".cpp", ".h", under="lib/"):
        for function in files.functions(tree.read(path)):
            if "matchAndRewrite" not in function.header:
                continue
            for match in re.finditer(r"return failure\(\);", function.body):
                line = function.first + function.body.count("\n", 0, match.start())
                yield f"{path}:{line}: bare `return failure();` in matchAndRewrite"


_RULE = re.compile(r"\bDLK-[A-Z]\d+\b")


def _rules(tree, paths):
    found = {}
    for path in paths:
        for number, line in enumerate(tree.read(path).splitlines(), 1):
            for rule in _RULE.findall(line):
                found.setdefault(rule, f"{path}:{number}")
    return found


def check_rules(tree):
    """Every numbered rule of the compiler has a test, and the reverse."""
    code = _rules(tree, tree.select(".cpp", ".h", ".td", under="lib/") +
                  tree.select(".td", ".h", under="include/"))
    tests = _rules(tree, tree.select(".mlir", ".test", ".py", ".cpp", under="test/"))
    for rule in sorted(code.keys() - tests.keys()):
        yield f"{code[rule]}: rule {rule} has no test"
    for rule in sorted(tests.keys() - code.keys()):
        yield f"{tests[rule]}: rule {rule} is not in the code"

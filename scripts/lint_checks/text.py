# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Format, licence line, white space."""

import os
import shutil
import subprocess

SPDX = "SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception"
SOURCE = (".cpp", ".h", ".inc", ".td", ".def", ".py", ".cmake", "CMakeLists.txt", ".cu",
          ".cuh", ".cfg.py.in")


def check_format(tree):
    """clang-format agrees with every C++ file."""
    if not shutil.which("clang-format-22"):
        yield "clang-format-22 is not installed: run scripts/install-deps"
        return
    paths = tree.select(".cpp", ".h", ".cu")
    parts = [paths[i::os.cpu_count() or 1] for i in range(os.cpu_count() or 1)]
    running = [subprocess.Popen(
        ["clang-format-22", "--dry-run", "--fno-color-diagnostics", *part],
        cwd=tree.root, stderr=subprocess.PIPE, text=True) for part in parts if part]
    for process in running:
        seen = set()
        for line in process.communicate()[1].splitlines():
            path = line.split(":")[0]
            if "warning:" in line and path not in seen:
                seen.add(path)
                yield f"{line.split(': warning')[0]}: run clang-format-22 -i {path}"


def scripts(tree):
    """Files in bash: those that say so in their first line, and what they source."""
    return [p for p in tree.paths if "." not in os.path.basename(p) and
            ("bash" in "".join(tree.read(p).splitlines()[:1]) or
             "shell=bash" in tree.read(p)[:200])]


def check_shell(tree):
    """shellcheck is content with all scripts, which stop at errors."""
    paths = scripts(tree)
    for path in paths:
        if tree.read(path).startswith("#!") and "set -euo pipefail" not in tree.read(path):
            yield f"{path}:1: lacks set -euo pipefail"
    if not shutil.which("shellcheck"):
        yield "shellcheck is not installed: run scripts/install-deps"
        return
    result = subprocess.run(["shellcheck", "-x", "-f", "gcc", *paths], cwd=tree.root,
                            capture_output=True, text=True, check=False)
    yield from result.stdout.splitlines()


def check_spdx(tree):
    """Every source file names the licence in its first three lines."""
    for path in sorted(set(tree.select(*SOURCE) + scripts(tree))):
        if SPDX not in "\n".join(tree.read(path).splitlines()[:3]):
            yield f"{path}:1: lacks `{SPDX}`"


def check_whitespace(tree):
    """No tabs, no trailing blanks, one newline at the end."""
    for path in tree.paths:
        if path.endswith((".npy", ".png", ".pdf", ".bin", ".gz")) or path == "LICENSE":
            continue
        content = tree.read(path)
        for number, line in enumerate(content.split("\n"), 1):
            if "\t" in line and not path.endswith(".ptx"):
                yield f"{path}:{number}: tab"
            if line != line.rstrip() and not path.endswith((".ptx", ".md")):
                yield f"{path}:{number}: blank at the end of the line"
        if content and not content.endswith("\n"):
            yield f"{path}: no newline at the end"

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The files of the source tree, and C++ text without comments and strings."""

import functools
import os
import re
import subprocess


class Tree:
    """All files that belong to the project: those that git knows or would add."""

    def __init__(self, root):
        self.root = root
        listed = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard"], cwd=root,
            capture_output=True, text=True, check=True).stdout.splitlines()
        self.paths = sorted(p for p in set(listed)
                            if os.path.isfile(os.path.join(root, p)))

    def select(self, *suffixes, under=""):
        """Paths with one of the suffixes below a folder."""
        return [p for p in self.paths
                if p.endswith(suffixes) and p.startswith(under)]

    @functools.lru_cache(maxsize=None)
    def read(self, path):
        """The text of a file."""
        with open(os.path.join(self.root, path), encoding="utf-8",
                  errors="replace") as file:
            return file.read()


_IGNORED = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<d>[^(\s]*)\(.*?\)(?P=d)"|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'", re.S)


def blank(cpp):
    """C++ text with comments and literals blanked, of the same length."""
    return _IGNORED.sub(lambda m: re.sub(r"[^\n]", " ", m.group(0)), cpp)


class Function:
    """A function definition: its header text, lines and body."""

    def __init__(self, header, first, last, body):
        self.header, self.first, self.last, self.body = header, first, last, body

    @property
    def lines(self):
        """Lines from the opening to the closing brace."""
        return self.last - self.first + 1

    @property
    def name(self):
        """The name before the parameter list."""
        match = re.search(r"([~\w:]+|operator\S+)\s*\(", self.header)
        return match.group(1) if match else self.header[:40]


_SCOPE = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b[^()=]*$")


def functions(cpp):
    """The functions defined at namespace or class scope in C++ text."""
    clean = blank(cpp)
    clean = re.sub(r"^[ \t]*#(?:.*\\\n)*.*$",
                   lambda m: re.sub(r"[^\n]", " ", m.group(0)), clean, flags=re.M)
    found, stack, start = [], [], 0
    for match in re.finditer(r"[{};]", clean):
        at, char = match.start(), match.group(0)
        inside = any(kind == "function" for kind, _, _ in stack)
        if char == "{":
            header = clean[start:at].strip()
            kind = "function" if "(" in header and not _SCOPE.search(
                header.split(":")[-1] if ")" not in header else "") else "scope"
            stack.append((kind, header, at))
        elif char == "}" and stack:
            kind, header, opened = stack.pop()
            if kind == "function" and not any(k == "function" for k, _, _ in stack):
                found.append(Function(header, cpp.count("\n", 0, opened) + 1,
                                      cpp.count("\n", 0, at) + 1, cpp[opened:at]))
        if not inside or char == "}":
            start = at + 1
    return found

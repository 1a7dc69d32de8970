# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Passes: the same name in tablegen, source and tests; a description of use."""

import re

_PASS = re.compile(r"^def (\w+)\s*:\s*Pass<\s*\"([\w-]+)\"(.*?)^}", re.M | re.S)
# Where passes are declared, and how their arguments begin.
FOLDERS = {"Transforms": "dlk-", "Pipelines": "dlk-", "Conversion": "convert-"}
HEADINGS = ["What:", "Before:", "After:", "Needs:", "Refuses:"]


class PassEntry:
    """One `def NAME : Pass<"argument", ...> { ... }`."""

    def __init__(self, path, line, name, argument, body):
        self.where = f"{path}:{line}"
        self.name, self.argument, self.body = name, argument, body


def entries(tree, folder):
    """The passes that a folder's .td files declare."""
    for path in tree.select(".td", under=f"include/dlk/{folder}/"):
        content = tree.read(path)
        for match in _PASS.finditer(content):
            yield PassEntry(path, content.count("\n", 0, match.start()) + 1,
                            match.group(1), match.group(2), match.group(3))


def _plain(name):
    """dlk-foo-bar, FooBar and foo-bar compare equal."""
    return re.sub(r"^dlk|^convert", "", name.replace("-", "").lower())


def _source_exists(tree, entry, folder):
    short = re.sub(r"^convert-", "", entry.argument)
    if folder == "Conversion":
        return any(path.split("/")[2].lower() == short.replace("-", "")
                   for path in tree.select(".cpp", under="lib/Conversion/"))
    want = re.sub(r"^dlk-", "", entry.argument).replace("-", "") + ".cpp"
    return any(path.split("/")[-1].lower() == want for path in tree.select(".cpp", under="lib/"))


def check_names(tree):
    """`dlk-foo-bar`: class FooBar, FooBar.cpp, test/Transforms/foo-bar/."""
    for folder, prefix in FOLDERS.items():
        for entry in entries(tree, folder):
            if not entry.argument.startswith(prefix):
                yield f"{entry.where}: pass {entry.argument} does not begin with {prefix}"
            same = entry.name.lower().removesuffix("pass")
            if same not in (_plain(entry.argument), entry.argument.replace("-", "")):
                yield f"{entry.where}: pass {entry.argument} is defined as {entry.name}"
            if not _source_exists(tree, entry, folder):
                yield f"{entry.where}: pass {entry.argument} has no source of its name"
            tests = f"test/{folder}/{entry.argument.removeprefix(prefix)}"
            if not tree.select(".mlir", ".test", under=f"{tests}/"):
                yield f"{entry.where}: pass {entry.argument} has no tests in {tests}/"


def check_descriptions(tree):
    """A summary, and a description with the fixed headings."""
    for folder in FOLDERS:
        for entry in entries(tree, folder):
            summary = re.search(r'let summary = "([^"]+)"', entry.body)
            if not summary or len(summary.group(1)) < 10:
                yield f"{entry.where}: pass {entry.argument} has no summary"
            match = re.search(r"let description = \[\{(.*?)\}\];", entry.body, re.S)
            text = match.group(1) if match else ""
            if len(text) < 150:
                yield f"{entry.where}: pass {entry.argument} has no description"
                continue
            for heading in HEADINGS:
                if not re.search(rf"\b{heading[:-1]}(, \w+)?:", text):
                    yield f"{entry.where}: description of {entry.argument} lacks `{heading}`"

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks that a file of --stats has exactly the fields that docs/Running.md lists,
and that sums are sums.

  check-stats.py PAGE STATS.json
"""

import json
import pathlib
import re
import sys

page = pathlib.Path(sys.argv[1]).read_text()
stats = json.loads(pathlib.Path(sys.argv[2]).read_text())


def documented(title):
    """The names in the first column of the table after a line of bold text."""
    table = re.search(rf"^\*\*{title}\*\*.*?\n\n(.*?)\n\n", page, re.S | re.M)[1]
    rows = table.splitlines()[2:]
    return {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}


def check(what, fields, title, optional=()):
    """The fields are those of the table, but for optional ones."""
    names = documented(title)
    assert set(fields) <= names, (what, set(fields) - names)
    assert names - set(fields) <= set(optional), (what, names - set(fields))


COUNTERS = documented("Counters")
check("file", stats, "The file", ["bench_seconds"])
for launch in stats["launches"]:
    check("launch", launch, "A launch", ["bound"])
    if "bound" in launch:
        check("bound", launch["bound"], "The bound")
        assert "not a measurement" in launch["bound"]["note"]
for part in [stats["sum"], *(launch["stats"] for launch in stats["launches"])]:
    check("stats", part, "Statistics")
    assert set(part["total"]) == COUNTERS
    for name in COUNTERS:
        for group in [part["lines"], part["classes"].values()]:
            assert sum(entry.get(name, 0) for entry in group) == part["total"][name], name
    for line in part["lines"]:
        assert set(line) <= COUNTERS | {"line", "opcode", "class", "source"}
    for place in part["sources"]:
        assert set(place) <= COUNTERS | {"source"}
    for name in COUNTERS:
        located = sum(line.get(name, 0) for line in part["lines"] if "source" in line)
        assert sum(place.get(name, 0) for place in part["sources"]) == located

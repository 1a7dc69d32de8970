# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the cases of a results file on the executor and compares."""

import os

from . import judge, results
from .cases import all_cases
from .runner import run_parallel


def judge_case(case, chip, mine, stored):
    """Verdicts on one case: of each output, or one on the whole."""
    def whole(word, text=""):
        return [judge.Verdict(case.name, "", word, text=text)]
    if stored["status"] != "ok":
        return whole("no result", f"{stored['status']}: {stored.get('note', '')[:300]}")
    if stored["key"] != case.key(chip):
        return whole("changed", "the case is not what it was when the result was stored")
    if mine["status"] == "unsupported":
        return whole("unsupported", mine.get("note", "")[:300])
    if mine["status"] != "ok":
        return whole("differs", f"{mine['status']}: {mine.get('note', '')[:300]}")
    inputs = case.inputs()
    return [judge.compare_stored(
        case, output, inputs, results.unpack(mine["outputs"][output.name], output.dtype),
        stored["outputs"][output.name]) for output in case.outputs]


def replay(stored, settings, names=None, jobs=None):
    """Verdicts on all stored cases; `names` chooses some."""
    settings = {**settings, "device": "cpu", "chip": stored["chip"],
                "whole": True}
    known = all_cases()
    chosen = [known[name] for name in sorted(stored["cases"])
              if name in known and (names is None or name in names)]
    runnable = [case for case in chosen if stored["cases"][case.name]["status"] == "ok"
                and stored["cases"][case.name]["key"] == case.key(stored["chip"])]
    mine = run_parallel(runnable, settings, jobs or os.cpu_count() or 1,
                        lambda *_: None)["cases"]
    verdicts = []
    for case in chosen:
        verdicts += judge_case(case, stored["chip"], mine.get(case.name, {}),
                               stored["cases"][case.name])
    return verdicts

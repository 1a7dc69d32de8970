# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs mutants and judges them. A mutant is caught if any run of it gives wrong
numbers, a finding, a deadlock, a refusal or no end. One that is not caught is
equivalent if ptxas makes the same machine code of it, or if survivors.json says
why no run can differ; else it survives."""

import collections
import concurrent.futures
import json
import pathlib
import re
import subprocess
import tempfile
from dataclasses import dataclass

import probe
from mutators import Mutant

SURVIVORS = pathlib.Path(__file__).with_name("survivors.json")
MAX_STEPS = "400000"
# Late delivery with all checks finds most, so it comes first.
RUNS = [["--async=late"], ["--async=immediate"], ["--async=random:1"],
        ["--async=immediate", "--order=reversed"], ["--async=late", "--order=random:2"]]
VERDICTS = {1: "numbers", 2: "finding", 3: "refused", 4: "deadlock", 5: "refused"}


@dataclass
class Result:
    """What became of a mutant: "numbers", ..., "equivalent" or "survived"."""
    mutant: Mutant
    verdict: str
    reason: str = ""


class Judge:
    """Judges the mutants of one kernel."""

    def __init__(self, kernel, dlk_run, ptxas=None, nvdisasm=None):
        self.kernel, self.dlk_run = kernel, dlk_run
        self.ptxas, self.nvdisasm = ptxas, nvdisasm
        self.original = self.machine_code("\n".join(kernel.lines) + "\n")
        self.reasons = json.loads(SURVIVORS.read_text())

    def run_once(self, plan, options):
        command = [self.dlk_run, plan, "--device=cpu", "--check=all", "--strict", "--threads=1",
                   f"--max-steps={MAX_STEPS}", *options, *self.kernel.arguments]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        except subprocess.TimeoutExpired:
            return "hang"
        if done.returncode < 0:
            return "crash"
        return VERDICTS.get(done.returncode, "")

    def run_all(self, text):
        """The first verdict against the text, or ""."""
        with tempfile.TemporaryDirectory() as folder:
            plan = self.kernel.write(pathlib.Path(folder), text)
            return next(filter(None, (self.run_once(plan, options) for options in RUNS)), "")

    def machine_code(self, text):
        """What ptxas makes of the text, "" if it refuses; None without ptxas."""
        if not self.ptxas or not self.nvdisasm:
            return None
        with tempfile.TemporaryDirectory() as folder:
            ptx, cubin = pathlib.Path(folder, "k.ptx"), pathlib.Path(folder, "k.cubin")
            ptx.write_text(text)
            done = subprocess.run([self.ptxas, f"-arch={self.kernel.chip}", ptx, "-o", cubin],
                                  capture_output=True, check=False)
            if done.returncode:
                return ""
            return subprocess.run([self.nvdisasm, "-c", cubin], capture_output=True, text=True,
                                  check=True).stdout

    def excuse(self, mutant):
        """The reason why a mutant that was not caught behaves the same, or ""."""
        code = self.machine_code(mutant.apply(self.kernel.lines))
        if code is not None and code == self.original:
            return "ptxas makes the same machine code of it"
        if code == "":
            return "ptxas refuses it"
        if not self.run_all(probe.reached(self.kernel.lines, mutant)):
            return "is never executed"
        for probed, reason in [
                (probe.build(self.kernel.lines, mutant),
                 "gives the same result as the right instruction wherever it is executed"),
                (probe.junk(self.kernel.lines, mutant), "makes a result that is not used")]:
            if probed and not self.run_all(probed):
                return reason
        for entry in self.reasons["equivalent"]:
            if self.matches(entry, mutant):
                return entry["reason"]
        return ""

    def explain(self, mutant):
        """Why a mutant is known to survive, or ""."""
        return next((entry["reason"] for entry in self.reasons["survivors"]
                     if self.matches(entry, mutant)), "")

    def matches(self, entry, mutant):
        return (re.fullmatch(entry["kernel"], self.kernel.name)
                and re.fullmatch(entry["mutator"], mutant.mutator)
                and re.search(entry["statement"], mutant.before)
                and re.search(entry.get("becomes", ""), mutant.after))

    def judge(self, mutant):
        verdict = self.run_all(mutant.apply(self.kernel.lines))
        if verdict:
            return Result(mutant, verdict)
        reason = self.excuse(mutant)
        if reason:
            return Result(mutant, "equivalent", reason)
        return Result(mutant, "survived", self.explain(mutant))

    def judge_all(self, mutants, jobs):
        """Results in the order of the mutants."""
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            return list(pool.map(self.judge, mutants))


def score(results):
    """Caught, and all that change behaviour."""
    changing = [r for r in results if r.verdict != "equivalent"]
    return sum(r.verdict != "survived" for r in changing), len(changing)


def table(by_kernel):
    """Markdown: one row a kernel, and one of all."""
    columns = ["finding", "numbers", "deadlock", "refused", "hang", "survived", "equivalent"]
    rows = ["| kernel | mutants | " + " | ".join(columns) + " | score |",
            "|" + " --- |" * (len(columns) + 3)]
    everything = [r for results in by_kernel.values() for r in results]
    for name, results in [*by_kernel.items(), ("all", everything)]:
        counts = collections.Counter(r.verdict for r in results)
        caught, changing = score(results)
        rows.append(f"| {name} | {len(results)} | "
                    + " | ".join(str(counts[c]) for c in columns)
                    + f" | {100 * caught / max(changing, 1):.1f} % |")
    return "\n".join(rows)

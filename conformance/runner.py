# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs cases one after another so that none can lose the others.

Cases run in a worker process. It answers each name with a line; if it does not
within the case's time, or dies, or a kernel fails, it is ended and a new one
takes the rest.
"""

import json
import os
import pathlib
import select
import subprocess
import sys
import time

from . import results
from .cases import all_cases

START_SECONDS = 60.0


def make_device(settings):
    """The device that a worker uses: {"device": "cpu" or "cuda", ...}"""
    if settings["device"] == "cuda":
        from .cuda import CudaDevice
        return CudaDevice(settings.get("kit"))
    from .cpu import CpuDevice
    return CpuDevice(settings["dlk_run"], settings["chip"], settings["options"])


def work(settings, stream_in, stream_out):
    """The worker: a line with what the device is, then one per name read."""
    def say(answer):
        stream_out.write(json.dumps(answer) + "\n")
        stream_out.flush()
    try:
        device = make_device(settings)
    except Exception as error:  # pylint: disable=broad-except
        say({"failed": f"{type(error).__name__}: {error}"})
        return
    say(device.describe())
    for line in stream_in:
        try:
            say(answer_to(all_cases()[line.strip()], device, settings["whole"]))
        except Exception as error:  # pylint: disable=broad-except
            say({"status": "error", "note": f"{type(error).__name__}: {error}"})


def answer_to(case, device, whole):
    """What is stored of a case."""
    if not case.runs_on(device.chip):
        return {"status": "not for this chip"}
    return results.entry(case, device.chip, whole, *device.run(case))


class Worker:
    """A worker process."""

    def __init__(self, settings):
        package = pathlib.Path(__file__).resolve().parent
        self.process = subprocess.Popen(
            [sys.executable, "-B", "-c", "import sys, json; from conformance import runner; "
             "runner.work(json.loads(sys.argv[1]), sys.stdin, sys.stdout)",
             json.dumps(settings)], cwd=package.parent, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, bufsize=0)
        self.pending = b""
        self.description = self.read(START_SECONDS) or {"failed": "the worker died"}

    def read(self, seconds):
        """The next answer, or None if there is none in time."""
        end = time.monotonic() + seconds
        pipe = self.process.stdout.fileno()
        while b"\n" not in self.pending:
            left = end - time.monotonic()
            if left <= 0 or not select.select([pipe], [], [], left)[0]:
                return None
            data = os.read(pipe, 1 << 16)
            if not data:
                self.process.wait(20)
                return None
            self.pending += data
        line, self.pending = self.pending.split(b"\n", 1)
        return json.loads(line)

    def ask(self, case, seconds):
        """The answer for a case, or why there is none."""
        try:
            self.process.stdin.write(case.name.encode() + b"\n")
            answer = self.read(seconds)
        except OSError:
            answer = None
        if answer is not None:
            return answer
        if self.process.poll() is not None:
            return {"status": "error", "note": f"worker: {self.process.returncode}"}
        return {"status": "timeout", "note": f"no end after {seconds:.0f} s"}

    def end(self):
        """Ends the process, which may hang in the driver."""
        self.process.kill()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            pass


def run_cases(cases, settings, progress=lambda name, answer, seconds: None):
    """The head and the cases of a results file."""
    worker, found, head = None, {}, None
    for case in cases:
        if worker is None:
            worker = Worker(settings)
            if "failed" in worker.description:
                worker.end()
                raise RuntimeError(worker.description["failed"])
            head = head or worker.description
        start = time.monotonic()
        answer = worker.ask(case, settings.get("seconds") or case.timeout)
        progress(case.name, answer, time.monotonic() - start)
        if answer["status"] != "not for this chip":
            found[case.name] = answer
        if answer["status"] in ("error", "timeout"):
            worker.end()
            worker = None
    if worker:
        worker.end()
    return {**(head or {}), "cases": found}


def run_parallel(cases, settings, jobs, progress):
    """run_cases with several workers, for the CPU."""
    from concurrent.futures import ThreadPoolExecutor
    with ThreadPoolExecutor(jobs) as pool:
        parts = list(pool.map(lambda i: run_cases(cases[i::jobs], settings, progress),
                              range(jobs)))
    merged = {key: value for part in parts for key, value in part.items()}
    merged["cases"] = {name: entry for part in parts for name, entry in
                       part["cases"].items()}
    return merged

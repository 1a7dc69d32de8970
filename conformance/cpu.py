# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a case on the executor, through dlk-run."""

import pathlib
import subprocess
import tempfile

import numpy as np

from .plan import write_case

#: Of operands that the executor does not know, such as tensor maps.
REFUSALS = ("does not know", "not supported", "unknown name: '%")
STATUS = {2: "finding", 3: "unsupported", 4: "deadlock"}


class CpuDevice:
    """`options` are dlk-run's: --hardware-sums, --async late, ..."""

    def __init__(self, dlk_run, chip, options=("--hardware-sums",)):
        self.dlk_run, self.chip, self.options = str(dlk_run), chip, list(options)

    def describe(self):
        """What stands in the head of the results."""
        return {"device": "dlk executor", "driver": "none", "chip": self.chip}

    def run(self, case):
        """(status, what was said, bytes of `out` or None)"""
        with tempfile.TemporaryDirectory(prefix="conformance-") as name:
            folder = pathlib.Path(name)
            command = self._command(case, folder)
            try:
                done = subprocess.run(command, capture_output=True, text=True,
                                      timeout=case.timeout, check=False)
            except subprocess.TimeoutExpired:
                return "timeout", f"no end after {case.timeout:.0f} s", None
            if done.returncode:
                status = STATUS.get(done.returncode, "error")
                if any(words in done.stderr for words in REFUSALS):
                    status = "unsupported"
                return status, done.stderr.replace(name + "/", "")[-2000:], None
            return "ok", "", np.load(folder / "out.npy").view(np.uint8)

    def _command(self, case, folder):
        ptx = write_case(case, self.chip, folder)
        command = [self.dlk_run, str(ptx.with_suffix(".json")), "--device=cpu",
                   "--threads=1", "--max-steps=50000000", *self.options,
                   "--out", f"out={folder}/out.npy"]
        arrays = dict(case.inputs())
        if case.initial is not None:
            arrays["out"] = case.out_before()
        for name, array in arrays.items():
            path = folder / f"in-{name}.npy"
            np.save(path, np.frombuffer(np.ascontiguousarray(array).tobytes(), np.uint8))
            command += ["--in", f"{name}={path}"]
        return command

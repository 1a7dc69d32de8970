# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles points in groups and runs each on the CPU executor.

Twenty points share one module and one call of dlk-opt, since starting tools costs
more than a small kernel does.
"""

import subprocess

import matmul_gen
import numpy as np
import reference

GROUP = 20
POLICIES = ["immediate", "late"]


class Failure(AssertionError):
    """A tool failed, or a result is wrong."""


def run_tool(command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise Failure(f"exit code {done.returncode}: {' '.join(map(str, command))}\n"
                      f"{done.stdout[-2000:]}{done.stderr[-4000:]}")


class Runner:
    """Bundles of this process, each compiled once."""

    def __init__(self, dlk_opt, dlk_run, folder, chip="sm_80", policies=tuple(POLICIES),
                 write=matmul_gen.module_text, compute=reference.compute):
        self.dlk_opt, self.dlk_run, self.folder = dlk_opt, dlk_run, folder
        self.chip, self.policies = chip, policies
        self.write, self.compute = write, compute
        self.bundles = {}
        self.count = 0

    def compile(self, points):
        folder = self.folder / f"bundle{self.count}"
        self.count += 1
        folder.mkdir()
        source = folder / "points.mlir"
        source.write_text(self.write(points))
        run_tool([self.dlk_opt, source, f"--dlk-compile=chip={self.chip}", "--emit=bundle",
                  "-o", folder])
        return folder

    def get_bundle(self, point, points):
        """Folder of the bundle and the name of the point's function in it."""
        index = points.index(point)
        first = index - index % GROUP
        group = tuple(points[first:first + GROUP])
        if group not in self.bundles and len(group) > 1:
            try:
                self.bundles[group] = self.compile(group)
            except Failure:
                self.bundles[group] = None
        if self.bundles.get(group):
            return self.bundles[group], f"p{index - first}"
        # One point spoils the module: let it fail alone.
        alone = (point,)
        if alone not in self.bundles:
            self.bundles[alone] = self.compile(alone)
        return self.bundles[alone], "p0"

    def execute(self, bundle, function, policy, inputs, extra=()):
        """The result of a run, as it lies in the .npy file."""
        out = self.folder / "out.npy"
        command = [self.dlk_run, bundle / "plan.json", "--function", function, "--device=cpu",
                   "--check=all", "--strict", f"--async={policy}", "--threads=1",
                   "--out", f"out0={out}", *extra]
        for name, path in inputs.items():
            command += ["--in", f"{name}={path}"]
        run_tool(command)
        return np.load(out)

    def check(self, point, points, numbers=(True, False)):
        """Compiles and runs the point with whole numbers (True), then with reals, with
        copies that arrive at once and as late as they may. Reals are added once
        as the hardware adds, once with one rounding at the end."""
        bundle, function = self.get_bundle(point, points)
        for whole in numbers:
            arrays = reference.make_inputs(point, seed=1, whole=whole)
            inputs = {}
            for index, (name, array) in enumerate(arrays.items()):
                inputs[f"arg{index}"] = self.folder / f"{name}.npy"
                np.save(inputs[f"arg{index}"], array)
            exact, bound = self.compute(point, arrays)
            for policy in self.policies:
                extra = [] if whole or policy == "late" else ["--hardware-sums"]
                got = reference.load(self.execute(bundle, function, policy, inputs, extra),
                                     point.out)
                wrong = reference.find_wrong(point, got, exact, bound, whole and point.exact)
                if wrong:
                    raise Failure(f"{point}, {'whole numbers' if whole else 'reals'}, "
                                  f"{policy}: {wrong}")


class RunnerOfChips:
    """Runners of one family of points, by chip."""

    def __init__(self, dlk_opt, dlk_run, folder, write, compute):
        def make(chip, policies):
            (folder / chip).mkdir()
            return Runner(dlk_opt, dlk_run, folder / chip, chip, policies, write, compute)

        self.runners = {"sm_80": make("sm_80", ("immediate", "late")),
                        "sm_89": make("sm_89", ("immediate", "late")),
                        "sm_90a": make("sm_90a", ("immediate", "late", "random:7"))}

    def check(self, case, cases):
        """Compiles and runs a (chip, point) of several, whose points share modules."""
        chip, point = case
        self.runners[chip].check(point, [p for c, p in cases if c == chip])

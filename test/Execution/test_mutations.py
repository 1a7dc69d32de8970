# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Faults put into a kernel's PTX must be caught, by a check or by the numbers;
otherwise the tests of points would prove little."""

import re
import shutil

import numpy as np
import pytest
import reference
from harness import Failure
from matmul_gen import Point

POINTS = [Point(128, 128, 192, out="f16", steps=("bias_row", "relu"),
                schedule="tile = [128, 128, 32], warps = [2, 2], stages = 3")]


def replace(pattern, text, count=0, place=None):
    """Replaces all matches, the first `count`, or the one at `place`."""
    def change(ptx):
        matches = list(re.finditer(pattern, ptx))
        assert matches, f"nothing to change: {pattern}"
        if place is not None:
            matches = [matches[place]]
        for match in reversed(matches[:count or None]):
            ptx = ptx[:match.start()] + match.expand(text) + ptx[match.end():]
        return ptx
    return change


def wait_later(ptx):
    """Every wait but the last lets one more group stay in flight."""
    return re.sub(r"cp\.async\.wait_group\s+([1-9]\d*)",
                  lambda m: f"cp.async.wait_group {int(m.group(1)) + 1}", ptx)


MUTATIONS = {
    "wait for one group less": wait_later,
    "first barrier missing": replace(r"bar\.sync\s+0;", "", place=0),
    "barrier of the loop missing": replace(r"bar\.sync\s+0;", "", place=1),
    "one transposition missing": replace(r"(ldmatrix\S*)\.trans", r"\1", place=0),
    "one product missing": replace(r"mma\.sync[^;]*;", "", place=3),
    "fragments exchanged": replace(
        r"(mma\.sync\S*\s*\{[^}]*\},\s*\{[^}]*\},\s*\{)(%\w+), (%\w+)", r"\1\3, \2", place=1),
    "a copy of half the bytes": replace(r"(cp\.async\.cg[^;]*\], 16);", r"\1, 8;", place=2),
    "a store one row further": replace(r"(st\.global\.v4\.b32\s+\[%rd\d+)\+(\d+)\]",
                                       r"\1+1048576]", place=0),
    "a store missing": replace(r"st\.global\.v4\.b32[^;]*;", "", place=0),
    "an infinite loop": replace(r"@%p\d+ bra\b", "bra.uni", place=0),
}


@pytest.fixture(name="inputs", scope="module")
def make_inputs(tmp_path_factory):
    """Arrays, their files, and what comes out of them."""
    arrays = reference.make_inputs(POINTS[0], seed=3, whole=True)
    folder = tmp_path_factory.mktemp("mutations")
    files = {}
    for index, (name, array) in enumerate(arrays.items()):
        files[f"arg{index}"] = folder / f"{name}.npy"
        np.save(files[f"arg{index}"], array)
    return files, reference.compute(POINTS[0], arrays)


def is_right(runner, bundle, name, inputs):
    files, (exact, bound) = inputs
    got = reference.load(runner.execute(bundle, name, "late", files, ["--max-steps=100000"]),
                         "f16")
    return not reference.find_wrong(POINTS[0], got, exact, bound, True)


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_mutation(mutation, runner, inputs, tmp_path):
    original, name = runner.get_bundle(POINTS[0], POINTS)
    bundle = shutil.copytree(original, tmp_path / "bundle")
    assert is_right(runner, bundle, name, inputs)
    path = next(bundle.glob("*.ptx"))
    path.write_text(MUTATIONS[mutation](path.read_text()))
    try:
        right = is_right(runner, bundle, name, inputs)
    except Failure:
        right = False
    assert not right

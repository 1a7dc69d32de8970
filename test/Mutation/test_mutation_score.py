# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A sample of the faults of scripts/mutation-score: nearly all that change what a
kernel does are caught, and each that is not is known, with its reason."""

import os
import pathlib
import random
import shutil

import corpus
import mutators
import pytest
import score
from sass import find_nvdisasm

SAMPLE = 24


def find(tool):
    path = pathlib.Path(os.environ.get("CUDA_HOME", "/usr/local/cuda")) / "bin" / tool
    return shutil.which(tool) or (str(path) if path.exists() else None)


@pytest.fixture(name="kernels", scope="module")
def make_kernels(dlk_run, dlk_opt, tmp_path_factory):
    made = corpus.Corpus(tmp_path_factory.mktemp("corpus"), dlk_run, dlk_opt, find("nvcc"))
    return {kernel.name: kernel for kernel in made.kernels()}


@pytest.mark.parametrize("name", ["ring_gemm", "cluster_sum", "dlk_f16",
                                  "dlk_odd"])
def test_sample(kernels, name, dlk_run, root):
    if name not in kernels:
        pytest.skip("no nvcc")
    kernel = kernels[name]
    judge = score.Judge(kernel, dlk_run, find("ptxas"), find_nvdisasm(root))
    assert not judge.run_all("\n".join(kernel.lines) + "\n")
    mutants = list(mutators.mutate(kernel.lines, kernel.entry))
    results = judge.judge_all(random.Random(7).sample(mutants, min(SAMPLE, len(mutants))), jobs=1)
    assert not [r for r in results if r.verdict == "crash"]
    unknown = [r.mutant for r in results if r.verdict == "survived" and not r.reason]
    assert not unknown
    caught, changing = score.score(results)
    assert changing >= SAMPLE // 2 and caught >= 0.85 * changing

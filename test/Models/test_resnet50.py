# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The whole forward function of ResNet-50: 53 convolutions with their batch norms,
residuals and activations fused, pooling and the classifier, as one bundle."""

import json
import subprocess

import numpy as np
import pytest
from resnet50 import Network


def compile_network(dlk_opt, folder, network, chip):
    done = subprocess.run([dlk_opt, "-", f"--dlk-compile=chip={chip}", "--emit=bundle", "-o", str(folder)],
                          input=network.text(), text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads((folder / "report.json").read_text())["kernels"]


@pytest.mark.parametrize("chip", ["sm_80", "sm_90a"])
def test_small_image(dlk_opt, dlk_run, tmp_path, chip):
    """Channel-true, on an image of 64 x 64. The scale of a result is that of the sums
    that f16 rounds on the way: 50 layers of 2^-11 each, with some room."""
    network = Network(images=2, size=64)
    kernels = compile_network(dlk_opt, tmp_path, network, chip)
    # One kernel for each layer, or two where its sum is split.
    layers = [kernel for kernel in kernels if not kernel["name"].endswith("_sum")]
    assert len(layers) == 53 + 2 + 1
    inputs = []
    for i, array in enumerate(network.arguments):
        np.save(tmp_path / f"arg{i}.npy", array)
        inputs += ["--in", f"arg{i}={tmp_path}/arg{i}.npy"]
    subprocess.run([dlk_run, str(tmp_path / "plan.json"), "--device=cpu", "--check=all", "--strict",
                    "--out", f"out0={tmp_path}/out.npy", *inputs], check=True, capture_output=True)
    got, expected = np.load(tmp_path / "out.npy"), network.result[2]
    assert np.max(np.abs(got - expected)) <= 0.02 * np.max(np.abs(expected))


@pytest.mark.parametrize("chip", ["sm_80", "sm_90a"])
def test_full_size(dlk_opt, tmp_path, chip):
    """32 images of 224 x 224 compile without an advisory, a spill or stack."""
    network = Network(images=32, size=224, compute=False)
    for kernel in compile_network(dlk_opt, tmp_path, network, chip):
        if kernel["registers"] is None:
            pytest.skip("no ptxas")
        assert kernel["advisories"] == [], kernel["name"]
        assert [kernel[name] for name in ("stack_bytes", "spill_store_bytes", "spill_load_bytes")] == [0] * 3

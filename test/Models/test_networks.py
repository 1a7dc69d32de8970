# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every distinct convolution of ResNet-50, ResNeXt-50, MobileNetV2, ConvNeXt-T and the
UNet of Stable Diffusion, forward and backward: at full size ptxas has nothing to say
about it, and with all its channels but few pixels it is executed exactly."""

import json
import subprocess

import conv_gen
import conv_reference
import pytest
import window_gen
from harness import Runner
from networks import NETWORKS

KINDS = ["fprop", "dgrad", "wgrad"]
CHIPS = ["sm_80", "sm_90a"]
IMAGES = {"sd_unet": 2}  # in a batch; 32 of the others
# Pixels of an edge that leave positions inside and outside of the padding.
SIZES = {1: 4, 2: 6, 3: 4, 4: 8, 7: 9}


def make_point(layer, kind, images, size, pack=0):
    """Depthwise convolution is a window; its gradients are convolutions with a
    channel in each group. So many groups are one product."""
    along = {"size": size, "filter": layer.filter, "strides": layer.stride, "pad_low": layer.pad}
    common = {"n": images, "dtype": "bf16", "out": "bf16",
              **{name: (value, value) for name, value in along.items()}}
    if layer.depthwise and kind == "fprop":
        return window_gen.Point("multiply", c=layer.c, **common)
    groups = layer.c if layer.depthwise else layer.groups
    return conv_gen.Point(kind, c=layer.c // groups, f=layer.f // groups, groups=groups, pack=pack, **common)


def function_text(point, name):
    family = conv_gen if isinstance(point, conv_gen.Point) else window_gen
    return family.function_text(point, name)


def module_text(points):
    return "\n\n".join(function_text(point, f"p{i}") for i, point in enumerate(points))


def compute(point, arrays):
    family = conv_reference if isinstance(point, conv_gen.Point) else window_gen
    return family.compute(point, arrays)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("chip", CHIPS)
@pytest.mark.parametrize("network", NETWORKS)
def test_full_size(network, chip, kind, dlk_opt, tmp_path):
    layers = NETWORKS[network]
    text = module_text([make_point(layer, kind, IMAGES.get(network, 32), layer.size)
                        for layer in layers])
    subprocess.run([dlk_opt, "-", f"--dlk-compile=chip={chip}", "--emit=bundle", "-o", tmp_path],
                   input=text, text=True, check=True)
    kernels = json.loads((tmp_path / "report.json").read_text())["kernels"]
    assert len(kernels) >= len(layers)
    if kernels[0]["registers"] is None:
        pytest.skip("no ptxas")
    for kernel in kernels:
        assert kernel["advisories"] == [], kernel["name"]
        assert [kernel[name] for name in ("stack_bytes", "spill_store_bytes",
                                          "spill_load_bytes")] == [0] * 3, kernel["name"]


def small_cases():
    # Small images do not fill tiles that many groups do.
    points = [make_point(layer, kind, 1, min(layer.size, SIZES[layer.filter]),
                         max(1, 64 * layer.groups // layer.c) if layer.groups > 1 else 0)
              for layers in NETWORKS.values() for layer in layers for kind in KINDS]
    # Few differ once they are small.
    return [(chip, point) for chip in CHIPS for point in dict.fromkeys(points)]


CASES = small_cases()


@pytest.fixture(scope="module")
def runners(dlk_opt, dlk_run, tmp_path_factory):
    return {chip: Runner(dlk_opt, dlk_run, tmp_path_factory.mktemp(chip), chip, ("late", ),
                         module_text, compute) for chip in CHIPS}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def test_all_channels(case, runners):
    chip, point = case
    runners[chip].check(point, [point], numbers=(True, ))

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Pooling and depthwise convolutions executed: kinds, ranks, windows, strides, dilations,
padding, layouts, types, epilogues, odd and empty extents."""

import dataclasses
import itertools
import json
import subprocess

import pytest
import window_gen
from harness import Runner
from window_gen import Point

KINDS = ("max", "min", "sum", "multiply")


def make_points():
    points = []
    for kind, stride, pad in itertools.product(KINDS, (1, 2, 3), (0, 1)):
        points.append(Point(kind, n=2, c=24, size=(9, 7), strides=(stride, stride), pad_low=(pad, pad)))
    for kind in KINDS:
        points += [
            Point(kind, n=3, c=40, size=(17, ), filter=(4, ), strides=(3, ), pad_low=(-1, ), pad_high=(2, )),
            Point(kind, n=1, c=16, size=(5, 6, 7), filter=(2, 3, 2), pad_low=(1, 1, 1), strides=(1, 2, 1)),
            Point(kind, n=2, c=5, size=(8, 9), dilations=(2, 3), pad_low=(2, 3), out="f16"),
            Point(kind, n=2, c=12, size=(8, 9), pad_low=(1, 0), pad_high=(0, 2), dtype="bf16", out="bf16"),
            Point(kind, n=2, c=6, size=(8, 9), pad_low=(1, 1), dtype="f32"),
            Point(kind, n=2, c=20, size=(6, 7), pad_low=(1, 1), layouts=("nchw", "chw", "nchw")),
            Point(kind, n=2, c=20, size=(6, 7), layouts=("nchw", "hwc", "nhwc")),
            Point(kind, n=2, c=20, size=(6, 7), layouts=("nhwc", "chw", "nchw"), out="f16"),
            Point(kind, n=20, c=8, size=(1, 1), filter=(1, 1)), Point(kind, c=1, size=(2, 3), filter=(2, 3)),
            Point(kind, n=0), Point(kind, size=(2, 2)),
        ]
    points += [
        Point("sum", n=3, c=136, size=(7, 7), filter=(7, 7), out="f16", steps=("scale", )),
        Point("max", n=2, c=64, size=(15, 15), strides=(2, 2), pad_low=(1, 1), out="f16"),
        Point("multiply", n=2, c=96, size=(12, 12), filter=(7, 7), pad_low=(3, 3), steps=("bias_row", )),
        Point("multiply", n=2, c=32, size=(9, 9), pad_low=(1, 1), out="f16", steps=("bias_row", "clamp")),
        Point("multiply", n=2, c=32, size=(9, 9), pad_low=(1, 1), out="f16", steps=("bias_row", "residual", "relu")),
        Point("multiply", n=2, c=30, size=(9, 9), pad_low=(1, 1), steps=("bias_image", "silu")),
        # These do not fit shared memory: two kernels.
        Point("sum", size=(40, 41), filter=(40, 41), out="f16", steps=("bias_row", )),
        Point("max", n=2, c=9, size=(34, 35), filter=(32, 31), strides=(2, 3), pad_low=(1, 2), layouts=("nchw", "", "nhwc")),
        Point("min", size=(16, 17, 18), filter=(15, 14, 16), dilations=(1, 1, 1), pad_low=(0, 2, 1)),
        Point("sum", n=2, c=16, size=(6, 6), filter=(2, 2), strides=(2, 2), layouts=("nchw", "", "nchw"),
              steps=("residual", "bias_image")),
    ]
    return points


POINTS = make_points()


@pytest.fixture(scope="module")
def runners(dlk_opt, dlk_run, tmp_path_factory):
    def make(chip):
        return Runner(dlk_opt, dlk_run, tmp_path_factory.mktemp(chip), chip, write=window_gen.module_text,
                      compute=window_gen.compute)

    return {chip: make(chip) for chip in ("sm_80", "sm_90a")}


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_window(runners, point):
    runners["sm_80"].check(point, POINTS)


HOPPER = [point for i, point in enumerate(POINTS) if i % 4 == 0]


@pytest.mark.parametrize("point", HOPPER, ids=str)
def test_window_on_hopper(runners, point):
    """The same code for another chip."""
    runners["sm_90a"].check(point, HOPPER)


# Every depthwise convolution and pooling of MobileNetV2, ConvNeXt-T and ResNet-50.
DEPTHWISE = [(32, 112, 3, 1), (96, 112, 3, 2), (144, 56, 3, 1), (144, 56, 3, 2), (192, 28, 3, 1), (192, 28, 3, 2),
             (384, 14, 3, 1), (576, 14, 3, 1), (576, 14, 3, 2), (960, 7, 3, 1), (96, 56, 7, 1), (192, 28, 7, 1),
             (384, 14, 7, 1), (768, 7, 7, 1)]
POOLING = [("max", 64, 112, 3, 2, 1), ("sum", 2048, 7, 7, 1, 0), ("sum", 1280, 7, 7, 1, 0)]


def network_points():
    points = [Point("multiply", n=32, c=c, size=(s, s), filter=(k, k), strides=(t, t), pad_low=(k // 2, k // 2),
                    out="f16", steps=("bias_row", "relu")) for c, s, k, t in DEPTHWISE]
    return points + [Point(kind, n=32, c=c, size=(s, s), filter=(k, k), strides=(t, t), pad_low=(p, p), out="f16")
                     for kind, c, s, k, t, p in POOLING]


@pytest.mark.parametrize("chip", ["sm_80", "sm_90a"])
def test_networks_compile_clean(dlk_opt, tmp_path, chip):
    """At full size: no advisory, no spill, no stack."""
    source = tmp_path / "windows.mlir"
    source.write_text(window_gen.module_text(network_points()))
    subprocess.run([dlk_opt, source, f"--dlk-compile=chip={chip}", "--emit=bundle", "-o", tmp_path], check=True)
    kernels = json.loads((tmp_path / "report.json").read_text())["kernels"]
    assert len(kernels) == len(DEPTHWISE) + len(POOLING)
    for kernel in kernels:
        if kernel["registers"] is None:
            pytest.skip("no ptxas")
        assert kernel["advisories"] == [], kernel["name"]
        assert [kernel[name] for name in ("stack_bytes", "spill_store_bytes", "spill_load_bytes")] == [0] * 3


SMALL = [dataclasses.replace(point, n=1, size=tuple(min(s, 16) for s in point.size)) for point in network_points()]


@pytest.mark.parametrize("point", SMALL, ids=str)
def test_networks(runners, point):
    """Channel-true, one image of at most 16 x 16."""
    runners["sm_80"].check(point, SMALL)

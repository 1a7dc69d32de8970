# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Forms of linalg beyond those of test_conv_linalg.py: convolutions of one image with
one channel, quantized operations with zero points of 0, depthwise ones of integers."""

import itertools
import subprocess

import numpy as np
import pytest

TYPES = {"i8": np.int8, "i32": np.int32, "f16": np.float16, "f32": np.float32}


def tensor(shape, dtype):
    return "tensor<" + "".join(f"{d}x" for d in shape) + dtype + ">"


def function(operation, shapes, dtypes, attributes="", zeros=False):
    """One function of a named operation on a zero init."""
    x, w, y = (tensor(shape, dtype) for shape, dtype in zip(shapes, dtypes))
    scalars, scalar_types = (", %z, %z", ", i32, i32") if zeros else ("", "")
    zero = "0" if dtypes[2].startswith("i") else "0.0"
    return f"""func.func @f(%x: {x}, %w: {w}) -> {y} {{
  %z = arith.constant {zero} : {dtypes[2]}
  %e = tensor.empty() : {y}
  %i = linalg.fill ins(%z : {dtypes[2]}) outs(%e : {y}) -> {y}
  %r = linalg.{operation} {attributes} ins(%x, %w{scalars} : {x}, {w}{scalar_types}) outs(%i : {y}) -> {y}
  return %r : {y}
}}
"""


def windows(x, axes, taps, stride=1):
    """The slices of x that meet each tap along its axes: (tap, slice)."""
    counts = [(x.shape[a] - t) // stride + 1 for a, t in zip(axes, taps)]
    for tap in itertools.product(*map(range, taps)):
        place = [slice(None)] * x.ndim
        for axis, first, count in zip(axes, tap, counts):
            place[axis] = slice(first, first + stride * (count - 1) + 1, stride)
        yield tap, x[tuple(place)]


def direct(x, w, input_axes, filter_axes, einsum, stride=1):
    """A convolution in whole numbers: the sum over taps of einsum."""
    x, w = x.astype(np.int64), w.astype(np.int64)
    total = 0
    for tap, part in windows(x, input_axes, [w.shape[a] for a in filter_axes], stride):
        place = [slice(None)] * w.ndim
        for axis, index in zip(filter_axes, tap):
            place[axis] = index
        total = total + np.einsum(einsum, part, w[tuple(place)])
    return total


STRIDE = "{strides = dense<2> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}"
UNIT = "{strides = dense<1> : tensor<3xi64>, dilations = dense<1> : tensor<3xi64>}"
# Operation, shapes, its spatial axes and those of the filter, what a tap adds, stride, attributes.
PLAIN = [("conv_1d", ((17, ), (4, )), (0, ), (0, ), "x,->x"),
         ("conv_2d", ((9, 12), (3, 5)), (0, 1), (0, 1), "xy,->xy"),
         ("conv_3d", ((5, 6, 7), (2, 3, 1)), (0, 1, 2), (0, 1, 2), "xyz,->xyz")]
QUANTIZED = [
    ("conv_2d_nhwc_hwcf_q", ((2, 9, 11, 32), (3, 3, 32, 16)), (1, 2), (0, 1), "nxyc,cf->nxyf", 2, STRIDE),
    ("conv_2d_nhwc_fhwc_q", ((2, 9, 11, 12), (16, 3, 2, 12)), (1, 2), (1, 2), "nxyc,fc->nxyf", 2, STRIDE),
    ("conv_2d_nchw_fchw_q", ((2, 12, 9, 11), (16, 12, 3, 3)), (2, 3), (2, 3), "ncxy,fc->nfxy", 2, STRIDE),
    ("conv_2d_nhwgc_gfhwc_q", ((2, 9, 11, 3, 8), (3, 5, 3, 3, 8)), (1, 2), (2, 3), "nxygc,gfc->nxygf", 2, STRIDE),
    ("conv_2d_ngchw_gfchw_q", ((2, 3, 8, 9, 11), (3, 5, 8, 3, 3)), (3, 4), (3, 4), "ngcxy,gfc->ngfxy", 2, STRIDE),
    ("conv_3d_ndhwc_dhwcf_q", ((1, 4, 5, 6, 16), (2, 3, 3, 16, 8)), (1, 2, 3), (0, 1, 2), "nxyzc,cf->nxyzf", 1, UNIT),
    ("depthwise_conv_2d_nhwc_hwc_q", ((2, 9, 11, 24), (3, 3, 24)), (1, 2), (0, 1), "nxyc,c->nxyc", 2, STRIDE),
    ("depthwise_conv_2d_nhwc_hwcm_q", ((2, 9, 11, 6), (3, 3, 6, 4)), (1, 2), (0, 1), "nxyc,cm->nxycm", 2, STRIDE),
    ("quantized_matmul", ((40, 48), (48, 72)), (), (), "mk,kn->mn", 1, ""),
    ("quantized_batch_matmul", ((3, 40, 48), (3, 48, 24)), (), (), "bmk,bkn->bmn", 1, ""),
]


def check(dlk_opt, dlk_run, folder, chip, text, inputs, expected):
    subprocess.run([dlk_opt, "-", f"--dlk-compile=chip={chip}", "--emit=bundle", "-o", str(folder)],
                   input=text, text=True, check=True)
    for name, array in inputs.items():
        np.save(folder / f"{name}.npy", array)
    subprocess.run([dlk_run, str(folder / "plan.json"), "--device=cpu", "--check=all", "--strict", "--async=late",
                    "--out", f"out0={folder / 'out.npy'}",
                    *(word for name in inputs for word in ("--in", f"{name}={folder / name}.npy"))], check=True)
    np.testing.assert_array_equal(np.load(folder / "out.npy"), expected)


@pytest.mark.parametrize("chip", ["sm_80", "sm_90a"])
@pytest.mark.parametrize("case", PLAIN, ids=lambda case: case[0])
def test_without_channels(dlk_opt, dlk_run, tmp_path, chip, case):
    operation, shapes, axes, taps, einsum = case
    random = np.random.default_rng(1)
    x, w = (random.integers(-4, 5, shape) for shape in shapes)
    expected = direct(x, w, axes, taps, einsum)
    text = function(operation, [*shapes, expected.shape], ("f16", "f16", "f32"))
    check(dlk_opt, dlk_run, tmp_path, chip, text,
          {"arg0": x.astype(np.float16), "arg1": w.astype(np.float16)}, expected)


@pytest.mark.parametrize("chip", ["sm_80", "sm_90a"])
@pytest.mark.parametrize("case", QUANTIZED, ids=lambda case: case[0])
def test_quantized(dlk_opt, dlk_run, tmp_path, chip, case):
    operation, shapes, axes, taps, einsum, stride, attributes = case
    random = np.random.default_rng(2)
    x, w = (random.integers(-128, 128, shape).astype(np.int8) for shape in shapes)
    expected = direct(x, w, axes, taps, einsum, stride)
    text = function(operation, [*shapes, expected.shape], ("i8", "i8", "i32"), attributes, zeros=True)
    check(dlk_opt, dlk_run, tmp_path, chip, text, {"arg0": x, "arg1": w}, expected)


# Operation, layout, result, the constant that it ignores, what it does along axes.
POOLS = [("pooling_nhwc_max", "nhwc", "i8", -128, np.max), ("pooling_nhwc_min", "nhwc", "i8", 127, np.min),
         ("pooling_nhwc_sum", "nhwc", "i32", 0, np.sum), ("pooling_nhwc_max", "nhwc", "i32", -2**31, np.max),
         ("pooling_nchw_max", "nchw", "i8", -128, np.max), ("pooling_nhwc_max", "nhwc", "i8", 5, np.max),
         ("pooling_nhwc_sum", "nhwc", "i32", 7, np.sum)]


@pytest.mark.parametrize("chip", ["sm_80", "sm_90a"])
@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("channels", [24, 3])
@pytest.mark.parametrize("pool", POOLS, ids=lambda pool: f"{pool[0]}-{pool[2]}-{pool[3]}")
def test_integer_pooling(dlk_opt, dlk_run, tmp_path, chip, pool, channels, padded):
    """Pooling of i8, 3x3 with stride 2; padding with what the reduction ignores."""
    operation, layout, out, start, reduction = pool
    ignored = {"max": -128, "min": 127, "sum": 0}[operation[-3:]]
    axes = (layout.index("h"), layout.index("w"))
    x = np.random.default_rng(3).integers(-128, 128, [dict(n=2, h=9, w=12, c=channels)[d] for d in layout],
                                          dtype=np.int8)
    low = [int(padded and axis in axes) for axis in range(4)]
    grown = np.pad(x.astype(np.int64), [(p, p) for p in low], constant_values=ignored)
    parts = np.stack([part for _, part in windows(grown, axes, (3, 3), stride=2)])
    expected = reduction(np.concatenate([parts, np.full_like(parts[:1], start)]), axis=0)
    shapes = [tensor(shape, dtype) for shape, dtype in ((x.shape, "i8"), (grown.shape, "i8"), (expected.shape, out))]
    block = ", ".join(f"%i{i}: index" for i in range(4))
    text = f"""func.func @f(%x: {shapes[0]}) -> {shapes[2]} {{
  %ignored = arith.constant {ignored} : i8
  %start = arith.constant {start} : {out}
  %p = tensor.pad %x low{low} high{low} {{
  ^bb0({block}):
    tensor.yield %ignored : i8
  }} : {shapes[0]} to {shapes[1]}
  %w = tensor.empty() : tensor<3x3xi8>
  %e = tensor.empty() : {shapes[2]}
  %i = linalg.fill ins(%start : {out}) outs(%e : {shapes[2]}) -> {shapes[2]}
  %r = linalg.{operation} {STRIDE} ins(%p, %w : {shapes[1]}, tensor<3x3xi8>) outs(%i : {shapes[2]}) -> {shapes[2]}
  return %r : {shapes[2]}
}}
"""
    check(dlk_opt, dlk_run, tmp_path, chip, text, {"arg0": x}, expected)

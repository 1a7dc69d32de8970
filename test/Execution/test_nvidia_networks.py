# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Layer norm, softmax, convolution and reductions written in CUDA C++, compiled by
nvcc for sm_80 and sm_90a, against NumPy: right, and without a finding."""

import numpy as np
import pytest
from nvidia_runner import DELIVERIES, from_bf16, to_bf16

chips = pytest.mark.parametrize("chip", ["sm_80", "sm_90a"])


def rng(seed=1):
    return np.random.default_rng(seed)


@chips
@pytest.mark.parametrize("n", [64, 333])
def test_layer_norm(cuda, chip, n):
    x = to_bf16(rng().normal(1, 2, (3, n)))
    weight, bias = rng(2).normal(size=(2, n)).astype(np.float32)
    (got,) = cuda.run(("networks", chip, "layer_norm"), ["--grid=3", "--block=128"],
                      [x, weight, bias, ("out", "u16", x.shape), f"i32:{n}"], [3])
    x = from_bf16(x).astype(np.float64)
    want = (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + 1e-5) * weight + bias
    np.testing.assert_allclose(from_bf16(got), want, rtol=2**-7, atol=1e-4)


@chips
@pytest.mark.parametrize("n", [20, 32, 200])
def test_softmax(cuda, chip, n):
    x = rng().normal(0, 3, (8, n)).astype(np.float16)
    (got,) = cuda.run(("networks", chip, "softmax"), ["--grid=2", "--block=128"],
                      [x, ("out", "f16", x.shape), f"i32:{n}"], [1])
    power = np.exp(x.astype(np.float64) - x.max(1, keepdims=True))
    np.testing.assert_allclose(got, power / power.sum(1, keepdims=True), rtol=2**-10, atol=2**-24)


@chips
@pytest.mark.parametrize("delivery", DELIVERIES)
def test_convolution(cuda, chip, delivery):
    x = rng().integers(-4, 5, (2, 5, 32, 16)).astype(np.float16)
    taps = rng(2).integers(-4, 5, (3, 3, 16, 16)).astype(np.float16)
    (got,) = cuda.run(("networks", chip, "convolution"), ["--grid=2,5,2", "--block=32"],
                      [x, taps, ("out", "f32", x.shape), "i32:5", "i32:32"], [2], delivery)
    padded = np.pad(x.astype(np.float64), ((0, 0), (1, 1), (1, 1), (0, 0)))
    want = sum(padded[:, r:r + 5, s:s + 32] @ taps[r, s].astype(np.float64)
               for r in range(3) for s in range(3))
    assert np.array_equal(got, want)


@chips
def test_grid_share(cuda, chip):
    x = rng().integers(1, 99, (6, 64)).astype(np.int32)
    sums, got = cuda.run(("networks", chip, "grid_share"), ["--grid=6", "--block=64"],
                         [x, np.zeros(6, np.int32), ("out", "i32", (6, 6)),
                          np.zeros(1, np.int32)], [1, 2])
    assert np.array_equal(sums, x.sum(1))
    assert np.array_equal(got, np.tile(x.sum() * 10 + np.arange(6), (6, 1)))


@chips
@pytest.mark.parametrize("top", [1, 2, 9])
def test_warp_intrinsics(cuda, chip, top):
    x = rng(top).integers(0, top, 64).astype(np.int32)
    (got,) = cuda.run(("networks", chip, "warp_intrinsics"), ["--grid=1", "--block=64"],
                      [x, ("out", "i32", (64, 6))], [1])
    for warp in range(2):
        v = x[32 * warp:32 * warp + 32]
        bits = 1 << np.arange(32, dtype=np.uint64)
        branch = v % 3 == 0
        for lane, row in enumerate(got[32 * warp:32 * warp + 32].view(np.uint32)):
            beside = branch == branch[lane]
            rank = beside[:lane].sum()
            last = v[branch][0] if branch[lane] else (v % 3 == 1).sum()
            assert list(row) == [bits[v == v[lane]].sum(), (v == v[0]).all(), v.min(),
                                 np.bitwise_xor.reduce(v),
                                 beside.sum() * 100 + rank + (0 if branch[lane] else 10000), last]

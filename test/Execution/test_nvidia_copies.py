# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Asynchronous copies, barriers, pipelines and clusters as NVIDIA's device headers
write them: right results, and no finding in code that is right."""

import numpy as np
import pytest
from nvidia_runner import DELIVERIES

CHIPS = ["sm_80", "sm_90a"]
deliveries = pytest.mark.parametrize("delivery", DELIVERIES)
chips = pytest.mark.parametrize("chip", CHIPS)


def whole(shape, seed=1):
    return np.random.default_rng(seed).integers(-50, 50, shape).astype(np.float32)


@chips
@deliveries
def test_barrier_copies(cuda, chip, delivery):
    x = whole((6, 256))
    (got,) = cuda.run(("async_copies", chip, "barrier_copies"), ["--grid=2", "--block=256"],
                      [x, ("out", "f32", x.shape), "i32:6"], [1], delivery)
    assert np.array_equal(got, x + np.roll(x, -1, 1))


@chips
@deliveries
def test_split_barrier(cuda, chip, delivery):
    x = whole((7, 128))
    (got,) = cuda.run(("async_copies", chip, "split_barrier"), ["--grid=1", "--block=256"],
                      [x, ("out", "f32", x.shape), "i32:7"], [1], delivery)
    assert np.array_equal(got, 2 * x[:, ::-1])


@chips
@deliveries
@pytest.mark.parametrize("tiles", [1, 4, 9])
def test_pipeline_stages(cuda, chip, delivery, tiles):
    x = whole((tiles, 256))
    (got,) = cuda.run(("async_copies", chip, "pipeline_stages"), ["--grid=1", "--block=256"],
                      [x, ("out", "f32", (256,)), f"i32:{tiles}"], [1], delivery)
    assert np.array_equal(got, x.sum(0)[np.arange(256) ^ 1])


@chips
@deliveries
def test_thread_pipeline(cuda, chip, delivery):
    x = whole((5, 256, 4))
    (got,) = cuda.run(("async_copies", chip, "thread_pipeline"), ["--grid=1", "--block=256"],
                      [x, ("out", "f32", (256, 4)), "i32:5"], [1], delivery)
    assert np.array_equal(got, x.sum(0))


@chips
@deliveries
@pytest.mark.parametrize("length", [64, 45])
def test_group_copies(cuda, chip, delivery, length):
    x = np.arange(4 * length, dtype=np.int32).reshape(4, length)
    (got,) = cuda.run(("async_copies", chip, "group_copies"),
                      ["--grid=1", "--block=128", f"--smem={16 * length}"],
                      [x, ("out", "i32", x.shape), f"i32:{length}"], [1], delivery)
    assert np.array_equal(got, x[:, ::-1])


@deliveries
def test_bulk_copies(cuda, delivery):
    x = np.arange(3 * 1024, dtype=np.int32)
    (got,) = cuda.run(("hopper", "sm_90a", "bulk_copies"), ["--grid=3", "--block=128"],
                      [x, ("out", "i32", x.shape)], [1], delivery)
    assert np.array_equal(got, 2 * x + 1)


@deliveries
def test_bulk_reduce(cuda, delivery):
    x = np.random.default_rng(2).integers(-9, 9, (5, 256)).astype(np.int32)
    (got,) = cuda.run(("hopper", "sm_90a", "bulk_reduce"), ["--grid=5", "--block=256"],
                      [x, np.ones(256, np.int32)], [1], delivery)
    assert np.array_equal(got, 1 + x.sum(0))


@deliveries
def test_tensor_copies(cuda, delivery):
    x = np.arange(96 * 64, dtype=np.int32).reshape(96, 64)
    np.save(cuda.folder / "x.npy", x)
    cuda.run(("hopper", "sm_90a", "tensor_copies"),
             ["--grid=2,3", "--block=128", "--buffer", f"X=in:{cuda.folder}/x.npy",
              "--buffer", "Y=out:i32[64x96]", "--out", f"Y={cuda.folder}/y.npy"],
             ["tma:X,box=32x32", "tma:Y,box=32x32"], [], delivery)
    assert np.array_equal(np.load(cuda.folder / "y.npy"), x.T)


@deliveries
def test_cluster_histogram(cuda, delivery):
    x = np.random.default_rng(3).integers(0, 256, 3000).astype(np.int32)
    (got,) = cuda.run(("hopper", "sm_90a", "cluster_histogram"), ["--grid=4", "--block=128"],
                      [x, ("out", "i32", (256,)), "i32:3000"], [1], delivery)
    assert np.array_equal(got, np.bincount(x, minlength=256))


@deliveries
def test_remote_arrivals(cuda, delivery):
    (got,) = cuda.run(("hopper", "sm_90a", "remote_arrivals"), ["--grid=2", "--block=32"],
                      [("out", "i32", (2, 32))], [0], delivery)
    assert np.array_equal(got, np.repeat([[1012], [1002]], 32, 1))

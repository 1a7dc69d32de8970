# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Block algorithms, numbers and tensor cores as NVIDIA's headers write them,
compiled by nvcc for sm_80 and sm_90a, against NumPy."""

import math

import numpy as np
import pytest
from nvidia_runner import from_bf16, to_bf16

chips = pytest.mark.parametrize("chip", ["sm_80", "sm_90a"])


def rng(seed=1):
    return np.random.default_rng(seed)


@chips
def test_cub_reduce_scan(cuda, chip):
    x = rng().integers(-100, 100, (3, 512)).astype(np.int32)
    sums, scans = cuda.run(("block_algorithms", chip, "cub_reduce_scan"),
                           ["--grid=3", "--block=128"],
                           [x, ("out", "i32", (3,)), ("out", "i32", x.shape)], [1, 2])
    assert np.array_equal(sums, x.sum(1)) and np.array_equal(scans, x.cumsum(1))


@chips
def test_cub_sort(cuda, chip):
    x = rng().integers(0, 2**32, 512, dtype=np.uint32)
    (got,) = cuda.run(("block_algorithms", chip, "cub_sort"), ["--grid=1", "--block=128"],
                      [x.view(np.int32), ("out", "i32", (512,))], [1])
    assert np.array_equal(got.view(np.uint32), np.sort(x))


@chips
def test_group_algorithms(cuda, chip):
    x = rng().integers(0, 50, 64).astype(np.int32)
    (got,) = cuda.run(("block_algorithms", chip, "group_algorithms"), ["--grid=1", "--block=64"],
                      [x, ("out", "i32", (64, 3))], [1])
    tiles = x.reshape(4, 16)
    same = (x.reshape(2, 32, 1) % 3 == x.reshape(2, 1, 32) % 3).sum(2).ravel()
    assert np.array_equal(got[:, 0], np.repeat(tiles.sum(1), 16))
    assert np.array_equal(got[:, 1], (tiles.cumsum(1) - tiles).ravel())
    assert np.array_equal(got[:, 2], 101 * same)


@chips
def test_atomics(cuda, chip):
    x = rng().integers(-1000, 1000, 700).astype(np.int32)
    start = np.zeros(36, np.int32)
    (got,) = cuda.run(("block_algorithms", chip, "atomics"), ["--grid=2", "--block=128"],
                      [x, start, "i32:700"], [1])
    assert np.array_equal(got[:32], np.bincount(x & 31, minlength=32))
    assert list(got[32:]) == [x.max(), min(x.min(), 0), np.bitwise_xor.reduce(x), 700]


def fp8_values(mantissa, bias, top):
    """All non-negative finite values of a format, by its bits."""
    values = []
    for bits in range(top + 1):
        exponent, fraction = bits >> mantissa, bits & (1 << mantissa) - 1
        scale = 2.0 ** (max(exponent, 1) - bias - mantissa)
        values.append((fraction + (1 << mantissa) * (exponent > 0)) * scale)
    return np.array(values)


def round_to(values, table):
    """Index of the nearest value; ties to the even index; beyond the last: the last."""
    at = np.searchsorted(table, values)
    at = np.clip(at, 1, len(table) - 1)
    low, high = table[at - 1], table[at]
    up = (values - low > high - values) | ((values - low == high - values) & (at % 2 == 0))
    return np.where(values >= table[-1], len(table) - 1, np.where(up, at, at - 1))


@chips
def test_to_fp8(cuda, chip):
    x = np.concatenate([rng().normal(0, 10, 1500), rng(2).normal(0, 300, 500),
                        2.0 ** rng(3).uniform(-20, 18, 1000)]).astype(np.float32)
    e4m3, e5m2 = cuda.run(("numerics", chip, "to_fp8"), ["--grid=12", "--block=256"],
                          [x, ("out", "i8", x.shape), ("out", "i8", x.shape),
                           f"i32:{len(x)}"], [1, 2])
    for got, table in [(e4m3, fp8_values(3, 7, 0x7E)), (e5m2, fp8_values(2, 15, 0x7B))]:
        expected = round_to(np.abs(x.astype(np.float64)), table) | (x < 0) << 7
        assert np.array_equal(got.view(np.uint8), expected)


@chips
def test_from_fp8(cuda, chip):
    e4m3, e5m2 = cuda.run(("numerics", chip, "from_fp8"), ["--grid=1", "--block=256"],
                          [np.arange(256).astype(np.uint8).view(np.int8),
                           ("out", "f32", (256,)), ("out", "f32", (256,))], [1, 2])
    for got, table, top in [(e4m3, fp8_values(3, 7, 0x7E), 0x7E), (e5m2, fp8_values(2, 15, 0x7B), 0x7B)]:
        assert np.array_equal(got[:top + 1], table)
        assert np.array_equal(got[128:128 + top + 1], -table)
        assert np.isnan(got[127])


@chips
def test_halves(cuda, chip):
    a, b = (rng(s).normal(0, 3, (32, 2)).astype(np.float16) for s in (1, 2))
    (got,) = cuda.run(("numerics", chip, "halves"), ["--grid=1", "--block=32"],
                      [a, b, ("out", "f16", (32, 6, 2))], [2])
    x, y = a.astype(np.float64), b.astype(np.float64)
    exact = [x + y, x * y, x * y + x, np.maximum(x, y)]
    for i, value in enumerate(exact):
        assert np.array_equal(got[:, i], value.astype(np.float16))
    assert np.allclose(got[:, 4], 2.0 ** np.minimum(x, 4), rtol=2**-9)
    assert np.array_equal(got[:, 5], (x - y).astype(np.float16))


@chips
def test_brains(cuda, chip):
    a, b = (to_bf16(rng(s).normal(0, 3, (32, 2))) for s in (1, 2))
    (got,) = cuda.run(("numerics", chip, "brains"), ["--grid=1", "--block=32"],
                      [a.view(np.int16), b.view(np.int16), ("out", "i16", (32, 3, 2))], [2])
    x, y = (from_bf16(v).astype(np.float64) for v in (a, b))
    for i, value in enumerate([x + y, x * y, x * y + y]):
        single = value.astype(np.float32)  # exact sums and products of bf16 need few bits more
        assert np.array_equal(got[:, i].view(np.uint16), to_bf16(single))


@chips
def test_math(cuda, chip):
    x = rng().normal(0, 3, 128).astype(np.float32)
    (got,) = cuda.run(("numerics", chip, "math"), ["--grid=1", "--block=128"],
                      [x, ("out", "f32", (128, 12))], [1])
    v = x.astype(np.float64)
    expected = [np.exp(v), np.log(abs(v) + 0.5), np.sin(v), np.cos(v), np.tanh(v),
                [math.erf(t) for t in v], (abs(v) + 0.1) ** 1.7, np.sqrt(abs(v)),
                1 / np.sqrt(abs(v) + 1), np.arctan2(v, 2), np.cbrt(v),
                [math.lgamma(abs(t) + 1) for t in v]]
    assert np.allclose(got, np.array(expected).T, rtol=2e-6, atol=3e-7)


@chips
def test_math_double(cuda, chip):
    x = rng().normal(0, 3, 64)
    (got,) = cuda.run(("numerics", chip, "math_double"), ["--grid=1", "--block=64"],
                      [x, ("out", "f64", (64, 6))], [1])
    expected = [np.exp(x), np.log(abs(x) + 0.5), np.sin(x), [math.erf(t) for t in x],
                (abs(x) + 0.1) ** 1.7, np.tanh(x)]
    assert np.allclose(got, np.array(expected).T, rtol=4e-15, atol=4e-16)


def lanes(words, bits, signed):
    kind = {(8, 0): np.uint8, (16, 0): np.uint16, (16, 1): np.int16, (8, 1): np.int8}
    return words.view(kind[bits, signed]).astype(np.int64).reshape(len(words), -1)


@chips
def test_simd(cuda, chip):
    a, b = (rng(s).integers(0, 2**32, 64, dtype=np.uint32) for s in (1, 2))
    (got,) = cuda.run(("numerics", chip, "simd"), ["--grid=1", "--block=64"],
                      [a.view(np.int32), b.view(np.int32), ("out", "i32", (64, 12))], [2])
    x4, y4, x2, y2 = lanes(a, 8, 0), lanes(b, 8, 0), lanes(a, 16, 1), lanes(b, 16, 1)

    def pack(values, bits):
        return (values & (1 << bits) - 1).astype(f"u{bits // 8}").view(np.uint32).ravel()

    expected = [pack(x4 + y4, 8), pack(x2 - y2, 16), pack(np.maximum(x2, y2), 16),
                pack(np.where(x4 > y4, 255, 0), 8), pack(np.clip(x2 + y2, -2**15, 2**15 - 1), 16),
                pack((x4 + y4 + 1) // 2, 8), (lanes(a, 8, 1) * lanes(b, 8, 1)).sum(1) + 5,
                x4[:, 0] | y4[:, 0] << 8 | x4[:, 2] << 16 | y4[:, 2] << 24,
                pack(abs(x4 - y4), 8), abs(x4 - y4).sum(1), abs(x2 - y2).sum(1),
                pack(abs(lanes(a, 8, 1) - lanes(b, 8, 1)), 8)]
    for i, value in enumerate(expected):
        assert np.array_equal(got[:, i].view(np.uint32), value.astype(np.uint32)), i


TYPES = {  # kernel: (m, n, k), NumPy type in, as the file has it, type out
    "wmma_f16": ((16, 16, 16), np.float16, np.float32),
    "wmma_f16_wide": ((8, 32, 16), np.float16, np.float32),
    "wmma_f16_tall": ((32, 8, 16), np.float16, np.float16),
    "wmma_bf16": ((16, 16, 16), "bf16", np.float32),
    "wmma_tf32": ((16, 16, 8), np.float32, np.float32),
    "wmma_f64": ((8, 8, 4), np.float64, np.float64),
    "wmma_s8": ((16, 16, 16), np.int8, np.int32),
    "wmma_u8": ((32, 8, 16), np.uint8, np.int32),
}


@chips
@pytest.mark.parametrize("kernel", TYPES)
def test_wmma(cuda, chip, kernel):
    (m, n, k), kind, out = TYPES[kernel]
    low = 0 if kind is np.uint8 else -8
    a, b = rng(1).integers(low, 9, (m, k)), rng(2).integers(low, 9, (k, n))
    c = rng(3).integers(-9, 9, (m, n))

    def put(x):
        if kind == "bf16":
            return to_bf16(x).view(np.int16)
        return np.ascontiguousarray(x).astype(kind).view(np.int8 if kind is np.uint8 else kind)

    name = {np.float16: "f16", np.float32: "f32", np.float64: "f64", np.int32: "i32"}[out]
    (got,) = cuda.run(("matrices", chip, kernel), ["--grid=1", "--block=32"],
                      [put(a), put(np.ascontiguousarray(b.T)), c.astype(out),
                       ("out", name, (m, n))], [3])
    assert np.array_equal(got, a @ b + c)


@chips
@pytest.mark.parametrize("delivery", ["late", "immediate"])
def test_attention(cuda, chip, delivery):
    q, k, v = (rng(s).normal(0, 1, (rows, 32)).astype(np.float16)
               for s, rows in ((1, 32), (2, 48), (3, 48)))
    (got,) = cuda.run(("matrices", chip, "attention"), ["--grid=2", "--block=32"],
                      [q, k, v, ("out", "f32", (32, 32)), "i32:48"], [3], delivery)
    scores = q.astype(np.float64) @ k.astype(np.float64).T / math.sqrt(32)
    weights = np.exp(scores - scores.max(1, keepdims=True))
    expected = weights / weights.sum(1, keepdims=True) @ v.astype(np.float64)
    assert np.allclose(got, expected, atol=3e-3)

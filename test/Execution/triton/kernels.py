# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Triton kernels of the project's own; regenerate.py makes PTX of them. They cover what
Triton emits on each generation: cp.async pipelines and mma.sync on sm_80 and sm_89, wgmma
and TMA descriptors on sm_90, reductions, shuffles, atomics, conversions."""

# pylint: disable=invalid-name,too-many-arguments,too-many-positional-arguments,too-many-locals
import triton
import triton.language as tl


@triton.jit
def matmul(a, b, c, M, N, K, sam, sbk, scm, BM: tl.constexpr, BN: tl.constexpr,
           BK: tl.constexpr, ACC: tl.constexpr, ZERO: tl.constexpr):
    """c = a @ b, rows first, with tails in every direction."""
    rows = tl.program_id(0) * BM + tl.arange(0, BM)
    columns = tl.program_id(1) * BN + tl.arange(0, BN)
    ks = tl.arange(0, BK)
    acc = tl.zeros((BM, BN), dtype=ACC)
    for k in range(0, tl.cdiv(K, BK)):
        left = K - k * BK
        x = tl.load(a + rows[:, None] * sam + (k * BK + ks)[None, :],
                    mask=(rows[:, None] < M) & (ks[None, :] < left), other=ZERO)
        y = tl.load(b + (k * BK + ks)[:, None] * sbk + columns[None, :],
                    mask=(ks[:, None] < left) & (columns[None, :] < N), other=ZERO)
        acc = tl.dot(x, y, acc, out_dtype=ACC)
    tl.store(c + rows[:, None] * scm + columns[None, :], acc.to(c.dtype.element_ty),
             mask=(rows[:, None] < M) & (columns[None, :] < N))


@triton.jit
def matmul_tma(a, b, c, K, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr):
    """c = a @ b^T through tensor descriptors."""
    row = tl.program_id(0) * BM
    column = tl.program_id(1) * BN
    acc = tl.zeros((BM, BN), dtype=tl.float32)
    for k in range(0, tl.cdiv(K, BK)):
        x = a.load([row, k * BK])
        y = b.load([column, k * BK])
        acc = tl.dot(x, y.T, acc)
    c.store([row, column], acc.to(c.dtype))


@triton.jit
def softmax(x, y, n, stride, BLOCK: tl.constexpr):
    """Over rows of n."""
    row = tl.program_id(0)
    columns = tl.arange(0, BLOCK)
    value = tl.load(x + row * stride + columns, mask=columns < n, other=-float("inf"))
    power = tl.exp(value - tl.max(value, axis=0))
    tl.store(y + row * stride + columns, power / tl.sum(power, axis=0), mask=columns < n)


@triton.jit
def layer_norm(x, weight, bias, y, n, eps, BLOCK: tl.constexpr):
    """Over rows of n, in f32."""
    row = tl.program_id(0)
    columns = tl.arange(0, BLOCK)
    inside = columns < n
    value = tl.load(x + row * n + columns, mask=inside, other=0).to(tl.float32)
    mean = tl.sum(value, axis=0) / n
    away = tl.where(inside, value - mean, 0.0)
    scale = 1 / tl.sqrt(tl.sum(away * away, axis=0) / n + eps)
    w = tl.load(weight + columns, mask=inside, other=0)
    b = tl.load(bias + columns, mask=inside, other=0)
    tl.store(y + row * n + columns, (away * scale * w + b).to(y.dtype.element_ty), mask=inside)


@triton.jit
def attention(q, k, v, out, scale, LENGTH: tl.constexpr, HEAD: tl.constexpr, BM: tl.constexpr,
              BN: tl.constexpr, CAUSAL: tl.constexpr):
    """Softmax(q k^T scale) v, a block of queries against blocks of keys."""
    base = tl.program_id(1) * LENGTH * HEAD
    rows = tl.program_id(0) * BM + tl.arange(0, BM)
    d = tl.arange(0, HEAD)
    query = tl.load(q + base + rows[:, None] * HEAD + d[None, :])
    most = tl.full((BM,), -float("inf"), tl.float32)
    total = tl.zeros((BM,), tl.float32)
    acc = tl.zeros((BM, HEAD), tl.float32)
    end = (tl.program_id(0) + 1) * BM if CAUSAL else LENGTH
    for start in range(0, end, BN):
        keys = start + tl.arange(0, BN)
        key = tl.load(k + base + keys[None, :] * HEAD + d[:, None])
        score = tl.dot(query, key) * (scale * 1.44269504)
        if CAUSAL:
            score = tl.where(rows[:, None] >= keys[None, :], score, -float("inf"))
        new = tl.maximum(most, tl.max(score, 1))
        power = tl.exp2(score - new[:, None])
        shrink = tl.exp2(most - new)
        total = total * shrink + tl.sum(power, 1)
        value = tl.load(v + base + keys[:, None] * HEAD + d[None, :])
        acc = tl.dot(power.to(value.dtype), value, acc * shrink[:, None])
        most = new
    tl.store(out + base + rows[:, None] * HEAD + d[None, :],
             (acc / total[:, None]).to(out.dtype.element_ty))


@triton.jit
def reduce(x, total, largest, where, n, BLOCK: tl.constexpr):
    """Sum over everything by atomics; the largest of each row and its place."""
    row = tl.program_id(0)
    columns = tl.arange(0, BLOCK)
    value = tl.load(x + row * n + columns, mask=columns < n, other=-1e30)
    tl.atomic_add(total, tl.sum(tl.where(columns < n, value, 0.0), axis=0))
    best, index = tl.max(value, axis=0, return_indices=True)
    tl.store(largest + row, best)
    tl.store(where + row, index)


@triton.jit
def conv(x, w, y, H, W, P, Q, C: tl.constexpr, F: tl.constexpr, R: tl.constexpr,
         S: tl.constexpr, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr):
    """2-d convolution, NHWC, filters R S C F, no padding, as an implicit matmul."""
    pixels = tl.program_id(0) * BM + tl.arange(0, BM)
    filters = tl.program_id(1) * BN + tl.arange(0, BN)
    image = pixels // (P * Q)
    p = pixels // Q % P
    q = pixels % Q
    channels = tl.arange(0, BK)
    acc = tl.zeros((BM, BN), tl.float32)
    for r in range(R):
        for s in range(S):
            for c in range(0, C, BK):
                place = ((image * H + p + r) * W + q + s) * C
                a = tl.load(x + place[:, None] + (c + channels)[None, :])
                b = tl.load(w + ((r * S + s) * C + c + channels)[:, None] * F + filters[None, :])
                acc = tl.dot(a, b, acc)
    tl.store(y + pixels[:, None] * F + filters[None, :], acc.to(y.dtype.element_ty))

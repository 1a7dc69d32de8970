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


@triton.jit
def scan(x, y, z, BLOCK: tl.constexpr):
    """Running sums, and running maxima from the end."""
    base = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    value = tl.load(x + base)
    tl.store(y + base, tl.cumsum(value, axis=0))
    tl.store(z + base, tl.associative_scan(value, 0, larger, reverse=True))


@triton.jit
def larger(a, b):
    """Of two values."""
    return tl.maximum(a, b)


@triton.jit
def sort(x, y, counts, BLOCK: tl.constexpr, BINS: tl.constexpr):
    """A row in order, and how often each value is in it."""
    base = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    value = tl.load(x + base)
    tl.store(y + base, tl.sort(value))
    bins = tl.histogram(value, BINS)
    tl.store(counts + tl.program_id(0) * BINS + tl.arange(0, BINS), bins)


@triton.jit
def cast(x, half, brain, small, tiny, BLOCK: tl.constexpr):
    """f32 to narrower floats and back, each rounding once."""
    base = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    value = tl.load(x + base)
    tl.store(half + base, value.to(tl.float16))
    tl.store(brain + base, value.to(tl.bfloat16))
    tl.store(small + base, value.to(tl.float8e5).to(tl.float32))
    tl.store(tiny + base, tl.clamp(value, -100.0, 100.0).to(tl.int8).to(tl.float32))


@triton.jit
def dropout(x, y, seed, p, BLOCK: tl.constexpr):
    """Philox random numbers choose what stays."""
    base = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    value = tl.load(x + base)
    keep = tl.rand(seed, base) > p
    tl.store(y + base, tl.where(keep, value / (1 - p), 0.0))


@triton.jit
def locked(x, lock, y, n, BLOCK: tl.constexpr):
    """Blocks add their row to one result, one at a time."""
    columns = tl.arange(0, BLOCK)
    value = tl.load(x + tl.program_id(0) * BLOCK + columns)
    while tl.atomic_cas(lock, 0, 1) == 1:
        pass
    tl.store(y + columns, tl.load(y + columns) + value)
    tl.debug_barrier()
    tl.atomic_xchg(lock, 0)


@triton.jit
def gather(x, index, y, n, m, ROWS: tl.constexpr, COLUMNS: tl.constexpr):
    """A transposed copy of chosen rows, through shared memory."""
    rows = tl.load(index + tl.arange(0, ROWS))
    columns = tl.arange(0, COLUMNS)
    value = tl.load(x + rows[:, None] * n + columns[None, :])
    tl.store(y + columns[:, None] * m + tl.arange(0, ROWS)[None, :], tl.trans(value))


@triton.jit
def special(x, y, BLOCK: tl.constexpr):
    """The functions that attention, normalisation and losses need."""
    base = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    value = tl.load(x + base)
    positive = tl.abs(value) + 0.5
    tl.store(y + base, tl.sin(value) + tl.cos(value) + tl.log(positive) + tl.rsqrt(positive)
             + tl.sigmoid(value) + tl.exp2(value) + tl.erf(value) + tl.floor(value)
             + tl.fdiv(value, positive) + tl.sqrt_rn(positive) + tl.div_rn(value, positive))


@triton.jit
def matmul_persistent(a, b, c, M, N, K, PROGRAMS: tl.constexpr, BM: tl.constexpr,
                      BN: tl.constexpr, BK: tl.constexpr):
    """c = a @ b^T: each block takes several tiles; descriptors are made on the device."""
    left = tl.make_tensor_descriptor(a, [M, K], [K, 1], [BM, BK])
    right = tl.make_tensor_descriptor(b, [N, K], [K, 1], [BN, BK])
    out = tl.make_tensor_descriptor(c, [M, N], [N, 1], [BM, BN])
    columns = tl.cdiv(N, BN)
    for tile in range(tl.program_id(0), tl.cdiv(M, BM) * columns, PROGRAMS):
        row = tile // columns * BM
        column = tile % columns * BN
        acc = tl.zeros((BM, BN), dtype=tl.float32)
        for k in range(0, tl.cdiv(K, BK)):
            acc = tl.dot(left.load([row, k * BK]), right.load([column, k * BK]).T, acc)
        out.store([row, column], acc.to(c.dtype.element_ty))

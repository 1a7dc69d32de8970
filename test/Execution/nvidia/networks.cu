// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Layers of neural networks as they are written by hand: layer norm and softmax
// with warp intrinsics, a convolution as an implicit GEMM whose padding
// cp.async fills, a reduction of the whole grid with cuda::atomic_ref, and
// intrinsics of warps under divergence.

#include <cassert>
#include <cooperative_groups.h>
#include <cub/block/block_reduce.cuh>
#include <cuda/atomic>
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_pipeline.h>
#include <mma.h>

namespace cg = cooperative_groups;
using namespace nvcuda;

// One block of 128 threads per row.
extern "C" __global__ void layer_norm(const __nv_bfloat16 *in,
                                      const float *weight, const float *bias,
                                      __nv_bfloat16 *out, int n) {
  using Reduce = cub::BlockReduce<float2, 128>;
  __shared__ Reduce::TempStorage storage;
  __shared__ float mean, scale;
  const __nv_bfloat16 *row = in + size_t(blockIdx.x) * n;
  float2 sums = {0, 0};
  for (int i = threadIdx.x; i < n; i += blockDim.x) {
    float v = __bfloat162float(row[i]);
    sums.x += v, sums.y += v * v;
  }
  sums = Reduce(storage).Reduce(sums, [](float2 a, float2 b) {
    return make_float2(a.x + b.x, a.y + b.y);
  });
  if (threadIdx.x == 0) {
    mean = sums.x / n;
    scale = rsqrtf(sums.y / n - mean * mean + 1e-5f);
  }
  __syncthreads();
  for (int i = threadIdx.x; i < n; i += blockDim.x)
    out[size_t(blockIdx.x) * n + i] = __float2bfloat16(
        (__bfloat162float(row[i]) - mean) * scale * weight[i] + bias[i]);
}

// One warp per row, in one pass over the row.
extern "C" __global__ void softmax(const __half *in, __half *out, int n) {
  int row = blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32;
  int lane = threadIdx.x % 32;
  const __half *from = in + size_t(row) * n;
  float peak = -INFINITY, sum = 0;
  for (int i = lane; i < n; i += 32) {
    float v = __half2float(from[i]), next = fmaxf(peak, v);
    sum = sum * __expf(peak - next) + __expf(v - next);
    peak = next;
  }
  for (int step = 16; step > 0; step /= 2) {
    float otherPeak = __shfl_xor_sync(~0u, peak, step);
    float otherSum = __shfl_xor_sync(~0u, sum, step);
    float next = fmaxf(peak, otherPeak);
    sum = (peak > -INFINITY ? sum * __expf(peak - next) : 0) +
          (otherPeak > -INFINITY ? otherSum * __expf(otherPeak - next) : 0);
    peak = next;
  }
  for (int i = lane; i < n; i += 32)
    out[size_t(row) * n + i] =
        __float2half(__expf(__half2float(from[i]) - peak) / sum);
}

// out[n][y][x][k] = sum of in[n][y + r - 1][x + s - 1][c] * filter[r][s][c][k]
// with 16 channels in and out; a warp makes 16 places of a row, and two buffers
// hold the inputs of a tap, zeros outside of the picture.
extern "C" __global__ void convolution(const __half *in, const __half *filter,
                                       float *out, int height, int width) {
  constexpr int C = 16;
  __shared__ alignas(16) __half taps[2][16][C];
  int x0 = blockIdx.x * 16, y = blockIdx.y, lane = threadIdx.x;
  const __half *picture = in + size_t(blockIdx.z) * height * width * C;
  auto fetch = [&](int tap) {
    int yy = y + tap / 3 - 1, xx = x0 + lane / 2 + tap % 3 - 1;
    bool inside = yy >= 0 && yy < height && xx >= 0 && xx < width;
    const __half *from =
        picture + (inside ? (yy * width + xx) * C + lane % 2 * 8 : 0);
    __pipeline_memcpy_async(&taps[tap % 2][lane / 2][lane % 2 * 8], from, 16,
                            inside ? 0 : 16);
    __pipeline_commit();
  };
  wmma::fragment<wmma::accumulator, 16, 16, 16, float> sum;
  wmma::fill_fragment(sum, 0.0f);
  fetch(0);
  for (int tap = 0; tap < 9; ++tap) {
    if (tap + 1 < 9)
      fetch(tap + 1);
    __pipeline_wait_prior(tap + 1 < 9 ? 1 : 0);
    __syncwarp();
    wmma::fragment<wmma::matrix_a, 16, 16, 16, __half, wmma::row_major> a;
    wmma::fragment<wmma::matrix_b, 16, 16, 16, __half, wmma::row_major> b;
    wmma::load_matrix_sync(a, &taps[tap % 2][0][0], C);
    wmma::load_matrix_sync(b, filter + tap * C * C, C);
    wmma::mma_sync(sum, a, b, sum);
    __syncwarp();
  }
  size_t place = ((size_t(blockIdx.z) * height + y) * width + x0) * C;
  wmma::store_matrix_sync(out + place, sum, C, wmma::mem_row_major);
}

// Sums of blocks, a barrier of the grid, and each block's share of the total.
extern "C" __global__ void grid_share(const int *in, int *sums, int *out,
                                      unsigned *arrived) {
  cuda::atomic_ref<int, cuda::thread_scope_device> mine(sums[blockIdx.x]);
  cuda::atomic_ref<unsigned, cuda::thread_scope_device> count(*arrived);
  int v = __reduce_add_sync(~0u, in[blockIdx.x * blockDim.x + threadIdx.x]);
  if (threadIdx.x % 32 == 0)
    mine.fetch_add(v, cuda::std::memory_order_relaxed);
  __syncthreads();
  if (threadIdx.x == 0) {
    count.fetch_add(1, cuda::std::memory_order_acq_rel);
    while (count.load(cuda::std::memory_order_acquire) < gridDim.x)
      __nanosleep(20);
  }
  __syncthreads();
  if (threadIdx.x < gridDim.x) {
    int total = 0;
    for (int i = 0; i < gridDim.x; ++i)
      total += sums[i];
    assert(total != 0);
    out[blockIdx.x * gridDim.x + threadIdx.x] = total * 10 + threadIdx.x;
  }
}

// Per thread: lanes with the same value; whether all have it; minimum,
// exclusive or of the warp; size and rank among the lanes that take the same
// branch.
extern "C" __global__ void warp_intrinsics(const unsigned *in, unsigned *out) {
  unsigned v = in[threadIdx.x], *o = out + 6 * threadIdx.x;
  int all;
  o[0] = __match_any_sync(~0u, v);
  __match_all_sync(~0u, v, &all);
  o[1] = all;
  o[2] = __reduce_min_sync(~0u, v);
  o[3] = __reduce_xor_sync(~0u, v);
  if (v % 3 == 0) {
    auto together = cg::coalesced_threads();
    o[4] = together.size() * 100 + together.thread_rank();
    o[5] = together.shfl(v, 0);
  } else {
    auto together = cg::coalesced_threads();
    o[4] = together.size() * 100 + together.thread_rank() + 10000;
    o[5] = __popc(together.ballot(v % 3 == 1));
  }
}

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Asynchronous copies as NVIDIA's headers write them: cuda::barrier,
// cuda::pipeline with several stages, cuda::memcpy_async and cooperative
// groups' memcpy_async, block and warp wide.

#include <cooperative_groups.h>
#include <cooperative_groups/memcpy_async.h>
#include <cuda/barrier>
#include <cuda/pipeline>

namespace cg = cooperative_groups;

constexpr int Tile = 256; // threads of a block, and elements of a tile

// out[i] = the sum of the element and its neighbour in the tile, for each tile.
extern "C" __global__ void barrier_copies(const float *in, float *out,
                                          int tiles) {
  __shared__ alignas(16) float buffer[Tile];
  __shared__ cuda::barrier<cuda::thread_scope_block> barrier;
  auto block = cg::this_thread_block();
  if (block.thread_rank() == 0)
    init(&barrier, block.size());
  block.sync();
  int i = block.thread_rank();
  for (int tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
    cuda::memcpy_async(block, buffer, in + size_t(tile) * Tile,
                       cuda::aligned_size_t<16>(sizeof(buffer)), barrier);
    barrier.arrive_and_wait();
    out[size_t(tile) * Tile + i] = buffer[i] + buffer[(i + 1) % Tile];
    barrier.wait(barrier.arrive());
  }
}

// The same, with the split arrival of producers and consumers.
extern "C" __global__ void split_barrier(const float *in, float *out,
                                         int tiles) {
  using Barrier = cuda::barrier<cuda::thread_scope_block>;
  __shared__ float buffer[2][Tile / 2];
  __shared__ Barrier ready[2], filled[2];
  auto block = cg::this_thread_block();
  if (block.thread_rank() < 2) {
    init(&ready[block.thread_rank()], Tile);
    init(&filled[block.thread_rank()], Tile);
  }
  block.sync();
  bool producer = block.thread_rank() < Tile / 2;
  int i = block.thread_rank() % (Tile / 2);
  for (int n = 0; n < tiles; ++n) {
    int slot = n % 2;
    if (producer) {
      ready[slot].arrive_and_wait();
      buffer[slot][i] = in[n * (Tile / 2) + i] * 2;
      auto token = filled[slot].arrive();
      (void)token;
    } else {
      if (n == 0) {
        auto first = ready[0].arrive();
        auto second = ready[1].arrive();
        (void)first, (void)second;
      }
      filled[slot].arrive_and_wait();
      out[n * (Tile / 2) + i] = buffer[slot][Tile / 2 - 1 - i];
      auto token = ready[slot].arrive();
      (void)token;
    }
  }
}

// Running sums of tiles through a pipeline of four stages of the block.
extern "C" __global__ void pipeline_stages(const float *in, float *out,
                                           int tiles) {
  constexpr int Stages = 4;
  __shared__ alignas(16) float buffer[Stages][Tile];
  __shared__ cuda::pipeline_shared_state<cuda::thread_scope_block, Stages>
      state;
  auto block = cg::this_thread_block();
  auto pipe = cuda::make_pipeline(block, &state);
  float sum = 0;
  int fetched = 0;
  for (int tile = 0; tile < tiles; ++tile) {
    for (; fetched < tiles && fetched < tile + Stages; ++fetched) {
      pipe.producer_acquire();
      cuda::memcpy_async(block, buffer[fetched % Stages],
                         in + size_t(fetched) * Tile,
                         cuda::aligned_size_t<16>(sizeof(buffer[0])), pipe);
      pipe.producer_commit();
    }
    pipe.consumer_wait();
    sum += buffer[tile % Stages][block.thread_rank() ^ 1];
    pipe.consumer_release();
  }
  out[block.thread_rank()] = sum;
}

// Each thread its own pipeline: cp.async groups.
extern "C" __global__ void thread_pipeline(const float4 *in, float4 *out,
                                           int count) {
  __shared__ float4 buffer[2][Tile];
  auto pipe = cuda::make_pipeline();
  int i = threadIdx.x;
  auto fetch = [&](int n) {
    pipe.producer_acquire();
    cuda::memcpy_async(&buffer[n % 2][i], &in[n * Tile + i],
                       cuda::aligned_size_t<16>(sizeof(float4)), pipe);
    pipe.producer_commit();
  };
  float4 sum = {0, 0, 0, 0};
  fetch(0);
  for (int n = 0; n < count; ++n) {
    if (n + 1 < count)
      fetch(n + 1);
    if (n + 1 < count)
      cuda::pipeline_consumer_wait_prior<1>(pipe);
    else
      cuda::pipeline_consumer_wait_prior<0>(pipe);
    float4 v = buffer[n % 2][i];
    sum.x += v.x, sum.y += v.y, sum.z += v.z, sum.w += v.w;
    pipe.consumer_release();
  }
  out[i] = sum;
}

// cooperative_groups::memcpy_async of a warp, unaligned length.
extern "C" __global__ void group_copies(const int *in, int *out, int perWarp) {
  extern __shared__ int shared[];
  auto warp = cg::tiled_partition<32>(cg::this_thread_block());
  int *mine = shared + warp.meta_group_rank() * perWarp;
  const int *from = in + warp.meta_group_rank() * perWarp;
  cg::memcpy_async(warp, mine, from, sizeof(int) * perWarp);
  cg::wait(warp);
  for (int i = warp.thread_rank(); i < perWarp; i += 32)
    out[warp.meta_group_rank() * perWarp + i] = mine[perWarp - 1 - i];
}

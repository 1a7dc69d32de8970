// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// sm_90a by NVIDIA's headers: cuda::ptx for bulk and tensor copies, mbarriers
// and fences, cooperative groups for clusters and distributed shared memory.

#include <cooperative_groups.h>
#include <cuda/barrier>
#include <cuda/ptx>

namespace cg = cooperative_groups;
namespace ptx = cuda::ptx;
using Barrier = cuda::barrier<cuda::thread_scope_block>;

constexpr int Tile = 1024;

// out = 2 in + 1 by tiles: bulk load, change in place, bulk store.
extern "C" __global__ void bulk_copies(const int *in, int *out) {
  __shared__ alignas(128) int tile[Tile];
  __shared__ Barrier barrier;
  if (threadIdx.x == 0) {
    init(&barrier, blockDim.x);
    ptx::fence_proxy_async(ptx::space_shared);
  }
  __syncthreads();
  Barrier::arrival_token token;
  if (threadIdx.x == 0) {
    ptx::cp_async_bulk(ptx::space_cluster, ptx::space_global, tile,
                       in + blockIdx.x * Tile, sizeof(tile),
                       cuda::device::barrier_native_handle(barrier));
    token = cuda::device::barrier_arrive_tx(barrier, 1, sizeof(tile));
  } else {
    token = barrier.arrive();
  }
  barrier.wait(cuda::std::move(token));
  for (int i = threadIdx.x; i < Tile; i += blockDim.x)
    tile[i] = 2 * tile[i] + 1;
  ptx::fence_proxy_async(ptx::space_shared);
  __syncthreads();
  if (threadIdx.x == 0) {
    ptx::cp_async_bulk(ptx::space_global, ptx::space_shared,
                       out + blockIdx.x * Tile, tile, sizeof(tile));
    ptx::cp_async_bulk_commit_group();
    ptx::cp_async_bulk_wait_group_read(ptx::n32_t<0>());
  }
}

// totals[i] += in[block][i] for all blocks, by bulk reductions.
extern "C" __global__ void bulk_reduce(const int *in, int *totals) {
  __shared__ alignas(128) int tile[256];
  tile[threadIdx.x] = in[blockIdx.x * 256 + threadIdx.x];
  ptx::fence_proxy_async(ptx::space_shared);
  __syncthreads();
  if (threadIdx.x == 0) {
    ptx::cp_reduce_async_bulk(ptx::space_global, ptx::space_shared, ptx::op_add,
                              totals, tile, sizeof(tile));
    ptx::cp_async_bulk_commit_group();
    ptx::cp_async_bulk_wait_group_read(ptx::n32_t<0>());
  }
}

struct alignas(64) Map {
  char bytes[128];
};

// Transposes a 32 x 32 tile of int that TMA loads and stores.
extern "C" __global__ void tensor_copies(const __grid_constant__ Map from,
                                         const __grid_constant__ Map to) {
  __shared__ alignas(128) int tile[32][32], turned[32][32];
  __shared__ Barrier barrier;
  if (threadIdx.x == 0) {
    init(&barrier, blockDim.x);
    ptx::fence_proxy_async(ptx::space_shared);
  }
  __syncthreads();
  Barrier::arrival_token token;
  if (threadIdx.x == 0) {
    int32_t at[2] = {int32_t(blockIdx.x * 32), int32_t(blockIdx.y * 32)};
    ptx::cp_async_bulk_tensor(ptx::space_cluster, ptx::space_global, tile,
                              &from, at,
                              cuda::device::barrier_native_handle(barrier));
    token = cuda::device::barrier_arrive_tx(barrier, 1, sizeof(tile));
  } else {
    token = barrier.arrive();
  }
  barrier.wait(cuda::std::move(token));
  for (int y = threadIdx.x / 32; y < 32; y += blockDim.x / 32)
    turned[threadIdx.x % 32][y] = tile[y][threadIdx.x % 32];
  ptx::fence_proxy_async(ptx::space_shared);
  __syncthreads();
  if (threadIdx.x == 0) {
    int32_t at[2] = {int32_t(blockIdx.y * 32), int32_t(blockIdx.x * 32)};
    ptx::cp_async_bulk_tensor(ptx::space_global, ptx::space_shared, &to, at,
                              turned);
    ptx::cp_async_bulk_commit_group();
    ptx::cp_async_bulk_wait_group(ptx::n32_t<0>());
  }
}

// A histogram whose bins lie spread over the shared memory of a cluster of 4.
extern "C" __global__ void __cluster_dims__(4, 1, 1)
    cluster_histogram(const int *in, int *bins, int count) {
  __shared__ int mine[64];
  auto cluster = cg::this_cluster();
  for (int i = threadIdx.x; i < 64; i += blockDim.x)
    mine[i] = 0;
  cluster.sync();
  for (int i = cluster.thread_rank(); i < count; i += cluster.num_threads()) {
    int bin = in[i] & 255;
    int *there = cluster.map_shared_rank(mine, bin / 64);
    atomicAdd(&there[bin % 64], 1);
  }
  cluster.sync();
  for (int i = threadIdx.x; i < 64; i += blockDim.x)
    bins[cluster.block_rank() * 64 + i] = mine[i];
}

// Each block hands its number to the next of the cluster, round about, through
// an mbarrier of that block.
extern "C" __global__ void __cluster_dims__(2, 1, 1) remote_arrivals(int *out) {
  __shared__ uint64_t barrier;
  __shared__ int box;
  auto cluster = cg::this_cluster();
  if (threadIdx.x == 0) {
    ptx::mbarrier_init(&barrier, 1);
    ptx::fence_mbarrier_init(ptx::sem_release, ptx::scope_cluster);
  }
  cluster.sync();
  unsigned next = cluster.block_rank() ^ 1;
  if (threadIdx.x == 0) {
    *cluster.map_shared_rank(&box, next) = 100 + cluster.block_rank();
    uint64_t *there = cluster.map_shared_rank(&barrier, next);
    ptx::mbarrier_arrive(ptx::sem_release, ptx::scope_cluster,
                         ptx::space_cluster, there, 1u);
  }
  while (!ptx::mbarrier_try_wait_parity(ptx::sem_acquire, ptx::scope_cluster,
                                        &barrier, 0))
    ;
  out[blockIdx.x * blockDim.x + threadIdx.x] =
      box * 10 + int(ptx::get_sreg_cluster_nctarank());
  cluster.sync();
}

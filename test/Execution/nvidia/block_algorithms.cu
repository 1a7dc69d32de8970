// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Algorithms of a block by NVIDIA's headers: CUB's reductions, scans and sorts,
// cooperative groups' reduce and scan of tiles and of the lanes that happen to
// be together, a barrier of the whole grid.

#include <cooperative_groups.h>
#include <cooperative_groups/reduce.h>
#include <cooperative_groups/scan.h>
#include <cub/block/block_load.cuh>
#include <cub/block/block_radix_sort.cuh>
#include <cub/block/block_reduce.cuh>
#include <cub/block/block_scan.cuh>
#include <cub/block/block_store.cuh>

namespace cg = cooperative_groups;

constexpr int Threads = 128, Items = 4;

extern "C" __global__ void cub_reduce_scan(const int *in, int *sums,
                                           int *scans) {
  using Reduce = cub::BlockReduce<int, Threads>;
  using Scan = cub::BlockScan<int, Threads>;
  __shared__ union {
    Reduce::TempStorage reduce;
    Scan::TempStorage scan;
  } shared;
  int items[Items];
  cub::LoadDirectBlocked(threadIdx.x, in + blockIdx.x * Threads * Items, items);
  int sum = Reduce(shared.reduce).Sum(items);
  if (threadIdx.x == 0)
    sums[blockIdx.x] = sum;
  __syncthreads();
  Scan(shared.scan).InclusiveSum(items, items);
  cub::StoreDirectBlocked(threadIdx.x, scans + blockIdx.x * Threads * Items,
                          items);
}

extern "C" __global__ void cub_sort(const unsigned *in, unsigned *out) {
  using Sort = cub::BlockRadixSort<unsigned, Threads, Items>;
  __shared__ Sort::TempStorage shared;
  unsigned items[Items];
  cub::LoadDirectBlocked(threadIdx.x, in, items);
  Sort(shared).Sort(items);
  cub::StoreDirectBlocked(threadIdx.x, out, items);
}

// out: per thread the sum of its tile of 16, the exclusive scan in it, and the
// number of lanes with the same value modulo 3.
extern "C" __global__ void group_algorithms(const int *in, int *out) {
  auto block = cg::this_thread_block();
  auto tile = cg::tiled_partition<16>(block);
  int i = block.thread_rank(), v = in[i];
  out[3 * i] = cg::reduce(tile, v, cg::plus<int>());
  out[3 * i + 1] = cg::exclusive_scan(tile, v, cg::plus<int>());
  auto same = cg::labeled_partition(cg::tiled_partition<32>(block), v % 3);
  out[3 * i + 2] = same.size() * 100 + cg::reduce(same, 1, cg::plus<int>());
}

// A histogram per warp through shared atomics, and min, max, cas, exch, inc.
extern "C" __global__ void atomics(const int *in, int *out, int count) {
  __shared__ int bins[32];
  __shared__ unsigned turns;
  if (threadIdx.x < 32)
    bins[threadIdx.x] = 0;
  if (threadIdx.x == 0)
    turns = 0;
  __syncthreads();
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < count;
       i += gridDim.x * blockDim.x) {
    atomicAdd(&bins[in[i] & 31], 1);
    atomicInc(&turns, 999);
    atomicMax(out + 32, in[i]);
    atomicMin(out + 33, in[i]);
    int old = out[34], seen;
    do {
      seen = old;
      old = atomicCAS(out + 34, seen, seen ^ in[i]);
    } while (old != seen);
  }
  __syncthreads();
  if (threadIdx.x < 32)
    atomicAdd(out + threadIdx.x, bins[threadIdx.x]);
  if (threadIdx.x == 0)
    atomicAdd(out + 35, int(turns));
}

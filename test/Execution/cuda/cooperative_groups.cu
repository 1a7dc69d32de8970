// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Cooperative groups: tiles of a warp whose shuffles name different members,
// groups of the lanes that happen to be together, and assert. Executed by
// test/Unit/Executor/DeviceFunctionsTest.cpp.

#include <cassert>
#include <cooperative_groups.h>
#include <cooperative_groups/reduce.h>

namespace cg = cooperative_groups;

// out: 0 sum over 32, 1 maximum over 8, 2 odd lanes, 3 lanes with the same
// value modulo 4, 4 block-wide count.
extern "C" __global__ void groups(const int *in, int *out, int n) {
  assert(n > 0);
  auto block = cg::this_thread_block();
  auto warp = cg::tiled_partition<32>(block);
  auto eight = cg::tiled_partition<8>(block);
  int i = block.thread_rank(), v = in[i], *o = out + 5 * i;
  o[0] = cg::reduce(warp, v, cg::plus<int>());
  o[1] = cg::reduce(eight, v, cg::greater<int>());
  o[2] = 0;
  if (v & 1) {
    auto odd = cg::coalesced_threads();
    o[2] = odd.size() * 100 + odd.thread_rank();
  }
  warp.sync();
  o[3] = __match_any_sync(0xffffffffu, v & 3);
  o[4] = __syncthreads_count(v > 2);
}

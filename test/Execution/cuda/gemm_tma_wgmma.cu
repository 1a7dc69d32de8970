// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// C = A * B^T in bf16 with f32 sums, as a Hopper kernel is written in CUDA: one
// warpgroup loads tiles of 128x256x64 by TMA into a ring of 4 stages, two
// multiply them by wgmma, 64 rows each, and store through stmatrix and TMA.
// Clusters of two blocks share the tile of B by multicast; blocks are
// persistent. M and N are multiples of 256, K of 64; 229440 bytes of dynamic
// shared memory.
//
//   A [M x K], B [N x K]  tensor maps, box 64 x 128, 128B swizzle
//   C [M x N]             tensor map, box 64 x 64, 128B swizzle

#include <cstdint>
#include <cuda_bf16.h>

struct alignas(64) TensorMap {
  char bytes[128];
};

constexpr unsigned Stages = 4, BytesA = 16384, BytesB = 32768;
constexpr unsigned StageBytes = BytesA + BytesB, BoxBytes = 8192;
constexpr unsigned Staging = Stages * StageBytes;
constexpr unsigned Full = Staging + 4 * BoxBytes, Empty = Full + 8 * Stages;

struct Ring {
  unsigned stage = 0, phase = 0;
  __device__ void advance() {
    phase ^= stage == Stages - 1;
    stage = stage == Stages - 1 ? 0 : stage + 1;
  }
};

__device__ void wait(unsigned barrier, unsigned phase) {
  asm volatile("{\n.reg .pred p;\nAGAIN:\n"
               "mbarrier.try_wait.parity.shared::cta.b64 p, [%0], %1;\n"
               "@!p bra AGAIN;\n}" ::"r"(barrier),
               "r"(phase)
               : "memory");
}

__device__ void load(unsigned to, const TensorMap &map, int x, int y,
                     unsigned barrier) {
  asm volatile("cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::"
               "complete_tx::bytes [%0], [%1, {%2, %3}], [%4];" ::"r"(to),
               "l"(&map), "r"(x), "r"(y), "r"(barrier)
               : "memory");
}

__device__ void loadForBoth(unsigned to, const TensorMap &map, int x, int y,
                            unsigned barrier) {
  asm volatile("cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::"
               "complete_tx::bytes.multicast::cluster [%0], [%1, {%2, %3}], "
               "[%4], %5;" ::"r"(to),
               "l"(&map), "r"(x), "r"(y), "r"(barrier), "h"(uint16_t(3))
               : "memory");
}

/// Of the barrier at that place of block `rank` of the cluster.
__device__ void arrive(unsigned barrier, unsigned rank) {
  asm volatile("{\n.reg .b32 a;\nmapa.shared::cluster.u32 a, %0, %1;\n"
               "mbarrier.arrive.shared::cluster.b64 _, [a];\n}" ::"r"(barrier),
               "r"(rank)
               : "memory");
}

/// A tile with rows of 128 bytes, swizzled.
__device__ uint64_t describe(unsigned address) {
  return uint64_t(address >> 4) | uint64_t(1) << 16 | uint64_t(64) << 32 |
         uint64_t(1) << 62;
}

#define TEN(i)                                                                 \
  "%" #i "0,%" #i "1,%" #i "2,%" #i "3,%" #i "4,%" #i "5,%" #i "6,%" #i        \
  "7,%" #i "8,%" #i "9,"
#define D8(i)                                                                  \
  "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3]), "+f"(d[i + 4]),  \
      "+f"(d[i + 5]), "+f"(d[i + 6]), "+f"(d[i + 7])

/// d = a * b + (accumulate ? d : 0) for 64 x 256 x 16.
__device__ void multiply(float (&d)[128], uint64_t a, uint64_t b,
                         int accumulate) {
  asm volatile("{\n.reg .pred p;\nsetp.ne.b32 p, %130, 0;\n"
               "wgmma.mma_async.sync.aligned.m64n256k16.f32.bf16.bf16 "
               "{%0,%1,%2,%3,%4,%5,%6,%7,%8,%9," TEN(1) TEN(2) TEN(3) TEN(4)
                   TEN(5) TEN(6) TEN(7) TEN(8) TEN(9) TEN(10)
                       TEN(11) "%120,%121,%122,%123,%124,%125,%126,%127}, "
                               "%128, %129, p, 1, 1, 0, 0;\n}"
               : D8(0), D8(8), D8(16), D8(24), D8(32), D8(40), D8(48), D8(56),
                 D8(64), D8(72), D8(80), D8(88), D8(96), D8(104), D8(112),
                 D8(120)
               : "l"(a), "l"(b), "r"(accumulate));
}

__device__ unsigned pack(float low, float high) {
  __nv_bfloat162 pair = __floats2bfloat162_rn(low, high);
  return *reinterpret_cast<unsigned *>(&pair);
}

/// 64 rows and 256 columns of a warpgroup, in boxes of 64 columns.
__device__ void store(const float (&d)[128], const TensorMap &map,
                      unsigned base, unsigned group, int row0, int column0) {
  unsigned lane = threadIdx.x % 32, warp = threadIdx.x % 128 / 32;
  unsigned row = warp * 16 + lane % 16;
  bool first = threadIdx.x % 128 == 0;
#pragma unroll
  for (int box = 0; box < 4; ++box) {
    unsigned to = base + Staging + (group * 2 + box % 2) * BoxBytes;
    if (first)
      asm volatile("cp.async.bulk.wait_group.read 1;" ::: "memory");
    asm volatile("bar.sync %0, 128;" ::"r"(group + 1) : "memory");
#pragma unroll
    for (int pair = 0; pair < 4; ++pair) {
      const float *v = d + (box * 4 + pair) * 8;
      unsigned piece = (pair * 2 + lane / 16) ^ (row % 8);
      asm volatile("stmatrix.sync.aligned.m8n8.x4.shared.b16 [%0], {%1, %2, "
                   "%3, %4};" ::"r"(to + row * 128 + piece * 16),
                   "r"(pack(v[0], v[1])), "r"(pack(v[2], v[3])),
                   "r"(pack(v[4], v[5])), "r"(pack(v[6], v[7]))
                   : "memory");
    }
    asm volatile(
        "fence.proxy.async.shared::cta;\nbar.sync %0, 128;" ::"r"(group + 1)
        : "memory");
    if (first)
      asm volatile("cp.async.bulk.tensor.2d.global.shared::cta.bulk_group [%0, "
                   "{%1, %2}], [%3];\ncp.async.bulk.commit_group;" ::"l"(&map),
                   "r"(column0 + box * 64), "r"(row0), "r"(to)
                   : "memory");
  }
}

__device__ void produce(const TensorMap &a, const TensorMap &b, unsigned base,
                        unsigned rank, int tilesM, int tiles, int k) {
  Ring ring;
  for (int tile = blockIdx.x / 2; tile < tiles; tile += gridDim.x / 2) {
    int row = tile % tilesM * 256 + rank * 128;
    int column = tile / tilesM * 256 + rank * 128;
    for (int k0 = 0; k0 < k; k0 += 64, ring.advance()) {
      unsigned full = base + Full + 8 * ring.stage;
      unsigned to = base + ring.stage * StageBytes;
      wait(base + Empty + 8 * ring.stage, ring.phase ^ 1);
      asm volatile(
          "mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(full),
          "r"(StageBytes)
          : "memory");
      load(to, a, k0, row, full);
      loadForBoth(to + BytesA + rank * 16384, b, k0, column, full);
    }
  }
}

__device__ void consume(const TensorMap &c, unsigned base, unsigned rank,
                        unsigned group, int tilesM, int tiles, int k) {
  Ring ring;
  float d[128];
  for (int tile = blockIdx.x / 2; tile < tiles; tile += gridDim.x / 2) {
    unsigned last = 0;
    for (int k0 = 0; k0 < k; k0 += 64, ring.advance()) {
      wait(base + Full + 8 * ring.stage, ring.phase);
      uint64_t a = describe(base + ring.stage * StageBytes + group * 8192);
      uint64_t b = describe(base + ring.stage * StageBytes + BytesA);
      asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#pragma unroll
      for (int slice = 0; slice < 4; ++slice)
        multiply(d, a + 2 * slice, b + 2 * slice, k0 + slice > 0);
      asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
      asm volatile("wgmma.wait_group.sync.aligned 1;" ::: "memory");
      if (k0 > 0 && threadIdx.x % 128 < 2)
        arrive(base + Empty + 8 * last, threadIdx.x % 128);
      last = ring.stage;
    }
    asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
    if (threadIdx.x % 128 < 2)
      arrive(base + Empty + 8 * last, threadIdx.x % 128);
    store(d, c, base, group, tile % tilesM * 256 + rank * 128 + group * 64,
          tile / tilesM * 256);
  }
  asm volatile("cp.async.bulk.wait_group 0;" ::: "memory");
}

extern "C" __global__ void __cluster_dims__(2, 1, 1) __launch_bounds__(384, 1)
    gemm_tma_wgmma(const __grid_constant__ TensorMap a,
                   const __grid_constant__ TensorMap b,
                   const __grid_constant__ TensorMap c, int m, int n, int k) {
  extern __shared__ __align__(1024) unsigned char shared[];
  unsigned base = __cvta_generic_to_shared(shared);
  unsigned rank = blockIdx.x % 2,
           group = __shfl_sync(~0u, threadIdx.x / 128, 0);
  if (threadIdx.x == 0) {
    for (unsigned stage = 0; stage < Stages; ++stage) {
      asm volatile(
          "mbarrier.init.shared.b64 [%0], 1;\n"
          "mbarrier.init.shared.b64 [%1], 4;" ::"r"(base + Full + 8 * stage),
          "r"(base + Empty + 8 * stage)
          : "memory");
    }
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
  }
  asm volatile(
      "barrier.cluster.arrive.aligned;\nbarrier.cluster.wait.aligned;" ::
          : "memory");
  int tilesM = m / 256, tiles = tilesM * (n / 256);
  if (group == 2) {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 40;");
    if (threadIdx.x == 256)
      produce(a, b, base, rank, tilesM, tiles, k);
  } else {
    asm volatile("setmaxnreg.inc.sync.aligned.u32 232;");
    consume(c, base, rank, group, tilesM, tiles, k);
  }
  asm volatile("barrier.cluster.arrive;\nbarrier.cluster.wait;" ::: "memory");
}

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// C = A * B in f16 with f32 sums, all row-major, for the executor's tests: tile
// 128x128x32, 4 warps of 64x64, a ring of 3 stages filled by cp.async with zero
// fill at the edges, XOR-swizzled shared memory, ldmatrix, mma.sync m16n8k16.
// Leading dimensions are multiples of 8.

#include <cuda_fp16.h>

constexpr int TileM = 128, TileN = 128, TileK = 32, Stages = 3, Threads = 128;
constexpr int BytesA = TileM * TileK * 2, BytesB = TileK * TileN * 2;

// Rows of A have 4 pieces of 16 bytes, rows of B 16.
__device__ int placeA(int row, int piece) {
  return row * 64 + ((piece ^ (row / 2 % 4)) * 16);
}
__device__ int placeB(int row, int piece) {
  return row * 256 + ((piece ^ (row % 8)) * 16);
}

__device__ void copy16(unsigned to, const __half *from, int bytes) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to),
               "l"(from), "r"(bytes));
}

__device__ int validBytes(int row, int rows, int column, int columns) {
  int bytes = (columns - column) * 2;
  return row >= rows || bytes <= 0 ? 0 : bytes < 16 ? bytes : 16;
}

__device__ void loadStage(unsigned base, const __half *a, const __half *b,
                          int m, int n, int k, int row0, int column0, int k0) {
  for (int i = threadIdx.x; i < TileM * 4; i += Threads) {
    int row = i / 4, piece = i % 4;
    int bytes = validBytes(row0 + row, m, k0 + piece * 8, k);
    const __half *from =
        bytes ? a + (size_t)(row0 + row) * k + k0 + piece * 8 : a;
    copy16(base + placeA(row, piece), from, bytes);
  }
  for (int i = threadIdx.x; i < TileK * 16; i += Threads) {
    int row = i / 16, piece = i % 16;
    int bytes = validBytes(k0 + row, k, column0 + piece * 8, n);
    const __half *from =
        bytes ? b + (size_t)(k0 + row) * n + column0 + piece * 8 : b;
    copy16(base + BytesA + placeB(row, piece), from, bytes);
  }
}

__device__ void multiply(float (&d)[4], const unsigned (&a)[4], unsigned b0,
                         unsigned b1) {
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
               "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

__device__ void computeStage(unsigned base, float (&sum)[4][8][4]) {
  int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  int rowA = warp / 2 * 64 + lane % 16, pieceB = warp % 2 * 8 + lane / 16;
#pragma unroll
  for (int k = 0; k < 2; ++k) {
    unsigned a[4][4], b[8][2];
#pragma unroll
    for (int i = 0; i < 4; ++i)
      asm volatile(
          "ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
          : "=r"(a[i][0]), "=r"(a[i][1]), "=r"(a[i][2]), "=r"(a[i][3])
          : "r"(base + placeA(rowA + 16 * i, 2 * k + lane / 16)));
#pragma unroll
    for (int j = 0; j < 8; j += 2)
      asm volatile(
          "ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
          : "=r"(b[j][0]), "=r"(b[j][1]), "=r"(b[j + 1][0]), "=r"(b[j + 1][1])
          : "r"(base + BytesA + placeB(16 * k + lane % 16, pieceB + j)));
#pragma unroll
    for (int i = 0; i < 4; ++i)
#pragma unroll
      for (int j = 0; j < 8; ++j)
        multiply(sum[i][j], a[i], b[j][0], b[j][1]);
  }
}

__device__ void storePair(__half *c, int row, int column, int m, int n, float x,
                          float y) {
  if (row < m && column < n)
    *reinterpret_cast<__half2 *>(c + (size_t)row * n + column) =
        __floats2half2_rn(x, y);
}

extern "C" __global__ void __launch_bounds__(Threads)
    gemm(const __half *a, const __half *b, __half *c, int m, int n, int k) {
  __shared__ __align__(128) unsigned char shared[Stages * (BytesA + BytesB)];
  unsigned base = (unsigned)__cvta_generic_to_shared(shared);
  int row0 = blockIdx.y * TileM, column0 = blockIdx.x * TileN;
  float sum[4][8][4] = {};
  int steps = (k + TileK - 1) / TileK;
  for (int stage = 0; stage < Stages - 1; ++stage) {
    if (stage < steps)
      loadStage(base + stage * (BytesA + BytesB), a, b, m, n, k, row0, column0,
                stage * TileK);
    asm volatile("cp.async.commit_group;");
  }
  for (int step = 0; step < steps; ++step) {
    asm volatile("cp.async.wait_group 1;" ::: "memory");
    __syncthreads();
    int next = step + Stages - 1;
    if (next < steps)
      loadStage(base + next % Stages * (BytesA + BytesB), a, b, m, n, k, row0,
                column0, next * TileK);
    asm volatile("cp.async.commit_group;");
    computeStage(base + step % Stages * (BytesA + BytesB), sum);
  }
  int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  int row = row0 + warp / 2 * 64 + lane / 4;
  int column = column0 + warp % 2 * 64 + lane % 4 * 2;
#pragma unroll
  for (int i = 0; i < 4; ++i)
#pragma unroll
    for (int j = 0; j < 8; ++j) {
      storePair(c, row + 16 * i, column + 8 * j, m, n, sum[i][j][0],
                sum[i][j][1]);
      storePair(c, row + 16 * i + 8, column + 8 * j, m, n, sum[i][j][2],
                sum[i][j][3]);
    }
}

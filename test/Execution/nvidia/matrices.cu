// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tensor cores by nvcuda::wmma in all its types, and a small attention forward
// with an online softmax, in wmma and plain CUDA.

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <mma.h>

using namespace nvcuda;

// D = A * B + C of one warp, any shape and types; A row-major, B column-major.
template <int M, int N, int K, class In, class Fragment, class Sum>
__device__ void multiply(const In *a, const In *b, const Sum *c, Sum *d) {
  wmma::fragment<wmma::matrix_a, M, N, K, Fragment, wmma::row_major> fa;
  wmma::fragment<wmma::matrix_b, M, N, K, Fragment, wmma::col_major> fb;
  wmma::fragment<wmma::accumulator, M, N, K, Sum> fc;
  wmma::load_matrix_sync(fa, a, K);
  wmma::load_matrix_sync(fb, b, K);
  wmma::load_matrix_sync(fc, c, N, wmma::mem_row_major);
  wmma::mma_sync(fc, fa, fb, fc);
  wmma::store_matrix_sync(d, fc, N, wmma::mem_row_major);
}

#define WMMA(name, M, N, K, In, Fragment, Sum)                                 \
  extern "C" __global__ void name(const In *a, const In *b, const Sum *c,      \
                                  Sum *d) {                                    \
    multiply<M, N, K, In, Fragment, Sum>(a, b, c, d);                          \
  }
WMMA(wmma_f16, 16, 16, 16, __half, __half, float)
WMMA(wmma_f16_wide, 8, 32, 16, __half, __half, float)
WMMA(wmma_f16_tall, 32, 8, 16, __half, __half, __half)
WMMA(wmma_bf16, 16, 16, 16, __nv_bfloat16, __nv_bfloat16, float)
WMMA(wmma_tf32, 16, 16, 8, float, wmma::precision::tf32, float)
WMMA(wmma_f64, 8, 8, 4, double, double, double)
WMMA(wmma_s8, 16, 16, 16, signed char, signed char, int)
WMMA(wmma_u8, 32, 8, 16, unsigned char, unsigned char, int)

constexpr int Head = 32, Rows = 16;

// One warp per 16 queries; keys and values in tiles of 16.
extern "C" __global__ void attention(const __half *q, const __half *k,
                                     const __half *v, float *out, int keys) {
  __shared__ float scores[Rows][16], sums[Rows], peaks[Rows], scales[Rows],
      acc[Rows][Head];
  __shared__ __half weights[Rows][16];
  int lane = threadIdx.x, row0 = blockIdx.x * Rows;
  for (int i = lane; i < Rows * Head; i += 32)
    acc[i / Head][i % Head] = 0;
  if (lane < Rows)
    sums[lane] = 0, peaks[lane] = -1e30f;
  __syncwarp();
  for (int key = 0; key < keys; key += 16) {
    wmma::fragment<wmma::accumulator, 16, 16, 16, float> s;
    wmma::fill_fragment(s, 0.0f);
    for (int d = 0; d < Head; d += 16) {
      wmma::fragment<wmma::matrix_a, 16, 16, 16, __half, wmma::row_major> fq;
      wmma::fragment<wmma::matrix_b, 16, 16, 16, __half, wmma::col_major> fk;
      wmma::load_matrix_sync(fq, q + row0 * Head + d, Head);
      wmma::load_matrix_sync(fk, k + key * Head + d, Head);
      wmma::mma_sync(s, fq, fk, s);
    }
    wmma::store_matrix_sync(&scores[0][0], s, 16, wmma::mem_row_major);
    __syncwarp();
    if (lane < Rows) {
      float peak = peaks[lane], sum = 0;
      for (int j = 0; j < 16; ++j)
        peak = fmaxf(peak, scores[lane][j] * 0.1767767f);
      for (int j = 0; j < 16; ++j) {
        float w = __expf(scores[lane][j] * 0.1767767f - peak);
        weights[lane][j] = __float2half(w);
        sum += w;
      }
      scales[lane] = __expf(peaks[lane] - peak);
      sums[lane] = sums[lane] * scales[lane] + sum;
      peaks[lane] = peak;
    }
    __syncwarp();
    for (int d = 0; d < Head; d += 16) {
      for (int i = lane; i < Rows * 16; i += 32)
        acc[i / 16][d + i % 16] *= scales[i / 16];
      __syncwarp();
      wmma::fragment<wmma::matrix_a, 16, 16, 16, __half, wmma::row_major> fw;
      wmma::fragment<wmma::matrix_b, 16, 16, 16, __half, wmma::row_major> fv;
      wmma::fragment<wmma::accumulator, 16, 16, 16, float> fo;
      wmma::load_matrix_sync(fw, &weights[0][0], 16);
      wmma::load_matrix_sync(fv, v + key * Head + d, Head);
      wmma::load_matrix_sync(fo, &acc[0][d], Head, wmma::mem_row_major);
      wmma::mma_sync(fo, fw, fv, fo);
      wmma::store_matrix_sync(&acc[0][d], fo, Head, wmma::mem_row_major);
      __syncwarp();
    }
  }
  for (int i = lane; i < Rows * Head; i += 32)
    out[row0 * Head + i] = acc[i / Head][i % Head] / sums[i / Head];
}

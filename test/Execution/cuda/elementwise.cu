// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Element-wise kernels for the executor's tests: half and bfloat16 intrinsics,
// transcendental functions of CUDA's library, integer division.

#include <cuda_bf16.h>
#include <cuda_fp16.h>

extern "C" __global__ void gelu_half(const __half *x, __half *y, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n)
    return;
  float v = __half2float(x[i]);
  y[i] = __float2half(0.5f * v * (1.0f + erff(v * 0.70710678f)));
}

extern "C" __global__ void mix_bf16(const __nv_bfloat16 *a,
                                    const __nv_bfloat16 *b, float *out,
                                    __nv_bfloat16 *rounded, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n)
    return;
  float x = __bfloat162float(a[i]), y = __bfloat162float(b[i]);
  float v = tanhf(x) * y + expf(-fabsf(x)) + rsqrtf(1.0f + y * y);
  out[i] = v;
  rounded[i] = __float2bfloat16(v);
}

// Whole numbers, so that every intermediate is exact.
extern "C" __global__ void packed_half(const __half2 *a, const __half2 *b,
                                       __half2 *out, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n)
    return;
  __half2 two = __float2half2_rn(2.0f);
  __half2 v = __hfma2(a[i], b[i], two);
  v = __hsub2(v, __hmul2(b[i], two));
  out[i] = __hmax2(v, __float2half2_rn(0.0f));
}

// A strided gather whose index needs division and remainder, 32 and 64 bits.
extern "C" __global__ void divide(const int *in, long long *out, int n,
                                  int width, unsigned divisor, long long wide) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n;
       i += gridDim.x * blockDim.x) {
    int value = in[(i % width) * (n / width) + i / width];
    long long quotient = value / 7 + value % 13;
    quotient += (unsigned)value / divisor - (unsigned)value % divisor;
    out[i] = quotient + ((long long)value * 1000003LL) / wide;
  }
}

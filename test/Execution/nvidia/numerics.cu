// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// NVIDIA's types and functions: fp8, bf16 and half by their headers, the math
// library in single and double precision, SIMD intrinsics of bytes and
// halfwords.

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_fp8.h>

extern "C" __global__ void to_fp8(const float *in, unsigned char *e4m3,
                                  unsigned char *e5m2, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) {
    e4m3[i] = __nv_fp8_e4m3(in[i]).__x;
    e5m2[i] = __nv_fp8_e5m2(in[i]).__x;
  }
}

extern "C" __global__ void from_fp8(const unsigned char *in, float *e4m3,
                                    float *e5m2) {
  __nv_fp8_e4m3 a;
  __nv_fp8_e5m2 b;
  a.__x = b.__x = in[threadIdx.x];
  e4m3[threadIdx.x] = float(a);
  e5m2[threadIdx.x] = float(b);
}

extern "C" __global__ void halves(const __half2 *a, const __half2 *b,
                                  __half2 *out) {
  int i = threadIdx.x;
  __half2 x = a[i], y = b[i];
  out[6 * i] = __hadd2(x, y);
  out[6 * i + 1] = __hmul2(x, y);
  out[6 * i + 2] = __hfma2(x, y, x);
  out[6 * i + 3] = __hmax2(x, y);
  out[6 * i + 4] = h2exp2(__hmin2(x, __float2half2_rn(4.0f)));
  out[6 * i + 5] = __hsub2(x, y);
}

extern "C" __global__ void
brains(const __nv_bfloat162 *a, const __nv_bfloat162 *b, __nv_bfloat162 *out) {
  int i = threadIdx.x;
  out[3 * i] = __hadd2(a[i], b[i]);
  out[3 * i + 1] = __hmul2(a[i], b[i]);
  out[3 * i + 2] = __hfma2(a[i], b[i], b[i]);
}

extern "C" __global__ void math(const float *in, float *out) {
  int i = threadIdx.x;
  float x = in[i], *o = out + 12 * i;
  o[0] = expf(x), o[1] = logf(fabsf(x) + 0.5f), o[2] = sinf(x), o[3] = cosf(x);
  o[4] = tanhf(x), o[5] = erff(x), o[6] = powf(fabsf(x) + 0.1f, 1.7f),
  o[7] = sqrtf(fabsf(x));
  o[8] = rsqrtf(fabsf(x) + 1), o[9] = atan2f(x, 2.0f), o[10] = cbrtf(x),
  o[11] = lgammaf(fabsf(x) + 1);
}

extern "C" __global__ void math_double(const double *in, double *out) {
  int i = threadIdx.x;
  double x = in[i], *o = out + 6 * i;
  o[0] = exp(x), o[1] = log(fabs(x) + 0.5), o[2] = sin(x), o[3] = erf(x);
  o[4] = pow(fabs(x) + 0.1, 1.7), o[5] = tanh(x);
}

extern "C" __global__ void simd(const unsigned *a, const unsigned *b,
                                unsigned *out) {
  int i = threadIdx.x;
  unsigned x = a[i], y = b[i], *o = out + 12 * i;
  o[0] = __vadd4(x, y), o[1] = __vsub2(x, y), o[2] = __vmaxs2(x, y),
  o[3] = __vcmpgtu4(x, y);
  o[4] = __vaddss2(x, y), o[5] = __vavgu4(x, y),
  o[6] = __dp4a(int(x), int(y), 5);
  o[7] = __byte_perm(x, y, 0x6240);
  o[8] = __vabsdiffu4(x, y), o[9] = __vsadu4(x, y), o[10] = __vsads2(x, y),
  o[11] = __vabsdiffs4(x, y);
}

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What CUDA's device headers make of ordinary C++: the math library, integer
// intrinsics, packed halves, atomics, calls and local arrays. Executed by
// test/Unit/Executor/DeviceFunctionsTest.cpp.

#include <cuda_bf16.h>
#include <cuda_fp16.h>

static __device__ int threadIndex() {
  return blockIdx.x * blockDim.x + threadIdx.x;
}

// out[18 * i + k]: the k-th function of x[i].
extern "C" __global__ void math_f32(const float *x, float *out, int n) {
  int i = threadIndex();
  if (i >= n)
    return;
  float v = x[i], *o = out + 18 * i;
  o[0] = sinf(v);
  o[1] = cosf(v);
  o[2] = expf(v);
  o[3] = logf(fabsf(v));
  o[4] = powf(fabsf(v), 1.3f);
  o[5] = erff(v);
  o[6] = tanhf(v);
  o[7] = rsqrtf(fabsf(v));
  o[8] = fmodf(v, 2.5f);
  o[9] = cbrtf(v);
  o[10] = roundf(v);
  o[11] = truncf(v);
  o[12] = atan2f(v, 2.0f);
  o[13] = exp2f(v);
  o[14] = log1pf(fabsf(v));
  o[15] = __frcp_rz(v);
  o[16] = __fsqrt_rd(fabsf(v));
  o[17] = v / 3.0f;
}

extern "C" __global__ void math_f64(const double *x, double *out, int n) {
  int i = threadIndex();
  if (i >= n)
    return;
  double v = x[i], *o = out + 8 * i;
  o[0] = sin(v);
  o[1] = exp(v);
  o[2] = log(fabs(v));
  o[3] = sqrt(fabs(v));
  o[4] = pow(fabs(v), 1.1);
  o[5] = fma(v, v, 1.0);
  o[6] = floor(v);
  o[7] = (double)(long long)(v * 1e6);
}

extern "C" __global__ void integers(const unsigned *a, unsigned *small,
                                    unsigned long long *wide, int n) {
  int i = threadIndex();
  if (i >= n)
    return;
  unsigned x = a[i], *s = small + 12 * i;
  s[0] = __byte_perm(x, x * 3, 0x3120);
  s[1] = __funnelshift_l(x, ~x, 5);
  s[2] = __brev(x);
  s[3] = __popc(x) * 100 + __clz(x);
  s[4] = __ffs(x);
  s[5] = __dp4a((int)x, 0x01ff7f80, 3);
  s[6] = x << 3 | x >> 29;
  s[7] = __umulhi(x, x);
  s[8] = __sad((int)x, 3, 1u);
  s[9] = x / 7;
  s[10] = x % 11;
  s[11] = (unsigned)((int)x / -3);
  unsigned long long l = (unsigned long long)x * x, *w = wide + 4 * i;
  w[0] = l / (x | 1) + l % 1000003;
  w[1] = __umul64hi(l, ~l);
  w[2] = __brevll(l) + __popcll(l) + __clzll(l);
  unsigned __int128 big = (unsigned __int128)l * l + x;
  w[3] = (unsigned long long)(big >> 64) ^ (unsigned long long)big;
}

// Halves and comparisons in pairs.
extern "C" __global__ void halves(const __half2 *a, const __half2 *b,
                                  __half2 *out, int n) {
  int i = threadIndex();
  if (i >= n)
    return;
  __half2 x = a[i], y = b[i], *o = out + 6 * i;
  o[0] = __hfma2(x, y, x);
  o[1] = __hmax2(x, y);
  o[2] = __hlt2(x, y);
  o[3] = __hbgt2(x, y) ? __hneg2(x) : y;
  o[4] = __hfma2_relu(x, y, y);
  o[5] = h2rint(x);
}

// A lock, a counter and a histogram.
extern "C" __global__ void atomics(int *lock, int *counter, float *sum,
                                   unsigned *bins) {
  __shared__ unsigned own[16];
  if (threadIdx.x < 16)
    own[threadIdx.x] = 0;
  __syncthreads();
  atomicAdd(&own[threadIdx.x % 13], 1u);
  __syncthreads();
  if (threadIdx.x < 16)
    atomicAdd(&bins[threadIdx.x], own[threadIdx.x]);
  atomicAdd(sum, 0.5f);
  for (bool done = false; !done;) {
    if (atomicCAS(lock, 0, 1) == 0) {
      *(volatile int *)counter = *(volatile int *)counter + 1;
      __threadfence();
      atomicExch(lock, 0);
      done = true;
    }
  }
}

struct Table {
  float entries[37];
};
static __device__ __noinline__ float lookUp(Table table, int k) {
  return table.entries[k % 37];
}

extern "C" __global__ void calls(float *out, Table table, int n) {
  float local[64];
  int i = threadIdx.x;
  for (int k = 0; k < 64; ++k)
    local[(k * 7) % 64] = k * n;
  switch ((i + n) & 7) {
  case 0:
    local[i] += lookUp(table, i);
    break;
  case 1:
    local[i] += 2 * lookUp(table, i + 5);
    break;
  case 2:
    local[i] = -1;
    break;
  case 3:
    local[i] *= 3;
    break;
  case 4:
    local[i] -= 7;
    break;
  case 5:
    local[i] += local[(i + 1) % 64];
    break;
  default:
    break;
  }
  out[i] = local[i];
}

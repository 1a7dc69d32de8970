// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Row softmax for the executor's tests: one CTA per row, reductions by warp
// shuffles and shared memory, a column count that is no multiple of anything.

__device__ float reduce(float value, float *partial, bool maximum) {
  for (int offset = 16; offset > 0; offset /= 2) {
    float other = __shfl_xor_sync(0xffffffffu, value, offset);
    value = maximum ? fmaxf(value, other) : value + other;
  }
  int warp = threadIdx.x / 32;
  if (threadIdx.x % 32 == 0)
    partial[warp] = value;
  __syncthreads();
  value = partial[0];
  for (int i = 1; i < (int)blockDim.x / 32; ++i)
    value = maximum ? fmaxf(value, partial[i]) : value + partial[i];
  __syncthreads();
  return value;
}

extern "C" __global__ void softmax(const float *in, float *out, int columns) {
  __shared__ float partial[32];
  const float *row = in + (size_t)blockIdx.x * columns;
  float *result = out + (size_t)blockIdx.x * columns;
  float largest = -3.0e38f;
  for (int i = threadIdx.x; i < columns; i += blockDim.x)
    largest = fmaxf(largest, row[i]);
  largest = reduce(largest, partial, true);
  float sum = 0;
  for (int i = threadIdx.x; i < columns; i += blockDim.x)
    sum += expf(row[i] - largest);
  sum = reduce(sum, partial, false);
  for (int i = threadIdx.x; i < columns; i += blockDim.x)
    result[i] = expf(row[i] - largest) / sum;
}

// Ballots, votes and a warp prefix sum, with lanes that diverge.
extern "C" __global__ void warp_tricks(const int *in, int *out) {
  int lane = threadIdx.x % 32;
  int value = in[blockIdx.x * blockDim.x + threadIdx.x];
  int sum = value;
  for (int offset = 1; offset < 32; offset *= 2) {
    int below = __shfl_up_sync(0xffffffffu, sum, offset);
    if (lane >= offset)
      sum += below;
  }
  unsigned odd = __ballot_sync(0xffffffffu, value & 1);
  int extra;
  if (value & 1)
    extra = __popc(odd & ((1u << lane) - 1));
  else
    extra = -__reduce_add_sync(~odd, 1);
  out[blockIdx.x * blockDim.x + threadIdx.x] = sum * 100 + extra;
}

// A histogram with shared and global atomics.
extern "C" __global__ void histogram(const int *in, int *bins, int n) {
  __shared__ int local[16];
  if (threadIdx.x < 16)
    local[threadIdx.x] = 0;
  __syncthreads();
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n;
       i += gridDim.x * blockDim.x)
    atomicAdd(&local[in[i] & 15], 1);
  __syncthreads();
  if (threadIdx.x < 16)
    atomicAdd(&bins[threadIdx.x], local[threadIdx.x]);
}

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The part of the CUDA driver API that a launch plan needs, declared here so
// that no CUDA header is needed to build, and loaded from libcuda.so.1 at run
// time. Names, values and layouts are those of NVIDIA's cuda.h, which promises
// them to be stable.

#ifndef DLK_LIB_RUNTIME_CUDADRIVER_H
#define DLK_LIB_RUNTIME_CUDADRIVER_H

#include "llvm/Support/Error.h"
#include <cstdint>
#include <memory>

namespace dlk::runtime::cuda {

using CUresult = int;
using CUdevice = int;
using CUcontext = void *;
using CUmodule = void *;
using CUfunction = void *;
using CUstream = void *;
using CUevent = void *;
using CUdeviceptr = unsigned long long;

constexpr CUresult CUDA_SUCCESS = 0;
constexpr CUresult CUDA_ERROR_ILLEGAL_ADDRESS = 700;
constexpr CUresult CUDA_ERROR_MISALIGNED_ADDRESS = 716;
constexpr CUresult CUDA_ERROR_LAUNCH_TIMEOUT = 702;
constexpr int CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE = 38;
constexpr int CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES = 8;
constexpr int CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED = 14;
constexpr int CU_JIT_ERROR_LOG_BUFFER = 5;
constexpr int CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES = 6;
constexpr int CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION = 4;

struct CUlaunchAttribute {
  int id;
  char pad[4];
  /// The value is a union of 64 bytes; this member of it is the cluster's.
  union {
    char bytes[64];
    struct {
      unsigned x, y, z;
    } clusterDim;
  };
};
static_assert(sizeof(CUlaunchAttribute) == 72);

struct CUlaunchConfig {
  unsigned gridDimX, gridDimY, gridDimZ;
  unsigned blockDimX, blockDimY, blockDimZ;
  unsigned sharedMemBytes;
  CUstream hStream;
  CUlaunchAttribute *attrs;
  unsigned numAttrs;
};

struct alignas(64) CUtensorMap {
  uint64_t opaque[16];
};

/// The functions, named as in the library. X(return type is CUresult).
#define DLK_CUDA_FUNCTIONS(X)                                                  \
  X(cuInit, (unsigned flags))                                                  \
  X(cuGetErrorName, (CUresult error, const char **name))                       \
  X(cuDeviceGetCount, (int *count))                                            \
  X(cuDeviceGet, (CUdevice * device, int ordinal))                             \
  X(cuDeviceGetName, (char *name, int length, CUdevice device))                \
  X(cuDeviceGetAttribute, (int *value, int attribute, CUdevice device))        \
  X(cuDevicePrimaryCtxRetain, (CUcontext * context, CUdevice device))          \
  X(cuDevicePrimaryCtxRelease_v2, (CUdevice device))                           \
  X(cuCtxSetCurrent, (CUcontext context))                                      \
  X(cuCtxSynchronize, ())                                                      \
  X(cuModuleLoadDataEx, (CUmodule * module, const void *image, unsigned count, \
                         int *options, void **values))                         \
  X(cuModuleUnload, (CUmodule module))                                         \
  X(cuModuleGetFunction,                                                       \
    (CUfunction * function, CUmodule module, const char *name))                \
  X(cuFuncSetAttribute, (CUfunction function, int attribute, int value))       \
  X(cuLaunchKernel,                                                            \
    (CUfunction function, unsigned gridX, unsigned gridY, unsigned gridZ,      \
     unsigned blockX, unsigned blockY, unsigned blockZ, unsigned sharedBytes,  \
     CUstream stream, void **params, void **extra))                            \
  X(cuMemAlloc_v2, (CUdeviceptr * address, size_t bytes))                      \
  X(cuMemFree_v2, (CUdeviceptr address))                                       \
  X(cuMemcpyHtoD_v2, (CUdeviceptr to, const void *from, size_t bytes))         \
  X(cuMemcpyDtoH_v2, (void *to, CUdeviceptr from, size_t bytes))               \
  X(cuMemsetD8_v2, (CUdeviceptr to, unsigned char value, size_t bytes))        \
  X(cuEventCreate, (CUevent * event, unsigned flags))                          \
  X(cuEventDestroy_v2, (CUevent event))                                        \
  X(cuEventRecord, (CUevent event, CUstream stream))                           \
  X(cuEventSynchronize, (CUevent event))                                       \
  X(cuEventElapsedTime, (float *milliseconds, CUevent start, CUevent end))

/// Functions of newer drivers; null where the driver does not have them.
#define DLK_CUDA_NEWER_FUNCTIONS(X)                                            \
  X(cuLaunchKernelEx, (const CUlaunchConfig *config, CUfunction function,      \
                       void **params, void **extra))                           \
  X(cuTensorMapEncodeTiled,                                                    \
    (CUtensorMap * map, int type, uint32_t rank, void *address,                \
     const uint64_t *dims, const uint64_t *strides, const uint32_t *box,       \
     const uint32_t *elementStrides, int interleave, int swizzle,              \
     int l2Promotion, int oobFill))                                            \
  X(cuTensorMapEncodeIm2col,                                                   \
    (CUtensorMap * map, int type, uint32_t rank, void *address,                \
     const uint64_t *dims, const uint64_t *strides, const int *lower,          \
     const int *upper, uint32_t channels, uint32_t pixels,                     \
     const uint32_t *elementStrides, int interleave, int swizzle,              \
     int l2Promotion, int oobFill))

/// The loaded library; stays loaded until the process ends.
struct Driver {
#define DLK_CUDA_MEMBER(name, parameters) CUresult(*name) parameters = nullptr;
  DLK_CUDA_FUNCTIONS(DLK_CUDA_MEMBER)
  DLK_CUDA_NEWER_FUNCTIONS(DLK_CUDA_MEMBER)
#undef DLK_CUDA_MEMBER

  static llvm::Expected<Driver> load();

  /// "<what>: CUDA_ERROR_OUT_OF_MEMORY", or success.
  llvm::Error check(CUresult result, const llvm::Twine &what) const;
};

} // namespace dlk::runtime::cuda

#endif // DLK_LIB_RUNTIME_CUDADRIVER_H

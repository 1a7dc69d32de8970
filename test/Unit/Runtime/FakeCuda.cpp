// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A CUDA driver without a GPU, for the tests of the runtime's CUDA device:
// memory is the host's, and the only kernels are those of the tests, in C++.
// Each call of interest is a line on stderr. The environment chooses a fault,
// see FAKE_CUDA below. It says nothing about a real driver.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

namespace {

struct Kernel {
  const char *name;
  void (*run)(void **params, unsigned threads);
};

float *getPointer(void *param) { return *static_cast<float **>(param); }

const Kernel kernels[] = {
    {"add",
     [](void **params, unsigned threads) {
       for (unsigned i = 0; i < threads; ++i)
         getPointer(params[2])[i] =
             getPointer(params[0])[i] + getPointer(params[1])[i];
     }},
    {"increment",
     [](void **params, unsigned threads) {
       for (unsigned i = 0; i < threads; ++i)
         getPointer(params[0])[i] += *static_cast<float *>(params[1]);
     }},
    {"mapped", [](void **, unsigned) {}},
    {"k", [](void **, unsigned) {}}, // of the conformance kit
    {"past_end",
     [](void **params, unsigned threads) {
       for (unsigned i = 0; i < threads; ++i)
         getPointer(params[0])[i + 1] = float(i);
     }},
};

/// FAKE_CUDA: "oldcubin" refuses cubins, "badptx" everything, "fault" fails
/// when a kernel has run, "hang" waits for ever then, "nodevice" has no device.
bool hasFault(const char *fault) {
  const char *chosen = std::getenv("FAKE_CUDA");
  return chosen && std::strcmp(chosen, fault) == 0;
}

int launch(void *function, const unsigned *grid, const unsigned *block,
           unsigned sharedBytes, const unsigned *cluster, void **params) {
  auto *kernel = static_cast<const Kernel *>(function);
  std::fprintf(stderr,
               "launch %s grid %u,%u,%u block %u,%u,%u shared %u cluster "
               "%u,%u,%u\n",
               kernel->name, grid[0], grid[1], grid[2], block[0], block[1],
               block[2], sharedBytes, cluster[0], cluster[1], cluster[2]);
  kernel->run(params, block[0]);
  return 0;
}

struct LaunchConfig {
  unsigned grid[3], block[3], sharedBytes;
  void *stream;
  struct {
    int id;
    char pad[4];
    unsigned cluster[16];
  } *attributes;
  unsigned count;
};

} // namespace

extern "C" {

int cuInit(unsigned) { return 0; }
int cuGetErrorName(int error, const char **name) {
  *name = error == 209   ? "CUDA_ERROR_NO_BINARY_FOR_GPU"
          : error == 218 ? "CUDA_ERROR_INVALID_PTX"
          : error == 500 ? "CUDA_ERROR_NOT_FOUND"
          : error == 700 ? "CUDA_ERROR_ILLEGAL_ADDRESS"
                         : "CUDA_ERROR_UNKNOWN";
  return 0;
}
int cuDeviceGetCount(int *count) {
  *count = hasFault("nodevice") ? 0 : 1;
  return 0;
}
int cuDeviceGet(int *device, int) {
  *device = 0;
  return 0;
}
int cuDeviceGetName(char *name, int length, int) {
  std::snprintf(name, size_t(length), "Fake");
  return 0;
}
int cuDeviceGetAttribute(int *value, int attribute, int) {
  *value = attribute == 38 ? 1 << 20 : attribute == 75 ? 9 : 0;
  return 0;
}
int cuDriverGetVersion(int *version) {
  *version = 13000;
  return 0;
}
int cuDevicePrimaryCtxRetain(void **context, int) {
  *context = context;
  return 0;
}
int cuDevicePrimaryCtxRelease_v2(int) { return 0; }
int cuCtxSetCurrent(void *) { return 0; }
int cuCtxSynchronize() {
  while (hasFault("hang"))
    pause();
  return hasFault("fault") ? 700 : 0;
}
int cuModuleLoadDataEx(void **module, const void *image, unsigned count,
                       int *options, void **values) {
  bool isPtx = std::strstr(static_cast<const char *>(image), ".version");
  std::fprintf(stderr, "load %s\n", isPtx ? "ptx" : "cubin");
  if (hasFault("badptx") && isPtx) {
    for (unsigned i = 0; i < count; ++i)
      if (options[i] == 5)
        std::strcpy(static_cast<char *>(values[i]), "ptxas fake: line 3\n");
    return 218;
  }
  if ((hasFault("oldcubin") || hasFault("badptx")) && !isPtx)
    return 209;
  *module = module;
  return 0;
}
int cuModuleUnload(void *) { return 0; }
int cuModuleGetFunction(void **function, void *, const char *name) {
  for (const Kernel &kernel : kernels)
    if (std::strcmp(kernel.name, name) == 0) {
      *function = const_cast<Kernel *>(&kernel);
      return 0;
    }
  return 500;
}
int cuFuncSetAttribute(void *, int attribute, int value) {
  std::fprintf(stderr, "attribute %d = %d\n", attribute, value);
  return 0;
}
int cuLaunchKernel(void *function, unsigned gx, unsigned gy, unsigned gz,
                   unsigned bx, unsigned by, unsigned bz, unsigned sharedBytes,
                   void *, void **params, void **) {
  unsigned grid[] = {gx, gy, gz}, block[] = {bx, by, bz}, cluster[] = {1, 1, 1};
  return launch(function, grid, block, sharedBytes, cluster, params);
}
int cuLaunchKernelEx(const LaunchConfig *config, void *function, void **params,
                     void **) {
  return launch(function, config->grid, config->block, config->sharedBytes,
                config->attributes[0].cluster, params);
}
int cuMemAlloc_v2(unsigned long long *address, size_t bytes) {
  *address = reinterpret_cast<unsigned long long>(
      std::aligned_alloc(256, (bytes + 255) / 256 * 256));
  return 0;
}
int cuMemFree_v2(unsigned long long address) {
  std::free(reinterpret_cast<void *>(address));
  return 0;
}
int cuMemcpyHtoD_v2(unsigned long long to, const void *from, size_t bytes) {
  std::memcpy(reinterpret_cast<void *>(to), from, bytes);
  return 0;
}
int cuMemcpyDtoH_v2(void *to, unsigned long long from, size_t bytes) {
  std::memcpy(to, reinterpret_cast<void *>(from), bytes);
  return 0;
}
int cuMemsetD8_v2(unsigned long long to, unsigned char value, size_t bytes) {
  std::memset(reinterpret_cast<void *>(to), value, bytes);
  return 0;
}
int cuEventCreate(void **event, unsigned) {
  *event = event;
  return 0;
}
int cuEventDestroy_v2(void *) { return 0; }
int cuEventRecord(void *, void *) { return 0; }
int cuEventSynchronize(void *) { return 0; }
int cuEventElapsedTime(float *milliseconds, void *, void *) {
  *milliseconds = 0.5f;
  return 0;
}
int cuTensorMapEncodeTiled(uint64_t *map, int type, uint32_t rank, void *,
                           const uint64_t *dims, const uint64_t *strides,
                           const uint32_t *box, const uint32_t *, int,
                           int swizzle, int l2, int fill) {
  std::fprintf(stderr,
               "tiled type %d rank %u dims %llu,%llu stride %llu box %u,%u "
               "swizzle %d l2 %d fill %d\n",
               type, rank, (unsigned long long)dims[0],
               (unsigned long long)dims[1], (unsigned long long)strides[0],
               box[0], box[1], swizzle, l2, fill);
  std::memset(map, 0, 128);
  return 0;
}
int cuTensorMapEncodeIm2col() { return 1; }

} // extern "C"

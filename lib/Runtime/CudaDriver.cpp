// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loads the CUDA driver; see CudaDriver.h.

#include "CudaDriver.h"
#include "llvm/ADT/Twine.h"
#include <dlfcn.h>

using namespace dlk::runtime::cuda;

template <typename Function>
static void find(void *library, const char *name, Function &function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
}

llvm::Expected<Driver> Driver::load() {
  void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return llvm::createStringError(
        "no CUDA driver: libcuda.so.1 cannot be loaded");
  Driver driver;
  llvm::StringRef missing;
#define DLK_CUDA_FIND(name, parameters)                                        \
  find(library, #name, driver.name);                                           \
  if (!driver.name && missing.empty())                                         \
    missing = #name;
  DLK_CUDA_FUNCTIONS(DLK_CUDA_FIND)
#undef DLK_CUDA_FIND
  if (!missing.empty())
    return llvm::createStringError("the CUDA driver is too old: it has no " +
                                   missing);
#define DLK_CUDA_FIND(name, parameters) find(library, #name, driver.name);
  DLK_CUDA_NEWER_FUNCTIONS(DLK_CUDA_FIND)
#undef DLK_CUDA_FIND
  return driver;
}

llvm::Error Driver::check(CUresult result, const llvm::Twine &what) const {
  if (result == CUDA_SUCCESS)
    return llvm::Error::success();
  const char *name = nullptr;
  if (cuGetErrorName(result, &name) != CUDA_SUCCESS || !name)
    name = "unknown error";
  return llvm::createStringError(what + ": " + name + " (" +
                                 llvm::Twine(result) + ")");
}

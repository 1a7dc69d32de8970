// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a plan's tensor map to the driver's.

#ifndef DLK_LIB_RUNTIME_CUDATENSORMAP_H
#define DLK_LIB_RUNTIME_CUDATENSORMAP_H

#include "CudaDriver.h"
#include "dlk/Runtime/LaunchPlan.h"

namespace dlk::runtime::cuda {

/// `address` is that of the map's first element.
llvm::Expected<CUtensorMap> encode(const Driver &driver, const TensorMap &map,
                                   uint64_t address);

} // namespace dlk::runtime::cuda

#endif // DLK_LIB_RUNTIME_CUDATENSORMAP_H

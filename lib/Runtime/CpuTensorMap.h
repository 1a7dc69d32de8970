// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tensor maps of a launch plan for the executor.

#ifndef DLK_LIB_RUNTIME_CPUTENSORMAP_H
#define DLK_LIB_RUNTIME_CPUTENSORMAP_H

#include "dlk/Runtime/LaunchPlan.h"
#include "llvm/Support/Error.h"
#include <cstddef>
#include <vector>

namespace dlk::runtime {

/// The map as the bytes of a kernel parameter. The executor knows tiled maps
/// without interleave.
llvm::Expected<std::vector<std::byte>> encodeForExecutor(const TensorMap &map,
                                                         uint64_t address);

} // namespace dlk::runtime

#endif // DLK_LIB_RUNTIME_CPUTENSORMAP_H

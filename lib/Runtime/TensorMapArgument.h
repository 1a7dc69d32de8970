// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The tensor map of an argument: "A,box=64x128,swizzle=128B".

#ifndef DLK_LIB_RUNTIME_TENSORMAPARGUMENT_H
#define DLK_LIB_RUNTIME_TENSORMAPARGUMENT_H

#include "dlk/Runtime/LaunchPlan.h"
#include "llvm/Support/JSON.h"

namespace dlk::runtime {

/// The fields of a plan's tensor map. Those that the text leaves out are those
/// of the whole buffer: its type, its shape from the innermost dimension, its
/// strides in bytes.
llvm::Expected<llvm::json::Object>
parseTensorMap(llvm::StringRef text, llvm::ArrayRef<Buffer> buffers);

} // namespace dlk::runtime

#endif // DLK_LIB_RUNTIME_TENSORMAPARGUMENT_H

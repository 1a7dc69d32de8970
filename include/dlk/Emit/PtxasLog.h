// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What `ptxas -v` says about the kernels it assembled, as data.
// Independent of MLIR.
#ifndef DLK_EMIT_PTXASLOG_H
#define DLK_EMIT_PTXASLOG_H

#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace dlk {

/// Resources of one kernel, as assembled. Bytes are per thread except
/// `staticShared`, which is per block.
struct KernelResources {
  std::string kernel;
  unsigned registers = 0;
  unsigned barriers = 0;
  unsigned stackBytes = 0;
  unsigned spillStoreBytes = 0;
  unsigned spillLoadBytes = 0;
  unsigned staticShared = 0;
};

/// A message that the kernel lost something: a code C75xx or C76xx (wgmma
/// serialized, setmaxnreg ignored, ...), or any warning, then without a code.
struct Advisory {
  std::string code;
  std::string text;
};

struct PtxasLog {
  std::vector<KernelResources> kernels;
  std::vector<Advisory> advisories;
  /// Messages of severity error or fatal, without the tool's prefix.
  std::vector<std::string> errors;

  /// Null if ptxas said nothing about the kernel.
  const KernelResources *find(llvm::StringRef kernel) const;
};

/// Reads the text that ptxas printed, whatever it is: lines that are not known
/// are passed over.
PtxasLog parsePtxasLog(llvm::StringRef text);

} // namespace dlk

#endif

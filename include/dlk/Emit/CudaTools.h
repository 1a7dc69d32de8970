// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// NVIDIA's assembler and archiver as subprocesses. Nothing here reads the
// environment: a tool does, and passes what it found. Independent of MLIR.
#ifndef DLK_EMIT_CUDATOOLS_H
#define DLK_EMIT_CUDATOOLS_H

#include "dlk/Emit/PtxasLog.h"
#include "llvm/Support/Error.h"
#include <optional>
#include <string>

namespace dlk {

/// Where to look for ptxas and fatbinary, in this order. Empty strings are
/// passed over.
struct CudaSearch {
  std::string ptxas;    // the file itself; must exist if given
  std::string cudaHome; // a toolkit: <cudaHome>/bin/ptxas
  std::string path;     // a PATH, separated by colons
  std::string fallback = "/usr/local/cuda";
};

/// The file of a tool, none if it is nowhere. An explicit `search.ptxas` that
/// is not an executable file is an error. fatbinary is looked for beside an
/// explicit ptxas first.
llvm::Expected<std::optional<std::string>>
findCudaTool(llvm::StringRef name, const CudaSearch &search);

struct Cubin {
  std::string image;
  PtxasLog log;
  std::string ptxasVersion; // "13.0.88"
};

/// Assembles PTX for `chip`. Errors carry what ptxas said.
llvm::Expected<Cubin> assemblePtx(llvm::StringRef ptxas, llvm::StringRef ptx,
                                  llvm::StringRef chip,
                                  unsigned timeoutSeconds);

/// Packs the PTX and its cubin into one fat binary.
llvm::Expected<std::string> packFatbin(llvm::StringRef fatbinary,
                                       llvm::StringRef ptx,
                                       llvm::StringRef cubin,
                                       llvm::StringRef chip,
                                       unsigned timeoutSeconds);

} // namespace dlk

#endif

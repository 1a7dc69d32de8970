// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A kernel of any PTX file and what to call it with, in the words of dlk-run's
// options --entry, --grid, --arg and so on (docs/Running.md, Any PTX). It is
// made into a launch plan and the files of its buffers; from there on, nothing
// knows that there was no plan.

#ifndef DLK_RUNTIME_KERNELCALL_H
#define DLK_RUNTIME_KERNELCALL_H

#include "dlk/Executor/Executor.h"
#include "dlk/Runtime/LaunchPlan.h"

namespace dlk::runtime {

/// A buffer of the function and its .npy file: "arg0=a.npy". For an input the
/// path may also be "random" or "zeros".
struct NamedFile {
  std::string buffer, path;
};

struct KernelCall {
  std::string entry; ///< May be empty if the module has one kernel.
  /// "X", "X,Y" or "X,Y,Z". An empty block or cluster is what the PTX says.
  std::string grid, block, cluster;
  uint64_t sharedBytes = 0;
  std::vector<std::string> arguments; ///< In order: "in:a.npy", "i32:7", ...
  std::vector<std::string> buffers;   ///< Memory that is no argument itself.
};

/// A plan of one function with one launch, named as the kernel; buffers are
/// named by the call or "arg" and the number of the argument.
struct PreparedCall {
  Plan plan;
  std::vector<NamedFile> inputs, outputs;
};

/// `module` is the PTX file's, or null if only the driver can read it; then the
/// call must say everything, and its arguments are not compared with the
/// kernel's parameters. An error names the option.
llvm::Expected<PreparedCall> prepareCall(const KernelCall &call,
                                         llvm::StringRef ptxPath,
                                         const exec::Module *module);

/// What a module has to offer: each kernel with its parameters, the launch that
/// the PTX asks for, and what the executor cannot run of it.
void listKernels(const exec::Module &module, llvm::raw_ostream &os);

/// "  0: pa, 8 bytes", a line for each parameter.
std::string getParameterList(const exec::KernelInfo &kernel);

} // namespace dlk::runtime

#endif // DLK_RUNTIME_KERNELCALL_H

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The arrays of a run: what the user named, loaded and checked before anything
// is executed.

#ifndef DLK_LIB_RUNTIME_RUNFILES_H
#define DLK_LIB_RUNTIME_RUNFILES_H

#include "dlk/Runtime/Runner.h"
#include "llvm/ADT/StringMap.h"

namespace dlk::runtime {

struct RunFiles {
  /// Contents of every input and inout buffer, in the order of the plan.
  std::vector<std::pair<const Buffer *, std::vector<uint8_t>>> inputs;
  std::vector<std::pair<const Buffer *, std::string>> outputs;
  std::vector<std::pair<const Buffer *, NpyArray>> expected;
};

llvm::Expected<Plan> readPlanFile(llvm::StringRef path);

/// Parses a PTX file for the executor.
llvm::Expected<std::unique_ptr<exec::Module>> readModule(llvm::StringRef path);

/// Makes a call of a PTX file into a plan. With `driverReads`, a file that the
/// executor cannot parse is left to the CUDA driver.
llvm::Expected<PreparedCall> readCall(const KernelCall &call,
                                      llvm::StringRef path, bool driverReads);

/// The function that the request names, or the only one.
llvm::Expected<const Function *> selectFunction(const Plan &plan,
                                                llvm::StringRef name);

/// Reads all files, makes the random inputs, and saves the inputs if asked.
llvm::Expected<RunFiles> loadFiles(const RunRequest &request,
                                   const Function &function);

} // namespace dlk::runtime

#endif // DLK_LIB_RUNTIME_RUNFILES_H

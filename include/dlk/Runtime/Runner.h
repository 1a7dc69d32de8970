// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What dlk-run does, as a library call: read a plan, find the inputs, run a
// function of it on a device, compare and write the results.

#ifndef DLK_RUNTIME_RUNNER_H
#define DLK_RUNTIME_RUNNER_H

#include "dlk/Runtime/Compare.h"
#include "dlk/Runtime/Device.h"
#include "dlk/Runtime/KernelCall.h"

namespace dlk::runtime {

struct RunRequest {
  std::string plan; ///< Path of plan.json, or of a PTX file with `call`.
  /// For a PTX file without a plan: what to launch.
  std::optional<KernelCall> call;
  bool listKernels = false; ///< Only list what the PTX file has.
  std::string savePlan;     ///< Where to write the plan made of `call`.
  std::string function;     ///< May be empty if the plan has only one.
  std::vector<NamedFile> inputs, outputs, expected;
  std::optional<uint64_t> randomSeed; ///< Fills the inputs that are not given.
  bool wholeNumbers = false;
  std::string saveInputs; ///< Folder for copies of all inputs.
  Tolerance tolerance;
  DeviceKind device = DeviceKind::Auto;
  exec::Options executor;
  std::string stats;         ///< Path of a JSON file.
  bool statsTable = false;   ///< Print them as a table.
  unsigned benchRepeats = 0; ///< 0: no timing.
  double flops = 0;          ///< Of one run of the function; 0: not known.
};

/// The exit codes of dlk-run.
enum class RunStatus {
  Right = 0,
  Mismatch = 1,
  Finding = 2,
  Unsupported = 3,
  Deadlock = 4,
  BadInput = 5
};

/// Runs the request. What was done goes to `out`, what is wrong to `errors`.
RunStatus run(const RunRequest &request, llvm::raw_ostream &out,
              llvm::raw_ostream &errors);

} // namespace dlk::runtime

#endif // DLK_RUNTIME_RUNNER_H

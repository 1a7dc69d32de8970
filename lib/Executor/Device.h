// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What stands behind Device and Module.

#ifndef DLK_LIB_EXECUTOR_DEVICE_H
#define DLK_LIB_EXECUTOR_DEVICE_H

#include "Ast.h"
#include "Code.h"
#include "Memory.h"
#include <map>
#include <mutex>

namespace dlk::exec {

struct DeviceImpl {
  Allocations allocations;
  /// Where the variables of each module that has been launched lie, by
  /// ModuleImpl::id.
  std::map<uint64_t, std::vector<uint64_t>> moduleVariables;
};

struct ModuleImpl {
  uint64_t id = 0;
  std::string text, name, target;
  ParsedModule parsed;
  std::vector<KernelInfo> kernels;
  std::vector<std::unique_ptr<Code>> codes; ///< Like kernels.
};

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_DEVICE_H

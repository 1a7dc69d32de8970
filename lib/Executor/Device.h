// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What stands behind Device and Module.

#ifndef DLK_LIB_EXECUTOR_DEVICE_H
#define DLK_LIB_EXECUTOR_DEVICE_H

#include "Ast.h"
#include "Code.h"
#include "Memory.h"
#include <map>
#include <memory>

namespace dlk::exec {

struct DeviceImpl {
  Allocations allocations;
  /// Where the variables of each module that has been launched lie, by
  /// ModuleImpl::identity.
  std::map<std::shared_ptr<const char>, std::vector<uint64_t>> moduleVariables;
};

struct ModuleImpl {
  /// A place of its own, which a device that knows the module keeps: so it
  /// cannot be mistaken for a later module at the same address.
  std::shared_ptr<const char> identity = std::make_shared<const char>();
  std::string text, name, target;
  ParsedModule parsed;
  std::vector<KernelInfo> kernels;
  std::vector<std::unique_ptr<Code>> codes; ///< Like kernels.
};

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_DEVICE_H

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the files of the launch plan's reader share.

#ifndef DLK_LIB_RUNTIME_LAUNCHPLANREADER_H
#define DLK_LIB_RUNTIME_LAUNCHPLANREADER_H

#include "JsonFields.h"
#include "dlk/Runtime/LaunchPlan.h"

namespace dlk::runtime {

DType readDType(const JsonValue &field);

/// Reads a launch whose parameters name buffers of `function`.
Launch readLaunch(const JsonValue &field, const Function &function);

} // namespace dlk::runtime

#endif // DLK_LIB_RUNTIME_LAUNCHPLANREADER_H

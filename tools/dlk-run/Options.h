// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The command line of dlk-run, as a request to the runtime.

#ifndef DLK_TOOLS_DLK_RUN_OPTIONS_H
#define DLK_TOOLS_DLK_RUN_OPTIONS_H

#include "dlk/Runtime/Runner.h"

/// Parses the arguments. None if only help was asked for, which is printed; an
/// error is one of usage.
llvm::Expected<std::optional<dlk::runtime::RunRequest>>
parseCommandLine(llvm::ArrayRef<char *> arguments);

#endif // DLK_TOOLS_DLK_RUN_OPTIONS_H

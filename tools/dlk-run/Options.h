// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The command line of dlk-run, as a request to the runtime.

#ifndef DLK_TOOLS_DLK_RUN_OPTIONS_H
#define DLK_TOOLS_DLK_RUN_OPTIONS_H

#include "dlk/Runtime/Runner.h"

/// Parses the command line. Prints help or the version and ends the process if
/// they are asked for; an error is one of usage.
llvm::Expected<dlk::runtime::RunRequest> parseCommandLine(int argc,
                                                          char **argv);

#endif // DLK_TOOLS_DLK_RUN_OPTIONS_H

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The command line of dlk-opt.
#ifndef DLK_TOOLS_DLKOPT_DRIVER_H
#define DLK_TOOLS_DLKOPT_DRIVER_H

namespace dlk {

/// Runs the tool and returns its exit code: 0, or 1 after diagnostics.
int runDriver(int argc, char **argv);

} // namespace dlk

#endif

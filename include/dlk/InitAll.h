// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Everything that a host of dlk has to register: a tool's main needs this
// header and no other of dlk's.

#ifndef DLK_INITALL_H
#define DLK_INITALL_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace dlk {

/// dlk's dialects, the upstream dialects and their extensions.
void registerAllDialects(mlir::DialectRegistry &registry);

/// dlk's passes and pipelines beside all passes of mlir-opt.
void registerAllPasses();

} // namespace dlk

#endif // DLK_INITALL_H

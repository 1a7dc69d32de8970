// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Patterns that dlk-import, dlk-normalize and dlk-fuse share.
#ifndef DLK_TRANSFORMS_FOLDDATAMOVEMENT_H
#define DLK_TRANSFORMS_FOLDDATAMOVEMENT_H

namespace mlir {
class RewritePatternSet;
} // namespace mlir

namespace dlk {

/// Folds tensor.cast into linalg operations and removes linalg operations,
/// fills and extras that nothing reads.
void populateCleanupPatterns(mlir::RewritePatternSet &patterns);

/// Folds transposes, broadcasts and copies of operands into the maps of
/// dlk.matmul, and swaps lhs and rhs where the result is contiguous along m.
void populateFoldDataMovementPatterns(mlir::RewritePatternSet &patterns);

} // namespace dlk

#endif

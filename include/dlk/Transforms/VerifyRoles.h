// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The proof that a kernel's roles keep the protocol of their ring. Its parts:
//  - the ring and its users have a form that can be followed; loops that
//    synchronize have the same length in all threads and blocks of a cluster;
//  - each role alone moves through the ring as it must (RoleReplay.h);
//  - both visit the same tiles and advance equally far in each (StageCount.h).
// From the three follows that every wait is for a stage that the producer
// fills, and every acquire for one that the consumers release.
#ifndef DLK_TRANSFORMS_VERIFYROLES_H
#define DLK_TRANSFORMS_VERIFYROLES_H

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"

namespace dlk {

/// Emits an error at what breaks a rule of dlk-tile-verify-protocol.
llvm::LogicalResult verifyRoles(tile::RolesOp roles);

} // namespace dlk

#endif

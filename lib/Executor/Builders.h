// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The builders that Instructions.def names: from an instruction's operands to
// micro-ops. BuildAlu.cpp, BuildMove.cpp, BuildMemory.cpp, BuildControl.cpp,
// BuildWarp.cpp, BuildMatrix.cpp; BuildMbarrier.cpp, BuildBulk.cpp and
// BuildWgmma.cpp for sm_90.

#ifndef DLK_LIB_EXECUTOR_BUILDERS_H
#define DLK_LIB_EXECUTOR_BUILDERS_H

#include "InstructionTable.h"

namespace dlk::exec {

// clang-format off
#define DLK_BUILDERS(X) \
  X(buildAlu) X(buildCarry) X(buildCount) X(buildSetp) X(buildSet) \
  X(buildSlct) X(buildTestp) X(buildMov) X(buildCvt) X(buildCvtPack) \
  X(buildCvta) X(buildIsspacep) X(buildMapa) X(buildGetCtaRank) \
  X(buildLoad) X(buildStore) X(buildAtom) X(buildCreatePolicy) \
  X(buildNothing) X(buildFence) X(buildBra) X(buildBrx) X(buildCall) X(buildRet) \
  X(buildExit) X(buildTrap) X(buildShfl) X(buildVote) X(buildMatch) \
  X(buildRedux) X(buildActiveMask) X(buildElect) X(buildWarpSync) \
  X(buildBarrier) X(buildClusterBarrier) X(buildCpAsync) \
  X(buildCpAsyncCommit) X(buildCpAsyncWait) X(buildLdmatrix) \
  X(buildStmatrix) X(buildMovmatrix) X(buildMma) X(buildWmmaMove) \
  X(buildWmmaMultiply) X(buildMbarrier) \
  X(buildBulkCopy) X(buildBulkCommit) X(buildBulkWait) X(buildBulkTensor) \
  X(buildBulkPrefetch) X(buildAsyncStore) X(buildWgmma) X(buildWgmmaFence) \
  X(buildWgmmaCommit) X(buildWgmmaWait) X(buildSetMaxRegisters) \
  X(buildTensorMapReplace) X(buildTensorMapCopy) X(buildVideo)
// clang-format on

#define X(name)                                                                \
  llvm::Error name(Decoder &decoder, const Instruction &instruction,           \
                   const Opcode &opcode);
DLK_BUILDERS(X)
#undef X

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_BUILDERS_H

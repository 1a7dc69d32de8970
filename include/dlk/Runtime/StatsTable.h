// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The statistics of a launch for people: totals, the bound and what limits it,
// and the PTX lines that cost most, with what is wrong with them in words.

#ifndef DLK_RUNTIME_STATSTABLE_H
#define DLK_RUNTIME_STATSTABLE_H

#include "dlk/Runtime/Bound.h"
#include "llvm/Support/raw_ostream.h"

namespace dlk::runtime {

/// What is wrong with a line, a sentence each; nothing if it is as good as it
/// can be.
std::vector<std::string> explainLine(const exec::LineStats &line);

/// Lines are in the order of what they waste, then of what they cost; at most
/// `lines` of them.
void printStats(llvm::StringRef kernel, const exec::Stats &stats,
                const std::optional<Bound> &bound, llvm::raw_ostream &os,
                unsigned lines = 20);

} // namespace dlk::runtime

#endif // DLK_RUNTIME_STATSTABLE_H

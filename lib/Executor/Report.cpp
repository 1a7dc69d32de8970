// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names and texts of findings and results.

#include "dlk/Executor/Executor.h"

using namespace dlk::exec;

llvm::StringRef dlk::exec::findingName(FindingKind kind) {
  switch (kind) {
  case FindingKind::OutOfBounds:
    return "out-of-bounds";
  case FindingKind::Misaligned:
    return "misaligned";
  case FindingKind::InFlightCopy:
    return "in-flight-copy";
  case FindingKind::Race:
    return "race";
  case FindingKind::Uninitialised:
    return "uninitialised";
  case FindingKind::BarrierMisuse:
    return "barrier-misuse";
  case FindingKind::Divergence:
    return "divergence";
  case FindingKind::Leftover:
    return "leftover";
  case FindingKind::Trap:
    return "trap";
  case FindingKind::BadOperand:
    return "bad-operand";
  case FindingKind::Proxy:
    return "proxy";
  case FindingKind::GlobalRace:
    return "global-race";
  case FindingKind::WgmmaRegisters:
    return "wgmma-registers";
  }
  return "finding";
}

llvm::StringRef dlk::exec::statusName(Status status) {
  switch (status) {
  case Status::Clean:
    return "clean";
  case Status::Findings:
    return "findings";
  case Status::Unsupported:
    return "unsupported";
  case Status::Deadlock:
    return "deadlock";
  case Status::StepLimit:
    return "step-limit";
  }
  return "";
}

std::string Finding::str(llvm::StringRef moduleName) const {
  std::string where = (moduleName + ":" + llvm::Twine(ptxLine)).str();
  std::string text = where + ": " + (warning ? "warning: " : "") +
                     findingName(kind).str() + ": " + message + " (cta " +
                     std::to_string(cta.x) + "," + std::to_string(cta.y) + "," +
                     std::to_string(cta.z) + " warp " + std::to_string(warp);
  if (lane >= 0)
    text += " lane " + std::to_string(lane);
  text += ")";
  return source.empty() ? text : text + " [" + source + "]";
}

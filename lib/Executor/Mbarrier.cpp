// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Mbarrier.h"
#include "llvm/Support/FormatVariadic.h"
#include <cstring>

namespace dlk::exec {

std::string Mbarrier::str() const {
  return llvm::formatv("phase {0}, {1} of {2} arrivals pending, tx-count {3}",
                       phase, pending, expected, tx);
}

uint64_t Mbarriers::picture(const Mbarrier &b) const {
  return uint64_t(1) << 63 | (b.phase & 0xfff) << 48 |
         (uint64_t(b.pending) & 0xfffff) << 24 | (uint64_t(b.tx) & 0xffffff);
}

void Mbarriers::store(const Mbarrier &b) {
  uint64_t bits = picture(b);
  std::memcpy(shared + b.offset, &bits, sizeof bits);
}

static std::string badCount(uint32_t count) {
  return llvm::formatv("arrival count of an mbarrier: {0}; it is 1 to {1}",
                       count, Mbarriers::MostArrivals);
}

std::string Mbarriers::init(uint32_t offset, uint32_t count) {
  if (count == 0 || count > MostArrivals)
    return badCount(count);
  std::string error;
  if (find(offset, error))
    return "initialises an mbarrier that is in use: " + barriers[offset].str() +
           "; mbarrier.inval must come first";
  Mbarrier fresh;
  fresh.expected = fresh.pending = count;
  fresh.offset = offset;
  store(barriers[offset] = fresh);
  return "";
}

std::string Mbarriers::inval(uint32_t offset) {
  std::string error;
  if (!find(offset, error))
    return error;
  barriers.erase(offset);
  std::memset(shared + offset, 0, 8);
  return "";
}

Mbarrier *Mbarriers::find(uint32_t offset, std::string &error) {
  auto it = barriers.find(offset);
  if (it == barriers.end()) {
    error = "there is no mbarrier here: it was not initialised";
    return nullptr;
  }
  uint64_t bits;
  std::memcpy(&bits, shared + offset, sizeof bits);
  if (bits != picture(it->second)) {
    error = "something has overwritten the mbarrier";
    // The bytes may be put to other uses, another mbarrier too.
    barriers.erase(it);
    return nullptr;
  }
  return &it->second;
}

void Mbarriers::endPhase(Mbarrier &b, Outcome &outcome) {
  if (b.pending || b.tx)
    return;
  if (strict && !b.waited)
    outcome.error = "ends a phase of an mbarrier although nobody has waited "
                    "for the one before: " +
                    b.str();
  outcome.completed = true;
  b.waited = false;
  ++b.phase;
  b.pending = b.expected;
  b.last = std::move(b.current);
  b.current = nullptr;
}

Mbarriers::Outcome Mbarriers::arrive(Mbarrier &b, uint32_t count, bool drop,
                                     bool noComplete) {
  if (count == 0 || count > MostArrivals)
    return {badCount(count)};
  if (count > b.pending)
    return {llvm::formatv("{0} arrivals at an mbarrier that awaits {1}: {2}",
                          count, b.pending, b.str())};
  if (noComplete && count == b.pending && b.tx == 0)
    return {"arrive.noComplete would end the phase: " + b.str()};
  b.pending -= count;
  if (drop)
    b.expected -= count;
  Outcome outcome;
  endPhase(b, outcome);
  store(b);
  return outcome;
}

std::string Mbarriers::addPending(Mbarrier &b) {
  if (b.pending == MostArrivals)
    return "the pending count of the mbarrier is at its limit: " + b.str();
  ++b.pending;
  store(b);
  return "";
}

Mbarriers::Outcome Mbarriers::addTx(Mbarrier &b, int64_t bytes) {
  int64_t tx = b.tx + bytes;
  if (tx > MostTx || tx < -MostTx)
    return {llvm::formatv("tx-count of an mbarrier: {0}; it is at most {1}", tx,
                          MostTx)};
  b.tx = tx;
  Outcome outcome;
  endPhase(b, outcome);
  store(b);
  return outcome;
}

} // namespace dlk::exec

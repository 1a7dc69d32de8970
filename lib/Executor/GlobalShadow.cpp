// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "GlobalShadow.h"
#include "llvm/Support/FormatVariadic.h"
#include <cstring>

using namespace dlk::exec;

GlobalShadow::GlobalShadow(Allocations &allocations, bool init, bool races,
                           uint64_t clusters,
                           std::function<uint32_t(uint32_t)> lineOf)
    : allocations(allocations), init(init),
      races(races && clusters <= MostClusters), lineOf(std::move(lineOf)),
      clocks(this->races ? unsigned(clusters) : 1) {}

/// Only reads of whole, plain accesses say that the value matters: copies may
/// carry padding along.
MaybeViolation GlobalShadow::checkInit(const GlobalAccess &access) {
  const Allocations::Block *block = allocations.find(access.address);
  if (!block || !block->written)
    return std::nullopt;
  uint8_t *written = block->written.get() + (access.address - block->begin);
  bool copy = access.use == GlobalUse::Copy;
  if (access.kind == Access::Write || (copy && access.kind == Access::Atomic)) {
    std::memset(written, 1, access.bytes);
    return std::nullopt;
  }
  if (copy)
    return std::nullopt;
  const void *first = std::memchr(written, 0, access.bytes);
  if (!first)
    return std::nullopt;
  size_t at = size_t(static_cast<const uint8_t *>(first) - written);
  std::memset(written, 1, access.bytes); // once per place is enough
  return Violation{
      FindingKind::Uninitialised,
      llvm::formatv("read of byte {0} of the allocation of {1} bytes at 0x{2}, "
                    "which nobody has written",
                    access.address + at - block->begin,
                    block->end - block->begin,
                    llvm::Twine::utohexstr(block->begin).str())};
}

GlobalShadow::Word &GlobalShadow::wordOf(uint64_t number) {
  std::unique_ptr<Page> &page = pages[number / PageWords];
  if (!page)
    page = std::make_unique<Page>();
  return (*page)[number % PageWords];
}

MaybeViolation GlobalShadow::report(const GlobalAccess &access,
                                    const Event &earlier,
                                    const char *kind) const {
  return Violation{
      FindingKind::GlobalRace,
      llvm::formatv("{0} of global address 0x{1} races with the {2} at line "
                    "{3} by CTA or cluster {4}: no atomic or strong access "
                    "orders them",
                    access.kind == Access::Read ? "read" : "write",
                    llvm::Twine::utohexstr(access.address).str(), kind,
                    lineOf(earlier.origin), unsigned(earlier.cluster))};
}

MaybeViolation GlobalShadow::checkWord(const GlobalAccess &access,
                                       uint64_t number) {
  Word &word = wordOf(number);
  uint64_t begin = std::max(access.address, number * 4) - number * 4;
  uint64_t end =
      std::min(access.address + access.bytes, number * 4 + 4) - number * 4;
  Event now;
  now.clock = clocks.now(access.cluster);
  now.origin = access.origin;
  now.cluster = uint16_t(access.cluster);
  now.bytes = uint8_t(((1u << end) - 1) & ~((1u << begin) - 1));
  now.strong = access.kind == Access::Atomic || access.use == GlobalUse::Strong;
  auto ordered = [&](const Event &earlier) {
    return !earlier.clock || !(earlier.bytes & now.bytes) ||
           (earlier.strong && now.strong) ||
           clocks.knows(access.cluster, earlier.cluster, earlier.clock);
  };
  if (!ordered(word.write))
    return report(access, word.write, "write");
  Event &last = access.kind == Access::Read ? word.read : word.write;
  if (access.kind != Access::Read && !ordered(word.read))
    return report(access, word.read, "read");
  if (last.cluster == now.cluster && last.clock == now.clock &&
      last.strong == now.strong)
    now.bytes |= last.bytes;
  last = now;
  return std::nullopt;
}

MaybeViolation GlobalShadow::check(const GlobalAccess &access) {
  if (init)
    if (auto violation = checkInit(access))
      return violation;
  if (!races)
    return std::nullopt;
  bool strong =
      access.kind == Access::Atomic || access.use == GlobalUse::Strong;
  uint64_t first = access.address / 4,
           last = (access.address + access.bytes - 1) / 4;
  if (strong && access.kind != Access::Write)
    clocks.takeOver(first, access.cluster);
  for (uint64_t word = first; word <= last; ++word)
    if (auto violation = checkWord(access, word))
      return violation;
  if (strong && access.kind != Access::Read)
    clocks.publish(first, access.cluster);
  return std::nullopt;
}

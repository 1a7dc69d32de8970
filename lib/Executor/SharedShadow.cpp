// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SharedShadow.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

namespace dlk::exec {

static unsigned warpsOf(const ShadowSetup &setup) {
  return (setup.threads + WarpSize - 1) / WarpSize;
}

static Names namesOf(const ShadowSetup &setup) {
  return {setup.lineOf, warpsOf(setup), setup.firstWarp};
}

SharedShadow::SharedShadow(const ShadowSetup &setup)
    : ownClocks(setup.clocks ? nullptr
                             : std::make_unique<WarpClocks>(warpsOf(setup))),
      clocks(setup.clocks ? *setup.clocks : *ownClocks),
      firstWarp(setup.firstWarp), alive(warpsOf(setup), FullMask),
      copies({setup.policy, setup.seed, warpsOf(setup), setup.firstWarp,
              setup.shared, setup.sharedBytes},
             clocks, namesOf(setup)),
      bulk(setup.sharedBytes, clocks, namesOf(setup)),
      checkSync(setup.checks.sync),
      proxy(clocks.proxies() ? setup.checks.proxy : Level::Off),
      warn(setup.warn) {
  if (setup.threads % WarpSize)
    alive.back() = (Mask(1) << setup.threads % WarpSize) - 1;
  if (setup.checks.race || proxy != Level::Off)
    race =
        std::make_unique<RaceCheck>(setup.sharedBytes, clocks, namesOf(setup));
  if (setup.checks.init)
    init = std::make_unique<InitCheck>(setup.sharedBytes);
}

std::optional<Violation> SharedShadow::checkSlow(const SharedAccess &access) {
  // A lock taken or given through shared memory orders what it protects.
  if (access.kind == Access::Atomic && race) {
    uint64_t place = own(LockPlace + access.offset / 4);
    clocks.takeOver(place, access.warp);
    clocks.publish(place, access.warp);
  }
  if (copies.everIssued() &&
      !copies.allows(access.offset, access.bytes, access.warp))
    return copies.check(access);
  if (bulk.active())
    if (auto violation = bulk.check(access))
      return violation;
  if (race)
    if (auto violation = race->check(access))
      return violation;
  if (init)
    return init->check(access);
  return std::nullopt;
}

std::optional<Violation> SharedShadow::issue(const CopyRequest &request,
                                             unsigned &lane) {
  if (race || init) {
    for (Mask rest = request.lanes; rest; rest &= rest - 1) {
      lane = unsigned(__builtin_ctz(rest));
      SharedAccess access{request.to[lane], request.bytes, Access::Write,
                          request.warp,     lane,          request.origin};
      if (race)
        if (auto violation = race->checkCopy(access))
          return violation;
      if (init)
        init->check(access);
    }
  }
  return copies.issue(request, lane);
}

std::optional<Violation> SharedShadow::checkAsync(const SharedAccess &access) {
  bool reads = access.kind == Access::Read;
  // Before the copies forget what everybody has waited for.
  MaybeViolation unfenced;
  if (reads && proxy != Level::Off)
    unfenced = findUnfenced(access);
  if (copies.everIssued())
    if (auto violation = copies.check(access))
      return violation;
  if (bulk.active())
    if (auto violation = bulk.check(access))
      return violation;
  if (race)
    if (auto violation =
            reads ? race->checkAsyncRead(access) : race->checkCopy(access))
      return violation;
  if (unfenced)
    if (auto violation = atLevel(access, std::move(unfenced)))
      return violation;
  return init ? init->check(access) : std::nullopt;
}

MaybeViolation SharedShadow::findUnfenced(const SharedAccess &access) {
  MaybeViolation violation = race->checkProxy(access);
  if (!violation && copies.everIssued())
    violation = copies.checkProxy(access);
  return violation;
}

MaybeViolation SharedShadow::atLevel(const SharedAccess &access,
                                     MaybeViolation violation) {
  if (!violation || proxy == Level::Error)
    return violation;
  if (warn)
    warn(access, *violation);
  return std::nullopt;
}

MaybeViolation SharedShadow::checkProxy(const SharedAccess &access) {
  return proxy == Level::Off ? std::nullopt
                             : atLevel(access, findUnfenced(access));
}

void SharedShadow::fence(unsigned warp, Mask lanes) {
  if (proxy == Level::Off)
    return;
  if (lanes == alive[warp - firstWarp])
    clocks.fence(warp);
  else
    clocks.fence(warp, lanes);
}

std::optional<Violation> SharedShadow::checkRemote(unsigned warp) const {
  auto alone = [&](const char *reason) {
    return Violation{FindingKind::Race,
                     llvm::formatv("access to the shared memory of the "
                                   "cluster's CTA {0}, which {1}",
                                   firstWarp / alive.size(), reason)};
  };
  if (llvm::all_of(alive, [](Mask left) { return left == 0; }))
    return alone("has ended");
  if (!race)
    return std::nullopt;
  for (unsigned w = 0; w < alive.size(); ++w)
    if (clocks.knows(warp, firstWarp + w, 1))
      return std::nullopt;
  return alone("may not have started: no cluster barrier comes before");
}

void SharedShadow::arrive(unsigned number, unsigned warp) {
  clocks.publish(own(number), warp);
  copies.tick();
}

void SharedShadow::leave(unsigned number, unsigned warp) {
  clocks.takeOver(own(number), warp);
}

std::optional<Violation> SharedShadow::exit(unsigned warp, Mask lanes) {
  Mask &left = alive[warp - firstWarp];
  left &= ~lanes;
  if (!left)
    clocks.retire(warp);
  if (!checkSync)
    return std::nullopt;
  if (auto line = copies.unfinished(warp, lanes))
    return Violation{FindingKind::Leftover,
                     llvm::formatv("the thread ends without having waited for "
                                   "the asynchronous copy of line {0}",
                                   *line)};
  return std::nullopt;
}

} // namespace dlk::exec

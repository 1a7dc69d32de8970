// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "AsyncCopies.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <cstring>

namespace dlk::exec {

/// The ring grows beyond this only for copies that nobody has waited for.
static constexpr size_t MostRecords = 8192;

AsyncCopies::AsyncCopies(const Setup &setup, WarpClocks &clocks, Names names)
    : setup(setup), clocks(clocks), names(std::move(names)),
      random(uint32_t(setup.seed * 0x9e3779b97f4a7c15 >> 33) | 1),
      warpStates(setup.warps) {}

void AsyncCopies::grow() {
  std::vector<Record> larger(std::max<size_t>(64, records.size() * 2));
  for (Record &old : records)
    larger[old.number & (larger.size() - 1)] = std::move(old);
  records = std::move(larger);
}

AsyncCopies::Record &AsyncCopies::newRecord() {
  // The slot's previous record must be waited for, since marks that name it
  // will be taken for finished; and known to everybody, unless that would take
  // too much memory.
  auto finished = [&](const Record &r) {
    return r.number == 0 || (r.waited == r.request.lanes &&
                             (records.size() >= MostRecords ||
                              clocks.known(r.request.warp, r.waitClock)));
  };
  while (records.empty() || !finished(record(lastNumber + 1)))
    grow();
  Record &result = record(++lastNumber);
  result.number = lastNumber;
  result.landed = result.waited = 0;
  result.waitClock = 0;
  result.known = false;
  return result;
}

void AsyncCopies::deliver(Record &r, Mask lanes) {
  lanes &= r.request.lanes & ~r.landed;
  r.landed |= lanes;
  forEachLane(lanes, [&](unsigned lane) {
    std::byte *to = setup.shared + r.request.to[lane];
    uint32_t real = r.request.fromBytes[lane];
    if (real == 16) {
      std::memcpy(to, r.request.from[lane], 16);
      return;
    }
    if (real)
      std::memcpy(to, r.request.from[lane], real);
    std::memset(to + real, 0, r.request.bytes - real);
  });
}

void AsyncCopies::addGroup(const CopyRequest &request, Mask lanes,
                           uint32_t group) {
  Record &r = newRecord();
  r.request = request;
  r.request.lanes = lanes;
  r.group = group;
  forEachLane(lanes, [&](unsigned lane) {
    uint32_t *first = &marks[request.to[lane] / 4];
    uint32_t mark = r.number << 5 | lane;
    if (request.bytes == 16)
      std::fill_n(first, 4, mark);
    else
      std::fill_n(first, request.bytes / 4, mark);
  });
  stateOf(request.warp).pending.push_back(r.number);
  if (setup.policy == AsyncPolicy::Immediate)
    deliver(r, lanes);
  else if (setup.policy == AsyncPolicy::Random)
    deliver(r, Mask(random()) & Mask(random()));
}

std::optional<Violation> AsyncCopies::issue(const CopyRequest &request,
                                            unsigned &lane) {
  if (marks.empty())
    marks.resize((setup.sharedBytes + 3) / 4);
  tick();
  for (Mask rest = request.lanes; rest; rest &= rest - 1) {
    lane = unsigned(__builtin_ctz(rest));
    if (!allows(request.to[lane], request.bytes, request.warp))
      return check({request.to[lane], request.bytes, Access::Write,
                    request.warp, lane, request.origin});
  }
  const WarpState &state = stateOf(request.warp);
  for (Mask rest = request.lanes; rest;) {
    uint32_t closed = state.committed[__builtin_ctz(rest)];
    Mask same = 0;
    forEachLane(rest, [&](unsigned l) {
      same |= Mask(state.committed[l] == closed) << l;
    });
    addGroup(request, same, closed + 1);
    rest &= ~same;
  }
  return std::nullopt;
}

void AsyncCopies::commit(unsigned warp, Mask lanes) {
  for (unsigned lane = 0; lane < WarpSize; ++lane)
    stateOf(warp).committed[lane] += lanes >> lane & 1;
  tick();
}

void AsyncCopies::wait(unsigned warp, Mask lanes, uint32_t newest) {
  WarpState &state = stateOf(warp);
  forEachLane(lanes, [&](unsigned lane) {
    uint32_t committed = state.committed[lane];
    uint32_t done = committed > newest ? committed - newest : 0;
    state.completed[lane] = std::max(state.completed[lane], done);
  });
  complete(warp, lanes);
}

void AsyncCopies::waitAll(unsigned warp, Mask lanes) {
  commit(warp, lanes);
  wait(warp, lanes, 0);
}

void AsyncCopies::complete(unsigned warp, Mask lanes) {
  WarpState &state = stateOf(warp);
  auto finished = [&](uint32_t number) {
    Record &r = record(number);
    Mask done = 0;
    forEachLane(r.request.lanes & lanes & ~r.waited, [&](unsigned lane) {
      done |= Mask(state.completed[lane] >= r.group) << lane;
    });
    if (!done)
      return false;
    deliver(r, done);
    if (!r.waited)
      r.waitClock = clocks.now(warp);
    r.waited |= done;
    return r.waited == r.request.lanes;
  };
  auto &pending = state.pending;
  pending.erase(std::remove_if(pending.begin(), pending.end(), finished),
                pending.end());
}

/// Places of the clocks above all others, one per arrival.
static constexpr uint64_t ArrivalPlaces = uint64_t(1) << 62;

void AsyncCopies::arriveLater(unsigned warp, unsigned lane, uint32_t barrier) {
  uint64_t place =
      ArrivalPlaces + (uint64_t(setup.firstWarp) << 40) + ++arrivalsSoFar;
  uint32_t clock = clocks.now(warp);
  clocks.publish(place, warp);
  arrivals.push_back({warp, lane, barrier, lastNumber, clock, place});
}

bool AsyncCopies::takeArrival(uint32_t barrier, uint64_t &place) {
  auto it = llvm::find_if(
      arrivals, [&](const Arrival &a) { return a.barrier == barrier; });
  if (it == arrivals.end())
    return false;
  Arrival arrival = *it;
  arrivals.erase(it);
  Mask lane = Mask(1) << arrival.lane;
  llvm::erase_if(stateOf(arrival.warp).pending, [&](uint32_t number) {
    Record &r = record(number);
    if (number > arrival.lastRecord || !(r.request.lanes & ~r.waited & lane))
      return false;
    deliver(r, lane);
    if (!r.waited)
      r.waitClock = arrival.clock;
    r.waited |= lane;
    return r.waited == r.request.lanes;
  });
  place = arrival.place;
  return true;
}

void AsyncCopies::tick() {
  if (setup.policy != AsyncPolicy::Random)
    return;
  WarpState &state = warpStates[random() % warpStates.size()];
  if (state.pending.empty())
    return;
  size_t pick = random() % state.pending.size();
  deliver(record(state.pending[pick]), Mask(random()));
}

Violation AsyncCopies::report(const Record &r, const SharedAccess &access,
                              unsigned copyLane) const {
  bool waited = r.waited >> copyLane & 1;
  const char *kind = access.kind == Access::Read ? "read" : "write";
  const char *reason = waited ? "no barrier since its thread has waited for it"
                              : "its thread has not waited for it";
  return {FindingKind::InFlightCopy,
          llvm::formatv(
              "{0} of {1} bytes at shared byte {2}, the destination "
              "of the asynchronous copy of line {3} by {4} lane "
              "{5}: {6}",
              kind, access.bytes, access.offset, names.lineOf(r.request.origin),
              names.warp(r.request.warp, access.warp), copyLane, reason)};
}

bool AsyncCopies::allowsMark(uint32_t *marks, unsigned count, uint32_t warp) {
  uint32_t mark = marks[0];
  Record &r = record(mark >> 5);
  // If the ring's slot has a newer record, the marking one was finished.
  bool replaced = r.number != mark >> 5;
  if (!replaced && (!(r.waited >> (mark & 31) & 1) ||
                    !clocks.knows(warp, r.request.warp, r.waitClock)))
    return false;
  if (!replaced && !r.known)
    r.known = clocks.known(r.request.warp, r.waitClock);
  if (replaced || r.known)
    std::fill_n(marks, count, 0);
  return true;
}

std::optional<Violation> AsyncCopies::check(const SharedAccess &access) {
  uint32_t last = (access.offset + access.bytes - 1) / 4;
  for (uint32_t granule = access.offset / 4; granule <= last; ++granule)
    if (uint32_t mark = marks[granule])
      if (!allowsMark(&marks[granule], 1, access.warp))
        return report(record(mark >> 5), access, mark & 31);
  return std::nullopt;
}

std::optional<Violation> AsyncCopies::checkProxy(const SharedAccess &access) {
  uint32_t last = (access.offset + access.bytes - 1) / 4;
  for (uint32_t granule = access.offset / 4; granule <= last; ++granule) {
    uint32_t mark = marks[granule];
    if (!mark)
      continue;
    const Record &r = record(mark >> 5);
    unsigned lane = mark & 31;
    if (r.number != mark >> 5 || !(r.waited >> lane & 1) ||
        clocks.fenced(access.warp, r.request.warp, r.waitClock, lane))
      continue;
    return Violation{
        FindingKind::Proxy,
        llvm::formatv("the async proxy uses shared byte {0}, written by the "
                      "cp.async of line {1}: no fence.proxy.async comes "
                      "between its wait and this",
                      std::max(access.offset, granule * 4),
                      names.lineOf(r.request.origin))};
  }
  return std::nullopt;
}

std::optional<uint32_t> AsyncCopies::unfinished(unsigned warp,
                                                Mask lanes) const {
  for (uint32_t number : warpStates[warp - setup.firstWarp].pending) {
    const Record &r = records[number & (records.size() - 1)];
    if (r.request.lanes & ~r.waited & lanes)
      return names.lineOf(r.request.origin);
  }
  return std::nullopt;
}

} // namespace dlk::exec

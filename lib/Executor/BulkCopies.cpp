// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "BulkCopies.h"
#include "Code.h"
#include "MbarrierOps.h"
#include "SharedShadow.h"
#include <cstring>

using namespace dlk::exec;

BulkCopies::BulkCopies(Cluster &cluster)
    : cluster(cluster), policy(cluster.launch->options->async),
      random(
          uint32_t(cluster.launch->options->seed * 0x9e3779b97f4a7c15 >> 33) |
          1) {}

static void fail(Cluster &cluster, const BulkTransfer &transfer,
                 const std::string &message) {
  Op op;
  op.origin = transfer.origin;
  cluster.ctas[transfer.owner].warps[transfer.warp].fail(
      op, FindingKind::BarrierMisuse, int(transfer.lane),
      "when the copy ended: " + message);
  cluster.stopped = true;
}

/// Copies, or combines element by element.
static void combine(const BulkTransfer &transfer, std::byte *to,
                    const std::byte *from, uint64_t bytes, bool shared) {
  if (!transfer.reduce) {
    std::memcpy(to, from, bytes);
    return;
  }
  unsigned element = typeBits(transfer.reduce->type) / 8;
  for (uint64_t i = 0; i < bytes; i += element)
    reduceElement(*transfer.reduce, to + i, from + i, shared);
}

void BulkCopies::land(Iterator it) {
  BulkTransfer load = std::move(*it);
  loads.erase(it);
  Cta &cta = cluster.ctas[load.cta];
  std::byte *to = cta.shared + load.offset;
  if (load.box)
    load.box->load(to, load.offset + SharedBase);
  else
    combine(load, to, load.other ? load.other : load.staging.data(), load.bytes,
            true);
  std::string error;
  Mbarrier *barrier = cta.mbarriers->find(load.barrier, error);
  if (!barrier)
    return fail(cluster, load, error);
  if (!barrier->current)
    barrier->current = std::make_shared<Visibility>();
  cta.shadow->bulk.finish(load.use, barrier->current);
  auto outcome = cta.mbarriers->addTx(*barrier, -int64_t(load.bytes));
  if (!outcome.error.empty())
    return fail(cluster, load, outcome.error);
  afterMbarrier(cta, load.barrier, outcome);
}

void BulkCopies::readSource(BulkTransfer &store) {
  if (store.read)
    return;
  store.read = true;
  const std::byte *from = cluster.ctas[store.cta].shared + store.offset;
  store.staging.assign(from, from + store.bytes);
}

void BulkCopies::write(BulkTransfer &store) {
  readSource(store);
  if (store.box)
    store.box->store(store.staging.data(), store.offset + SharedBase,
                     [&](std::byte *to, const std::byte *from, uint64_t bytes) {
                       combine(store, to, from, bytes, false);
                     });
  else
    combine(store, store.other, store.staging.data(), store.bytes, false);
}

void BulkCopies::issue(BulkTransfer transfer) {
  if (transfer.load) {
    loads.push_back(std::move(transfer));
    if (policy == AsyncPolicy::Immediate ||
        (policy == AsyncPolicy::Random && random() % 4 == 0))
      land(loads.end() - 1);
    return;
  }
  Thread &thread =
      threads[threadOf(transfer.owner, transfer.warp, transfer.lane)];
  transfer.group = thread.committed + 1;
  Group &group = thread.groups[transfer.group];
  if (!group.seen)
    group = {std::make_shared<Visibility>(), transfer.origin};
  cluster.ctas[transfer.cta].shadow->bulk.finish(transfer.use, group.seen);
  stores.push_back(std::move(transfer));
  if (policy == AsyncPolicy::Immediate) {
    write(stores.back());
    stores.pop_back();
  }
}

void BulkCopies::commit(Warp &warp, unsigned lane) {
  ++threads[threadOf(warp.cta->rank, warp.index, lane)].committed;
}

void BulkCopies::wait(Warp &warp, unsigned lane, uint32_t newest,
                      bool readOnly) {
  auto found = threads.find(threadOf(warp.cta->rank, warp.index, lane));
  if (found == threads.end() || found->second.committed <= newest)
    return;
  Thread &thread = found->second;
  uint32_t done = thread.committed - newest;
  for (auto it = stores.begin(); it != stores.end();) {
    bool own = it->owner == warp.cta->rank && it->warp == warp.index &&
               it->lane == lane && it->group <= done;
    if (own)
      readSource(*it);
    if (own && !readOnly) {
      write(*it);
      it = stores.erase(it);
    } else {
      ++it;
    }
  }
  uint32_t clock = warp.cta->shadow->now(warp.actor);
  auto end = thread.groups.upper_bound(done);
  for (auto it = thread.groups.begin(); it != end; ++it)
    it->second.seen->seen(warp.actor, clock);
  thread.groups.erase(thread.groups.begin(), end);
}

bool BulkCopies::deliverFor(const Cta &cta, uint32_t barrier) {
  if (policy == AsyncPolicy::Random && random() % 2)
    return false;
  for (auto it = loads.begin(); it != loads.end(); ++it)
    if (it->cta == cta.rank && it->barrier == barrier) {
      land(it);
      return true;
    }
  return false;
}

bool BulkCopies::deliverAny() {
  if (!loads.empty()) {
    land(loads.begin() + random() % loads.size());
    return true;
  }
  if (stores.empty())
    return false;
  write(stores.front());
  stores.pop_front();
  ++cluster.progress;
  return true;
}

void BulkCopies::tick() {
  if (policy != AsyncPolicy::Random || random() % 4)
    return;
  if (!loads.empty())
    land(loads.begin() + random() % loads.size());
  if (stores.empty())
    return;
  auto it = stores.begin() + random() % stores.size();
  readSource(*it);
  if (random() % 2) {
    write(*it);
    stores.erase(it);
  }
}

void BulkCopies::finish() {
  for (BulkTransfer &store : stores)
    write(store);
  stores.clear();
}

std::optional<uint32_t> BulkCopies::unfinished(const Warp &warp,
                                               Mask lanes) const {
  for (; lanes; lanes &= lanes - 1) {
    auto found = threads.find(
        threadOf(warp.cta->rank, warp.index, uint32_t(__builtin_ctz(lanes))));
    if (found != threads.end() && !found->second.groups.empty())
      return cluster.launch->code
          ->origins[found->second.groups.begin()->second.origin]
          .line;
  }
  return std::nullopt;
}

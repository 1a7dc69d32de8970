// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sums of counters, and their JSON.

#include "dlk/Executor/Stats.h"

using namespace dlk::exec;

Counters &Counters::operator+=(const Counters &other) {
  warpInstructions += other.warpInstructions;
  laneInstructions += other.laneInstructions;
  sharedRequests += other.sharedRequests;
  sharedWavefronts += other.sharedWavefronts;
  sharedIdeal += other.sharedIdeal;
  globalRequests += other.globalRequests;
  globalSectors += other.globalSectors;
  globalIdeal += other.globalIdeal;
  globalBytes += other.globalBytes;
  asyncBytes += other.asyncBytes;
  barrierWaits += other.barrierWaits;
  failedPolls += other.failedPolls;
  return *this;
}

Stats &Stats::operator+=(const Stats &other) {
  total += other.total;
  for (const auto &[line, stats] : other.lines) {
    LineStats &own = lines[line];
    own.opcode = stats.opcode;
    own.kind = stats.kind;
    own.source = stats.source;
    own.counters += stats.counters;
  }
  for (const auto &[name, counters] : other.classes)
    classes[name] += counters;
  for (const auto &[name, count] : other.tensor)
    tensor[name] += count;
  for (const auto &[name, bytes] : other.copies)
    copies[name] += bytes;
  globalRead += other.globalRead;
  globalWritten += other.globalWritten;
  ctas += other.ctas;
  warps += other.warps;
  return *this;
}

std::map<std::string, Counters> Stats::bySource() const {
  std::map<std::string, Counters> sources;
  for (const auto &[number, line] : lines)
    if (!line.source.empty())
      sources[line.source] += line.counters;
  return sources;
}

static void addCounters(llvm::json::Object &object, const Counters &counters,
                        bool zeros) {
  auto add = [&](llvm::StringRef name, uint64_t value) {
    if (value || zeros)
      object[name] = value;
  };
  add("warp_instructions", counters.warpInstructions);
  add("lane_instructions", counters.laneInstructions);
  add("shared_requests", counters.sharedRequests);
  add("shared_wavefronts", counters.sharedWavefronts);
  add("shared_ideal", counters.sharedIdeal);
  add("global_requests", counters.globalRequests);
  add("global_sectors", counters.globalSectors);
  add("global_ideal", counters.globalIdeal);
  add("global_bytes", counters.globalBytes);
  add("async_bytes", counters.asyncBytes);
  add("barrier_waits", counters.barrierWaits);
  add("failed_polls", counters.failedPolls);
}

llvm::json::Value Stats::toJSON() const {
  llvm::json::Object sums, kinds, mma, moved;
  addCounters(sums, total, true);
  for (const auto &[name, counters] : classes) {
    llvm::json::Object entry;
    addCounters(entry, counters, false);
    kinds[name] = std::move(entry);
  }
  for (const auto &[name, count] : tensor)
    mma[name] = count;
  for (const auto &[name, bytes] : copies)
    moved[name] = bytes;
  llvm::json::Array list;
  for (const auto &[line, stats] : lines) {
    llvm::json::Object entry{
        {"line", line}, {"opcode", stats.opcode}, {"class", stats.kind}};
    if (!stats.source.empty())
      entry["source"] = llvm::json::fixUTF8(stats.source);
    addCounters(entry, stats.counters, false);
    list.push_back(std::move(entry));
  }
  llvm::json::Array places;
  for (const auto &[source, counters] : bySource()) {
    llvm::json::Object entry{{"source", llvm::json::fixUTF8(source)}};
    addCounters(entry, counters, false);
    places.push_back(std::move(entry));
  }
  return llvm::json::Object{{"ctas", ctas},
                            {"warps", warps},
                            {"total", std::move(sums)},
                            {"classes", std::move(kinds)},
                            {"tensor", std::move(mma)},
                            {"copies", std::move(moved)},
                            {"global_read_bytes", globalRead},
                            {"global_written_bytes", globalWritten},
                            {"lines", std::move(list)},
                            {"sources", std::move(places)}};
}

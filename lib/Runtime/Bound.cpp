// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The roofline of a launch. The work is taken to be spread evenly over the
// multiprocessors that have a block. Rates per multiprocessor and clock that
// are not in ChipInfo are the same on all chips from sm_80 on: four warp
// instructions, 16 results of the special function units, 128 bytes of shared
// memory, 64 bytes from L2.

#include "dlk/Runtime/Bound.h"
#include "dlk/Target/TensorRate.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace dlk;
using namespace dlk::runtime;
using llvm::StringRef;

static constexpr double issueRate = 4, specialRate = 16, sharedBytes = 128,
                        l2Bytes = 64, sectorBytes = 32;

/// Bytes per clock that the whole L2 gives: NVIDIA's figure for the A100,
/// and what others have measured on an H100. Not known for the rest.
static std::optional<double> getL2BytesPerClock(const ChipInfo &chip) {
  if (chip.capability == 80)
    return 5120;
  if (chip.capability == 90)
    return 6154;
  return std::nullopt;
}

namespace {
/// Of "wgmma.m64n256k16.f32.bf16.bf16" or "m16n8k16.f32.f16.f16.f32".
struct TensorShape {
  uint64_t m = 0, n = 0, k = 0;
  StringRef type; ///< Of A and B.
  bool wgmma = false, sparse = false;
};
} // namespace

static TensorShape parseTensor(StringRef name) {
  TensorShape shape;
  llvm::SmallVector<StringRef> types;
  for (StringRef word : llvm::split(name, '.')) {
    StringRef rest = word;
    if (word == "wgmma")
      shape.wgmma = true;
    else if (word == "sp")
      shape.sparse = true;
    else if (rest.consume_front("m") && !rest.consumeInteger(10, shape.m) &&
             rest.consume_front("n") && !rest.consumeInteger(10, shape.n) &&
             rest.consume_front("k"))
      (void)rest.consumeInteger(10, shape.k);
    else if (word != "wmma")
      types.push_back(word);
  }
  // wmma of f16 names the types of the accumulators only.
  shape.type = types.size() > 2 ? types[1] : "f16";
  return shape;
}

/// Bytes that bulk copies move in or out of shared memory, or to and from
/// global memory only.
static double getBulkBytes(const exec::Stats &stats, bool globalOnly) {
  double bytes = 0;
  for (const auto &[name, count] : stats.copies)
    if (name != "cp.async" &&
        !(globalOnly && StringRef(name).ends_with(" shared")))
      bytes += double(count);
  return bytes;
}

std::optional<Bound> dlk::runtime::computeBound(const exec::Stats &stats,
                                                StringRef name) {
  const ChipInfo *chip = findChip(name);
  if (!chip || stats.ctas == 0)
    return std::nullopt;
  Bound bound;
  bound.chip = chip;
  bound.sms = std::min<uint64_t>(uint64_t(chip->numSMs), stats.ctas);
  double sms = double(bound.sms), tensor = 0, operandBytes = 0;
  for (const auto &[text, count] : stats.tensor) {
    TensorShape shape = parseTensor(text);
    double products = double(shape.m) * double(shape.n) * double(shape.k);
    tensor += double(count) * products * (shape.sparse ? 0.5 : 1) /
              getTensorRate(*chip, shape.type, shape.wgmma);
    // wgmma reads 32 bytes of k of each column of B from shared memory.
    if (shape.wgmma)
      operandBytes += double(count) * double(shape.n) * 32;
  }
  auto special = stats.classes.find("special");
  double specials = special == stats.classes.end()
                        ? 0
                        : double(special->second.laneInstructions);
  double shared = double(stats.total.sharedWavefronts) +
                  (getBulkBytes(stats, false) + operandBytes) / sharedBytes;
  double l2 = double(stats.total.globalSectors) * sectorBytes +
              getBulkBytes(stats, true);
  double l2Cycles = l2 / l2Bytes / sms;
  if (std::optional<double> rate = getL2BytesPerClock(*chip))
    l2Cycles = std::max(l2Cycles, l2 / *rate);
  double dram = double(stats.globalRead + stats.globalWritten);
  bound.resources = {
      {"tensor", tensor / sms},
      {"special", specials / specialRate / sms},
      {"issue", double(stats.total.warpInstructions) / issueRate / sms},
      {"shared", shared / sms},
      {"l2", l2Cycles},
      {"dram", dram / (chip->memoryGBs / chip->clockGHz)}};
  return bound;
}

const BoundResource &Bound::limiter() const {
  return *llvm::max_element(resources,
                            [](const BoundResource &a, const BoundResource &b) {
                              return a.cycles < b.cycles;
                            });
}

double Bound::seconds() const {
  return limiter().cycles / (chip->clockGHz * 1e9);
}

llvm::json::Value Bound::toJSON() const {
  llvm::json::Object cycles;
  for (const BoundResource &resource : resources)
    cycles[resource.name] = resource.cycles;
  return llvm::json::Object{{"note", BoundCaution},
                            {"chip", chip->name},
                            {"board", chip->board},
                            {"clock_ghz", chip->clockGHz},
                            {"sms", sms},
                            {"cycles", std::move(cycles)},
                            {"limiter", limiter().name},
                            {"estimated_seconds", seconds()}};
}

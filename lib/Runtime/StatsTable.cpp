// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Prints statistics as a table; see StatsTable.h.

#include "dlk/Runtime/StatsTable.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace dlk;
using namespace dlk::runtime;
using exec::Counters;
using exec::LineStats;
using llvm::formatv;
using llvm::raw_ostream;
using llvm::StringRef;

static double ratio(uint64_t a, uint64_t b) {
  return b ? double(a) / double(b) : 0;
}

/// What of the traffic would be there without conflicts and with packed
/// accesses.
static std::string getEfficiency(const Counters &c) {
  uint64_t got = c.sharedWavefronts + c.globalSectors;
  if (!got)
    return "-";
  return formatv("{0:f0} %", 100 * ratio(c.sharedIdeal + c.globalIdeal, got));
}

/// Cycles of a multiprocessor, so that lines can be put in order.
static double getCost(const Counters &c) {
  return std::max({double(c.warpInstructions) / 4, double(c.sharedWavefronts),
                   double(c.globalSectors) / 2, double(c.asyncBytes) / 128});
}

static double getWaste(const Counters &c) {
  return double(c.sharedWavefronts - c.sharedIdeal) +
         double(c.globalSectors - c.globalIdeal) / 2;
}

std::vector<std::string> dlk::runtime::explainLine(const LineStats &line) {
  const Counters &c = line.counters;
  std::vector<std::string> text;
  if (c.sharedWavefronts > c.sharedIdeal)
    text.push_back(
        formatv("bank conflicts: {0:f1} passes over the banks of shared memory "
                "per access, {1:f1} would do: lanes ask for different words of "
                "the same bank",
                ratio(c.sharedWavefronts, c.sharedRequests),
                ratio(c.sharedIdeal, c.sharedRequests)));
  if (c.globalSectors > c.globalIdeal)
    text.push_back(
        formatv("uncoalesced: {0:f1} sectors of 32 bytes per access, its bytes "
                "would fit in {1:f1}: the addresses of the lanes are apart, or "
                "not aligned to 32 bytes",
                ratio(c.globalSectors, c.globalRequests),
                ratio(c.globalIdeal, c.globalRequests)));
  if (ratio(c.laneInstructions, c.warpInstructions) < 16 &&
      c.sharedRequests + c.globalRequests)
    text.push_back(formatv("few lanes: {0:f1} of 32 take part in this access",
                           ratio(c.laneInstructions, c.warpInstructions)));
  if (c.failedPolls)
    text.push_back(formatv("{0} of {1} waits found the phase of the mbarrier "
                           "incomplete",
                           c.failedPolls, c.barrierWaits));
  return text;
}

static std::string getBytesText(uint64_t bytes) {
  if (bytes < 10240)
    return formatv("{0} B", bytes);
  if (bytes < (10 << 20))
    return formatv("{0:f1} KiB", double(bytes) / 1024);
  return formatv("{0:f1} MiB", double(bytes) / (1 << 20));
}

static void printTotals(const exec::Stats &stats, raw_ostream &os) {
  const Counters &c = stats.total;
  auto row = [&](StringRef name) -> raw_ostream & {
    return os << "  " << llvm::left_justify(name, 22);
  };
  row("warp instructions") << formatv(
      "{0}, {1:f1} of 32 lanes active\n", c.warpInstructions,
      ratio(c.laneInstructions, c.warpInstructions));
  for (const auto &[name, count] : stats.tensor)
    row("tensor") << formatv("{0} {1}\n", count, name);
  if (c.sharedRequests)
    row("shared wavefronts")
        << formatv("{0}, ideal {1}\n", c.sharedWavefronts, c.sharedIdeal);
  if (c.globalRequests)
    row("global sectors") << formatv("{0}, ideal {1}; {2:f1} per request\n",
                                     c.globalSectors, c.globalIdeal,
                                     ratio(c.globalSectors, c.globalRequests));
  for (const auto &[name, bytes] : stats.copies)
    row("copied") << getBytesText(bytes) << " by " << name << "\n";
  row("global memory") << getBytesText(stats.globalRead) << " read, "
                       << getBytesText(stats.globalWritten)
                       << " written, each sector once\n";
  if (c.barrierWaits)
    row("barrier waits") << formatv("{0}, of which {1} polls failed\n",
                                    c.barrierWaits, c.failedPolls);
}

static void printBound(const Bound &bound, raw_ostream &os) {
  os << formatv("  bound ({0}): {1:f2} us on {2} of {3} multiprocessors of the "
                "{4}, limited by {5}\n",
                BoundCaution, bound.seconds() * 1e6, bound.sms,
                bound.chip->numSMs, bound.chip->board, bound.limiter().name);
  os << "    at least, in cycles:";
  for (const BoundResource &resource : bound.resources)
    os << formatv(" {0} {1:f0}", resource.name, resource.cycles);
  os << "\n";
}

static std::string getPair(uint64_t got, uint64_t ideal) {
  return got || ideal ? formatv("{0}/{1}", got, ideal).str() : "-";
}

/// At most as wide as its column.
static std::string shorten(StringRef text, size_t width) {
  if (text.size() <= width)
    return text.str();
  return (text.take_front(width - 3) + "...").str();
}

/// The columns that all rows have.
static void printRow(StringRef number, StringRef what, const Counters &c,
                     StringRef source, raw_ostream &os) {
  std::string row = formatv(
      "  {0,6} {1,-40} {2,10} {3,5:f1} {4,17} {5,17} {6,6}  {7}", number,
      shorten(what, 40), c.warpInstructions,
      ratio(c.laneInstructions, c.warpInstructions),
      getPair(c.sharedWavefronts, c.sharedIdeal),
      getPair(c.globalSectors, c.globalIdeal), getEfficiency(c), source);
  os << StringRef(row).rtrim() << "\n";
}

using LineRow = std::pair<uint32_t, const LineStats *>;
using SourceRow = std::pair<std::string, Counters>;

static const Counters &getCounters(const LineRow &row) {
  return row.second->counters;
}
static const Counters &getCounters(const SourceRow &row) { return row.second; }

/// Tensor instructions take their time without moving anything that is counted.
static double getRowCost(const LineRow &row) {
  const LineStats &line = *row.second;
  double each = llvm::StringRef(line.opcode).starts_with("wgmma.mma") ? 32
                : line.kind == "tensor"                               ? 2
                                                                      : 0;
  return std::max(getCost(line.counters),
                  each * double(line.counters.warpInstructions));
}
static double getRowCost(const SourceRow &row) { return getCost(row.second); }

template <typename Row> static void sortWorstFirst(std::vector<Row> &rows) {
  llvm::stable_sort(rows, [](const Row &a, const Row &b) {
    return std::pair(getWaste(getCounters(a)), getRowCost(a)) >
           std::pair(getWaste(getCounters(b)), getRowCost(b));
  });
}

/// Unrolled loops have many lines that did the same.
static bool areAlike(const LineStats &a, const LineStats &b) {
  const Counters &x = a.counters, &y = b.counters;
  return a.opcode == b.opcode && x.warpInstructions == y.warpInstructions &&
         x.laneInstructions == y.laneInstructions &&
         x.sharedWavefronts == y.sharedWavefronts &&
         x.globalSectors == y.globalSectors && explainLine(a) == explainLine(b);
}

static void printLines(const exec::Stats &stats, unsigned most,
                       raw_ostream &os) {
  std::vector<LineRow> rows;
  for (const auto &[number, line] : stats.lines)
    rows.push_back({number, &line});
  sortWorstFirst(rows);
  llvm::ArrayRef<LineRow> rest = rows;
  for (unsigned shown = 0; shown < most && !rest.empty(); ++shown) {
    auto [number, line] = rest.front();
    printRow(std::to_string(number), line->opcode, line->counters, line->source,
             os);
    const LineStats &first = *line;
    rest = rest.drop_front();
    llvm::ArrayRef<LineRow> alike = rest.take_while(
        [&](const LineRow &row) { return areAlike(*row.second, first); });
    rest = rest.drop_front(alike.size());
    if (!alike.empty())
      os << formatv("         and {0} line{1} like it, up to {2}\n",
                    alike.size(), alike.size() == 1 ? "" : "s",
                    alike.back().first);
    for (const std::string &text : explainLine(first))
      os << "         " << text << "\n";
  }
  if (!rest.empty())
    os << formatv("  ... {0} more lines\n", rest.size());
}

static void printSources(const exec::Stats &stats, unsigned most,
                         raw_ostream &os) {
  std::map<std::string, Counters> sources = stats.bySource();
  std::vector<SourceRow> rows(sources.begin(), sources.end());
  if (rows.empty())
    return;
  sortWorstFirst(rows);
  os << "  by line of the source:\n";
  for (const auto &[source, counters] : llvm::ArrayRef(rows).take_front(most))
    printRow("", "", counters, source, os);
}

void dlk::runtime::printStats(StringRef kernel, const exec::Stats &stats,
                              const std::optional<Bound> &bound,
                              raw_ostream &os, unsigned lines) {
  os << formatv("kernel '{0}': {1} blocks, {2} warps\n", kernel, stats.ctas,
                stats.warps);
  printTotals(stats, os);
  if (bound)
    printBound(*bound, os);
  os << formatv("  {0,6} {1,-40} {2,10} {3,5} {4,17} {5,17} {6,6}  {7}\n",
                "line", "instruction", "executed", "lanes", "shared/ideal",
                "sectors/ideal", "good", "source");
  printLines(stats, lines, os);
  printSources(stats, lines / 2, os);
}

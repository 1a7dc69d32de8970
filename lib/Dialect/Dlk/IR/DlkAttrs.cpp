// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Parsing, printing and verification of `#dlk.target` and `#dlk.schedule`. A
// schedule is parsed field by field in any order over a plain `Schedule` that
// starts with the defaults, and printed whole.

#include "dlk/Dialect/Dlk/IR/Dlk.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace dlk;

#define GET_ATTRDEF_CLASSES
#include "dlk/Dialect/Dlk/IR/DlkAttrs.cpp.inc"

void DlkDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dlk/Dialect/Dlk/IR/DlkAttrs.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// Target
//===----------------------------------------------------------------------===//

LogicalResult TargetAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 StringRef chip) {
  if (findChip(chip))
    return success();
  return emitError() << "unknown chip: '" << chip
                     << "'; supported: " << getSupportedChipNames()
                     << " [DLK-A1]";
}

const ChipInfo &TargetAttr::getChipInfo() const { return *findChip(getChip()); }

//===----------------------------------------------------------------------===//
// Schedule: values
//===----------------------------------------------------------------------===//

ScheduleAttr ScheduleAttr::get(MLIRContext *context, const Schedule &s) {
  return get(context, s.engine, s.tile, s.warps, s.roles, s.stages, s.cluster,
             s.swapAb, s.copy, s.epilogue, s.split, s.splitFactor, s.raster,
             s.rasterGroup, s.persistent, s.regs, s.kOrder);
}

template <size_t size>
static std::array<int64_t, size> toArray(ArrayRef<int64_t> values) {
  std::array<int64_t, size> array;
  llvm::copy(values, array.begin());
  return array;
}

Schedule ScheduleAttr::getSchedule() const {
  Schedule s;
  s.engine = getEngine();
  s.tile = toArray<3>(getTile());
  s.warps = toArray<2>(getWarps());
  s.roles = getRoles();
  s.stages = getStages();
  s.cluster = toArray<2>(getCluster());
  s.swapAb = getSwapAb();
  s.copy = getCopy();
  s.epilogue = getEpilogue();
  s.split = getSplit();
  s.splitFactor = getSplitFactor();
  s.raster = getRaster();
  s.rasterGroup = getRasterGroup();
  s.persistent = getPersistent();
  s.regs = toArray<2>(getRegs());
  s.kOrder = getKOrder();
  return s;
}

//===----------------------------------------------------------------------===//
// Schedule: rules
//===----------------------------------------------------------------------===//

static LogicalResult checkRange(function_ref<InFlightDiagnostic()> emitError,
                                StringRef field, ArrayRef<int64_t> values,
                                int64_t low, int64_t high, StringRef rule) {
  for (int64_t value : values)
    if (value < low || value > high)
      return emitError() << field << " is not in " << low << ".." << high
                         << ": " << value << " [DLK-" << rule << "]";
  return success();
}

static LogicalResult checkRegs(function_ref<InFlightDiagnostic()> emitError,
                               ArrayRef<int64_t> regs) {
  auto isSettable = [](int64_t count) {
    return count >= 24 && count <= 256 && count % 8 == 0;
  };
  if (llvm::all_of(regs, [](int64_t count) { return count == 0; }) ||
      llvm::all_of(regs, isSettable))
    return success();
  return emitError()
         << "regs are neither both 0 nor both multiples of 8 in 24..256: ["
         << regs << "] [DLK-A6]";
}

LogicalResult ScheduleAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   Engine, ArrayRef<int64_t> tile,
                                   ArrayRef<int64_t> warps, Roles,
                                   int64_t stages, ArrayRef<int64_t> cluster,
                                   bool, CopyKind, EpilogueKind,
                                   SplitKind split, int64_t splitFactor,
                                   Raster raster, int64_t rasterGroup, bool,
                                   ArrayRef<int64_t> regs, KOrder) {
  constexpr int64_t most = 65536;
  if (failed(checkRange(emitError, "tile", tile, 1, most, "A3")) ||
      failed(checkRange(emitError, "warps", warps, 1, most, "A3")) ||
      failed(checkRange(emitError, "cluster", cluster, 1, most, "A3")) ||
      failed(checkRange(emitError, "stages", stages, 1, 64, "A4")))
    return failure();
  if (split == SplitKind::SplitK &&
      failed(checkRange(emitError, "split_k", splitFactor, 2, most, "A5")))
    return failure();
  if (raster == Raster::Grouped &&
      failed(checkRange(emitError, "grouped", rasterGroup, 1, most, "A5")))
    return failure();
  return checkRegs(emitError, regs);
}

//===----------------------------------------------------------------------===//
// Schedule: text
//===----------------------------------------------------------------------===//

namespace {
/// Parses one field after its `=` into a plain schedule.
struct FieldParserOf {
  AsmParser &parser;

  ParseResult parse(int64_t &value) { return parser.parseInteger(value); }

  ParseResult parse(bool &value) {
    if (succeeded(parser.parseOptionalKeyword("true"))) {
      value = true;
      return success();
    }
    value = false;
    return parser.parseKeyword("false", ", or true");
  }

  template <size_t size> ParseResult parse(std::array<int64_t, size> &values) {
    SmallVector<int64_t, size> list;
    SMLoc loc = parser.getCurrentLocation();
    if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
          return parser.parseInteger(list.emplace_back());
        }))
      return failure();
    if (list.size() != size)
      return parser.emitError(loc)
             << "expected " << size << " values: " << list.size() << " given";
    llvm::copy(list, values.begin());
    return success();
  }

  template <typename EnumT>
  std::enable_if_t<std::is_enum_v<EnumT>, ParseResult> parse(EnumT &value) {
    FailureOr<EnumT> parsed = FieldParser<EnumT>::parse(parser);
    if (failed(parsed))
      return failure();
    value = *parsed;
    return success();
  }

  /// A keyword, followed by a number if it is `counted`.
  template <typename EnumT>
  ParseResult parse(EnumT &value, EnumT counted, int64_t &count) {
    count = 0;
    if (parse(value))
      return failure();
    return value == counted ? parse(count) : ParseResult(success());
  }

  ParseResult parseField(StringRef name, SMLoc loc, Schedule &s) {
    if (name == "engine")
      return parse(s.engine);
    if (name == "tile")
      return parse(s.tile);
    if (name == "warps")
      return parse(s.warps);
    if (name == "roles")
      return parse(s.roles);
    if (name == "stages")
      return parse(s.stages);
    if (name == "cluster")
      return parse(s.cluster);
    if (name == "swap_ab")
      return parse(s.swapAb);
    if (name == "copy")
      return parse(s.copy);
    if (name == "epilogue")
      return parse(s.epilogue);
    if (name == "split")
      return parse(s.split, SplitKind::SplitK, s.splitFactor);
    if (name == "raster")
      return parse(s.raster, Raster::Grouped, s.rasterGroup);
    if (name == "persistent")
      return parse(s.persistent);
    if (name == "regs")
      return parse(s.regs);
    if (name == "k_order")
      return parse(s.kOrder);
    return parser.emitError(loc)
           << "unknown field of a schedule: '" << name
           << "'; known: engine, tile, warps, roles, stages, cluster, swap_ab, "
              "copy, epilogue, split, raster, persistent, regs, k_order "
              "[DLK-A2]";
  }
};
} // namespace

Attribute ScheduleAttr::parse(AsmParser &parser, Type) {
  Schedule schedule;
  llvm::StringSet<> seen;
  FieldParserOf fields{parser};
  auto parseOne = [&]() -> ParseResult {
    StringRef name;
    SMLoc loc = parser.getCurrentLocation();
    if (parser.parseKeyword(&name))
      return failure();
    if (!seen.insert(name).second)
      return parser.emitError(loc)
             << "field given twice: '" << name << "' [DLK-A2]";
    return failure(parser.parseEqual() ||
                   fields.parseField(name, loc, schedule));
  };
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater,
                                     parseOne))
    return {};
  Schedule &s = schedule;
  return getChecked([&] { return parser.emitError(loc); }, parser.getContext(),
                    s.engine, s.tile, s.warps, s.roles, s.stages, s.cluster,
                    s.swapAb, s.copy, s.epilogue, s.split, s.splitFactor,
                    s.raster, s.rasterGroup, s.persistent, s.regs, s.kOrder);
}

void ScheduleAttr::print(AsmPrinter &printer) const {
  auto flag = [](bool value) { return value ? "true" : "false"; };
  printer << "<engine = " << getEngine() << ", tile = [" << getTile()
          << "], warps = [" << getWarps() << "], roles = " << getRoles()
          << ", stages = " << getStages() << ", cluster = [" << getCluster()
          << "], swap_ab = " << flag(getSwapAb()) << ", copy = " << getCopy()
          << ", epilogue = " << getEpilogue() << ", split = " << getSplit();
  if (getSplit() == SplitKind::SplitK)
    printer << ' ' << getSplitFactor();
  printer << ", raster = " << getRaster();
  if (getRaster() == Raster::Grouped)
    printer << ' ' << getRasterGroup();
  printer << ", persistent = " << flag(getPersistent()) << ", regs = ["
          << getRegs() << ']';
  if (getKOrder() != KOrder::Channels)
    printer << ", k_order = " << getKOrder();
  printer << '>';
}

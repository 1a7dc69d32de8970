// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Text and rules of `#dlk_tile.layout` and `#dlk_tile.fragment`.

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/CheckedArithmetic.h"

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

#define GET_ATTRDEF_CLASSES
#include "dlk/Dialect/DlkTile/IR/DlkTileAttrs.cpp.inc"

void DlkTileDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dlk/Dialect/DlkTile/IR/DlkTileAttrs.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// Layout
//===----------------------------------------------------------------------===//

LayoutAttr LayoutAttr::get(MLIRContext *context, const Layout &layout) {
  SmallVector<int64_t> ranks, extents, strides, swizzle;
  for (const LayoutMode &mode : layout.getModes()) {
    ranks.push_back(mode.size());
    for (const LayoutPart &part : mode) {
      extents.push_back(part.extent);
      strides.push_back(part.stride);
    }
  }
  if (Swizzle s = layout.getSwizzle())
    swizzle = {s.bits, s.base, s.shift};
  return get(context, ranks, extents, strides, swizzle);
}

Layout LayoutAttr::getLayout() const {
  SmallVector<LayoutMode> modes;
  size_t next = 0;
  for (int64_t rank : getModeRanks()) {
    LayoutMode &mode = modes.emplace_back();
    for (int64_t i = 0; i < rank; ++i, ++next)
      mode.push_back({getExtents()[next], getStrides()[next]});
  }
  Swizzle swizzle;
  if (!getSwizzle().empty())
    swizzle = {getSwizzle()[0], getSwizzle()[1], getSwizzle()[2]};
  return Layout(modes, swizzle);
}

/// Whether all extents and the largest offset are below `limit` (< 2^62).
static bool offsetsStayBelow(ArrayRef<int64_t> extents,
                             ArrayRef<int64_t> strides, int64_t limit) {
  int64_t last = 0;
  for (auto [extent, stride] : llvm::zip_equal(extents, strides)) {
    if (extent >= limit)
      return false;
    auto reach = llvm::checkedMul(std::max<int64_t>(extent - 1, 0), stride);
    if (!reach || *reach >= limit - last)
      return false;
    last += *reach;
  }
  return true;
}

LogicalResult LayoutAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 ArrayRef<int64_t> modeRanks,
                                 ArrayRef<int64_t> extents,
                                 ArrayRef<int64_t> strides,
                                 ArrayRef<int64_t> swizzle) {
  for (int64_t rank : modeRanks)
    if (rank < 1)
      return emitError()
             << "a dimension of a layout has no extent:stride pair [DLK-T1]";
  for (int64_t extent : extents)
    if (extent < 0)
      return emitError() << "extent of a layout is negative: " << extent
                         << " [DLK-T1]";
  for (int64_t stride : strides)
    if (stride < 0)
      return emitError() << "stride of a layout is negative: " << stride
                         << " [DLK-T2]";
  if (!offsetsStayBelow(extents, strides, int64_t(1) << 48))
    return emitError() << "offsets of a layout reach 2^48 or more [DLK-T2]";
  if (swizzle.empty())
    return success();
  auto isSwizzle = [](int64_t bits, int64_t base, int64_t shift) {
    return bits >= 1 && bits <= 4 && base >= 0 && base <= 32 && shift >= bits &&
           shift <= 32 && bits + base + shift <= 32;
  };
  if (swizzle.size() != 3 || !isSwizzle(swizzle[0], swizzle[1], swizzle[2]))
    return emitError() << "swizzle is not <B, M, S> with B in 1..4, M >= 0, "
                          "S >= B and B + M + S <= 32: <"
                       << swizzle << "> [DLK-T3]";
  return success();
}

/// `[extent:stride, ...]` of one dimension.
static ParseResult parseMode(AsmParser &parser, SmallVector<int64_t> &extents,
                             SmallVector<int64_t> &strides, int64_t &rank) {
  rank = 0;
  return parser.parseCommaSeparatedList(
      AsmParser::Delimiter::Square, [&]() -> ParseResult {
        ++rank;
        return failure(parser.parseInteger(extents.emplace_back()) ||
                       parser.parseColon() ||
                       parser.parseInteger(strides.emplace_back()));
      });
}

Attribute LayoutAttr::parse(AsmParser &parser, Type) {
  SmallVector<int64_t> ranks, extents, strides, swizzle;
  SMLoc loc = parser.getCurrentLocation();
  auto parseItem = [&]() -> ParseResult {
    if (succeeded(parser.parseOptionalKeyword("swizzle")))
      return parser.parseCommaSeparatedList(
          AsmParser::Delimiter::LessGreater,
          [&] { return parser.parseInteger(swizzle.emplace_back()); });
    return parseMode(parser, extents, strides, ranks.emplace_back());
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::OptionalLessGreater,
                                     parseItem))
    return {};
  return parser.getChecked<LayoutAttr>(loc, parser.getContext(), ranks, extents,
                                       strides, swizzle);
}

void LayoutAttr::print(AsmPrinter &printer) const {
  if (getModeRanks().empty())
    return;
  printer << '<';
  size_t next = 0;
  llvm::interleaveComma(getModeRanks(), printer, [&](int64_t rank) {
    printer << '[';
    for (int64_t i = 0; i < rank; ++i, ++next)
      printer << (i ? ", " : "") << getExtents()[next] << ':'
              << getStrides()[next];
    printer << ']';
  });
  if (!getSwizzle().empty())
    printer << ", swizzle<" << getSwizzle()[0] << ", " << getSwizzle()[1]
            << ", " << getSwizzle()[2] << '>';
  printer << '>';
}

//===----------------------------------------------------------------------===//
// Fragment
//===----------------------------------------------------------------------===//

LogicalResult FragmentAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   FragmentKind, int64_t warpsM,
                                   int64_t warpsN) {
  if (warpsM < 1 || warpsN < 1)
    return emitError() << "warps of a fragment are not positive: [" << warpsM
                       << ", " << warpsN << "] [DLK-T4]";
  if (warpsM > 32 || warpsN > 32 / warpsM)
    return emitError() << "a fragment has more than 32 warps: [" << warpsM
                       << ", " << warpsN << "] [DLK-T4]";
  return success();
}

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Text and rules of `#dlk.gather`, and its plain value.

#include "dlk/Dialect/Dlk/IR/Dlk.h"
#include "mlir/IR/AffineExpr.h"
#include "llvm/Support/CheckedArithmetic.h"

using namespace mlir;
using namespace dlk;

/// Adds `factor` times the coefficients of a linear expression. Coefficients
/// are small enough for exact sums (rule A9 bounds what they reach).
static bool addLinear(AffineExpr expr, int64_t factor,
                      MutableArrayRef<int64_t> coefficients,
                      int64_t &constant) {
  if (auto number = dyn_cast<AffineConstantExpr>(expr)) {
    auto sum = llvm::checkedMulAdd(factor, number.getValue(), constant);
    constant = sum.value_or(0);
    return sum.has_value();
  }
  if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
    coefficients[dim.getPosition()] += factor;
    return true;
  }
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return false;
  if (expr.getKind() == AffineExprKind::Add)
    return addLinear(binary.getLHS(), factor, coefficients, constant) &&
           addLinear(binary.getRHS(), factor, coefficients, constant);
  auto number = dyn_cast<AffineConstantExpr>(binary.getRHS());
  if (expr.getKind() != AffineExprKind::Mul || !number)
    return false;
  auto product = llvm::checkedMul(factor, number.getValue());
  return product && std::abs(*product) <= INT32_MAX &&
         addLinear(binary.getLHS(), *product, coefficients, constant);
}

static bool isLinear(AffineMap map) {
  SmallVector<int64_t> coefficients(map.getNumDims());
  int64_t constant = 0;
  return map.getNumSymbols() == 0 &&
         llvm::all_of(map.getResults(), [&](AffineExpr result) {
           return addLinear(result, 1, coefficients, constant);
         });
}

static Gather toGather(ArrayRef<int64_t> ranks, ArrayRef<int64_t> extents,
                       AffineMap map) {
  Gather gather;
  for (int64_t rank : ranks) {
    ArrayRef<int64_t> digits = extents.take_front(rank);
    gather.groups.emplace_back(digits.begin(), digits.end());
    extents = extents.drop_front(rank);
  }
  for (AffineExpr result : map.getResults()) {
    auto &coefficients = gather.coefficients.emplace_back();
    coefficients.resize(map.getNumDims(), 0);
    addLinear(result, 1, coefficients, gather.constants.emplace_back(0));
  }
  return gather;
}

Gather GatherAttr::getGather() const {
  return toGather(getRanks(), getExtents(), getMap());
}

SmallVector<int64_t> GatherAttr::getShape() const {
  Gather gather = getGather();
  SmallVector<int64_t> shape;
  for (unsigned dim = 0; dim < gather.getRank(); ++dim)
    shape.push_back(gather.getExtent(dim));
  return shape;
}

//===----------------------------------------------------------------------===//
// Rules
//===----------------------------------------------------------------------===//

/// Whether the product of the extents stays below 2^31.
static bool isSmall(ArrayRef<int64_t> extents) {
  int64_t product = 1;
  for (int64_t extent : extents) {
    if (extent < 0 || extent > INT32_MAX)
      return false;
    product *= std::max<int64_t>(extent, 1);
    if (product > INT32_MAX)
      return false;
  }
  return true;
}

/// Whether no digit alone moves an index of the tensor by 2^32 or more, so that
/// ranges do not overflow.
static bool hasSmallTerms(const Gather &gather, unsigned dim) {
  unsigned digit = 0;
  for (const auto &group : gather.groups)
    for (int64_t extent : group) {
      auto reach = llvm::checkedMul(gather.coefficients[dim][digit++], extent);
      if (!reach || std::abs(*reach) > int64_t(UINT32_MAX))
        return false;
    }
  return std::abs(gather.constants[dim]) <= int64_t(UINT32_MAX);
}

LogicalResult GatherAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 ArrayRef<int64_t> ranks,
                                 ArrayRef<int64_t> extents, AffineMap map) {
  int64_t digits = 0;
  for (int64_t rank : ranks)
    digits += rank;
  if (digits != int64_t(extents.size()) || map.getNumDims() != digits ||
      llvm::any_of(ranks, [](int64_t rank) { return rank < 1; }) ||
      !isLinear(map))
    return emitError() << "map of a gather is not linear in one dimension for "
                          "each of "
                       << extents.size()
                       << " digits: " << AffineMapAttr::get(map) << " [DLK-A8]";
  ArrayRef<int64_t> rest = extents;
  for (int64_t rank : ranks) {
    if (!isSmall(rest.take_front(rank)))
      return emitError() << "extents of a gather are not in 0..2^31-1: ["
                         << rest.take_front(rank) << "] [DLK-A9]";
    rest = rest.drop_front(rank);
  }
  Gather gather = toGather(ranks, extents, map);
  for (unsigned dim = 0; dim < gather.getTensorRank(); ++dim) {
    IndexRange range = gather.getRange(dim);
    if (!hasSmallTerms(gather, dim) || range.least < INT32_MIN ||
        range.most > INT32_MAX)
      return emitError() << "indices of a gather are not in -2^31..2^31-1: "
                         << range.least << ".." << range.most << " [DLK-A9]";
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

Attribute GatherAttr::parse(AsmParser &parser, Type) {
  SmallVector<int64_t> ranks, extents;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLess())
    return {};
  while (succeeded(parser.parseOptionalLSquare())) {
    size_t before = extents.size();
    if (parser.parseCommaSeparatedList(
            [&] { return parser.parseInteger(extents.emplace_back()); }) ||
        parser.parseRSquare() || parser.parseComma())
      return {};
    ranks.push_back(extents.size() - before);
  }
  AffineMapAttr mapAttr;
  if (parser.parseAttribute(mapAttr))
    return {};
  if (parser.parseGreater())
    return {};
  return GatherAttr::getChecked([&] { return parser.emitError(loc); },
                                parser.getContext(), ArrayRef<int64_t>(ranks),
                                ArrayRef<int64_t>(extents), mapAttr.getValue());
}

void GatherAttr::print(AsmPrinter &printer) const {
  printer << '<';
  ArrayRef<int64_t> rest = getExtents();
  for (int64_t rank : getRanks()) {
    printer << '[' << rest.take_front(rank) << "], ";
    rest = rest.drop_front(rank);
  }
  printer << AffineMapAttr::get(getMap()) << '>';
}

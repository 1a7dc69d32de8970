// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Elements of a gather: digits by division, indices of the tensor and byte
// offsets as sums over the digits.
//
// In the main loop of a convolution the rows of a tile, pixels, stay and its
// columns, filter taps and channels, move on. What a row decides is then a bit
// for each tap, computed once, and all that the loop does for a row is to test
// a bit and to add the tap's offset.

#include "dlk/Transforms/GatherAddress.h"
#include "dlk/Transforms/DeviceBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

/// Taps that the bits of a mask can tell.
static constexpr int64_t kMostTaps = 64;

GatherAddress::GatherAddress(OpBuilder &builder, Operation *user, Value memory,
                             const Gather &gather, ValueRange origin,
                             ArrayRef<int64_t> tile)
    : builder(builder), user(user), loc(user->getLoc()),
      type(cast<MemType>(memory.getType())), gather(gather),
      tensorShape(type.getTensorShape()), origin(origin), tile(tile),
      rowDim(gather.getRank() - 2), columnDim(gather.getRank() - 1) {
  Layout layout = type.getLayout().getLayout();
  int64_t start = 0;
  digitBytes.assign(gather.getNumDigits(), 0);
  for (unsigned dim = 0; dim < gather.getTensorRank(); ++dim) {
    int64_t bytes = layout.getModes()[dim].front().stride *
                    static_cast<int64_t>(type.getElementBytes());
    start += gather.constants[dim] * bytes;
    for (auto [digit, coefficient] : llvm::enumerate(gather.coefficients[dim]))
      digitBytes[digit] += coefficient * bytes;
    IndexRange range = gather.getRange(dim);
    if (range.least < 0 || range.most >= tensorShape[dim])
      checked.push_back(dim);
  }
  auto pointerType = LLVM::LLVMPointerType::get(
      builder.getContext(), unsigned(NVVM::NVVMMemorySpace::Global));
  base = PointerOp::create(builder, loc, pointerType, memory);
  Value first = base;
  if (start != 0)
    first = advance(first, arith::ConstantIntOp::create(
                               builder, loc, builder.getI64Type(), start));
  leadingIndices.assign(checked.size(), Value());
  for (unsigned dim = 0; dim < rowDim; ++dim) {
    Part &leading = part(dim, ThreadCoordinate());
    first = advance(first, leading.offset);
    for (auto [sum, index] : llvm::zip_equal(leadingIndices, leading.indices))
      sum = add(sum, index);
  }
  this->first = first;
}

bool GatherAddress::variesInLoop(unsigned dim) const {
  auto loop = user->getParentOfType<LoopLikeOpInterface>();
  return loop && !loop.isDefinedOutsideOfLoop(origin[dim]);
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

Value GatherAddress::constant(int64_t value) {
  return arith::ConstantIntOp::create(builder, loc, builder.getI32Type(),
                                      value);
}

Value GatherAddress::add(Value lhs, Value rhs) {
  if (!lhs || !rhs)
    return lhs ? lhs : rhs;
  return builder.createOrFold<arith::AddIOp>(loc, lhs, rhs);
}

Value GatherAddress::both(Value lhs, Value rhs) {
  if (!lhs || !rhs)
    return lhs ? lhs : rhs;
  return builder.createOrFold<arith::AndIOp>(loc, lhs, rhs);
}

Value GatherAddress::advance(Value pointer, Value bytes) {
  if (!bytes)
    return pointer;
  return LLVM::GEPOp::create(builder, loc, pointer.getType(),
                             builder.getI8Type(), pointer,
                             ArrayRef<LLVM::GEPArg>{bytes});
}

//===----------------------------------------------------------------------===//
// Parts
//===----------------------------------------------------------------------===//

/// The digits of origin + coordinate. Where tiles do not cross multiples of the
/// last digit's extent, only that digit depends on the coordinate.
void GatherAddress::emitDigits(unsigned dim, const ThreadCoordinate &coordinate,
                               Part &part) {
  ArrayRef<int64_t> extents = gather.groups[dim];
  Value position = arith::IndexCastUIOp::create(
      builder, loc, builder.getI32Type(), origin[dim]);
  Value local = coordinate.variable;
  if (coordinate.offset != 0)
    local = add(local, constant(coordinate.offset));
  int64_t tileExtent = dim < rowDim ? 1 : tile[dim - rowDim];
  int64_t last = extents.back();
  bool staysInDigit = extents.size() > 1 && last % tileExtent == 0 &&
                      knownDivisor(origin[dim]) % tileExtent == 0;
  if (!staysInDigit)
    position = add(position, local);
  part.digits.assign(extents.size(), Value());
  for (size_t digit = extents.size(); digit-- > 1;) {
    Value extent = constant(extents[digit]);
    part.digits[digit] =
        builder.createOrFold<arith::RemUIOp>(loc, position, extent);
    position = builder.createOrFold<arith::DivUIOp>(loc, position, extent);
    if (digit + 1 == extents.size())
      part.outer = position;
  }
  part.digits[0] = position;
  if (staysInDigit)
    part.digits.back() = add(part.digits.back(), local);
}

/// Byte offset, and indices of the tensor where they are checked.
void GatherAddress::emitSums(unsigned dim, Part &part) {
  Type i64 = builder.getI64Type();
  unsigned first = gather.getFirstDigit(dim);
  part.indices.assign(checked.size(), Value());
  for (auto [i, digit] : llvm::enumerate(part.digits)) {
    if (int64_t bytes = digitBytes[first + i]) {
      Value wide = arith::ExtUIOp::create(builder, loc, i64, digit);
      Value factor = arith::ConstantIntOp::create(builder, loc, i64, bytes);
      part.offset = add(part.offset,
                        builder.createOrFold<arith::MulIOp>(loc, wide, factor));
    }
    for (auto [sum, tensorDim] : llvm::zip_equal(part.indices, checked)) {
      int64_t coefficient = gather.coefficients[tensorDim][first + i];
      if (coefficient != 0)
        sum = add(sum, builder.createOrFold<arith::MulIOp>(
                           loc, digit, constant(coefficient)));
    }
  }
}

Value GatherAddress::emitExtentCheck(unsigned dim,
                                     const ThreadCoordinate &coordinate) {
  if (dim < rowDim)
    return Value();
  int64_t extent = gather.getExtent(dim);
  auto cluster = user->getParentOfType<KernelOp>().getClusterShape();
  if (liesInside(origin[dim], extent, tile[dim - rowDim],
                 cluster[dim - rowDim]))
    return Value();
  Value position = arith::IndexCastUIOp::create(
      builder, loc, builder.getI32Type(), origin[dim]);
  position = add(position, coordinate.variable);
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt,
                               position, constant(extent - coordinate.offset));
}

GatherAddress::Part &GatherAddress::part(unsigned dim,
                                         const ThreadCoordinate &coordinate) {
  Key key{coordinate.variable ? coordinate.variable.getAsOpaquePointer()
                              : nullptr,
          {dim, coordinate.offset}};
  auto [known, isNew] = parts.try_emplace(key);
  if (isNew) {
    Part part;
    emitDigits(dim, coordinate, part);
    emitSums(dim, part);
    part.inside = emitExtentCheck(dim, coordinate);
    known = parts.find(key);
    known->second = std::move(part);
  }
  return known->second;
}

//===----------------------------------------------------------------------===//
// Inside or outside
//===----------------------------------------------------------------------===//

/// Whether a dimension of the tensor depends on at most one outer digit of the
/// column, and not on the last one.
bool GatherAddress::isSeparable(unsigned tensorDim) const {
  unsigned first = gather.getFirstDigit(columnDim);
  unsigned last = gather.getNumDigits() - 1, dependent = 0;
  for (unsigned digit = first; digit < last; ++digit)
    dependent += gather.coefficients[tensorDim][digit] != 0;
  return dependent <= 1 && gather.coefficients[tensorDim][last] == 0;
}

int64_t GatherAddress::countTaps() const {
  return gather.getExtent(columnDim) /
         std::max<int64_t>(1, gather.groups[columnDim].back());
}

bool GatherAddress::usesMask() const {
  return gather.groups[columnDim].size() > 1 && countTaps() <= kMostTaps &&
         !variesInLoop(rowDim) && variesInLoop(columnDim) &&
         llvm::all_of(checked, [&](unsigned dim) { return isSeparable(dim); });
}

Value GatherAddress::isIndexInside(unsigned tensorDim, Value index) {
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult, index,
                               constant(tensorShape[tensorDim]));
}

/// The index of the tensor along checked dimension `i`, as far as the row and,
/// if given, the column say.
Value GatherAddress::emitIndex(unsigned i, Part &row, Part *column) {
  Value index = add(leadingIndices[i], row.indices[i]);
  if (column)
    index = add(index, column->indices[i]);
  if (!index)
    index = constant(0);
  int64_t fixed = gather.constants[checked[i]];
  return fixed == 0 ? index : add(index, constant(fixed));
}

/// For each value of an outer column digit, `mask` if the dimensions of the
/// tensor that depend on it are inside, else 0, one behind the other.
Value GatherAddress::emitMaskDigit(Part &row, unsigned digit, Value mask,
                                   int64_t bits) {
  unsigned number = gather.getFirstDigit(columnDim) + digit;
  Type maskType = mask.getType();
  Value zero = arith::ConstantIntOp::create(builder, loc, maskType, 0), result;
  for (int64_t value = 0; value < gather.groups[columnDim][digit]; ++value) {
    Value shift =
        arith::ConstantIntOp::create(builder, loc, maskType, value * bits);
    Value shifted = builder.createOrFold<arith::ShLIOp>(loc, mask, shift);
    Value inside;
    for (auto [i, dim] : llvm::enumerate(checked)) {
      int64_t coefficient = gather.coefficients[dim][number];
      if (coefficient == 0)
        continue;
      Value index = emitIndex(i, row, nullptr);
      if (value != 0)
        index = add(index, constant(value * coefficient));
      inside = both(inside, isIndexInside(dim, index));
    }
    if (inside)
      shifted = arith::SelectOp::create(builder, loc, inside, shifted, zero);
    result = result ? builder.createOrFold<arith::OrIOp>(loc, result, shifted)
                    : shifted;
  }
  return result;
}

Value GatherAddress::emitMask(Part &row) {
  ArrayRef<int64_t> outer = ArrayRef(gather.groups[columnDim]).drop_back();
  Type maskType =
      countTaps() > 32 ? builder.getI64Type() : builder.getI32Type();
  Value mask = arith::ConstantIntOp::create(builder, loc, maskType, 1);
  int64_t bits = 1;
  for (size_t digit = outer.size(); digit-- > 0;) {
    mask = emitMaskDigit(row, digit, mask, bits);
    bits *= outer[digit];
  }
  // What no tap changes.
  Value inside = row.inside;
  unsigned first = gather.getFirstDigit(columnDim);
  for (auto [i, dim] : llvm::enumerate(checked))
    if (llvm::all_of(ArrayRef(gather.coefficients[dim]).drop_front(first),
                     [](int64_t coefficient) { return coefficient == 0; }))
      inside = both(inside, isIndexInside(dim, emitIndex(i, row, nullptr)));
  if (!inside)
    return mask;
  Value zero = arith::ConstantIntOp::create(builder, loc, maskType, 0);
  return arith::SelectOp::create(builder, loc, inside, mask, zero);
}

Value GatherAddress::isTapInside(Part &row, Part &column) {
  if (!row.mask)
    row.mask = emitMask(row);
  Type maskType = row.mask.getType();
  // Columns past the last one have no bit; another check refuses them.
  Value tap = builder.createOrFold<arith::AndIOp>(
      loc, column.outer, constant(maskType.getIntOrFloatBitWidth() - 1));
  if (!maskType.isInteger(32))
    tap = arith::ExtUIOp::create(builder, loc, maskType, tap);
  Value one = arith::ConstantIntOp::create(builder, loc, maskType, 1);
  Value bit = builder.createOrFold<arith::ShLIOp>(loc, one, tap);
  Value set = builder.createOrFold<arith::AndIOp>(loc, row.mask, bit);
  Value zero = arith::ConstantIntOp::create(builder, loc, maskType, 0);
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, set,
                               zero);
}

GatherAddress::Element GatherAddress::element(const ThreadCoordinate &rowPlace,
                                              const ThreadCoordinate &place) {
  // Both exist before either is referred to: the map may move its values.
  part(rowDim, rowPlace);
  part(columnDim, place);
  Part &row = part(rowDim, rowPlace), &column = part(columnDim, place);
  Element element;
  element.pointer = advance(advance(first, row.offset), column.offset);
  if (checked.empty() && !(usesMask() && row.inside)) {
    element.inside = both(row.inside, column.inside);
    return element;
  }
  if (usesMask()) {
    element.inside = both(column.inside, isTapInside(row, column));
    return element;
  }
  element.inside = both(row.inside, column.inside);
  for (auto [i, dim] : llvm::enumerate(checked))
    element.inside =
        both(element.inside, isIndexInside(dim, emitIndex(i, row, &column)));
  return element;
}

/// With few taps, the bit of the tap is moved to where it is the size itself.
Value GatherAddress::copySize(const ThreadCoordinate &rowPlace,
                              const ThreadCoordinate &place, int64_t bytes,
                              Value predicate) {
  constexpr int64_t kLastBit = 31;
  part(rowDim, rowPlace);
  part(columnDim, place);
  Part &row = part(rowDim, rowPlace), &column = part(columnDim, place);
  bool decided = !checked.empty() || row.inside;
  if (decided && usesMask() && !column.inside &&
      countTaps() + llvm::Log2_64(bytes) <= kLastBit - 1) {
    if (!row.mask)
      row.mask = emitMask(row);
    Value shifted = builder.createOrFold<arith::ShLIOp>(
        loc, row.mask, constant(llvm::Log2_64(bytes)));
    Value tap = column.outer;
    if (predicate)
      tap = arith::SelectOp::create(builder, loc, predicate, tap,
                                    constant(kLastBit));
    Value bit = arith::ShRUIOp::create(builder, loc, shifted, tap);
    return arith::AndIOp::create(builder, loc, bit, constant(bytes));
  }
  Value inside = both(predicate, element(rowPlace, place).inside);
  if (!inside)
    return Value();
  return arith::SelectOp::create(builder, loc, inside, constant(bytes),
                                 constant(0));
}

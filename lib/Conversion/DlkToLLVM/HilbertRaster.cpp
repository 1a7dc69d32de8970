// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Without branches: the threads of a warp have one tile, and ptxas keeps what
// is computed from it in uniform registers.
//
// Source: D. Hilbert, "Ueber die stetige Abbildung einer Linie auf ein
// Flaechenstueck" (1891); two bits of the number for each level.

#include "HilbertRaster.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

/// Side of a square, and its logarithm.
static constexpr int64_t kLevels = 3, kSide = int64_t(1) << kLevels;

namespace {
class HilbertRaster {
public:
  HilbertRaster(OpBuilder &b, Location loc, int64_t rows, int64_t columns)
      : b(b), loc(loc), rows(rows), columns(columns) {}

  std::pair<Value, Value> run(Value tile) {
    // One band may have more tiles than 32 bits count, several may not.
    if (rows <= kSide)
      return placeInBand(constant(0), tile);
    int64_t bandTiles = kSide * columns;
    Value band = divide(tile, bandTiles), inBand = remainder(tile, bandTiles);
    auto [row, column] = placeInBand(band, inBand);
    Value isOdd = equals(remainder(band, 2), 1);
    Value mirrored = subtract(constant(columns - 1), column);
    return {add(multiply(band, kSide), row), select(isOdd, mirrored, column)};
  }

private:
  /// Squares first, then the rest. Either may be missing.
  std::pair<Value, Value> placeInBand(Value band, Value inBand) {
    bool squares = rows >= kSide && columns >= kSide;
    bool rests = rows % kSide != 0 || columns % kSide != 0;
    if (!squares)
      return placeInRest(inBand, constant(0), heightOf(band));
    auto curve = placeOnCurve(inBand);
    if (!rests)
      return curve;
    // The last band has no squares if it is lower.
    Value height = heightOf(band);
    Value squareTiles =
        select(equals(height, kSide), constant(columns / kSide * kSide * kSide),
               constant(0));
    auto rest = placeInRest(inBand, squareTiles, height);
    Value inSquare = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult,
                                           inBand, squareTiles);
    return {select(inSquare, curve.first, rest.first),
            select(inSquare, curve.second, rest.second)};
  }

  Value heightOf(Value band) {
    if (rows % kSide == 0)
      return constant(kSide);
    Value left = subtract(constant(rows), multiply(band, kSide));
    return b.createOrFold<arith::MinUIOp>(loc, left, constant(kSide));
  }

  /// Column by column, down and up.
  std::pair<Value, Value> placeInRest(Value inBand, Value squareTiles,
                                      Value height) {
    // Numbers inside of squares are not used here, and must not be negative.
    Value number = subtract(
        b.createOrFold<arith::MaxUIOp>(loc, inBand, squareTiles), squareTiles);
    Value column = b.createOrFold<arith::DivUIOp>(loc, number, height);
    Value row = b.createOrFold<arith::RemUIOp>(loc, number, height);
    Value upwards = subtract(subtract(height, constant(1)), row);
    row = select(equals(remainder(column, 2), 1), upwards, row);
    return {row, add(divide(squareTiles, kSide), column)};
  }

  /// From the smallest squares of 2 x 2 to larger ones: a quadrant may be
  /// turned, which exchanges its coordinates, or turned the other way.
  std::pair<Value, Value> placeOnCurve(Value inBand) {
    Value square = divide(inBand, kSide * kSide);
    Value rest = remainder(inBand, kSide * kSide);
    Value x = constant(0), y = constant(0);
    for (int64_t side = 1; side < kSide; side *= 2) {
      Value right = remainder(divide(rest, 2), 2);
      Value down =
          remainder(b.createOrFold<arith::XOrIOp>(loc, rest, right), 2);
      Value isUpper = equals(down, 0), isRight = equals(right, 1);
      Value last = constant(side - 1);
      Value turned = b.createOrFold<arith::AndIOp>(loc, isUpper, isRight);
      Value u = select(turned, subtract(last, x), x);
      Value v = select(turned, subtract(last, y), y);
      x = add(select(isUpper, v, u), multiply(right, side));
      y = add(select(isUpper, u, v), multiply(down, side));
      rest = divide(rest, 4);
    }
    return {y, add(multiply(square, kSide), x)};
  }

  Value constant(int64_t value) {
    return arith::ConstantIntOp::create(b, loc, b.getI32Type(), value);
  }
  Value add(Value x, Value y) {
    return b.createOrFold<arith::AddIOp>(loc, x, y);
  }
  Value subtract(Value x, Value y) {
    return b.createOrFold<arith::SubIOp>(loc, x, y);
  }
  Value multiply(Value x, int64_t factor) {
    return b.createOrFold<arith::MulIOp>(loc, x, constant(factor));
  }
  Value divide(Value x, int64_t divisor) {
    return b.createOrFold<arith::DivUIOp>(loc, x, constant(divisor));
  }
  Value remainder(Value x, int64_t divisor) {
    return b.createOrFold<arith::RemUIOp>(loc, x, constant(divisor));
  }
  Value equals(Value x, int64_t value) {
    return b.createOrFold<arith::CmpIOp>(loc, arith::CmpIPredicate::eq, x,
                                         constant(value));
  }
  Value select(Value condition, Value x, Value y) {
    return b.createOrFold<arith::SelectOp>(loc, condition, x, y);
  }

  OpBuilder &b;
  Location loc;
  int64_t rows, columns;
};
} // namespace

std::pair<Value, Value> dlk::emitHilbertTile(OpBuilder &builder, Location loc,
                                             Value tile, int64_t rows,
                                             int64_t columns) {
  return HilbertRaster(builder, loc, rows, columns).run(tile);
}

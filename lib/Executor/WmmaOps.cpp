// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Handlers of wmma. A register's elements lie side by side in memory if the
// matrix is stored in the direction in which the fragment packs them; otherwise
// each is an access of its own.

#include "Code.h"
#include "Memory.h"
#include "Wmma.h"
#include <cstring>

using namespace dlk::exec;

namespace {

/// Where the matrix is: one address and stride for all lanes.
struct MatrixPlace {
  uint64_t base = 0;
  uint64_t stride = 0; ///< In elements.
};

bool uniformPlace(Warp &warp, const Op &op, Mask mask, MatrixPlace &place) {
  const auto &spec = *static_cast<const WmmaMoveSpec *>(op.spec);
  if (mask != FullMask) {
    warp.fail(op, FindingKind::Divergence, -1,
              "wmma needs all 32 lanes of the warp");
    return false;
  }
  LaneAddresses addresses;
  gatherAddresses(warp, op.a[0], spec.wideAddress, op.imm, addresses);
  place.base = addresses.v[0];
  const WmmaFragment &f = spec.fragment;
  place.stride = spec.columnMajor ? f.rows() : f.columns();
  const uint32_t *strides = op.a[1] == NoSlot ? nullptr : warp.r32(op.a[1]).v;
  if (strides)
    place.stride = strides[0];
  for (unsigned lane = 1; lane < WarpSize; ++lane)
    if (addresses.v[lane] != place.base ||
        (strides && strides[lane] != place.stride)) {
      warp.fail(op, FindingKind::BadOperand, int(lane),
                "the lanes have different addresses or strides of a matrix");
      return false;
    }
  return true;
}

/// Does a register hold neighbours in memory?
bool isPacked(const WmmaMoveSpec &spec) {
  const WmmaFragment &f = spec.fragment;
  return f.perRegister() == 1 ||
         spec.columnMajor == (f.matrix == WmmaMatrix::B);
}

uint64_t addressOf(const WmmaMoveSpec &spec, const MatrixPlace &at,
                   unsigned reg, unsigned lane, unsigned e) {
  auto [row, column] = spec.fragment.place(reg, lane, e);
  uint64_t element =
      spec.columnMajor ? column * at.stride + row : row * at.stride + column;
  return at.base + element * typeBits(spec.fragment.type) / 8;
}

/// Calls `move(e, bytes, pointers)` for the accesses of one register.
template <class Move>
bool forEachPart(Warp &warp, const Op &op, const MatrixPlace &at, unsigned reg,
                 Access access, Move move) {
  const auto &spec = *static_cast<const WmmaMoveSpec *>(op.spec);
  const WmmaFragment &f = spec.fragment;
  unsigned parts = isPacked(spec) ? 1 : f.perRegister();
  unsigned bytes = f.registerBits() / 8 / parts;
  for (unsigned e = 0; e < parts; ++e) {
    LaneAddresses addresses;
    LanePointers pointers;
    for (unsigned lane = 0; lane < WarpSize; ++lane)
      addresses.v[lane] = addressOf(spec, at, reg, lane, e);
    if (!resolveLanes(warp, op, spec.space, addresses, FullMask, bytes, access,
                      pointers))
      return false;
    move(e, bytes, pointers);
  }
  return true;
}

} // namespace

Step dlk::exec::wmmaLoad(Warp &warp, const Op &op, Mask mask) {
  const auto &spec = *static_cast<const WmmaMoveSpec *>(op.spec);
  MatrixPlace at;
  if (!uniformPlace(warp, op, mask, at))
    return Step::Stop;
  // The address' register may be one of the results'.
  Lanes64 results[8];
  unsigned size = spec.fragment.registerBits() / 8;
  unsigned distinct = spec.fragment.distinct();
  for (unsigned r = 0; r < distinct; ++r) {
    auto *to = reinterpret_cast<std::byte *>(results[r].v);
    bool fine = forEachPart(
        warp, op, at, r, Access::Read,
        [&](unsigned e, unsigned bytes, const LanePointers &from) {
          for (unsigned lane = 0; lane < WarpSize; ++lane)
            std::memcpy(to + lane * size + e * bytes, from.v[lane], bytes);
        });
    if (!fine)
      return Step::Stop;
  }
  for (unsigned r = 0; r < op.moreCount; ++r)
    std::memcpy(warp.at(op.more[r]), results[r % distinct].v, size * WarpSize);
  return Step::Next;
}

Step dlk::exec::wmmaStore(Warp &warp, const Op &op, Mask mask) {
  const auto &spec = *static_cast<const WmmaMoveSpec *>(op.spec);
  MatrixPlace at;
  if (!uniformPlace(warp, op, mask, at))
    return Step::Stop;
  unsigned size = spec.fragment.registerBits() / 8;
  for (unsigned r = 0; r < op.moreCount; ++r) {
    const std::byte *from = warp.at(op.more[r]);
    bool fine = forEachPart(
        warp, op, at, r, Access::Write,
        [&](unsigned e, unsigned bytes, const LanePointers &to) {
          for (unsigned lane = 0; lane < WarpSize; ++lane)
            std::memcpy(to.v[lane], from + lane * size + e * bytes, bytes);
        });
    if (!fine)
      return Step::Stop;
  }
  return Step::Next;
}

Step dlk::exec::wmmaMultiply(Warp &warp, const Op &op, Mask) {
  const auto &spec = *static_cast<const WmmaSpec *>(op.spec);
  void *registers[32];
  for (unsigned i = 0; i < op.moreCount; ++i)
    registers[i] = warp.at(op.more[i]);
  MmaOperands operands;
  operands.d = registers;
  operands.a = registers + spec.d.registers();
  operands.b = operands.a + spec.a.registers();
  operands.c = operands.b + spec.b.registers();
  const Launch &launch = *warp.cta->launch;
  MmaModel model;
  if (launch.options->arithmetic == TensorArithmetic::Hardware)
    model = hardwareModel(launch.chip, spec.a.type);
  multiplyFragments(spec, model, operands);
  return Step::Next;
}

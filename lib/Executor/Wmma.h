// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// wmma: matrices of a warp in fragments whose layout the ISA leaves open. Here
// a fragment is made of those of mma.sync: A of its tiles of 16 rows (8 where
// the matrix has 8), one after the other, B of its tiles of 8 columns, C and D
// of both, tiles of columns innermost. The f16 operands have eight registers
// by the ISA; where the elements fill fewer, they are repeated.

#ifndef DLK_LIB_EXECUTOR_WMMA_H
#define DLK_LIB_EXECUTOR_WMMA_H

#include "TensorCore.h"
#include "Warp.h"

namespace dlk::exec {

enum class WmmaMatrix : uint8_t { A, B, C };

/// m x n x k of the instruction; zeros if there is none such.
struct WmmaShape {
  unsigned m = 0, n = 0, k = 0;
};

/// One matrix of an instruction.
struct WmmaFragment {
  WmmaShape shape;
  WmmaMatrix matrix = WmmaMatrix::A;
  Type type = Type::f16;

  /// Does the ISA have this matrix?
  bool exists() const;
  /// As instructions name them, and without repetition.
  unsigned registers() const;
  unsigned distinct() const;
  unsigned registerBits() const { return type == Type::f64 ? 64 : 32; }
  unsigned perRegister() const { return registerBits() / typeBits(type); }

  struct Place {
    unsigned row, column;
  };
  /// Of element `e` of a lane's register.
  Place place(unsigned reg, unsigned lane, unsigned e) const;
  unsigned rows() const { return matrix == WmmaMatrix::B ? shape.k : shape.m; }
  unsigned columns() const {
    return matrix == WmmaMatrix::A ? shape.k : shape.n;
  }
};

/// wmma.load and wmma.store. Address in a[0] with displacement Op::imm, stride
/// in a[1] or NoSlot; registers in Op::more.
struct WmmaMoveSpec {
  WmmaFragment fragment;
  bool columnMajor = false;
  bool wideAddress = true;
  Space space = Space::Generic;
};

/// wmma.mma. Registers of D, A, B, C in Op::more.
struct WmmaSpec {
  WmmaFragment a, b, c, d;
  MmaSpec tile; ///< The mma.sync that it is made of.
  MmaFunction run = nullptr;
};

/// The mma.sync of an instruction's tiles. Only floating-point ones of 16 bits
/// have none with 8 rows; they use the upper half of one with 16.
MmaSpec wmmaTile(const WmmaSpec &spec);

/// D = A * B + C on copies of the registers, 32 lanes of registerBits each.
/// `d`, `a`, `b` and `c` point to as many registers as the fragments name.
void multiplyFragments(const WmmaSpec &spec, const MmaModel &model,
                       const MmaOperands &operands);

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_WMMA_H

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Rates of f16, by which the others are multiples.

#include "dlk/Target/TensorRate.h"

using llvm::StringRef;

/// How many times as fast as f16 tensor cores are with a type.
static double getTypeFactor(StringRef type) {
  if (type == "tf32")
    return 0.5;
  if (type == "f64")
    return 1.0 / 16;
  if (type == "e4m3" || type == "e5m2" || type == "s8" || type == "u8")
    return 2;
  if (type == "s4" || type == "u4")
    return 4;
  return type == "b1" ? 16 : 1;
}

double dlk::getTensorRate(const ChipInfo &chip, StringRef type, bool wgmma) {
  return double(wgmma ? chip.wgmmaRate : chip.mmaSyncRate) *
         getTypeFactor(type);
}

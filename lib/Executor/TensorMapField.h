// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// tensormap.replace: single fields of a tensor map in memory, by the numbers
// that PTX gives them.

#ifndef DLK_LIB_EXECUTOR_TENSORMAPFIELD_H
#define DLK_LIB_EXECUTOR_TENSORMAPFIELD_H

#include "Warp.h"

namespace dlk::exec {

/// In the order of the names in BuildTensorMap.cpp.
enum class TensorMapField : uint8_t {
  GlobalAddress,
  Rank, ///< Less one.
  BoxDim,
  GlobalDim,
  GlobalStride,
  ElementStride,
  ElementType,
  Interleave,
  Swizzle,
  FillMode,
};

/// Changes a field of the map; bytes that are all zero become one. An error if
/// the value, or what the bytes are, is not for the executor. What the fields
/// say together is checked when the map is used.
llvm::Error replaceTensorMapField(llvm::MutableArrayRef<std::byte> bytes,
                                  TensorMapField field, unsigned ordinal,
                                  uint64_t value);

/// The map's address in a[0] with Op::imm, the value in a[1].
struct TensorMapFieldSpec {
  TensorMapField field = TensorMapField::Rank;
  Space space = Space::Generic;
  bool wideAddress = true, wideValue = false;
  uint8_t ordinal = 0;
};

/// tensormap.cp_fenceproxy: to in a[0] with Op::imm, from in a[1].
struct TensorMapCopySpec {
  bool wideTo = true, wideFrom = true;
  int32_t fromDisplacement = 0;
};

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_TENSORMAPFIELD_H

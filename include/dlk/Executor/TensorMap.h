// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tensor maps for cp.async.bulk.tensor: the executor's counterpart of
// cuTensorMapEncodeTiled. The 128 bytes hold the executor's own fields behind a
// magic number; those that the CUDA driver encodes are refused when used.

#ifndef DLK_EXECUTOR_TENSORMAP_H
#define DLK_EXECUTOR_TENSORMAP_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace dlk::exec {

/// In the order of CUtensorMapDataType.
enum class TensorElement : uint8_t {
  U8,
  U16,
  U32,
  S32,
  U64,
  S64,
  F16,
  F32,
  F64,
  BF16,
  F32Ftz,
  TF32,
  TF32Ftz,
};

enum class TensorSwizzle : uint8_t { None, B32, B64, B128 };

/// What an im2col map has in place of a box: it fills rows of `channels`
/// elements, one per pixel. Pixels are walked from the coordinates of the copy
/// in steps of elementStrides, innermost dimension first, inside
/// [lower, size - 1 + upper] of each spatial dimension, then on to the next
/// image; the offsets of the copy (the filter tap) are added to each.
struct Im2colBox {
  std::vector<int32_t> lower, upper; ///< Spatial dimensions: rank - 2.
  uint32_t channels = 0, pixels = 0;
};

/// A tensor map; everything innermost first. Without interleave.
struct TensorMapSpec {
  TensorElement element = TensorElement::F16;
  uint64_t address = 0;
  std::vector<uint64_t> dims;      ///< Elements; as many as the rank, 1 to 5.
  std::vector<uint64_t> strides;   ///< Bytes; rank - 1, without the innermost.
  std::vector<uint32_t> box;       ///< Elements of the traversal box, or
  std::optional<Im2colBox> im2col; ///< this, for rank 3 to 5.
  /// Empty stands for ones. The innermost has no effect.
  std::vector<uint32_t> elementStrides;
  TensorSwizzle swizzle = TensorSwizzle::None;
  bool nanFill = false; ///< Out-of-bounds elements read as NaN, not as zero.
};

constexpr unsigned TensorMapBytes = 128;

/// The map as a kernel parameter or 64-byte aligned object in memory. Errors
/// are those that cuTensorMapEncodeTiled and cuTensorMapEncodeIm2col document.
llvm::Expected<std::vector<std::byte>>
encodeTensorMap(const TensorMapSpec &spec);

/// The inverse; an error if the bytes are none of ours.
llvm::Expected<TensorMapSpec> decodeTensorMap(llvm::ArrayRef<std::byte> bytes);

unsigned tensorElementBytes(TensorElement element);
/// 32, 64, 128; 16 (one chunk) without a swizzle.
unsigned tensorSwizzleBytes(TensorSwizzle swizzle);

} // namespace dlk::exec

#endif // DLK_EXECUTOR_TENSORMAP_H

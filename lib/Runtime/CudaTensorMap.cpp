// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Encodes tensor maps through the driver, the only one who knows their bits.

#include "CudaTensorMap.h"
#include "llvm/ADT/STLExtras.h"

using namespace dlk::runtime;
using namespace dlk::runtime::cuda;
using llvm::StringRef;

/// CUtensorMapDataType, or -1.
static int getType(DType type) {
  switch (type) {
  case DType::F8E4M3FN:
  case DType::F8E5M2:
  case DType::I8:
    return 0; // UINT8
  case DType::I16:
    return 1; // UINT16
  case DType::I32:
    return 3; // INT32
  case DType::I64:
    return 5; // INT64
  case DType::F16:
    return 6; // FLOAT16
  case DType::F32:
    return 7; // FLOAT32
  case DType::F64:
    return 8; // FLOAT64
  case DType::BF16:
    return 9; // BFLOAT16
  case DType::TF32:
    return 11; // TFLOAT32
  case DType::I4:
    return 13; // 16U4_ALIGN8B
  }
  return -1;
}

/// The place of a name in the order of the API's enumeration.
static int getPlace(llvm::ArrayRef<StringRef> names, StringRef name) {
  return int(llvm::find(names, name) - names.begin());
}

llvm::Expected<CUtensorMap>
cuda::encode(const Driver &driver, const TensorMap &map, uint64_t address) {
  bool tiled = map.mode == TensorMapMode::Tiled;
  if (!(tiled ? (void *)driver.cuTensorMapEncodeTiled
              : (void *)driver.cuTensorMapEncodeIm2col))
    return llvm::createStringError(
        "the CUDA driver is too old: it has no tensor maps");
  CUtensorMap result;
  int type = getType(map.dtype);
  uint32_t rank = uint32_t(map.dims.size());
  int interleave = getPlace({"none", "16B", "32B"}, map.interleave);
  int swizzle = getPlace({"none", "32B", "64B", "128B"}, map.swizzle);
  int l2 = getPlace({"none", "64B", "128B", "256B"}, map.l2Promotion);
  int fill = getPlace({"zeros", "nan"}, map.oobFill);
  void *base = reinterpret_cast<void *>(address);
  CUresult status =
      tiled
          ? driver.cuTensorMapEncodeTiled(
                &result, type, rank, base, map.dims.data(), map.strides.data(),
                map.box.data(), map.elementStrides.data(), interleave, swizzle,
                l2, fill)
          : driver.cuTensorMapEncodeIm2col(
                &result, type, rank, base, map.dims.data(), map.strides.data(),
                map.pixelBoxLower.data(), map.pixelBoxUpper.data(),
                map.channelsPerPixel, map.pixelsPerColumn,
                map.elementStrides.data(), interleave, swizzle, l2, fill);
  if (llvm::Error error =
          driver.check(status, "tensor map of " + map.buffer +
                                   " refused by the CUDA driver"))
    return std::move(error);
  return result;
}

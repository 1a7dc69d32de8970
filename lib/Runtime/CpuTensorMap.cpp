// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "CpuTensorMap.h"
#include "dlk/Executor/TensorMap.h"
#include "llvm/ADT/StringSwitch.h"

using namespace dlk::runtime;
using dlk::exec::TensorElement;
using dlk::exec::TensorSwizzle;

static std::optional<TensorElement> elementOf(DType type) {
  switch (type) {
  case DType::F8E4M3FN:
  case DType::F8E5M2:
  case DType::I8:
    return TensorElement::U8;
  case DType::I16:
    return TensorElement::U16;
  case DType::I32:
    return TensorElement::S32;
  case DType::F16:
    return TensorElement::F16;
  case DType::F32:
    return TensorElement::F32;
  case DType::F64:
    return TensorElement::F64;
  case DType::BF16:
    return TensorElement::BF16;
  case DType::TF32:
    return TensorElement::TF32;
  default:
    return std::nullopt;
  }
}

llvm::Expected<std::vector<std::byte>>
dlk::runtime::encodeForExecutor(const TensorMap &map, uint64_t address) {
  if (map.interleave != "none")
    return llvm::createStringError(
        "tensor map with interleave: the executor does not know such");
  std::optional<TensorElement> element = elementOf(map.dtype);
  if (!element)
    return llvm::createStringError(
        "tensor map of a type that the executor does not know");
  exec::TensorMapSpec spec;
  spec.element = *element;
  spec.address = address;
  spec.dims = map.dims;
  spec.strides = map.strides;
  if (map.mode == TensorMapMode::Im2col)
    spec.im2col = exec::Im2colBox{map.pixelBoxLower, map.pixelBoxUpper,
                                  map.channelsPerPixel, map.pixelsPerColumn};
  else
    spec.box = map.box;
  spec.elementStrides = map.elementStrides;
  spec.swizzle = llvm::StringSwitch<TensorSwizzle>(map.swizzle)
                     .Case("32B", TensorSwizzle::B32)
                     .Case("64B", TensorSwizzle::B64)
                     .Case("128B", TensorSwizzle::B128)
                     .Default(TensorSwizzle::None);
  spec.nanFill = map.oobFill == "nan";
  return exec::encodeTensorMap(spec);
}

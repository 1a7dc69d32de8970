// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From the type of a tensor map to the parameters of cuTensorMapEncodeTiled.
// What the dialect's rules leave open, the limits of the driver, is checked
// here, so that a plan that was written can be run.

#include "TensorMaps.h"

using namespace mlir;
using namespace dlk;
using runtime::TensorMap;
using tile::TmapType;

// Limits of cuTensorMapEncodeTiled.
static constexpr int64_t maxDim = int64_t(1) << 32;
static constexpr int64_t maxStride = (int64_t(1) << 40) - 1;

FailureOr<TmapType> dlk::getTensorMapParameter(LLVM::LLVMFuncOp kernel,
                                               unsigned index) {
  Attribute attr = kernel.getArgAttr(index, "dlk.tensor_map");
  if (!attr)
    return TmapType();
  auto type = dyn_cast<TypeAttr>(attr);
  if (type && isa<TmapType>(type.getValue()))
    return cast<TmapType>(type.getValue());
  return emitError(kernel.getLoc(),
                   "dlk.tensor_map is not the type of a tensor map: ")
         << attr;
}

/// "128B" for 128.
static std::string getSwizzleName(int64_t bytes) {
  return bytes == 0 ? "none" : (Twine(bytes) + "B").str();
}

static LogicalResult checkLimits(const TensorMap &map, Location loc) {
  for (uint64_t dim : map.dims)
    if (dim < 1 || dim > uint64_t(maxDim))
      return emitError(loc, "extent of a tensor map is not in 1..2^32: ")
             << dim;
  for (uint64_t stride : map.strides)
    if (stride > uint64_t(maxStride))
      return emitError(loc, "stride of a tensor map is not below 2^40 bytes: ")
             << stride;
  return success();
}

static LogicalResult checkBuffer(const TensorMap &map, int64_t span,
                                 const runtime::Buffer &buffer, Location loc) {
  // A workspace has no type; who writes it decides.
  if (buffer.dtype && *buffer.dtype != map.dtype)
    return emitError(loc, "tensor map has other elements than its tensor: ")
           << getName(map.dtype) << " and " << getName(*buffer.dtype);
  if (span <= 0 || uint64_t(span) > buffer.bytes)
    return emitError(loc, "tensor map reaches past the end of its tensor: ")
           << span << " bytes of " << buffer.bytes;
  return success();
}

/// The element type by the plan's name.
static std::optional<runtime::DType> getElement(Type type) {
  std::string name;
  llvm::raw_string_ostream(name) << type;
  return runtime::parseDType(name);
}

/// Boxes of the map's own memory, or of the tensor behind a gather.
static void setBox(TensorMap &map, TmapType type) {
  std::optional<TmaGather> gather = type.getTmaGather();
  int64_t rows = type.getBox()[0], columns = type.getBox()[1];
  if (gather && gather->im2col) {
    map.mode = runtime::TensorMapMode::Im2col;
    map.pixelBoxLower.assign(gather->lower.rbegin(), gather->lower.rend());
    map.pixelBoxUpper.assign(gather->upper.rbegin(), gather->upper.rend());
    map.channelsPerPixel = columns;
    map.pixelsPerColumn = rows;
    llvm::copy(llvm::reverse(gather->strides), map.elementStrides.begin() + 1);
    return;
  }
  size_t rowDim = gather ? map.dims.size() - 1 - gather->rowTensorDim : 1;
  map.box.assign(map.dims.size(), 1);
  map.box[0] = columns;
  map.box[rowDim] = rows;
}

FailureOr<TensorMap>
dlk::planTensorMap(TmapType type, const runtime::Buffer &buffer, Location loc) {
  std::optional<runtime::DType> element = getElement(type.getElementType());
  if (!element)
    return emitError(loc, "a launch plan has no such element type: ")
           << type.getElementType();
  TensorMap map;
  map.buffer = buffer.name;
  map.dtype = *element;
  int64_t bytes = type.getMemory().getElementBytes();
  Layout layout = type.getMemory().getLayout().getLayout();
  for (const LayoutMode &mode : llvm::reverse(layout.getModes())) {
    if (!map.dims.empty())
      map.strides.push_back(mode.front().stride * bytes);
    map.dims.push_back(mode.front().extent);
  }
  map.elementStrides.assign(map.dims.size(), 1);
  setBox(map, type);
  map.swizzle = getSwizzleName(type.getSwizzle());
  // Whole lines of L2: neighbouring boxes need the rest of them soon.
  map.l2Promotion = "256B";
  if (failed(checkLimits(map, loc)) ||
      failed(checkBuffer(map, type.getMemory().getSpanBytes(), buffer, loc)))
    return failure();
  return map;
}

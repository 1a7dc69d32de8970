// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads the launches of a plan and their parameters: limits of CUDA that hold
// for every chip are checked here, those of one chip are the device's.

#include "LaunchPlanReader.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Base64.h"
#include "llvm/Support/FormatVariadic.h"

using namespace dlk::runtime;
using llvm::StringRef;
using llvm::Twine;

/// Dynamic shared memory that no chip has.
static constexpr int64_t maxSharedBytes = 256 * 1024;
static constexpr size_t maxParams = 1024;
/// All parameters of a kernel have at most 32764 bytes.
static constexpr size_t maxParamBytes = 32764;

using Limits = std::array<int64_t, 3>;

static std::array<uint32_t, 3> readExtents(const JsonValue &field,
                                           Limits limits) {
  std::array<uint32_t, 3> extents = {1, 1, 1};
  if (!field)
    return extents;
  const llvm::json::Array *array = field.value->getAsArray();
  bool fits = array && array->size() == 3;
  for (unsigned i = 0; fits && i < 3; ++i) {
    if ((*array)[i].kind() == llvm::json::Value::String) {
      field.forEach([](const JsonValue &v) { v.getInteger(1, INT64_MAX); });
      return extents;
    }
    std::optional<int64_t> number = (*array)[i].getAsInteger();
    fits = number && *number > 0;
  }
  if (!fits) {
    field.expected("3 positive integers");
    return extents;
  }
  for (unsigned i = 0; i < 3; ++i) {
    int64_t number = *(*array)[i].getAsInteger();
    if (number > limits[i])
      field.expected(llvm::formatv("at most [{0},{1},{2}]", limits[0],
                                   limits[1], limits[2]));
    extents[i] = uint32_t(number);
  }
  return extents;
}

static void readShape(JsonObject &object, Launch &launch) {
  launch.grid = readExtents(object.get("grid"), {0x7fffffff, 65535, 65535});
  JsonValue block = object.get("block");
  launch.block = readExtents(block, {1024, 1024, 64});
  JsonValue cluster = object.find("cluster");
  launch.cluster = readExtents(cluster, {16, 16, 16});
  if (block.errors->any())
    return;
  uint64_t threads =
      uint64_t(launch.block[0]) * launch.block[1] * launch.block[2];
  if (threads > 1024)
    block.expected("at most 1024 threads");
  if (!cluster)
    return;
  if (launch.cluster[0] * launch.cluster[1] * launch.cluster[2] > 16)
    cluster.expected("at most 16 blocks");
  for (unsigned i = 0; i < 3; ++i)
    if (launch.grid[i] % launch.cluster[i])
      cluster.expected("a divisor of the grid in each dimension");
}

/// The buffer that `object` names and an offset into it.
static std::pair<std::string, uint64_t> readPlace(JsonObject &object,
                                                  const Function &function) {
  JsonValue field = object.get("buffer");
  std::string name = field.getString();
  JsonValue offsetField = object.find("offset");
  int64_t offset = offsetField.getInteger(0, INT64_MAX);
  if (field.errors->any() || !field)
    return {};
  const Buffer *buffer = function.findBuffer(name);
  if (!buffer)
    field.report("no buffer of that name: " + name);
  else if (offsetField && uint64_t(offset) > buffer->bytes)
    offsetField.report(llvm::formatv("beyond the end of {0}, which has {1} "
                                     "bytes: {2}",
                                     name, buffer->bytes, offset));
  return {name, uint64_t(offset)};
}

static ValueParam readValue(JsonObject &object) {
  ValueParam param;
  param.dtype = readDType(object.get("dtype"));
  JsonValue field = object.get("value");
  if (!field || field.errors->any())
    return param;
  if (isFloat(param.dtype) &&
      field.value->kind() != llvm::json::Value::String) {
    if (std::optional<double> number = field.value->getAsNumber())
      param.number = *number;
    else
      field.expected("a number");
    return param;
  }
  // Both the signed and the unsigned reading of the bits.
  if (getBits(param.dtype) == 64) {
    std::optional<uint64_t> number = field.value->getAsUINT64();
    param.number =
        number ? int64_t(*number) : field.getInteger(INT64_MIN, INT64_MAX);
    return param;
  }
  int64_t half = int64_t(1) << (getBits(param.dtype) - 1);
  param.number = field.getInteger(-half, 2 * half - 1);
  return param;
}

static BytesParam readBytes(const JsonValue &field) {
  std::vector<char> bytes;
  if (llvm::Error error = llvm::decodeBase64(field.getString(), bytes))
    field.report("not base64: " + llvm::toString(std::move(error)));
  else if (bytes.empty() || bytes.size() > maxParamBytes)
    field.report("expected 1 to " + Twine(maxParamBytes) + " bytes, got " +
                 Twine(bytes.size()));
  return {{bytes.begin(), bytes.end()}};
}

static std::string readChoice(const JsonValue &field, StringRef fallback,
                              std::initializer_list<StringRef> choices) {
  if (!field)
    return fallback.str();
  std::string name = field.getString();
  if (!llvm::is_contained(choices, name))
    field.expected("one of " + llvm::join(choices, " "));
  return name;
}

template <typename T>
static void readVector(const JsonValue &field, int64_t least, int64_t most,
                       size_t count, std::vector<T> &out) {
  if (!field || field.errors->any())
    return;
  llvm::SmallVector<int64_t> numbers = field.getIntegers(least, most, 5);
  out.assign(numbers.begin(), numbers.end());
  if (!field.errors->any() && out.size() != count)
    field.expected(Twine(count) + " integers");
}

static void readPixelBox(JsonObject &object, TensorMap &map, size_t rank) {
  readVector(object.get("pixel_box_lower"), -32768, 32767, rank - 2,
             map.pixelBoxLower);
  readVector(object.get("pixel_box_upper"), -32768, 32767, rank - 2,
             map.pixelBoxUpper);
  map.channelsPerPixel = object.get("channels_per_pixel").getInteger(1, 256);
  map.pixelsPerColumn = object.get("pixels_per_column").getInteger(1, 1024);
}

static TensorMap readTensorMap(const JsonValue &field,
                               const Function &function) {
  TensorMap map;
  JsonObject object(field);
  std::tie(map.buffer, map.offset) = readPlace(object, function);
  if (readChoice(object.get("mode"), "tiled", {"tiled", "im2col"}) == "im2col")
    map.mode = TensorMapMode::Im2col;
  map.dtype = readDType(object.get("dtype"));
  JsonValue dims = object.get("dims");
  for (int64_t dim : dims.getIntegers(1, int64_t(1) << 32, 5))
    map.dims.push_back(dim);
  size_t rank = map.dims.size();
  size_t leastRank = map.mode == TensorMapMode::Im2col ? 3 : 1;
  if (dims && !field.errors->any() && rank < leastRank)
    dims.expected(Twine(leastRank) + " to 5 integers");
  if (field.errors->any())
    return map;
  readVector(object.get("strides"), 16, (int64_t(1) << 40) - 1, rank - 1,
             map.strides);
  readVector(object.get("element_strides"), 1, 8, rank, map.elementStrides);
  if (map.mode == TensorMapMode::Tiled)
    readVector(object.get("box"), 1, 256, rank, map.box);
  else
    readPixelBox(object, map, rank);
  map.interleave =
      readChoice(object.find("interleave"), "none", {"none", "16B", "32B"});
  map.swizzle = readChoice(object.find("swizzle"), "none",
                           {"none", "32B", "64B", "128B"});
  map.l2Promotion = readChoice(object.find("l2_promotion"), "none",
                               {"none", "64B", "128B", "256B"});
  map.oobFill = readChoice(object.find("oob_fill"), "zeros", {"zeros", "nan"});
  object.finish();
  return map;
}

static Param readParam(const JsonValue &field, const Function &function) {
  JsonObject object(field);
  Param param;
  if (JsonValue map = object.find("tensor_map")) {
    param = readTensorMap(map, function);
  } else if (object.find("value")) {
    param = readValue(object);
  } else if (object.find("buffer")) {
    auto [name, offset] = readPlace(object, function);
    param = BufferParam{name, offset};
  } else if (JsonValue bytes = object.find("bytes_base64")) {
    param = readBytes(bytes);
  } else if (!field.errors->any()) {
    field.expected("an object with buffer, value, tensor_map or bytes_base64");
  }
  object.finish();
  return param;
}

Launch dlk::runtime::readLaunch(const JsonValue &field,
                                const Function &function) {
  Launch launch;
  JsonObject object(field);
  JsonValue kernel = object.get("kernel");
  launch.kernel = kernel.getString();
  if (kernel && launch.kernel.empty())
    kernel.expected("a name");
  readShape(object, launch);
  launch.sharedBytes = object.get("shared_bytes").getInteger(0, maxSharedBytes);
  JsonValue params = object.get("params");
  params.forEach([&](const JsonValue &element) {
    if (launch.params.size() == maxParams)
      return params.report("too many: at most " + Twine(maxParams));
    launch.params.push_back(readParam(element, function));
  });
  object.finish();
  return launch;
}

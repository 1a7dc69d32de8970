// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Writes a launch plan as text: stable, in the order of docs/LaunchPlan.md, one
// buffer and one parameter per line.

#include "dlk/Runtime/LaunchPlan.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Base64.h"
#include "llvm/Support/JSON.h"

using namespace dlk::runtime;
using llvm::raw_ostream;
using llvm::StringRef;
namespace json = llvm::json;

/// `{"name": value, ...}` on one line, fields in the order they are given.
namespace {
class Line {
public:
  explicit Line(raw_ostream &os) : os(os) { os << "{"; }
  ~Line() { os << "}"; }
  raw_ostream &key(StringRef name) {
    os << separator << '"' << name << "\": ";
    separator = ", ";
    return os;
  }
  void string(StringRef name, StringRef text) {
    key(name) << json::Value(json::fixUTF8(text));
  }
  template <typename Range> void list(StringRef name, const Range &numbers) {
    key(name) << "[";
    llvm::interleaveComma(numbers, os);
    os << "]";
  }

private:
  raw_ostream &os;
  StringRef separator = "";
};
} // namespace

/// Elements one per line at `indent`, between brackets.
template <typename Range, typename Write>
static void writeArray(raw_ostream &os, unsigned indent, const Range &range,
                       Write write) {
  if (range.empty()) {
    os << "[]";
    return;
  }
  os << "[";
  StringRef separator = "\n";
  for (const auto &element : range) {
    os << separator;
    os.indent(indent + 2);
    write(element);
    separator = ",\n";
  }
  os << "\n";
  os.indent(indent) << "]";
}

static void writeBuffer(const Buffer &buffer, raw_ostream &os) {
  Line line(os);
  line.string("name", buffer.name);
  line.string("role", getName(buffer.role));
  if (buffer.dtype) {
    line.string("dtype", getName(*buffer.dtype));
    line.list("shape", buffer.shape);
    line.list("strides", buffer.strides);
  } else {
    line.key("bytes") << buffer.bytes;
    if (buffer.init == Init::Zero)
      line.string("init", "zero");
  }
  line.key("align") << buffer.align;
  if (buffer.role == Role::Constant)
    line.string("data_base64", llvm::encodeBase64(buffer.data));
}

static void writeTensorMap(const TensorMap &map, raw_ostream &os) {
  bool tiled = map.mode == TensorMapMode::Tiled;
  Line line(os);
  line.string("buffer", map.buffer);
  line.key("offset") << map.offset;
  line.string("mode", tiled ? "tiled" : "im2col");
  line.string("dtype", getName(map.dtype));
  line.list("dims", map.dims);
  line.list("strides", map.strides);
  if (tiled)
    line.list("box", map.box);
  line.list("element_strides", map.elementStrides);
  if (!tiled) {
    line.list("pixel_box_lower", map.pixelBoxLower);
    line.list("pixel_box_upper", map.pixelBoxUpper);
    line.key("channels_per_pixel") << map.channelsPerPixel;
    line.key("pixels_per_column") << map.pixelsPerColumn;
  }
  line.string("interleave", map.interleave);
  line.string("swizzle", map.swizzle);
  line.string("l2_promotion", map.l2Promotion);
  line.string("oob_fill", map.oobFill);
}

static void writeParam(const Param &param, raw_ostream &os) {
  Line line(os);
  if (const auto *map = std::get_if<TensorMap>(&param)) {
    writeTensorMap(*map, line.key("tensor_map"));
  } else if (const auto *buffer = std::get_if<BufferParam>(&param)) {
    line.string("buffer", buffer->buffer);
    line.key("offset") << buffer->offset;
  } else if (const auto *bytes = std::get_if<BytesParam>(&param)) {
    line.string("bytes_base64", llvm::encodeBase64(bytes->data));
  } else {
    const auto &value = std::get<ValueParam>(param);
    if (const auto *integer = std::get_if<int64_t>(&value.number))
      line.key("value") << *integer;
    else
      line.key("value") << json::Value(std::get<double>(value.number));
    line.string("dtype", getName(value.dtype));
  }
}

static void writeLaunch(const Launch &launch, unsigned indent,
                        raw_ostream &os) {
  auto field = [&](StringRef name) -> raw_ostream & {
    return os.indent(indent + 2) << '"' << name << "\": ";
  };
  auto extents = [&](StringRef name, const std::array<uint32_t, 3> &e) {
    os << '"' << name << "\": [" << e[0] << ", " << e[1] << ", " << e[2]
       << "], ";
  };
  os << "{\n";
  field("kernel") << json::Value(json::fixUTF8(launch.kernel)) << ",\n";
  os.indent(indent + 2);
  extents("grid", launch.grid);
  extents("block", launch.block);
  extents("cluster", launch.cluster);
  os << "\"shared_bytes\": " << launch.sharedBytes << ",\n";
  field("params");
  writeArray(os, indent + 2, launch.params,
             [&](const Param &param) { writeParam(param, os); });
  os << "\n";
  os.indent(indent) << "}";
}

static void writeFunction(const Function &function, raw_ostream &os) {
  os << "{\n      \"name\": " << json::Value(json::fixUTF8(function.name))
     << ",\n      \"buffers\": ";
  writeArray(os, 6, function.buffers,
             [&](const Buffer &buffer) { writeBuffer(buffer, os); });
  os << ",\n      \"launches\": ";
  writeArray(os, 6, function.launches,
             [&](const Launch &launch) { writeLaunch(launch, 8, os); });
  os << "\n    }";
}

void dlk::runtime::writePlan(const Plan &plan, raw_ostream &os) {
  os << "{\n  \"dlk_launch_plan\": " << LaunchPlanVersion
     << ",\n  \"chip\": " << json::Value(json::fixUTF8(plan.chip))
     << ",\n  \"module\": " << json::Value(json::fixUTF8(plan.module))
     << ",\n  \"functions\": ";
  writeArray(os, 2, plan.functions,
             [&](const Function &function) { writeFunction(function, os); });
  os << "\n}\n";
}

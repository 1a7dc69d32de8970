// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernel arguments from text: memory (in, inout, out, ws), pointers into it,
// numbers, raw bytes; tensor maps are in TensorMapArgument.cpp.

#include "Arguments.h"
#include "TensorMapArgument.h"
#include "dlk/Runtime/Elements.h"
#include "dlk/Runtime/Npy.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Base64.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cmath>

using namespace dlk::runtime;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;
namespace json = llvm::json;

static constexpr StringRef kinds =
    "in inout out ws ptr tma bytes i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32 "
    "f64";

static Error fail(const Twine &message) {
  return llvm::createStringError(message);
}

static bool isName(StringRef text) {
  return !text.empty() && !llvm::isDigit(text.front()) &&
         llvm::all_of(text,
                      [](char c) { return llvm::isAlnum(c) || c == '_'; });
}

/// Types of the plan, and the names that CUDA's users have for the same.
static std::optional<DType> parseElement(StringRef name) {
  if (name == "e4m3" || name == "f8e4m3")
    return DType::F8E4M3FN;
  if (name == "e5m2" || name == "f8e5m2")
    return DType::F8E5M2;
  if (name.consume_front("u"))
    return parseDType(("i" + name).str());
  return parseDType(name);
}

template <typename T>
static bool parseList(StringRef text, std::vector<T> &out) {
  llvm::SmallVector<StringRef> words;
  if (!text.empty())
    text.split(words, 'x');
  for (StringRef word : words)
    if (word.getAsInteger(10, out.emplace_back()) || out.back() < 0)
      return false;
  return true;
}

/// "f16", "f16[512x512]", "f16[512x512:640x1]" with strides in elements.
static Error parseType(StringRef text, Buffer &buffer, bool &hasShape) {
  auto [name, dims] = text.split('[');
  buffer.dtype = parseElement(name);
  if (!buffer.dtype)
    return fail("unknown type: " + name +
                "; supported: f64 f32 f16 bf16 f8E4M3FN f8E5M2 i64 i32 i16 i8");
  hasShape = text.contains('[');
  if (!hasShape)
    return Error::success();
  auto [shape, strides] = dims.split(':');
  bool closed = dims.ends_with("]");
  shape = strides.empty() ? shape.drop_back(closed) : shape;
  strides = strides.drop_back(strides.empty() ? 0 : closed);
  if (!closed || !parseList(shape, buffer.shape) ||
      !parseList(strides, buffer.strides))
    return fail("expected a shape such as [512x512], got [" + dims);
  return Error::success();
}

/// Rows without gaps, saturating: absurd shapes are refused by the plan.
static void setDenseStrides(Buffer &buffer) {
  buffer.strides.assign(buffer.shape.size(), 1);
  for (size_t d = buffer.shape.size(); d-- > 1;) {
    int64_t extent = std::max<int64_t>(buffer.shape[d], 1);
    if (llvm::MulOverflow(buffer.strides[d], extent, buffer.strides[d - 1]))
      buffer.strides[d - 1] = INT64_MAX;
  }
}

/// Type and shape as the file has them where the text does not say.
static Error takeFromFile(StringRef path, bool hasShape, Buffer &buffer) {
  Expected<NpyArray> array = readNpy(path);
  if (!array)
    return array.takeError();
  if (!buffer.dtype)
    buffer.dtype = getElementType(*array);
  if (!buffer.dtype)
    return fail(path + ": " + getTypeText(*array) +
                " could be several types; give one, as in:f8E4M3FN=" + path);
  if (!hasShape)
    buffer.shape = array->shape;
  return Error::success();
}

Expected<Arguments::Item> Arguments::split(StringRef text, std::string option,
                                           std::string name) {
  Item item{std::move(option), std::move(name), "", ""};
  size_t equals = text.find('=');
  if (equals < text.find(':')) {
    item.name = text.take_front(equals).str();
    text = text.drop_front(equals + 1);
  }
  if (!isName(item.name))
    return fail(item.option + ": expected a name of letters and digits, got '" +
                item.name + "'");
  std::tie(item.kind, item.rest) = text.split(':');
  if (!text.contains(':') ||
      !llvm::is_contained(llvm::split(kinds, ' '), item.kind))
    return fail(item.option + ": expected KIND:VALUE, got " + text +
                "; kinds: " + kinds);
  return item;
}

/// Whether the argument is memory of its own.
static std::optional<Role> parseRole(StringRef kind) {
  if (kind == "in")
    return Role::Input;
  if (kind == "inout")
    return Role::InOut;
  if (kind == "out")
    return Role::Output;
  if (kind == "ws")
    return Role::Workspace;
  return std::nullopt;
}

Error Arguments::addBuffer(const Item &item, Buffer buffer, StringRef source) {
  json::Object fields{{"name", buffer.name}, {"role", getName(buffer.role)}};
  if (buffer.role == Role::Workspace) {
    fields["bytes"] = buffer.bytes;
    fields["init"] = buffer.init == Init::Zero ? "zero" : "none";
  } else {
    if (buffer.strides.empty())
      setDenseStrides(buffer);
    fields["dtype"] = getName(*buffer.dtype);
    fields["shape"] = json::Array(buffer.shape);
    fields["strides"] = json::Array(buffer.strides);
    // As cudaMalloc gives it; kernels count on it for vectors and tensor maps.
    fields["align"] = 256;
  }
  buffers.push_back(std::move(fields));
  options.push_back(item.option);
  if (!source.empty())
    (buffer.role == Role::Output ? outputs : inputs)
        .push_back({buffer.name, source.str()});
  known.push_back(std::move(buffer));
  return Error::success();
}

Error Arguments::addMemory(const Item &item) {
  Buffer buffer;
  buffer.name = item.name;
  buffer.role = *parseRole(item.kind);
  auto [type, source] = item.rest.split('=');
  if (buffer.role == Role::Workspace) {
    if (type.getAsInteger(0, buffer.bytes) ||
        (item.rest.contains('=') && source != "zeros"))
      return fail(item.option +
                  ": expected ws:BYTES or ws:BYTES=zeros, got ws:" + item.rest);
    buffer.init = source.empty() ? Init::None : Init::Zero;
    return addBuffer(item, std::move(buffer), "");
  }
  bool hasShape = false, given = item.rest.contains('=');
  // "in:a.npy": what is no type is a file.
  if (!given && buffer.role != Role::Output &&
      !parseElement(item.rest.split('[').first))
    std::swap(type, source);
  if (!type.empty() || source.empty())
    if (Error error = parseType(type, buffer, hasShape))
      return fail(item.option + ": " + llvm::toString(std::move(error)));
  bool isFile = !source.empty() && source != "random" && source != "zeros";
  if (buffer.role != Role::Output && isFile && !hasShape) {
    if (Error error = takeFromFile(source, hasShape, buffer))
      return fail(item.option + ": " + llvm::toString(std::move(error)));
  } else if (!hasShape) {
    return fail(item.option + ": expected a shape, as " + type +
                "[512x512], got " + type);
  }
  return addBuffer(item, std::move(buffer), source);
}

Error Arguments::addPointer(const Item &item) {
  auto [name, offset] = item.rest.split('+');
  int64_t bytes = 0;
  if (!offset.empty() && offset.getAsInteger(0, bytes))
    return fail(item.option +
                ": expected ptr:NAME or ptr:NAME+BYTES, got ptr:" + item.rest);
  params.push_back(json::Object{{"buffer", name}, {"offset", bytes}});
  return Error::success();
}

Error Arguments::addBytes(const Item &item) {
  std::string bytes;
  StringRef path = item.rest;
  if (path.consume_front("@")) {
    auto file = llvm::MemoryBuffer::getFile(path);
    if (!file)
      return fail(item.option + ": " + path +
                  ": cannot read: " + file.getError().message());
    bytes = (*file)->getBuffer().str();
  } else if (item.rest.size() % 2 || !llvm::tryGetFromHex(item.rest, bytes)) {
    return fail(item.option + ": expected pairs of hexadecimal digits or " +
                "@FILE, got " + item.rest);
  }
  params.push_back(json::Object{{"bytes_base64", llvm::encodeBase64(bytes)}});
  return Error::success();
}

static std::string encode(DType type, double number) {
  std::vector<uint8_t> bytes = getBytes(ValueParam{type, number});
  return llvm::encodeBase64(bytes);
}

Error Arguments::addScalar(const Item &item) {
  DType type = *parseElement(item.kind);
  std::string what = item.option + ": expected " + item.kind.str();
  if (isFloat(type)) {
    double number;
    if (item.rest.getAsDouble(number))
      return fail(what + ":NUMBER, got " + item.rest);
    if (std::isfinite(number))
      params.push_back(
          json::Object{{"value", number}, {"dtype", getName(type)}});
    else // JSON has no such numbers.
      params.push_back(json::Object{{"bytes_base64", encode(type, number)}});
    return Error::success();
  }
  unsigned bits = getBits(type);
  bool isSigned = item.kind.starts_with("i");
  uint64_t most = UINT64_MAX >> (64 - bits);
  json::Object fields{{"dtype", getName(type)}};
  uint64_t natural;
  int64_t integer;
  if (!item.rest.getAsInteger(0, natural) && natural <= most)
    fields["value"] = natural;
  else if (isSigned && !item.rest.getAsInteger(0, integer) && integer < 0 &&
           integer >= INT64_MIN >> (64 - bits))
    fields["value"] = integer;
  else
    return fail(what + ":INTEGER of " + Twine(bits) + " bits, got " +
                item.rest);
  params.push_back(std::move(fields));
  return Error::success();
}

Error Arguments::addTensorMap(const Item &item) {
  Expected<json::Object> map = parseTensorMap(item.rest, known);
  if (!map)
    return fail(item.option + ": " + llvm::toString(map.takeError()));
  params.push_back(json::Object{{"tensor_map", std::move(*map)}});
  return Error::success();
}

Error Arguments::addParam(const Item &item) {
  if (parseRole(item.kind)) {
    params.push_back(json::Object{{"buffer", item.name}});
    return Error::success();
  }
  if (item.kind == "ptr")
    return addPointer(item);
  if (item.kind == "bytes")
    return addBytes(item);
  if (item.kind == "tma")
    return addTensorMap(item);
  return addScalar(item);
}

Error Arguments::parse(const KernelCall &call) {
  std::vector<Item> items;
  for (auto [index, text] : llvm::enumerate(call.arguments)) {
    std::string number = std::to_string(index);
    Expected<Item> item = split(text, "--arg " + number, "arg" + number);
    if (!item)
      return item.takeError();
    items.push_back(*item);
  }
  for (const std::string &text : call.buffers) {
    Expected<Item> item = split(text, "--buffer", "");
    if (!item)
      return item.takeError();
    item->option += " " + item->name;
    if (!parseRole(item->kind))
      return fail(item->option + ": expected in, inout, out or ws, got " +
                  item->kind);
    if (Error error = addMemory(*item))
      return error;
  }
  for (const Item &item : items)
    if (parseRole(item.kind))
      if (Error error = addMemory(item))
        return error;
  for (const Item &item : items)
    if (Error error = addParam(item))
      return error;
  return Error::success();
}

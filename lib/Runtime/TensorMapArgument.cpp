// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tensor maps from text. Keys are the plan's own fields; lists are written with
// an x between numbers, innermost first.

#include "TensorMapArgument.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace dlk::runtime;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;
namespace json = llvm::json;

namespace {
enum class Form { Text, Integer, List };
struct Key {
  StringRef name;
  Form form;
};
constexpr Key keys[] = {
    {"box", Form::List},
    {"swizzle", Form::Text},
    {"dims", Form::List},
    {"strides", Form::List},
    {"element_strides", Form::List},
    {"dtype", Form::Text},
    {"offset", Form::Integer},
    {"mode", Form::Text},
    {"pixel_box_lower", Form::List},
    {"pixel_box_upper", Form::List},
    {"channels_per_pixel", Form::Integer},
    {"pixels_per_column", Form::Integer},
    {"interleave", Form::Text},
    {"l2_promotion", Form::Text},
    {"oob_fill", Form::Text},
};
} // namespace

static llvm::Error fail(const Twine &message) {
  return llvm::createStringError(message);
}

/// The whole buffer as one tensor.
static void setDefaults(const Buffer &buffer, json::Object &map) {
  map["mode"] = "tiled";
  if (!buffer.dtype) // a workspace has no shape: the text says all
    return;
  map["dtype"] = getName(*buffer.dtype);
  json::Array dims, strides;
  uint64_t bytes = getBits(*buffer.dtype) / 8;
  for (size_t d = buffer.shape.size(); d-- > 0;) {
    dims.push_back(buffer.shape[d]);
    if (d + 1 < buffer.shape.size())
      strides.push_back(
          llvm::SaturatingMultiply<uint64_t>(buffer.strides[d], bytes));
  }
  map["dims"] = std::move(dims);
  map["strides"] = std::move(strides);
}

static Expected<json::Value> parseValue(const Key &key, StringRef text) {
  if (key.form == Form::Text)
    return json::Value(text);
  llvm::SmallVector<StringRef> words;
  text.split(words, key.form == Form::List ? 'x' : ',');
  json::Array numbers;
  for (StringRef word : words) {
    int64_t number;
    if (word.getAsInteger(0, number))
      return fail(key.name + ": expected " +
                  (key.form == Form::List ? "numbers such as 64x128"
                                          : "a whole number") +
                  ", got " + text);
    numbers.push_back(number);
  }
  if (key.form == Form::Integer)
    return std::move(numbers[0]);
  return json::Value(std::move(numbers));
}

Expected<json::Object>
dlk::runtime::parseTensorMap(StringRef text, llvm::ArrayRef<Buffer> buffers) {
  llvm::SmallVector<StringRef> parts;
  text.split(parts, ',');
  const Buffer *buffer = llvm::find_if(
      buffers, [&](const Buffer &b) { return b.name == parts[0]; });
  if (buffer == buffers.end())
    return fail("no buffer of that name: " + parts[0] +
                "; declare it as --buffer " + parts[0] + "=in:FILE.npy");
  json::Object map{{"buffer", parts[0]}};
  setDefaults(*buffer, map);
  for (StringRef part : llvm::drop_begin(parts)) {
    StringRef name, value;
    std::tie(name, value) = part.split('=');
    const Key *key =
        llvm::find_if(keys, [&](const Key &k) { return k.name == name; });
    if (key == std::end(keys))
      return fail(
          "unknown key of a tensor map: " + name + "; supported: " +
          llvm::join(llvm::map_range(keys, [](const Key &k) { return k.name; }),
                     " "));
    Expected<json::Value> parsed = parseValue(*key, value);
    if (!parsed)
      return parsed.takeError();
    map[key->name] = std::move(*parsed);
  }
  const json::Array *dims = map.getArray("dims");
  if (dims && !map.get("element_strides"))
    map["element_strides"] = json::Array(std::vector<int64_t>(dims->size(), 1));
  return map;
}

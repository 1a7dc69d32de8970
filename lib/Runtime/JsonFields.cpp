// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Typed access to JSON fields; see JsonFields.h.

#include "JsonFields.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace dlk::runtime;
using llvm::StringRef;
using llvm::Twine;
namespace json = llvm::json;

void JsonErrors::report(const Twine &path, const Twine &message) {
  if (any())
    return;
  std::string place = path.str();
  first = place.empty() ? message.str() : place + ": " + message.str();
}

void JsonValue::report(const Twine &message) const {
  errors->report(path, message);
}

void JsonValue::expected(const Twine &what) const {
  std::string text = llvm::formatv("{0}", *value);
  if (text.size() > 60)
    text = text.substr(0, 57) + "...";
  report("expected " + what + ", got " + text);
}

std::string JsonValue::getString() const {
  if (!value)
    return "";
  if (std::optional<StringRef> text = value->getAsString())
    return text->str();
  expected("a string");
  return "";
}

static std::string getRangeText(int64_t least, int64_t most) {
  if (most != INT64_MAX)
    return llvm::formatv("of {0}..{1}", least, most);
  if (least == 0)
    return "of at least 0";
  return llvm::formatv("of at least {0}", least);
}

int64_t JsonValue::getInteger(int64_t least, int64_t most) const {
  if (!value)
    return least;
  if (value->kind() == json::Value::String) {
    report("dynamic plans are not supported yet: " +
           llvm::formatv("{0}", *value).str());
    return least;
  }
  std::optional<int64_t> number = value->getAsInteger();
  if (number && *number >= least && *number <= most)
    return *number;
  expected("an integer " + getRangeText(least, most));
  return least;
}

llvm::SmallVector<int64_t> JsonValue::getIntegers(int64_t least, int64_t most,
                                                  size_t mostCount) const {
  llvm::SmallVector<int64_t> numbers;
  forEach([&](const JsonValue &element) {
    if (numbers.size() < mostCount)
      numbers.push_back(element.getInteger(least, most));
    else
      report("too many integers: at most " + Twine(mostCount));
  });
  return numbers;
}

void JsonValue::forEach(
    llvm::function_ref<void(const JsonValue &)> visit) const {
  if (!value)
    return;
  const json::Array *array = value->getAsArray();
  if (!array)
    return expected("an array");
  for (auto [index, element] : llvm::enumerate(*array)) {
    if (errors->any())
      return;
    visit({&element, llvm::formatv("{0}[{1}]", path, index), errors});
  }
}

JsonObject::JsonObject(const JsonValue &object)
    : object(object), fields(object ? object.value->getAsObject() : nullptr) {
  if (object && !fields)
    object.expected("an object");
}

JsonValue JsonObject::find(StringRef name) {
  known.push_back(name.str());
  std::string path =
      object.path.empty() ? name.str() : object.path + "." + name.str();
  return {fields ? fields->get(name) : nullptr, std::move(path), object.errors};
}

JsonValue JsonObject::get(StringRef name) {
  JsonValue field = find(name);
  if (fields && !field)
    field.report("missing field");
  return field;
}

void JsonObject::finish() {
  if (!fields)
    return;
  llvm::SmallVector<std::string> names;
  for (const auto &entry : *fields)
    names.push_back(entry.first.str());
  llvm::sort(names);
  for (const std::string &name : names)
    if (!llvm::is_contained(known, name))
      find(name).report("unknown field");
}

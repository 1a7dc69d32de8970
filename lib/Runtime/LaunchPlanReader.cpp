// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The strict reader of launch plans: whatever does not fit docs/LaunchPlan.md
// is refused with the path of the field. Launches and their parameters are read
// in LaunchPlanLaunches.cpp.

#include "LaunchPlanReader.h"
#include "llvm/Support/Base64.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace dlk::runtime;
using llvm::StringRef;
namespace json = llvm::json;

static constexpr int64_t maxBytes = int64_t(1) << 40;
static constexpr size_t maxRank = 16;

DType dlk::runtime::readDType(const JsonValue &field) {
  std::string name = field.getString();
  if (std::optional<DType> type = parseDType(name))
    return *type;
  if (field)
    field.expected(
        "one of f64 f32 tf32 f16 bf16 f8E4M3FN f8E5M2 i64 i32 i16 i8 i4");
  return DType::F32;
}

static Role readRole(const JsonValue &field) {
  std::string name = field.getString();
  for (Role role : {Role::Input, Role::Output, Role::InOut, Role::Workspace,
                    Role::Constant})
    if (getName(role) == name)
      return role;
  if (field)
    field.expected("one of input output inout workspace constant");
  return Role::Input;
}

static Init readInit(const JsonValue &field) {
  std::string name = field.getString();
  if (field && name != "zero" && name != "none")
    field.expected("\"zero\" or \"none\"");
  return name == "zero" ? Init::Zero : Init::None;
}

/// A file name that stays in the plan's folder.
static std::string readModule(const JsonValue &field) {
  std::string name = field.getString();
  if (field && (name.empty() || name == "." || name == ".." ||
                name.find_first_of(StringRef("/\\\0", 3)) != std::string::npos))
    field.expected("the name of a file beside the plan");
  return name;
}

static std::string readName(const JsonValue &field) {
  std::string name = field.getString();
  if (field && name.empty())
    field.expected("a name");
  return name;
}

static void readData(const JsonValue &field, Buffer &buffer) {
  std::vector<char> bytes;
  if (llvm::Error error = llvm::decodeBase64(field.getString(), bytes)) {
    field.report("not base64: " + llvm::toString(std::move(error)));
    return;
  }
  if (bytes.size() != buffer.getDenseBytes())
    field.report(llvm::formatv("expected {0} bytes for {1}, got {2}",
                               buffer.getDenseBytes(), getTypeText(buffer),
                               bytes.size()));
  buffer.data.assign(bytes.begin(), bytes.end());
}

/// What every buffer but a workspace has.
static void readType(JsonObject &object, const JsonValue &field,
                     Buffer &buffer) {
  JsonValue dtype = object.get("dtype");
  buffer.dtype = readDType(dtype);
  if (buffer.dtype == DType::TF32)
    dtype.report("tf32 is a type of tensor maps only");
  for (int64_t dim : object.get("shape").getIntegers(0, maxBytes, maxRank))
    buffer.shape.push_back(dim);
  JsonValue strides = object.get("strides");
  for (int64_t stride : strides.getIntegers(0, maxBytes, maxRank))
    buffer.strides.push_back(stride);
  if (field.errors->any())
    return;
  if (buffer.strides.size() != buffer.shape.size())
    return strides.expected(llvm::Twine(buffer.shape.size()) + " integers");
  if (llvm::Error error = computeBytes(buffer))
    strides.report(llvm::toString(std::move(error)));
}

static Buffer readBuffer(const JsonValue &field) {
  Buffer buffer;
  JsonObject object(field);
  buffer.name = readName(object.get("name"));
  buffer.role = readRole(object.get("role"));
  if (field.errors->any())
    return buffer;
  if (buffer.role == Role::Workspace) {
    buffer.bytes = object.get("bytes").getInteger(0, maxBytes);
    buffer.init = readInit(object.find("init"));
  } else {
    readType(object, field, buffer);
  }
  if (field.errors->any())
    return buffer;
  if (buffer.role == Role::Constant)
    readData(object.get("data_base64"), buffer);
  buffer.align = buffer.dtype ? std::max(1u, getBits(*buffer.dtype) / 8) : 256;
  if (JsonValue align = object.find("align")) {
    buffer.align = align.getInteger(1, 65536);
    if (!llvm::isPowerOf2_64(buffer.align))
      align.expected("a power of two");
  }
  object.finish();
  return buffer;
}

static Function readFunction(const JsonValue &field) {
  Function function;
  JsonObject object(field);
  function.name = readName(object.get("name"));
  object.get("buffers").forEach([&](const JsonValue &element) {
    Buffer buffer = readBuffer(element);
    if (function.findBuffer(buffer.name))
      element.report("a second buffer of the name: " + buffer.name);
    function.buffers.push_back(std::move(buffer));
  });
  if (JsonValue variants = object.find("variants"))
    variants.report("dynamic plans are not supported yet");
  object.get("launches").forEach([&](const JsonValue &element) {
    function.launches.push_back(readLaunch(element, function));
  });
  object.finish();
  return function;
}

static Plan readPlanObject(const JsonValue &field) {
  Plan plan;
  JsonObject object(field);
  JsonValue version = object.get("dlk_launch_plan");
  if (version && version.value->getAsInteger() != LaunchPlanVersion)
    version.expected("version 1");
  plan.chip = readName(object.get("chip"));
  plan.module = readModule(object.get("module"));
  object.get("functions").forEach([&](const JsonValue &element) {
    Function function = readFunction(element);
    if (plan.findFunction(function.name))
      element.report("a second function of the name: " + function.name);
    plan.functions.push_back(std::move(function));
  });
  object.finish();
  return plan;
}

/// The parser recurses, so a hostile file must not decide how deep.
static bool isShallow(StringRef text) {
  unsigned depth = 0;
  bool inString = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (inString && c == '\\')
      ++i;
    else if (c == '"')
      inString = !inString;
    else if (!inString && (c == '[' || c == '{') && ++depth > 32)
      return false;
    else if (!inString && (c == ']' || c == '}') && depth)
      --depth;
  }
  return true;
}

llvm::Expected<Plan> dlk::runtime::readPlan(StringRef text,
                                            StringRef fileName) {
  if (!isShallow(text))
    return llvm::createStringError(fileName +
                                   ": not a plan: nested too deeply");
  llvm::Expected<json::Value> root = json::parse(text);
  if (!root)
    return llvm::createStringError(
        fileName + ": not JSON: " + llvm::toString(root.takeError()));
  JsonErrors errors;
  Plan plan = readPlanObject({&*root, "", &errors});
  if (errors.any())
    return llvm::createStringError(fileName + ": " + errors.text());
  return plan;
}

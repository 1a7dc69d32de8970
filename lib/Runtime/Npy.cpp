// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads and writes .npy files: magic, version, length of the header, a Python
// dictionary of three entries, the elements.

#include "dlk/Runtime/Npy.h"
#include "dlk/Runtime/OutputFile.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace dlk::runtime;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

static constexpr StringRef magic = StringRef("\x93NUMPY", 6);

namespace {

struct NpyType {
  StringRef descr, name;
  unsigned bytes;
};

constexpr NpyType npyTypes[] = {
    {"<f8", "float64", 8}, {"<f4", "float32", 4}, {"<f2", "float16", 2},
    {"<i8", "int64", 8},   {"<i4", "int32", 4},   {"<i2", "int16", 2},
    {"|i1", "int8", 1},    {"<u8", "uint64", 8},  {"<u4", "uint32", 4},
    {"<u2", "uint16", 2},  {"|u1", "uint8", 1},   {"|b1", "bool", 1},
    {"<V2", "void16", 2},  {"|V2", "void16", 2},  {"|V1", "void8", 1},
    {"<V1", "void8", 1},
};

const NpyType *findType(StringRef descr) {
  for (const NpyType &type : npyTypes)
    if (type.descr == descr)
      return &type;
  return nullptr;
}

/// The types of a .npy file that can hold a buffer's type; the first is what is
/// written.
llvm::ArrayRef<StringRef> getDescrs(DType type) {
  static constexpr StringRef f64[] = {"<f8"}, f32[] = {"<f4"}, f16[] = {"<f2"},
                             bf16[] = {"<u2", "<V2", "|V2"},
                             f8[] = {"|u1", "|V1", "<V1"},
                             i64[] = {"<i8", "<u8"}, i32[] = {"<i4", "<u4"},
                             i16[] = {"<i2", "<u2"},
                             i8[] = {"|i1", "|u1", "|b1"};
  switch (type) {
  case DType::F64:
    return f64;
  case DType::F32:
    return f32;
  case DType::F16:
    return f16;
  case DType::BF16:
    return bf16;
  case DType::F8E4M3FN:
  case DType::F8E5M2:
    return f8;
  case DType::I64:
    return i64;
  case DType::I32:
    return i32;
  case DType::I16:
    return i16;
  case DType::I8:
    return i8;
  case DType::TF32:
  case DType::I4:
    return {};
  }
  return {};
}

/// The header: `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`.
class HeaderParser {
public:
  explicit HeaderParser(StringRef text) : rest(text) {}
  /// False if the text is no such dictionary; entries may come in any order.
  bool parse();

  std::string descr;
  std::vector<int64_t> shape;
  bool fortran = false;

private:
  bool take(StringRef token) {
    rest = rest.ltrim();
    return rest.consume_front(token);
  }
  bool takeString(std::string &out);
  bool takeShape();
  bool takeEntry();

  StringRef rest;
  unsigned seen = 0;
};

bool HeaderParser::takeString(std::string &out) {
  rest = rest.ltrim();
  if (rest.empty() || (rest[0] != '\'' && rest[0] != '"'))
    return false;
  size_t end = rest.find(rest[0], 1);
  if (end == StringRef::npos)
    return false;
  out = rest.slice(1, end).str();
  rest = rest.drop_front(end + 1);
  return true;
}

bool HeaderParser::takeShape() {
  if (!take("("))
    return false;
  while (!take(")")) {
    rest = rest.ltrim();
    int64_t dim;
    if (shape.size() == 32 || rest.consumeInteger(10, dim) || dim < 0)
      return false;
    shape.push_back(dim);
    if (!take(",") && !rest.ltrim().starts_with(")"))
      return false;
  }
  return true;
}

bool HeaderParser::takeEntry() {
  std::string key;
  if (!takeString(key) || !take(":"))
    return false;
  ++seen;
  if (key == "descr")
    return takeString(descr);
  if (key == "shape")
    return takeShape();
  if (key != "fortran_order")
    return false;
  fortran = take("True");
  return fortran || take("False");
}

bool HeaderParser::parse() {
  if (!take("{"))
    return false;
  while (!take("}")) {
    if (seen == 3 || !takeEntry())
      return false;
    if (!take(",") && !rest.ltrim().starts_with("}"))
      return false;
  }
  return seen == 3 && rest.trim().empty() && !descr.empty();
}

} // namespace

std::optional<DType> dlk::runtime::getElementType(const NpyArray &array) {
  constexpr DType types[] = {DType::F64, DType::F32, DType::F16, DType::I64,
                             DType::I32, DType::I16, DType::I8};
  for (DType type : types)
    if (llvm::is_contained(getDescrs(type), array.descr))
      return type;
  // What ml_dtypes writes for bf16; one byte could be either 8-bit float.
  if (llvm::StringRef(array.descr).ends_with("V2"))
    return DType::BF16;
  return std::nullopt;
}

static Error fail(StringRef name, const Twine &message) {
  return llvm::createStringError(name + ": " + message);
}

static std::string getShapeText(llvm::ArrayRef<int64_t> shape) {
  return "[" +
         llvm::join(llvm::map_range(
                        shape, [](int64_t d) { return std::to_string(d); }),
                    "x") +
         "]";
}

/// Splits a file into its header and its elements.
static Expected<std::pair<StringRef, StringRef>> splitFile(StringRef bytes,
                                                           StringRef name) {
  if (!bytes.consume_front(magic))
    return fail(name, "not a .npy file");
  if (bytes.size() < 2)
    return fail(name, "truncated .npy file");
  unsigned version = uint8_t(bytes[0]);
  bytes = bytes.drop_front(2);
  if (version < 1 || version > 3)
    return fail(name, "unsupported version of .npy: " + Twine(version));
  size_t lengthBytes = version == 1 ? 2 : 4;
  if (bytes.size() < lengthBytes)
    return fail(name, "truncated .npy file");
  size_t length = version == 1 ? llvm::support::endian::read16le(bytes.data())
                               : llvm::support::endian::read32le(bytes.data());
  bytes = bytes.drop_front(lengthBytes);
  if (bytes.size() < length)
    return fail(name, "truncated .npy file");
  return std::make_pair(bytes.take_front(length), bytes.drop_front(length));
}

Expected<NpyArray> dlk::runtime::parseNpy(StringRef bytes, StringRef name) {
  auto parts = splitFile(bytes, name);
  if (!parts)
    return parts.takeError();
  HeaderParser header(parts->first);
  if (!header.parse())
    return fail(name, "bad header of a .npy file");
  if (StringRef(header.descr).starts_with(">"))
    return fail(name, "big-endian arrays are not supported: " + header.descr);
  const NpyType *type = findType(header.descr);
  if (!type)
    return fail(name, "unsupported type of elements: " + header.descr);
  if (header.fortran)
    return fail(name, "columns-first (Fortran) order is not supported; write "
                      "numpy.ascontiguousarray of it");
  uint64_t count = type->bytes;
  for (int64_t dim : header.shape)
    count = llvm::SaturatingMultiply<uint64_t>(count, dim);
  if (parts->second.size() != count)
    return fail(name,
                llvm::formatv("expected {0} bytes of elements for {1} "
                              "{2}, got {3}",
                              count, type->name, getShapeText(header.shape),
                              parts->second.size())
                    .str());
  return NpyArray{std::move(header.descr),
                  std::move(header.shape),
                  {parts->second.bytes_begin(), parts->second.bytes_end()}};
}

Expected<NpyArray> dlk::runtime::readNpy(StringRef path) {
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false);
  if (!file)
    return fail(path, "cannot read: " + file.getError().message());
  return parseNpy((*file)->getBuffer(), path);
}

Error dlk::runtime::writeNpy(StringRef path, const NpyArray &array) {
  std::string shape;
  for (int64_t dim : array.shape)
    shape += std::to_string(dim) + ", ";
  // NumPy's own form: (), (3,), (3, 4).
  if (array.shape.size() == 1)
    shape.pop_back();
  else if (!array.shape.empty())
    shape.resize(shape.size() - 2);
  std::string header = llvm::formatv(
      "{{'descr': '{0}', 'fortran_order': False, 'shape': ({1}), }",
      array.descr, shape);
  size_t start = magic.size() + 4;
  header.append(
      llvm::offsetToAlignment(start + header.size() + 1, llvm::Align(64)), ' ');
  header += '\n';
  Error error = writeOutputFile(path, [&](llvm::raw_ostream &os) {
    char length[2];
    llvm::support::endian::write16le(length, uint16_t(header.size()));
    os << magic << StringRef("\1\0", 2) << StringRef(length, 2) << header;
    os.write(reinterpret_cast<const char *>(array.data.data()),
             array.data.size());
  });
  if (error)
    return fail(path, "cannot write: " + llvm::toString(std::move(error)));
  return Error::success();
}

std::string dlk::runtime::getTypeText(const NpyArray &array) {
  const NpyType *type = findType(array.descr);
  return (type ? type->name : StringRef(array.descr)).str() + " " +
         getShapeText(array.shape);
}

static Error failNoForm(const Buffer &buffer) {
  return fail(buffer.name, "NumPy has no form for " + getTypeText(buffer));
}

Error dlk::runtime::checkFits(const NpyArray &array, const Buffer &buffer) {
  if (!buffer.dtype || getDescrs(*buffer.dtype).empty())
    return failNoForm(buffer);
  llvm::ArrayRef<StringRef> descrs = getDescrs(*buffer.dtype);
  if (llvm::is_contained(descrs, array.descr) && array.shape == buffer.shape)
    return Error::success();
  // Say how NumPy holds the type where the names differ.
  std::string text = getTypeText(buffer);
  if (*buffer.dtype == DType::BF16 || getBits(*buffer.dtype) == 8)
    text += (" (as " + findType(descrs[0])->name + ")").str();
  return fail(buffer.name, "expected " + text + ", got " + getTypeText(array));
}

Expected<NpyArray> dlk::runtime::makeNpy(const Buffer &buffer,
                                         std::vector<uint8_t> data) {
  if (!buffer.dtype || getDescrs(*buffer.dtype).empty())
    return failNoForm(buffer);
  return NpyArray{getDescrs(*buffer.dtype)[0].str(), buffer.shape,
                  std::move(data)};
}

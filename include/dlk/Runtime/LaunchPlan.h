// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The launch plan (docs/LaunchPlan.md) as plain values, its strict reader and
// its writer. A plan that readPlan returns keeps every rule of that page, so
// whoever runs it need not check again; writePlan gives a text that readPlan
// takes. Independent of MLIR and of the devices.

#ifndef DLK_RUNTIME_LAUNCHPLAN_H
#define DLK_RUNTIME_LAUNCHPLAN_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace dlk::runtime {

enum class DType {
  F64,
  F32,
  TF32,
  F16,
  BF16,
  F8E4M3FN,
  F8E5M2,
  I64,
  I32,
  I16,
  I8,
  I4
};
/// MLIR's name: "f8E4M3FN".
llvm::StringRef getName(DType type);
std::optional<DType> parseDType(llvm::StringRef name);
unsigned getBits(DType type);
bool isFloat(DType type);

enum class Role { Input, Output, InOut, Workspace, Constant };
llvm::StringRef getName(Role role);

enum class Init { None, Zero };

/// Memory of a function. A workspace is `bytes` without a type; all others
/// have a type and a shape, and `bytes` is what shape and strides span.
struct Buffer {
  std::string name;
  Role role = Role::Input;
  std::optional<DType> dtype;
  std::vector<int64_t> shape;
  std::vector<int64_t> strides; ///< In elements.
  uint64_t align = 1;
  uint64_t bytes = 0;
  Init init = Init::None;
  std::vector<uint8_t>
      data; ///< Of a constant: its elements in row-major order.

  uint64_t getNumElements() const;
  /// Bytes of the elements alone, without gaps between rows.
  uint64_t getDenseBytes() const;
};

/// "f16 [512x512]"; a scalar is "f16 []".
std::string getTypeText(const Buffer &buffer);

enum class TensorMapMode { Tiled, Im2col };

/// Parameters of cuTensorMapEncodeTiled or cuTensorMapEncodeIm2col, in the
/// order and units of that API. The last four are the API's own names without
/// their prefix: "none", "16B", "32B", "64B", "128B", "256B", "zeros", "nan".
struct TensorMap {
  std::string buffer;
  uint64_t offset = 0; ///< In bytes.
  TensorMapMode mode = TensorMapMode::Tiled;
  DType dtype = DType::F16;
  std::vector<uint64_t> dims;    ///< Innermost first, in elements.
  std::vector<uint64_t> strides; ///< In bytes, without the innermost.
  std::vector<uint32_t> box;     ///< Tiled only.
  std::vector<uint32_t> elementStrides;
  std::vector<int32_t> pixelBoxLower, pixelBoxUpper; ///< Im2col only, as below.
  uint32_t channelsPerPixel = 0, pixelsPerColumn = 0;
  std::string interleave = "none";
  std::string swizzle = "none";
  std::string l2Promotion = "none";
  std::string oobFill = "zeros";
};

/// The device address of a buffer, `offset` bytes from its start.
struct BufferParam {
  std::string buffer;
  uint64_t offset = 0;
};

/// A number passed by value; `number` holds integers exactly.
struct ValueParam {
  DType dtype = DType::I32;
  std::variant<int64_t, double> number = int64_t(0);
};

/// Bytes passed by value, as they lie in memory: a struct, or a number that
/// JSON cannot write.
struct BytesParam {
  std::vector<uint8_t> data;
};

using Param = std::variant<BufferParam, ValueParam, TensorMap, BytesParam>;

struct Launch {
  std::string kernel;
  std::array<uint32_t, 3> grid = {1, 1, 1};
  std::array<uint32_t, 3> block = {1, 1, 1};
  std::array<uint32_t, 3> cluster = {1, 1, 1};
  uint32_t sharedBytes = 0; ///< Dynamic shared memory.
  std::vector<Param> params;
};

struct Function {
  std::string name;
  std::vector<Buffer> buffers;
  std::vector<Launch> launches;

  /// Null if there is no such buffer.
  const Buffer *findBuffer(llvm::StringRef name) const;
};

struct Plan {
  std::string chip;   ///< "sm_80"
  std::string module; ///< File name beside the plan.
  std::vector<Function> functions;

  /// Null if there is no such function.
  const Function *findFunction(llvm::StringRef name) const;
};

constexpr int64_t LaunchPlanVersion = 1;

/// Reads a plan. An error begins with `fileName` and names the field by its
/// path: "plan.json: functions[0].launches[0].grid: expected 3 positive
/// integers, got [1,2]".
llvm::Expected<Plan> readPlan(llvm::StringRef json, llvm::StringRef fileName);

/// Writes the text form: fields in the order of the documentation, a buffer and
/// a parameter per line. `bytes` is written for workspaces only.
void writePlan(const Plan &plan, llvm::raw_ostream &os);

/// Sets `bytes` from shape, strides and type. An error says what does not fit:
/// too large, or elements that overlap.
llvm::Error computeBytes(Buffer &buffer);

} // namespace dlk::runtime

#endif // DLK_RUNTIME_LAUNCHPLAN_H

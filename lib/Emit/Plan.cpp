// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads the host side of a compiled module: a straight line of launches on
// tensors. Arguments, results, constants and what lies between launches become
// buffers; intermediates whose lives do not overlap share a workspace.

#include "dlk/Emit/Plan.h"
#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "dlk/Emit/KernelInfo.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/Support/Base64.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace dlk;
namespace json = llvm::json;

namespace {

struct Buffer {
  std::string name;
  StringLiteral role;
  RankedTensorType type; // null for a workspace
  int64_t bytes;
  int64_t align = 1;
  std::string data = {}; // of a constant
};

struct Launch {
  StringRef kernel;
  LaunchShape shape;
  SmallVector<unsigned> buffers; // in the order of the kernel's parameters
};

/// Turns one function into buffers and launches.
class FunctionPlanner {
public:
  FunctionPlanner(func::FuncOp function,
                  const llvm::StringMap<LLVM::LLVMFuncOp> &kernels)
      : function(function), kernels(kernels) {}

  LogicalResult run();
  json::Value toJson();

private:
  LogicalResult addArguments();
  LogicalResult addResults(func::ReturnOp ret);
  LogicalResult addLaunch(Operation *op);
  LogicalResult addConstant(arith::ConstantOp op);
  FailureOr<unsigned> addBuffer(StringLiteral role, const Twine &name,
                                Type type, Location loc);
  FailureOr<unsigned> getOperandBuffer(Operation *launch, Value value);
  unsigned getWorkspace(Operation *launch);
  /// Place of the last launch that reads the value, or that of `launch`.
  unsigned getLastUse(Operation *launch) const;

  func::FuncOp function;
  const llvm::StringMap<LLVM::LLVMFuncOp> &kernels;
  SmallVector<Buffer> buffers;
  SmallVector<Launch> launches;
  DenseMap<Value, unsigned> bufferOf;
  DenseMap<Operation *, unsigned> launchPlace;
  /// Workspaces, with the last launch that uses what is in each now.
  SmallVector<std::pair<unsigned, unsigned>> workspaces;
  unsigned numConstants = 0;
};

} // namespace

//===----------------------------------------------------------------------===//
// Types and constants
//===----------------------------------------------------------------------===//

/// The plan's name of an element type, empty if it has none.
static std::string getTypeName(Type type) {
  std::string name;
  llvm::raw_string_ostream os(name);
  type.print(os);
  static constexpr StringLiteral known[] = {
      "f64", "f32", "f16", "bf16", "f8E4M3FN", "f8E5M2", "i32", "i16", "i8"};
  return llvm::is_contained(known, name) ? name : "";
}

static LogicalResult checkType(Type type, Location loc) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return emitError(loc, "a launch plan has only tensors: ") << type;
  if (!tensor.hasStaticShape())
    return emitError(loc, "dynamic shapes are not supported: ") << type;
  if (getTypeName(tensor.getElementType()).empty())
    return emitError(loc, "a launch plan has no such element type: ")
           << tensor.getElementType();
  return success();
}

static int64_t getElementBytes(RankedTensorType type) {
  return type.getElementTypeBitWidth() / 8;
}

/// The elements of a constant, each once, in row-major order.
static FailureOr<std::string> getBytes(arith::ConstantOp op) {
  if (auto dense = dyn_cast<DenseElementsAttr>(op.getValue())) {
    ArrayRef<char> raw = dense.getRawData();
    std::string bytes;
    size_t copies = dense.isSplat() ? dense.getNumElements() : 1;
    bytes.reserve(raw.size() * copies);
    for (size_t i = 0; i < copies; ++i)
      bytes.append(raw.data(), raw.size());
    return bytes;
  }
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(op.getValue()))
    if (AsmResourceBlob *blob = resource.getRawHandle().getBlob())
      return std::string(blob->getData().data(), blob->getData().size());
  return emitError(op.getLoc(), "a launch plan cannot hold this constant");
}

//===----------------------------------------------------------------------===//
// Buffers
//===----------------------------------------------------------------------===//

FailureOr<unsigned> FunctionPlanner::addBuffer(StringLiteral role,
                                               const Twine &name, Type type,
                                               Location loc) {
  if (failed(checkType(type, loc)))
    return failure();
  auto tensor = cast<RankedTensorType>(type);
  int64_t elementBytes = getElementBytes(tensor);
  buffers.push_back({name.str(), role, tensor,
                     tensor.getNumElements() * elementBytes, elementBytes});
  return buffers.size() - 1;
}

LogicalResult FunctionPlanner::addArguments() {
  for (BlockArgument argument : function.getArguments()) {
    FailureOr<unsigned> buffer =
        addBuffer("input", "arg" + Twine(argument.getArgNumber()),
                  argument.getType(), argument.getLoc());
    if (failed(buffer))
      return failure();
    bufferOf[argument] = *buffer;
  }
  return success();
}

LogicalResult FunctionPlanner::addResults(func::ReturnOp ret) {
  for (auto [index, value] : llvm::enumerate(ret.getOperands())) {
    Operation *source = value.getDefiningOp();
    bool empty = isa_and_nonnull<tensor::EmptyOp>(source);
    if (!empty && !isa_and_nonnull<tile::LaunchOp>(source))
      return emitError(ret.getLoc(), "a launch plan cannot copy: result ")
             << index << " is "
             << (source ? "a constant" : "an argument of the function");
    if (bufferOf.count(value))
      return emitError(ret.getLoc(), "a launch plan cannot copy: result ")
             << index << " is also an earlier result";
    FailureOr<unsigned> buffer = addBuffer("output", "out" + Twine(index),
                                           value.getType(), ret.getLoc());
    if (failed(buffer))
      return failure();
    if (empty && buffers[*buffer].bytes != 0)
      return emitError(source->getLoc(),
                       "nothing writes this result of the function");
    // Two results without elements may be one value.
    if (!empty)
      bufferOf[value] = *buffer;
  }
  return success();
}

LogicalResult FunctionPlanner::addConstant(arith::ConstantOp op) {
  if (op.use_empty())
    return success();
  FailureOr<unsigned> buffer = addBuffer("constant", "c" + Twine(numConstants),
                                         op.getType(), op.getLoc());
  if (failed(buffer))
    return failure();
  FailureOr<std::string> data = getBytes(op);
  if (failed(data))
    return failure();
  ++numConstants;
  buffers[*buffer].data = std::move(*data);
  bufferOf[op] = *buffer;
  return success();
}

unsigned FunctionPlanner::getLastUse(Operation *launch) const {
  unsigned last = launchPlace.lookup(launch);
  for (Operation *user : launch->getUsers())
    if (auto place = launchPlace.find(user); place != launchPlace.end())
      last = std::max(last, place->second);
  return last;
}

unsigned FunctionPlanner::getWorkspace(Operation *launch) {
  auto type = cast<RankedTensorType>(launch->getResult(0).getType());
  int64_t bytes = type.getNumElements() * getElementBytes(type);
  unsigned now = launchPlace.lookup(launch);
  unsigned last = getLastUse(launch);
  for (auto &[buffer, lastUse] : workspaces)
    if (lastUse < now) {
      lastUse = last;
      buffers[buffer].bytes = std::max(buffers[buffer].bytes, bytes);
      return buffer;
    }
  buffers.push_back({("ws" + Twine(workspaces.size())).str(), "workspace",
                     RankedTensorType(), bytes, /*align=*/256});
  workspaces.push_back({buffers.size() - 1, last});
  return buffers.size() - 1;
}

//===----------------------------------------------------------------------===//
// Launches
//===----------------------------------------------------------------------===//

FailureOr<unsigned> FunctionPlanner::getOperandBuffer(Operation *launch,
                                                      Value value) {
  auto buffer = bufferOf.find(value);
  if (buffer != bufferOf.end())
    return buffer->second;
  // An operand without elements may come from anywhere; nobody reads it.
  return emitError(launch->getLoc(),
                   "a launch plan has no buffer for this operand: ")
         << value;
}

LogicalResult FunctionPlanner::addLaunch(Operation *op) {
  auto launch = cast<tile::LaunchOp>(op);
  StringRef name = launch.getKernel().getLeafReference();
  LLVM::LLVMFuncOp kernel = kernels.lookup(name);
  if (!kernel)
    return emitError(op->getLoc(), "no kernel of that name in a gpu.module: @")
           << name;
  if (kernel.getNumArguments() != op->getNumOperands() + 1)
    return emitError(op->getLoc(),
                     "the kernel has another number of parameters than "
                     "the launch has operands and results: ")
           << kernel.getNumArguments();
  FailureOr<LaunchShape> shape = getLaunchShape(kernel);
  if (failed(shape))
    return failure();
  Launch entry{kernel.getName(), *shape, {}};
  for (Value operand : op->getOperands()) {
    FailureOr<unsigned> buffer = getOperandBuffer(op, operand);
    if (failed(buffer))
      return failure();
    entry.buffers.push_back(*buffer);
  }
  if (failed(checkType(op->getResult(0).getType(), op->getLoc())))
    return failure();
  auto result = bufferOf.find(op->getResult(0));
  unsigned target =
      result != bufferOf.end() ? result->second : getWorkspace(op);
  bufferOf[op->getResult(0)] = target;
  entry.buffers.push_back(target);
  StringRef alignName = LLVM::LLVMDialect::getAlignAttrName();
  for (auto [index, buffer] : llvm::enumerate(entry.buffers))
    if (auto align = kernel.getArgAttrOfType<IntegerAttr>(index, alignName))
      buffers[buffer].align = std::max(buffers[buffer].align, align.getInt());
  launches.push_back(std::move(entry));
  return success();
}

LogicalResult FunctionPlanner::run() {
  if (function.isExternal())
    return emitError(function.getLoc(), "a public function without a body: ")
           << function.getName();
  auto ret = cast<func::ReturnOp>(function.front().getTerminator());
  if (failed(addArguments()) || failed(addResults(ret)))
    return failure();
  for (Operation &op : function.getOps())
    if (isa<tile::LaunchOp>(op))
      launchPlace[&op] = launchPlace.size();
  for (Operation &op : function.getOps()) {
    LogicalResult result = success();
    if (auto constant = dyn_cast<arith::ConstantOp>(op))
      result = addConstant(constant);
    else if (isa<tile::LaunchOp>(op))
      result = addLaunch(&op);
    else if (!isa<tensor::EmptyOp, func::ReturnOp>(op))
      result =
          emitError(op.getLoc(), "a launch plan cannot say this operation");
    if (failed(result))
      return failure();
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

static json::Value toJson(const Buffer &buffer) {
  json::Object object{{"name", buffer.name}, {"role", buffer.role}};
  if (!buffer.type) {
    object["bytes"] = buffer.bytes;
    object["align"] = buffer.align;
    return object;
  }
  object["dtype"] = getTypeName(buffer.type.getElementType());
  object["shape"] = json::Array(buffer.type.getShape());
  SmallVector<int64_t> strides = computeSuffixProduct(buffer.type.getShape());
  object["strides"] = json::Array(strides);
  object["align"] = buffer.align;
  if (buffer.role == "constant")
    object["data_base64"] = llvm::encodeBase64(buffer.data);
  return object;
}

json::Value FunctionPlanner::toJson() {
  json::Array bufferList, launchList;
  for (const Buffer &buffer : buffers)
    bufferList.push_back(::toJson(buffer));
  for (const Launch &launch : launches) {
    json::Array params;
    for (unsigned buffer : launch.buffers)
      params.push_back(
          json::Object{{"buffer", buffers[buffer].name}, {"offset", 0}});
    launchList.push_back(
        json::Object{{"kernel", launch.kernel},
                     {"grid", json::Array(launch.shape.grid)},
                     {"block", json::Array(launch.shape.block)},
                     {"cluster", json::Array(launch.shape.cluster)},
                     {"shared_bytes", launch.shape.sharedBytes},
                     {"params", std::move(params)}});
  }
  return json::Object{{"name", function.getName()},
                      {"buffers", std::move(bufferList)},
                      {"launches", std::move(launchList)}};
}

FailureOr<std::string> dlk::getArtifactName(ModuleOp module) {
  if (std::optional<StringRef> name = module.getSymName())
    return name->str();
  for (auto function : module.getOps<func::FuncOp>())
    if (function.isPublic())
      return function.getName().str();
  return emitError(module.getLoc(),
                   "nothing to emit: the module has no public function");
}

FailureOr<std::string> dlk::writePlan(ModuleOp module, StringRef chip,
                                      StringRef moduleFile) {
  FailureOr<gpu::GPUModuleOp> kernelModule = getKernelModule(module);
  if (failed(kernelModule))
    return failure();
  llvm::StringMap<LLVM::LLVMFuncOp> kernels;
  for (LLVM::LLVMFuncOp kernel : getKernels(*kernelModule))
    kernels[kernel.getName()] = kernel;
  json::Array functions;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (!function.isPublic())
      continue;
    FunctionPlanner planner(function, kernels);
    if (failed(planner.run()))
      return failure();
    functions.push_back(planner.toJson());
  }
  if (functions.empty())
    return emitError(module.getLoc(),
                     "nothing to emit: the module has no public function");
  json::Value plan = json::Object{{"dlk_launch_plan", 1},
                                  {"chip", chip},
                                  {"module", moduleFile},
                                  {"functions", std::move(functions)}};
  return llvm::formatv("{0:2}\n", plan).str();
}

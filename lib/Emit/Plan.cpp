// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads the host side of a compiled module: a straight line of launches on
// tensors. Arguments, results, constants and what lies between launches become
// buffers; intermediates whose lives do not overlap share a workspace.

#include "dlk/Emit/Plan.h"
#include "TensorMaps.h"
#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "dlk/Emit/KernelInfo.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace dlk;
using runtime::Buffer;
using runtime::Role;

namespace {

/// Turns one function into buffers and launches.
class FunctionPlanner {
public:
  FunctionPlanner(func::FuncOp function,
                  const llvm::StringMap<LLVM::LLVMFuncOp> &kernels)
      : function(function), kernels(kernels) {}

  FailureOr<runtime::Function> run();

private:
  LogicalResult addArguments();
  LogicalResult addResults(func::ReturnOp ret);
  LogicalResult addOperation(Operation &op);
  LogicalResult addConstant(arith::ConstantOp op);
  LogicalResult addLaunch(tile::LaunchOp op);
  FailureOr<runtime::Param> getParam(LLVM::LLVMFuncOp kernel, unsigned index,
                                     Buffer &buffer, Location loc);
  FailureOr<unsigned> addBuffer(Role role, const Twine &name, Type type,
                                Location loc);
  FailureOr<SmallVector<unsigned>> getLaunchBuffers(tile::LaunchOp launch);
  unsigned getWorkspace(tile::LaunchOp launch, int64_t bytes);
  /// Place of the last launch that reads its result, or its own.
  unsigned getLastUse(tile::LaunchOp launch) const;

  func::FuncOp function;
  const llvm::StringMap<LLVM::LLVMFuncOp> &kernels;
  runtime::Function plan;
  DenseMap<Value, unsigned> bufferOf;
  DenseMap<Operation *, unsigned> launchPlace;
  /// Workspaces, with the last launch that uses what is in each now.
  SmallVector<std::pair<unsigned, unsigned>> workspaces;
  unsigned numConstants = 0;
};

} // namespace

//===----------------------------------------------------------------------===//
// Reshapes
//===----------------------------------------------------------------------===//

/// Tensors are dense, so that one with other dimensions is the same memory.
static bool isReshape(Operation *op) {
  return isa_and_nonnull<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op);
}

/// The tensor whose memory this is.
static Value skipReshapes(Value value) {
  while (isReshape(value.getDefiningOp()))
    value = value.getDefiningOp()->getOperand(0);
  return value;
}

//===----------------------------------------------------------------------===//
// Types and constants
//===----------------------------------------------------------------------===//

/// The plan's element type, if kernels store its elements in whole bytes.
static std::optional<runtime::DType> getDType(Type type) {
  std::string name;
  llvm::raw_string_ostream os(name);
  type.print(os);
  std::optional<runtime::DType> dtype = runtime::parseDType(name);
  if (dtype && (*dtype == runtime::DType::TF32 || getBits(*dtype) % 8 != 0))
    return std::nullopt;
  return dtype;
}

static LogicalResult setType(Buffer &buffer, Type type, Location loc) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return emitError(loc, "a launch plan has only tensors: ") << type;
  if (!tensor.hasStaticShape())
    return emitError(loc, "dynamic shapes are not supported: ") << type;
  buffer.dtype = getDType(tensor.getElementType());
  if (!buffer.dtype)
    return emitError(loc, "a launch plan has no such element type: ")
           << tensor.getElementType();
  buffer.shape = tensor.getShape().vec();
  SmallVector<int64_t> strides = computeSuffixProduct(tensor.getShape());
  buffer.strides.assign(strides.begin(), strides.end());
  buffer.align = getBits(*buffer.dtype) / 8;
  if (llvm::Error error = runtime::computeBytes(buffer))
    return emitError(loc, llvm::toString(std::move(error)));
  return success();
}

/// The elements of a constant, each once, in row-major order.
static FailureOr<std::vector<uint8_t>> getData(arith::ConstantOp op) {
  std::vector<uint8_t> data;
  if (auto dense = dyn_cast<DenseElementsAttr>(op.getValue())) {
    ArrayRef<char> raw = dense.getRawData();
    size_t copies = dense.isSplat() ? dense.getNumElements() : 1;
    data.reserve(raw.size() * copies);
    for (size_t i = 0; i < copies; ++i)
      data.insert(data.end(), raw.begin(), raw.end());
    return data;
  }
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(op.getValue()))
    if (AsmResourceBlob *blob = resource.getRawHandle().getBlob()) {
      data.assign(blob->getData().begin(), blob->getData().end());
      return data;
    }
  return emitError(op.getLoc(), "a launch plan cannot hold this constant");
}

//===----------------------------------------------------------------------===//
// Buffers
//===----------------------------------------------------------------------===//

FailureOr<unsigned> FunctionPlanner::addBuffer(Role role, const Twine &name,
                                               Type type, Location loc) {
  Buffer buffer;
  buffer.name = name.str();
  buffer.role = role;
  if (failed(setType(buffer, type, loc)))
    return failure();
  plan.buffers.push_back(std::move(buffer));
  return plan.buffers.size() - 1;
}

LogicalResult FunctionPlanner::addArguments() {
  for (BlockArgument argument : function.getArguments()) {
    FailureOr<unsigned> buffer =
        addBuffer(Role::Input, "arg" + Twine(argument.getArgNumber()),
                  argument.getType(), argument.getLoc());
    if (failed(buffer))
      return failure();
    bufferOf[argument] = *buffer;
  }
  return success();
}

LogicalResult FunctionPlanner::addResults(func::ReturnOp ret) {
  for (auto [index, value] : llvm::enumerate(ret.getOperands())) {
    Value memory = skipReshapes(value);
    Operation *source = memory.getDefiningOp();
    bool empty = isa_and_nonnull<tensor::EmptyOp>(source);
    if (!empty && !isa_and_nonnull<tile::LaunchOp>(source))
      return emitError(ret.getLoc(), "a launch plan cannot copy: result ")
             << index << " is "
             << (source ? "a constant" : "an argument of the function");
    if (bufferOf.count(memory))
      return emitError(ret.getLoc(), "a launch plan cannot copy: result ")
             << index << " is also an earlier result";
    FailureOr<unsigned> buffer = addBuffer(Role::Output, "out" + Twine(index),
                                           value.getType(), ret.getLoc());
    if (failed(buffer))
      return failure();
    if (!empty)
      bufferOf[memory] = *buffer;
    else if (plan.buffers[*buffer].bytes != 0)
      return emitError(ret.getLoc(), "nothing computes result ") << index;
  }
  return success();
}

LogicalResult FunctionPlanner::addConstant(arith::ConstantOp op) {
  if (op->use_empty())
    return success();
  FailureOr<unsigned> buffer = addBuffer(
      Role::Constant, "c" + Twine(numConstants), op.getType(), op.getLoc());
  if (failed(buffer))
    return failure();
  FailureOr<std::vector<uint8_t>> data = getData(op);
  if (failed(data))
    return failure();
  ++numConstants;
  plan.buffers[*buffer].data = std::move(*data);
  bufferOf[op] = *buffer;
  return success();
}

unsigned FunctionPlanner::getLastUse(tile::LaunchOp launch) const {
  unsigned last = launchPlace.lookup(launch);
  SmallVector<Operation *> users(launch->getUsers());
  while (!users.empty()) {
    Operation *user = users.pop_back_val();
    last = std::max(last, launchPlace.lookup(user));
    if (isReshape(user))
      llvm::append_range(users, user->getUsers());
  }
  return last;
}

unsigned FunctionPlanner::getWorkspace(tile::LaunchOp launch, int64_t bytes) {
  // What was zero once stays so only if nothing else is ever there.
  bool zeros = launch.getOverZeros();
  unsigned last = zeros ? UINT_MAX : getLastUse(launch);
  for (auto &[index, lastUse] : workspaces) {
    if (zeros || lastUse >= launchPlace.lookup(launch))
      continue;
    lastUse = last;
    Buffer &buffer = plan.buffers[index];
    buffer.bytes = std::max<uint64_t>(buffer.bytes, bytes);
    return index;
  }
  Buffer buffer;
  buffer.name = ("ws" + Twine(workspaces.size())).str();
  buffer.role = Role::Workspace;
  buffer.init = zeros ? runtime::Init::Zero : runtime::Init::None;
  buffer.align = 256;
  buffer.bytes = bytes;
  plan.buffers.push_back(std::move(buffer));
  workspaces.push_back({plan.buffers.size() - 1, last});
  return plan.buffers.size() - 1;
}

//===----------------------------------------------------------------------===//
// Launches
//===----------------------------------------------------------------------===//

FailureOr<SmallVector<unsigned>>
FunctionPlanner::getLaunchBuffers(tile::LaunchOp launch) {
  SmallVector<unsigned> result;
  for (Value operand : launch.getInputs()) {
    auto buffer = bufferOf.find(skipReshapes(operand));
    if (buffer == bufferOf.end())
      return emitError(launch.getLoc(),
                       "nothing computes this operand of a launch: ")
             << operand;
    result.push_back(buffer->second);
  }
  auto output = bufferOf.find(launch.getResult());
  if (launch.getOverZeros() && output != bufferOf.end())
    return emitError(launch.getLoc(), "nothing sets the result of a launch to "
                                      "zeros, which is one of the function");
  if (output == bufferOf.end()) {
    Buffer type;
    if (failed(setType(type, launch.getType(), launch.getLoc())))
      return failure();
    unsigned workspace = getWorkspace(launch, type.bytes);
    output = bufferOf.insert({launch.getResult(), workspace}).first;
  }
  result.push_back(output->second);
  return result;
}

static std::array<uint32_t, 3> toExtents(const LaunchShape::Extents &extents) {
  return {uint32_t(extents[0]), uint32_t(extents[1]), uint32_t(extents[2])};
}

/// The address of a buffer or a tensor map over it; the buffer becomes as
/// aligned as the kernel needs it.
FailureOr<runtime::Param> FunctionPlanner::getParam(LLVM::LLVMFuncOp kernel,
                                                    unsigned index,
                                                    Buffer &buffer,
                                                    Location loc) {
  FailureOr<tile::TmapType> type = getTensorMapParameter(kernel, index);
  if (failed(type))
    return failure();
  if (!*type) {
    StringRef name = LLVM::LLVMDialect::getAlignAttrName();
    if (auto align = kernel.getArgAttrOfType<IntegerAttr>(index, name))
      buffer.align = std::max<uint64_t>(buffer.align, align.getInt());
    return runtime::Param(runtime::BufferParam{buffer.name, 0});
  }
  FailureOr<runtime::TensorMap> map = planTensorMap(*type, buffer, loc);
  if (failed(map))
    return failure();
  // A rule of TMA; `align` of the parameter is that of the descriptor.
  buffer.align = std::max<uint64_t>(buffer.align, 16);
  return runtime::Param(std::move(*map));
}

LogicalResult FunctionPlanner::addLaunch(tile::LaunchOp op) {
  // That the kernel exists and has as many parameters is rule T23 of the
  // launch.
  LLVM::LLVMFuncOp kernel = kernels.lookup(op.getKernel().getLeafReference());
  if (!kernel)
    return emitError(op.getLoc(), "not a kernel of a gpu.module: ")
           << op.getKernel();
  FailureOr<LaunchShape> shape = getLaunchShape(kernel);
  FailureOr<SmallVector<unsigned>> buffers = getLaunchBuffers(op);
  if (failed(shape) || failed(buffers))
    return failure();
  runtime::Launch launch;
  launch.kernel = kernel.getName().str();
  launch.grid = toExtents(shape->grid);
  launch.block = toExtents(shape->block);
  launch.cluster = toExtents(shape->cluster);
  launch.sharedBytes = shape->sharedBytes;
  for (auto [index, place] : llvm::enumerate(*buffers)) {
    FailureOr<runtime::Param> param =
        getParam(kernel, index, plan.buffers[place], op.getLoc());
    if (failed(param))
      return failure();
    launch.params.push_back(std::move(*param));
  }
  plan.launches.push_back(std::move(launch));
  return success();
}

LogicalResult FunctionPlanner::addOperation(Operation &op) {
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    return addConstant(constant);
  if (auto launch = dyn_cast<tile::LaunchOp>(op))
    return addLaunch(launch);
  if (isa<tensor::EmptyOp, func::ReturnOp>(op) || isReshape(&op))
    return success();
  return emitError(op.getLoc(), "a launch plan cannot say this operation: ")
         << op.getName();
}

FailureOr<runtime::Function> FunctionPlanner::run() {
  plan.name = function.getName().str();
  if (!function.getBody().hasOneBlock())
    return emitError(function.getLoc(),
                     "a launch plan has no control flow: function ")
           << function.getName() << " has branches";
  auto ret = cast<func::ReturnOp>(function.front().getTerminator());
  if (failed(addArguments()) || failed(addResults(ret)))
    return failure();
  for (auto launch : function.getOps<tile::LaunchOp>()) {
    unsigned place = launchPlace.size();
    launchPlace[launch] = place;
  }
  for (Operation &op : function.getOps())
    if (failed(addOperation(op)))
      return failure();
  return std::move(plan);
}

//===----------------------------------------------------------------------===//
// Modules
//===----------------------------------------------------------------------===//

/// A symbol may hold any character; a file name should be plain.
static std::string toFileName(StringRef symbol) {
  std::string name = symbol.str();
  for (char &c : name)
    if (!llvm::isAlnum(c) && c != '_' && c != '-')
      c = '_';
  return name;
}

FailureOr<std::string> dlk::getArtifactName(ModuleOp module) {
  if (std::optional<StringRef> name = module.getSymName())
    return toFileName(*name);
  for (auto function : module.getOps<func::FuncOp>())
    if (function.isPublic())
      return toFileName(function.getName());
  return emitError(module.getLoc(),
                   "nothing to emit: the module has no public function");
}

FailureOr<runtime::Plan> dlk::buildPlan(ModuleOp module, StringRef chip,
                                        StringRef moduleFile) {
  FailureOr<gpu::GPUModuleOp> kernelModule = getKernelModule(module);
  if (failed(kernelModule))
    return failure();
  llvm::StringMap<LLVM::LLVMFuncOp> kernels;
  for (LLVM::LLVMFuncOp kernel : getKernels(*kernelModule))
    kernels[kernel.getName()] = kernel;
  runtime::Plan plan;
  plan.chip = chip.str();
  plan.module = moduleFile.str();
  for (auto function : module.getOps<func::FuncOp>()) {
    if (!function.isPublic())
      continue;
    FailureOr<runtime::Function> planned =
        FunctionPlanner(function, kernels).run();
    if (failed(planned))
      return failure();
    plan.functions.push_back(std::move(*planned));
  }
  if (plan.functions.empty())
    return emitError(module.getLoc(),
                     "nothing to emit: the module has no public function");
  return plan;
}

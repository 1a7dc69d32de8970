// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Gathers what is known about each kernel: the schedule and its reason from
// the IR, loop counts from the PTX, resources and advisories from ptxas,
// occupancy and bound from the chip table.

#include "dlk/Emit/Report.h"
#include "dlk/Emit/KernelInfo.h"
#include "dlk/Emit/LoopCounts.h"
#include "dlk/Emit/Occupancy.h"
#include "dlk/Target/TensorRate.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace dlk;
namespace json = llvm::json;

static json::Value printAttr(Attribute attr) {
  if (!attr)
    return nullptr;
  if (auto text = dyn_cast<StringAttr>(attr))
    return text.getValue();
  std::string text;
  llvm::raw_string_ostream os(text);
  attr.print(os);
  return text;
}

static json::Value describeLoop(const std::optional<LoopCounts> &counts) {
  if (!counts)
    return nullptr;
  json::Object object;
  forEachCount(*counts, [&](StringRef name, unsigned value) {
    object[name] = int64_t(value);
  });
  return object;
}

static json::Value describeRoles(StringRef ptx, StringRef kernel) {
  json::Array registers;
  for (unsigned count : readRoleRegisters(ptx, kernel))
    registers.push_back(count);
  return registers;
}

/// All advisories, or those on a kernel: some name no kernel, and are about the
/// only one if there is but one.
static json::Value describeAdvisories(const PtxasLog &log,
                                      std::optional<StringRef> kernel) {
  json::Array list;
  for (const Advisory &advisory : log.advisories)
    if (!kernel || log.kernels.size() == 1 ||
        advisory.text.find(("'" + *kernel + "'").str()) != std::string::npos)
      list.push_back(
          json::Object{{"code", advisory.code}, {"text", advisory.text}});
  return list;
}

static json::Value describeOccupancy(const ChipInfo &chip,
                                     const LaunchShape &launch,
                                     const KernelResources &used) {
  Occupancy occupancy =
      computeOccupancy(chip, {launch.getNumThreads(), used.registers,
                              launch.sharedBytes + int64_t(used.staticShared)});
  return json::Object{{"blocks_per_sm", occupancy.blocksPerSM},
                      {"warps_per_sm", occupancy.warpsPerSM},
                      {"fraction", occupancy.fraction},
                      {"limited_by", occupancy.limitedBy}};
}

//===----------------------------------------------------------------------===//
// Work and bound
//===----------------------------------------------------------------------===//

static int64_t getBytes(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !tensor.hasStaticShape())
    return 0;
  return llvm::divideCeil(
      tensor.getNumElements() * tensor.getElementTypeBitWidth(), 8);
}

/// What a launch must at least read and write: every operand and result once.
static int64_t getCompulsoryBytes(ModuleOp module, StringRef kernel) {
  int64_t bytes = 0;
  module.walk([&](Operation *op) {
    auto symbol = op->getAttrOfType<SymbolRefAttr>("kernel");
    if (!symbol || symbol.getLeafReference() != kernel)
      return WalkResult::advance();
    for (Type type : op->getOperandTypes())
      bytes += getBytes(type);
    for (Type type : op->getResultTypes())
      bytes += getBytes(type);
    return WalkResult::interrupt(); // all launches of a kernel are alike
  });
  return bytes;
}

static json::Value describeWork(const ChipInfo &chip, ModuleOp module,
                                LLVM::LLVMFuncOp kernel,
                                const std::optional<LoopCounts> &mainLoop) {
  int64_t bytes = getCompulsoryBytes(module, kernel.getName());
  double memoryTime = double(bytes) / (chip.memoryGBs * 1e9);
  json::Object work{{"bytes", bytes}, {"memory_us", memoryTime * 1e6}};
  auto attr = kernel->getAttrOfType<FloatAttr>("dlk.flops");
  if (!attr)
    return work;
  double flops = attr.getValueAsDouble();
  LoopCounts loop = mainLoop.value_or(LoopCounts());
  double perClock = getTensorRate(chip, loop.operandType, loop.wgmma != 0);
  double rate = double(chip.numSMs) * perClock * 2 * chip.clockGHz * 1e9;
  double mathTime = flops / rate;
  work["flops"] = flops;
  work["math_us"] = mathTime * 1e6;
  work["bound"] = mathTime > memoryTime ? "math" : "memory";
  return work;
}

//===----------------------------------------------------------------------===//
// The report
//===----------------------------------------------------------------------===//

/// The figures that ptxas knows, all null without it.
static void addResources(json::Object &object, const ChipInfo &chip,
                         const LaunchShape &launch, const Cubin *cubin,
                         StringRef kernel) {
  const KernelResources *used = cubin ? cubin->log.find(kernel) : nullptr;
  auto figure = [&](StringRef name, unsigned KernelResources::*field) {
    object[name] = used ? json::Value(int64_t(used->*field)) : nullptr;
  };
  figure("registers", &KernelResources::registers);
  figure("barriers", &KernelResources::barriers);
  figure("stack_bytes", &KernelResources::stackBytes);
  figure("spill_store_bytes", &KernelResources::spillStoreBytes);
  figure("spill_load_bytes", &KernelResources::spillLoadBytes);
  figure("static_shared_bytes", &KernelResources::staticShared);
  object["occupancy"] = used ? describeOccupancy(chip, launch, *used) : nullptr;
  object["advisories"] =
      cubin ? describeAdvisories(cubin->log, kernel) : nullptr;
}

static json::Value toJson(const LaunchShape::Extents &extents) {
  return json::Array{extents[0], extents[1], extents[2]};
}

static FailureOr<json::Value>
describeKernel(LLVM::LLVMFuncOp kernel, ModuleOp module, const ChipInfo &chip,
               StringRef ptx, const Cubin *cubin) {
  FailureOr<LaunchShape> launch = getLaunchShape(kernel);
  if (failed(launch))
    return failure();
  std::optional<LoopCounts> mainLoop = countMainLoop(ptx, kernel.getName());
  json::Object object{
      {"name", kernel.getName()},
      {"schedule", printAttr(kernel->getAttr("dlk.schedule"))},
      {"schedule_reason", printAttr(kernel->getAttr("dlk.schedule_reason"))},
      {"grid", toJson(launch->grid)},
      {"block", toJson(launch->block)},
      {"cluster", toJson(launch->cluster)},
      {"dynamic_shared_bytes", launch->sharedBytes},
      {"main_loop", describeLoop(mainLoop)},
      {"producer_loop", describeLoop(countProducerLoop(ptx, kernel.getName()))},
      {"role_registers", describeRoles(ptx, kernel.getName())},
      {"work", describeWork(chip, module, kernel, mainLoop)}};
  addResources(object, chip, *launch, cubin, kernel.getName());
  return json::Value(std::move(object));
}

FailureOr<std::string> dlk::writeReport(ModuleOp module, const ChipInfo &chip,
                                        StringRef ptx, const Cubin *cubin) {
  FailureOr<gpu::GPUModuleOp> kernelModule = getKernelModule(module);
  if (failed(kernelModule))
    return failure();
  json::Array kernels;
  for (LLVM::LLVMFuncOp kernel : getKernels(*kernelModule)) {
    FailureOr<json::Value> object =
        describeKernel(kernel, module, chip, ptx, cubin);
    if (failed(object))
      return failure();
    kernels.push_back(std::move(*object));
  }
  json::Object report{{"dlk_report", 1},
                      {"chip", chip.name},
                      {"board", chip.board},
                      {"ptx_version", chip.ptxVersion},
                      {"ptxas", nullptr},
                      {"advisories", nullptr},
                      {"kernels", std::move(kernels)}};
  if (cubin) {
    report["ptxas"] = cubin->ptxasVersion;
    report["advisories"] = describeAdvisories(cubin->log, std::nullopt);
  }
  return llvm::formatv("{0:2}\n", json::Value(std::move(report))).str();
}

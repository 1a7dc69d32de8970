// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From the options of a call to a launch plan: the kernel is chosen, what the
// PTX says about its launch is filled in, the arguments are compared with its
// parameters. The plan is made as JSON and read by the plan's own reader, so
// that both ways in have the same rules.

#include "dlk/Runtime/KernelCall.h"
#include "Arguments.h"
#include "dlk/Runtime/Elements.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

using namespace dlk;
using namespace dlk::runtime;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;
namespace json = llvm::json;

static Error fail(const Twine &message) {
  return llvm::createStringError(message);
}

static std::string getNames(llvm::ArrayRef<exec::KernelInfo> kernels) {
  return llvm::join(
      llvm::map_range(kernels, [](const auto &k) { return StringRef(k.name); }),
      ", ");
}

/// By its name in the PTX, or by that of the C++ function, which a mangled name
/// begins with: gemm for _Z4gemmPKfS0_Pf.
static Expected<const exec::KernelInfo *>
selectKernel(const exec::Module &module, StringRef name) {
  llvm::ArrayRef<exec::KernelInfo> kernels = module.kernels();
  if (kernels.empty())
    return fail("no kernel in the module: " + module.name());
  if (name.empty() && kernels.size() == 1)
    return &kernels[0];
  if (name.empty())
    return fail("the module has " + Twine(kernels.size()) +
                " kernels, choose one with --entry: " + getNames(kernels));
  if (const exec::KernelInfo *kernel = module.findKernel(name))
    return kernel;
  std::string mangled = ("_Z" + Twine(name.size()) + name).str();
  auto matches = llvm::make_filter_range(kernels, [&](const auto &kernel) {
    return StringRef(kernel.name).starts_with(mangled);
  });
  if (std::distance(matches.begin(), matches.end()) == 1)
    return &*matches.begin();
  return fail("--entry: no kernel of that name: " + name +
              "; the module has: " + getNames(kernels));
}

/// "4,4" as [4, 4, 1].
static Expected<json::Array> parseExtents(StringRef option, StringRef text) {
  json::Array extents;
  for (StringRef word : llvm::split(text, ',')) {
    uint64_t number;
    if (word.getAsInteger(10, number) || extents.size() == 3)
      return fail(option + ": expected X, X,Y or X,Y,Z, got " + text);
    extents.push_back(number);
  }
  while (extents.size() < 3)
    extents.push_back(1);
  return extents;
}

/// The option, or what the PTX says, or nothing.
static Expected<json::Array> getExtents(StringRef option, StringRef text,
                                        std::optional<exec::Dim3> declared) {
  if (!text.empty())
    return parseExtents(option, text);
  if (declared)
    return json::Array{declared->x, declared->y, declared->z};
  return json::Array();
}

/// The path of a field in the words of the command line.
static std::string nameOption(StringRef message, const Arguments &arguments) {
  message.consume_front(": ");
  unsigned index = 0;
  if (message.consume_front("functions[0].buffers[") &&
      !message.consumeInteger(10, index) && message.consume_front("]")) {
    if (!message.consume_front("."))
      message.consume_front(": ");
    return arguments.options[index] + ": " + message.str();
  }
  if (!message.consume_front("functions[0].launches[0]."))
    return message.str();
  if (message.consume_front("params[")) {
    (void)message.consumeInteger(10, index);
    message.consume_front("]");
    message.consume_front(".");
    return "--arg " + std::to_string(index) + ": " + message.str();
  }
  if (message.consume_front("shared_bytes"))
    return "--smem" + message.str();
  return "--" + message.str();
}

static Expected<Plan> readArguments(json::Object launch, StringRef chip,
                                    StringRef module, Arguments &arguments) {
  std::string kernel = launch.getString("kernel")->str();
  launch["params"] = std::move(arguments.params);
  json::Object function{{"name", kernel},
                        {"buffers", std::move(arguments.buffers)},
                        {"launches", json::Array{std::move(launch)}}};
  json::Value plan =
      json::Object{{"dlk_launch_plan", LaunchPlanVersion},
                   {"chip", chip},
                   {"module", module},
                   {"functions", json::Array{std::move(function)}}};
  Expected<Plan> read = readPlan(llvm::formatv("{0}", plan).str(), "");
  if (read)
    return read;
  return fail(nameOption(llvm::toString(read.takeError()), arguments));
}

static size_t getSize(const Param &param) {
  if (const auto *value = std::get_if<ValueParam>(&param))
    return getBytes(*value).size();
  if (const auto *bytes = std::get_if<BytesParam>(&param))
    return bytes->data.size();
  return std::holds_alternative<TensorMap>(param) ? 128 : 8;
}

std::string dlk::runtime::getParameterList(const exec::KernelInfo &kernel) {
  std::string text;
  for (auto [index, param] : llvm::enumerate(kernel.params))
    text += llvm::formatv("\n  {0}: {1}, {2} byte{3}", index, param.name,
                          param.size, param.size == 1 ? "" : "s");
  return text;
}

static void listExtents(StringRef name, std::optional<exec::Dim3> extents,
                        llvm::raw_ostream &os) {
  if (extents)
    os << llvm::formatv("\n  {0} {1},{2},{3}", name, extents->x, extents->y,
                        extents->z);
}

void dlk::runtime::listKernels(const exec::Module &module,
                               llvm::raw_ostream &os) {
  os << module.name() << ": " << module.target() << "\n";
  for (const exec::KernelInfo &kernel : module.kernels()) {
    os << kernel.name << getParameterList(kernel);
    listExtents("block", kernel.requiredThreads, os);
    listExtents("at most the threads of a block", kernel.maxThreads, os);
    listExtents("cluster", kernel.requiredCluster, os);
    if (kernel.staticSharedBytes)
      os << "\n  static shared memory, " << kernel.staticSharedBytes
         << " bytes";
    for (const std::string &text : kernel.unsupported)
      os << "\n  the CPU cannot run " << text;
    os << "\n";
  }
}

static Error checkParams(const exec::KernelInfo &kernel, const Launch &launch) {
  size_t expected = kernel.params.size(), got = launch.params.size();
  auto count = [](size_t n) {
    return (Twine(n) + (n == 1 ? " argument" : " arguments")).str();
  };
  if (expected != got)
    return fail("kernel '" + kernel.name + "' takes " + count(expected) +
                ", got " + Twine(got) + getParameterList(kernel));
  for (auto [index, param] : llvm::enumerate(launch.params))
    if (getSize(param) != kernel.params[index].size)
      return fail("--arg " + Twine(index) + ": " + Twine(getSize(param)) +
                  " bytes for a parameter of " +
                  Twine(kernel.params[index].size) + "; '" + kernel.name +
                  "' takes:" + getParameterList(kernel));
  return Error::success();
}

/// Name, extents and shared memory of the launch.
static Expected<json::Object> makeLaunch(const KernelCall &call,
                                         const exec::KernelInfo *kernel) {
  exec::KernelInfo unknown;
  unknown.name = call.entry;
  const exec::KernelInfo &info = kernel ? *kernel : unknown;
  Expected<json::Array> grid = getExtents("--grid", call.grid, std::nullopt);
  if (!grid)
    return grid.takeError();
  Expected<json::Array> block =
      getExtents("--block", call.block,
                 info.requiredThreads ? info.requiredThreads : info.maxThreads);
  if (!block)
    return block.takeError();
  Expected<json::Array> cluster =
      getExtents("--cluster", call.cluster, info.requiredCluster);
  if (!cluster)
    return cluster.takeError();
  if (info.name.empty())
    return fail("--entry: needed, since only the CUDA driver can read the "
                "module");
  if (grid->empty())
    return fail("--grid: needed to run '" + info.name + "', as --grid 16,16");
  if (block->empty())
    return fail("--block: needed, since '" + info.name +
                "' has neither .reqntid nor .maxntid");
  json::Object launch{{"kernel", info.name},
                      {"grid", std::move(*grid)},
                      {"block", std::move(*block)},
                      {"shared_bytes", call.sharedBytes}};
  if (!cluster->empty())
    launch["cluster"] = std::move(*cluster);
  return launch;
}

Expected<PreparedCall> dlk::runtime::prepareCall(const KernelCall &call,
                                                 StringRef ptxPath,
                                                 const exec::Module *module) {
  const exec::KernelInfo *kernel = nullptr;
  if (module) {
    auto selected = selectKernel(*module, call.entry);
    if (!selected)
      return selected.takeError();
    kernel = *selected;
  }
  Expected<json::Object> launch = makeLaunch(call, kernel);
  if (!launch)
    return launch.takeError();
  Arguments arguments;
  if (Error error = arguments.parse(call))
    return std::move(error);
  Expected<Plan> plan =
      readArguments(std::move(*launch), module ? module->target() : "unknown",
                    llvm::sys::path::filename(ptxPath), arguments);
  if (!plan)
    return plan.takeError();
  if (kernel)
    if (Error error = checkParams(*kernel, plan->functions[0].launches[0]))
      return std::move(error);
  return PreparedCall{std::move(*plan), std::move(arguments.inputs),
                      std::move(arguments.outputs)};
}

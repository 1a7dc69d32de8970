// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A module from text: parse, then decode every kernel.

#include "Decoder.h"
#include "Device.h"

using namespace dlk::exec;

Module::Module() : pimpl(std::make_unique<ModuleImpl>()) {}
Module::~Module() = default;

llvm::ArrayRef<KernelInfo> Module::kernels() const { return pimpl->kernels; }
llvm::StringRef Module::name() const { return pimpl->name; }
llvm::StringRef Module::target() const { return pimpl->target; }

const KernelInfo *Module::findKernel(llvm::StringRef name) const {
  for (const KernelInfo &kernel : pimpl->kernels)
    if (kernel.name == name)
      return &kernel;
  return nullptr;
}

static KernelInfo describe(const Function &function, const Code &code) {
  KernelInfo info;
  info.name = function.name.str();
  info.line = function.line;
  uint64_t offset = 0;
  for (const Variable &variable : function.params) {
    ParamInfo param;
    param.name = variable.name.str();
    param.size = uint32_t(variable.bytes);
    param.align = uint32_t(variable.align);
    offset = (offset + param.align - 1) / param.align * param.align;
    param.offset = uint32_t(offset);
    offset += param.size;
    info.params.push_back(std::move(param));
  }
  info.staticSharedBytes = code.staticShared;
  info.maxThreads = function.maxThreads;
  info.requiredThreads = function.requiredThreads;
  info.requiredCluster = function.requiredCluster;
  info.unsupported = code.unsupported;
  return info;
}

/// The space of kernel parameters is 4 KiB, 32764 bytes since sm_70.
static constexpr uint64_t MaxParamBytes = 32764;

llvm::Expected<std::unique_ptr<Module>> Module::parse(llvm::StringRef ptx,
                                                      llvm::StringRef name) {
  std::unique_ptr<Module> module(new Module());
  ModuleImpl &impl = *module->pimpl;
  impl.text = ptx.str();
  impl.name = name.str();
  llvm::Expected<ParsedModule> parsed = parsePtx(impl.text, impl.name);
  if (!parsed)
    return parsed.takeError();
  impl.parsed = std::move(*parsed);
  impl.target = impl.parsed.target.str();
  for (const Function &function : impl.parsed.functions) {
    if (!function.isEntry || !function.hasBody)
      continue;
    uint64_t paramBytes = 0;
    for (const Variable &param : function.params)
      paramBytes += param.bytes + param.align;
    if (paramBytes > 2 * MaxParamBytes)
      return llvm::createStringError(
          llvm::Twine(name) + ":" + llvm::Twine(function.line) +
          ": too many bytes of parameters: '" + function.name + "'");
    llvm::Expected<std::unique_ptr<Code>> code =
        Decoder(impl.parsed, impl.name, function).run();
    if (!code)
      return code.takeError();
    impl.kernels.push_back(describe(function, **code));
    impl.codes.push_back(std::move(*code));
  }
  return std::move(module);
}

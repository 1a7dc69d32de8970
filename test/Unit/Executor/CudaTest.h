// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs kernels of test/Execution/cuda, compiled to PTX by nvcc and by clang,
// through the executor's public interface. A test skips by name when its
// compiler was not there.

#ifndef DLK_TEST_UNIT_EXECUTOR_CUDATEST_H
#define DLK_TEST_UNIT_EXECUTOR_CUDATEST_H

#include "dlk/Executor/Executor.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"
#include <cstring>

namespace dlk::exec {

/// Tests of kernels; the parameter names the compiler.
class CudaTest : public testing::TestWithParam<const char *> {
protected:
  /// The PTX of test/Execution/cuda/NAME.cu, empty if it was not made.
  std::string ptxOf(llvm::StringRef name) const {
    llvm::StringRef compiler = GetParam();
    auto file = llvm::MemoryBuffer::getFile(
        (DLK_CUDA_PTX_DIR "/" + compiler + "/" + name + ".ptx").str());
    return file ? (*file)->getBuffer().str() : std::string();
  }
};

#define DLK_CUDA_SUITE(name)                                                   \
  class name : public CudaTest {};                                             \
  INSTANTIATE_TEST_SUITE_P(                                                    \
      Ptx, name, testing::Values("nvcc", "clang"),                             \
      [](const auto &info) { return std::string(info.param); })

#define DLK_REQUIRE_PTX(variable, name)                                        \
  std::string variable = ptxOf(name);                                          \
  if (variable.empty())                                                        \
  GTEST_SKIP() << "no PTX from " << GetParam() << " when the tests were built"

/// `text` with all occurrences of `from` replaced.
inline std::string replaced(std::string text, const std::string &from,
                            const std::string &to) {
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  for (; at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

/// `text` with the first occurrence of `from` behind `after` replaced.
inline std::string mutated(std::string text, llvm::StringRef from,
                           llvm::StringRef to, llvm::StringRef after = "") {
  size_t start = after.empty() ? 0 : text.find(after.str());
  size_t at = start == std::string::npos ? start : text.find(from.str(), start);
  EXPECT_NE(at, std::string::npos) << from.str();
  return at == std::string::npos ? text
                                 : text.replace(at, from.size(), to.str());
}

inline Options allChecks(AsyncPolicy policy = AsyncPolicy::Immediate,
                         uint64_t seed = 1) {
  Options options;
  options.async = policy;
  options.seed = seed;
  options.checks.init = options.checks.race = options.checks.sync = true;
  options.checks.proxy = Level::Error;
  return options;
}

/// A module, a device, and buffers by type.
class CudaRun {
public:
  explicit CudaRun(llvm::StringRef ptx) {
    auto parsed = Module::parse(ptx, "cuda.ptx");
    if (!parsed) {
      ADD_FAILURE() << llvm::toString(parsed.takeError());
      return;
    }
    module = std::move(*parsed);
  }

  template <class T> uint64_t input(const std::vector<T> &values) {
    uint64_t address = buffer(values.size() * sizeof(T));
    check(device.copyIn(address, bytesOf(values)));
    return address;
  }
  uint64_t buffer(uint64_t bytes) {
    auto address = device.allocate(bytes);
    if (!address) {
      ADD_FAILURE() << llvm::toString(address.takeError());
      return 0;
    }
    return *address;
  }
  template <class T> std::vector<T> output(uint64_t address, size_t count) {
    std::vector<T> values(count);
    check(device.copyOut(address, {reinterpret_cast<std::byte *>(values.data()),
                                   values.size() * sizeof(T)}));
    return values;
  }

  template <class... Params>
  Report launch(llvm::StringRef kernel, Dim3 grid, Dim3 block,
                const Options &options, Params... params) {
    LaunchConfig config;
    config.kernel = kernel.str();
    config.grid = grid;
    config.block = block;
    (config.params.push_back(paramBytes(params)), ...);
    if (!module)
      return {};
    if (const KernelInfo *info = module->findKernel(kernel))
      config.cluster = info->requiredCluster.value_or(Dim3());
    auto report = exec::launch(*module, device, config, options);
    if (!report) {
      ADD_FAILURE() << llvm::toString(report.takeError());
      return {};
    }
    return std::move(*report);
  }

  /// As launch, and nothing may be wrong.
  template <class... Params>
  Report run(llvm::StringRef kernel, Dim3 grid, Dim3 block,
             const Options &options, Params... params) {
    Report report = launch(kernel, grid, block, options, params...);
    EXPECT_EQ(statusName(report.status).str(), statusName(Status::Clean).str());
    for (const Finding &finding : report.findings)
      ADD_FAILURE() << finding.str("cuda.ptx");
    for (const std::string &note : report.notes)
      ADD_FAILURE() << note;
    return report;
  }

private:
  template <class T>
  static llvm::ArrayRef<std::byte> bytesOf(const std::vector<T> &values) {
    return {reinterpret_cast<const std::byte *>(values.data()),
            values.size() * sizeof(T)};
  }
  template <class T> static std::vector<std::byte> paramBytes(T value) {
    std::vector<std::byte> bytes(sizeof(T));
    std::memcpy(bytes.data(), &value, sizeof(T));
    return bytes;
  }
  static void check(llvm::Error error) {
    if (error)
      ADD_FAILURE() << llvm::toString(std::move(error));
  }

  std::unique_ptr<Module> module;
  Device device;
};

} // namespace dlk::exec

#endif // DLK_TEST_UNIT_EXECUTOR_CUDATEST_H

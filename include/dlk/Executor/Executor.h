// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Executes PTX on the CPU. Parse a module once, allocate device memory, launch
// kernels, read the report:
//
//   auto module = Module::parse(text, "matmul.ptx");
//   Device device;
//   auto a = device.allocate(bytes);
//   device.copyIn(*a, data);
//   auto report = launch(**module, device, config, options);
//
// Two kinds of trouble are kept apart. What the caller got wrong (bad PTX, no
// such kernel, a parameter of the wrong size) is an llvm::Error and nothing
// ran. What the kernel did wrong (out of bounds, deadlock, race) is part of the
// Report. Needs LLVMSupport only.

#ifndef DLK_EXECUTOR_EXECUTOR_H
#define DLK_EXECUTOR_EXECUTOR_H

#include "dlk/Executor/Stats.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dlk::exec {

struct Dim3 {
  uint32_t x = 1, y = 1, z = 1;
  uint64_t count() const { return uint64_t(x) * y * z; }
};

/// When an asynchronous copy lands: as it is issued; when a wait asks for it
/// and not before; or at a random moment in between, chosen by Options::seed.
enum class AsyncPolicy { Immediate, Late, Random };

/// Whose turn it is. Random order also takes short turns and lets elect.sync
/// choose any lane, all by Options::seed.
enum class WarpOrder { RoundRobin, Reversed, Random };

/// What a finding of a check counts as. A warning is reported once per pair of
/// lines, does not end the kernel and leaves the status clean.
enum class Level { Off, Warning, Error };

/// How tensor-core instructions add: products exact and one rounding at the
/// end, or the truncating block sums of the hardware generation in the PTX's
/// target.
enum class TensorArithmetic { Ideal, Hardware };

/// Checks that cost time. Bounds, alignment, reads of a copy in flight, barrier
/// misuse and deadlock are always checked.
struct CheckSet {
  bool init = false; ///< Reads of bytes that nobody has written.
  /// Accesses of two clusters to global memory that nothing orders; the launch
  /// then runs on one thread.
  bool global = false;
  bool race = false; ///< Unordered accesses of two warps to shared memory.
  bool sync = false; ///< Barriers with exited threads, groups never waited for.
  /// Generic writes to shared memory that the async proxy reads without a
  /// proxy fence between. Kernels without it may work on hardware, so it has a
  /// level of its own. Implies `race`.
  Level proxy = Level::Off;
  /// Warnings count as errors, and `proxy` also wants the initialisation of
  /// mbarriers fenced, which working kernels are known to leave out.
  bool strict = false;
};

struct Options {
  AsyncPolicy async = AsyncPolicy::Immediate;
  WarpOrder order = WarpOrder::RoundRobin;
  uint64_t seed = 0;
  CheckSet checks;
  /// Warp instructions per CTA before the launch ends with StepLimit; 0 means
  /// no limit.
  uint64_t maxSteps = 0;
  /// Worker threads; 0 means one per core. The report is the same for any.
  unsigned threads = 1;
  bool collectStats = false;
  TensorArithmetic arithmetic = TensorArithmetic::Ideal;
  /// The launch ends after this many findings.
  unsigned maxFindings = 16;
};

/// One kernel parameter as the PTX declares it. `offset` is its place in the
/// parameter space.
struct ParamInfo {
  std::string name;
  uint32_t size = 0;
  uint32_t align = 1;
  uint32_t offset = 0;
};

struct KernelInfo {
  std::string name;
  uint32_t line = 0;
  std::vector<ParamInfo> params;
  uint32_t staticSharedBytes = 0;
  std::optional<Dim3> maxThreads;      ///< .maxntid
  std::optional<Dim3> requiredThreads; ///< .reqntid
  std::optional<Dim3> requiredCluster; ///< .reqnctapercluster
  /// Instructions of the body that the executor cannot run, each with its line;
  /// launching the kernel reports Unsupported with this text.
  std::vector<std::string> unsupported;
};

struct ModuleImpl;

/// A parsed and decoded PTX module; immutable, may be shared by threads.
class Module {
public:
  /// Parses `ptx`; `name` stands in front of messages ("name:12: ..."). Bad
  /// text is one error with its line. An instruction that is well formed but
  /// unknown is not an error here: it is listed in KernelInfo::unsupported.
  static llvm::Expected<std::unique_ptr<Module>> parse(llvm::StringRef ptx,
                                                       llvm::StringRef name);
  ~Module();

  llvm::ArrayRef<KernelInfo> kernels() const;
  /// Null if there is no such kernel.
  const KernelInfo *findKernel(llvm::StringRef name) const;
  llvm::StringRef name() const;
  /// "sm_80", "sm_90a"; the first name of the .target line.
  llvm::StringRef target() const;

  const ModuleImpl &impl() const { return *pimpl; }

private:
  Module();
  std::unique_ptr<ModuleImpl> pimpl;
};

struct DeviceImpl;

/// Device memory. Allocations are apart from each other by guard bytes, so an
/// access just past one never lands in the next.
class Device {
public:
  Device();
  ~Device();
  Device(const Device &) = delete;
  Device &operator=(const Device &) = delete;

  /// New bytes hold the pattern 0xCD and count as uninitialised. `align` must
  /// be a power of two; 256 is what cudaMalloc promises.
  llvm::Expected<uint64_t> allocate(uint64_t bytes, uint64_t align = 256);
  llvm::Error free(uint64_t address);
  llvm::Error copyIn(uint64_t address, llvm::ArrayRef<std::byte> data);
  llvm::Error copyOut(uint64_t address,
                      llvm::MutableArrayRef<std::byte> data) const;
  llvm::Error fill(uint64_t address, uint8_t value, uint64_t bytes);

  DeviceImpl &impl() { return *pimpl; }

private:
  std::unique_ptr<DeviceImpl> pimpl;
};

struct LaunchConfig {
  std::string kernel;
  Dim3 grid, block, cluster;
  uint32_t sharedBytes = 0; ///< Dynamic shared memory.
  /// One entry per kernel parameter, its bytes as they lie in memory.
  std::vector<std::vector<std::byte>> params;
};

enum class FindingKind {
  OutOfBounds,
  Misaligned,
  InFlightCopy,
  Race,
  Uninitialised,
  BarrierMisuse,
  Divergence,
  Leftover,
  Trap,
  BadOperand,
  Proxy,
  WgmmaRegisters,
  GlobalRace,
};
/// "out-of-bounds", "misaligned", ... docs/Executor.md describes each.
llvm::StringRef findingName(FindingKind kind);

/// One thing the kernel did wrong. `lane` is -1 when the whole warp is meant.
struct Finding {
  FindingKind kind = FindingKind::OutOfBounds;
  bool warning = false;
  std::string message;
  uint32_t ptxLine = 0;
  /// "file.mlir:12:4" when the PTX has .loc for the instruction.
  std::string source;
  Dim3 cta{0, 0, 0};
  uint32_t warp = 0;
  int32_t lane = -1;

  /// "matmul.ptx:120: out-of-bounds: <message> (cta 0,1,0 warp 2 lane 31)"
  std::string str(llvm::StringRef moduleName) const;
};

enum class Status { Clean, Findings, Unsupported, Deadlock, StepLimit };
llvm::StringRef statusName(Status status);

struct Report {
  /// Warnings alone leave it Clean.
  Status status = Status::Clean;
  /// In the order of CTAs, each CTA's in the order they were made.
  std::vector<Finding> findings;
  /// For Unsupported, Deadlock and StepLimit: what happened, one line per warp
  /// for a deadlock.
  std::vector<std::string> notes;
  Stats stats;
};

/// Runs one kernel to its end. An error means that the configuration does not
/// fit the kernel, and that nothing was executed.
llvm::Expected<Report> launch(const Module &module, Device &device,
                              const LaunchConfig &config,
                              const Options &options = {});

} // namespace dlk::exec

#endif // DLK_EXECUTOR_EXECUTOR_H

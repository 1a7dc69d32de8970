// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loads the plan and the arrays of a run; every mistake in their names, types
// and shapes is found here, before a kernel runs.

#include "RunFiles.h"
#include "dlk/Runtime/Elements.h"
#include "dlk/Runtime/RandomData.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include <cstdlib>

using namespace dlk;
using namespace dlk::runtime;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

static Error fail(const Twine &message) {
  return llvm::createStringError(message);
}

Expected<Plan> dlk::runtime::readPlanFile(StringRef path) {
  auto file = llvm::MemoryBuffer::getFile(path);
  if (!file)
    return fail(path + ": cannot read: " + file.getError().message());
  return readPlan((*file)->getBuffer(), path);
}

Expected<std::unique_ptr<exec::Module>>
dlk::runtime::readModule(StringRef path) {
  auto file = llvm::MemoryBuffer::getFile(path);
  if (!file)
    return fail(path + ": cannot read: " + file.getError().message());
  return exec::Module::parse((*file)->getBuffer(), path);
}

Expected<PreparedCall> dlk::runtime::readCall(const KernelCall &call,
                                              StringRef path,
                                              bool driverReads) {
  auto module = readModule(path);
  if (module)
    return prepareCall(call, path, module->get());
  if (!driverReads || !llvm::sys::fs::exists(path))
    return module.takeError();
  llvm::consumeError(module.takeError());
  return prepareCall(call, path, nullptr);
}

template <typename Range> static std::string getNames(const Range &range) {
  std::string text = llvm::join(
      llvm::map_range(range, [](const auto &e) { return StringRef(e.name); }),
      ", ");
  return text.empty() ? "none" : text;
}

Expected<const Function *> dlk::runtime::selectFunction(const Plan &plan,
                                                        StringRef name) {
  if (name.empty() && plan.functions.size() == 1)
    return &plan.functions[0];
  if (name.empty())
    return fail(
        "the plan has " + Twine(plan.functions.size()) +
        " functions, choose one with --function: " + getNames(plan.functions));
  if (const Function *function = plan.findFunction(name))
    return function;
  return fail("no function of that name in the plan: " + name +
              "; it has: " + getNames(plan.functions));
}

/// The buffer of a named file, which must have one of the roles.
static Expected<const Buffer *> findBuffer(const Function &function,
                                           StringRef option, StringRef name,
                                           llvm::ArrayRef<Role> roles) {
  std::vector<Buffer> candidates;
  for (const Buffer &buffer : function.buffers) {
    if (!llvm::is_contained(roles, buffer.role))
      continue;
    if (buffer.name == name)
      return &buffer;
    candidates.push_back(buffer);
  }
  return fail(option + " " + name + ": " + function.name +
              " has no such buffer; it has: " + getNames(candidates));
}

static Error checkNames(const Function &function, StringRef option,
                        const std::vector<NamedFile> &files,
                        llvm::ArrayRef<Role> roles) {
  llvm::StringMap<bool> seen;
  for (const NamedFile &file : files) {
    auto buffer = findBuffer(function, option, file.buffer, roles);
    if (!buffer)
      return buffer.takeError();
    if (!seen.try_emplace(file.buffer).second)
      return fail(option + " " + file.buffer + ": given twice");
  }
  return Error::success();
}

static Error saveInput(const RunRequest &request, const Buffer &buffer,
                       const std::vector<uint8_t> &data) {
  if (request.saveInputs.empty())
    return Error::success();
  if (std::error_code error =
          llvm::sys::fs::create_directories(request.saveInputs))
    return fail(request.saveInputs + ": cannot create: " + error.message());
  llvm::SmallString<128> path(request.saveInputs);
  llvm::sys::path::append(path, buffer.name + ".npy");
  Expected<NpyArray> array = makeNpy(buffer, data);
  if (!array)
    return array.takeError();
  return writeNpy(path, *array);
}

static Expected<std::vector<uint8_t>> makeRandom(const RunRequest &request,
                                                 const Buffer &buffer) {
  if (*buffer.dtype == DType::I4)
    return fail(buffer.name + ": cannot fill " + getTypeText(buffer) +
                " with random numbers");
  RandomData random{request.randomSeed.value_or(0), request.wholeNumbers};
  return random.make(buffer);
}

static Expected<std::vector<uint8_t>> loadInput(const RunRequest &request,
                                                const Buffer &buffer) {
  for (const NamedFile &file : request.inputs) {
    if (file.buffer != buffer.name)
      continue;
    if (file.path == "random")
      return makeRandom(request, buffer);
    if (file.path == "zeros")
      return std::vector<uint8_t>(buffer.getDenseBytes());
    Expected<NpyArray> array = readNpy(file.path);
    if (!array)
      return array.takeError();
    if (Error error = checkFits(*array, buffer))
      return std::move(error);
    return std::move(array->data);
  }
  if (!request.randomSeed)
    return fail(buffer.name + ": no contents for this " + getName(buffer.role) +
                ", " + getTypeText(buffer) + "; give --in " + buffer.name +
                "=FILE.npy, or --random SEED");
  return makeRandom(request, buffer);
}

/// A folder that is not there is better told before the run than after it.
static Error checkFolder(StringRef path) {
  StringRef folder = llvm::sys::path::parent_path(path);
  if (!folder.empty() && !llvm::sys::fs::is_directory(folder))
    return fail(path + ": cannot write: no such folder");
  if (llvm::sys::fs::is_directory(path))
    return fail(path + ": cannot write: it is a folder");
  return Error::success();
}

/// Asks for all of the memory once: later allocations end the process when they
/// fail.
static Error checkMemory(const Function &function) {
  uint64_t bytes = 1;
  for (const Buffer &buffer : function.buffers)
    bytes += 2 * buffer.bytes;
  // Volatile, since a compiler may take an unused allocation for granted.
  void *volatile probe = std::malloc(bytes);
  bool enough = probe;
  std::free(probe);
  if (enough)
    return Error::success();
  return fail("not enough memory for the buffers of " + function.name + ": " +
              Twine(bytes) + " bytes");
}

static Error loadExpected(const RunRequest &request, const Function &function,
                          RunFiles &files) {
  for (const NamedFile &file : request.expected) {
    const Buffer *buffer = function.findBuffer(file.buffer);
    Expected<NpyArray> array = readNpy(file.path);
    if (!array)
      return array.takeError();
    // Also refuses types that cannot be compared.
    std::vector<uint8_t> zeros(buffer->getDenseBytes());
    auto comparison = compare(*buffer, zeros, *array, request.tolerance);
    if (!comparison)
      return comparison.takeError();
    files.expected.push_back({buffer, std::move(*array)});
  }
  return Error::success();
}

Expected<RunFiles> dlk::runtime::loadFiles(const RunRequest &request,
                                           const Function &function) {
  constexpr Role in[] = {Role::Input, Role::InOut};
  constexpr Role out[] = {Role::Output, Role::InOut};
  if (Error error = checkNames(function, "--in", request.inputs, in))
    return std::move(error);
  if (Error error = checkNames(function, "--out", request.outputs, out))
    return std::move(error);
  if (Error error = checkNames(function, "--expect", request.expected, out))
    return std::move(error);

  if (Error error = checkMemory(function))
    return std::move(error);

  RunFiles files;
  for (const NamedFile &file : request.outputs) {
    if (Error error = checkFolder(file.path))
      return std::move(error);
    files.outputs.push_back({function.findBuffer(file.buffer), file.path});
  }
  if (!request.stats.empty())
    if (Error error = checkFolder(request.stats))
      return std::move(error);
  for (const Buffer &buffer : function.buffers) {
    if (!llvm::is_contained(in, buffer.role))
      continue;
    auto data = loadInput(request, buffer);
    if (!data)
      return data.takeError();
    if (Error error = saveInput(request, buffer, *data))
      return std::move(error);
    files.inputs.push_back({&buffer, std::move(*data)});
  }
  if (Error error = loadExpected(request, function, files))
    return std::move(error);
  return files;
}

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The steps of a run, in order: plan, arrays, device, launches, comparison,
// results, statistics. The first step that fails ends the run.

#include "dlk/Runtime/Runner.h"
#include "RunFiles.h"
#include "dlk/Runtime/OutputFile.h"
#include "dlk/Runtime/Session.h"
#include "dlk/Runtime/StatsTable.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include <chrono>

using namespace dlk;
using namespace dlk::runtime;
using llvm::Error;
using llvm::Expected;
using llvm::raw_ostream;
using llvm::StringRef;

namespace {

class Runner {
public:
  Runner(const RunRequest &request, raw_ostream &out, raw_ostream &errors)
      : request(request), out(out), errors(errors) {}

  Expected<RunStatus> run();

private:
  Error writeInputs(Session &session);
  Expected<std::vector<LaunchReport>> runLaunches(Session &session);
  RunStatus report(const std::vector<LaunchReport> &reports);
  Error readResults(Session &session);
  Expected<bool> compareResults();
  Error writeResults();
  Error writeStats(const std::vector<LaunchReport> &reports);
  Error bench(Session &session);

  Error readPlan();
  Error prepare();
  Error savePlan() const;
  Expected<RunStatus> runSession();

  RunRequest request;
  raw_ostream &out, &errors;
  Plan plan;
  const Function *function = nullptr;
  RunFiles files;
  std::string modulePath;
  std::unique_ptr<runtime::Device> device;
  double seconds = 0;
  std::vector<double> times; ///< Of --bench.
  llvm::StringMap<std::vector<uint8_t>> results;
};

} // namespace

Error Runner::writeInputs(Session &session) {
  if (Error error = session.allocate())
    return error;
  for (auto &[buffer, data] : files.inputs)
    if (Error error = session.write(*buffer, data))
      return error;
  return Error::success();
}

Expected<std::vector<LaunchReport>> Runner::runLaunches(Session &session) {
  auto start = std::chrono::steady_clock::now();
  Expected<std::vector<LaunchReport>> reports = session.run();
  if (!reports)
    return reports.takeError();
  seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
          .count();
  Expected<std::vector<std::string>> broken = session.findBrokenGuards();
  if (!broken)
    return broken.takeError();
  if (!broken->empty() && !reports->empty()) {
    exec::Report &last = reports->back().report;
    last.status = combine(last.status, exec::Status::Findings);
    llvm::append_range(last.notes, *broken);
  }
  return reports;
}

/// Prints what the kernels did wrong; the first launch that is not clean
/// decides.
RunStatus Runner::report(const std::vector<LaunchReport> &reports) {
  exec::Status status = exec::Status::Clean;
  for (const LaunchReport &entry : reports) {
    const exec::Report &report = entry.report;
    status = combine(status, report.status);
    for (const exec::Finding &finding : report.findings)
      errors << finding.str(modulePath) << "\n";
    if (report.status != exec::Status::Clean)
      errors << "error: kernel '" << entry.kernel
             << "': " << exec::statusName(report.status) << "\n";
    for (const std::string &note : report.notes)
      errors << "  " << note << "\n";
  }
  switch (status) {
  case exec::Status::Clean:
    return RunStatus::Right;
  case exec::Status::Findings:
    return RunStatus::Finding;
  case exec::Status::Unsupported:
    return RunStatus::Unsupported;
  case exec::Status::Deadlock:
  case exec::Status::StepLimit:
    return RunStatus::Deadlock;
  }
  return RunStatus::Finding;
}

Error Runner::readResults(Session &session) {
  for (const Buffer &buffer : function->buffers) {
    if (buffer.role != Role::Output && buffer.role != Role::InOut)
      continue;
    Expected<std::vector<uint8_t>> data = session.read(buffer);
    if (!data)
      return data.takeError();
    results[buffer.name] = std::move(*data);
  }
  return Error::success();
}

/// Whether all results are as expected.
Expected<bool> Runner::compareResults() {
  bool right = true;
  for (auto &[buffer, reference] : files.expected) {
    Expected<Comparison> comparison =
        compare(*buffer, results[buffer->name], reference, request.tolerance);
    if (!comparison)
      return comparison.takeError();
    right &= comparison->wrong == 0;
    (comparison->wrong ? errors << "error: " : out)
        << comparison->str(buffer->name) << "\n";
  }
  return right;
}

Error Runner::writeResults() {
  for (auto &[buffer, path] : files.outputs) {
    Expected<NpyArray> array = makeNpy(*buffer, results[buffer->name]);
    if (!array)
      return array.takeError();
    if (Error error = writeNpy(path, *array))
      return error;
  }
  return Error::success();
}

Error Runner::writeStats(const std::vector<LaunchReport> &reports) {
  if (request.statsTable)
    for (const LaunchReport &entry : reports)
      printStats(entry.kernel, entry.report.stats,
                 computeBound(entry.report.stats, plan.chip), out);
  if (request.stats.empty())
    return Error::success();
  exec::Stats sum;
  llvm::json::Array launches;
  for (const LaunchReport &entry : reports) {
    sum += entry.report.stats;
    llvm::json::Object launch{
        {"kernel", entry.kernel},
        {"status", exec::statusName(entry.report.status)},
        {"findings", int64_t(entry.report.findings.size())},
        {"stats", entry.report.stats.toJSON()}};
    if (std::optional<Bound> bound =
            computeBound(entry.report.stats, plan.chip))
      launch["bound"] = bound->toJSON();
    launches.push_back(std::move(launch));
  }
  llvm::json::Object root{{"device", device->getName()},
                          {"function", function->name},
                          {"host_seconds", seconds},
                          {"sum", sum.toJSON()},
                          {"launches", std::move(launches)}};
  if (!times.empty())
    root["bench_seconds"] = llvm::json::Array(times);
  Error error = writeOutputFile(request.stats, [&](raw_ostream &os) {
    os << llvm::formatv("{0:2}\n", llvm::json::Value(std::move(root)));
  });
  if (error)
    return llvm::createStringError(
        request.stats + ": cannot write: " + llvm::toString(std::move(error)));
  return Error::success();
}

Error Runner::bench(Session &session) {
  if (!request.benchRepeats)
    return Error::success();
  Expected<std::vector<double>> measured =
      device->time(request.benchRepeats, [&] { return session.enqueue(); });
  if (!measured)
    return measured.takeError();
  times = std::move(*measured);
  std::vector<double> sorted = times;
  llvm::sort(sorted);
  double median = sorted[sorted.size() / 2];
  uint64_t bytes = 0;
  for (const Buffer &buffer : function->buffers)
    if (buffer.role != Role::Workspace)
      bytes += buffer.getDenseBytes() * (buffer.role == Role::InOut ? 2 : 1);
  out << llvm::format("bench: %zu runs, median %.3f us, least %.3f us, "
                      "%.1f GB/s",
                      sorted.size(), median * 1e6, sorted[0] * 1e6,
                      double(bytes) / median * 1e-9);
  if (request.flops > 0)
    out << llvm::format(", %.1f TFLOP/s", request.flops / median * 1e-12);
  out << "\n";
  return Error::success();
}

/// The plan and the PTX file that it is for.
Error Runner::readPlan() {
  if (!request.call) {
    Expected<Plan> read = readPlanFile(request.plan);
    if (!read)
      return read.takeError();
    plan = std::move(*read);
    llvm::SmallString<128> path = llvm::sys::path::parent_path(request.plan);
    llvm::sys::path::append(path, plan.module);
    modulePath = path.str().str();
    return Error::success();
  }
  modulePath = request.plan;
  Expected<PreparedCall> prepared =
      readCall(*request.call, modulePath, request.device == DeviceKind::Cuda);
  if (!prepared)
    return prepared.takeError();
  plan = std::move(prepared->plan);
  llvm::append_range(request.inputs, prepared->inputs);
  llvm::append_range(request.outputs, prepared->outputs);
  return savePlan();
}

/// A plan stands beside its module.
Error Runner::savePlan() const {
  if (request.savePlan.empty())
    return Error::success();
  auto write = [&](StringRef path, StringRef text) -> Error {
    Error error = writeOutputFile(path, [&](raw_ostream &os) { os << text; });
    if (error)
      return llvm::createStringError(
          path + ": cannot write: " + llvm::toString(std::move(error)));
    return Error::success();
  };
  std::string text;
  llvm::raw_string_ostream os(text);
  writePlan(plan, os);
  if (Error error = write(request.savePlan, text))
    return error;
  llvm::SmallString<128> copy = llvm::sys::path::parent_path(request.savePlan);
  llvm::sys::path::append(copy, plan.module);
  if (request.savePlan == "-" || llvm::sys::fs::equivalent(copy, modulePath))
    return Error::success();
  auto module = llvm::MemoryBuffer::getFile(modulePath);
  if (!module)
    return llvm::createStringError(
        modulePath + ": cannot read: " + module.getError().message());
  return write(copy, (*module)->getBuffer());
}

/// Everything that can be wrong before anything runs.
Error Runner::prepare() {
  if (Error error = readPlan())
    return error;
  Expected<const Function *> selected = selectFunction(plan, request.function);
  if (!selected)
    return selected.takeError();
  function = *selected;
  Expected<RunFiles> loaded = loadFiles(request, *function);
  if (!loaded)
    return loaded.takeError();
  files = std::move(*loaded);

  Expected<std::unique_ptr<runtime::Device>> created =
      createDevice(request.device, request.executor);
  if (!created)
    return created.takeError();
  device = std::move(*created);
  if (function->launches.empty())
    return Error::success();
  return device->loadModule(modulePath, /*mayTakeCubin=*/!request.call);
}

Expected<RunStatus> Runner::run() {
  if (Error error = prepare())
    return std::move(error);
  return runSession();
}

Expected<RunStatus> Runner::runSession() {
  Session session(*device, *function);
  if (Error error = writeInputs(session))
    return std::move(error);
  Expected<std::vector<LaunchReport>> reports = runLaunches(session);
  if (!reports)
    return reports.takeError();
  RunStatus status = report(*reports);
  if (status == RunStatus::Unsupported || status == RunStatus::Deadlock) {
    if (Error error = writeStats(*reports))
      return std::move(error);
    return status;
  }
  if (Error error = readResults(session))
    return std::move(error);
  if (Error error = writeResults())
    return std::move(error);
  Expected<bool> right = compareResults();
  if (!right)
    return right.takeError();
  if (!*right && status == RunStatus::Right)
    status = RunStatus::Mismatch;
  if (Error error = bench(session))
    return std::move(error);
  if (Error error = writeStats(*reports))
    return std::move(error);
  out << llvm::formatv("{0}: {1} launch{2} on {3}, {4:f3} s\n", function->name,
                       reports->size(), reports->size() == 1 ? "" : "es",
                       device->getName(), seconds);
  return status;
}

static Expected<RunStatus> runList(const RunRequest &request,
                                   raw_ostream &out) {
  auto module = readModule(request.plan);
  if (!module)
    return module.takeError();
  listKernels(**module, out);
  return RunStatus::Right;
}

RunStatus dlk::runtime::run(const RunRequest &request, raw_ostream &out,
                            raw_ostream &errors) {
  Expected<RunStatus> status = request.listKernels
                                   ? runList(request, out)
                                   : Runner(request, out, errors).run();
  if (status)
    return *status;
  errors << "error: " << llvm::toString(status.takeError()) << "\n";
  return RunStatus::BadInput;
}

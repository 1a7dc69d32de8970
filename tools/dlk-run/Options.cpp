// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The options of dlk-run and what they mean; see Options.h.

#include "Options.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FormatVariadic.h"

using namespace dlk;
using namespace dlk::runtime;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;
namespace cl = llvm::cl;

static cl::OptionCategory category("dlk-run options");

static cl::opt<std::string> planPath(cl::Positional, cl::desc("PLAN.json"),
                                     cl::cat(category));
static cl::opt<std::string>
    functionName("function",
                 cl::desc("Function of the plan to run (needed if "
                          "it has several)"),
                 cl::value_desc("name"), cl::cat(category));
static cl::list<std::string>
    inputs("in",
           cl::desc("Contents of an input, a .npy file (bf16 as uint16, "
                    "8-bit floats as uint8)"),
           cl::value_desc("arg0=a.npy"), cl::cat(category));
static cl::list<std::string> outputs("out", cl::desc("Write a result"),
                                     cl::value_desc("out0=c.npy"),
                                     cl::cat(category));
static cl::list<std::string>
    expected("expect",
             cl::desc("Compare a result with a .npy file of its type, or of "
                      "float64, float32 or an integer type"),
             cl::value_desc("out0=ref.npy"), cl::cat(category));
static cl::opt<double>
    rtol("rtol", cl::desc("Relative tolerance of --expect (default 0: equal)"),
         cl::init(0), cl::cat(category));
static cl::opt<double>
    atol_("atol", cl::desc("Absolute tolerance of --expect (default 0)"),
          cl::init(0), cl::cat(category));
static cl::opt<std::string>
    randomSeed("random",
               cl::desc("Fill the inputs that are not given with "
                        "random numbers"),
               cl::value_desc("seed"), cl::cat(category));
static cl::opt<bool>
    wholeNumbers("int-data",
                 cl::desc("Random numbers are small whole numbers, so that "
                          "sums of products are exact"),
                 cl::cat(category));
static cl::opt<std::string>
    saveInputs("save-inputs", cl::desc("Write all inputs as .npy files"),
               cl::value_desc("folder"), cl::cat(category));
static cl::opt<std::string> device(
    "device",
    cl::desc("auto (the first GPU, else the CPU), cuda, or cpu (executes "
             "the PTX); checks and delays need cpu"),
    cl::init("auto"), cl::value_desc("auto|cuda|cpu"), cl::cat(category));
static cl::list<std::string> checks(
    "check",
    cl::desc("Look for: race (unordered accesses to shared memory), init "
             "(reads of what nobody wrote), sync (misuse of barriers), bounds "
             "(always on), all"),
    cl::value_desc("race,init,..."), cl::CommaSeparated, cl::cat(category));
static cl::opt<std::string> async(
    "async",
    cl::desc("When asynchronous copies arrive: immediate, late (only when "
             "waited for), random:SEED"),
    cl::init("immediate"), cl::value_desc("when"), cl::cat(category));
static cl::opt<std::string>
    stats("stats", cl::desc("Write what was executed, counted per PTX line"),
          cl::value_desc("stats.json"), cl::cat(category));
static cl::opt<uint64_t>
    maxSteps("max-steps",
             cl::desc("End with exit code 4 after so many warp instructions of "
                      "a block (default 0: no limit)"),
             cl::init(0), cl::value_desc("count"), cl::cat(category));
static cl::opt<unsigned>
    threads("threads",
            cl::desc("Threads of the CPU executor (default 0: one per core)"),
            cl::init(0), cl::value_desc("count"), cl::cat(category));
static cl::opt<bool>
    hardware("hardware-sums",
             cl::desc("Tensor cores add as the hardware of the PTX's target "
                      "does, not with one rounding at the end"),
             cl::cat(category));
static cl::opt<unsigned>
    bench("bench", cl::desc("Time so many runs on the GPU, with cold caches"),
          cl::init(0), cl::value_desc("runs"), cl::cat(category));
static cl::opt<double> flops("flops",
                             cl::desc("Operations of one run, for --bench"),
                             cl::init(0), cl::value_desc("count"),
                             cl::cat(category));

static cl::extrahelp epilogue(R"(
EXAMPLE:
  dlk-opt matmul.mlir --dlk-compile="chip=sm_80" --emit=bundle -o out/
  dlk-run out/plan.json --in arg0=a.npy --in arg1=b.npy --out out0=c.npy
  dlk-run out/plan.json --random 1 --device=cpu --check all --async late

EXIT CODES:
  0  right and clean
  1  a result differs from --expect
  2  a check found something
  3  an instruction that the executor does not know
  4  deadlock, or --max-steps reached
  5  usage, or a bad file
)");

static Error fail(const Twine &message) {
  return llvm::createStringError(message);
}

static Error addFiles(StringRef option, const cl::list<std::string> &values,
                      std::vector<NamedFile> &files) {
  for (const std::string &value : values) {
    auto [name, path] = StringRef(value).split('=');
    if (name.empty() || path.empty())
      return fail("--" + option + ": expected NAME=FILE.npy, got " + value);
    files.push_back({name.str(), path.str()});
  }
  return Error::success();
}

static Error setChecks(exec::CheckSet &set) {
  for (const std::string &name : checks) {
    bool all = name == "all";
    if (!all && name != "race" && name != "init" && name != "sync" &&
        name != "bounds")
      return fail("--check: expected race, init, bounds, sync or all, got " +
                  name);
    set.race |= all || name == "race";
    set.init |= all || name == "init";
    set.sync |= all || name == "sync";
  }
  return Error::success();
}

static Error setAsync(exec::Options &options) {
  StringRef text = async;
  if (text == "immediate")
    options.async = exec::AsyncPolicy::Immediate;
  else if (text == "late")
    options.async = exec::AsyncPolicy::Late;
  else if (text.consume_front("random:") &&
           !text.getAsInteger(10, options.seed))
    options.async = exec::AsyncPolicy::Random;
  else
    return fail("--async: expected immediate, late or random:SEED, got " +
                async);
  return Error::success();
}

static Error setDevice(RunRequest &request) {
  bool onlyCpu = !checks.empty() || async.getNumOccurrences() ||
                 maxSteps.getNumOccurrences() || hardware;
  if (device == "cuda" && onlyCpu)
    return fail("--check, --async, --max-steps and --hardware-sums need "
                "--device=cpu");
  if (device == "cpu" && request.benchRepeats)
    return fail("--bench needs a GPU: the CPU executor's time says nothing "
                "about it");
  if (device == "cuda" || (device == "auto" && request.benchRepeats))
    request.device = DeviceKind::Cuda;
  else if (device == "cpu" || (device == "auto" && onlyCpu))
    request.device = DeviceKind::Cpu;
  else if (device == "auto")
    request.device = DeviceKind::Auto;
  else
    return fail("--device: expected auto, cuda or cpu, got " + device);
  return Error::success();
}

static Error setExecutor(exec::Options &options) {
  if (Error error = setChecks(options.checks))
    return error;
  if (Error error = setAsync(options))
    return error;
  options.maxSteps = maxSteps;
  options.threads = threads;
  options.collectStats = !stats.empty();
  if (hardware)
    options.arithmetic = exec::TensorArithmetic::Hardware;
  return Error::success();
}

Expected<RunRequest> parseCommandLine(int argc, char **argv) {
  cl::HideUnrelatedOptions(category);
  std::string messages;
  llvm::raw_string_ostream os(messages);
  if (!cl::ParseCommandLineOptions(
          argc, argv,
          "Runs a bundle of dlk-opt on a GPU, or on the CPU by executing its "
          "PTX.\n",
          &os))
    return fail(StringRef(messages).trim());
  RunRequest request;
  if (planPath.empty())
    return fail("no plan given; see dlk-run --help");
  request.plan = planPath;
  request.function = functionName;
  if (Error error = addFiles("in", inputs, request.inputs))
    return std::move(error);
  if (Error error = addFiles("out", outputs, request.outputs))
    return std::move(error);
  if (Error error = addFiles("expect", expected, request.expected))
    return std::move(error);
  if (randomSeed.getNumOccurrences()) {
    uint64_t seed;
    if (StringRef(randomSeed).getAsInteger(10, seed))
      return fail("--random: expected a whole number, got " + randomSeed);
    request.randomSeed = seed;
  }
  if (!(rtol >= 0) || !(atol_ >= 0))
    return fail("--rtol and --atol must not be negative");
  request.wholeNumbers = wholeNumbers;
  request.saveInputs = saveInputs;
  request.tolerance = {rtol, atol_};
  request.stats = stats;
  request.benchRepeats = bench;
  request.flops = flops;
  if (Error error = setExecutor(request.executor))
    return std::move(error);
  if (Error error = setDevice(request))
    return std::move(error);
  return request;
}

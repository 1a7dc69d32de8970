// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The options of dlk-run as a table: name, value, help, and what each does to
// the request. LLVM's own command line library is not used, since it brings
// options of its own that clash (--stats).

#include "Options.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <functional>

using namespace dlk;
using namespace dlk::runtime;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

static constexpr StringRef overview =
    R"(OVERVIEW: Runs a bundle of dlk-opt, or a kernel of any PTX file, on a GPU or, by
executing the PTX, on the CPU.

USAGE: dlk-run PLAN.json [options]
       dlk-run KERNEL.ptx --grid X,Y,Z --arg ARG ... [options]

OPTIONS:
)";

static constexpr StringRef closing = R"(
ARG is one of, with NAME= in front if the buffer shall not be called arg0, arg1, ...
  in:FILE.npy               memory that is read; also in:TYPE=FILE.npy,
                            in:f16[512x512]=random, in:f16[512x512]=zeros
  inout:...                 the same, read and written
  out:f16[512x512]=C.npy    memory that is written, and the file of the result
  ws:BYTES, ws:BYTES=zeros  memory that only the kernel uses
  ptr:NAME+BYTES            an address in a buffer again
  i32:7 u64:0x10 f32:1.5    a number; i8 to u64, f16, bf16, f32, f64
  bytes:00ff7f, bytes:@FILE a struct by value
  tma:NAME,box=64x128,swizzle=128B
                            a tensor map of a buffer; keys are the plan's

EXAMPLES:
  dlk-opt matmul.mlir --dlk-compile="chip=sm_80" --emit=bundle -o out/
  dlk-run out/plan.json --in arg0=a.npy --in arg1=b.npy --out out0=c.npy
  dlk-run out/plan.json --random 1 --device=cpu --check all --async late
  dlk-run saxpy.ptx --grid 8 --block 128 --arg i32:1024 --arg f32:2 \
      --arg in:x.npy --arg inout:y.npy --expect arg3=ref.npy

EXIT CODES:
  0  right and clean
  1  a result differs from --expect
  2  a check found something
  3  an instruction that the executor does not know
  4  deadlock, or --max-steps reached
  5  usage, or a bad file
)";

namespace {

struct Option {
  StringRef name, value; ///< Without a value it is a flag.
  StringRef help;
  std::function<Error(StringRef)> apply;
};

/// What is known only when all options are read.
struct Parsed {
  RunRequest request;
  KernelCall call;
  StringRef callOption; ///< One of the call's that was given.
  StringRef device = "auto";
  bool onlyCpu = false; ///< An option was given that a GPU cannot do.
  std::optional<exec::Level> proxy;
  bool help = false;
};

} // namespace

static Error fail(const Twine &message) {
  return llvm::createStringError(message);
}

static std::function<Error(StringRef)> addFile(std::vector<NamedFile> &files) {
  return [&](StringRef value) -> Error {
    auto [name, path] = value.split('=');
    if (name.empty() || path.empty())
      return fail("expected NAME=FILE.npy, got " + value);
    files.push_back({name.str(), path.str()});
    return Error::success();
  };
}

static std::function<Error(StringRef)> setText(std::string &text) {
  return [&](StringRef value) -> Error {
    text = value.str();
    return Error::success();
  };
}

template <typename T>
static std::function<Error(StringRef)> setCount(T &count) {
  return [&](StringRef value) -> Error {
    if (value.getAsInteger(10, count))
      return fail("expected a whole number, got " + value);
    return Error::success();
  };
}

static std::function<Error(StringRef)> setReal(double &number) {
  return [&](StringRef value) -> Error {
    if (value.getAsDouble(number) || !(number >= 0))
      return fail("expected a number of at least 0, got " + value);
    return Error::success();
  };
}

static Error setRandom(RunRequest &request, StringRef value) {
  uint64_t seed;
  if (value.getAsInteger(10, seed))
    return fail("expected a whole number, got " + value);
  request.randomSeed = seed;
  return Error::success();
}

static Error setChecks(exec::CheckSet &set, StringRef value) {
  for (StringRef name : llvm::split(value, ',')) {
    bool all = name == "all";
    if (!all && name != "race" && name != "init" && name != "sync" &&
        name != "bounds" && name != "proxy" && name != "global")
      return fail(
          "expected race, init, bounds, sync, proxy, global or all, got " +
          name);
    set.global |= name == "global";
    if (all || name == "proxy")
      set.proxy = exec::Level::Error;
    set.race |= all || name == "race";
    set.init |= all || name == "init";
    set.sync |= all || name == "sync";
  }
  return Error::success();
}

static Error setProxy(std::optional<exec::Level> &level, StringRef value) {
  if (value != "off" && value != "warning" && value != "error")
    return fail("expected off, warning or error, got " + value);
  level = value == "off"       ? exec::Level::Off
          : value == "warning" ? exec::Level::Warning
                               : exec::Level::Error;
  return Error::success();
}

static Error setOrder(exec::Options &options, StringRef value) {
  StringRef rest = value;
  if (value == "round-robin")
    options.order = exec::WarpOrder::RoundRobin;
  else if (value == "reversed")
    options.order = exec::WarpOrder::Reversed;
  else if (rest.consume_front("random:") &&
           !rest.getAsInteger(10, options.seed))
    options.order = exec::WarpOrder::Random;
  else
    return fail("expected round-robin, reversed or random:SEED, got " + value);
  return Error::success();
}

static Error setAsync(exec::Options &options, StringRef value) {
  StringRef rest = value;
  if (value == "immediate")
    options.async = exec::AsyncPolicy::Immediate;
  else if (value == "late")
    options.async = exec::AsyncPolicy::Late;
  else if (rest.consume_front("random:") &&
           !rest.getAsInteger(10, options.seed))
    options.async = exec::AsyncPolicy::Random;
  else
    return fail("expected immediate, late or random:SEED, got " + value);
  return Error::success();
}

static Error setDevice(Parsed &parsed, StringRef value) {
  if (value != "auto" && value != "cuda" && value != "cpu")
    return fail("expected auto, cuda or cpu, got " + value);
  parsed.device = value;
  return Error::success();
}

/// Options that say what goes in and out.
static std::vector<Option> getDataOptions(Parsed &parsed) {
  RunRequest &request = parsed.request;
  return {
      {"function", "NAME", "function of the plan; needed if it has several",
       setText(request.function)},
      {"in", "arg0=a.npy",
       "contents of an input (bf16 as uint16, 8-bit floats as uint8); also "
       "arg0=random, arg0=zeros",
       addFile(request.inputs)},
      {"out", "out0=c.npy", "write a result", addFile(request.outputs)},
      {"expect", "out0=ref.npy",
       "compare a result with a file of its type, or of float64, float32 or an "
       "integer type",
       addFile(request.expected)},
      {"rtol", "R", "relative tolerance of --expect (default 0)",
       setReal(request.tolerance.relative)},
      {"atol", "A", "absolute tolerance of --expect (default 0)",
       setReal(request.tolerance.absolute)},
      {"random", "SEED", "fill the inputs that are not given",
       [&](StringRef value) { return setRandom(request, value); }},
      {"int-data", "",
       "random numbers are small whole numbers, so that sums are exact",
       [&](StringRef) -> Error {
         request.wholeNumbers = true;
         return Error::success();
       }},
      {"save-inputs", "DIR", "write all inputs as .npy files",
       setText(request.saveInputs)},
      {"stats", "FILE", "write what was executed as JSON, per PTX line",
       setText(request.stats)},
  };
}

/// Options that say what to launch of a PTX file.
static std::vector<Option> getCallOptions(Parsed &parsed) {
  KernelCall &call = parsed.call;
  auto ofCall = [&](StringRef name, StringRef value, StringRef help,
                    std::function<Error(StringRef)> apply) -> Option {
    return {name, value, help, [&parsed, name, apply](StringRef text) -> Error {
              parsed.callOption = name;
              return apply(text);
            }};
  };
  auto append = [](std::vector<std::string> &list) {
    return [&list](StringRef value) -> Error {
      list.push_back(value.str());
      return Error::success();
    };
  };
  return {
      ofCall("list", "",
             "list the kernels of the PTX, their parameters and what the CPU "
             "cannot run of them",
             [&](StringRef) -> Error {
               parsed.request.listKernels = true;
               return Error::success();
             }),
      ofCall("entry", "NAME", "kernel of the PTX; needed if it has several",
             setText(call.entry)),
      ofCall("grid", "X,Y,Z", "blocks; Y and Z may be left out",
             setText(call.grid)),
      ofCall("block", "X,Y,Z",
             "threads of a block (default: the PTX's .reqntid or .maxntid)",
             setText(call.block)),
      ofCall("cluster", "X,Y,Z",
             "blocks of a cluster (default: the PTX's, or 1)",
             setText(call.cluster)),
      ofCall("smem", "BYTES", "dynamic shared memory (default 0)",
             setCount(call.sharedBytes)),
      ofCall("arg", "ARG", "the next argument of the kernel, see below",
             append(call.arguments)),
      ofCall("buffer", "NAME=ARG",
             "memory that is no argument itself: in, inout, out or ws",
             append(call.buffers)),
      ofCall(
          "save-plan", "FILE",
          "write the call as a launch plan, with a copy of the PTX beside it",
          setText(parsed.request.savePlan)),
  };
}

/// Options that say how it runs.
static std::vector<Option> getDeviceOptions(Parsed &parsed) {
  RunRequest &request = parsed.request;
  exec::Options &executor = request.executor;
  auto cpu = [&](std::function<Error(StringRef)> apply) {
    return [&parsed, apply](StringRef value) -> Error {
      parsed.onlyCpu = true;
      return apply(value);
    };
  };
  return {
      {"device", "auto|cuda|cpu",
       "auto: the first GPU, else the CPU (default); options marked * need the "
       "CPU and choose it",
       [&](StringRef value) { return setDevice(parsed, value); }},
      {"check", "LIST",
       "* look for: race (unordered accesses to shared memory), init (reads of "
       "what nobody wrote), sync (misuse of barriers), proxy (missing "
       "fence.proxy.async), bounds (always on), all; and global (unordered "
       "accesses of two blocks to global memory)",
       cpu([&](StringRef v) { return setChecks(executor.checks, v); })},
      {"proxy", "LEVEL",
       "* what a missing fence.proxy.async is: off, warning (does not change "
       "the exit code), error (default with --check all)",
       cpu([&](StringRef v) { return setProxy(parsed.proxy, v); })},
      {"strict", "",
       "* warnings count as errors; proxy also wants mbarrier.init fenced",
       cpu([&](StringRef) -> Error {
         executor.checks.strict = true;
         return Error::success();
       })},
      {"order", "ORDER",
       "* whose turn it is: round-robin (default), reversed, random:SEED (one "
       "seed with --async)",
       cpu([&](StringRef value) { return setOrder(executor, value); })},
      {"async", "WHEN",
       "* when asynchronous copies arrive: immediate (default), late (not "
       "before a wait asks for them), random:SEED",
       cpu([&](StringRef value) { return setAsync(executor, value); })},
      {"stats-table", "",
       "* print what was executed: totals, the bound of the chip and what "
       "limits it, and the worst lines",
       cpu([&](StringRef) -> Error {
         request.statsTable = true;
         return Error::success();
       })},
      {"max-steps", "N",
       "* end after so many warp instructions of a block (default 0: no limit)",
       cpu(setCount(executor.maxSteps))},
      {"hardware-sums", "",
       "* tensor cores add as the hardware of the PTX's target does, instead "
       "of "
       "with one rounding at the end",
       cpu([&](StringRef) -> Error {
         executor.arithmetic = exec::TensorArithmetic::Hardware;
         return Error::success();
       })},
      {"threads", "N", "threads of the CPU executor (default 0: one per core)",
       setCount(executor.threads)},
      {"bench", "N", "time so many runs on the GPU, with cold caches",
       setCount(request.benchRepeats)},
      {"flops", "F", "operations of one run, for --bench",
       setReal(request.flops)},
      {"help", "", "print this",
       [&](StringRef) -> Error {
         parsed.help = true;
         return Error::success();
       }},
  };
}

/// Prints text in lines of at most 80 columns, all but the first indented.
static void printWrapped(StringRef text, unsigned indent,
                         llvm::raw_ostream &os) {
  unsigned column = indent;
  for (StringRef word : llvm::split(text, ' ')) {
    if (column + word.size() + 1 > 80) {
      os << "\n";
      os.indent(indent);
      column = indent;
    }
    os << (column == indent ? "" : " ") << word;
    column += word.size() + 1;
  }
  os << "\n";
}

static void printHelp(llvm::ArrayRef<Option> options) {
  llvm::raw_ostream &os = llvm::outs();
  os << overview;
  for (const Option &option : options) {
    std::string head = ("  --" + option.name).str();
    if (!option.value.empty())
      head += (" " + option.value).str();
    os << llvm::left_justify(head, 26);
    printWrapped(option.help, 26, os);
  }
  os << closing;
}

/// Applies the option at `index` and moves past it and its value.
static Error applyOption(llvm::ArrayRef<Option> options,
                         llvm::ArrayRef<char *> arguments, size_t &index) {
  StringRef argument = arguments[index++];
  StringRef name, value;
  std::tie(name, value) = argument.ltrim('-').split('=');
  const Option *option =
      llvm::find_if(options, [&](const Option &o) { return o.name == name; });
  if (option == options.end())
    return fail("unknown option: " + argument + "; see dlk-run --help");
  bool given = argument.contains('=');
  if (option->value.empty() && given)
    return fail("--" + name + " takes no value");
  if (!option->value.empty() && !given) {
    if (index == arguments.size())
      return fail("--" + name + ": expected a value, " + option->value);
    value = arguments[index++];
  }
  if (Error error = option->apply(value))
    return fail("--" + name + ": " + llvm::toString(std::move(error)));
  return Error::success();
}

static Error chooseDevice(Parsed &parsed) {
  RunRequest &request = parsed.request;
  bool bench = request.benchRepeats > 0;
  if (parsed.onlyCpu && (bench || parsed.device == "cuda"))
    return fail("--check, --proxy, --strict, --order, --async, --stats-table, "
                "--max-steps and --hardware-sums are not for a GPU");
  if (bench && parsed.device == "cpu")
    return fail("--bench is not for the CPU: its time says nothing about a "
                "GPU's");
  if (bench || parsed.device == "cuda")
    request.device = DeviceKind::Cuda;
  else if (parsed.onlyCpu || parsed.device == "cpu")
    request.device = DeviceKind::Cpu;
  return Error::success();
}

Expected<std::optional<RunRequest>>
parseCommandLine(llvm::ArrayRef<char *> arguments) {
  Parsed parsed;
  RunRequest &request = parsed.request;
  request.executor.threads = 0;
  std::vector<Option> options = getDataOptions(parsed);
  llvm::append_range(options, getCallOptions(parsed));
  llvm::append_range(options, getDeviceOptions(parsed));
  for (size_t index = 0; index < arguments.size();) {
    StringRef argument = arguments[index];
    if (argument.starts_with("-") && argument.size() > 1) {
      if (Error error = applyOption(options, arguments, index))
        return std::move(error);
    } else if (request.plan.empty()) {
      request.plan = arguments[index++];
    } else {
      return fail("a second plan: " + argument);
    }
  }
  if (parsed.help) {
    printHelp(options);
    return std::nullopt;
  }
  if (request.plan.empty())
    return fail("no plan given; see dlk-run --help");
  if (StringRef(request.plan).ends_with(".ptx"))
    request.call = parsed.call;
  else if (!parsed.callOption.empty())
    return fail("--" + parsed.callOption +
                " is for a .ptx file, a plan says it itself: " + request.plan);
  if (parsed.proxy)
    request.executor.checks.proxy = *parsed.proxy;
  request.executor.collectStats = !request.stats.empty() || request.statsTable;
  if (Error error = chooseDevice(parsed))
    return std::move(error);
  return request;
}

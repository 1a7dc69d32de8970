// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Finds and runs ptxas and fatbinary. Every way in which a tool can fail
// (absent, too old, stuck, not the tool it claims to be) ends in one error
// that names the file; temporary files never outlive the call.

#include "dlk/Emit/CudaTools.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace dlk;

static Error toolError(const Twine &text) {
  return createStringError(inconvertibleErrorCode(), text);
}

//===----------------------------------------------------------------------===//
// Finding
//===----------------------------------------------------------------------===//

static bool isProgram(const Twine &file) {
  return sys::fs::can_execute(file) && !sys::fs::is_directory(file);
}

Expected<std::optional<std::string>>
dlk::findCudaTool(StringRef name, const CudaSearch &search) {
  SmallVector<std::string> folders;
  if (!search.ptxas.empty()) {
    if (!isProgram(search.ptxas))
      return toolError("ptxas is not an executable file: " + search.ptxas);
    if (name == "ptxas")
      return search.ptxas;
    folders.push_back(sys::path::parent_path(search.ptxas).str());
  }
  if (!search.cudaHome.empty())
    folders.push_back(search.cudaHome + "/bin");
  SmallVector<StringRef> path;
  StringRef(search.path).split(path, ':', -1, /*KeepEmpty=*/false);
  folders.append(path.begin(), path.end());
  if (!search.fallback.empty())
    folders.push_back(search.fallback + "/bin");
  for (StringRef folder : folders) {
    SmallString<128> file(folder);
    sys::path::append(file, name);
    if (isProgram(file))
      return file.str().str();
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

namespace {

/// A temporary file that is gone when this object is.
class ScratchFile {
public:
  static Expected<ScratchFile> create(StringRef suffix, StringRef contents) {
    int descriptor;
    SmallString<128> path;
    if (std::error_code error =
            sys::fs::createTemporaryFile("dlk", suffix, descriptor, path))
      return toolError("cannot create a temporary file: " + error.message());
    ScratchFile file(path);
    raw_fd_ostream os(descriptor, /*shouldClose=*/true);
    os << contents;
    os.close();
    if (os.has_error()) {
      std::string reason = os.error().message();
      os.clear_error();
      return toolError("cannot write " + path + ": " + reason);
    }
    return file;
  }

  StringRef path() const { return name; }

  Expected<std::string> read() const {
    auto buffer = MemoryBuffer::getFile(name);
    if (!buffer)
      return toolError("cannot read " + name + ": " +
                       buffer.getError().message());
    return (*buffer)->getBuffer().str();
  }

private:
  explicit ScratchFile(StringRef path)
      : name(path.str()), remover(std::make_unique<FileRemover>(path)) {}

  std::string name;
  std::unique_ptr<FileRemover> remover;
};

struct Outcome {
  int exitCode;
  std::string output; // stdout and stderr
};

} // namespace

static Expected<Outcome> runTool(StringRef tool, ArrayRef<StringRef> arguments,
                                 unsigned timeoutSeconds) {
  Expected<ScratchFile> log = ScratchFile::create("log", "");
  if (!log)
    return log.takeError();
  SmallVector<StringRef> command = {tool};
  command.append(arguments.begin(), arguments.end());
  std::string reason;
  bool failed = false;
  int code = sys::ExecuteAndWait(
      tool, command, /*Env=*/std::nullopt,
      /*Redirects=*/{StringRef(""), log->path(), log->path()}, timeoutSeconds,
      /*MemoryLimit=*/0, &reason, &failed);
  if (failed || code < 0)
    return toolError(
        "cannot run " + tool + ": " +
        (reason.empty() ? "it crashed" : StringRef(reason).rtrim(": ")));
  Expected<std::string> output = log->read();
  if (!output)
    return output.takeError();
  return Outcome{code, *output};
}

/// "…, release 13.0, V13.0.88" gives "13.0.88".
static Expected<std::string> ptxasVersion(StringRef ptxas, unsigned timeout) {
  Expected<Outcome> outcome = runTool(ptxas, {"--version"}, timeout);
  if (!outcome)
    return outcome.takeError();
  StringRef version = StringRef(outcome->output).rsplit(", V").second;
  version = version.take_while([](char c) { return isDigit(c) || c == '.'; });
  if (outcome->exitCode != 0 || version.empty())
    return toolError("not NVIDIA's ptxas: " + ptxas);
  return version.str();
}

/// One line: the first errors that ptxas printed, or how it ended.
static std::string describeFailure(const Outcome &outcome,
                                   const PtxasLog &log) {
  if (log.errors.empty())
    return formatv("exit code {0}", outcome.exitCode);
  constexpr size_t shown = 3;
  std::string text = join(ArrayRef(log.errors).take_front(shown), "; ");
  if (log.errors.size() > shown)
    text += formatv("; and {0} more", log.errors.size() - shown);
  return text;
}

Expected<Cubin> dlk::assemblePtx(StringRef ptxas, StringRef ptx, StringRef chip,
                                 unsigned timeoutSeconds) {
  Expected<std::string> version = ptxasVersion(ptxas, timeoutSeconds);
  if (!version)
    return version.takeError();
  Expected<ScratchFile> input = ScratchFile::create("ptx", ptx);
  if (!input)
    return input.takeError();
  Expected<ScratchFile> output = ScratchFile::create("cubin", "");
  if (!output)
    return output.takeError();
  std::string arch = ("-arch=" + chip).str();
  Expected<Outcome> outcome = runTool(
      ptxas, {"-v", arch, input->path(), "-o", output->path()}, timeoutSeconds);
  if (!outcome)
    return outcome.takeError();
  PtxasLog log = parsePtxasLog(outcome->output);
  if (outcome->exitCode != 0)
    return toolError("ptxas " + *version + " refuses the PTX for " + chip +
                     ": " + describeFailure(*outcome, log));
  Expected<std::string> image = output->read();
  if (!image)
    return image.takeError();
  if (!StringRef(*image).starts_with("\x7f"
                                     "ELF"))
    return toolError("ptxas wrote no cubin: " + ptxas);
  return Cubin{*image, std::move(log), *version};
}

Expected<std::string> dlk::packFatbin(StringRef fatbinary, StringRef ptx,
                                      StringRef cubin, StringRef chip,
                                      unsigned timeoutSeconds) {
  Expected<ScratchFile> ptxFile = ScratchFile::create("ptx", ptx);
  if (!ptxFile)
    return ptxFile.takeError();
  Expected<ScratchFile> cubinFile = ScratchFile::create("cubin", cubin);
  if (!cubinFile)
    return cubinFile.takeError();
  Expected<ScratchFile> output = ScratchFile::create("fatbin", "");
  if (!output)
    return output.takeError();
  StringRef sm = chip.drop_front(StringRef("sm_").size());
  std::string elfImage =
      formatv("--image3=kind=elf,sm={0},file={1}", sm, cubinFile->path());
  std::string ptxImage =
      formatv("--image3=kind=ptx,sm={0},file={1}", sm, ptxFile->path());
  std::string create = ("--create=" + output->path()).str();
  Expected<Outcome> outcome =
      runTool(fatbinary, {"-64", create, elfImage, ptxImage}, timeoutSeconds);
  if (!outcome)
    return outcome.takeError();
  Expected<std::string> image = output->read();
  if (!image)
    return image.takeError();
  if (outcome->exitCode != 0 || image->empty())
    return toolError("fatbinary failed: " +
                     StringRef(outcome->output).trim().split('\n').first);
  return image;
}

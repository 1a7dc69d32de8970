// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Writes what was emitted. A bundle is first written to temporary files in its
// folder and then renamed, so that a full disk or a killed process leaves no
// plan beside half a kernel.

#include "dlk/Emit/Artifact.h"
#include "dlk/Runtime/OutputFile.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace dlk;

static constexpr std::pair<StringLiteral, EmitKind> kinds[] = {
    {"mlir", EmitKind::mlir},     {"llvm", EmitKind::llvm},
    {"ptx", EmitKind::ptx},       {"cubin", EmitKind::cubin},
    {"fatbin", EmitKind::fatbin}, {"plan", EmitKind::plan},
    {"report", EmitKind::report}, {"bundle", EmitKind::bundle}};

std::optional<EmitKind> dlk::parseEmitKind(StringRef name) {
  for (auto [text, kind] : kinds)
    if (text == name)
      return kind;
  return std::nullopt;
}

std::string dlk::getEmitKindNames() {
  return join(make_first_range(kinds), ", ");
}

static Error cannotWrite(StringRef path, std::error_code reason) {
  return createStringError(reason,
                           "cannot write " + path + ": " + reason.message());
}

//===----------------------------------------------------------------------===//
// Bundle
//===----------------------------------------------------------------------===//

namespace {

/// The files of a bundle between being written and being renamed.
class Staging {
public:
  explicit Staging(StringRef folder) : folder(folder) {}
  ~Staging() {
    for (auto &[file, path] : staged)
      consumeError(file.discard());
  }

  Error add(const ArtifactFile &file) {
    SmallString<128> path(folder);
    sys::path::append(path, file.name);
    auto temporary = sys::fs::TempFile::create(
        path + ".%%%%%%%%", sys::fs::all_read | sys::fs::all_write);
    if (!temporary)
      return cannotWrite(path, errorToErrorCode(temporary.takeError()));
    raw_fd_ostream os(temporary->FD, /*shouldClose=*/false);
    os << file.contents;
    os.flush();
    std::error_code error = os.error();
    os.clear_error();
    staged.emplace_back(std::move(*temporary), path.str().str());
    return error ? cannotWrite(path, error) : Error::success();
  }

  Error keep() {
    while (!staged.empty()) {
      auto [file, path] = std::move(staged.front());
      staged.erase(staged.begin());
      if (Error error = file.keep(path))
        return cannotWrite(path, errorToErrorCode(std::move(error)));
    }
    return Error::success();
  }

private:
  StringRef folder;
  SmallVector<std::pair<sys::fs::TempFile, std::string>> staged;
};

} // namespace

/// A cubin of an earlier compilation would be preferred by whoever loads the
/// bundle; it goes if this one has none.
static void removeStaleCubins(const Artifact &bundle, StringRef folder) {
  for (const ArtifactFile &file : bundle.files) {
    if (!StringRef(file.name).ends_with(".ptx"))
      continue;
    SmallString<64> cubin(file.name);
    sys::path::replace_extension(cubin, "cubin");
    bool written = any_of(bundle.files, [&](const ArtifactFile &other) {
      return other.name == cubin;
    });
    if (!written)
      sys::fs::remove(Twine(folder) + "/" + cubin);
  }
}

static Error writeBundle(const Artifact &bundle, StringRef folder) {
  if (std::error_code error = sys::fs::create_directories(
          folder, /*IgnoreExisting=*/true, sys::fs::all_all))
    return cannotWrite(folder, error);
  Staging staging(folder);
  for (const ArtifactFile &file : bundle.files)
    if (Error error = staging.add(file))
      return error;
  removeStaleCubins(bundle, folder);
  return staging.keep();
}

Error dlk::writeArtifact(const Artifact &artifact, StringRef path) {
  if (artifact.isBundle)
    return writeBundle(artifact, path);
  Error error = runtime::writeOutputFile(
      path, [&](raw_ostream &os) { os << artifact.files.front().contents; });
  if (error)
    return cannotWrite(path, errorToErrorCode(std::move(error)));
  return Error::success();
}

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Decides by what lies at the path, without following links, whether it may be
// replaced. LLVM's writeToOutput is not used: it ends the process when a disk
// is full, and replaces devices.

#include "dlk/Runtime/OutputFile.h"
#include "llvm/Support/FileSystem.h"

using namespace llvm;

using Writer = function_ref<void(raw_ostream &)>;

/// True for all but ordinary files, folders and names that are free.
static bool mustStay(StringRef path) {
  sys::fs::file_status status;
  if (sys::fs::status(path, status, /*follow=*/false))
    return false;
  return status.type() != sys::fs::file_type::regular_file &&
         status.type() != sys::fs::file_type::directory_file;
}

/// A stream that is destroyed with an error ends the process: takes it.
static Error finish(raw_fd_ostream &os, Writer write) {
  write(os);
  os.flush();
  std::error_code error = os.error();
  os.clear_error();
  return errorCodeToError(error);
}

static Error writeThrough(StringRef path, Writer write) {
  std::error_code error;
  raw_fd_ostream os(path, error, sys::fs::OF_None);
  return error ? errorCodeToError(error) : finish(os, write);
}

static Error replace(StringRef path, Writer write) {
  Expected<sys::fs::TempFile> temporary = sys::fs::TempFile::create(
      path + ".temp-%%%%%%", sys::fs::all_read | sys::fs::all_write);
  if (!temporary)
    return temporary.takeError();
  raw_fd_ostream os(temporary->FD, /*shouldClose=*/false);
  if (Error error = finish(os, write)) {
    consumeError(temporary->discard());
    return error;
  }
  return temporary->keep(path);
}

Error dlk::runtime::writeOutputFile(StringRef path, Writer write) {
  if (path == "-")
    return finish(outs(), write);
  return mustStay(path) ? writeThrough(path, write) : replace(path, write);
}

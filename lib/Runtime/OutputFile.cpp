// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Decides by what lies at the path, without following links, whether it may be
// replaced.

#include "dlk/Runtime/OutputFile.h"
#include "llvm/Support/FileSystem.h"

using namespace llvm;

/// True for all but ordinary files, folders and names that are free.
static bool mustStay(StringRef path) {
  sys::fs::file_status status;
  if (path == "-" || sys::fs::status(path, status, /*follow=*/false))
    return false;
  return status.type() != sys::fs::file_type::regular_file &&
         status.type() != sys::fs::file_type::directory_file;
}

Error dlk::runtime::writeOutputFile(StringRef path,
                                    function_ref<void(raw_ostream &)> write) {
  if (!mustStay(path))
    return writeToOutput(path, [&](raw_ostream &os) {
      write(os);
      return Error::success();
    });
  std::error_code error;
  raw_fd_ostream os(path, error, sys::fs::OF_None);
  if (error)
    return errorCodeToError(error);
  write(os);
  os.close();
  error = os.error();
  os.clear_error();
  return errorCodeToError(error);
}

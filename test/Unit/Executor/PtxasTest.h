// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ptxas as the judge of what is PTX: tests hand it the text that they run, many
// forms at a time. Without a CUDA toolkit there is nothing to ask.

#ifndef DLK_TEST_UNIT_EXECUTOR_PTXASTEST_H
#define DLK_TEST_UNIT_EXECUTOR_PTXASTEST_H

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

namespace dlk::exec {

inline bool havePtxas() { return llvm::sys::fs::can_execute(DLK_PTXAS); }

/// What ptxas says against `text`; empty if it accepts it.
inline std::string ptxasErrors(llvm::StringRef text, llvm::StringRef arch) {
  llvm::SmallString<128> in, out;
  int handle = -1;
  if (llvm::sys::fs::createTemporaryFile("dlk", "ptx", handle, in) ||
      llvm::sys::fs::createTemporaryFile("dlk", "txt", out))
    return "no temporary file";
  llvm::FileRemover removeIn(in), removeOut(out);
  llvm::raw_fd_ostream(handle, /*shouldClose=*/true) << text;
  std::string chip = ("-arch=" + arch).str();
  int status = llvm::sys::ExecuteAndWait(
      DLK_PTXAS, {DLK_PTXAS, chip, "-O0", "-o", "/dev/null", in}, std::nullopt,
      {std::nullopt, out.str(), out.str()});
  if (status == 0)
    return "";
  auto said = llvm::MemoryBuffer::getFile(out);
  return said ? (*said)->getBuffer().str() : "it failed";
}

#define DLK_EXPECT_PTXAS(text, arch)                                           \
  if (::dlk::exec::havePtxas())                                                \
  EXPECT_EQ(::dlk::exec::ptxasErrors(text, arch), "")

} // namespace dlk::exec

#endif // DLK_TEST_UNIT_EXECUTOR_PTXASTEST_H

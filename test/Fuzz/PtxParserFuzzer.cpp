// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A libFuzzer target: any text goes through the parser and the decoder; with
// --launch each kernel is run as well. docs/Testing.md says how to use it.

#include "RunModule.h"

static bool launches = false;

extern "C" int LLVMFuzzerInitialize(int *count, char ***arguments);
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/// libFuzzer ignores words that begin with two dashes.
int LLVMFuzzerInitialize(int *count, char ***arguments) {
  for (int i = 1; i < *count; ++i)
    launches |= llvm::StringRef((*arguments)[i]) == "--launch";
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  dlk::exec::fuzzModule(text, launches);
  return 0;
}

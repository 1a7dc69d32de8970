// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Text that ends too early, and text with a part missing: a module, or one
// error with its line; never a crash.

#include "CudaTest.h"
#include "PtxTest.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace dlk::exec;

static std::string hopperKernel() {
  auto file = llvm::MemoryBuffer::getFile(DLK_PTX_DIR "/matmul_bf16_sm90.ptx");
  return file ? (*file)->getBuffer().str() : "";
}

/// One line of text that begins with the place, or nothing.
static void expectModuleOrError(llvm::StringRef text, size_t cut) {
  auto module = Module::parse(text, "cut.ptx");
  if (module)
    return;
  std::string error = llvm::toString(module.takeError());
  EXPECT_EQ(error.find("cut.ptx:"), 0u) << error << ", cut at " << cut;
  EXPECT_EQ(error.find('\n'), std::string::npos) << error;
  EXPECT_LT(error.size(), 400u);
}

TEST(TruncatedPtx, everyPrefixOfAHopperKernel) {
  std::string text = hopperKernel();
  ASSERT_FALSE(text.empty());
  // Every byte of the text but for the long runs of register names.
  size_t step = 1;
  for (size_t cut = 0; cut < text.size(); cut += step) {
    expectModuleOrError(llvm::StringRef(text).take_front(cut), cut);
    bool names = llvm::StringRef(text).substr(cut, 12).contains(", %f");
    step = names ? 17 : 1;
  }
}

DLK_CUDA_SUITE(TruncatedCuda);

TEST_P(TruncatedCuda, manyLinesOfTheCompilersOutput) {
  DLK_REQUIRE_PTX(text, "gemm_cp_async_mma");
  for (size_t cut = text.find('\n'); cut < text.size();
       cut = text.find('\n', cut + 100))
    expectModuleOrError(llvm::StringRef(text).take_front(cut), cut);
}

TEST(TruncatedPtx, everyLineLeftOut) {
  std::string text = hopperKernel();
  for (size_t start = 0; start < text.size();) {
    size_t end = std::min(text.find('\n', start), text.size() - 1) + 1;
    expectModuleOrError(text.substr(0, start) + text.substr(end), start);
    start = end;
  }
}

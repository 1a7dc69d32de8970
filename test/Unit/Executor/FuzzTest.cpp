// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the fuzzer of test/Fuzz does, for a moment and always the same: its
// findings of the past, its seeds, and PTX with a few words or lines changed
// are parsed and launched. Nothing may crash or hang.

#include "../../Fuzz/RunModule.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "gtest/gtest.h"

using namespace dlk::exec;

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size,
                                          size_t most, unsigned seed);
extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);

/// Here without libFuzzer: the last byte changes.
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t) {
  if (size)
    data[size - 1] ^= 1;
  return size;
}

namespace {

std::vector<std::string> textsIn(const std::string &folder) {
  std::vector<std::string> paths, texts;
  std::error_code error;
  for (llvm::sys::fs::directory_iterator it(folder, error), end;
       it != end && !error; it.increment(error))
    if (llvm::sys::path::extension(it->path()) == ".ptx")
      paths.push_back(it->path());
  llvm::sort(paths);
  for (const std::string &path : paths)
    if (auto file = llvm::MemoryBuffer::getFile(path))
      texts.push_back((*file)->getBuffer().str());
  return texts;
}

TEST(Fuzz, pastFindings) {
  for (const std::string &text : textsIn(DLK_FUZZ_DIR "/regressions"))
    fuzzModule(text, /*launches=*/true);
}

TEST(Fuzz, seeds) {
  auto texts = textsIn(DLK_FUZZ_DIR "/seeds");
  ASSERT_FALSE(texts.empty());
  for (const std::string &text : texts)
    EXPECT_TRUE(fuzzModule(text, /*launches=*/true));
}

/// Half of a module's variables must not be taken for all of them.
TEST(Fuzz, variablesThatDoNotFitAreAnErrorEachTime) {
  auto module = Module::parse(".version 8.0\n.target sm_80\n.address_size 64\n"
                              ".global .b8 small[4];\n"
                              ".global .b8 large[4611686018427387904];\n"
                              ".visible .entry k() { .reg .b64 %x;\n"
                              "mov.u64 %x, large; ret; }\n",
                              "large.ptx");
  if (!module) { // Refused even earlier.
    EXPECT_NE(llvm::toString(module.takeError()).find("large.ptx:5"),
              std::string::npos);
    return;
  }
  Device device;
  LaunchConfig config;
  config.kernel = "k";
  for (unsigned run = 0; run < 2; ++run) {
    auto report = launch(**module, device, config, {});
    ASSERT_FALSE(bool(report));
    EXPECT_NE(llvm::toString(report.takeError()).find("too large"),
              std::string::npos);
  }
}

TEST(Fuzz, wordsAndLinesThatChange) {
  auto texts = textsIn(DLK_FUZZ_DIR "/seeds");
  for (std::string &text : textsIn(DLK_PTX_DIR))
    texts.push_back(std::move(text));
  unsigned modules = 0, runs = 400;
  for (unsigned seed = 0; seed < runs; ++seed) {
    const std::string &text = texts[seed % texts.size()];
    std::vector<uint8_t> data(text.begin(), text.end());
    data.resize(text.size() + 4096);
    size_t size =
        LLVMFuzzerCustomMutator(data.data(), text.size(), data.size(), seed);
    modules += fuzzModule({reinterpret_cast<const char *>(data.data()), size},
                          /*launches=*/true);
  }
  // Most are errors, but the parser must not refuse everything.
  EXPECT_GT(modules, runs / 20);
  EXPECT_LT(modules, runs);
}

} // namespace

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Small PTX kernels for unit tests: one that computes lane by lane from three
// arrays, and a runner for whole kernels.

#ifndef DLK_TEST_UNIT_EXECUTOR_PTXTEST_H
#define DLK_TEST_UNIT_EXECUTOR_PTXTEST_H

#include "dlk/Executor/Executor.h"
#include "gtest/gtest.h"
#include <cstring>

namespace dlk::exec {

inline std::string ptxHeader() {
  return ".version 8.5\n.target sm_90a\n.address_size 64\n";
}

inline std::unique_ptr<Module> parseOrFail(const std::string &text) {
  auto module = Module::parse(text, "test.ptx");
  if (!module) {
    ADD_FAILURE() << llvm::toString(module.takeError());
    return nullptr;
  }
  return std::move(*module);
}

/// The error of a text that must not parse.
inline std::string parseError(const std::string &text) {
  auto module = Module::parse(text, "test.ptx");
  if (!module)
    return llvm::toString(module.takeError());
  ADD_FAILURE() << "parses: " << text;
  return "";
}

inline std::vector<std::byte> paramOf(uint64_t value, unsigned bytes = 8) {
  std::vector<std::byte> param(bytes);
  std::memcpy(param.data(), &value, bytes);
  return param;
}

/// A kernel `k` with one u64 parameter `out` that points to `words` u32.
struct KernelRun {
  Report report;
  std::vector<uint32_t> out;
};

inline KernelRun runKernel(const std::string &body, Dim3 block = {32, 1, 1},
                           Dim3 grid = {1, 1, 1}, Options options = {},
                           uint32_t sharedBytes = 0, size_t words = 1024,
                           const std::string &moduleText = "",
                           Dim3 cluster = {1, 1, 1}) {
  std::string text = ptxHeader() + moduleText +
                     ".visible .entry k(.param .u64 out) {\n"
                     ".reg .pred %p<16>; .reg .b16 %h<16>;\n"
                     ".reg .b32 %r<64>; .reg .b64 %x<64>;\n"
                     "ld.param.u64 %x0, [out];\n" +
                     body + "\n}\n";
  KernelRun run;
  auto module = parseOrFail(text);
  if (!module)
    return run;
  Device device;
  uint64_t out = llvm::cantFail(device.allocate(words * 4));
  llvm::cantFail(device.fill(out, 0, words * 4));
  LaunchConfig config;
  config.kernel = "k";
  config.block = block;
  config.grid = grid;
  config.cluster = cluster;
  config.sharedBytes = sharedBytes;
  config.params.push_back(paramOf(out));
  auto report = launch(*module, device, config, options);
  if (!report) {
    ADD_FAILURE() << llvm::toString(report.takeError());
    return run;
  }
  run.report = std::move(*report);
  run.out.resize(words);
  llvm::cantFail(device.copyOut(
      out, {reinterpret_cast<std::byte *>(run.out.data()), words * 4}));
  return run;
}

/// out[thread] = %r1, for kernels of one CTA.
inline const char *storeR1 = "mov.u32 %r60, %tid.x;\n"
                             "mad.wide.u32 %x60, %r60, 4, %x0;\n"
                             "st.global.u32 [%x60], %r1;\n";

/// Evaluates `code` for each triple of inputs. Registers: %xa %xb %xc (64
/// bits), %ra %rb %rc and %ha %hb %hc (their low 32 and 16 bits), %pa = bit 0
/// of a; the result is %xd, %rd, %hd or %pd by `bits` (64, 32, 16, 1).
inline std::vector<uint64_t> evaluate(const std::string &code, unsigned bits,
                                      const std::vector<uint64_t> &a,
                                      const std::vector<uint64_t> &b,
                                      const std::vector<uint64_t> &c) {
  std::string finish = bits == 64   ? ""
                       : bits == 32 ? "cvt.u64.u32 %xd, %rd;\n"
                       : bits == 16 ? "cvt.u64.u16 %xd, %hd;\n"
                                    : "selp.b64 %xd, 1, 0, %pd;\n";
  std::string text =
      ptxHeader() +
      ".visible .entry k(.param .u64 out, .param .u64 in, .param .u32 n) {\n"
      ".reg .pred %pa, %pd, %pq, %t; .reg .b16 %ha, %hb, %hc, %hd;\n"
      ".reg .b32 %ra, %rb, %rc, %rd, %i, %n; .reg .b64 %xa, %xb, %xc, %xd;\n"
      ".reg .b64 %o, %in;\n"
      "ld.param.u64 %o, [out]; ld.param.u64 %in, [in]; ld.param.u32 %n, [n];\n"
      "mov.u32 %i, %ctaid.x; mov.u32 %ra, %tid.x; shl.b32 %i, %i, 5;\n"
      "add.u32 %i, %i, %ra; setp.ge.u32 %t, %i, %n; @%t ret;\n"
      "mad.wide.u32 %in, %i, 24, %in; mad.wide.u32 %o, %i, 8, %o;\n"
      "ld.global.u64 %xa, [%in]; ld.global.u64 %xb, [%in+8];\n"
      "ld.global.u64 %xc, [%in+16]; cvt.u32.u64 %ra, %xa;\n"
      "cvt.u32.u64 %rb, %xb; cvt.u32.u64 %rc, %xc; cvt.u16.u64 %ha, %xa;\n"
      "cvt.u16.u64 %hb, %xb; cvt.u16.u64 %hc, %xc;\n"
      "and.b32 %rd, %ra, 1; setp.ne.u32 %pa, %rd, 0;\n"
      "mov.b64 %xd, -1; mov.b32 %rd, -1; mov.b16 %hd, -1;\n" +
      code + "\n" + finish + "st.global.u64 [%o], %xd; ret; }\n";
  std::vector<uint64_t> results;
  auto module = parseOrFail(text);
  if (!module)
    return results;
  size_t n = a.size();
  std::vector<uint64_t> in(3 * n);
  for (size_t i = 0; i < n; ++i) {
    in[3 * i] = a[i];
    in[3 * i + 1] = b[i];
    in[3 * i + 2] = c[i];
  }
  Device device;
  uint64_t from = llvm::cantFail(device.allocate(24 * n));
  uint64_t to = llvm::cantFail(device.allocate(8 * n));
  llvm::cantFail(device.copyIn(
      from, {reinterpret_cast<const std::byte *>(in.data()), 24 * n}));
  LaunchConfig config;
  config.kernel = "k";
  config.block = {32, 1, 1};
  config.grid = {uint32_t((n + 31) / 32), 1, 1};
  config.params = {paramOf(to), paramOf(from), paramOf(n, 4)};
  auto report = launch(*module, device, config, {});
  if (!report) {
    ADD_FAILURE() << llvm::toString(report.takeError());
    return results;
  }
  EXPECT_EQ(statusName(report->status).str(), "clean") << code;
  for (const std::string &note : report->notes)
    ADD_FAILURE() << note;
  for (const Finding &finding : report->findings)
    ADD_FAILURE() << finding.str("test.ptx");
  results.resize(n);
  llvm::cantFail(device.copyOut(
      to, {reinterpret_cast<std::byte *>(results.data()), 8 * n}));
  return results;
}

/// A line of a table of lane-wise instructions: PTX and what it computes.
struct LaneCase {
  const char *code;
  unsigned bits; ///< Of the result.
  uint64_t (*reference)(uint64_t a, uint64_t b, uint64_t c);
};

/// Evaluates a case on all pairs of `values`, with a third operand that varies
/// too, and compares the low bits.
inline void checkCase(const LaneCase &test,
                      const std::vector<uint64_t> &values) {
  std::vector<uint64_t> a, b, c;
  for (size_t i = 0; i < values.size(); ++i)
    for (size_t j = 0; j < values.size(); ++j) {
      a.push_back(values[i]);
      b.push_back(values[j]);
      c.push_back(values[(3 * i + 5 * j) % values.size()]);
    }
  std::vector<uint64_t> results = evaluate(test.code, test.bits, a, b, c);
  ASSERT_EQ(results.size(), a.size()) << test.code;
  uint64_t mask =
      test.bits == 64 ? ~uint64_t(0) : (uint64_t(1) << test.bits) - 1;
  unsigned shown = 0;
  for (size_t i = 0; i < a.size() && shown < 3; ++i) {
    uint64_t expected = test.reference(a[i], b[i], c[i]) & mask;
    if ((results[i] & mask) == expected)
      continue;
    ++shown;
    ADD_FAILURE() << test.code << std::hex << ": a=" << a[i] << " b=" << b[i]
                  << " c=" << c[i] << " gives " << results[i] << ", expected "
                  << expected;
  }
}

} // namespace dlk::exec

#endif // DLK_TEST_UNIT_EXECUTOR_PTXTEST_H

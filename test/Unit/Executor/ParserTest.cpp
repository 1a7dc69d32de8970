// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Texts that must parse, and bad ones that must give one located error.

#include "PtxTest.h"

using namespace dlk::exec;

namespace {

std::string kernel(const std::string &body) {
  return ptxHeader() +
         ".entry k(.param .u64 p) {\n.reg .b32 %r<9>;\n"
         ".reg .b64 %x<9>; .reg .pred %p<3>;\n" +
         body + "\n}\n";
}

TEST(Parser, AcceptsWhatCompilersEmit) {
  auto module = parseOrFail(R"(
// a comment
.version 8.0
.target sm_80, debug
.address_size 64
.file 1 "a.cu"
/* another
   one */
.extern .shared .align 1024 .b8 arena[];
.visible .global .align 4 .u32 counter = 7;
.global .align 8 .u64 table[2] = {counter, generic(counter)+4};
.const .align 4 .b8 text[4] = {104, 0x69, 0, 00};
.global .align 4 .f32 numbers[2][2] = {{0f3F800000, 1.5}, {-2.0e0, 0f00000000}};
.extern .func (.param .b32 r) vprintf (.param .b64 f, .param .b64 a);
.visible .entry k(
 .param .u64 .ptr .global .align 16 k_param_0,
 .param .align 64 .b8 k_param_1[128]
)
.maxntid 128, 1, 1
.minnctapersm 1
{
 .reg .pred  %p<2>;
 .reg .b32  %r<4>;
 .reg .b64  %rd<4>;
 .shared .align 16 .b8 tile[64];
 .loc 1 12 4
 .pragma "nounroll";
 mov.u32  %r1, %tid.x;
$L__BB0_1:
 { .reg .pred p; setp.ne.b32 p, 1, 0; @p bra inside; inside: }
 { .reg .pred p; inside: setp.ne.b32 p, %r1, 0x10U; @!p bra inside; }
 ld.param.u64  %rd1, [k_param_0];
 ld.param.b8  %r2, [ k_param_1 + 127 ];
 mov.b64  %rd2, tile;
 mov.u32  %r3, %clock;
 ret;
}
.section .debug_str { info: .b8 1, 2; }
)");
  ASSERT_TRUE(module);
  const KernelInfo *kernel = module->findKernel("k");
  ASSERT_TRUE(kernel);
  EXPECT_EQ(kernel->params.size(), 2u);
  EXPECT_EQ(kernel->params[1].offset, 64u);
  EXPECT_EQ(kernel->params[1].size, 128u);
  EXPECT_EQ(kernel->staticSharedBytes, 64u);
  EXPECT_EQ(kernel->maxThreads->x, 128u);
  EXPECT_TRUE(kernel->unsupported.empty());
  EXPECT_EQ(module->target(), "sm_80");
}

TEST(Parser, UnknownInstructionsAreListedWithTheirLine) {
  auto module = parseOrFail(kernel("frobnicate.s32 %r1, %r2;\n"
                                   "add.frob.s32 %r1, %r2, %r3;\n"
                                   "add.s32 %r1, %r2, %r3; ret;"));
  ASSERT_TRUE(module);
  const auto &unsupported = module->findKernel("k")->unsupported;
  ASSERT_EQ(unsupported.size(), 2u);
  EXPECT_EQ(unsupported[0],
            "test.ptx:7: unsupported instruction: 'frobnicate.s32'");
  EXPECT_EQ(unsupported[1], "test.ptx:8: unsupported instruction: "
                            "'add.frob.s32' (unknown modifier '.frob')");
  Device device;
  LaunchConfig config;
  config.kernel = "k";
  config.params = {paramOf(0)};
  auto report = launch(*module, device, config);
  ASSERT_TRUE(bool(report));
  EXPECT_EQ(report->status, Status::Unsupported);
  EXPECT_EQ(report->notes, unsupported);
}

struct BadCase {
  const char *body, *error;
};

TEST(Parser, BadBodiesGiveOneLocatedError) {
  const BadCase cases[] = {
      {"add.s32 %r1, %r2, %r3", "test.ptx:8: expected ';': '}'"},
      {"add.s32 %r1, %r2;",
       "test.ptx:7: wrong number of operands of 'add.s32'"},
      {"add.s32 %r1, %r2, %q3;", "test.ptx:7: unknown name: '%q3'"},
      {"mov.u32 %r1, %laneid.w;", "test.ptx:7: unknown name: '%laneid.w'"},
      {"mov.u32 %r1, %pm8;", "test.ptx:7: unknown name: '%pm8'"},
      {"add.s32 %r1, %r2, %r99;", "test.ptx:7: unknown name: '%r99'"},
      {"add.s32 %r1, %r2, %x3;",
       "test.ptx:7: register '%x3' has 64 bits, the instruction needs at most "
       "32 bits"},
      {"add.s32 7, %r2, %r3;", "test.ptx:7: destination is no register"},
      {"@%r1 bra done; done: ret;", "test.ptx:7: guard is no predicate: '%r1'"},
      {"bra nowhere;", "test.ptx:7: unknown label: 'nowhere'"},
      {"a: a: ret;", "test.ptx:7: label is defined twice: 'a', before: 'ret'"},
      {"ld.param.u32 %r1, [q];", "test.ptx:7: unknown name: 'q'"},
      {"ld.global.v2.u32 {%r1}, [%x1];",
       "test.ptx:7: vector of the wrong length"},
      {"mov.u32 %r1, 0xZZ;", "test.ptx:7: bad number"},
      {"mov.f32 %r1, 0f3F;",
       "test.ptx:7: a float bit pattern needs 8 (0f) or 16 (0d) hex digits"},
      {"add %r1, %r2, %r3;", "test.ptx:7: instruction without a type: 'add'"},
      {"/* open", "test.ptx:8: comment is not closed"},
      {".reg .b32 %r<3>;",
       "test.ptx:7: register is declared twice: '%r', before: ';'"},
      {"{{{{", "test.ptx:9: expected an instruction, a label or a directive: "
               "the text ends here"},
      {"mov.b64 {{{{{%r1}}}}}, %x1;",
       "test.ptx:7: operand is nested too deeply: '{'"},
      {".shared .b8 big[99999999];",
       "test.ptx:4: too much static shared memory"},
      {".local .b8 big[99999999999999];",
       "test.ptx:7: variable is too large: 'big'"},
      {".weird x;", "test.ptx:7: unsupported directive: '.weird'"},
  };
  for (const BadCase &test : cases)
    EXPECT_EQ(parseError(kernel(test.body)), test.error) << test.body;
}

TEST(Parser, BadModulesGiveOneLocatedError) {
  EXPECT_EQ(parseError(""), "test.ptx:1: no .version: this is no PTX");
  EXPECT_EQ(parseError(".version 8.0"), "test.ptx:1: no .target");
  EXPECT_EQ(parseError("hello"), "test.ptx:1: expected a directive: 'hello'");
  EXPECT_EQ(parseError(ptxHeader() + ".entry k(.param .u64 p"),
            "test.ptx:4: expected ')': the text ends here");
  EXPECT_EQ(parseError(ptxHeader() + ".entry k() { ret; }\n.entry k() {ret;}"),
            "test.ptx:5: function is defined twice: 'k'");
  EXPECT_EQ(parseError(".version 8.0\n.target sm_80\n.address_size 32"),
            "test.ptx:3: only 64-bit addresses are supported: '32'");
  EXPECT_EQ(parseError(ptxHeader() + ".global .u32 x[2] = {1,2,3};"),
            "test.ptx:4: initialiser is longer than the variable: 'x'");
}

/// Every prefix of a real text ends in an error or in a module, never worse.
TEST(Parser, SurvivesTruncationAndNoise) {
  std::string text = kernel("@%p1 bra a;\nld.global.v4.u32 {%r1,%r2,%r3,%r4}, "
                            "[%x1+16];\na: mov.b64 %x1, {%r1, -5};\n"
                            ".loc 1 2 3\ncall.uni (p), f, (q);\nret;");
  for (size_t n = 0; n < text.size(); ++n) {
    auto module = Module::parse(text.substr(0, n), "cut");
    if (!module)
      llvm::consumeError(module.takeError());
  }
  uint32_t state = 1;
  for (unsigned i = 0; i < 5000; ++i) {
    std::string noisy = text;
    for (unsigned k = 0; k < 3; ++k) {
      state = state * 1664525 + 1013904223;
      noisy[(state >> 8) % noisy.size()] = char(32 + (state >> 24) % 95);
    }
    auto module = Module::parse(noisy, "noise");
    if (!module)
      llvm::consumeError(module.takeError());
  }
}

} // namespace

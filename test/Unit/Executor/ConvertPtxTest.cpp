// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// cvt of small floats as PTX, against Float.h, which is itself checked against
// APFloat: all 16-bit sources, and f32 sources around every 16-bit prefix.

#include "CudaTest.h"
#include "Float.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <cmath>
#include <random>

using namespace dlk::exec;

namespace {

/// Runs `body` for each input: %r5 (and the same bits in %f5, the low half in
/// %h5) to %r6.
std::vector<uint32_t> convertAll(const std::string &body,
                                 const std::vector<uint32_t> &in) {
  std::string ptx = ".version 8.0\n.target sm_90\n.address_size 64\n"
                    ".visible .entry k(.param .u64 in, .param .u64 out)\n{\n"
                    "  .reg .b16 %h<9>; .reg .b32 %r<9>; .reg .f32 %f<9>;\n"
                    "  .reg .b64 %rd<9>; .reg .f64 %fd<9>;\n"
                    "  ld.param.u64 %rd1, [in];\n  ld.param.u64 %rd2, [out];\n"
                    "  mov.u32 %r1, %tid.x;\n  mov.u32 %r2, %ctaid.x;\n"
                    "  mad.lo.u32 %r1, %r2, 256, %r1;\n"
                    "  mul.wide.u32 %rd3, %r1, 4;\n"
                    "  add.s64 %rd1, %rd1, %rd3;\n  add.s64 %rd2, %rd2, %rd3;\n"
                    "  ld.global.u32 %r5, [%rd1];\n"
                    "  mov.b32 %f5, %r5;\n  cvt.u16.u32 %h5, %r5;\n" +
                    body + "  st.global.u32 [%rd2], %r6;\n  ret;\n}\n";
  CudaRun run(ptx);
  uint64_t pin = run.input(in), pout = run.buffer(in.size() * 4);
  run.run("k", {uint32_t(in.size() / 256)}, {256}, Options(), pin, pout);
  return run.output<uint32_t>(pout, in.size());
}

const std::vector<uint32_t> &all16() {
  static const std::vector<uint32_t> values = [] {
    std::vector<uint32_t> result(65536);
    for (uint32_t i = 0; i < 65536; ++i)
      result[i] = i;
    return result;
  }();
  return values;
}

/// Each upper half with lower halves at and around the rounding boundaries.
const std::vector<uint32_t> &manyFloats() {
  static const std::vector<uint32_t> values = [] {
    std::mt19937 random(3);
    std::vector<uint32_t> result;
    for (uint32_t top = 0; top < 65536; ++top)
      for (uint32_t low : {0u, 0x8000u, 0x1000u, uint32_t(random() & 0xffff)})
        result.push_back(top << 16 | low);
    return result;
  }();
  return values;
}

using Reference = llvm::function_ref<uint32_t(uint32_t)>;

void check(const std::string &body, const std::vector<uint32_t> &in,
           Reference expected) {
  std::vector<uint32_t> out = convertAll(body, in);
  unsigned shown = 0;
  for (size_t i = 0; i < in.size() && shown < 4; ++i)
    if (uint32_t right = expected(in[i]); out[i] != right) {
      ADD_FAILURE() << body << "  of 0x" << llvm::utohexstr(in[i])
                    << " gives 0x" << llvm::utohexstr(out[i]) << ", expected 0x"
                    << llvm::utohexstr(right);
      ++shown;
    }
}

const std::pair<const char *, Round> Modes[] = {{"rn", Round::Nearest},
                                                {"rz", Round::Zero}};

TEST(ConvertPtx, floatToHalfAndBF16) {
  for (auto [name, mode] : Modes)
    for (bool relu : {false, true})
      for (auto [type, format] :
           {std::pair("f16", &F16Format), std::pair("bf16", &BF16Format)}) {
        std::string suffix = std::string(relu ? ".relu." : ".") + type;
        check("  cvt." + std::string(name) + suffix +
                  ".f32 %h6, %f5;\n  cvt.u32.u16 %r6, %h6;\n",
              manyFloats(), [&, mode = mode, format = format](uint32_t bits) {
                return encodeFloat(floatOf(bits), *format, {mode, false, relu});
              });
      }
}

TEST(ConvertPtx, halfAndBF16ToFloat) {
  auto exact = [](const FloatFormat &format) {
    return [&format](uint32_t bits) {
      double value = decodeFloat(bits, format);
      return std::isnan(value) ? 1u : bitsOf(float(value));
    };
  };
  // A NaN's payload is not the question here.
  const std::string normal = "  .reg .pred %p1;\n"
                             "  testp.notanumber.f32 %p1, %f6;\n"
                             "  mov.b32 %r6, %f6;\n"
                             "  selp.b32 %r6, 1, %r6, %p1;\n";
  check("  cvt.f32.f16 %f6, %h5;\n" + normal, all16(), exact(F16Format));
  check("  cvt.f32.bf16 %f6, %h5;\n" + normal, all16(), exact(BF16Format));
}

TEST(ConvertPtx, packedResultsHaveTheFirstSourceOnTop) {
  for (auto [name, mode] : Modes)
    for (auto [type, format] :
         {std::pair("f16x2", &F16Format), std::pair("bf16x2", &BF16Format)})
      check("  neg.f32 %f6, %f5;\n  cvt." + std::string(name) + "." + type +
                ".f32 %r6, %f6, %f5;\n",
            manyFloats(), [&, mode = mode, format = format](uint32_t bits) {
              float value = floatOf(bits);
              return encodeFloat(-double(value), *format, {mode}) << 16 |
                     encodeFloat(value, *format, {mode});
            });
}

TEST(ConvertPtx, tf32) {
  std::vector<uint32_t> numbers;
  for (uint32_t bits : manyFloats())
    if (!std::isnan(floatOf(bits)))
      numbers.push_back(bits);
  numbers.resize(numbers.size() / 256 * 256);
  check("  cvt.rna.tf32.f32 %r6, %f5;\n", numbers, [](uint32_t bits) {
    return encodeFloat(floatOf(bits), TF32Format, {Round::NearestAway}) << 13;
  });
}

TEST(ConvertPtx, eightBitFloats) {
  for (auto [type, format] :
       {std::pair("e4m3x2", &E4M3Format), std::pair("e5m2x2", &E5M2Format)}) {
    for (bool relu : {false, true})
      check("  neg.f32 %f6, %f5;\n  cvt.rn.satfinite" +
                std::string(relu ? ".relu." : ".") + type +
                ".f32 %h6, %f6, %f5;\n  cvt.u32.u16 %r6, %h6;\n",
            manyFloats(), [&, format = format](uint32_t bits) {
              Rounding rounding{Round::Nearest, true, relu};
              double value = floatOf(bits);
              return encodeFloat(-value, *format, rounding) << 8 |
                     encodeFloat(value, *format, rounding);
            });
    // And back, both halves of every 16-bit pattern.
    check("  cvt.rn.f16x2." + std::string(type) + " %r6, %h5;\n", all16(),
          [&, format = format](uint32_t bits) {
            return encodeFloat(decodeFloat(bits >> 8, *format), F16Format)
                       << 16 |
                   encodeFloat(decodeFloat(bits & 0xff, *format), F16Format);
          });
  }
}

TEST(ConvertPtx, halfToIntegers) {
  struct Case {
    const char *mode;
    double (*round)(double);
  };
  for (Case c : {Case{"rni", std::nearbyint}, Case{"rzi", std::trunc},
                 Case{"rmi", std::floor}, Case{"rpi", std::ceil}}) {
    auto clamped = [&](double low, double high) {
      return [low, high, c](uint32_t bits) {
        double value = decodeFloat(bits, F16Format);
        if (std::isnan(value))
          return 0u;
        return uint32_t(int64_t(std::min(std::max(c.round(value), low), high)));
      };
    };
    std::string mode = c.mode;
    check("  cvt." + mode + ".s32.f16 %r6, %h5;\n", all16(),
          clamped(INT32_MIN, INT32_MAX));
    check("  cvt." + mode + ".u32.f16 %r6, %h5;\n", all16(),
          clamped(0, UINT32_MAX));
    check("  cvt." + mode + ".s16.f16 %h6, %h5;\n  cvt.s32.s16 %r6, %h6;\n",
          all16(), clamped(INT16_MIN, INT16_MAX));
  }
}

TEST(ConvertPtx, integersToHalf) {
  check("  cvt.rn.f16.s32 %h6, %r5;\n  cvt.u32.u16 %r6, %h6;\n", manyFloats(),
        [](uint32_t bits) { return encodeFloat(int32_t(bits), F16Format); });
  check("  cvt.rz.f16.u16 %h6, %h5;\n  cvt.u32.u16 %r6, %h6;\n", all16(),
        [](uint32_t bits) {
          return encodeFloat(bits, F16Format, {Round::Zero});
        });
}

TEST(ConvertPtx, halfArithmeticRoundsOnce) {
  // Each number with a fixed other one: 1/3 is inexact almost everywhere.
  double third = decodeFloat(0x3555, F16Format);
  auto with = [&](llvm::function_ref<double(double)> exact) {
    return [=](uint32_t bits) {
      return encodeFloat(exact(decodeFloat(bits, F16Format)), F16Format);
    };
  };
  const std::string load = "  mov.b16 %h4, 0x3555;\n";
  const std::string widen = "  cvt.u32.u16 %r6, %h6;\n";
  check(load + "  add.f16 %h6, %h5, %h4;\n" + widen, all16(),
        with([&](double x) { return x + third; }));
  check(load + "  mul.f16 %h6, %h5, %h4;\n" + widen, all16(),
        with([&](double x) { return x * third; }));
  check(load + "  fma.rn.f16 %h6, %h5, %h5, %h4;\n" + widen, all16(),
        with([&](double x) { return x * x + third; }));
}

} // namespace

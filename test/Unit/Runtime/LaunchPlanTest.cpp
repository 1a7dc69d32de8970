// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The reader of launch plans takes what docs/LaunchPlan.md shows and refuses
// everything else by the path of the field; the writer's text is read back to
// the same values.

#include "dlk/Runtime/LaunchPlan.h"
#include "gtest/gtest.h"

using namespace dlk::runtime;

namespace {

/// A plan with one of each thing; tests replace pieces of it.
const char *const complete = R"({
  "dlk_launch_plan": 1,
  "chip": "sm_90a",
  "module": "matmul.ptx",
  "functions": [
    {
      "name": "matmul",
      "buffers": [
        {"name": "arg0", "role": "input", "dtype": "bf16", "shape": [64, 32], "strides": [40, 1], "align": 16},
        {"name": "out0", "role": "output", "dtype": "f32", "shape": [], "strides": [], "align": 4},
        {"name": "ws0", "role": "workspace", "bytes": 1024, "init": "zero", "align": 256},
        {"name": "c0", "role": "constant", "dtype": "f32", "shape": [2], "strides": [1], "align": 4, "data_base64": "AACAPwAAAEA="}
      ],
      "launches": [
        {
          "kernel": "matmul_kernel",
          "grid": [128, 1, 1], "block": [384, 1, 1], "cluster": [2, 1, 1], "shared_bytes": 229440,
          "params": [
            {"tensor_map": {"buffer": "arg0", "offset": 0, "mode": "tiled", "dtype": "bf16", "dims": [32, 64], "strides": [80], "box": [32, 8], "element_strides": [1, 1], "interleave": "none", "swizzle": "128B", "l2_promotion": "128B", "oob_fill": "zeros"}},
            {"tensor_map": {"buffer": "arg0", "offset": 16, "mode": "im2col", "dtype": "bf16", "dims": [8, 4, 4], "strides": [16, 64], "element_strides": [1, 1, 1], "pixel_box_lower": [-1], "pixel_box_upper": [1], "channels_per_pixel": 8, "pixels_per_column": 4, "interleave": "none", "swizzle": "none", "l2_promotion": "none", "oob_fill": "nan"}},
            {"buffer": "out0", "offset": 0},
            {"value": 4096, "dtype": "i32"},
            {"value": 0.5, "dtype": "f32"},
            {"value": -5, "dtype": "i64"},
            {"bytes_base64": "AAD/fw=="}
          ]
        }
      ]
    }
  ]
}
)";

std::string replaced(std::string text, const std::string &from,
                     const std::string &to) {
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string getError(llvm::StringRef text) {
  llvm::Expected<Plan> plan = readPlan(text, "p.json");
  if (plan)
    return "";
  return llvm::toString(plan.takeError());
}

TEST(LaunchPlan, ReadsEveryField) {
  auto plan = readPlan(complete, "p.json");
  ASSERT_TRUE(bool(plan)) << llvm::toString(plan.takeError());
  EXPECT_EQ(plan->chip, "sm_90a");
  const Function *function = plan->findFunction("matmul");
  ASSERT_TRUE(function);
  EXPECT_EQ(plan->findFunction("conv"), nullptr);
  const Buffer &input = function->buffers[0];
  EXPECT_EQ(input.dtype, DType::BF16);
  EXPECT_EQ(getTypeText(input), "bf16 [64x32]");
  EXPECT_EQ(input.bytes, (63 * 40 + 32) * 2u);
  EXPECT_EQ(input.getDenseBytes(), 64 * 32 * 2u);
  EXPECT_EQ(function->findBuffer("out0")->bytes, 4u);
  EXPECT_EQ(function->findBuffer("ws0")->init, Init::Zero);
  EXPECT_EQ(function->findBuffer("c0")->data,
            (std::vector<uint8_t>{0, 0, 0x80, 0x3f, 0, 0, 0, 0x40}));
  const Launch &launch = function->launches[0];
  EXPECT_EQ(launch.cluster, (std::array<uint32_t, 3>{2, 1, 1}));
  EXPECT_EQ(launch.sharedBytes, 229440u);
  const auto &im2col = std::get<TensorMap>(launch.params[1]);
  EXPECT_EQ(im2col.mode, TensorMapMode::Im2col);
  EXPECT_EQ(im2col.pixelBoxLower, std::vector<int32_t>{-1});
  EXPECT_EQ(std::get<BufferParam>(launch.params[2]).buffer, "out0");
  EXPECT_EQ(std::get<int64_t>(std::get<ValueParam>(launch.params[3]).number),
            4096);
  EXPECT_EQ(std::get<double>(std::get<ValueParam>(launch.params[4]).number),
            0.5);
  EXPECT_EQ(std::get<int64_t>(std::get<ValueParam>(launch.params[5]).number),
            -5);
  EXPECT_EQ(std::get<BytesParam>(launch.params[6]).data,
            (std::vector<uint8_t>{0, 0, 0xff, 0x7f}));
}

TEST(LaunchPlan, WriterGivesTheDocumentedText) {
  auto plan = readPlan(complete, "p.json");
  ASSERT_TRUE(bool(plan));
  std::string text;
  llvm::raw_string_ostream os(text);
  writePlan(*plan, os);
  // The launch's extents and the tensor maps are on their lines as above.
  EXPECT_EQ(text, complete);
}

TEST(LaunchPlan, LeftOutFieldsHaveDefaults) {
  std::string text = replaced(complete, R"("cluster": [2, 1, 1], )", "");
  text = replaced(text, R"(, "init": "zero", "align": 256)", "");
  auto plan = readPlan(text, "p.json");
  ASSERT_TRUE(bool(plan)) << llvm::toString(plan.takeError());
  const Function &function = plan->functions[0];
  EXPECT_EQ(function.launches[0].cluster, (std::array<uint32_t, 3>{1, 1, 1}));
  EXPECT_EQ(function.findBuffer("ws0")->init, Init::None);
}

struct BadPlan {
  const char *from, *to, *error;
};

class BadPlans : public testing::TestWithParam<BadPlan> {};

TEST_P(BadPlans, AreRefusedByPath) {
  const BadPlan &bad = GetParam();
  EXPECT_EQ(getError(replaced(complete, bad.from, bad.to)),
            std::string("p.json: ") + bad.error);
}

INSTANTIATE_TEST_SUITE_P(
    Fields, BadPlans,
    testing::Values(
        BadPlan{R"("dlk_launch_plan": 1)", R"("dlk_launch_plan": 2)",
                "dlk_launch_plan: expected version 1, got 2"},
        BadPlan{R"("dlk_launch_plan": 1,)", "",
                "dlk_launch_plan: missing field"},
        BadPlan{R"("chip": "sm_90a")", R"("chip": 90)",
                "chip: expected a string, got 90"},
        BadPlan{R"("matmul.ptx")", R"("../matmul.ptx")",
                "module: expected the name of a file beside the plan, got "
                "\"../matmul.ptx\""},
        BadPlan{R"("chip")", R"("chips": 1, "chip")", "chips: unknown field"},
        BadPlan{R"("functions": [)", R"("functions": [7, )",
                "functions[0]: expected an object, got 7"},
        BadPlan{R"("name": "matmul",)", R"("name": "",)",
                "functions[0].name: expected a name, got \"\""}));

INSTANTIATE_TEST_SUITE_P(
    Buffers, BadPlans,
    testing::Values(
        BadPlan{R"("name": "out0")", R"("name": "arg0")",
                "functions[0].buffers[1]: a second buffer of the name: arg0"},
        BadPlan{R"("role": "input")", R"("role": "in")",
                "functions[0].buffers[0].role: expected one of input output "
                "inout workspace constant, got \"in\""},
        BadPlan{R"("dtype": "bf16")", R"("dtype": "float")",
                "functions[0].buffers[0].dtype: expected one of f64 f32 tf32 "
                "f16 bf16 f8E4M3FN f8E5M2 i64 i32 i16 i8 i4, got \"float\""},
        BadPlan{R"("dtype": "bf16")", R"("dtype": "tf32")",
                "functions[0].buffers[0].dtype: tf32 is a type of tensor maps "
                "only"},
        BadPlan{R"([64, 32])", R"([64, -1])",
                "functions[0].buffers[0].shape[1]: expected an integer of "
                "0..1099511627776, got -1"},
        BadPlan{R"([64, 32])", R"([64])",
                "functions[0].buffers[0].strides: expected 1 integers, got "
                "[40,1]"},
        BadPlan{R"([40, 1])", R"([31, 1])",
                "functions[0].buffers[0].strides: elements overlap: stride 31"},
        BadPlan{R"([40, 1])", R"([0, 1])",
                "functions[0].buffers[0].strides: elements overlap: stride 0"},
        BadPlan{R"([64, 32])", R"([1099511627776, 32])",
                "functions[0].buffers[0].strides: too large: bf16 "
                "[1099511627776x32], at most 2^40 bytes"},
        BadPlan{
            R"("shape": [64, 32], "strides": [40, 1])",
            R"("shape": [1099511627776, 1099511627776, 0], "strides": [1, 1, 1])",
            "functions[0].buffers[0].strides: too large: bf16 "
            "[1099511627776x1099511627776x0], at most 2^40 bytes"},
        BadPlan{R"([64, 32])", R"(["n", 32])",
                "functions[0].buffers[0].shape[0]: dynamic plans are not "
                "supported yet: \"n\""},
        BadPlan{R"("align": 16)", R"("align": 24)",
                "functions[0].buffers[0].align: expected a power of two, got "
                "24"},
        BadPlan{R"("align": 16)", R"("align": 16, "bytes": 7)",
                "functions[0].buffers[0].bytes: unknown field"},
        BadPlan{R"("bytes": 1024)", R"("bytes": 1e18)",
                "functions[0].buffers[2].bytes: expected an integer of "
                "0..1099511627776, got 1e+18"},
        BadPlan{R"("init": "zero")", R"("init": "ones")",
                "functions[0].buffers[2].init: expected \"zero\" or \"none\", "
                "got \"ones\""},
        BadPlan{R"("AACAPwAAAEA=")", R"("AACAPw==")",
                "functions[0].buffers[3].data_base64: expected 8 bytes for f32 "
                "[2], got 4"},
        BadPlan{R"(, "data_base64": "AACAPwAAAEA=")", "",
                "functions[0].buffers[3].data_base64: missing field"}));

INSTANTIATE_TEST_SUITE_P(
    Launches, BadPlans,
    testing::Values(
        BadPlan{R"([128, 1, 1])", R"([1,2])",
                "functions[0].launches[0].grid: expected 3 positive integers, "
                "got [1,2]"},
        BadPlan{R"([128, 1, 1])", R"([0, 1, 1])",
                "functions[0].launches[0].grid: expected 3 positive integers, "
                "got [0,1,1]"},
        BadPlan{R"([128, 1, 1])", R"([2, 65536, 1])",
                "functions[0].launches[0].grid: expected at most "
                "[2147483647,65535,65535], got [2,65536,1]"},
        BadPlan{R"([128, 1, 1])", R"([1, "arg0.dim0 ceildiv 8", 1])",
                "functions[0].launches[0].grid[1]: dynamic plans are not "
                "supported yet: \"arg0.dim0 ceildiv 8\""},
        BadPlan{R"([384, 1, 1])", R"([512, 4, 1])",
                "functions[0].launches[0].block: expected at most 1024 "
                "threads, got [512,4,1]"},
        BadPlan{R"([2, 1, 1])", R"([3, 1, 1])",
                "functions[0].launches[0].cluster: expected a divisor of the "
                "grid in each dimension, got [3,1,1]"},
        BadPlan{R"("shared_bytes": 229440)", R"("shared_bytes": 1000000)",
                "functions[0].launches[0].shared_bytes: expected an integer of "
                "0..262144, got 1000000"},
        BadPlan{R"("kernel": "matmul_kernel")", R"("kernel": 1)",
                "functions[0].launches[0].kernel: expected a string, got 1"},
        BadPlan{R"("launches")", R"("variants": [], "launches")",
                "functions[0].variants: dynamic plans are not supported yet"}));

INSTANTIATE_TEST_SUITE_P(
    Params, BadPlans,
    testing::Values(
        BadPlan{R"({"buffer": "out0", "offset": 0})", R"({"buffer": "x"})",
                "functions[0].launches[0].params[2].buffer: no buffer of that "
                "name: x"},
        BadPlan{R"("out0", "offset": 0})", R"("out0", "offset": 5})",
                "functions[0].launches[0].params[2].offset: beyond the end of "
                "out0, which has 4 bytes: 5"},
        BadPlan{R"({"buffer": "out0", "offset": 0})", R"({})",
                "functions[0].launches[0].params[2]: expected an object with "
                "buffer, value, tensor_map or bytes_base64, got {}"},
        BadPlan{R"("value": 4096)", R"("value": 4294967296)",
                "functions[0].launches[0].params[3].value: expected an integer "
                "of -2147483648..4294967295, got 4294967296"},
        BadPlan{R"("value": 4096)", R"("value": 0.5)",
                "functions[0].launches[0].params[3].value: expected an integer "
                "of -2147483648..4294967295, got 0.5"},
        BadPlan{R"("value": -5)", R"("value": 0.5)",
                "functions[0].launches[0].params[5].value: expected an integer "
                "of at least -9223372036854775808, got 0.5"},
        BadPlan{R"("AAD/fw==")", R"("")",
                "functions[0].launches[0].params[6].bytes_base64: expected 1 "
                "to 32764 bytes, got 0"},
        BadPlan{R"("mode": "tiled")", R"("mode": "tile")",
                "functions[0].launches[0].params[0].tensor_map.mode: expected "
                "one of tiled im2col, got \"tile\""},
        BadPlan{R"("dims": [32, 64])", R"("dims": [])",
                "functions[0].launches[0].params[0].tensor_map.dims: expected "
                "1 to 5 integers, got []"},
        BadPlan{R"("strides": [80])", R"("strides": [80, 2])",
                "functions[0].launches[0].params[0].tensor_map.strides[1]: "
                "expected an integer of 16..1099511627775, got 2"},
        BadPlan{R"("box": [32, 8])", R"("box": [32])",
                "functions[0].launches[0].params[0].tensor_map.box: expected 2 "
                "integers, got [32]"},
        BadPlan{R"("swizzle": "128B")", R"("swizzle": "12B")",
                "functions[0].launches[0].params[0].tensor_map.swizzle: "
                "expected one of none 32B 64B 128B, got \"12B\""},
        BadPlan{R"("mode": "im2col")", R"("mode": "im2col", "box": [1])",
                "functions[0].launches[0].params[1].tensor_map.box: unknown "
                "field"}));

TEST(LaunchPlan, RefusesWhatIsNoPlan) {
  EXPECT_NE(getError("{").find("p.json: not JSON: [1:"), std::string::npos);
  EXPECT_EQ(getError("[]"), "p.json: expected an object, got []");
  EXPECT_EQ(getError(std::string(1000000, '[')),
            "p.json: not a plan: nested too deeply");
  EXPECT_NE(getError(replaced(complete, "AACAPwAAAEA=", "%%%%"))
                .find("functions[0].buffers[3].data_base64: not base64"),
            std::string::npos);
}

TEST(LaunchPlan, IntegersOf64BitsKeepTheirBits) {
  auto plan = readPlan(
      replaced(complete, R"("value": -5)", R"("value": 18446744073709551615)"),
      "p.json");
  ASSERT_TRUE(bool(plan)) << llvm::toString(plan.takeError());
  const Param &param = plan->functions[0].launches[0].params[5];
  EXPECT_EQ(std::get<int64_t>(std::get<ValueParam>(param).number), -1);
}

TEST(LaunchPlan, NeverCrashesOnCutOrChangedText) {
  std::string text = complete;
  for (size_t cut = 0; cut < text.size(); cut += 7)
    getError(text.substr(0, cut));
  for (size_t i = 0; i < text.size(); ++i)
    for (char c : {'"', '9', '-', '{', ']', ' '}) {
      std::string changed = text;
      changed[i] = c;
      getError(changed);
    }
}

} // namespace

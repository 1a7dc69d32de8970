// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compiling from a program: what an embedder writes, and what it gets back.

#include "dlk/Pipelines/Compile.h"
#include "dlk/InitAll.h"
#include "dlk/Pipelines/Phases.h"
#include "dlk/Runtime/LaunchPlan.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace dlk;

namespace {

constexpr llvm::StringLiteral source = R"(
func.func @matmul(%a: tensor<64x64xf16>, %b: tensor<64x64xf16>) -> tensor<64x64xf32> {
  %z = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<64x64xf32>
  %i = linalg.fill ins(%z : f32) outs(%e : tensor<64x64xf32>) -> tensor<64x64xf32>
  %r = linalg.matmul ins(%a, %b : tensor<64x64xf16>, tensor<64x64xf16>)
                     outs(%i : tensor<64x64xf32>) -> tensor<64x64xf32>
  return %r : tensor<64x64xf32>
}
)";

class CompileTest : public testing::Test {
protected:
  CompileTest() : context(makeRegistry()) {
    context.getDiagEngine().registerHandler([&](mlir::Diagnostic &diagnostic) {
      diagnostics.push_back(diagnostic.str());
      return mlir::success();
    });
    module = mlir::parseSourceString<mlir::ModuleOp>(source, &context);
  }

  static mlir::DialectRegistry makeRegistry() {
    mlir::DialectRegistry registry;
    registerAllDialects(registry);
    return registry;
  }

  mlir::MLIRContext context;
  std::vector<std::string> diagnostics;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

TEST_F(CompileTest, BundleWithoutPtxas) {
  CompileOptions options;
  options.chip = "sm_80";
  EmitOptions emission;
  emission.cuda.fallback = "";
  mlir::FailureOr<Artifact> bundle = compile(*module, options, emission);
  ASSERT_TRUE(succeeded(bundle));
  ASSERT_EQ(bundle->files.size(), 3u);
  EXPECT_EQ(bundle->files[0].name, "matmul.ptx");
  EXPECT_EQ(bundle->files[1].name, "report.json");
  EXPECT_EQ(bundle->files[2].name, "plan.json");
  auto plan = runtime::readPlan(bundle->files[2].contents, "plan.json");
  ASSERT_TRUE(bool(plan)) << llvm::toString(plan.takeError());
  ASSERT_EQ(plan->functions.size(), 1u);
  EXPECT_EQ(plan->functions[0].name, "matmul");
  EXPECT_EQ(plan->functions[0].buffers.size(), 3u);
  EXPECT_TRUE(diagnostics.empty());
}

TEST_F(CompileTest, OptionsFromTextAreTheSame) {
  CompileOptions options;
  ASSERT_TRUE(succeeded(options.parseFromString("chip=sm_80 stop-after=tile")));
  EXPECT_EQ(options.chip, "sm_80");
  EXPECT_EQ(options.stopAfter, "tile");
  EXPECT_TRUE(options.verifyPhases);
  EXPECT_FALSE(options.remarks);
}

TEST_F(CompileTest, WrongChip) {
  CompileOptions options;
  options.chip = "sm_10";
  EXPECT_TRUE(failed(compile(*module, options, EmitOptions())));
  ASSERT_EQ(diagnostics.size(), 1u);
  EXPECT_NE(diagnostics[0].find("'sm_10'"), std::string::npos);
}

TEST_F(CompileTest, StoppedTooEarlyToEmit) {
  CompileOptions options;
  options.chip = "sm_80";
  options.stopAfter = "schedule";
  EXPECT_TRUE(failed(compile(*module, options, EmitOptions())));
  ASSERT_EQ(diagnostics.size(), 1u);
  EXPECT_NE(diagnostics[0].find("nothing to emit"), std::string::npos);
}

TEST_F(CompileTest, CubinNeedsPtxas) {
  CompileOptions options;
  options.chip = "sm_80";
  EmitOptions emission;
  emission.kind = EmitKind::cubin;
  emission.cuda.fallback = "/nowhere";
  EXPECT_TRUE(failed(compile(*module, options, emission)));
  ASSERT_EQ(diagnostics.size(), 1u);
  EXPECT_EQ(diagnostics[0], "ptxas is not found: looked at --ptxas, CUDA_HOME, "
                            "PATH and /nowhere");
}

TEST(Phases, NamesAndPlaces) {
  EXPECT_EQ(findPhase("import"), 0u);
  EXPECT_EQ(findPhase("emit"), getPhases().size() - 1);
  EXPECT_FALSE(findPhase("Import"));
  EXPECT_FALSE(findPhase(""));
  for (const Phase &phase : getPhases())
    EXPECT_FALSE(phase.sentence.empty());
}

} // namespace

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every row of the instruction table is executed by a test: with each of its
// types and modifiers by the sweeps, or by the test that is named here (one
// of this program, or a file of the conformance kit).

#include "PtxTest.h"
#include "RowSweep.h"
#include "llvm/Support/FileSystem.h"
#include <map>
#include <set>

using namespace dlk::exec;

namespace {

struct Elsewhere {
  const char *mnemonic; ///< "ld", or "bar.*" for all that begin so.
  const char *words;    ///< Types and modifiers, "*" for all.
  const char *test;
};

const Elsewhere elsewhere[] = {
    {"add", "cc", "AluInteger.CarryChains"},
    {"sub", "cc", "AluInteger.CarryChains"},
    {"mad", "cc", "AluInteger.CarryChains"},
    {"addc", "*", "AluInteger.CarryChains"},
    {"subc", "*", "AluInteger.CarryChains"},
    {"madc", "*", "AluInteger.CarryChains"},
    {"div", "approx full", "Approximation.staysWithinTheStatedError"},
    {"rcp", "approx", "Approximation.staysWithinTheStatedError"},
    {"sqrt", "approx", "Approximation.staysWithinTheStatedError"},
    {"rsqrt", "*", "Approximation.staysWithinTheStatedError"},
    {"sin", "*", "Approximation.staysWithinTheStatedError"},
    {"cos", "*", "Approximation.staysWithinTheStatedError"},
    {"lg2", "*", "Approximation.staysWithinTheStatedError"},
    {"ex2", "*", "Approximation.staysWithinTheStatedError"},
    {"tanh", "*", "Approximation.staysWithinTheStatedError"},
    {"setp", "f16x2 bf16x2", "RowCoverage.comparisonsOfPairs"},
    {"cvt", "rna tf32", "ConvertPtx.tf32"},
    {"cvt.pack", "*", "AluInteger.Conversions"},
    {"cvta*", "*", "Memory.SpacesAndGenericAddresses"},
    {"isspacep", "*", "Memory.SpacesAndGenericAddresses"},
    {"getctarank", "*", "conformance/cases/facts.py"},
    {"mapa", "*", "Cluster.DistributedSharedMemory"},
    {"ldu", "*", "conformance/cases/control.py"},
    {"ld", "*", "Memory.WidthsSignsAndVectors"},
    {"st", "*", "Memory.WidthsSignsAndVectors"},
    {"atom", "*", "Memory.Atomics"},
    {"red", "*", "Memory.Atomics"},
    {"prefetch*", "*", "RowCoverage.instructionsWithoutEffect"},
    {"applypriority", "*", "RowCoverage.instructionsWithoutEffect"},
    {"discard", "*", "RowCoverage.instructionsWithoutEffect"},
    {"createpolicy", "*", "RowCoverage.instructionsWithoutEffect"},
    {"membar", "*", "RowCoverage.instructionsWithoutEffect"},
    {"fence", "*", "RowCoverage.instructionsWithoutEffect"},
    {"brkpt", "*", "RowCoverage.instructionsWithoutEffect"},
    {"nanosleep", "*", "RowCoverage.instructionsWithoutEffect"},
    {"pmevent", "*", "RowCoverage.instructionsWithoutEffect"},
    {"griddepcontrol", "*", "RowCoverage.instructionsWithoutEffect"},
    {"setmaxnreg", "*", "RowCoverage.instructionsWithoutEffect"},
    {"bra", "*", "Control.LoopsWithATripCountPerLane"},
    {"brx.idx", "*", "Control.BranchTables"},
    {"call", "*", "Control.CallsKeepTheCallersRegisters"},
    {"ret", "*", "Control.CallsKeepTheCallersRegisters"},
    {"exit", "*", "Control.LanesMayExitEarly"},
    {"trap", "*", "Control.TrapIsAFinding"},
    {"shfl.sync", "*", "Warp.Shuffles"},
    {"vote.sync", "*", "Warp.VotesAndMatches"},
    {"match.*", "*", "Warp.VotesAndMatches"},
    {"redux.sync", "*", "Warp.VotesAndMatches"},
    {"activemask", "*", "Control.LoopsWithATripCountPerLane"},
    {"elect.sync", "*", "Warp.VotesAndMatches"},
    {"bar.warp.sync", "*", "Barrier.WarpSyncJoinsDifferentPlaces"},
    {"bar.cta.*", "*", "conformance/cases/control.py"},
    {"bar.*", "*", "Barrier.Reductions"},
    {"barrier.cluster.*", "*", "Cluster.DistributedSharedMemory"},
    {"barrier.red", "*", "RacePtx.reductionBarrierOrdersToo"},
    {"barrier.arrive", "*", "ClusterRace.remoteArrivalPublishes"},
    {"barrier.cta.*", "*", "conformance/cases/control.py"},
    {"barrier.*", "*", "Barrier.ProducersArriveConsumersWait"},
    {"cp.async", "*", "TensorPtx.copyOfFourBytesWithSourceSize"},
    {"cp.async.commit_group", "*", "TensorPtx.copyOfFourBytesWithSourceSize"},
    {"cp.async.wait_*", "*", "TensorPtx.copyOfFourBytesWithSourceSize"},
    {"cp.async.mbarrier.arrive", "*", "conformance/cases/memory.py"},
    {"ldmatrix", "*", "MatrixPtx.roundTripsThroughSharedMemory"},
    {"stmatrix", "*", "MatrixPtx.roundTripsThroughSharedMemory"},
    {"movmatrix", "*", "TensorPtx.stmatrixAndMovmatrix"},
    {"mma", "*", "MmaPtx.permutationsAndWholeNumbersThroughEveryForm"},
    {"wmma.*", "*", "Wmma.productsOfMatricesInMemory"},
    {"mbarrier.inval", "*", "conformance/cases/barriers.py"},
    {"mbarrier.arrive_drop", "*", "conformance/cases/barriers.py"},
    {"mbarrier.*", "*", "Mbarrier.transactions"},
    {"cp.async.bulk.prefetch*", "*", "conformance/cases/tma_tiles.py"},
    {"tensormap.*", "*", "conformance/cases/tensormap.py"},
    {"cp.async.bulk*", "*", "BulkTensor.loadsLikeALoopOverElements"},
    {"cp.reduce.async.bulk.tensor", "*", "conformance/cases/tma_tiles.py"},
    {"cp.reduce.async.bulk*", "*", "AsyncStore.bulkReductionIntoAnotherCta"},
    {"st.async", "*", "AsyncStore.wordsAndVectors"},
    {"red.async", "*", "AsyncStore.reductions"},
    {"wgmma.*", "*", "Wgmma.everySizeOfN"},
};

bool matches(llvm::StringRef pattern, llvm::StringRef name) {
  return pattern.ends_with("*") ? name.starts_with(pattern.drop_back())
                                : name == pattern;
}

/// The first entry counts: the test of a word of a row.
const Elsewhere *elsewhereOf(llvm::StringRef mnemonic, llvm::StringRef word) {
  for (const Elsewhere &entry : elsewhere) {
    if (!matches(entry.mnemonic, mnemonic))
      continue;
    llvm::SmallVector<llvm::StringRef, 8> words;
    llvm::StringRef(entry.words).split(words, ' ');
    if (words[0] == "*" || llvm::is_contained(words, word))
      return &entry;
  }
  return nullptr;
}

/// A test of this program, or a file of the conformance kit's cases.
bool testExists(llvm::StringRef name) {
  if (name.contains('/'))
    return llvm::sys::fs::exists(DLK_FUZZ_DIR "/../../" + name);
  auto [suite, test] = name.split('.');
  const auto &unit = *testing::UnitTest::GetInstance();
  for (int i = 0; i < unit.total_test_suite_count(); ++i) {
    const testing::TestSuite &candidate = *unit.GetTestSuite(i);
    for (int k = 0; k < candidate.total_test_count(); ++k)
      if (suite == candidate.name() && test == candidate.GetTestInfo(k)->name())
        return true;
  }
  return false;
}

TEST(RowCoverage, everyWordOfEveryRowHasATest) {
  std::map<std::string, std::set<std::string>> swept;
  std::string sweeps, named; // for scripts/instruction-coverage
  for (const Form &form : allForms()) {
    sweeps += form.text + " ";
    auto &words = swept[form.opcode.row->mnemonic.str()];
    for (Type type : form.opcode.types)
      words.insert(typeName(type).str());
    for (llvm::StringRef word : form.opcode.modifiers)
      words.insert(word.str());
  }
  for (const InstructionRow &row : instructionTable()) {
    const auto &known = swept[row.mnemonic.str()];
    llvm::SmallVector<llvm::StringRef, 16> words;
    row.types.split(words, ' ', -1, false);
    row.modifiers.split(words, ' ', -1, false);
    if (words.empty())
      words.push_back("-");
    bool inThisProgram = false;
    for (llvm::StringRef word : words) {
      if (known.count(word.str()) || (word == "-" && !known.empty()))
        continue;
      const Elsewhere *entry = elsewhereOf(row.mnemonic, word);
      EXPECT_TRUE(entry) << row.mnemonic.str() << ": no sweep and no test has '"
                         << word.str() << "'";
      inThisProgram |= entry && !llvm::StringRef(entry->test).contains('/');
    }
    if (inThisProgram)
      named += row.mnemonic.str() + " ";
  }
  RecordProperty("sweeps", sweeps);
  RecordProperty("named", named);
}

TEST(RowCoverage, namedTestsExist) {
  for (const Elsewhere &entry : elsewhere)
    EXPECT_TRUE(testExists(entry.test)) << entry.test;
}

/// Two predicates from the halves of two words, alone and combined.
TEST(RowCoverage, comparisonsOfPairs) {
  std::vector<uint64_t> a, b, c;
  for (uint64_t x : {0x00003c00u, 0x3c003c00u, 0x7e00bc00u, 0x00010000u})
    for (uint64_t y : {0x3c000000u, 0x3c003c00u, 0xbc007e00u, 0u})
      for (uint64_t z : {0, 1}) {
        a.push_back(x);
        b.push_back(y);
        c.push_back(z);
      }
  for (Type type : {Type::f16, Type::bf16}) {
    std::string name = typeName(type).str() + "x2";
    auto got =
        evaluate("{ .reg .pred %c; setp.ne.u32 %c, %rc, 0;\n"
                 "setp.le.or." +
                     name +
                     " %pd|%pq, %ra, %rb, %c; }\n"
                     "selp.u32 %rd, 1, 0, %pd; @%pq add.u32 %rd, %rd, 2;",
                 32, a, b, c);
    for (size_t i = 0; i < got.size(); ++i) {
      uint64_t expected = c[i] ? 3 : 0;
      for (unsigned half : {0u, 1u}) {
        auto order = floatFrom(a[i] >> (16 * half), type)
                         .compare(floatFrom(b[i] >> (16 * half), type));
        if (order == llvm::APFloat::cmpLessThan ||
            order == llvm::APFloat::cmpEqual)
          expected |= 1 << half;
      }
      EXPECT_EQ(got[i], expected)
          << name << " " << std::hex << a[i] << " " << b[i] << " " << c[i];
    }
  }
}

TEST(RowCoverage, instructionsWithoutEffect) {
  KernelRun run = runKernel("mov.u32 %r1, 7;\n"
                            "prefetch.global.L1 [%x0]; prefetch.global.L2 "
                            "[%x0];\n"
                            "prefetchu.L1 [%x0];\n"
                            "applypriority.global.L2::evict_normal [%x0], "
                            "128;\n"
                            "discard.global.L2 [%x0], 128;\n"
                            "createpolicy.fractional.L2::evict_last.b64 %x1, "
                            "1.0;\n"
                            "membar.gl; membar.cta; fence.acq_rel.gpu;\n"
                            "fence.sc.cta; fence.proxy.async;\n"
                            "nanosleep.u32 20; pmevent 1; brkpt;\n"
                            "griddepcontrol.launch_dependents;\n"
                            "griddepcontrol.wait;\n"
                            "setmaxnreg.inc.sync.aligned.u32 240;\n" +
                                std::string(storeR1),
                            {128, 1, 1});
  EXPECT_EQ(statusName(run.report.status).str(), "clean");
  EXPECT_EQ(run.out[127], 7u);
}

} // namespace

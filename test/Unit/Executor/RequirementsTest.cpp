// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A module may have just those instructions that ptxas takes for its .version
// and .target: every form of the sweeps and an example of each other entry of
// Requirements.def, for all versions and chips.

#include "Requirements.h"
#include "PtxTest.h"
#include "PtxasTest.h"
#include "RowSweep.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Regex.h"
#include <map>
#include <set>

using namespace dlk::exec;

namespace {

const char *const examples[] = {
    "ld.shared::cta.u32 %r1, [%r2];",
    "ld.shared::cluster.u32 %r1, [%r2];",
    "ld.acquire.cluster.global.u32 %r1, [%x1];",
    "ld.mmio.relaxed.sys.global.u32 %r1, [%x1];",
    "st.mmio.relaxed.sys.global.u32 [%x1], %r1;",
    "ld.global.L1::no_allocate.u32 %r1, [%x1];",
    "ld.global.L2::128B.u32 %r1, [%x1];",
    "ld.global.L2::256B.u32 %r1, [%x1];",
    "ld.global.L2::cache_hint.u32 %r1, [%x1], %x2;",
    "ld.global.v2.b64 {%x1, %x2}, [%x1];",
    "ld.global.v4.b64 {%x1, %x2, %x3, %x4}, [%x1];",
    "ld.global.v8.b32 {%r1, %r2, %r3, %r4, %r5, %r6, %r7, %r8}, [%x1];",
    "ld.global.L2::evict_last.v4.b64 {%x1, %x2, %x3, %x4}, [%x1];",
    "st.global.L1::no_allocate.u32 [%x1], %r1;",
    "st.global.L2::cache_hint.u32 [%x1], %r1, %x2;",
    "st.global.v4.b64 [%x1], {%x1, %x2, %x3, %x4};",
    "st.global.v8.b32 [%x1], {%r1, %r2, %r3, %r4, %r5, %r6, %r7, %r8};",
    "ld.global.L2::evict_first.v8.b32 {%r1, %r2, %r3, %r4, %r5, %r6, %r7, "
    "%r8}, [%x1];",
    "st.global.L2::evict_last.v4.b64 [%x1], {%x1, %x2, %x3, %x4};",
    "ld.param::entry.u32 %r1, [%x1];",
    "st.param::func.u32 [%x1], %r1;",
    "cvta.param.u64 %x1, %x2;",
    "cvta.param::entry.u64 %x1, %x2;",
    "cvta.to.param.u64 %x1, %x2;",
    "isspacep.param %p1, %x1;",
    "membar.proxy.alias;",
    "isspacep.shared::cta %p1, %x1;",
    "isspacep.shared::cluster %p1, %x1;",
    "atom.global.L2::cache_hint.add.u32 %r1, [%x1], %r2, %x2;",
    "red.global.L2::cache_hint.add.u32 [%x1], %r2, %x2;",
    "atom.global.add.noftz.f16x2 %r1, [%x1], %r2;",
    "atom.global.add.noftz.bf16x2 %r1, [%x1], %r2;",
    "red.global.add.noftz.bf16x2 [%x1], %r2;",
    "atom.global.v2.f32.add {%f1, %f2}, [%x1], {%f1, %f2};",
    "red.global.v2.f32.add [%x1], {%f1, %f2};",
    "prefetch.global.L2 [%x1];",
    "prefetch.global.L2::evict_last [%x1];",
    "prefetch.tensormap [%x1];",
    "applypriority.global.L2::evict_normal [%x1], 128;",
    "discard.global.L2 [%x1], 128;",
    "createpolicy.fractional.L2::evict_first.b64 %x1, 1.0;",
    "fence.proxy.alias;",
    "fence.proxy.async;",
    "fence.proxy.async.shared::cta;",
    "fence.mbarrier_init.release.cluster;",
    "fence.proxy.tensormap::generic.acquire.gpu [%x1], 128;",
    "fence.proxy.tensormap::generic.release.gpu;",
    "fence.acq_rel.gpu;",
    "fence.acq_rel.cluster;",
    "fence.acquire.sync_restrict::shared::cluster.cluster;",
    "tanh.approx.f32 %f1, %f2;",
    "tanh.approx.f16 %h1, %h2;",
    "tanh.approx.bf16 %h1, %h2;",
    "ex2.approx.f16 %h1, %h2;",
    "ex2.approx.ftz.bf16x2 %r1, %r2;",
    "cvt.rna.tf32.f32 %r1, %f1;",
    "cvt.rna.satfinite.tf32.f32 %r1, %f1;",
    "cvt.rn.satfinite.f16.f32 %h1, %f1;",
    "cvt.f32.bf16 %f1, %h1;",
    "cvt.pack.sat.s16.s32 %r1, %r2, %r3;",
    "redux.sync.add.u32 %r1, %r2, -1;",
    "redux.sync.min.f32 %f1, %f2, -1;",
    "elect.sync %r1|%p1, -1;",
    "bar.sync 0;",
    "bar.cta.sync 0;",
    "barrier.cta.red.popc.aligned.u32 %r1, 0, %p1;",
    "barrier.cluster.arrive.aligned;",
    "barrier.cluster.wait.aligned;",
    "barrier.cluster.arrive.release.aligned;",
    "barrier.cluster.arrive.relaxed.aligned;",
    "barrier.cluster.wait.acquire.aligned;",
    "mapa.shared::cluster.u32 %r1, %r2, %r3;",
    "mapa.u64 %x1, %x2, %r3;",
    "getctarank.u64 %r1, %x2;",
    "griddepcontrol.wait;",
    "setmaxnreg.inc.sync.aligned.u32 240;",
    "cp.async.ca.shared.global [%r1], [%x1], 16;",
    "cp.async.cg.shared.global.L2::128B [%r1], [%x1], 16;",
    "cp.async.commit_group;",
    "cp.async.wait_group 0;",
    "cp.async.wait_all;",
    "cp.async.mbarrier.arrive.noinc.shared.b64 [%r1];",
    "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%r1], "
    "[%x1], 16, [%r2];",
    "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::"
    "bytes [%r1], [%x1, {%r2, %r3}], [%r4];",
    "cp.async.bulk.commit_group;",
    "cp.async.bulk.wait_group.read 0;",
    "cp.async.bulk.prefetch.L2.global [%x1], 16;",
    "cp.reduce.async.bulk.global.shared::cta.bulk_group.add.u32 [%x1], [%r1], "
    "16;",
    "mbarrier.init.shared.b64 [%r1], 1;",
    "mbarrier.init.shared::cta.b64 [%r1], 1;",
    "mbarrier.inval.shared.b64 [%r1];",
    "mbarrier.pending_count.b64 %r1, %x1;",
    "mbarrier.arrive.shared.b64 %x1, [%r1];",
    "mbarrier.arrive.noComplete.shared.b64 %x1, [%r1], 1;",
    "mbarrier.arrive.release.cta.shared.b64 %x1, [%r1];",
    "mbarrier.arrive.relaxed.cta.shared.b64 %x1, [%r1];",
    "mbarrier.arrive.release.cluster.shared::cluster.b64 _, [%r1];",
    "mbarrier.arrive.expect_tx.shared.b64 %x1, [%r1], 16;",
    "mbarrier.arrive_drop.shared.b64 %x1, [%r1];",
    "mbarrier.expect_tx.relaxed.cta.shared.b64 [%r1], 16;",
    "mbarrier.complete_tx.relaxed.cta.shared.b64 [%r1], 16;",
    "mbarrier.test_wait.shared.b64 %p1, [%r1], %x1;",
    "mbarrier.test_wait.parity.shared.b64 %p1, [%r1], 0;",
    "mbarrier.test_wait.acquire.cta.shared.b64 %p1, [%r1], %x1;",
    "mbarrier.test_wait.relaxed.cta.shared.b64 %p1, [%r1], %x1;",
    "mbarrier.try_wait.shared.b64 %p1, [%r1], %x1;",
    "mbarrier.try_wait.relaxed.cta.shared.b64 %p1, [%r1], %x1;",
    "mbarrier.try_wait.parity.acquire.cluster.shared.b64 %p1, [%r1], 0;",
    "st.async.shared::cluster.mbarrier::complete_tx::bytes.u32 [%r1], %r2, "
    "[%r3];",
    "red.async.relaxed.cluster.shared::cluster.mbarrier::complete_tx::bytes."
    "add.u32 [%r1], %r2, [%r3];",
    "tensormap.replace.tile.rank.shared::cta.b1024.b32 [%r1], 2;",
    "tensormap.cp_fenceproxy.global.shared::cta.tensormap::generic.release."
    "gpu.sync.aligned [%x1], [%r1], 128;",
    "ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r1}, [%r2];",
    "stmatrix.sync.aligned.m8n8.x1.shared.b16 [%r2], {%r1};",
    "movmatrix.sync.aligned.m8n8.trans.b16 %r1, %r2;",
    "mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%f1, %f2, %f3, %f4}, "
    "{%r1, %r2}, {%r3}, {%f1, %f2, %f3, %f4};",
    "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%f1, %f2, %f3, %f4}, "
    "{%r1, %r2, %r3, %r4}, {%r5, %r6}, {%f1, %f2, %f3, %f4};",
    "mma.sync.aligned.m16n8k8.row.col.f32.bf16.bf16.f32 {%f1, %f2, %f3, %f4}, "
    "{%r1, %r2}, {%r3}, {%f1, %f2, %f3, %f4};",
    "mma.sync.aligned.m16n8k4.row.col.f32.tf32.tf32.f32 {%f1, %f2, %f3, %f4}, "
    "{%r1, %r2}, {%r3}, {%f1, %f2, %f3, %f4};",
    "mma.sync.aligned.m8n8k4.row.col.f64.f64.f64.f64 {%d1, %d2}, {%d3}, {%d4}, "
    "{%d1, %d2};",
    "mma.sync.aligned.m16n8k4.row.col.f64.f64.f64.f64 {%d1, %d2, %d3, %d4}, "
    "{%d1, %d2}, {%d3}, {%d1, %d2, %d3, %d4};",
    "mma.sync.aligned.m8n8k16.row.col.s32.s8.s8.s32 {%r1, %r2}, {%r3}, {%r4}, "
    "{%r1, %r2};",
    "mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%r1, %r2, %r3, %r4}, "
    "{%r1, %r2, %r3, %r4}, {%r5, %r6}, {%r1, %r2, %r3, %r4};",
    "mma.sync.aligned.m8n8k128.row.col.s32.b1.b1.s32.xor.popc {%r1, %r2}, "
    "{%r3}, {%r4}, {%r1, %r2};",
    "mma.sync.aligned.m8n8k128.row.col.s32.b1.b1.s32.and.popc {%r1, %r2}, "
    "{%r3}, {%r4}, {%r1, %r2};",
    "mma.sync.aligned.m16n8k32.row.col.f32.e4m3.e5m2.f32 {%f1, %f2, %f3, %f4}, "
    "{%r1, %r2, %r3, %r4}, {%r5, %r6}, {%f1, %f2, %f3, %f4};",
    "mma.sync.aligned.m16n8k32.row.col.f16.e4m3.e4m3.f16 {%r1, %r2}, "
    "{%r1, %r2, %r3, %r4}, {%r5, %r6}, {%r1, %r2};",
    "mma.sync.aligned.m16n8k16.row.col.f32.e4m3.e4m3.f32 {%f1, %f2, %f3, %f4}, "
    "{%r1, %r2}, {%r3}, {%f1, %f2, %f3, %f4};",
    "wmma.load.a.sync.aligned.row.m16n16k16.global.bf16 {%r1, %r2, %r3, %r4}, "
    "[%x1];",
    "wmma.load.c.sync.aligned.row.m8n8k4.global.f64 {%d1, %d2}, [%x1];",
    "wmma.mma.and.popc.sync.aligned.row.col.m8n8k128.s32.b1.b1.s32 {%r1, %r2}, "
    "{%r3}, {%r4}, {%r1, %r2};",
    "wgmma.fence.sync.aligned;",
    "wgmma.commit_group.sync.aligned;",
    "wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16 {%f1, %f2, %f3, %f4}, "
    "%x1, %x2, 1, 1, 1, 0, 0;",
    "wgmma.mma_async.sync.aligned.m64n8k32.s32.s8.u8 {%r1, %r2, %r3, %r4}, "
    "%x1, %x2, 1;",
};

const char *const versions[] = {"6.5", "7.0", "7.1", "7.2", "7.4", "7.5",
                                "7.6", "7.7", "7.8", "8.0", "8.1", "8.3",
                                "8.4", "8.6", "8.7", "8.8"};

/// A chip, the first version that knows it, and the last one to ask about:
/// an entry's version counts alike on all chips.
struct ChipRange {
  const char *chip, *first, *last;
};
const ChipRange chips[] = {{"sm_75", "6.5", "7.0"},  {"sm_80", "7.0", "7.7"},
                           {"sm_86", "7.2", "7.2"},  {"sm_89", "8.1", "8.1"},
                           {"sm_90", "7.8", "7.8"},  {"sm_90a", "8.0", "8.8"},
                           {"sm_100", "8.8", "8.8"}, {"sm_100a", "8.8", "8.8"}};

/// Operands of a form of the sweeps, as EveryRowTest writes them.
std::string operandsOf(const Form &form) {
  auto letter = [](Type type) {
    return type == Type::pred     ? 'p'
           : typeBits(type) == 64 ? 'x'
           : typeBits(type) == 32 ? 'r'
                                  : 'h';
  };
  Type result = form.result != Type::pred && typeBits(form.result) == 8
                    ? Type::b32
                    : form.result;
  std::string text = std::string(" %") + letter(result) + "1";
  for (unsigned i = 0; i < form.sources.size(); ++i)
    text += form.sweep->operands[i + 1] == 'N'
                ? ", 150"
                : std::string(", %") + letter(form.sources[i]) + "23455"[i];
  return text + ";";
}

std::vector<std::string> allLines() {
  std::vector<std::string> lines(std::begin(examples), std::end(examples));
  for (const Form &form : allForms())
    lines.push_back(form.text + operandsOf(form));
  return lines;
}

std::string moduleText(llvm::StringRef version, llvm::StringRef chip,
                       llvm::StringRef body) {
  return (".version " + version + "\n.target " + chip +
          "\n.address_size 64\n.visible .entry k() {\n.reg .pred %p<9>; "
          ".reg .b16 %h<9>; .reg .b32 %r<9>; .reg .b64 %x<9>; .reg .f32 %f<9>; "
          ".reg .f64 %d<9>;\n" +
          body + "\nret;\n}\n")
      .str();
}
constexpr unsigned FirstLine = 6;

/// The lines that ptxas does not take in a module of this version and chip. It
/// finds them in several passes and stops after the first with an error, so
/// what it has found is taken out and it is asked again.
std::set<unsigned> refusedByPtxas(llvm::StringRef version, llvm::StringRef chip,
                                  std::vector<std::string> lines) {
  static const llvm::Regex needed("line ([0-9]+); .*(requires (PTX ISA|.target)"
                                  "|not supported|cannot be compiled)");
  std::set<unsigned> refused;
  for (size_t before = ~size_t(0); before != refused.size();) {
    before = refused.size();
    std::string said =
        ptxasErrors(moduleText(version, chip, llvm::join(lines, "\n")), chip);
    llvm::SmallVector<llvm::StringRef, 64> messages;
    llvm::StringRef(said).split(messages, '\n');
    for (llvm::StringRef message : messages) {
      llvm::SmallVector<llvm::StringRef, 3> parts;
      unsigned line = 0;
      if (!needed.match(message, &parts) || parts[1].getAsInteger(10, line))
        continue;
      refused.insert(line - FirstLine);
      lines.at(line - FirstLine).clear();
    }
  }
  return refused;
}

Opcode opcodeOf(llvm::StringRef line) {
  return llvm::cantFail(parseOpcode(line.split(' ').first.rtrim(';')));
}

TEST(Requirements, ptxasAgrees) {
  if (!havePtxas())
    GTEST_SKIP() << "no ptxas";
  std::vector<std::string> lines = allLines();
  std::map<std::string, std::string> differences;
  for (const ChipRange &range : chips)
    for (llvm::StringRef version : versions) {
      if (version < range.first || version > range.last)
        continue;
      std::set<unsigned> refused = refusedByPtxas(version, range.chip, lines);
      for (unsigned i = 0; i < lines.size(); ++i) {
        std::string unmet =
            unmetNeed(opcodeOf(lines[i]), {version, range.chip});
        if (unmet.empty() == bool(refused.count(i)))
          differences[lines[i]] +=
              (" " + version + "/" + range.chip + (unmet.empty() ? "-" : "+"))
                  .str();
      }
    }
  for (const auto &[line, where] : differences)
    ADD_FAILURE() << line << ": refused by one (+: not by ptxas):" << where;
}

TEST(Requirements, everyEntryHasAnExample) {
  std::vector<std::string> lines = allLines();
  for (const Requirement &entry : requirements()) {
    bool found = llvm::any_of(lines, [&](const std::string &line) {
      return applies(entry, opcodeOf(line));
    });
    EXPECT_TRUE(found) << entry.mnemonic.str() << " " << entry.words.str();
  }
}

TEST(Requirements, anErrorSaysWhatIsNeededAndWhere) {
  EXPECT_EQ(parseError(moduleText("8.5", "sm_80",
                                  "\nwgmma.fence.sync.aligned;"
                                  "\n")),
            "test.ptx:7: 'wgmma.fence' needs sm_90a; the module is for sm_80");
  EXPECT_EQ(parseError(moduleText("7.0", "sm_80", "fence.proxy.alias;\n")),
            "test.ptx:6: 'fence.proxy.alias' needs PTX 7.5; the module is PTX "
            "7.0");
  EXPECT_EQ(
      parseError(moduleText("8.6", "sm_100a", "wgmma.fence.sync.aligned;\n")),
      "test.ptx:6: 'wgmma.fence' needs sm_90a; the module is for "
      "sm_100a");
  parseOrFail(
      moduleText("8.6", "sm_100a", "setmaxnreg.inc.sync.aligned.u32 240;\n"));
}

} // namespace

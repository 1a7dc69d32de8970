// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From shared memory through the tensor core and back: ldmatrix, mma.sync,
// movmatrix and stmatrix in every form, with matrices stored by rows and by
// columns. The result must be the product, whichever way it went.

#include "CudaTest.h"
#include "MmaFragments.h"
#include "PtxTest.h"
#include "PtxasTest.h"
#include <random>

using namespace dlk::exec;

namespace {

/// A is 16 x 16 halves at 0, B 16 x 8 at 512, D 16 x 8 at 1024; each is stored
/// by rows, or by columns where `columns` says so.
struct Trip {
  bool columnsA = false, columnsB = false, columnsD = false;
  unsigned atOnce = 4;  ///< Matrices per instruction, at most.
  bool generic = false; ///< Addresses without a state space.
  bool moved = false;   ///< D is transposed in registers first.
};

std::string name(const Trip &t) {
  std::string text = "t" + std::to_string(t.atOnce);
  for (bool flag : {t.columnsA, t.columnsB, t.columnsD, t.generic, t.moved})
    text += flag ? '1' : '0';
  return text;
}

std::string list(const char *prefix, unsigned first, unsigned count) {
  std::string text = "{";
  for (unsigned i = 0; i < count; ++i)
    text += (i ? ", %" : "%") + std::string(prefix) + std::to_string(first + i);
  return text + "}";
}

/// `count` matrices whose row r of matrix q is at `rows` (lane 8q + r has its
/// address), in instructions of at most `atOnce`; lane 0 of a later one has the
/// address of lane 8 * first of the whole.
std::string move(const Trip &t, bool load, const char *registers,
                 unsigned count, bool transposed, const char *rows) {
  unsigned each = std::min(t.atOnce, count);
  std::string text;
  for (unsigned first = 0; first < count; first += each) {
    std::string regs = list(registers, first, each);
    text += "add.u32 %t, %lane, " + std::to_string(8 * first) +
            "; shfl.sync.idx.b32 %addr, " + rows + ", %t, 31, -1;\n" +
            "cvt.u64.u32 %wide, %addr; cvta.shared.u64 %wide, %wide;\n";
    std::string place = t.generic ? "[%wide]" : "[%addr]";
    text += std::string(load ? "ldmatrix" : "stmatrix") +
            ".sync.aligned.m8n8.x" + std::to_string(each) +
            (transposed ? ".trans" : "") + (t.generic ? "" : ".shared") +
            ".b16 " + (load ? regs + ", " + place : place + ", " + regs) +
            ";\n";
  }
  return text;
}

std::string kernelOf(const Trip &t) {
  std::string text =
      ".visible .entry " + name(t) +
      "(.param .u64 in, .param .u64 out) {\n.reg .b32 %a<4>, %b<2>, %d<2>, "
      "%t, %u, %lane, %addr, %rowa, %rowb, %rowd, %buf, %zero;\n"
      ".reg .b64 %in, %out, %wide, %x; .shared .align 16 .b8 buf_" +
      name(t) +
      "[1280];\n"
      "ld.param.u64 %in, [in]; ld.param.u64 %out, [out];\n"
      "mov.u32 %lane, %laneid; mov.u32 %buf, buf_" +
      name(t) + ";\n";
  for (unsigned i = 0; i < 6; ++i)
    text += "mad.wide.u32 %x, %lane, 4, %in; ld.global.b32 %u, [%x+" +
            std::to_string(128 * i) + "];\nmad.lo.u32 %t, %lane, 4, %buf; " +
            "st.shared.b32 [%t+" + std::to_string(128 * i) + "], %u;\n";
  text += "bar.warp.sync -1; mov.u32 %zero, 0;\n"
          // Matrix q of A: rows 8 (q % 2), columns 8 (q / 2); stored by columns
          // its rows are the columns of A.
          "and.b32 %t, %lane, 7; shr.u32 %u, %lane, 3; and.b32 %addr, %u, 1; "
          "shr.u32 %u, %u, 1;\n";
  text += t.columnsA
              ? "mad.lo.u32 %rowa, %u, 8, %t; shl.b32 %rowa, %rowa, 5; "
                "mad.lo.u32 %rowa, %addr, 16, %rowa;\n"
              : "mad.lo.u32 %rowa, %addr, 8, %t; shl.b32 %rowa, %rowa, 5; "
                "mad.lo.u32 %rowa, %u, 16, %rowa;\n";
  text += "add.u32 %rowa, %rowa, %buf;\n";
  // Matrix q of B: depth 8q. By rows: row k; by columns: row n, 16 k's long.
  text += t.columnsB ? "shl.b32 %rowb, %t, 5; mad.lo.u32 %rowb, %addr, 16, "
                       "%rowb;\n"
                     : "mad.lo.u32 %rowb, %addr, 8, %t; shl.b32 %rowb, %rowb, "
                       "4;\n";
  text += "add.u32 %rowb, %rowb, %buf; add.u32 %rowb, %rowb, 512;\n";
  // Matrix q of D: rows 8q.
  text += t.columnsD ? "shl.b32 %rowd, %t, 5; mad.lo.u32 %rowd, %addr, 16, "
                       "%rowd;\n"
                     : "mad.lo.u32 %rowd, %addr, 8, %t; shl.b32 %rowd, %rowd, "
                       "4;\n";
  text += "add.u32 %rowd, %rowd, %buf; add.u32 %rowd, %rowd, 1024;\n";
  text += move(t, true, "a", 4, t.columnsA, "%rowa");
  text += move(t, true, "b", 2, !t.columnsB, "%rowb");
  text += "mma.sync.aligned.m16n8k16.row.col.f16.f16.f16.f16 {%d0, %d1}, "
          "{%a0, %a1, %a2, %a3}, {%b0, %b1}, {%zero, %zero};\n";
  if (t.moved)
    text += "movmatrix.sync.aligned.m8n8.trans.b16 %d0, %d0;\n"
            "movmatrix.sync.aligned.m8n8.trans.b16 %d1, %d1;\n";
  text += move(t, false, "d", 2, t.columnsD != t.moved, "%rowd");
  text += "bar.warp.sync -1;\n";
  for (unsigned i = 0; i < 2; ++i)
    text += "mad.lo.u32 %t, %lane, 4, %buf; ld.shared.b32 %u, [%t+" +
            std::to_string(1024 + 128 * i) +
            "];\nmad.wide.u32 %x, %lane, 4, %out; st.global.b32 [%x+" +
            std::to_string(128 * i) + "], %u;\n";
  return text + "ret; }\n";
}

std::vector<Trip> allTrips() {
  std::vector<Trip> trips;
  for (unsigned flags = 0; flags < 32; ++flags)
    for (unsigned atOnce : {1u, 2u, 4u})
      trips.push_back({bool(flags & 1), bool(flags & 2), bool(flags & 4),
                       atOnce, bool(flags & 8), bool(flags & 16)});
  return trips;
}

void put(std::vector<uint16_t> &image, unsigned at, const Matrix &matrix,
         bool columns) {
  unsigned rows = unsigned(matrix.size()), width = unsigned(matrix[0].size());
  for (unsigned i = 0; i < rows; ++i)
    for (unsigned j = 0; j < width; ++j)
      image[at + (columns ? j * rows + i : i * width + j)] =
          uint16_t(encode(matrix[i][j], Type::f16));
}

void check(CudaRun &run, const Trip &trip, std::mt19937 &random) {
  Matrix a = zeros(16, 16), b = zeros(16, 8);
  for (auto &row : a)
    for (double &x : row)
      x = int(random() % 9) - 4;
  for (auto &row : b)
    for (double &x : row)
      x = int(random() % 9) - 4;
  if (random() % 3 == 0) { // B shows in D.
    a = zeros(16, 16);
    for (unsigned i = 0; i < 16; ++i)
      a[i][(i * 7 + 3) % 16] = 1;
  }
  std::vector<uint16_t> image(384);
  put(image, 0, a, trip.columnsA);
  put(image, 256, b, trip.columnsB);
  uint64_t in = run.input(image), out = run.buffer(256);
  run.run(name(trip), {1}, {32}, allChecks(), in, out);
  std::vector<uint16_t> d = run.output<uint16_t>(out, 128);
  for (unsigned i = 0; i < 16; ++i)
    for (unsigned j = 0; j < 8; ++j) {
      double sum = 0;
      for (unsigned k = 0; k < 16; ++k)
        sum += a[i][k] * b[k][j];
      uint16_t bits = d[trip.columnsD ? j * 16 + i : i * 8 + j];
      ASSERT_EQ(decode(bits, Type::f16), sum) << name(trip);
    }
}

TEST(MatrixPtx, roundTripsThroughSharedMemory) {
  std::string text = ".version 8.5\n.target sm_90\n.address_size 64\n";
  for (const Trip &trip : allTrips())
    text += kernelOf(trip);
  DLK_EXPECT_PTXAS(text, "sm_90");
  CudaRun run(text);
  std::mt19937 random(29);
  for (const Trip &trip : allTrips())
    check(run, trip, random);
}

/// What newer targets have, and what nobody has.
TEST(MatrixPtx, formsThatDoNotExist) {
  for (const char *text :
       {"ldmatrix.sync.aligned.m16n16.x1.trans.shared.b8 {%r1, %r2}, [%r0];",
        "ldmatrix.sync.aligned.m8n16.x1.shared.b8x16.b6x16_p32 {%r1}, [%r0];",
        "stmatrix.sync.aligned.m16n8.x1.trans.shared.b8 [%r0], {%r1};",
        "ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%r1}, [%r0];",
        "ldmatrix.sync.aligned.m8n8.x3.shared.b16 {%r1, %r2, %r3}, [%r0];"}) {
    std::string kernel = ptxHeader() +
                         ".visible .entry k() {\n.reg .b32 %r<4>;\n"
                         "mov.u32 %r0, 0;\n" +
                         text + "\nret; }\n";
    if (havePtxas())
      EXPECT_NE(ptxasErrors(kernel, "sm_90a"), "") << text;
    auto module = Module::parse(kernel, "test.ptx");
    if (!module) {
      llvm::consumeError(module.takeError());
      continue;
    }
    Device device;
    LaunchConfig config;
    config.kernel = "k";
    config.block = {32, 1, 1};
    auto report = launch(**module, device, config, {});
    if (!report)
      llvm::consumeError(report.takeError());
    else
      EXPECT_EQ(report->status, Status::Unsupported) << text;
  }
}

} // namespace

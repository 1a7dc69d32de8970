// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// wmma from memory to memory: every shape, type and layout, with strides and
// all kinds of addresses. The fragments' layout is nobody's business; what is
// loaded, multiplied and stored must be the product of the matrices.

#include "CudaTest.h"
#include "MmaFragments.h"
#include "PtxTest.h"
#include "PtxasTest.h"
#include <random>

using namespace dlk::exec;

namespace {

constexpr unsigned Image = 8192; ///< Bytes: A, B and C.
constexpr unsigned OffsetB = 2048, OffsetC = 4096;

struct Form {
  unsigned m, n, k;
  Type a, c, d;
  bool columnA, columnB, columnC, columnD;
  std::string extra;  ///< ".satfinite", a rounding, or the operation on bits.
  unsigned where = 0; ///< How A, B and C are addressed.
  bool padded = true;

  bool halves() const { return a == Type::f16; }
  std::string shape() const {
    return ".m" + std::to_string(m) + "n" + std::to_string(n) + "k" +
           std::to_string(k);
  }
  unsigned registers(unsigned elements, Type type, bool sum) const {
    if (type == Type::f16 && !sum)
      return 8;
    return elements * typeBits(type) / (32 * (type == Type::f64 ? 64 : 32));
  }
};

/// A matrix in memory.
struct Stored {
  unsigned rows, columns, at;
  Type type;
  bool columnMajor, padded;

  unsigned stride() const {
    unsigned least = columnMajor ? rows : columns;
    return padded ? least + 256 / typeBits(type) : least;
  }
  size_t bit(unsigned row, unsigned column) const {
    size_t element = columnMajor ? size_t(column) * stride() + row
                                 : size_t(row) * stride() + column;
    return at * size_t(8) + element * typeBits(type);
  }
  void put(std::vector<uint8_t> &image, const Matrix &matrix) const {
    for (unsigned i = 0; i < rows; ++i)
      for (unsigned j = 0; j < columns; ++j) {
        uint64_t bits = encode(matrix[i][j], type);
        for (unsigned b = 0; b < typeBits(type); ++b)
          if (bits >> b & 1)
            image[(bit(i, j) + b) / 8] |= uint8_t(1u << (bit(i, j) + b) % 8);
      }
  }
  Matrix get(const std::vector<uint8_t> &image) const {
    Matrix matrix = zeros(rows, columns);
    for (unsigned i = 0; i < rows; ++i)
      for (unsigned j = 0; j < columns; ++j) {
        uint64_t bits = 0;
        std::memcpy(&bits, &image[bit(i, j) / 8], typeBits(type) / 8);
        matrix[i][j] = decode(bits, type);
      }
    return matrix;
  }
};

struct Problem {
  Stored a, b, c, d;
  explicit Problem(const Form &f)
      : a{f.m, f.k, 0, f.a, f.columnA, f.padded},
        b{f.k, f.n, OffsetB, f.a, f.columnB, f.padded},
        c{f.m, f.n, OffsetC, f.c, f.columnC, f.padded},
        d{f.m, f.n, 0, f.d, f.columnD, f.padded} {}
};

std::string list(const char *prefix, unsigned count) {
  std::string text = "{";
  for (unsigned i = 0; i < count; ++i)
    text += (i ? ", %" : "%") + std::string(prefix) + std::to_string(i);
  return text + "}";
}

const char *layout(bool column) { return column ? ".col" : ".row"; }

/// `where`: global, generic to global, shared, generic to shared.
std::string loadOf(const Form &f, const Stored &stored, const char *matrix,
                   unsigned count) {
  constexpr const char *spaces[] = {".global", "", ".shared", ""};
  constexpr const char *bases[] = {"%in", "%in", "%sh", "%gsh"};
  std::string text = std::string("wmma.load.") + matrix + ".sync.aligned" +
                     layout(stored.columnMajor) + f.shape() + spaces[f.where] +
                     "." + typeName(stored.type).str() + " " +
                     list(matrix, count) + ", [" + bases[f.where] + "+" +
                     std::to_string(stored.at) + "]";
  return text + (stored.padded ? ", " + std::to_string(stored.stride()) : "") +
         ";\n";
}

std::string multiplyOf(const Form &f) {
  std::string text = "wmma.mma";
  if (f.a == Type::b1)
    text += f.extra;
  text += std::string(".sync.aligned") + layout(f.columnA) + layout(f.columnB) +
          f.shape();
  if (f.a == Type::f64)
    text += f.extra;
  std::string type = typeName(f.a).str();
  text += "." + typeName(f.d).str();
  if (!f.halves())
    text += "." + type + "." + type;
  text += "." + typeName(f.c).str();
  if (f.c == Type::s32 && f.a != Type::b1)
    text += f.extra;
  return text;
}

std::string kernelOf(const Form &f, unsigned number) {
  Problem p(f);
  std::string type = f.a == Type::f64 ? "b64" : "b32";
  unsigned a = f.registers(f.m * f.k, f.a, false),
           b = f.registers(f.k * f.n, f.a, false),
           c = f.registers(f.m * f.n, f.c, true),
           d = f.registers(f.m * f.n, f.d, true);
  // D in C's registers where the types allow it.
  const char *result = f.c == f.d && number % 2 ? "c" : "d";
  return ".visible .entry k" + std::to_string(number) +
         "(.param .u64 in, .param .u64 out) {\n.reg ." + type +
         " %a<8>, %b<8>, %c<8>, %d<8>;\n.reg .b32 %t, %s, %v; .reg .pred %p;\n"
         ".reg .b64 %in, %out, %sh, %gsh, %x, %y;\n"
         ".shared .align 16 .b8 buf" +
         std::to_string(number) + "[" + std::to_string(Image) +
         "];\n"
         "ld.param.u64 %in, [in]; ld.param.u64 %out, [out];\n"
         "mov.u64 %sh, buf" +
         std::to_string(number) +
         "; cvta.shared.u64 %gsh, %sh;\n"
         "mov.u32 %t, %tid.x; shl.b32 %t, %t, 2;\n"
         "L: cvt.u64.u32 %x, %t; add.u64 %y, %in, %x; ld.global.b32 %v, [%y];\n"
         "add.u64 %y, %sh, %x; st.shared.b32 [%y], %v; add.u32 %t, %t, 128;\n"
         "setp.lt.u32 %p, %t, " +
         std::to_string(Image) + "; @%p bra L;\nbar.warp.sync -1;\n" +
         loadOf(f, p.a, "a", a) + loadOf(f, p.b, "b", b) +
         loadOf(f, p.c, "c", c) + multiplyOf(f) + " " + list(result, d) + ", " +
         list("a", a) + ", " + list("b", b) + ", " + list("c", c) +
         ";\nwmma.store.d.sync.aligned" + layout(f.columnD) + f.shape() +
         ".global." + typeName(f.d).str() + " [%out], " + list(result, d) +
         (f.padded ? ", " + std::to_string(p.d.stride()) : "") + ";\nret; }\n";
}

std::string moduleOf(const std::vector<Form> &forms) {
  std::string text = ".version 8.5\n.target sm_90\n.address_size 64\n";
  for (unsigned i = 0; i < forms.size(); ++i)
    text += kernelOf(forms[i], i);
  return text;
}

void fill(Matrix &matrix, std::mt19937 &random, Type type) {
  bool positive = typeKind(type) == 'u';
  unsigned range = type == Type::b1 ? 2 : 8;
  for (auto &row : matrix)
    for (double &x : row)
      x = int(random() % range) - (positive || range == 2 ? 0 : 4);
}

void check(CudaRun &run, const Form &f, unsigned number, std::mt19937 &random) {
  Matrix a = zeros(f.m, f.k), b = zeros(f.k, f.n), c = zeros(f.m, f.n);
  fill(a, random, f.a);
  fill(b, random, f.a);
  fill(c, random, Type::s32);
  if (number % 3 == 1) { // B shows in D.
    a = zeros(f.m, f.k);
    for (unsigned i = 0; i < f.m; ++i)
      a[i][(3 * i + number) % f.k] = 1;
  }
  Problem p(f);
  std::vector<uint8_t> image(Image);
  p.a.put(image, a);
  p.b.put(image, b);
  p.c.put(image, c);
  uint64_t in = run.input(image), out = run.buffer(Image);
  Options options = allChecks();
  options.arithmetic = TensorArithmetic(number / 2 % 2);
  run.run("k" + std::to_string(number), {1}, {32}, options, in, out);
  Matrix d = p.d.get(run.output<uint8_t>(out, Image));
  Matrix expected = c;
  for (unsigned i = 0; i < f.m; ++i)
    for (unsigned j = 0; j < f.n; ++j)
      for (unsigned k = 0; k < f.k; ++k)
        expected[i][j] +=
            f.extra == ".xor.popc" ? a[i][k] != b[k][j] : a[i][k] * b[k][j];
  ASSERT_EQ(d, expected) << kernelOf(f, number);
}

/// All layouts of one shape and its types; each with another way of addressing.
void addForms(std::vector<Form> &forms, Form form, bool allLayouts) {
  for (unsigned layouts = 0; layouts < 16; ++layouts) {
    form.columnA = layouts & 1;
    form.columnB = layouts & 2;
    form.columnC = layouts & 4;
    form.columnD = layouts & 8;
    form.where = unsigned(forms.size()) % 4;
    form.padded = forms.size() % 5;
    if (allLayouts || (!form.columnA && form.columnB))
      forms.push_back(form);
  }
}

std::vector<Form> allForms() {
  std::vector<Form> forms;
  auto add = [&](unsigned m, unsigned n, unsigned k, Type a, Type c, Type d,
                 std::string extra = "") {
    addForms(forms, {m, n, k, a, c, d, false, false, false, false, extra},
             typeBits(a) >= 8);
  };
  constexpr unsigned large[][2] = {{16, 16}, {32, 8}, {8, 32}};
  for (auto [m, n] : large) {
    for (Type c : {Type::f16, Type::f32})
      for (Type d : {Type::f16, Type::f32})
        add(m, n, 16, Type::f16, c, d);
    add(m, n, 16, Type::bf16, Type::f32, Type::f32);
    for (Type a : {Type::s8, Type::u8})
      for (const char *extra : {"", ".satfinite"})
        add(m, n, 16, a, Type::s32, Type::s32, extra);
  }
  add(16, 16, 8, Type::tf32, Type::f32, Type::f32);
  for (const char *extra : {"", ".rn", ".rz", ".rm", ".rp"})
    add(8, 8, 4, Type::f64, Type::f64, Type::f64, extra);
  for (Type a : {Type::s4, Type::u4})
    for (const char *extra : {"", ".satfinite"})
      add(8, 8, 32, a, Type::s32, Type::s32, extra);
  for (const char *extra : {".xor.popc", ".and.popc"})
    add(8, 8, 128, Type::b1, Type::s32, Type::s32, extra);
  return forms;
}

TEST(Wmma, productsOfMatricesInMemory) {
  std::vector<Form> forms = allForms();
  CudaRun run(moduleOf(forms));
  std::mt19937 random(23);
  for (unsigned i = 0; i < forms.size(); ++i)
    check(run, forms[i], i, random);
}

TEST(Wmma, ptxasAcceptsTheForms) {
  // Each opcode once; the layouts of C and D do not matter here.
  std::vector<Form> forms;
  for (Form &form : allForms())
    if (form.columnC == form.columnA && form.columnD == form.columnB)
      forms.push_back(form);
  DLK_EXPECT_PTXAS(moduleOf(forms), "sm_90");
}

std::string smallLoad(const std::string &stride) {
  return "wmma.load.c.sync.aligned.row.m16n16k16.global.f32 "
         "{%r1,%r2,%r3,%r4,%r5,%r6,%r7,%r8}, [%x0], " +
         stride + ";\n";
}

TEST(Wmma, misuse) {
  KernelRun odd = runKernel("mov.u32 %r0, %laneid; add.u32 %r0, %r0, 16;\n" +
                            smallLoad("%r0") + "ret;");
  ASSERT_FALSE(odd.report.findings.empty());
  EXPECT_EQ(odd.report.findings[0].kind, FindingKind::BadOperand);
  KernelRun few = runKernel(smallLoad("16") + "ret;", {16, 1, 1});
  ASSERT_FALSE(few.report.findings.empty());
  EXPECT_EQ(few.report.findings[0].kind, FindingKind::Divergence);
  KernelRun far = runKernel(smallLoad("4096") + "ret;");
  ASSERT_FALSE(far.report.findings.empty());
  EXPECT_EQ(far.report.findings[0].kind, FindingKind::OutOfBounds);
}

TEST(Wmma, formsThatDoNotExist) {
  for (const char *text :
       {"wmma.load.a.sync.aligned.row.m16n16k16.global.tf32 {%r0,%r1,%r2,%r3}, "
        "[%x0];",
        "wmma.load.a.sync.aligned.col.m8n8k32.global.s4 {%r0}, [%x0], 32;",
        "wmma.load.a.sync.aligned.row.m16n16k16.global.f16 {%r0,%r1,%r2,%r3}, "
        "[%x0];",
        "wmma.mma.sync.aligned.row.col.m16n16k16.s32.s8.u8.s32 "
        "{%r0,%r1,%r2,%r3,%r4,%r5,%r6,%r7}, {%r8,%r9}, {%r10,%r11}, "
        "{%r0,%r1,%r2,%r3,%r4,%r5,%r6,%r7};",
        "wmma.mma.sync.aligned.row.row.m8n8k32.s32.s4.s4.s32 {%r0,%r1}, {%r8}, "
        "{%r10}, {%r0,%r1};"}) {
    std::string kernel = ptxHeader() +
                         ".visible .entry k(.param .u64 out) {\n.reg .b32 "
                         "%r<16>; .reg .b64 %x0;\nld.param.u64 %x0, [out];\n" +
                         text + "\nret; }\n";
    if (havePtxas() && std::string(text).find("s4") == std::string::npos)
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
    config.params.push_back(paramOf(llvm::cantFail(device.allocate(4096))));
    auto report = launch(**module, device, config, {});
    if (!report)
      llvm::consumeError(report.takeError());
    else
      EXPECT_EQ(report->status, Status::Unsupported) << text;
  }
}

} // namespace

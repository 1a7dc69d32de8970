// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every form of mma.sync as PTX: ptxas accepts them all, and permutation
// matrices and whole numbers go through each fragment's layout.

#include "CudaTest.h"
#include "MmaFragments.h"
#include "PtxTest.h"
#include "PtxasTest.h"
#include <random>

using namespace dlk::exec;

namespace {

/// One instruction as a kernel: registers of A, B and C from `in`, register by
/// register, lane by lane; those of D to `out`.
struct Form {
  std::string opcode;
  MmaSpec spec;
  Layout a, b;

  MmaRegisters registers() const { return *mmaRegisters(spec); }
};

std::string registerList(const char *prefix, unsigned count) {
  std::string text = "{";
  for (unsigned i = 0; i < count; ++i)
    text += (i ? ", %" : "%") + std::string(prefix) + std::to_string(i);
  return text + "}";
}

std::string kernelOf(const Form &form, unsigned number) {
  bool wide = form.spec.a == Type::f64;
  MmaRegisters r = form.registers();
  std::string type = wide ? "b64" : "b32";
  unsigned stride = wide ? 256 : 128;
  std::string text = ".visible .entry k" + std::to_string(number) +
                     "(.param .u64 in, .param .u64 out) {\n.reg ." + type +
                     " %a<8>, %b<8>, %c<8>, %d<8>; .reg .b32 %t; .reg .b64 "
                     "%in, %out;\n"
                     "ld.param.u64 %in, [in]; ld.param.u64 %out, [out];\n"
                     "mov.u32 %t, %tid.x; mad.wide.u32 %in, %t, " +
                     std::to_string(stride / 32) +
                     ", %in;\nmad.wide.u32 %out, %t, " +
                     std::to_string(stride / 32) + ", %out;\n";
  unsigned at = 0;
  for (auto [prefix, count] : {std::pair("a", r.a), {"b", r.b}, {"c", r.c}})
    for (unsigned i = 0; i < count; ++i, at += stride)
      text += "ld.global." + type + " %" + prefix + std::to_string(i) +
              ", [%in+" + std::to_string(at) + "];\n";
  text += form.opcode + " " + registerList("d", r.d) + ", " +
          registerList("a", r.a) + ", " + registerList("b", r.b) + ", " +
          registerList("c", r.c) + ";\n";
  for (unsigned i = 0; i < r.d; ++i)
    text += "st.global." + type + " [%out+" + std::to_string(i * stride) +
            "], %d" + std::to_string(i) + ";\n";
  return text + "ret; }\n";
}

std::string opcodeOf(const MmaSpec &s, const std::string &behind = "",
                     const std::string &layouts = ".row.col") {
  return "mma.sync.aligned.m" + std::to_string(s.m) + "n8k" +
         std::to_string(s.k) + layouts + (s.satfinite ? ".satfinite" : "") +
         "." + typeName(s.d).str() + "." + typeName(s.a).str() + "." +
         typeName(s.b).str() + "." + typeName(s.c).str() + behind;
}

void addForms(const std::vector<Shape> &shapes, std::vector<Form> &forms) {
  for (const Shape &shape : shapes)
    for (auto [a, b] : shape.types)
      for (Type sum : shape.accumulators) {
        if (a == Type::bf16 && sum == Type::f16)
          continue;
        MmaSpec spec{shape.m, 8, shape.k, sum, a, b, sum};
        if (a == Type::b1) {
          forms.push_back(
              {opcodeOf(spec, ".xor.popc"), spec, shape.a, shape.b});
          spec.bitAnd = true;
          forms.push_back(
              {opcodeOf(spec, ".and.popc"), spec, shape.a, shape.b});
          continue;
        }
        forms.push_back({opcodeOf(spec), spec, shape.a, shape.b});
        if (sum == Type::s32) {
          spec.satfinite = true;
          forms.push_back({opcodeOf(spec), spec, shape.a, shape.b});
        }
      }
}

std::vector<Form> allForms() {
  std::vector<Form> forms;
  addForms(narrowShapes(), forms);
  addForms(doubleShapes(), forms);
  addForms(integerShapes(), forms);
  addForms(bitShapes(), forms);
  return forms;
}

std::string moduleOf(const std::vector<Form> &forms,
                     const std::string &target = "sm_90a") {
  std::string text = ".version 8.7\n.target " + target + "\n.address_size 64\n";
  for (unsigned i = 0; i < forms.size(); ++i)
    text += kernelOf(forms[i], i);
  return text;
}

void append(std::vector<uint32_t> &to, const Fragment &fragment) {
  for (unsigned r = 0; r < fragment.words.size(); ++r)
    for (unsigned lane = 0; lane < 32; ++lane) {
      if (fragment.type != Type::f64) {
        to.push_back(fragment.words[r].v[lane]);
        continue;
      }
      to.push_back(uint32_t(fragment.doubles[r].v[lane]));
      to.push_back(uint32_t(fragment.doubles[r].v[lane] >> 32));
    }
}

Matrix runForm(CudaRun &run, const Form &form, unsigned number, const Matrix &a,
               const Matrix &b, const Matrix &c, const Options &options = {}) {
  MmaRegisters r = form.registers();
  Fragment fa(r.a, form.spec.a), fb(r.b, form.spec.b), fc(r.c, form.spec.c),
      fd(r.d, form.spec.d);
  fa.fill(a, form.a);
  fb.fill(b, form.b);
  fc.fill(c, accumulatorPlace);
  std::vector<uint32_t> words;
  for (const Fragment *fragment : {&fa, &fb, &fc})
    append(words, *fragment);
  unsigned perLane = form.spec.d == Type::f64 ? 2 : 1;
  uint64_t in = run.input(words),
           out = run.buffer(uint64_t(r.d) * 128 * perLane);
  run.run("k" + std::to_string(number), {1}, {32}, options, in, out);
  std::vector<uint32_t> d =
      run.output<uint32_t>(out, size_t(r.d) * 32 * perLane);
  for (unsigned i = 0; i < r.d * 32; ++i)
    if (perLane == 2)
      fd.doubles[i / 32].v[i % 32] = d[2 * i] | uint64_t(d[2 * i + 1]) << 32;
    else
      fd.words[i / 32].v[i % 32] = d[i];
  Matrix result = zeros(form.spec.m, 8);
  for (unsigned lane = 0; lane < 32; ++lane)
    for (unsigned i = 0; i < fd.elements(); ++i) {
      Place p = accumulatorPlace(lane / 4, lane % 4, i);
      result[p.row][p.column] = fd.get(lane, i);
    }
  return result;
}

void fill(Matrix &matrix, std::mt19937 &random, Type type) {
  bool positive = typeKind(type) == 'u';
  unsigned range = type == Type::b1 ? 2 : 8;
  for (auto &row : matrix)
    for (double &x : row)
      x = int(random() % range) - (positive || range == 2 ? 0 : 4);
}

Matrix reference(const MmaSpec &spec, const Matrix &a, const Matrix &b,
                 const Matrix &c) {
  Matrix d = c;
  for (unsigned i = 0; i < spec.m; ++i)
    for (unsigned j = 0; j < 8; ++j)
      for (unsigned k = 0; k < spec.k; ++k)
        d[i][j] += spec.a != Type::b1 || spec.bitAnd ? a[i][k] * b[k][j]
                                                     : a[i][k] != b[k][j];
  return d;
}

TEST(MmaPtx, permutationsAndWholeNumbersThroughEveryForm) {
  std::vector<Form> forms = allForms();
  EXPECT_EQ(forms.size(), 82u);
  std::string text = moduleOf(forms);
  DLK_EXPECT_PTXAS(text, "sm_90a");
  CudaRun run(text);
  std::mt19937 random(3);
  Options hardware;
  hardware.arithmetic = TensorArithmetic::Hardware;
  for (unsigned number = 0; number < forms.size(); ++number) {
    const MmaSpec &spec = forms[number].spec;
    for (unsigned round = 0; round < 4; ++round) {
      Matrix a = zeros(spec.m, spec.k), b = zeros(spec.k, 8),
             c = zeros(spec.m, 8);
      fill(a, random, spec.a);
      fill(b, random, spec.b);
      fill(c, random, Type::s32);
      // Two rounds in which one operand is a permutation: D shows the other.
      unsigned shift = random() % spec.k;
      if (round == 1) {
        a = zeros(spec.m, spec.k);
        for (unsigned i = 0; i < spec.m; ++i)
          a[i][(5 * i + shift) % spec.k] = 1;
      } else if (round == 2) {
        b = zeros(spec.k, 8);
        for (unsigned j = 0; j < 8; ++j)
          b[(3 * j + shift) % spec.k][j] = 1;
      }
      ASSERT_EQ(runForm(run, forms[number], number, a, b, c,
                        round == 3 ? hardware : Options()),
                reference(spec, a, b, c))
          << forms[number].opcode;
    }
  }
}

/// "Matrix Fragments for mma.m8n8k4 with .f16": four products, by quad pairs.
struct QuadForm {
  bool columnA, rowB;
  Type d, c;
  Place a(unsigned lane, unsigned i) const {
    unsigned upper = lane < 16 ? 0 : 4;
    return columnA ? Place{i % 4 + upper, lane % 4}
                   : Place{lane % 4 + upper, i};
  }
  Place b(unsigned lane, unsigned i) const {
    unsigned upper = lane < 16 ? 0 : 4;
    return rowB ? Place{lane % 4, i + upper} : Place{i, lane % 4 + upper};
  }
  static Place sum(Type type, unsigned lane, unsigned i) {
    unsigned upper = lane < 16 ? 0 : 4;
    if (type == Type::f16)
      return {lane % 4 + upper, i};
    return {(lane & 1) + (i & 2) + upper, (i & 4) + (lane & 2) + (i & 1)};
  }
  Form form() const {
    MmaSpec spec{8, 8, 4, d, Type::f16, Type::f16, c};
    spec.columnA = columnA;
    spec.rowB = rowB;
    return {opcodeOf(spec, "",
                     std::string(columnA ? ".col" : ".row") +
                         (rowB ? ".row" : ".col")),
            spec, nullptr, nullptr};
  }
};

void checkQuads(CudaRun &run, const QuadForm &quads, unsigned number,
                std::mt19937 &random, const Options &options) {
  Form form = quads.form();
  MmaRegisters r = form.registers();
  std::vector<Matrix> a(4, zeros(8, 4)), b(4, zeros(4, 8)), c(4, zeros(8, 8));
  Fragment fa(r.a, Type::f16), fb(r.b, Type::f16), fc(r.c, quads.c),
      fd(r.d, quads.d);
  for (unsigned q = 0; q < 4; ++q) {
    fill(a[q], random, Type::s32);
    fill(b[q], random, Type::s32);
    fill(c[q], random, Type::s32);
  }
  for (unsigned lane = 0; lane < 32; ++lane) {
    unsigned q = lane % 16 / 4;
    for (unsigned i = 0; i < 4; ++i) {
      Place pa = quads.a(lane, i), pb = quads.b(lane, i);
      fa.set(lane, i, a[q][pa.row][pa.column]);
      fb.set(lane, i, b[q][pb.row][pb.column]);
    }
    for (unsigned i = 0; i < 8; ++i) {
      Place p = QuadForm::sum(quads.c, lane, i);
      fc.set(lane, i, c[q][p.row][p.column]);
    }
  }
  std::vector<uint32_t> words;
  for (const Fragment *fragment : {&fa, &fb, &fc})
    append(words, *fragment);
  uint64_t in = run.input(words), out = run.buffer(uint64_t(r.d) * 128);
  run.run("k" + std::to_string(number), {1}, {32}, options, in, out);
  std::vector<uint32_t> d = run.output<uint32_t>(out, size_t(r.d) * 32);
  for (unsigned i = 0; i < d.size(); ++i)
    fd.words[i / 32].v[i % 32] = d[i];
  for (unsigned lane = 0; lane < 32; ++lane)
    for (unsigned i = 0; i < 8; ++i) {
      unsigned q = lane % 16 / 4;
      Place p = QuadForm::sum(quads.d, lane, i);
      double sum = c[q][p.row][p.column];
      for (unsigned k = 0; k < 4; ++k)
        sum += a[q][p.row][k] * b[q][k][p.column];
      ASSERT_EQ(fd.get(lane, i), sum) << form.opcode << " lane " << lane;
    }
}

TEST(MmaPtx, quadPairsInEveryLayout) {
  std::vector<QuadForm> quads;
  std::vector<Form> forms;
  for (bool columnA : {false, true})
    for (bool rowB : {false, true})
      for (auto [d, c] : {std::pair(Type::f16, Type::f16),
                          {Type::f32, Type::f16},
                          {Type::f32, Type::f32}}) {
        quads.push_back({columnA, rowB, d, c});
        forms.push_back(quads.back().form());
      }
  std::string text = moduleOf(forms);
  DLK_EXPECT_PTXAS(text, "sm_90a");
  CudaRun run(text);
  std::mt19937 random(5);
  for (unsigned i = 0; i < quads.size(); ++i)
    for (TensorArithmetic arithmetic :
         {TensorArithmetic::Ideal, TensorArithmetic::Hardware}) {
      Options options;
      options.arithmetic = arithmetic;
      checkQuads(run, quads[i], i, random, options);
    }
}

TEST(MmaPtx, doublesRoundAsTold) {
  std::vector<Form> forms;
  const char *names[] = {"rn", "rz", "rm", "rp"};
  Shape shape = shapeNamed(doubleShapes(), "m8n8k4.f64");
  MmaSpec spec{8, 8, 4, Type::f64, Type::f64, Type::f64, Type::f64};
  for (const char *name : names)
    forms.push_back({opcodeOf(spec, "", ".row.col." + std::string(name)), spec,
                     shape.a, shape.b});
  std::string text = moduleOf(forms);
  DLK_EXPECT_PTXAS(text, "sm_90a");
  CudaRun run(text);
  Matrix a = zeros(8, 4), b = zeros(4, 8), c = zeros(8, 8);
  a[0][1] = 0x1p-40;
  b[1][0] = 0x1p-40;
  b[1][1] = -0x1p-40;
  c[0][0] = c[0][1] = 1;
  double above = 1 + 0x1p-52, below = 1 - 0x1p-53;
  const double expected[4][2] = {{1, 1}, {1, below}, {1, below}, {above, 1}};
  for (unsigned i = 0; i < 4; ++i) {
    Matrix d = runForm(run, forms[i], i, a, b, c);
    EXPECT_EQ(d[0][0], expected[i][0]) << names[i];
    EXPECT_EQ(d[0][1], expected[i][1]) << names[i];
  }
}

/// 1 plus 2^bits, `terms` times over.
double smallTerms(const std::string &target, const Form &form, int bits,
                  unsigned terms) {
  CudaRun run(moduleOf({form}, target));
  Options options;
  options.arithmetic = TensorArithmetic::Hardware;
  Matrix a = zeros(16, form.spec.k), b = zeros(form.spec.k, 8),
         c = zeros(16, 8);
  c[0][0] = 1;
  for (unsigned k = 0; k < terms; ++k) {
    a[0][k] = std::ldexp(1.0, bits / 2);
    b[k][0] = std::ldexp(1.0, bits - bits / 2);
  }
  return runForm(run, form, 0, a, b, c, options)[0][0];
}

TEST(MmaPtx, hardwareSumsAreThoseOfTheTarget) {
  std::vector<Form> forms = allForms();
  auto find = [&](const std::string &opcode) {
    for (const Form &form : forms)
      if (form.opcode == opcode)
        return form;
    ADD_FAILURE() << opcode;
    return forms[0];
  };
  Form halves = find("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32");
  // 24 or 25 bits are kept below the largest term.
  EXPECT_EQ(smallTerms("sm_80", halves, -24, 2), 1 + 0x1p-23);
  EXPECT_EQ(smallTerms("sm_80", halves, -25, 4), 1);
  EXPECT_EQ(smallTerms("sm_89", halves, -25, 4), 1);
  EXPECT_EQ(smallTerms("sm_90", halves, -25, 4), 1 + 0x1p-23);
  EXPECT_EQ(smallTerms("sm_90a", halves, -26, 8), 1);
  // In blocks of eight on sm_80, of sixteen on sm_90; neither cuts in between
  // here, so the sums are the same.
  EXPECT_EQ(smallTerms("sm_80", halves, -24, 16), 1 + 0x1p-20);
  EXPECT_EQ(smallTerms("sm_90", halves, -24, 16), 1 + 0x1p-20);
  Form bytes = find("mma.sync.aligned.m16n8k32.row.col.f32.e4m3.e4m3.f32");
  EXPECT_EQ(smallTerms("sm_89", bytes, -12, 4), 1 + 0x1p-10);
  EXPECT_EQ(smallTerms("sm_89", bytes, -14, 8), 1);
  EXPECT_EQ(smallTerms("sm_90", bytes, -14, 8), 1 + 0x1p-11);
}

TEST(MmaPtx, formsThatDoNotExist) {
  for (const char *opcode :
       {"mma.sync.aligned.m16n8k16.col.col.f32.f16.f16.f32",
        "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f16",
        "mma.sync.aligned.m8n8k4.row.col.f16.f16.f16.f32",
        "mma.sync.aligned.m16n8k16.row.col.satfinite.f32.f16.f16.f32",
        "mma.sync.aligned.m16n8k16.row.col.rz.f32.f16.f16.f32",
        "mma.sync.aligned.m16n8k128.row.col.s32.b1.b1.s32",
        "mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32.xor.popc",
        "mma.sync.aligned.m8n8k256.row.col.s32.b1.b1.s32.xor.popc",
        "mma.sync.aligned.m16n8k32.row.col.kind::f8f6f4.f32.e4m3.e4m3.f32"}) {
    KernelRun run = runKernel(std::string(opcode) +
                              " {%r0,%r1,%r2,%r3}, {%r4,%r5,%r6,%r7}, "
                              "{%r8,%r9}, {%r0,%r1,%r2,%r3};\nret;");
    EXPECT_NE(run.report.status, Status::Clean) << opcode;
  }
}

} // namespace

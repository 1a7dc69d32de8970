// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// dlk-conv-to-gemm: a dlk.conv becomes the dlk.matmul that computes it, whose
// operands are gathered from their tensors (implicit GEMM).
//
// The dimensions of a convolution are digits: n, g, c, f, for each spatial
// dimension the position p of the output, or u of the input, and the tap r.
// Indices of all three tensors are linear in them, and a kind of convolution is
// the choice of which digits make up m, n, k and the batch:
//
//   kind    m      n      k      batch
//   fprop   n p    f      r c    g
//   dgrad   n u    c      r f    g, classes
//   wgrad   f      r c    n p    g
//
// dgrad with stride s: the taps that reach an input position x are those with
// dilation * r = x + pad (mod s), so that positions fall into s classes with
// taps of their own, each a dense convolution. With q = gcd(dilation, s) and
// t = s / q they are numbered by e < t and z < q:
//
//   x = s * u + dilation * e + z - pad    r = e + t * r' + (filter extent) * z
//   p = u - dilation / q * r'
//
// where z > 0 has no taps: the index of the filter is outside. Taps are counted
// from the last one on, so that pixels of p move forward, as TMA wants it.

#include "dlk/Dialect/Dlk/IR/Dlk.h"
#include "dlk/Transforms/Passes.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"
#include <numeric>

namespace dlk {
#define GEN_PASS_DEF_CONVTOGEMM
#include "dlk/Transforms/Passes.h.inc"
} // namespace dlk

using namespace mlir;
using namespace dlk;

namespace {

/// A digit by its letter: n, g, c, f as in layouts, and with the number of a
/// spatial dimension p (position), r (tap), e and z (class).
struct DigitName {
  char letter;
  unsigned spatial = 0;
  bool operator==(const DigitName &other) const {
    return letter == other.letter && spatial == other.spatial;
  }
};

/// One index of a tensor: the sum of digits times coefficients.
struct LinearIndex {
  SmallVector<std::pair<DigitName, int64_t>> terms;
  int64_t constant = 0;
};

using Digits = SmallVector<DigitName>;

/// The indices of the three tensors of one convolution, by digits.
class ConvIndices {
public:
  explicit ConvIndices(ConvOp op)
      : op(op), geometry(op.getGeometry()), extents(op.getExtents()) {
    if (op.getKind() == ConvKind::Dgrad)
      for (unsigned i = 0; i < geometry.getSpatialRank(); ++i)
        classes.push_back(findClasses(i));
  }

  int64_t extentOf(DigitName digit) {
    bool dgrad = op.getKind() == ConvKind::Dgrad;
    unsigned i = digit.spatial;
    switch (digit.letter) {
    case 'n':
      return extents.n;
    case 'g':
      return extents.g;
    case 'c':
      return extents.c;
    case 'f':
      return extents.f;
    case 'p':
      return dgrad ? classes[i].positions : extents.output[i];
    case 'r':
      return dgrad ? llvm::divideCeil(extents.filter[i], classes[i].step)
                   : extents.filter[i];
    case 'e':
      return classes[i].step;
    default:
      return classes[i].gaps;
    }
  }

  LinearIndex inputIndex(char letter) {
    std::optional<unsigned> i = spatialOf(letter);
    if (!i)
      return channelIndex(letter, geometry.inputLayout, extents.c, 'c');
    if (op.getKind() != ConvKind::Dgrad)
      return {{{{'p', *i}, geometry.strides[*i]},
               {{'r', *i}, geometry.dilations[*i]}},
              -geometry.padLow[*i]};
    return {{{{'p', *i}, geometry.strides[*i]},
             {{'e', *i}, geometry.dilations[*i]},
             {{'z', *i}, 1}},
            geometry.strides[*i] * classes[*i].first - geometry.padLow[*i]};
  }

  LinearIndex filterIndex(char letter) {
    std::optional<unsigned> i = spatialOf(letter);
    if (!i)
      return channelIndex(letter, geometry.filterLayout, extents.f, 'f');
    if (op.getKind() != ConvKind::Dgrad)
      return {{{{'r', *i}, 1}}};
    int64_t step = classes[*i].step;
    return {
        {{{'r', *i}, -step}, {{'e', *i}, 1}, {{'z', *i}, extents.filter[*i]}},
        step * (extentOf({'r', *i}) - 1)};
  }

  LinearIndex outputIndex(char letter) {
    std::optional<unsigned> i = spatialOf(letter);
    if (!i)
      return channelIndex(letter, geometry.outputLayout, extents.f, 'f');
    if (op.getKind() != ConvKind::Dgrad)
      return {{{{'p', *i}, 1}}};
    int64_t dilation = geometry.dilations[*i] / classes[*i].gaps;
    return {{{{'p', *i}, 1}, {{'r', *i}, dilation}},
            classes[*i].first - dilation * (extentOf({'r', *i}) - 1)};
  }

  const ConvGeometry &getGeometry() { return geometry; }

private:
  /// Of dgrad, along one spatial dimension: t and q of above, the first u and
  /// how many of them there are.
  struct Classes {
    int64_t step, gaps, first, positions;
  };

  Classes findClasses(unsigned i) {
    int64_t stride = geometry.strides[i], dilation = geometry.dilations[i];
    int64_t gaps = std::gcd(stride, dilation), step = stride / gaps;
    int64_t first = INT64_MAX, last = INT64_MIN;
    for (int64_t e = 0; e < step; ++e)
      for (int64_t z : {int64_t(0), gaps - 1}) {
        int64_t shift = geometry.padLow[i] - dilation * e - z;
        first = std::min(first, llvm::divideCeilSigned(shift, stride));
        last = std::max(last, llvm::divideFloorSigned(
                                  extents.input[i] - 1 + shift, stride));
      }
    return {step, gaps, first, std::max<int64_t>(0, last - first + 1)};
  }

  std::optional<unsigned> spatialOf(char letter) {
    size_t i = geometry.getSpatialLetters().find(letter);
    return i == StringRef::npos ? std::nullopt : std::optional<unsigned>(i);
  }

  /// Channels `grouped` of a layout without g count those of all groups.
  LinearIndex channelIndex(char letter, StringRef layout, int64_t perGroup,
                           char grouped) {
    LinearIndex index{{{{letter}, 1}}};
    if (letter == grouped && !layout.contains('g'))
      index.terms.push_back({{'g'}, perGroup});
    return index;
  }

  ConvOp op;
  ConvGeometry geometry;
  ConvExtents extents;
  SmallVector<Classes> classes;
};

/// Writes the dlk.matmul of one convolution.
class GemmWriter {
public:
  explicit GemmWriter(ConvOp op) : op(op), indices(op), builder(op) {
    chooseDigits();
  }

  MatmulOp write() {
    unsigned dims = batch.size() + 3;
    SmallVector<Value> inputs{op.getLhs(), op.getRhs()};
    SmallVector<Tensor> tensors{lhsTensor(), rhsTensor()};
    if (op.getKind() == ConvKind::Wgrad) {
      std::swap(inputs[0], inputs[1]);
      std::swap(tensors[0], tensors[1]);
    }
    if (swapped) {
      std::swap(inputs[0], inputs[1]);
      std::swap(tensors[0], tensors[1]);
    }
    for (unsigned i = 0; i < op.getExtras().size(); ++i)
      tensors.push_back(extraTensor(i));
    tensors.push_back(resultTensor());
    SmallVector<AffineMap> maps;
    SmallVector<Attribute> gathers;
    for (const Tensor &tensor : tensors) {
      SmallVector<AffineExpr> used;
      gathers.push_back(gather(tensor, used));
      maps.push_back(AffineMap::get(dims, 0, used, op.getContext()));
    }
    auto matmul = MatmulOp::create(
        builder, op.getLoc(), inputs[0], inputs[1], op.getExtras(),
        op.getInit(), maps,
        [&](OpBuilder &b, Location, ValueRange args) {
          IRMapping mapping;
          mapping.map(op.getBody()->getArguments(), args);
          for (Operation &inner : op.getBody()->without_terminator())
            b.clone(inner, mapping);
          return mapping.lookupOrDefault(op.getYield().getValue());
        },
        op.getAccType());
    if (llvm::any_of(gathers, llvm::IsaPred<GatherAttr>))
      matmul.setGathersAttr(builder.getArrayAttr(gathers));
    matmul.setPrecision(op.getPrecision());
    matmul.setPromoteAttr(op.getPromoteAttr());
    matmul.setScheduleAttr(op.getScheduleAttr());
    matmul->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    matmul->setAttr("dlk.flops", builder.getF64FloatAttr(countFlops()));
    return matmul;
  }

private:
  /// One tensor of the product: an index for each of its dimensions.
  using Tensor = SmallVector<LinearIndex>;

  /// Of the convolution: each output position meets each tap. The product may
  /// compute more, where classes have fewer taps than others.
  double countFlops() {
    ConvExtents extents = op.getExtents();
    double flops = 2.0 * double(extents.n) * double(extents.g) *
                   double(extents.c) * double(extents.f);
    for (int64_t extent : extents.output)
      flops *= double(extent);
    for (int64_t extent : extents.filter)
      flops *= double(extent);
    return flops;
  }

  //===--------------------------------------------------------------------===//
  // Tensors
  //===--------------------------------------------------------------------===//

  Tensor input() {
    return llvm::map_to_vector(op.getInputLayout(),
                               [&](char c) { return indices.inputIndex(c); });
  }
  Tensor filter() {
    return llvm::map_to_vector(op.getFilterLayout(),
                               [&](char c) { return indices.filterIndex(c); });
  }
  Tensor output() {
    return llvm::map_to_vector(op.getOutputLayout(),
                               [&](char c) { return indices.outputIndex(c); });
  }
  Tensor lhsTensor() {
    return op.getKind() == ConvKind::Dgrad ? output() : input();
  }
  Tensor rhsTensor() {
    return op.getKind() == ConvKind::Wgrad ? output() : filter();
  }
  Tensor resultTensor() {
    switch (op.getKind()) {
    case ConvKind::Fprop:
      return output();
    case ConvKind::Dgrad:
      return input();
    case ConvKind::Wgrad:
      return filter();
    }
    llvm_unreachable("all kinds have a result");
  }
  Tensor extraTensor(unsigned extra) {
    Tensor result = resultTensor(), tensor;
    AffineMap map = op.getExtraMap(extra);
    for (unsigned i = 0; i < map.getNumResults(); ++i)
      tensor.push_back(result[map.getDimPosition(i)]);
    return tensor;
  }

  StringRef resultLayout() {
    return op.getKind() == ConvKind::Fprop   ? op.getOutputLayout()
           : op.getKind() == ConvKind::Dgrad ? op.getInputLayout()
                                             : op.getFilterLayout();
  }

  //===--------------------------------------------------------------------===//
  // Digits
  //===--------------------------------------------------------------------===//

  /// Spatial digits `letter` and the others, in the order of a layout, in which
  /// the spatial letters stand for them.
  Digits inOrder(StringRef layout, StringRef others, char letter) {
    Digits digits;
    StringRef spatial = indices.getGeometry().getSpatialLetters();
    for (char c : layout) {
      if (others.contains(c))
        digits.push_back({c});
      else if (size_t i = spatial.find(c); i != StringRef::npos)
        digits.push_back({letter, unsigned(i)});
    }
    return digits;
  }

  /// Whether channels lie between the images and the positions of the result:
  /// then (n, p) is no number in memory, and images are better a batch.
  bool isChannelsFirst() {
    StringRef layout = resultLayout();
    size_t image = layout.find('n');
    return image != StringRef::npos && image + 1 < layout.size() &&
           !indices.getGeometry().getSpatialLetters().contains(
               layout[image + 1]);
  }

  void chooseDigits() {
    StringRef input = op.getInputLayout(), output = op.getOutputLayout();
    if (op.getGroups() != 1)
      batch.push_back({'g'});
    StringRef images = "n";
    if (op.getKind() != ConvKind::Wgrad && isChannelsFirst()) {
      batch.push_back({'n'});
      images = "";
    }
    switch (op.getKind()) {
    case ConvKind::Fprop:
      m = inOrder(output, images, 'p');
      n = {{'f'}};
      k = inOrder(input, "c", 'r');
      break;
    case ConvKind::Dgrad:
      for (unsigned i = 0; i < indices.getGeometry().getSpatialRank(); ++i)
        for (char letter : {'e', 'z'})
          if (indices.extentOf({letter, i}) != 1)
            batch.push_back({letter, i});
      m = inOrder(input, images, 'p');
      n = {{'c'}};
      k = inOrder(output, "f", 'r');
      break;
    case ConvKind::Wgrad:
      m = {{'f'}};
      n = inOrder(op.getFilterLayout(), "c", 'r');
      k = inOrder(output, "n", 'p');
      break;
    }
    // Rows of tiles are contiguous in the result.
    const LinearIndex last = resultTensor().back();
    swapped = llvm::any_of(last.terms, [&](auto &term) {
      return term.second == 1 && m.back() == term.first;
    });
    if (swapped)
      std::swap(m, n);
  }

  //===--------------------------------------------------------------------===//
  // Gathers
  //===--------------------------------------------------------------------===//

  SmallVector<Digits> groups() {
    SmallVector<Digits> all;
    for (DigitName digit : batch)
      all.push_back({digit});
    all.append({m, n, k});
    return all;
  }

  static bool contains(const Tensor &tensor, const Digits &group) {
    return llvm::any_of(tensor, [&](const LinearIndex &index) {
      return llvm::any_of(index.terms, [&](auto &term) {
        return llvm::is_contained(group, term.first);
      });
    });
  }

  /// The gather of a tensor over the dimensions that it has, which become
  /// `used`; unit if each of them is one of the tensor's, in order.
  Attribute gather(const Tensor &tensor, SmallVector<AffineExpr> &used) {
    Digits digits;
    SmallVector<int64_t> ranks, extents;
    for (auto [dim, group] : llvm::enumerate(groups())) {
      if (!contains(tensor, group))
        continue;
      used.push_back(builder.getAffineDimExpr(dim));
      ranks.push_back(group.size());
      llvm::append_range(digits, group);
      for (DigitName digit : group)
        extents.push_back(indices.extentOf(digit));
    }
    SmallVector<AffineExpr> results;
    for (const LinearIndex &index : tensor) {
      AffineExpr sum = builder.getAffineConstantExpr(index.constant);
      for (auto [name, coefficient] : index.terms)
        if (auto *it = llvm::find(digits, name); it != digits.end())
          sum =
              sum + builder.getAffineDimExpr(it - digits.begin()) * coefficient;
      results.push_back(sum);
    }
    AffineMap map = AffineMap::get(digits.size(), 0, results, op.getContext());
    if (map.isIdentity() && ranks.size() == digits.size())
      return builder.getUnitAttr();
    return GatherAttr::get(op.getContext(), ranks, extents, map);
  }

  ConvOp op;
  ConvIndices indices;
  OpBuilder builder;
  Digits batch, m, n, k;
  bool swapped = false;
};

struct ConvToGemmPass : dlk::impl::ConvToGemmBase<ConvToGemmPass> {
  void runOnOperation() override {
    SmallVector<ConvOp> convolutions;
    getOperation().walk([&](ConvOp op) { convolutions.push_back(op); });
    for (ConvOp op : convolutions) {
      MatmulOp matmul = GemmWriter(op).write();
      op.replaceAllUsesWith(matmul.getResult());
      op.erase();
    }
  }
};

} // namespace

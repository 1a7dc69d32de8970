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
// Of a few small groups in one product (ConvIndices.h) c and f stand for their
// group and them.

#include "dlk/Transforms/ConvIndices.h"
#include "dlk/Transforms/MergeGroups.h"
#include "dlk/Transforms/Passes.h"
#include "dlk/Transforms/PooledConv.h"
#include "dlk/Transforms/TargetOf.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"
#include <limits>

namespace dlk {
#define GEN_PASS_DEF_CONVTOGEMM
#include "dlk/Transforms/Passes.h.inc"
} // namespace dlk

using namespace mlir;
using namespace dlk;

namespace {

using Digits = SmallVector<DigitName>;

/// On a dlk.conv: how many groups are one product.
constexpr StringLiteral packAttribute = "dlk.pack";

/// Positions along each dimension of a pooling window that becomes part of the
/// product.
constexpr int64_t pooledPositions = 2;

/// Writes the dlk.matmul of one convolution, of so many groups each product,
/// and of the pooling behind it, if there is one.
class GemmWriter {
public:
  GemmWriter(ConvOp op, int64_t packed, WindowOp pooling = {})
      : op(op), pooling(pooling), packed(packed),
        indices(op, packed, pooling ? pooledPositions : 1),
        builder(pooling ? pooling.getOperation() : op.getOperation()) {
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
    tensors.push_back(storedTensor());
    SmallVector<AffineMap> maps;
    SmallVector<Attribute> gathers;
    for (const Tensor &tensor : tensors) {
      SmallVector<AffineExpr> used;
      gathers.push_back(gather(tensor, used));
      maps.push_back(AffineMap::get(dims, 0, used, op.getContext()));
    }
    auto matmul = MatmulOp::create(
        builder, op.getLoc(), inputs[0], inputs[1], op.getExtras(),
        pooling ? pooling.getInit() : op.getInit(), maps,
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
    if (pooling)
      matmul.setCombine(pooling.getKind());
    matmul.setPrecision(op.getPrecision());
    matmul.setPromoteAttr(op.getPromoteAttr());
    matmul.setScheduleAttr(op.getScheduleAttr());
    matmul->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    matmul->removeDiscardableAttr(packAttribute);
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
  /// What the product writes.
  Tensor storedTensor() {
    if (!pooling)
      return resultTensor();
    return llvm::map_to_vector(op.getOutputLayout(),
                               [&](char c) { return indices.pooledIndex(c); });
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
      if (c == 'n' && others.contains(c))
        digits.push_back({c});
      else if (others.contains(c))
        llvm::append_range(digits, channels(c));
      else if (c == 'g' && packed != 1 && !layout.contains(others))
        digits.push_back({inPack(others.front())});
      else if (size_t i = spatial.find(c); i != StringRef::npos)
        digits.push_back({letter, unsigned(i)});
    }
    // A filter may have neither.
    if (packed != 1 && others == "c" && !layout.contains('c') &&
        !layout.contains('g'))
      digits.push_back({'i'});
    return digits;
  }

  /// Digits of c or f, behind that of their group inside a pack.
  Digits channels(char letter) {
    if (packed == 1)
      return {{letter}};
    if (indices.extentOf({letter}) == 1)
      return {{inPack(letter)}};
    return {{inPack(letter)}, {letter}};
  }

  static char inPack(char letter) { return letter == 'c' ? 'i' : 'b'; }

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
    if (indices.extentOf({'g'}) != 1)
      batch.push_back({'g'});
    StringRef images = "n";
    if (op.getKind() != ConvKind::Wgrad && isChannelsFirst()) {
      batch.push_back({'n'});
      images = "";
    }
    switch (op.getKind()) {
    case ConvKind::Fprop:
      m = inOrder(output, images, 'p');
      if (pooling)
        m.append({{'u', 0}, {'u', 1}});
      n = channels('f');
      k = inOrder(input, "c", 'r');
      break;
    case ConvKind::Dgrad:
      for (unsigned i = 0; i < indices.getGeometry().getSpatialRank(); ++i)
        for (char letter : {'e', 'z'})
          if (indices.extentOf({letter, i}) != 1)
            batch.push_back({letter, i});
      m = inOrder(input, images, 'p');
      n = channels('c');
      k = inOrder(output, "f", 'r');
      break;
    case ConvKind::Wgrad:
      m = channels('f');
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

  /// Whether channels `letter` of a whole pack are neighbours in the tensor, or
  /// not there at all: then the pack's channels are one digit.
  bool mergesPack(const Tensor &tensor, char letter) {
    return llvm::all_of(tensor, [&](const LinearIndex &index) {
      int64_t group = 0, channel = 0;
      for (auto [name, coefficient] : index.terms) {
        group += name.letter == inPack(letter) ? coefficient : 0;
        channel += name.letter == letter ? coefficient : 0;
      }
      return group == channel * indices.extentOf({letter});
    });
  }

  /// The digits of a dimension as the tensor has them, and their extents.
  Digits digitsOf(const Tensor &tensor, const Digits &group,
                  SmallVector<int64_t> &extents) {
    Digits digits;
    for (DigitName digit : group) {
      bool isChannel = digit.letter == 'c' || digit.letter == 'f';
      int64_t extent = indices.extentOf(digit);
      if (isChannel && packed != 1 && mergesPack(tensor, digit.letter)) {
        digits.pop_back();
        extents.pop_back();
        extent *= packed;
      }
      digits.push_back(digit);
      extents.push_back(extent);
    }
    return digits;
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
      Digits present = digitsOf(tensor, group, extents);
      ranks.push_back(present.size());
      llvm::append_range(digits, present);
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
  /// Whose windows are four rows each; or null.
  WindowOp pooling;
  int64_t packed;
  ConvIndices indices;
  OpBuilder builder;
  Digits batch, m, n, k;
  bool swapped = false;
};

/// Clocks of the pinned schedule, else the cheapest; infinite if there is none
/// that is legal.
double getLeastClocks(MatmulOp matmul, const ChipInfo &chip) {
  GemmProblem problem = matmul.getProblem();
  SmallVector<Schedule> schedules;
  if (ScheduleAttr pinned = matmul.getScheduleAttr()) {
    if (!checkGemmSchedule(problem, pinned.getSchedule(), chip))
      schedules.push_back(pinned.getSchedule());
  } else {
    schedules = getGemmCandidates(problem, chip);
  }
  double least = std::numeric_limits<double>::infinity();
  for (const Schedule &schedule : schedules)
    least = std::min(least, estimateGemmCost(problem, schedule, chip).cycles);
  return least;
}

/// How many groups of a convolution are one product.
class GroupPacker {
public:
  GroupPacker(ConvOp op, const ChipInfo *chip) : op(op), chip(chip) {}

  /// The product that takes the fewest clocks, and why in `reason`.
  MatmulOp write(std::string &reason) {
    MatmulOp best = GemmWriter(op, 1).write();
    if (op.getGroups() == 1)
      return best;
    if (!chip) {
      reason = "1 in a product: no chip is known";
      return best;
    }
    const double single = getClocks(best);
    double bestClocks = single;
    int64_t packed = 1;
    std::string others;
    for (int64_t groups = 2; groups <= getMostPacked(); ++groups) {
      if (op.getGroups() % groups != 0)
        continue;
      MatmulOp next = GemmWriter(op, groups).write();
      double clocks = getClocks(next);
      others += llvm::formatv(", {0}: {1:f0}", groups, clocks).str();
      bool isBetter = clocks < preference * bestClocks;
      (isBetter ? best : next).erase();
      if (!isBetter)
        continue;
      best = next;
      bestClocks = clocks;
      packed = groups;
    }
    reason = llvm::formatv("{0} in a product; clocks of its cheapest schedule "
                           "for 1: {1:f0}{2}",
                           packed, single, others)
                 .str();
    return best;
  }

private:
  /// A product of more groups must be cheaper by this factor.
  static constexpr double preference = 0.95;
  /// Channels beyond which no tile gets fuller.
  static constexpr int64_t mostChannels = 256;

  int64_t getMostPacked() {
    ConvExtents extents = op.getExtents();
    int64_t channels = std::max<int64_t>(1, std::max(extents.c, extents.f));
    return std::min(op.getExtents().g,
                    std::max<int64_t>(1, mostChannels / channels));
  }

  double getClocks(MatmulOp matmul) { return getLeastClocks(matmul, *chip); }

  ConvOp op;
  const ChipInfo *chip;
};

struct ConvToGemmPass : dlk::impl::ConvToGemmBase<ConvToGemmPass> {
  using ConvToGemmBase::ConvToGemmBase;

  void runOnOperation() override {
    SmallVector<ConvOp> convolutions;
    getOperation().walk([&](ConvOp op) { convolutions.push_back(op); });
    for (ConvOp written : convolutions) {
      ConvOp op = mergeGroups(written);
      if (pool(op))
        continue;
      MatmulOp matmul = write(op);
      if (!matmul)
        return signalPassFailure();
      op.replaceAllUsesWith(matmul.getResult());
      op.erase();
    }
  }

  /// Writes one product of a convolution and the pooling behind it, where that
  /// is possible and takes fewer clocks than both.
  bool pool(ConvOp op) {
    WindowOp pooling = getPooling(op);
    if (!pooling)
      return false;
    std::string reason = whyNotPooled(op, pooling);
    MatmulOp pooled;
    if (reason.empty())
      pooled = writePooled(op, pooling, reason);
    if (remarks)
      op.emitRemark("pooling is ")
          << (pooled ? "" : "not ") << "part of the convolution: " << reason;
    if (!pooled)
      return false;
    pooling.replaceAllUsesWith(pooled.getResult());
    pooling.erase();
    op.erase();
    return true;
  }

  /// Null if that takes longer. Pooling on its own reads and writes global
  /// memory.
  MatmulOp writePooled(ConvOp op, WindowOp pooling, std::string &reason) {
    const ChipInfo *chip = targetOf(op);
    if (!chip) {
      reason = "no chip is known";
      return {};
    }
    MatmulOp alone = GemmWriter(op, 1).write();
    MatmulOp pooled = GemmWriter(op, 1, pooling).write();
    if (ScheduleAttr pinned = op.getScheduleAttr())
      if (auto why = checkGemmSchedule(pooled.getProblem(),
                                       pinned.getSchedule(), *chip)) {
        reason = "the pinned schedule: " + *why;
        alone.erase();
        pooled.erase();
        return {};
      }
    double both = getLeastClocks(alone, *chip) +
                  pooling.getBytes() * chip->clockGHz / chip->memoryGBs;
    double one = getLeastClocks(pooled, *chip);
    alone.erase();
    reason = llvm::formatv("{0:f0} clocks, {1:f0} for two kernels", one, both);
    if (one < both)
      return pooled;
    std::string noTma = pooled.getProblem().lhs.noTmaReason;
    if (chip->hasTma && !noTma.empty())
      reason += "; by TMA, rows in the order of windows: " + noTma;
    pooled.erase();
    return {};
  }

  /// Null if the user asks for what is not possible.
  MatmulOp write(ConvOp op) {
    std::string reason = "pinned";
    MatmulOp matmul;
    if (Attribute pinned = op->getDiscardableAttr(packAttribute)) {
      auto packed = dyn_cast<IntegerAttr>(pinned);
      if (!packed || packed.getInt() < 1 ||
          op.getExtents().g % packed.getInt() != 0) {
        op.emitError("dlk.pack is no divisor of the ")
            << op.getGroups() << " groups: " << pinned << " [DLK-P124]";
        return {};
      }
      matmul = GemmWriter(op, packed.getInt()).write();
    } else {
      matmul = GroupPacker(op, targetOf(op)).write(reason);
    }
    if (remarks && op.getGroups() != 1)
      op.emitRemark("groups: ") << reason;
    return matmul;
  }
};

} // namespace

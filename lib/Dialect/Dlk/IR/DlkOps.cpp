// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// dlk.matmul: builder, text form, access to its layouts and its schedule
// interface. Verification, canonicalization and tiling have their own files.

#include "dlk/Dialect/Dlk/IR/Dlk.h"
#include "dlk/Support/ElementTypes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dlk;

#define GET_OP_CLASSES
#include "dlk/Dialect/Dlk/IR/DlkOps.cpp.inc"

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

void MatmulOp::build(OpBuilder &builder, OperationState &state, Value lhs,
                     Value rhs, ValueRange extras, Value init,
                     ArrayRef<AffineMap> maps, EpilogueBuilder buildEpilogue,
                     Type accType) {
  bool integers = isa<IntegerType>(getElementTypeOrSelf(lhs.getType()));
  if (!accType)
    accType = integers ? Type(builder.getI32Type()) : builder.getF32Type();
  auto resultType = cast<RankedTensorType>(init.getType());
  state.addOperands({lhs, rhs});
  state.addOperands(extras);
  state.addOperands(init);
  state.addTypes(resultType);
  Properties &properties = state.getOrAddProperties<Properties>();
  properties.indexing_maps = builder.getAffineMapArrayAttr(maps);
  properties.acc_type = TypeAttr::get(accType);

  OpBuilder::InsertionGuard guard(builder);
  SmallVector<Type> argTypes = {accType};
  for (Value extra : extras)
    argTypes.push_back(getElementTypeOrSelf(extra.getType()));
  SmallVector<Location> locs(argTypes.size(), state.location);
  Block *body = builder.createBlock(state.addRegion(), {}, argTypes, locs);
  Value value = body->getArgument(0);
  if (buildEpilogue)
    value = buildEpilogue(builder, state.location, body->getArguments());
  else if (resultType.getElementType() != accType)
    value = arith::TruncFOp::create(builder, state.location,
                                    resultType.getElementType(), value);
  YieldOp::create(builder, state.location, value);
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

/// Parses `keyword(%a, %b : type, type)` and resolves the operands.
static ParseResult parseOperandGroup(OpAsmParser &parser, StringRef keyword,
                                     OperationState &result, bool optional) {
  if (optional && failed(parser.parseOptionalKeyword(keyword)))
    return success();
  if (!optional && parser.parseKeyword(keyword))
    return failure();
  SmallVector<OpAsmParser::UnresolvedOperand> operands;
  SmallVector<Type> types;
  SMLoc loc = parser.getCurrentLocation();
  return failure(parser.parseLParen() || parser.parseOperandList(operands) ||
                 parser.parseColonTypeList(types) || parser.parseRParen() ||
                 parser.resolveOperands(operands, types, loc, result.operands));
}

/// `precision tf32 promote 128`, each if it is there.
static ParseResult parseNumerics(OpAsmParser &parser, OperationState &result) {
  if (succeeded(parser.parseOptionalKeyword("precision"))) {
    StringRef keyword;
    SMLoc loc = parser.getCurrentLocation();
    if (parser.parseKeyword(&keyword))
      return failure();
    std::optional<InputPrecision> precision = symbolizeInputPrecision(keyword);
    if (!precision)
      return parser.emitError(loc, "unknown precision: ")
             << keyword << "; known: ieee, tf32";
    result.getOrAddProperties<MatmulOp::Properties>().setPrecision(
        InputPrecisionAttr::get(parser.getContext(), *precision));
  }
  IntegerAttr promote;
  if (succeeded(parser.parseOptionalKeyword("promote")) &&
      parser.parseAttribute(promote, parser.getBuilder().getI64Type(),
                            "promote", result.attributes))
    return failure();
  return success();
}

/// `combine max`, if it is there.
static ParseResult parseCombine(OpAsmParser &parser, OperationState &result) {
  if (failed(parser.parseOptionalKeyword("combine")))
    return success();
  StringRef keyword;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseKeyword(&keyword))
    return failure();
  std::optional<WindowKind> kind = symbolizeWindowKind(keyword);
  if (!kind)
    return parser.emitError(loc, "unknown way to combine rows: ")
           << keyword << "; known: sum, max, min";
  result.getOrAddProperties<MatmulOp::Properties>().setCombine(
      WindowKindAttr::get(parser.getContext(), *kind));
  return success();
}

static ParseResult parseScheduleAndReason(OpAsmParser &parser,
                                          OperationState &result) {
  ScheduleAttr schedule;
  if (succeeded(parser.parseOptionalKeyword("schedule")) &&
      parser.parseAttribute(schedule, "schedule", result.attributes))
    return failure();
  StringAttr reason;
  if (succeeded(parser.parseOptionalKeyword("reason")) &&
      parser.parseAttribute(reason, "schedule_reason", result.attributes))
    return failure();
  return success();
}

ParseResult MatmulOp::parse(OpAsmParser &parser, OperationState &result) {
  SMLoc loc = parser.getCurrentLocation();
  if (parseOperandGroup(parser, "ins", result, false))
    return failure();
  if (result.operands.size() != 2)
    return parser.emitError(loc)
           << "expected two operands in ins: " << result.operands.size();
  size_t before = 0;
  if (parseOperandGroup(parser, "extras", result, true))
    return failure();
  before = result.operands.size();
  if (parseOperandGroup(parser, "outs", result, false))
    return failure();
  if (result.operands.size() != before + 1)
    return parser.emitError(loc) << "expected one operand in outs: "
                                 << result.operands.size() - before;
  ArrayAttr maps;
  TypeAttr accType;
  if (parser.parseKeyword("maps") ||
      parser.parseAttribute(maps, "indexing_maps", result.attributes))
    return failure();
  ArrayAttr gathers;
  if (succeeded(parser.parseOptionalKeyword("gathers")) &&
      parser.parseAttribute(gathers, "gathers", result.attributes))
    return failure();
  if (parseCombine(parser, result) || parser.parseKeyword("acc") ||
      parser.parseAttribute(accType, "acc_type", result.attributes) ||
      parseNumerics(parser, result) || parseScheduleAndReason(parser, result) ||
      parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  Type resultType;
  if (parser.parseRegion(*result.addRegion()) || parser.parseArrow() ||
      parser.parseType(resultType))
    return failure();
  result.addTypes(resultType);
  return success();
}

void MatmulOp::print(OpAsmPrinter &printer) {
  auto group = [&](StringRef keyword, ValueRange values) {
    printer << ' ' << keyword << '(' << values << " : " << values.getTypes()
            << ')';
  };
  group("ins", {getLhs(), getRhs()});
  if (!getExtras().empty())
    group("extras", getExtras());
  group("outs", getInit());
  printer << " maps " << getIndexingMaps();
  if (ArrayAttr gathers = getGathersAttr())
    printer << " gathers " << gathers;
  if (std::optional<WindowKind> combine = getCombine())
    printer << " combine " << stringifyWindowKind(*combine);
  printer << " acc " << getAccType();
  if (getPrecision() != InputPrecision::IEEE)
    printer << " precision " << stringifyInputPrecision(getPrecision());
  if (std::optional<uint64_t> promote = getPromote())
    printer << " promote " << *promote;
  if (ScheduleAttr schedule = getScheduleAttr())
    printer << " schedule " << schedule;
  if (StringAttr reason = getScheduleReasonAttr())
    printer << " reason " << reason;
  printer.printOptionalAttrDictWithKeyword(
      (*this)->getAttrs(),
      {"indexing_maps", "gathers", "combine", "acc_type", "precision",
       "promote", "schedule", "schedule_reason"});
  printer << ' ';
  printer.printRegion(getEpilogue());
  printer << " -> " << getType();
}

void MatmulOp::getAsmBlockArgumentNames(Region &region,
                                        OpAsmSetValueNameFn setName) {
  if (!region.empty() && region.getNumArguments() > 0)
    setName(region.getArgument(0), "acc");
}

//===----------------------------------------------------------------------===//
// Layout
//===----------------------------------------------------------------------===//

AffineMap MatmulOp::getMap(unsigned index) {
  return cast<AffineMapAttr>(getIndexingMaps()[index]).getValue();
}

RankedTensorType MatmulOp::getOperandType(unsigned operand) {
  return cast<RankedTensorType>((*this)->getOperand(operand).getType());
}

SmallVector<int64_t> MatmulOp::getOperandShape(unsigned operand) {
  if (GatherAttr gather = getGather(operand))
    return gather.getShape();
  return llvm::to_vector(getOperandType(operand).getShape());
}

SmallVector<int64_t> MatmulOp::getIterationSizes() {
  SmallVector<int64_t> sizes(getNumDims(), 1);
  for (unsigned operand : {0u, 1u, getNumOperands() - 1})
    for (auto [expr, size] : llvm::zip_equal(getMap(operand).getResults(),
                                             getOperandShape(operand)))
      sizes[cast<AffineDimExpr>(expr).getPosition()] = size;
  return sizes;
}

SmallVector<int64_t> MatmulOp::getBatchSizes() {
  SmallVector<int64_t> sizes = getIterationSizes();
  sizes.resize(getNumBatchDims());
  return sizes;
}

int64_t MatmulOp::getBatch() {
  uint64_t product = 1;
  for (int64_t size : getBatchSizes())
    product = llvm::SaturatingMultiply(product, uint64_t(size));
  return std::min<uint64_t>(product, INT64_MAX);
}

SmallVector<int64_t> MatmulOp::getOperandStrides(unsigned operand) {
  AffineMap map = getMap(operand);
  ArrayRef<int64_t> shape = getOperandType(operand).getShape();
  SmallVector<int64_t> strides(getNumDims(), 0);
  if (GatherAttr gather = getGather(operand)) {
    std::optional<Layout> layout = gather.getGather().asStrided(shape);
    assert(layout && "the operand is not in memory");
    for (auto [position, mode] : llvm::enumerate(layout->getModes()))
      strides[map.getDimPosition(position)] = mode.front().stride;
    return strides;
  }
  int64_t stride = 1;
  for (unsigned position = map.getNumResults(); position-- > 0;) {
    strides[map.getDimPosition(position)] = stride;
    stride *= shape[position];
  }
  return strides;
}

std::optional<unsigned> MatmulOp::getContiguousDim(unsigned operand) {
  AffineMap map = getMap(operand);
  if (GatherAttr gather = getGather(operand)) {
    std::optional<unsigned> dim = gather.getGather().getContiguousDim();
    return dim ? std::optional(map.getDimPosition(*dim)) : std::nullopt;
  }
  if (map.getNumResults() == 0)
    return std::nullopt;
  return map.getDimPosition(map.getNumResults() - 1);
}

int64_t MatmulOp::getPieceBytes(unsigned operand) {
  RankedTensorType type = getOperandType(operand);
  int64_t elementBytes = type.getElementTypeBitWidth() / 8;
  if (GatherAttr gather = getGather(operand))
    return elementBytes *
           gather.getGather().getVector(type.getShape(), 16 / elementBytes);
  if (type.getRank() == 0)
    return elementBytes;
  int64_t rowBytes = type.getShape().back() * elementBytes;
  int64_t piece = 16;
  while (piece > elementBytes && rowBytes % piece)
    piece /= 2;
  return piece;
}

YieldOp MatmulOp::getYield() {
  return cast<YieldOp>(getBody()->getTerminator());
}

//===----------------------------------------------------------------------===//
// Schedule
//===----------------------------------------------------------------------===//

/// How an operand or the result lies in memory, as a matrix of `outer` and
/// `inner`. A copy runs along one of these, not along a batch dimension.
static GemmTensor describeTensor(MatmulOp op, unsigned operand, unsigned outer,
                                 unsigned inner) {
  RankedTensorType type = op.getOperandType(operand);
  std::optional<unsigned> contiguous = op.getContiguousDim(operand);
  SmallVector<int64_t> sizes = op.getIterationSizes();
  GemmTensor tensor;
  tensor.pieceBytes = contiguous == outer || contiguous == inner
                          ? op.getPieceBytes(operand)
                          : type.getElementTypeBitWidth() / 8;
  tensor.rank = 2;
  tensor.inner = contiguous == inner;
  tensor.gathered = op.isGathered(operand);
  if (tensor.gathered)
    return tensor;
  for (auto [dim, stride] : llvm::enumerate(op.getOperandStrides(operand)))
    if (dim < op.getNumBatchDims() && stride != 0 && sizes[dim] != 1)
      ++tensor.rank;
  return tensor;
}

static InputKind getInputKind(Type type) {
  if (type.isF16())
    return InputKind::F16;
  if (type.isBF16())
    return InputKind::BF16;
  if (type.isF32())
    return InputKind::TF32;
  return type.isInteger() ? InputKind::Int8 : InputKind::FP8;
}

GemmProblem MatmulOp::getProblem() {
  GemmProblem problem;
  problem.batch = getBatch();
  problem.m = getM();
  problem.n = getN();
  problem.k = getK();
  problem.inputKind = getInputKind(getLhsElementType());
  problem.inputBytes = getLhsElementType().getIntOrFloatBitWidth() / 8;
  problem.promote = getPromote().value_or(0);
  problem.combinesRows = getCombine().has_value();
  problem.sumBytes = getAccType().getIntOrFloatBitWidth() / 8;
  problem.outputBytes = getResultElementType().getIntOrFloatBitWidth() / 8;
  problem.lhs = describeTensor(*this, 0, getMDim(), getKDim());
  problem.rhs = describeTensor(*this, 1, getNDim(), getKDim());
  describeTmaGather(*this, 0, problem.lhs);
  describeTmaGather(*this, 1, problem.rhs);
  problem.channels = getChannels();
  if (std::optional<TapRanges> taps = getTapRanges())
    problem.tapFraction = taps->getFraction();
  problem.output =
      describeTensor(*this, getNumOperands() - 1, getMDim(), getNDim());
  problem.epilogueCallsMath =
      llvm::any_of(getBody()->getOperations(), [](Operation &op) {
        return isa_and_nonnull<math::MathDialect>(op.getDialect());
      });
  problem.convertsFp8 =
      llvm::any_of(getBody()->getOperations(), [](Operation &op) {
        return llvm::any_of(op.getOperandTypes(), isFp8);
      });
  problem.bytes = getBytes();
  return problem;
}

std::optional<std::string> MatmulOp::checkSchedule(ScheduleAttr schedule,
                                                   const ChipInfo &chip) {
  return checkGemmSchedule(getProblem(), schedule.getSchedule(), chip);
}

SmallVector<ScheduleAttr>
MatmulOp::getScheduleCandidates(const ChipInfo &chip) {
  return llvm::map_to_vector(getGemmCandidates(getProblem(), chip),
                             [&](const Schedule &schedule) {
                               return ScheduleAttr::get(getContext(), schedule);
                             });
}

ScheduleCost MatmulOp::estimateCost(ScheduleAttr schedule,
                                    const ChipInfo &chip) {
  return estimateGemmCost(getProblem(), schedule.getSchedule(), chip);
}

double MatmulOp::getFlops() {
  // What a convolution needs, whose product may have more.
  if (auto flops = (*this)->getAttrOfType<FloatAttr>("dlk.flops"))
    return flops.getValueAsDouble();
  double flops = 2;
  for (int64_t size : getIterationSizes())
    flops *= double(size);
  return flops;
}

double MatmulOp::getBytes() {
  double bytes = 0;
  for (unsigned operand = 0; operand < getNumOperands(); ++operand) {
    double tensor = getOperandType(operand).getElementTypeBitWidth() / 8.0;
    for (int64_t size : getOperandType(operand).getShape())
      tensor *= double(size);
    bytes += tensor;
  }
  return bytes;
}

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Text and rules of memory, fragment, ring and slot types.

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/CheckedArithmetic.h"

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

#define GET_TYPEDEF_CLASSES
#include "dlk/Dialect/DlkTile/IR/DlkTileTypes.cpp.inc"

void DlkTileDialect::registerTypes() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dlk/Dialect/DlkTile/IR/DlkTileTypes.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// Mem
//===----------------------------------------------------------------------===//

/// `<128x32xf16, #layout, shared>`; the layout may be missing, a gather may
/// follow.
Type MemType::parse(AsmParser &parser) {
  SmallVector<int64_t> shape;
  Type element;
  LayoutAttr layout;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLess() ||
      parser.parseDimensionList(shape, /*allowDynamic=*/false) ||
      parser.parseType(element) || parser.parseComma())
    return {};
  OptionalParseResult hasLayout = parser.parseOptionalAttribute(layout);
  if (hasLayout.has_value() && (failed(*hasLayout) || parser.parseComma()))
    return {};
  FailureOr<MemorySpace> space = FieldParser<MemorySpace>::parse(parser);
  GatherAttr gather;
  if (failed(space) ||
      (succeeded(parser.parseOptionalComma()) && parser.parseAttribute(gather)))
    return {};
  if (parser.parseGreater())
    return {};
  return parser.getChecked<MemType>(loc, parser.getContext(), shape, element,
                                    layout, *space, gather);
}

void MemType::print(AsmPrinter &printer) const {
  printer << '<';
  for (int64_t extent : getShape())
    printer << extent << 'x';
  printer << getElementType() << ", ";
  if (getLayout())
    printer << getLayout() << ", ";
  printer << stringifyMemorySpace(getSpace());
  if (getGather())
    printer << ", " << getGather();
  printer << '>';
}

static bool isSupportedElement(Type element) {
  unsigned bits = element.isIntOrFloat() ? element.getIntOrFloatBitWidth() : 0;
  return bits == 8 || bits == 16 || bits == 32 || bits == 64;
}

static LogicalResult verifyGather(function_ref<InFlightDiagnostic()> emitError,
                                  ArrayRef<int64_t> shape, LayoutAttr layout,
                                  MemorySpace space, GatherAttr gather) {
  bool strided = layout && llvm::all_of(layout.getModeRanks(),
                                        [](int64_t rank) { return rank == 1; });
  if (space == MemorySpace::Global && strided &&
      llvm::equal(gather.getShape(), shape) &&
      gather.getMap().getNumResults() == layout.getModeRanks().size())
    return success();
  return emitError() << "gather does not take [" << shape
                     << "] to the dimensions of global memory, of one stride "
                        "each: "
                     << gather << " [DLK-T90]";
}

LogicalResult MemType::verify(function_ref<InFlightDiagnostic()> emitError,
                              ArrayRef<int64_t> shape, Type element,
                              LayoutAttr layout, MemorySpace space,
                              GatherAttr gather) {
  if (!isSupportedElement(element))
    return emitError() << "memory holds elements other than integers or floats "
                          "of 8, 16, 32 or "
                          "64 bits: "
                       << element << " [DLK-T7]";
  int64_t elements = 1;
  for (int64_t extent : shape) {
    auto product = llvm::checkedMul(elements, extent);
    if (!product || *product >= int64_t(1) << 48)
      return emitError() << "memory has 2^48 elements or more [DLK-T5]";
    elements = *product;
  }
  if (!layout && space == MemorySpace::Global)
    return emitError() << "global memory has no layout [DLK-T6]";
  if (gather)
    return verifyGather(emitError, shape, layout, space, gather);
  if (!layout)
    return success();
  Layout plain = layout.getLayout();
  if (plain.getRank() != static_cast<int64_t>(shape.size()))
    return emitError() << "layout of rank " << plain.getRank()
                       << " on memory of rank " << shape.size() << " [DLK-T5]";
  for (auto [dim, extent] : llvm::enumerate(shape))
    if (plain.getExtent(dim) != extent)
      return emitError() << "layout covers " << plain.getExtent(dim)
                         << " elements of dimension " << dim << ", which has "
                         << extent << " [DLK-T5]";
  return success();
}

SmallVector<int64_t> MemType::getTensorShape() const {
  Layout layout = getLayout().getLayout();
  SmallVector<int64_t> shape;
  for (int64_t dim = 0; dim < layout.getRank(); ++dim)
    shape.push_back(layout.getExtent(dim));
  return shape;
}

int64_t MemType::getNumElements() const {
  return ShapedType::getNumElements(getShape());
}

int64_t MemType::getElementBytes() const {
  return getElementType().getIntOrFloatBitWidth() / 8;
}

int64_t MemType::getSpanBytes() const {
  return getLayout().getLayout().getSpan() * getElementBytes();
}

//===----------------------------------------------------------------------===//
// Frag
//===----------------------------------------------------------------------===//

Type FragType::parse(AsmParser &parser) {
  SmallVector<int64_t> shape;
  Type element;
  FragmentAttr layout;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLess() ||
      parser.parseDimensionList(shape, /*allowDynamic=*/false) ||
      parser.parseType(element) || parser.parseComma() ||
      parser.parseAttribute(layout) || parser.parseGreater())
    return {};
  return parser.getChecked<FragType>(loc, parser.getContext(), shape, element,
                                     layout);
}

void FragType::print(AsmPrinter &printer) const {
  printer << '<';
  for (int64_t extent : getShape())
    printer << extent << 'x';
  printer << getElementType() << ", " << getLayout() << '>';
}

static FragmentRole roleOf(FragmentKind kind) {
  switch (kind) {
  case FragmentKind::MmaA:
    return FragmentRole::MmaA;
  case FragmentKind::MmaB:
    return FragmentRole::MmaB;
  case FragmentKind::MmaAcc:
    return FragmentRole::MmaAcc;
  case FragmentKind::WgmmaAcc:
    return FragmentRole::WgmmaAcc;
  }
  llvm_unreachable("all kinds have a role");
}

static FragmentLayout fragmentLayout(ArrayRef<int64_t> shape, Type element,
                                     FragmentAttr layout) {
  return {roleOf(layout.getKind()),
          shape[0],
          shape[1],
          layout.getWarpsM(),
          layout.getWarpsN(),
          element.getIntOrFloatBitWidth() / 8};
}

LogicalResult FragType::verify(function_ref<InFlightDiagnostic()> emitError,
                               ArrayRef<int64_t> shape, Type element,
                               FragmentAttr layout) {
  if (shape.size() != 2)
    return emitError() << "fragment does not have rank 2: " << shape.size()
                       << " [DLK-T8]";
  if (!isSupportedElement(element))
    return emitError() << "fragment holds elements other than integers or "
                          "floats of 8, 16, 32 or 64 bits: "
                       << element << " [DLK-T12]";
  for (int64_t extent : shape)
    if (extent > 65536)
      return emitError() << "fragment has more than 65536 elements in a "
                            "dimension: "
                         << extent << " [DLK-T9]";
  FragmentKind kind = layout.getKind();
  if ((kind == FragmentKind::MmaA || kind == FragmentKind::MmaB) &&
      element.getIntOrFloatBitWidth() > 32)
    return emitError() << "operand fragment holds elements other than of 8, 16 "
                          "or 32 bits: "
                       << element << " [DLK-T12]";
  FragmentLayout fragment = fragmentLayout(shape, element, layout);
  auto [rows, columns] = fragment.tileShape();
  if (!fragment.isValid())
    return emitError() << "fragment of " << shape[0] << "x" << shape[1]
                       << " is no multiple of the instruction tile " << rows
                       << "x" << columns << " times the warps ["
                       << layout.getWarpsM() << ", " << layout.getWarpsN()
                       << "] [DLK-T9]";
  return success();
}

FragmentLayout FragType::getFragmentLayout() const {
  return fragmentLayout(getShape(), getElementType(), getLayout());
}

int64_t FragType::getElementsPerThread() const {
  return getFragmentLayout().elementsPerThread();
}

//===----------------------------------------------------------------------===//
// Ring and slot
//===----------------------------------------------------------------------===//

static LogicalResult verifyBuffers(function_ref<InFlightDiagnostic()> emitError,
                                   ArrayRef<Type> buffers) {
  if (buffers.empty())
    return emitError() << "stage has no buffers [DLK-T11]";
  for (Type type : buffers)
    if (auto mem = dyn_cast<MemType>(type); !mem || !mem.isShared())
      return emitError() << "buffer of a stage is not shared memory: " << type
                         << " [DLK-T11]";
  return success();
}

LogicalResult SlotType::verify(function_ref<InFlightDiagnostic()> emitError,
                               ArrayRef<Type> buffers) {
  return verifyBuffers(emitError, buffers);
}

LogicalResult RingType::verify(function_ref<InFlightDiagnostic()> emitError,
                               int64_t stages, ArrayRef<Type> buffers) {
  if (stages < 2 || stages > 8)
    return emitError() << "stages of a ring are not in 2..8: " << stages
                       << " [DLK-T10]";
  return verifyBuffers(emitError, buffers);
}

//===----------------------------------------------------------------------===//
// Tensor map and accumulator in flight
//===----------------------------------------------------------------------===//

/// Whether a TMA descriptor can describe the memory.
static bool isTensorMapMemory(MemType memory) {
  if (memory.isShared() || memory.getRank() < 2 || memory.getRank() > 5 ||
      !memory.getLayout() || memory.getLayout().getLayout().getSwizzle())
    return false;
  Layout layout = memory.getLayout().getLayout();
  for (auto [dim, mode] : llvm::enumerate(layout.getModes())) {
    if (mode.size() != 1)
      return false;
    int64_t stride = mode.front().stride;
    bool last = static_cast<int64_t>(dim) + 1 == memory.getRank();
    if (last ? stride != 1
             : stride <= 0 || stride % (16 / memory.getElementBytes()) != 0)
      return false;
  }
  return true;
}

static LogicalResult verifyBox(function_ref<InFlightDiagnostic()> emitError,
                               MemType memory, ArrayRef<int64_t> box,
                               int64_t swizzle) {
  auto inRange = [](int64_t extent) { return extent >= 1 && extent <= 256; };
  if (box.size() != 2 || !llvm::all_of(box, inRange) ||
      box[1] * memory.getElementBytes() % 16 != 0)
    return emitError() << "box is not 2 extents in 1..256 with rows of a "
                          "multiple of 16 bytes: ["
                       << box << "] [DLK-T49]";
  if (!llvm::is_contained({0, 32, 64, 128}, swizzle) ||
      (swizzle != 0 && box[1] * memory.getElementBytes() != swizzle))
    return emitError()
           << "swizzle is not 0, or 32, 64 or 128 and the bytes of a "
              "row of the box: "
           << swizzle << " for " << box[1] * memory.getElementBytes()
           << " bytes [DLK-T50]";
  return success();
}

/// A tensor map of the tensor behind a gather.
static LogicalResult
verifyGatherMap(function_ref<InFlightDiagnostic()> emitError, MemType memory,
                ArrayRef<int64_t> box, int64_t swizzle) {
  Gather gather = memory.getGather().getGather();
  SmallVector<int64_t> shape = memory.getTensorShape();
  std::string why = "the array has one dimension";
  std::optional<TmaGather> form;
  bool dense = memory.getLayout().getLayout().getModes() ==
               Layout::rowMajor(shape).getModes();
  if (gather.getRank() >= 2 && dense)
    form = findTmaGather(gather, shape, memory.getElementBytes(), why);
  if (!dense)
    why = "the tensor is not dense";
  else if (form && box.size() == 2 && !fitsBoxes(gather, *form, box[0], box[1]))
    why = why.empty() ? "boxes cross what they cannot" : why;
  else if (form)
    return verifyBox(emitError, memory, box, swizzle);
  return emitError() << "TMA cannot follow the gather of " << memory << ": "
                     << why << " [DLK-T91]";
}

LogicalResult TmapType::verify(function_ref<InFlightDiagnostic()> emitError,
                               MemType memory, ArrayRef<int64_t> box,
                               int64_t swizzle) {
  if (memory.getGather())
    return verifyGatherMap(emitError, memory, box, swizzle);
  if (!isTensorMapMemory(memory))
    return emitError() << "memory of a tensor map is not global, strided, of "
                          "rank 2 to 5, with contiguous columns and strides of "
                          "multiples of 16 bytes: "
                       << memory << " [DLK-T48]";
  return verifyBox(emitError, memory, box, swizzle);
}

std::optional<TmaGather> TmapType::getTmaGather() const {
  MemType memory = getMemory();
  std::string why;
  if (!memory.getGather())
    return std::nullopt;
  return findTmaGather(memory.getGather().getGather(), memory.getTensorShape(),
                       memory.getElementBytes(), why);
}

LogicalResult InflightType::verify(function_ref<InFlightDiagnostic()> emitError,
                                   FragType fragment) {
  if (fragment.getLayout().getKind() == FragmentKind::WgmmaAcc)
    return success();
  return emitError() << "fragment is not of kind wgmma_acc: " << fragment
                     << " [DLK-T51]";
}

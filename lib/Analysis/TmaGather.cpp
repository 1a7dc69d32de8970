// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which gathers are boxes of a tensor, and which are pixels of images.

#include "dlk/Analysis/TmaGather.h"
#include "llvm/Support/FormatVariadic.h"

using namespace dlk;
using llvm::formatv;

namespace {

class FormFinder {
public:
  FormFinder(const Gather &gather, llvm::ArrayRef<int64_t> shape,
             int64_t elementBytes, std::string &why)
      : gather(gather), shape(shape), elementBytes(elementBytes), why(why),
        rowDim(gather.getRank() - 2), columnDim(gather.getRank() - 1),
        firstRow(gather.getFirstDigit(rowDim)),
        firstColumn(gather.getFirstDigit(columnDim)),
        lastDigit(gather.getNumDigits() - 1) {}

  std::optional<TmaGather> find() {
    if (!hasColumns())
      return std::nullopt;
    std::optional<TmaGather> tiled = findTiled();
    // Of pixels the next row may differ in other digits than the last, too.
    bool isTiled = tiled && (gather.groups[rowDim].size() == 1 || !isPixels());
    std::optional<TmaGather> form = isTiled ? tiled : findIm2col();
    if (!form)
      return tiled;
    why.clear();
    return form;
  }

private:
  std::nullopt_t refuse(std::string reason) {
    why = std::move(reason);
    return std::nullopt;
  }
  int64_t coefficient(unsigned tensorDim, unsigned digit) const {
    return gather.coefficients[tensorDim][digit];
  }
  unsigned rank() const { return shape.size(); }

  /// Rows of boxes are contiguous, aligned, and end where the tensor does.
  bool hasColumns() {
    if (rank() < 2 || rank() > 5) {
      refuse(formatv("the tensor has {0} dimensions, not 2 to 5", rank()));
      return false;
    }
    if (gather.getContiguousDim() != columnDim) {
      refuse("rows are not contiguous");
      return false;
    }
    int64_t aligned = 16 / elementBytes;
    if (shape.back() % aligned != 0 || gather.constants.back() % aligned != 0) {
      refuse(formatv("rows of {0} elements are not aligned to 16 bytes",
                     shape.back()));
      return false;
    }
    for (unsigned digit = 0; digit < lastDigit; ++digit)
      if (coefficient(rank() - 1, digit) % aligned != 0) {
        refuse("parts of rows are not aligned to 16 bytes");
        return false;
      }
    // What lies past the digit's end must lie past the tensor's.
    if (isPadded(columnDim, rank() - 1)) {
      refuse("channels of a group end inside the tensor");
      return false;
    }
    return true;
  }

  /// Whether all that lies past the end of the last digit of a dimension is
  /// past the end of its tensor dimension too, however far other digits go
  /// back.
  bool endsOutside(unsigned dim, unsigned tensorDim) const {
    int64_t end = gather.groups[dim].back() + gather.constants[tensorDim];
    unsigned digit = 0;
    for (const auto &group : gather.groups)
      for (int64_t extent : group)
        end += std::min<int64_t>(0, coefficient(tensorDim, digit++)) *
               std::max<int64_t>(0, extent - 1);
    return end >= shape[tensorDim];
  }

  /// Whether the last digit of a dimension goes on where, in its tensor
  /// dimension, there is what other digits mean. Those that go back mean the
  /// same elements, or zeros, as the blocks of a diagonal.
  bool isPadded(unsigned dim, unsigned tensorDim) const {
    unsigned last = gather.getFirstDigit(dim + 1) - 1;
    int64_t extent = gather.groups[dim].back();
    for (unsigned digit = 0; digit < gather.getNumDigits(); ++digit) {
      int64_t other = coefficient(tensorDim, digit);
      bool isBlock = other < 0 && endsOutside(dim, tensorDim);
      if (digit != last && !isBlock && other != 0 && std::abs(other) < extent)
        return true;
    }
    return gather.constants[tensorDim] != 0;
  }

  std::optional<TmaGather> findTiled() {
    unsigned digit = firstColumn - 1;
    TmaGather form;
    unsigned found = 0;
    for (unsigned dim = 0; dim < rank(); ++dim) {
      if (coefficient(dim, digit) == 0)
        continue;
      if (coefficient(dim, digit) != 1 || dim + 1 == rank())
        return refuse("rows do not run along a dimension of the tensor");
      form.rowTensorDim = dim;
      ++found;
    }
    if (found != 1 || isPadded(rowDim, form.rowTensorDim))
      return refuse("rows do not run along a dimension of the tensor");
    return form;
  }

  /// Whether each row digit moves along a dimension of its own, from the
  /// tensor's first on.
  bool isPixels() const {
    size_t count = gather.groups[rowDim].size();
    if (count + 1 != rank())
      return false;
    for (unsigned i = 0; i < count; ++i)
      for (unsigned dim = 0; dim < rank(); ++dim)
        if ((coefficient(dim, firstRow + i) != 0) != (dim == i))
          return false;
    return true;
  }

  std::optional<TmaGather> findIm2col() {
    if (rank() < 3 || !isPixels())
      return refuse("rows are not the pixels of images with channels last");
    for (unsigned digit = 0; digit < gather.getNumDigits(); ++digit)
      if ((digit == firstRow) != (coefficient(0, digit) != 0) ||
          coefficient(0, firstRow) != 1 || gather.constants[0] != 0)
        return refuse("images are not counted one by one");
    TmaGather form;
    form.im2col = true;
    for (unsigned dim = 1; dim + 1 < rank(); ++dim)
      if (!addSpatial(dim, form))
        return std::nullopt;
    return form;
  }

  bool addSpatial(unsigned dim, TmaGather &form) {
    // Bits of an offset, and limits of the corners, for the rank.
    static constexpr int64_t offsetLimits[] = {1 << 16, 1 << 8, 1 << 5};
    static constexpr int64_t cornerLimits[] = {1 << 15, 1 << 7, 1 << 4};
    constexpr int64_t mostStride = 8;
    int64_t stride = coefficient(dim, firstRow + dim), offset = 0;
    if (stride < 1 || stride > mostStride) {
      refuse(formatv("stride is not in 1..8: {0}", stride));
      return false;
    }
    for (unsigned digit = 0; digit < lastDigit; ++digit) {
      bool isTap = digit >= firstColumn;
      if (digit == firstRow + dim || coefficient(dim, digit) == 0)
        continue;
      if (!isTap || coefficient(dim, digit) < 0) {
        refuse("pixels move by other things than filter taps");
        return false;
      }
      offset += coefficient(dim, digit) *
                (gather.groups[columnDim][digit - firstColumn] - 1);
    }
    int64_t positions = gather.groups[rowDim][dim];
    int64_t lower = gather.constants[dim];
    int64_t upper = lower + (positions - 1) * stride + 1 - shape[dim];
    int64_t limit = cornerLimits[rank() - 3];
    if (offset >= offsetLimits[rank() - 3]) {
      refuse(formatv("filter reaches over {0} pixels; TMA allows {1}", offset,
                     offsetLimits[rank() - 3] - 1));
      return false;
    }
    if (lower < -limit || lower >= limit || upper < -limit || upper >= limit) {
      refuse(formatv("corners of the pixels are not in -{0}..{1}: {2}, {3}",
                     limit, limit - 1, lower, upper));
      return false;
    }
    form.lower.push_back(lower);
    form.upper.push_back(upper);
    form.strides.push_back(stride);
    return true;
  }

  const Gather &gather;
  llvm::ArrayRef<int64_t> shape;
  int64_t elementBytes;
  std::string &why;
  unsigned rowDim, columnDim, firstRow, firstColumn, lastDigit;
};

} // namespace

std::optional<TmaGather> dlk::findTmaGather(const Gather &gather,
                                            llvm::ArrayRef<int64_t> tensorShape,
                                            int64_t elementBytes,
                                            std::string &why) {
  return FormFinder(gather, tensorShape, elementBytes, why).find();
}

int64_t dlk::getBoxRows(const Gather &gather, const TmaGather &form) {
  const auto &rows = gather.groups[gather.getRank() - 2];
  return form.im2col || rows.size() == 1 ? 0 : rows.back();
}

bool dlk::fitsBoxes(const Gather &gather, const TmaGather &form, int64_t rows,
                    int64_t columns) {
  const auto &digits = gather.groups[gather.getRank() - 1];
  int64_t most = getBoxRows(gather, form);
  return (digits.size() == 1 || digits.back() % columns == 0) &&
         (most == 0 || most % rows == 0);
}

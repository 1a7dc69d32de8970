// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Single elements of a plan's types as bytes in memory. Conversions to a small
// float round once, to nearest even; values past the largest become infinity,
// in a type without infinity NaN.

#ifndef DLK_RUNTIME_ELEMENTS_H
#define DLK_RUNTIME_ELEMENTS_H

#include "dlk/Runtime/LaunchPlan.h"

namespace dlk::runtime {

/// The value at `bytes`. Not for i4.
double loadElement(DType type, const uint8_t *bytes);

/// Stores a value; an integer type takes the low bits of the nearest integer.
/// Not for i4.
void storeElement(DType type, double value, uint8_t *bytes);

/// The bytes of a kernel parameter.
std::vector<uint8_t> getBytes(const ValueParam &param);

/// Copies between the buffer's own form, with its strides, and its elements in
/// row-major order. Both do nothing to the gaps between rows.
void scatter(const Buffer &buffer, const uint8_t *dense, uint8_t *strided);
void gather(const Buffer &buffer, const uint8_t *strided, uint8_t *dense);

} // namespace dlk::runtime

#endif // DLK_RUNTIME_ELEMENTS_H

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Operands of wgmma as bytes of shared memory, and their descriptors.

`outer` is M or N. The layouts are the canonical ones of the PTX ISA ("Strides",
"Shared Memory Matrix Layout"), element by element.
"""

import numpy as np

from .fragments import BITS

#: Width of the swizzle pattern in bytes, and its code in a descriptor.
SWIZZLES = {"none": (16, 0), "32B": (32, 3), "64B": (64, 2), "128B": (128, 1)}


def swizzled(address, swizzle):
    """Where a byte lies that the layout puts at `address`, counted from 1024."""
    bits = {"none": 0, "32B": 1, "64B": 3, "128B": 7}[swizzle]
    return address ^ ((address >> 7 & bits) << 4)


class Layout:
    """The places of an outer x k operand of one instruction."""

    def __init__(self, outer, form, swizzle, k_major=True, k_total=None):
        self.form, self.swizzle, self.k_major = form, swizzle, k_major
        self.size = BITS[form] // 8
        self.outer = outer
        self.k = k_total or 32 // self.size
        self.span = SWIZZLES[swizzle][0]
        if not k_major:
            self.major_bytes = outer * self.size
            self.leading = 8 * self.span * max(self.k // 8, 1)
            self.stride = 8 * self.span
            if swizzle == "none":  # the two strides change places
                self.leading, self.stride = self.stride, self.leading
        elif swizzle == "none":
            self.leading, self.stride = 128, 128 * (self.k * self.size // 16)
        else:
            self.leading, self.stride = 16, 8 * self.span

    def address(self, outer, k):
        """The byte of an element, before its place in the swizzle's pattern."""
        if self.k_major:
            byte = k * self.size
            if self.swizzle == "none":
                return (outer // 8 * self.stride + outer % 8 * 16 +
                        byte // 16 * self.leading + byte % 16)
            block = byte // self.span * (self.outer // 8 * self.stride)
            return block + outer // 8 * self.stride + outer % 8 * self.span + byte % self.span
        byte = outer * self.size
        along, across = self.leading, self.stride
        if self.swizzle == "none":
            along, across = across, along
        return (byte // self.span * along + k // 8 * across + k % 8 * self.span +
                byte % self.span)

    @property
    def bytes(self):
        """Shared memory that the operand takes: a whole number of 16 bytes for each
        of 128 threads."""
        return (int(self._places().max()) + self.size + 2047) // 2048 * 2048

    def _places(self):
        """The byte of each element, outer by k."""
        outer, k = np.meshgrid(np.arange(self.outer), np.arange(self.k), indexing="ij")
        return swizzled(self.address(outer, k), self.swizzle)

    def image(self, matrix):
        """Bytes of shared memory from element bits [outer][k]."""
        start = self._places()
        found = np.zeros(self.bytes, np.uint8)
        for byte in range(self.size):
            found[start + byte] = (matrix >> np.uint64(8 * byte)).astype(np.uint8)
        return found

    def descriptor(self):
        """The descriptor without its address (bits 0 to 13)."""
        return ((self.leading >> 4) << 16 | (self.stride >> 4) << 32 |
                SWIZZLES[self.swizzle][1] << 62)

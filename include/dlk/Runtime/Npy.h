// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// NumPy's .npy files, versions 1 to 3, little endian, rows first. What NumPy
// has no type for travels as raw bits: bf16 as uint16, 8-bit floats as uint8;
// void types of the same size, as ml_dtypes writes them, are taken as well.

#ifndef DLK_RUNTIME_NPY_H
#define DLK_RUNTIME_NPY_H

#include "dlk/Runtime/LaunchPlan.h"

namespace dlk::runtime {

struct NpyArray {
  std::string descr; ///< "<f4", "|u1", ...
  std::vector<int64_t> shape;
  std::vector<uint8_t> data;
};

/// Reads a file. Errors begin with `path`.
llvm::Expected<NpyArray> readNpy(llvm::StringRef path);

/// Reads the bytes of a file; `name` stands in front of errors.
llvm::Expected<NpyArray> parseNpy(llvm::StringRef bytes, llvm::StringRef name);

/// Writes a file that appears whole or not at all.
llvm::Error writeNpy(llvm::StringRef path, const NpyArray &array);

/// "float32 [512x513]", in NumPy's words.
std::string getTypeText(const NpyArray &array);

/// What the elements are if nobody says: float16 is f16, uint16 is i16, two
/// bytes of void bf16. None for one byte of void, which may be either 8-bit
/// float.
std::optional<DType> getElementType(const NpyArray &array);

/// Errors unless the array can be the contents of the buffer: "arg0: expected
/// f16 [512x512], got float32 [512x513]".
llvm::Error checkFits(const NpyArray &array, const Buffer &buffer);

/// An array of the buffer's shape with the type that stands for its own.
llvm::Expected<NpyArray> makeNpy(const Buffer &buffer,
                                 std::vector<uint8_t> data);

} // namespace dlk::runtime

#endif // DLK_RUNTIME_NPY_H

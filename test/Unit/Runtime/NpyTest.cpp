// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// .npy files: what NumPy writes is read, what is written is what NumPy would
// write, and everything else is one error.

#include "dlk/Runtime/Npy.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"

using namespace dlk::runtime;

namespace {

/// The bytes of a file of version 1 with this header and data.
std::string makeFile(std::string header, const std::string &data) {
  header += "\n";
  std::string length{char(header.size() & 0xff), char(header.size() >> 8)};
  return std::string("\x93NUMPY\x01\x00", 8) + length + header + data;
}

std::string getError(const std::string &bytes) {
  auto array = parseNpy(bytes, "x.npy");
  return array ? "" : llvm::toString(array.takeError());
}

Buffer makeBuffer(DType type, std::vector<int64_t> shape) {
  Buffer buffer;
  buffer.name = "arg0";
  buffer.dtype = type;
  buffer.shape = std::move(shape);
  return buffer;
}

TEST(Npy, ReadsHeadersInAnyOrder) {
  auto array = parseNpy(makeFile("{\"shape\": (2, 1), 'fortran_order':False, "
                                 "'descr':'<i2'}",
                                 std::string("\1\0\2\0", 4)),
                        "x.npy");
  ASSERT_TRUE(bool(array)) << llvm::toString(array.takeError());
  EXPECT_EQ(array->descr, "<i2");
  EXPECT_EQ(array->shape, (std::vector<int64_t>{2, 1}));
  EXPECT_EQ(array->data, (std::vector<uint8_t>{1, 0, 2, 0}));
}

TEST(Npy, WritesWhatItReads) {
  llvm::SmallString<64> path;
  ASSERT_FALSE(llvm::sys::fs::createTemporaryFile("dlk", "npy", path));
  for (std::vector<int64_t> shape :
       {std::vector<int64_t>{}, {3}, {0, 4}, {2, 3, 1}}) {
    int64_t count = 1;
    for (int64_t dim : shape)
      count *= dim;
    NpyArray array{"<f4", shape, std::vector<uint8_t>(count * 4, 7)};
    ASSERT_FALSE(bool(writeNpy(path, array)));
    auto again = readNpy(path);
    ASSERT_TRUE(bool(again)) << llvm::toString(again.takeError());
    EXPECT_EQ(again->shape, shape);
    EXPECT_EQ(again->data, array.data);
    auto file = llvm::MemoryBuffer::getFile(path);
    // NumPy aligns the data to 64 bytes.
    EXPECT_EQ(((*file)->getBufferSize() - array.data.size()) % 64, 0u);
  }
  llvm::sys::fs::remove(path);
}

TEST(Npy, RefusesBadFiles) {
  const std::string good =
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }";
  EXPECT_EQ(getError(""), "x.npy: not a .npy file");
  EXPECT_EQ(getError("\x93NUMPY"), "x.npy: truncated .npy file");
  EXPECT_EQ(getError(std::string("\x93NUMPY\x09\x00", 8)),
            "x.npy: unsupported version of .npy: 9");
  EXPECT_EQ(getError(makeFile(good, "abc")),
            "x.npy: expected 4 bytes of elements for float32 [1], got 3");
  EXPECT_EQ(getError(makeFile("{'descr': '<f4'}", "")),
            "x.npy: bad header of a .npy file");
  EXPECT_EQ(getError(makeFile("{'descr': '<f4', 'fortran_order': False, "
                              "'shape': (-1,), }",
                              "")),
            "x.npy: bad header of a .npy file");
  EXPECT_EQ(getError(makeFile("{'descr': '<f4', 'fortran_order': True, "
                              "'shape': (1,), }",
                              "abcd")),
            "x.npy: columns-first (Fortran) order is not supported; write "
            "numpy.ascontiguousarray of it");
  // The product of the shape does not fit 64 bits.
  EXPECT_NE(getError(makeFile("{'descr': '<f4', 'fortran_order': False, "
                              "'shape': (4294967296, 4294967296, 4), }",
                              ""))
                .find("expected 18446744073709551615 bytes"),
            std::string::npos);
  for (size_t cut = 0; cut < good.size(); ++cut)
    EXPECT_NE(getError(makeFile(good.substr(0, cut), "abcd")), "");
}

TEST(Npy, ChecksTypeAndShape) {
  NpyArray array{"<f4", {512, 513}, {}};
  auto getFit = [&](const Buffer &buffer) {
    return llvm::toString(checkFits(array, buffer));
  };
  EXPECT_EQ(getFit(makeBuffer(DType::F32, {512, 513})), "");
  EXPECT_EQ(getFit(makeBuffer(DType::F16, {512, 512})),
            "arg0: expected f16 [512x512], got float32 [512x513]");
  EXPECT_EQ(getFit(makeBuffer(DType::BF16, {2})),
            "arg0: expected bf16 [2] (as uint16), got float32 [512x513]");
  EXPECT_EQ(getFit(makeBuffer(DType::I4, {2})),
            "arg0: NumPy has no form for i4 [2]");
  for (auto [descr, type] : {std::pair("<u2", DType::BF16),
                             {"|V2", DType::BF16},
                             {"|u1", DType::F8E5M2},
                             {"|i1", DType::I8},
                             {"<u4", DType::I32}}) {
    array.descr = descr;
    EXPECT_EQ(getFit(makeBuffer(type, {512, 513})), "");
  }
}

} // namespace

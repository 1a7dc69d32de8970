// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bundles appear whole, or leave what was there.

#include "dlk/Emit/Artifact.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"
#include <set>

using namespace dlk;
using namespace llvm;

namespace {

class ArtifactTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(sys::fs::createUniqueDirectory("dlk-artifact", folder));
  }
  void TearDown() override { sys::fs::remove_directories(folder); }

  std::string read(const Twine &file) {
    auto buffer = MemoryBuffer::getFile(folder + "/" + file);
    return buffer ? (*buffer)->getBuffer().str() : "absent";
  }

  std::set<std::string> list() {
    std::set<std::string> names;
    std::error_code error;
    for (sys::fs::directory_iterator it(folder, error), end;
         it != end && !error; it.increment(error))
      names.insert(StringRef(it->path()).rsplit('/').second.str());
    return names;
  }

  SmallString<128> folder;
};

TEST_F(ArtifactTest, WritesAndOverwrites) {
  Artifact first{true, {{"m.ptx", "1"}, {"m.cubin", "2"}, {"plan.json", "3"}}};
  ASSERT_FALSE(errorToBool(writeArtifact(first, folder)));
  EXPECT_EQ(list(), (std::set<std::string>{"m.ptx", "m.cubin", "plan.json"}));
  // The cubin of the first compilation does not outlive the second.
  Artifact second{true, {{"m.ptx", "4"}, {"plan.json", "5"}}};
  ASSERT_FALSE(errorToBool(writeArtifact(second, folder)));
  EXPECT_EQ(list(), (std::set<std::string>{"m.ptx", "plan.json"}));
  EXPECT_EQ(read("m.ptx"), "4");
  EXPECT_EQ(read("plan.json"), "5");
}

TEST_F(ArtifactTest, CreatesFolders) {
  Artifact bundle{true, {{"plan.json", "1"}}};
  ASSERT_FALSE(errorToBool(writeArtifact(bundle, (folder + "/a/b").str())));
  EXPECT_EQ(read("a/b/plan.json"), "1");
}

TEST_F(ArtifactTest, FailureKeepsWhatWasThere) {
  Artifact first{true, {{"m.ptx", "1"}, {"plan.json", "2"}}};
  ASSERT_FALSE(errorToBool(writeArtifact(first, folder)));
  Artifact second{true, {{"m.ptx", "3"}, {"absent/plan.json", "4"}}};
  EXPECT_TRUE(errorToBool(writeArtifact(second, folder)));
  EXPECT_EQ(list(), (std::set<std::string>{"m.ptx", "plan.json"}));
  EXPECT_EQ(read("m.ptx"), "1");
}

TEST_F(ArtifactTest, FolderThatIsAFile) {
  Artifact file{false, {{"", "text"}}};
  std::string path = (folder + "/file").str();
  ASSERT_FALSE(errorToBool(writeArtifact(file, path)));
  EXPECT_EQ(read("file"), "text");
  Artifact bundle{true, {{"plan.json", "1"}}};
  std::string message = toString(writeArtifact(bundle, path));
  EXPECT_EQ(message.find("cannot write " + path), 0u) << message;
}

TEST_F(ArtifactTest, KindNames) {
  EXPECT_EQ(parseEmitKind("ptx"), EmitKind::ptx);
  EXPECT_EQ(parseEmitKind("bundle"), EmitKind::bundle);
  EXPECT_FALSE(parseEmitKind("PTX"));
  EXPECT_EQ(getEmitKindNames(),
            "mlir, llvm, ptx, cubin, fatbin, plan, report, bundle");
}

} // namespace

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a compilation gives its user: one file, or a folder of them.
// Independent of MLIR.
#ifndef DLK_EMIT_ARTIFACT_H
#define DLK_EMIT_ARTIFACT_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <optional>
#include <string>
#include <vector>

namespace dlk {

/// What to emit. `bundle` is a folder, all others are one file.
enum class EmitKind { mlir, llvm, ptx, cubin, fatbin, plan, report, bundle };

/// The kind of that name, none if there is none.
std::optional<EmitKind> parseEmitKind(llvm::StringRef name);

/// All names, as "mlir, llvm, ...".
std::string getEmitKindNames();

struct ArtifactFile {
  std::string name; // in the bundle's folder
  std::string contents;
};

struct Artifact {
  bool isBundle = false;
  std::vector<ArtifactFile> files; // exactly one unless it is a bundle
};

/// Writes the file to `path` ("-" is stdout), or the bundle into the folder
/// `path`, which is created if it is not there. Files appear whole or not at
/// all, the plan last; on failure the files that lay there before are kept.
llvm::Error writeArtifact(const Artifact &artifact, llvm::StringRef path);

} // namespace dlk

#endif

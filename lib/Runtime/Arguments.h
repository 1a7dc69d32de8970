// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The grammar of dlk-run's --arg and --buffer. Each text becomes fields of a
// launch plan in JSON, which the plan's reader then checks as it does any plan.

#ifndef DLK_LIB_RUNTIME_ARGUMENTS_H
#define DLK_LIB_RUNTIME_ARGUMENTS_H

#include "dlk/Runtime/KernelCall.h"
#include "llvm/Support/JSON.h"

namespace dlk::runtime {

class Arguments {
public:
  /// All of them, since an argument may name a buffer that comes later.
  llvm::Error parse(const KernelCall &call);

  llvm::json::Array buffers, params; ///< As in a plan.
  std::vector<std::string> options;  ///< The option behind each buffer.
  std::vector<NamedFile> inputs, outputs;

private:
  /// One text, split: "A=in:f16=a.npy" has the name A, the kind "in".
  struct Item {
    std::string option, name;
    llvm::StringRef kind, rest;
  };
  static llvm::Expected<Item> split(llvm::StringRef text, std::string option,
                                    std::string name);
  llvm::Error addMemory(const Item &item);
  llvm::Error addBuffer(const Item &item, Buffer buffer,
                        llvm::StringRef source);
  llvm::Error addParam(const Item &item);
  llvm::Error addPointer(const Item &item);
  llvm::Error addBytes(const Item &item);
  llvm::Error addScalar(const Item &item);
  llvm::Error addTensorMap(const Item &item);

  std::vector<Buffer> known;
};

} // namespace dlk::runtime

#endif // DLK_LIB_RUNTIME_ARGUMENTS_H

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Writing a result: an ordinary file appears whole or not at all, since it is
// renamed into place; anything else that has the name (a device, a pipe, a
// link such as /dev/stdout) is written through and stays what it is.

#ifndef DLK_RUNTIME_OUTPUTFILE_H
#define DLK_RUNTIME_OUTPUTFILE_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace dlk::runtime {

/// Standard output if the path is "-".
llvm::Error
writeOutputFile(llvm::StringRef path,
                llvm::function_ref<void(llvm::raw_ostream &)> write);

} // namespace dlk::runtime

#endif

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The decoder's last step: from references to slots, see Slots.cpp.

#ifndef DLK_LIB_EXECUTOR_SLOTS_H
#define DLK_LIB_EXECUTOR_SLOTS_H

namespace dlk::exec {
class Decoder;
void assignSlots(Decoder &decoder);
} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_SLOTS_H

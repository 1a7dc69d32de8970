// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What an operation with a schedule knows about its schedules.
#ifndef DLK_DIALECT_DLK_IR_DLKOPINTERFACES_TD
#define DLK_DIALECT_DLK_IR_DLKOPINTERFACES_TD

include "mlir/IR/OpBase.td"

def Dlk_SchedulableOpInterface : OpInterface<"SchedulableOpInterface"> {
  let cppNamespace = "::dlk";
  let description = [{
    An operation that becomes one kernel. It owns which schedules are legal on
    a chip, which are worth trying and what one costs, so that
    `dlk-assign-schedule` and `dlk-verify-schedule` know no operation by name.
  }];
  let methods = [
    InterfaceMethod<"The schedule, or null.",
      "::dlk::ScheduleAttr", "getScheduleAttr">,
    InterfaceMethod<"Sets the schedule.",
      "void", "setScheduleAttr", (ins "::dlk::ScheduleAttr":$schedule)>,
    InterfaceMethod<"Why the schedule was chosen, or null.",
      "::mlir::StringAttr", "getScheduleReasonAttr">,
    InterfaceMethod<"Sets why the schedule was chosen.",
      "void", "setScheduleReasonAttr", (ins "::mlir::StringAttr":$reason)>,
    InterfaceMethod<[{
        Why the operation cannot be compiled for the chip with this schedule,
        with the number of the rule; nothing if it can.
      }],
      "::std::optional<::std::string>", "checkSchedule",
      (ins "::dlk::ScheduleAttr":$schedule, "const ::dlk::ChipInfo &":$chip)>,
    InterfaceMethod<"Legal schedules worth trying, the most general first.",
      "::llvm::SmallVector<::dlk::ScheduleAttr>", "getScheduleCandidates",
      (ins "const ::dlk::ChipInfo &":$chip)>,
    InterfaceMethod<"What the cost model expects of a legal schedule.",
      "::dlk::ScheduleCost", "estimateCost",
      (ins "::dlk::ScheduleAttr":$schedule, "const ::dlk::ChipInfo &":$chip)>,
    InterfaceMethod<"Arithmetic operations, a multiply-add counted as two.",
      "double", "getFlops">,
    InterfaceMethod<"Bytes of all operands and results, each counted once.",
      "double", "getBytes">
  ];
}

#endif

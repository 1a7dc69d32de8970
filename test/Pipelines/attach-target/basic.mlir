// RUN: dlk-opt %s -split-input-file --dlk-attach-target="chip=sm_80" -verify-diagnostics | FileCheck %s
// RUN: dlk-opt %s -split-input-file --dlk-attach-target="chip=sm_80" --dlk-attach-target -verify-diagnostics | FileCheck %s

// The chip is an attribute of the module.
// CHECK: module attributes {dlk.target = #dlk.target<chip = "sm_80">}
module {
}

// -----

// The same chip once more changes nothing.
// CHECK: module attributes {dlk.target = #dlk.target<chip = "sm_80">}
module attributes {dlk.target = #dlk.target<chip = "sm_80">} {
}

// -----

// What is in a module may depend on its chip.
// expected-error@+1 {{the module is for another chip than sm_80: sm_86 [DLK-P93]}}
module attributes {dlk.target = #dlk.target<chip = "sm_86">} {
}

// RUN: not dlk-opt %s --dlk-attach-target 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not dlk-opt %s --dlk-attach-target="chip=sm_70" 2>&1 | FileCheck %s --check-prefix=OLD
// RUN: not dlk-opt %s --dlk-attach-target="chip=a100" 2>&1 | FileCheck %s --check-prefix=UNKNOWN

// NONE: error: no chip: say chip=..., one of sm_80
// OLD: error: {{.*}}sm_70{{.*}}supported: sm_80
// UNKNOWN: error: unknown chip: 'a100'; supported: sm_80
module {
}

// RUN: dlk-opt %s --dlk-compile="chip=sm_86" --emit=ptx -o - | FileCheck %s --check-prefix=CHIP
// RUN: dlk-opt %s --dlk-compile="chip=sm_80 remarks stop-after=schedule" -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARKS
// RUN: dlk-opt %s --dlk-compile="chip=sm_80 stop-after=schedule" -o /dev/null 2>&1 | count 0
// RUN: dlk-opt %s --dlk-compile="chip=sm_80" --dump-pass-pipeline -o /dev/null 2>&1 | FileCheck %s --check-prefix=VERIFY
// RUN: dlk-opt %s --dlk-compile="chip=sm_80 verify-phases=false" --dump-pass-pipeline -o /dev/null 2>&1 | FileCheck %s --check-prefix=TRUST
// RUN: dlk-opt %s --canonicalize --dlk-compile="chip=sm_80 stop-after=import" --cse --dump-pass-pipeline -o /dev/null 2>&1 | FileCheck %s --check-prefix=PART

// Every option changes something. (stop-after: phases.mlir; start-after and
// dump-dir: restart.mlir.)

// CHIP: .target sm_86
// REMARKS: remark: schedule: #dlk.schedule<
// VERIFY: dlk-verify-phase{phase=tile}
// TRUST-NOT: dlk-verify-phase
// PART:      canonicalize
// PART:      dlk-import
// PART-NOT:  dlk-fuse
// PART:      cse

func.func @f(%a: tensor<64x64xf16>, %b: tensor<64x64xf16>) -> tensor<64x64xf32> {
  %z = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<64x64xf32>
  %i = linalg.fill ins(%z : f32) outs(%e : tensor<64x64xf32>) -> tensor<64x64xf32>
  %p = linalg.matmul ins(%a, %b : tensor<64x64xf16>, tensor<64x64xf16>) outs(%i : tensor<64x64xf32>) -> tensor<64x64xf32>
  return %p : tensor<64x64xf32>
}

// Elementary functions, in pairs.
// RUN: dlk-opt %s --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-lower-maps))' | FileCheck %s

!acc = !dlk_tile.frag<16x16xf32, #dlk_tile.fragment<mma_acc, warps = [1, 1]>>
!out = !dlk_tile.frag<16x16xf16, #dlk_tile.fragment<mma_acc, warps = [1, 1]>>
!c = !dlk_tile.mem<16x16xf32, #dlk_tile.layout<[16:16], [16:1]>, global>
!c16 = !dlk_tile.mem<16x16xf16, #dlk_tile.layout<[16:16], [16:1]>, global>
!stage = !dlk_tile.mem<1x16x16xf32, #dlk_tile.layout<[1:256], [16:16], [16:1]>, shared>
!stage16 = !dlk_tile.mem<1x16x16xf16, #dlk_tile.layout<[1:256], [16:16], [16:1]>, shared>

// Logistic function: e^-x is 2^(-x log2 e), the reciprocal may be approximate.
// CHECK-LABEL: dlk_tile.kernel @logistic
// CHECK: %[[LOG2E:.+]] = arith.constant dense<1.44269502> : vector<2xf32>
// CHECK: %[[SCALED:.+]] = arith.mulf %{{.*}}, %[[LOG2E]]
// CHECK: %[[X0:.+]] = vector.extract %[[SCALED]][0]
// CHECK: %[[E0:.+]] = llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz.f32"(%[[X0]])
// CHECK: %[[X1:.+]] = vector.extract %[[SCALED]][1]
// CHECK: %[[E1:.+]] = llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz.f32"(%[[X1]])
// CHECK: vector.from_elements %[[E0]], %[[E1]]
// CHECK: arith.divf %{{.*}}, %{{.*}} fastmath<afn> : vector<2xf32>
// CHECK-NOT: math.exp
dlk_tile.kernel @logistic(%c: !c) grid [1, 1, 1] warps 1 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<8xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<8xf32> to !acc
  %r = dlk_tile.map %acc at [%c0, %c0] bounds [16, 16] maps [] : !acc -> !acc {
  ^bb0(%x: f32):
    %one = arith.constant 1.0 : f32
    %n = arith.negf %x : f32
    %e = math.exp %n : f32
    %d = arith.addf %e, %one : f32
    %y = arith.divf %one, %d : f32
    dlk_tile.yield %y : f32
  }
  %s = dlk_tile.alloc offset 0 : !stage
  dlk_tile.store %r to %c[%c0, %c0] staging %s vector 4 : !acc to !c staging !stage
}

// Near zero a polynomial, elsewhere 1 - 2 / (e^2|x| + 1) with the sign of x.
// CHECK-LABEL: dlk_tile.kernel @tanh
// CHECK: math.absf
// CHECK: math.fma
// CHECK: llvm.nvvm.ex2.approx.ftz.f32
// CHECK: llvm.nvvm.rcp.approx.ftz.f
// CHECK: %[[FAR:.+]] = math.copysign
// CHECK: arith.select %{{.*}}, %{{.*}}, %[[FAR]]
// CHECK-NOT: math.tanh
dlk_tile.kernel @tanh(%c: !c) grid [1, 1, 1] warps 1 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<8xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<8xf32> to !acc
  %r = dlk_tile.map %acc at [%c0, %c0] bounds [16, 16] maps [] : !acc -> !acc {
  ^bb0(%x: f32):
    %y = math.tanh %x : f32
    dlk_tile.yield %y : f32
  }
  %s = dlk_tile.alloc offset 0 : !stage
  dlk_tile.store %r to %c[%c0, %c0] staging %s vector 4 : !acc to !c staging !stage
}

// 1 + tanh is twice 1 / (1 + e^-2x); of its half the reciprocal is left.
// CHECK-LABEL: dlk_tile.kernel @one_plus_tanh
// CHECK-NOT: math.fma
// CHECK: llvm.nvvm.ex2.approx.ftz.f32
// CHECK: %[[R:.+]] = vector.from_elements
// CHECK-NOT: math.fma
// CHECK: %[[D:.+]] = arith.addf %[[R]]
// CHECK: llvm.nvvm.rcp.approx.ftz.f
// CHECK: %[[Q:.+]] = vector.from_elements
// CHECK-NEXT: arith.addf %[[Q]], %[[Q]]
// CHECK-NOT: arith.cmpf
dlk_tile.kernel @one_plus_tanh(%c: !c) grid [1, 1, 1] warps 1 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<8xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<8xf32> to !acc
  %r = dlk_tile.map %acc at [%c0, %c0] bounds [16, 16] maps [] : !acc -> !acc {
  ^bb0(%x: f32):
    %one = arith.constant 1.0 : f32
    %half = arith.constant 0.5 : f32
    %t = math.tanh %x : f32
    %y = arith.addf %t, %one : f32
    dlk_tile.yield %y : f32
  }
  %s = dlk_tile.alloc offset 0 : !stage
  dlk_tile.store %r to %c[%c0, %c0] staging %s vector 4 : !acc to !c staging !stage
}

// CHECK-LABEL: dlk_tile.kernel @half
// CHECK: llvm.nvvm.rcp.approx.ftz.f
// CHECK: %[[Q:.+]] = vector.from_elements
// CHECK-NEXT: vector.
// CHECK-NOT: arith.mulf %[[Q]]
dlk_tile.kernel @half(%c: !c) grid [1, 1, 1] warps 1 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<8xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<8xf32> to !acc
  %r = dlk_tile.map %acc at [%c0, %c0] bounds [16, 16] maps [] : !acc -> !acc {
  ^bb0(%x: f32):
    %one = arith.constant 1.0 : f32
    %half = arith.constant 0.5 : f32
    %t = math.tanh %x : f32
    %u = arith.addf %t, %one : f32
    %y = arith.mulf %u, %half : f32
    dlk_tile.yield %y : f32
  }
  %s = dlk_tile.alloc offset 0 : !stage
  dlk_tile.store %r to %c[%c0, %c0] staging %s vector 4 : !acc to !c staging !stage
}

// 1 + erf: one polynomial, 2 less the tail above 0.
// CHECK-LABEL: dlk_tile.kernel @one_plus_erf
// CHECK: arith.minimumf
// CHECK-COUNT-7: math.fma
// CHECK-NOT: math.fma
// CHECK: %[[TAIL:.+]] = vector.from_elements
// CHECK: %[[REST:.+]] = arith.subf %{{.+}}, %[[TAIL]]
// CHECK: %[[BELOW:.+]] = arith.cmpf olt
// CHECK: arith.select %[[BELOW]], %[[TAIL]], %[[REST]]
dlk_tile.kernel @one_plus_erf(%c: !c) grid [1, 1, 1] warps 1 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<8xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<8xf32> to !acc
  %r = dlk_tile.map %acc at [%c0, %c0] bounds [16, 16] maps [] : !acc -> !acc {
  ^bb0(%x: f32):
    %one = arith.constant 1.0 : f32
    %half = arith.constant 0.5 : f32
    %t = math.erf %x : f32
    %y = arith.addf %one, %t : f32
    dlk_tile.yield %y : f32
  }
  %s = dlk_tile.alloc offset 0 : !stage
  dlk_tile.store %r to %c[%c0, %c0] staging %s vector 4 : !acc to !c staging !stage
}

// The function itself is wanted too.
// CHECK-LABEL: dlk_tile.kernel @two_uses
// CHECK: math.copysign
dlk_tile.kernel @two_uses(%c: !c) grid [1, 1, 1] warps 1 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<8xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<8xf32> to !acc
  %r = dlk_tile.map %acc at [%c0, %c0] bounds [16, 16] maps [] : !acc -> !acc {
  ^bb0(%x: f32):
    %one = arith.constant 1.0 : f32
    %half = arith.constant 0.5 : f32
    %t = math.tanh %x : f32
    %u = arith.addf %t, %one : f32
    %y = arith.mulf %u, %t : f32
    dlk_tile.yield %y : f32
  }
  %s = dlk_tile.alloc offset 0 : !stage
  dlk_tile.store %r to %c[%c0, %c0] staging %s vector 4 : !acc to !c staging !stage
}

// Approximate functions were asked for: one instruction.
// CHECK-LABEL: dlk_tile.kernel @approximate_tanh
// CHECK: math.tanh %{{.*}} fastmath<afn> : vector<2xf32>
// CHECK-NOT: math.copysign
dlk_tile.kernel @approximate_tanh(%c: !c) grid [1, 1, 1] warps 1 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<8xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<8xf32> to !acc
  %r = dlk_tile.map %acc at [%c0, %c0] bounds [16, 16] maps [] : !acc -> !acc {
  ^bb0(%x: f32):
    %y = math.tanh %x fastmath<afn> : f32
    dlk_tile.yield %y : f32
  }
  %s = dlk_tile.alloc offset 0 : !stage
  dlk_tile.store %r to %c[%c0, %c0] staging %s vector 4 : !acc to !c staging !stage
}

// 8 has an exact inverse, 3 has not.
// CHECK-LABEL: dlk_tile.kernel @quotients
// CHECK: %[[EIGHTH:.+]] = arith.constant dense<1.250000e-01> : vector<2xf32>
// CHECK: %[[Q:.+]] = arith.mulf %{{.*}}, %[[EIGHTH]]
// CHECK: llvm.call_intrinsic "llvm.nvvm.div.full"
// CHECK-NOT: arith.divf
dlk_tile.kernel @quotients(%c: !c) grid [1, 1, 1] warps 1 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<8xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<8xf32> to !acc
  %r = dlk_tile.map %acc at [%c0, %c0] bounds [16, 16] maps [] : !acc -> !acc {
  ^bb0(%x: f32):
    %eight = arith.constant 8.0 : f32
    %three = arith.constant 3.0 : f32
    %y = arith.divf %x, %eight : f32
    %z = arith.divf %y, %three : f32
    dlk_tile.yield %z : f32
  }
  %s = dlk_tile.alloc offset 0 : !stage
  dlk_tile.store %r to %c[%c0, %c0] staging %s vector 4 : !acc to !c staging !stage
}

// A function of f16 is computed in f32 and rounded once; other operations stay
// in f16.
// CHECK-LABEL: dlk_tile.kernel @sixteen_bits
// CHECK: %[[X:.+]] = arith.truncf
// CHECK: %[[SUM:.+]] = arith.addf %[[X]], %[[X]] : vector<2xf16>
// CHECK: %[[WIDE:.+]] = arith.extf %[[SUM]] : vector<2xf16> to vector<2xf32>
// CHECK: llvm.nvvm.rsqrt.approx.f
// CHECK: arith.truncf %{{.*}} : vector<2xf32> to vector<2xf16>
dlk_tile.kernel @sixteen_bits(%c: !c16) grid [1, 1, 1] warps 1 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<8xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<8xf32> to !acc
  %r = dlk_tile.map %acc at [%c0, %c0] bounds [16, 16] maps [] : !acc -> !out {
  ^bb0(%x: f32):
    %h = arith.truncf %x : f32 to f16
    %d = arith.addf %h, %h : f16
    %y = math.rsqrt %d : f16
    dlk_tile.yield %y : f16
  }
  %s = dlk_tile.alloc offset 0 : !stage16
  dlk_tile.store %r to %c[%c0, %c0] staging %s vector 8 : !out to !c16 staging !stage16
}

// The region's constants are emitted once; log near 1 is a polynomial.
// CHECK-LABEL: dlk_tile.kernel @log_sqrt_erf
// CHECK-COUNT-1: arith.constant dense<5.000000e+00> : vector<2xf32>
// CHECK: llvm.nvvm.lg2.approx.f
// CHECK: llvm.nvvm.sqrt.approx.f
// CHECK: arith.minimumf
// CHECK-NOT: dense<5.000000e+00>
// CHECK-NOT: math.log
// CHECK-NOT: math.sqrt
// CHECK-NOT: math.erf
dlk_tile.kernel @log_sqrt_erf(%c: !c) grid [1, 1, 1] warps 1 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<8xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<8xf32> to !acc
  %r = dlk_tile.map %acc at [%c0, %c0] bounds [16, 16] maps [] : !acc -> !acc {
  ^bb0(%x: f32):
    %five = arith.constant 5.0 : f32
    %p = arith.addf %x, %five : f32
    %l = math.log %p : f32
    %q = math.sqrt %l : f32
    %y = math.erf %q : f32
    dlk_tile.yield %y : f32
  }
  %s = dlk_tile.alloc offset 0 : !stage
  dlk_tile.store %r to %c[%c0, %c0] staging %s vector 4 : !acc to !c staging !stage
}

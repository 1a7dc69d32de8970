// One case or more for each rule of fragment loads, products and fills.
// RUN: dlk-opt %s --split-input-file --verify-diagnostics

!s = !dlk_tile.mem<64x32xf32, shared>
!a = !dlk_tile.frag<64x16xf16, #dlk_tile.fragment<mma_a, warps = [2, 2]>>
func.func @bits_t30(%s: !s) {
  // expected-error@+1 {{memory is not a shared tile of the fragment's elements: '!dlk_tile.mem<64x32xf32, shared>' [DLK-T30]}}
  %0 = dlk_tile.load_fragment %s k 0 dim 1 : !s -> !a
  return
}

// -----

!s = !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1]>, global>
!a = !dlk_tile.frag<64x16xf16, #dlk_tile.fragment<mma_a, warps = [2, 2]>>
func.func @global_t30(%s: !s) {
  // expected-error-re@+1 {{memory is not a shared tile of the fragment's elements: {{.*}}[DLK-T30]}}
  %0 = dlk_tile.load_fragment %s k 0 dim 1 : !s -> !a
  return
}

// -----

!s = !dlk_tile.mem<64x32xf16, shared>
!a = !dlk_tile.frag<64x16xf16, #dlk_tile.fragment<mma_a, warps = [2, 2]>>
func.func @end_t31(%s: !s) {
  // expected-error-re@+1 {{slice does not start at a multiple of 16 or does not fit: k 32 in dimension 1 of {{.*}}[DLK-T31]}}
  %0 = dlk_tile.load_fragment %s k 32 dim 1 : !s -> !a
  return
}

// -----

!s = !dlk_tile.mem<64x32xf16, shared>
!a = !dlk_tile.frag<64x16xf16, #dlk_tile.fragment<mma_a, warps = [2, 2]>>
func.func @multiple_t31(%s: !s) {
  // expected-error-re@+1 {{slice does not start at a multiple of 16 or does not fit: k 8 in dimension 1 of {{.*}}[DLK-T31]}}
  %0 = dlk_tile.load_fragment %s k 8 dim 1 : !s -> !a
  return
}

// -----

!s = !dlk_tile.mem<32x64xf16, shared>
!a = !dlk_tile.frag<64x16xf16, #dlk_tile.fragment<mma_a, warps = [2, 2]>>
func.func @other_extent_t31(%s: !s) {
  // expected-error-re@+1 {{slice does not start at a multiple of 16 or does not fit: k 0 in dimension 1 of {{.*}}[DLK-T31]}}
  %0 = dlk_tile.load_fragment %s k 0 dim 1 : !s -> !a
  return
}

// -----

!s = !dlk_tile.mem<64x32xf16, shared>
!a = !dlk_tile.frag<64x16xf16, #dlk_tile.fragment<mma_a, warps = [2, 2]>>
func.func @dimension_t31(%s: !s) {
  // expected-error@+1 {{dimension of k is neither 0 nor 1: 2 [DLK-T31]}}
  %0 = dlk_tile.load_fragment %s k 0 dim 2 : !s -> !a
  return
}

// -----

!s = !dlk_tile.mem<64x32xf16, shared>
!c = !dlk_tile.frag<64x16xf16, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
func.func @kind_t32(%s: !s) {
  // expected-error-re@+1 {{result is neither mma_a nor mma_b: {{.*}}[DLK-T32]}}
  %0 = dlk_tile.load_fragment %s k 0 dim 1 : !s -> !c
  return
}

// -----

!a = !dlk_tile.mem<64x32xf16, shared>
!b = !dlk_tile.mem<16x64xf16, shared>
!c = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
func.func @k_t33(%a: !a, %b: !b, %c: !c) {
  // expected-error-re@+1 {{extents do not agree: 64x32 times 16x64 into {{.*}}[DLK-T33]}}
  %0 = dlk_tile.mma %a, %b, %c : !a, !b, !c
  return
}

// -----

!a = !dlk_tile.mem<64x24xf16, shared>
!b = !dlk_tile.mem<24x64xf16, shared>
!c = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
func.func @k_multiple_t33(%a: !a, %b: !b, %c: !c) {
  // expected-error@+1 {{k is no multiple of 32 bytes: 24 of 'f16' [DLK-T33]}}
  %0 = dlk_tile.mma %a, %b, %c : !a, !b, !c
  return
}

// -----

!a = !dlk_tile.mem<2x64x32xf16, shared>
!b = !dlk_tile.mem<32x64xf16, shared>
!c = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
func.func @rank_t33(%a: !a, %b: !b, %c: !c) {
  // expected-error-re@+1 {{operands do not have rank 2 and k in dimension 0 or 1: {{.*}}[DLK-T33]}}
  %0 = dlk_tile.mma %a, %b, %c : !a, !b, !c
  return
}

// -----

!a = !dlk_tile.mem<64x32xf16, shared>
!b = !dlk_tile.mem<32x64xbf16, shared>
!c = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
func.func @types_t34(%a: !a, %b: !b, %c: !c) {
  // expected-error@+1 {{no such product: 'f16', 'bf16' into 'f32'; mma_acc takes f16, bf16, f32 and fp8 into f32, f16 into f16, i8 into i32; promote is for tiles summed in f32 [DLK-T34]}}
  %0 = dlk_tile.mma %a, %b, %c : !a, !b, !c
  return
}

// -----

!a = !dlk_tile.mem<64x32xbf16, shared>
!b = !dlk_tile.mem<32x64xbf16, shared>
!c = !dlk_tile.frag<64x64xf16, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
func.func @accumulator_t34(%a: !a, %b: !b, %c: !c) {
  // expected-error@+1 {{no such product: 'bf16', 'bf16' into 'f16'; mma_acc takes f16, bf16, f32 and fp8 into f32, f16 into f16, i8 into i32; promote is for tiles summed in f32 [DLK-T34]}}
  %0 = dlk_tile.mma %a, %b, %c : !a, !b, !c
  return
}

// -----

!a = !dlk_tile.frag<64x16xf16, #dlk_tile.fragment<mma_a, warps = [2, 2]>>
!b = !dlk_tile.mem<16x64xf16, shared>
!c = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
func.func @mixed_t35(%a: !a, %b: !b, %c: !c) {
  // expected-error-re@+1 {{operands are neither two shared tiles nor mma_a, mma_b and mma_acc: {{.*}}[DLK-T35]}}
  %0 = dlk_tile.mma %a, %b, %c : !a, !b, !c
  return
}

// -----

!a = !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1]>, global>
!b = !dlk_tile.mem<32x64xf16, shared>
!c = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
func.func @global_t35(%a: !a, %b: !b, %c: !c) {
  // expected-error-re@+1 {{operands are neither two shared tiles nor mma_a, mma_b and mma_acc: {{.*}}[DLK-T35]}}
  %0 = dlk_tile.mma %a, %b, %c : !a, !b, !c
  return
}

// -----

!a = !dlk_tile.frag<64x16xf16, #dlk_tile.fragment<mma_a, warps = [4, 1]>>
!b = !dlk_tile.frag<16x64xf16, #dlk_tile.fragment<mma_b, warps = [2, 2]>>
!c = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
func.func @warps_t36(%a: !a, %b: !b, %c: !c) {
  // expected-error-re@+1 {{warps of an operand differ from the accumulator's: {{.*}}[DLK-T36]}}
  %0 = dlk_tile.mma %a, %b, %c : !a, !b, !c
  return
}

// -----

func.func @operand_t47() {
  // expected-error-re@+1 {{fragment is no accumulator, or of integers that are not zero: {{.*}}[DLK-T47]}}
  %0 = dlk_tile.fill 0.0 : !dlk_tile.frag<64x16xf16, #dlk_tile.fragment<mma_a, warps = [2, 2]>>
  return
}

// -----

func.func @integers_t47() {
  // expected-error-re@+1 {{fragment is no accumulator, or of integers that are not zero: {{.*}}[DLK-T47]}}
  %0 = dlk_tile.fill 1.0 : !dlk_tile.frag<64x16xi32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
  return
}

// -----

!a = !dlk_tile.frag<64x16xf16, #dlk_tile.fragment<mma_a, warps = [2, 2]>>
!b = !dlk_tile.frag<16x64xf16, #dlk_tile.fragment<mma_b, warps = [2, 2]>>
!c = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
func.func @promote_t34(%a: !a, %b: !b, %c: !c) {
  // expected-error@+1 {{no such product: 'f16', 'f16' into 'f32' with promote; mma_acc takes f16, bf16, f32 and fp8 into f32, f16 into f16, i8 into i32; promote is for tiles summed in f32 [DLK-T34]}}
  %0 = dlk_tile.mma %a, %b, %c promote : !a, !b, !c
  return
}

// -----

func.func @add_t79(%a: !dlk_tile.frag<64x16xf32, #dlk_tile.fragment<mma_a, warps = [2, 2]>>) {
  // expected-error-re@+1 {{fragments are no accumulators of floats: {{.*}}[DLK-T79]}}
  %0 = dlk_tile.add %a, %a : !dlk_tile.frag<64x16xf32, #dlk_tile.fragment<mma_a, warps = [2, 2]>>
  return
}

// -----

func.func @integers_t79(%a: !dlk_tile.frag<64x16xi32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>) {
  // expected-error-re@+1 {{fragments are no accumulators of floats: {{.*}}[DLK-T79]}}
  %0 = dlk_tile.add %a, %a : !dlk_tile.frag<64x16xi32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
  return
}

// -----

!a = !dlk_tile.mem<64x32xi8, shared>
!c = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
func.func @integers_t34(%a: !a, %c: !c) {
  // expected-error@+1 {{no such product: 'i8', 'i8' into 'f32'; mma_acc takes}}
  %0 = dlk_tile.mma %a, %a, %c {rhs_k_dim = 1} : !a, !a, !c
  return
}

// -----

// expected-error@+1 {{operand fragment holds elements other than of 8, 16 or 32 bits: 'f64' [DLK-T12]}}
func.func @wide_t12(%a: !dlk_tile.frag<64x16xf64, #dlk_tile.fragment<mma_a, warps = [2, 2]>>) {
  return
}

// One case or more for each rule of maps and stores.
// RUN: dlk-opt %s --split-input-file --verify-diagnostics

!c = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
!x = !dlk_tile.mem<64xf32, #dlk_tile.layout<[64:1]>, global>
func.func @count_t37(%c: !c, %x: !x, %i: index) {
  // expected-error@+1 {{maps are not one for each operand: 0 for 1 [DLK-T37]}}
  %0 = dlk_tile.map %c at [%i, %i] bounds [64, 64] with %x : !x maps [] : !c -> !c {
  ^bb0(%e: f32, %f: f32):
    dlk_tile.yield %e : f32
  }
  return
}

// -----

!c = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
!x = !dlk_tile.mem<64xf32, #dlk_tile.layout<[64:1]>, global>
func.func @results_t37(%c: !c, %x: !x, %i: index) {
  // expected-error-re@+1 {{map does not lead from 2 indices to global {{.*}}[DLK-T37]}}
  %0 = dlk_tile.map %c at [%i, %i] bounds [64, 64] with %x : !x
      maps [affine_map<(m, n) -> (m, n)>] : !c -> !c {
  ^bb0(%e: f32, %f: f32):
    dlk_tile.yield %f : f32
  }
  return
}

// -----

!c = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
!x = !dlk_tile.mem<64xf32, shared>
func.func @shared_t37(%c: !c, %x: !x, %i: index) {
  // expected-error-re@+1 {{map does not lead from 2 indices to global {{.*}}[DLK-T37]}}
  %0 = dlk_tile.map %c at [%i, %i] bounds [64, 64] with %x : !x
      maps [affine_map<(m, n) -> (n)>] : !c -> !c {
  ^bb0(%e: f32, %f: f32):
    dlk_tile.yield %f : f32
  }
  return
}

// -----

!c = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
func.func @bounds_t37(%c: !c, %i: index) {
  // expected-error@+1 {{has no row and column index, or no two bounds: 2 indices, 1 bounds [DLK-T37]}}
  %0 = dlk_tile.map %c at [%i, %i] bounds [64] maps [] : !c -> !c {
  ^bb0(%e: f32):
    dlk_tile.yield %e : f32
  }
  return
}

// -----

!c = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
func.func @arguments_t38(%c: !c, %i: index) {
  // expected-error@+1 {{region does not take the element types: 'f16', not 'f32' [DLK-T38]}}
  %0 = dlk_tile.map %c at [%i, %i] bounds [64, 64] maps [] : !c -> !c {
  ^bb0(%e: f16):
    %f = arith.extf %e : f16 to f32
    dlk_tile.yield %f : f32
  }
  return
}

// -----

!c = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
!d = !dlk_tile.frag<64x64xf16, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
func.func @yield_t38(%c: !c, %i: index) {
  // expected-error@+1 {{region does not yield the result's elements: 'f32', not 'f16' [DLK-T38]}}
  %0 = dlk_tile.map %c at [%i, %i] bounds [64, 64] maps [] : !c -> !d {
  ^bb0(%e: f32):
    dlk_tile.yield %e : f32
  }
  return
}

// -----

!c = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
func.func @terminator_t38(%c: !c, %i: index) {
  // expected-error@+1 {{region does not end with dlk_tile.yield: 'llvm.unreachable' [DLK-T38]}}
  %0 = dlk_tile.map %c at [%i, %i] bounds [64, 64] maps [] : !c -> !c {
  ^bb0(%e: f32):
    llvm.unreachable
  }
  return
}

// -----

!c = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
!d = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [4, 1]>>
func.func @layout_t39(%c: !c, %i: index) {
  // expected-error-re@+1 {{result has another shape or layout than the source: {{.*}}[DLK-T39]}}
  %0 = dlk_tile.map %c at [%i, %i] bounds [64, 64] maps [] : !c -> !d {
  ^bb0(%e: f32):
    dlk_tile.yield %e : f32
  }
  return
}

// -----

!c = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
!g = !dlk_tile.mem<64x64xf16, #dlk_tile.layout<[64:64], [64:1]>, global>
!s = !dlk_tile.mem<4x16x32xf32, shared>
func.func @element_t40(%c: !c, %g: !g, %s: !s, %i: index) {
  // expected-error-re@+1 {{source is no accumulator, or target is not global memory of its elements with one index per dimension: {{.*}}[DLK-T40]}}
  dlk_tile.store %c to %g[%i, %i] staging %s vector 4 : !c to !g staging !s
  return
}

// -----

!a = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_a, warps = [2, 2]>>
!g = !dlk_tile.mem<64x64xf32, #dlk_tile.layout<[64:64], [64:1]>, global>
!s = !dlk_tile.mem<4x16x32xf32, shared>
func.func @kind_t40(%a: !a, %g: !g, %s: !s, %i: index) {
  // expected-error-re@+1 {{source is no accumulator, or target is not global{{.*}}[DLK-T40]}}
  dlk_tile.store %a to %g[%i, %i] staging %s vector 4 : !a to !g staging !s
  return
}

// -----

!c = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
!g = !dlk_tile.mem<64x64xf32, #dlk_tile.layout<[64:64], [64:1]>, global>
!s = !dlk_tile.mem<4x16x64xf32, shared>
func.func @shape_t41(%c: !c, %g: !g, %s: !s, %i: index) {
  // expected-error@+1 {{staging is not shared memory of 4x16x32x'f32': '!dlk_tile.mem<4x16x64xf32, shared>' [DLK-T41]}}
  dlk_tile.store %c to %g[%i, %i] staging %s vector 4 : !c to !g staging !s
  return
}

// -----

!c = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
!g = !dlk_tile.mem<64x64xf32, #dlk_tile.layout<[64:64], [64:1]>, global>
!s = !dlk_tile.mem<4x16x32xf32, shared>
func.func @bytes_t42(%c: !c, %g: !g, %s: !s, %i: index) {
  // expected-error@+1 {{is contiguous and aligned in the target: 8 [DLK-T42]}}
  dlk_tile.store %c to %g[%i, %i] staging %s vector 8 : !c to !g staging !s
  return
}

// -----

!c = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
!g = !dlk_tile.mem<64x63xf32, #dlk_tile.layout<[64:63], [63:1]>, global>
!s = !dlk_tile.mem<4x16x32xf32, shared>
func.func @alignment_t42(%c: !c, %g: !g, %s: !s, %i: index) {
  // expected-error@+1 {{is contiguous and aligned in the target: 2 [DLK-T42]}}
  dlk_tile.store %c to %g[%i, %i] staging %s vector 2 : !c to !g staging !s
  return
}

// -----

!c = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!s = !dlk_tile.mem<64x32xf32, shared>
func.func @columns_t85(%c: !c, %s: !s, %i: index) {
  // expected-error-re@+1 {{tiles are no panels of the fragment in shared memory, side by side: {{.*}}[DLK-T85]}}
  %0 = dlk_tile.map %c at [%i, %i] bounds [64, 64] tiles %s : !s maps [] : !c -> !c {
  ^bb0(%e: f32, %f: f32):
    dlk_tile.yield %e : f32
  }
  return
}

// -----

!c = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!s = !dlk_tile.mem<32x32xf32, shared>
func.func @rows_t85(%c: !c, %s: !s, %i: index) {
  // expected-error-re@+1 {{tiles are no panels of the fragment in shared memory, side by side: {{.*}}[DLK-T85]}}
  %0 = dlk_tile.map %c at [%i, %i] bounds [64, 64] tiles %s, %s : !s, !s maps [] : !c -> !c {
  ^bb0(%e: f32, %f: f32):
    dlk_tile.yield %e : f32
  }
  return
}

// -----

!c = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!s = !dlk_tile.mem<64x64xf32, #dlk_tile.layout<[64:64], [64:1]>, global>
func.func @global_t85(%c: !c, %s: !s, %i: index) {
  // expected-error-re@+1 {{tiles are no panels of the fragment in shared memory, side by side: {{.*}}[DLK-T85]}}
  %0 = dlk_tile.map %c at [%i, %i] bounds [64, 64] tiles %s : !s maps [] : !c -> !c {
  ^bb0(%e: f32, %f: f32):
    dlk_tile.yield %e : f32
  }
  return
}

// -----

!c = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 2]>>
!s = !dlk_tile.mem<64x64xf32, shared>
func.func @straddles_t85(%c: !c, %s: !s, %i: index) {
  // expected-error-re@+1 {{tiles are no panels of the fragment in shared memory, side by side: {{.*}}[DLK-T85]}}
  %0 = dlk_tile.map %c at [%i, %i] bounds [64, 64] tiles %s : !s maps [] : !c -> !c {
  ^bb0(%e: f32, %f: f32):
    dlk_tile.yield %e : f32
  }
  return
}

// -----

!c = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [1, 1]>>
!s = !dlk_tile.mem<64x64xf32, shared>
func.func @mma_t85(%c: !c, %s: !s, %i: index) {
  // expected-error-re@+1 {{tiles are no panels of the fragment in shared memory, side by side: {{.*}}[DLK-T85]}}
  %0 = dlk_tile.map %c at [%i, %i] bounds [64, 64] tiles %s : !s maps [] : !c -> !c {
  ^bb0(%e: f32, %f: f32):
    dlk_tile.yield %e : f32
  }
  return
}

// -----

!c = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!s = !dlk_tile.mem<64x64xbf16, shared>
func.func @tile_argument_t38(%c: !c, %s: !s, %i: index) {
  // expected-error@+1 {{region does not take the element types: 'f32', 'f32', not 'f32', 'bf16' [DLK-T38]}}
  %0 = dlk_tile.map %c at [%i, %i] bounds [64, 64] tiles %s : !s maps [] : !c -> !c {
  ^bb0(%e: f32, %f: f32):
    dlk_tile.yield %e : f32
  }
  return
}

// -----

!c = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
!g = !dlk_tile.mem<62x64xf32, #dlk_tile.layout<[62:64], [64:1]>, global>
!s = !dlk_tile.mem<4x16x32xf32, shared>
func.func @combine_t96(%c: !c, %g: !g, %s: !s, %i: index) {
  // expected-error@+1 {{combine is not sum, max or min of four rows of f16, bf16 or f32 each: max in '!dlk_tile.mem<62x64xf32, #dlk_tile.layout<[62:64], [64:1]>, global>' [DLK-T96]}}
  dlk_tile.store %c to %g[%i, %i] staging %s vector 4 combine max : !c to !g staging !s
  return
}

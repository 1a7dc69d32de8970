// One case or more for each rule of buffers, views and copies.
// RUN: dlk-opt %s --split-input-file --verify-diagnostics

!g = !dlk_tile.mem<64x64xf16, #dlk_tile.layout<[64:64], [64:1]>, global>
!s = !dlk_tile.mem<64x32xbf16, shared>
func.func @element_t25(%g: !g, %s: !s, %i: index) {
  // expected-error-re@+1 {{does not copy from global to shared memory of the same element type: {{.*}}[DLK-T25]}}
  dlk_tile.copy %g[%i, %i] to %s vector 8 kind "ld" : !g to !s
  return
}

// -----

!s = !dlk_tile.mem<64x32xf16, shared>
func.func @shared_to_shared_t25(%s: !s, %i: index) {
  // expected-error@+1 {{[DLK-T25]}}
  dlk_tile.copy %s[%i, %i] to %s vector 8 kind "ld" : !s to !s
  return
}

// -----

!g = !dlk_tile.mem<64x64xf16, #dlk_tile.layout<[64:64], [64:1]>, global>
!s = !dlk_tile.mem<64x32xf16, shared>
func.func @indices_t26(%g: !g, %s: !s, %i: index) {
  // expected-error@+1 {{has 1 indices for a source of rank 2 and a target of rank 2 [DLK-T26]}}
  dlk_tile.copy %g[%i] to %s vector 8 kind "ld" : !g to !s
  return
}

// -----

!g = !dlk_tile.mem<64x64xf16, #dlk_tile.layout<[64:64], [64:1]>, global>
!s = !dlk_tile.mem<64xf16, shared>
func.func @target_rank_t26(%g: !g, %s: !s, %i: index) {
  // expected-error@+1 {{has 2 indices for a source of rank 2 and a target of rank 1 [DLK-T26]}}
  dlk_tile.copy %g[%i, %i] to %s vector 8 kind "ld" : !g to !s
  return
}

// -----

!g = !dlk_tile.mem<64x64xf16, #dlk_tile.layout<[64:64], [64:1]>, global>
!s = !dlk_tile.mem<64x32xf16, shared>
func.func @bytes_t27(%g: !g, %s: !s, %i: index) {
  // expected-error@+1 {{vector is no power of two of at most 16 bytes: 16 [DLK-T27]}}
  dlk_tile.copy %g[%i, %i] to %s vector 16 kind "ld" : !g to !s
  return
}

// -----

!g = !dlk_tile.mem<64x60xf16, #dlk_tile.layout<[64:60], [60:1]>, global>
!s = !dlk_tile.mem<64x32xf16, shared>
func.func @extent_t27(%g: !g, %s: !s, %i: index) {
  // expected-error-re@+1 {{pieces of 8 elements are not contiguous and aligned in {{.*}}[DLK-T27]}}
  dlk_tile.copy %g[%i, %i] to %s vector 8 kind "ld" : !g to !s
  return
}

// -----

// Rows of 64 elements, each 65 after the other: the second row is not aligned.
!g = !dlk_tile.mem<64x64xf16, #dlk_tile.layout<[64:65], [64:1]>, global>
!s = !dlk_tile.mem<64x32xf16, shared>
func.func @row_stride_t27(%g: !g, %s: !s, %i: index) {
  // expected-error-re@+1 {{pieces of 2 elements are not contiguous and aligned in {{.*}}[DLK-T27]}}
  dlk_tile.copy %g[%i, %i] to %s vector 2 kind "ld" : !g to !s
  return
}

// -----

!g = !dlk_tile.mem<64x64xf16, #dlk_tile.layout<[64:1], [64:64]>, global>
!s = !dlk_tile.mem<64x32xf16, shared>
func.func @stride_t27(%g: !g, %s: !s, %i: index) {
  // expected-error-re@+1 {{pieces of 8 elements are not contiguous and aligned in {{.*}}[DLK-T27]}}
  dlk_tile.copy %g[%i, %i] to %s vector 8 kind "ld" : !g to !s
  return
}

// -----

!g = !dlk_tile.mem<64x64xf16, #dlk_tile.layout<[64:64], [64:1]>, global>
!s = !dlk_tile.mem<64x32xf16, shared>
func.func @kind_t27(%g: !g, %s: !s, %i: index) {
  // expected-error@+1 {{kind is neither cp_async nor ld: 'tma' [DLK-T27]}}
  dlk_tile.copy %g[%i, %i] to %s vector 8 kind "tma" : !g to !s
  return
}

// -----

!g = !dlk_tile.mem<64x64xf16, #dlk_tile.layout<[64:64], [64:1]>, global>
!s = !dlk_tile.mem<64x32xf16, shared>
func.func @cp_async_t27(%g: !g, %s: !s, %i: index) {
  // expected-error@+1 {{cp_async moves 4, 8 or 16 bytes, not: 2 [DLK-T27]}}
  dlk_tile.copy %g[%i, %i] to %s vector 1 kind "cp_async" : !g to !s
  return
}

// -----

func.func @global_t43() {
  // expected-error-re@+1 {{memory is not shared: {{.*}}[DLK-T43]}}
  %0 = dlk_tile.alloc : !dlk_tile.mem<4xf16, #dlk_tile.layout<[4:1]>, global>
  return
}

// -----

func.func @offset_t43() {
  // expected-error@+1 {{offset is negative: -16 [DLK-T43]}}
  %0 = dlk_tile.alloc offset -16 : !dlk_tile.mem<4xf16, shared>
  return
}

// -----

!s = !dlk_tile.mem<64xi8, #dlk_tile.layout<[64:1]>, shared>
!v = !dlk_tile.mem<4x8xf16, #dlk_tile.layout<[4:8], [8:1]>, shared>
func.func @end_t44(%s: !s, %i: i32) {
  // expected-error@+1 {{view does not end inside the source: 64 bytes at 16 of 64 [DLK-T44]}}
  %0 = dlk_tile.view %s[%i + 16] : !s to !v
  return
}

// -----

!s = !dlk_tile.mem<64xi8, shared>
func.func @negative_t44(%s: !s, %i: i32) {
  // expected-error@+1 {{byte offset is negative: -8 [DLK-T44]}}
  %0 = dlk_tile.view %s[%i + -8] : !s to !s
  return
}

// -----

!g = !dlk_tile.mem<64xi8, #dlk_tile.layout<[64:1]>, global>
func.func @global_t44(%g: !g, %i: i32) {
  // expected-error-re@+1 {{source or view is not shared memory: {{.*}}[DLK-T44]}}
  %0 = dlk_tile.view %g[%i + 0] : !g to !g
  return
}

// -----

!s = !dlk_tile.mem<64xi8, shared>
func.func @space_t45(%s: !s) {
  // expected-error@+1 {{pointer is not of address space 3: '!llvm.ptr<1>' [DLK-T45]}}
  %0 = dlk_tile.pointer %s : !s to !llvm.ptr<1>
  return
}

// One case or more for each rule of asynchronous products.
// RUN: dlk-opt %s --split-input-file --verify-diagnostics

!l = !dlk_tile.mem<64x64xbf16, #dlk_tile.layout<[64:64], [64:1]>, global>
!r = !dlk_tile.mem<64x64xbf16, shared>
!inflight = !dlk_tile.inflight<!dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>>
func.func @global_t72(%l: !l, %r: !r, %acc: !inflight) {
  // expected-error-re@+1 {{operands are no shared tiles whose extents agree: {{.*}}[DLK-T72]}}
  %0 = dlk_tile.wgmma %l, %r, %acc : !l, !r, !inflight
  return
}

// -----

!l = !dlk_tile.mem<1x64x64xbf16, shared>
!r = !dlk_tile.mem<64x64xbf16, shared>
!inflight = !dlk_tile.inflight<!dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>>
func.func @rank_t72(%l: !l, %r: !r, %acc: !inflight) {
  // expected-error-re@+1 {{operands are no shared tiles whose extents agree: {{.*}}[DLK-T72]}}
  %0 = dlk_tile.wgmma %l, %r, %acc : !l, !r, !inflight
  return
}

// -----

!l = !dlk_tile.mem<64x32xbf16, shared>
!r = !dlk_tile.mem<64x64xbf16, shared>
!inflight = !dlk_tile.inflight<!dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>>
func.func @k_t72(%l: !l, %r: !r, %acc: !inflight) {
  // expected-error-re@+1 {{operands are no shared tiles whose extents agree: {{.*}}[DLK-T72]}}
  %0 = dlk_tile.wgmma %l, %r, %acc : !l, !r, !inflight
  return
}

// -----

!l = !dlk_tile.mem<128x64xbf16, shared>
!r = !dlk_tile.mem<64x64xbf16, shared>
!inflight = !dlk_tile.inflight<!dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>>
func.func @rows_t72(%l: !l, %r: !r, %acc: !inflight) {
  // expected-error-re@+1 {{operands are no shared tiles whose extents agree: {{.*}}[DLK-T72]}}
  %0 = dlk_tile.wgmma %l, %r, %acc : !l, !r, !inflight
  return
}

// -----

!l = !dlk_tile.mem<64x64xbf16, shared>
!r = !dlk_tile.mem<64x128xbf16, shared>
!inflight = !dlk_tile.inflight<!dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>>
func.func @columns_t72(%l: !l, %r: !r, %acc: !inflight) {
  // expected-error-re@+1 {{operands are no shared tiles whose extents agree: {{.*}}[DLK-T72]}}
  %0 = dlk_tile.wgmma %l, %r, %acc : !l, !r, !inflight
  return
}

// -----

!l = !dlk_tile.mem<64x64xbf16, shared>
!r = !dlk_tile.mem<64x64xbf16, shared>
!inflight = !dlk_tile.inflight<!dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>>
func.func @dimension_t72(%l: !l, %r: !r, %acc: !inflight) {
  // expected-error-re@+1 {{operands are no shared tiles whose extents agree: {{.*}}[DLK-T72]}}
  %0 = dlk_tile.wgmma %l, %r, %acc {rhs_k_dim = 2 : i64} : !l, !r, !inflight
  return
}

// -----

!l = !dlk_tile.mem<64x24xbf16, shared>
!r = !dlk_tile.mem<24x64xbf16, shared>
!inflight = !dlk_tile.inflight<!dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>>
func.func @k_bytes_t73(%l: !l, %r: !r, %acc: !inflight) {
  // expected-error@+1 {{k is no multiple of 32 bytes: 48 bytes [DLK-T73]}}
  %0 = dlk_tile.wgmma %l, %r, %acc : !l, !r, !inflight
  return
}

// -----

!l = !dlk_tile.mem<64x64xbf16, shared>
!r = !dlk_tile.mem<64x64xf16, shared>
!inflight = !dlk_tile.inflight<!dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>>
func.func @mixed_t74(%l: !l, %r: !r, %acc: !inflight) {
  // expected-error@+1 {{wgmma has no product of 'bf16' and 'f16' into 'f32' [DLK-T74]}}
  %0 = dlk_tile.wgmma %l, %r, %acc : !l, !r, !inflight
  return
}

// -----

!l = !dlk_tile.mem<64x64xbf16, shared>
!r = !dlk_tile.mem<64x64xbf16, shared>
!inflight = !dlk_tile.inflight<!dlk_tile.frag<64x64xf16, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>>
func.func @accumulator_t74(%l: !l, %r: !r, %acc: !inflight) {
  // expected-error@+1 {{wgmma has no product of 'bf16' and 'bf16' into 'f16' [DLK-T74]}}
  %0 = dlk_tile.wgmma %l, %r, %acc : !l, !r, !inflight
  return
}

// -----

!l = !dlk_tile.mem<64x64xi8, shared>
!r = !dlk_tile.mem<64x64xi8, shared>
!inflight = !dlk_tile.inflight<!dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>>
func.func @integer_t74(%l: !l, %r: !r, %acc: !inflight) {
  // expected-error@+1 {{wgmma has no product of 'i8' and 'i8' into 'f32' [DLK-T74]}}
  %0 = dlk_tile.wgmma %l, %r, %acc {rhs_k_dim = 1 : i64} : !l, !r, !inflight
  return
}

// -----

!l = !dlk_tile.mem<64x64xf64, shared>
!r = !dlk_tile.mem<64x64xf64, shared>
!inflight = !dlk_tile.inflight<!dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>>
func.func @double_t74(%l: !l, %r: !r, %acc: !inflight) {
  // expected-error@+1 {{wgmma has no product of 'f64' and 'f64' into 'f32' [DLK-T74]}}
  %0 = dlk_tile.wgmma %l, %r, %acc : !l, !r, !inflight
  return
}

// -----

!l = !dlk_tile.mem<64x64xf8E4M3FN, shared>
!r = !dlk_tile.mem<64x64xf8E5M2, shared>
!inflight = !dlk_tile.inflight<!dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>>
func.func @fp8_t75(%l: !l, %r: !r, %acc: !inflight) {
  // expected-error@+1 {{operands that are not of 16 bits need contiguous k: 'f8E4M3FN' [DLK-T75]}}
  %0 = dlk_tile.wgmma %l, %r, %acc : !l, !r, !inflight
  return
}

// -----

!l = !dlk_tile.mem<64x64xf32, shared>
!r = !dlk_tile.mem<64x64xf32, shared>
!inflight = !dlk_tile.inflight<!dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>>
func.func @tf32_t75(%l: !l, %r: !r, %acc: !inflight) {
  // expected-error@+1 {{operands that are not of 16 bits need contiguous k: 'f32' [DLK-T75]}}
  %0 = dlk_tile.wgmma %l, %r, %acc {lhs_k_dim = 0 : i64, rhs_k_dim = 1 : i64} : !l, !r, !inflight
  return
}

// -----

!acc = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!inflight = !dlk_tile.inflight<!acc>
func.func @negative_t76(%acc: !inflight) {
  // expected-error@+1 {{pending is not in 0..7: -1 [DLK-T76]}}
  %0 = dlk_tile.wgmma_wait pending -1, %acc : !inflight -> !inflight
  return
}

// -----

!acc = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!inflight = !dlk_tile.inflight<!acc>
func.func @large_t76(%acc: !inflight) {
  // expected-error@+1 {{pending is not in 0..7: 8 [DLK-T76]}}
  %0 = dlk_tile.wgmma_wait pending 8, %acc : !inflight -> !inflight
  return
}

// -----

!acc = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!inflight = !dlk_tile.inflight<!acc>
func.func @in_flight_t77(%acc: !inflight) {
  // expected-error-re@+1 {{result is not {{.*}}frag{{.*}}[DLK-T77]}}
  %0 = dlk_tile.wgmma_wait pending 0, %acc : !inflight -> !inflight
  return
}

// -----

!acc = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!inflight = !dlk_tile.inflight<!acc>
func.func @fragment_t77(%acc: !inflight) {
  // expected-error-re@+1 {{result is not {{.*}}inflight{{.*}}[DLK-T77]}}
  %0 = dlk_tile.wgmma_wait pending 1, %acc : !inflight -> !acc
  return
}

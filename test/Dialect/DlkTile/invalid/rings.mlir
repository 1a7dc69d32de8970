// One case or more for each rule of rings and waits.
// RUN: dlk-opt %s --split-input-file --verify-diagnostics

!slot = !dlk_tile.slot<!dlk_tile.mem<4x8xf16, shared>>
func.func @index_t28(%s: !slot) {
  // expected-error@+1 {{slot has 1 buffers, none of index 1 [DLK-T28]}}
  %0 = dlk_tile.slot.view %s[1] : !slot -> !dlk_tile.mem<4x8xf16, shared>
  return
}

// -----

!slot = !dlk_tile.slot<!dlk_tile.mem<4x8xf16, shared>>
func.func @type_t28(%s: !slot) {
  // expected-error@+1 {{buffer 0 is '!dlk_tile.mem<4x8xf16, shared>', not '!dlk_tile.mem<8x4xf16, shared>' [DLK-T28]}}
  %0 = dlk_tile.slot.view %s[0] : !slot -> !dlk_tile.mem<8x4xf16, shared>
  return
}

// -----

!ring = !dlk_tile.ring<2, !dlk_tile.mem<4x8xf16, shared>>
!other = !dlk_tile.slot<!dlk_tile.mem<4x8xf16, shared>, !dlk_tile.mem<4x8xf16, shared>>
func.func @acquire_t29(%r: !ring) {
  // expected-error-re@+1 {{slot has other buffers than the ring, which need more bytes: {{.*}}[DLK-T29]}}
  %0 = dlk_tile.ring.acquire %r : !ring -> !other
  return
}

// -----

!ring = !dlk_tile.ring<2, !dlk_tile.mem<4x8xf16, shared>>
!other = !dlk_tile.slot<!dlk_tile.mem<4x8xf16, shared>, !dlk_tile.mem<4x8xf16, shared>>
func.func @commit_t29(%r: !ring, %s: !other) {
  // expected-error-re@+1 {{slot has other buffers than the ring, which need more bytes: {{.*}}[DLK-T29]}}
  dlk_tile.ring.commit %r, %s : !ring, !other
  return
}

// -----

!ring = !dlk_tile.ring<2, !dlk_tile.mem<4x8xf16, shared>>
!other = !dlk_tile.slot<!dlk_tile.mem<4x8xf16, shared>, !dlk_tile.mem<4x8xf16, shared>>
func.func @wait_t29(%r: !ring) {
  // expected-error-re@+1 {{slot has other buffers than the ring, which need more bytes: {{.*}}[DLK-T29]}}
  %0 = dlk_tile.ring.wait %r : !ring -> !other
  return
}

// -----

!ring = !dlk_tile.ring<2, !dlk_tile.mem<4x8xf16, shared>>
!other = !dlk_tile.slot<!dlk_tile.mem<4x8xf16, shared>, !dlk_tile.mem<4x8xf16, shared>>
func.func @release_t29(%r: !ring, %s: !other) {
  // expected-error-re@+1 {{slot has other buffers than the ring, which need more bytes: {{.*}}[DLK-T29]}}
  dlk_tile.ring.release %r, %s : !ring, !other
  return
}

// -----

func.func @pending_t46() {
  // expected-error@+1 {{pending is negative: -1 [DLK-T46]}}
  dlk_tile.async_wait pending -1
  return
}

// -----

func.func @none_t53() {
  // expected-error@+1 {{consumers is not in 1..7: 0 [DLK-T53]}}
  %0 = dlk_tile.ring.create consumers 0 : !dlk_tile.ring<2, !dlk_tile.mem<4x8xf16, shared>>
  return
}

// -----

func.func @many_t53() {
  // expected-error@+1 {{consumers is not in 1..7: 8 [DLK-T53]}}
  %0 = dlk_tile.ring.create consumers 8 : !dlk_tile.ring<2, !dlk_tile.mem<4x8xf16, shared>>
  return
}

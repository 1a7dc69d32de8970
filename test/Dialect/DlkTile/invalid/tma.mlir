// One case or more for each rule of copies and stores by TMA.
// RUN: dlk-opt %s --split-input-file --verify-diagnostics

!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<128x64xf16, shared>
func.func @element_t65(%map: !tmap, %ring: !dlk_tile.ring<2, !t>, %i: index) {
  %s = dlk_tile.ring.acquire %ring : !dlk_tile.ring<2, !t> -> !dlk_tile.slot<!t>
  %v = dlk_tile.slot.view %s[0] : !dlk_tile.slot<!t> -> !t
  // expected-error-re@+1 {{does not copy from a tensor map to shared memory of its element type, with one index per dimension: {{.*}}[DLK-T65]}}
  dlk_tile.tma_load %map[%i, %i] to %v : !tmap to !t
  return
}

// -----

!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<128x64xbf16, shared>
func.func @origin_t65(%map: !tmap, %ring: !dlk_tile.ring<2, !t>, %i: index) {
  %s = dlk_tile.ring.acquire %ring : !dlk_tile.ring<2, !t> -> !dlk_tile.slot<!t>
  %v = dlk_tile.slot.view %s[0] : !dlk_tile.slot<!t> -> !t
  // expected-error-re@+1 {{does not copy from a tensor map to shared memory of its element type, with one index per dimension: {{.*}}[DLK-T65]}}
  dlk_tile.tma_load %map[%i] to %v : !tmap to !t
  return
}

// -----

!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<2x64x64xbf16, shared>
func.func @rank_t66(%map: !tmap, %ring: !dlk_tile.ring<2, !t>, %i: index) {
  %s = dlk_tile.ring.acquire %ring : !dlk_tile.ring<2, !t> -> !dlk_tile.slot<!t>
  %v = dlk_tile.slot.view %s[0] : !dlk_tile.slot<!t> -> !t
  // expected-error-re@+1 {{boxes do not tile the target evenly, or its layout is not theirs: {{.*}}[DLK-T66]}}
  dlk_tile.tma_load %map[%i, %i] to %v : !tmap to !t
  return
}

// -----

!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<96x64xbf16, shared>
func.func @rows_t66(%map: !tmap, %ring: !dlk_tile.ring<2, !t>, %i: index) {
  %s = dlk_tile.ring.acquire %ring : !dlk_tile.ring<2, !t> -> !dlk_tile.slot<!t>
  %v = dlk_tile.slot.view %s[0] : !dlk_tile.slot<!t> -> !t
  // expected-error-re@+1 {{boxes do not tile the target evenly, or its layout is not theirs: {{.*}}[DLK-T66]}}
  dlk_tile.tma_load %map[%i, %i] to %v : !tmap to !t
  return
}

// -----

!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<64x96xbf16, shared>
func.func @columns_t66(%map: !tmap, %ring: !dlk_tile.ring<2, !t>, %i: index) {
  %s = dlk_tile.ring.acquire %ring : !dlk_tile.ring<2, !t> -> !dlk_tile.slot<!t>
  %v = dlk_tile.slot.view %s[0] : !dlk_tile.slot<!t> -> !t
  // expected-error-re@+1 {{boxes do not tile the target evenly, or its layout is not theirs: {{.*}}[DLK-T66]}}
  dlk_tile.tma_load %map[%i, %i] to %v : !tmap to !t
  return
}

// -----

!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<64x128xbf16, #dlk_tile.layout<[64:128], [128:1], swizzle<3, 4, 3>>, shared>
func.func @panels_t66(%map: !tmap, %ring: !dlk_tile.ring<2, !t>, %i: index) {
  %s = dlk_tile.ring.acquire %ring : !dlk_tile.ring<2, !t> -> !dlk_tile.slot<!t>
  %v = dlk_tile.slot.view %s[0] : !dlk_tile.slot<!t> -> !t
  // expected-error-re@+1 {{boxes do not tile the target evenly, or its layout is not theirs: {{.*}}[DLK-T66]}}
  dlk_tile.tma_load %map[%i, %i] to %v : !tmap to !t
  return
}

// -----

!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<64x64xbf16, #dlk_tile.layout<[64:64], [64:1], swizzle<2, 4, 3>>, shared>
func.func @swizzle_t66(%map: !tmap, %ring: !dlk_tile.ring<2, !t>, %i: index) {
  %s = dlk_tile.ring.acquire %ring : !dlk_tile.ring<2, !t> -> !dlk_tile.slot<!t>
  %v = dlk_tile.slot.view %s[0] : !dlk_tile.slot<!t> -> !t
  // expected-error-re@+1 {{boxes do not tile the target evenly, or its layout is not theirs: {{.*}}[DLK-T66]}}
  dlk_tile.tma_load %map[%i, %i] to %v : !tmap to !t
  return
}

// -----

!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<128x64xbf16, shared>
func.func @waited_t67(%map: !tmap, %ring: !dlk_tile.ring<2, !t>, %i: index) {
  %s = dlk_tile.ring.wait %ring : !dlk_tile.ring<2, !t> -> !dlk_tile.slot<!t>
  %v = dlk_tile.slot.view %s[0] : !dlk_tile.slot<!t> -> !t
  // expected-error@+1 {{target is not of an acquired slot [DLK-T67]}}
  dlk_tile.tma_load %map[%i, %i] to %v : !tmap to !t
  return
}

// -----

!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<128x64xbf16, shared>
func.func @alloc_t67(%map: !tmap, %ring: !dlk_tile.ring<2, !t>, %i: index) {
  %v = dlk_tile.alloc : !t
  // expected-error@+1 {{target is not of an acquired slot [DLK-T67]}}
  dlk_tile.tma_load %map[%i, %i] to %v : !tmap to !t
  return
}

// -----

!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<128x64xbf16, shared>
func.func @shared_along_t68(%map: !tmap, %ring: !dlk_tile.ring<2, !t>, %i: index) {
  %s = dlk_tile.ring.acquire %ring : !dlk_tile.ring<2, !t> -> !dlk_tile.slot<!t>
  %v = dlk_tile.slot.view %s[0] : !dlk_tile.slot<!t> -> !t
  // expected-error@+1 {{shared_along is neither m nor n: 'k' [DLK-T68]}}
  dlk_tile.tma_load %map[%i, %i] to %v shared_along "k" : !tmap to !t
  return
}

// -----

!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!f = !dlk_tile.frag<128x128xbf16, #dlk_tile.fragment<mma_acc, warps = [2, 1]>>
!staging = !dlk_tile.mem<4x64x64xbf16, shared>
func.func @kind_t69(%f: !f, %map: !tmap, %s: !staging, %i: index) {
  // expected-error-re@+1 {{source is no wgmma_acc fragment of the map's elements, or the origin not one index per dimension: {{.*}}[DLK-T69]}}
  dlk_tile.tma_store %f to %map[%i, %i] staging %s : !f to !tmap staging !staging
  return
}

// -----

!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!f = !dlk_tile.frag<128x128xf32, #dlk_tile.fragment<wgmma_acc, warps = [2, 1]>>
!staging = !dlk_tile.mem<4x64x64xbf16, shared>
func.func @element_t69(%f: !f, %map: !tmap, %s: !staging, %i: index) {
  // expected-error-re@+1 {{source is no wgmma_acc fragment of the map's elements, or the origin not one index per dimension: {{.*}}[DLK-T69]}}
  dlk_tile.tma_store %f to %map[%i, %i] staging %s : !f to !tmap staging !staging
  return
}

// -----

!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!f = !dlk_tile.frag<128x128xbf16, #dlk_tile.fragment<wgmma_acc, warps = [2, 1]>>
!staging = !dlk_tile.mem<4x64x64xbf16, shared>
func.func @origin_t69(%f: !f, %map: !tmap, %s: !staging, %i: index) {
  // expected-error-re@+1 {{source is no wgmma_acc fragment of the map's elements, or the origin not one index per dimension: {{.*}}[DLK-T69]}}
  dlk_tile.tma_store %f to %map[%i] staging %s : !f to !tmap staging !staging
  return
}

// -----

!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [128, 64], swizzle 128>
!f = !dlk_tile.frag<128x128xbf16, #dlk_tile.fragment<wgmma_acc, warps = [2, 1]>>
!staging = !dlk_tile.mem<4x128x64xbf16, shared>
func.func @rows_t70(%f: !f, %map: !tmap, %s: !staging, %i: index) {
  // expected-error-re@+1 {{box is not 64 rows and a divisor of 128 columns: {{.*}}128, 64{{.*}}[DLK-T70]}}
  dlk_tile.tma_store %f to %map[%i, %i] staging %s : !f to !tmap staging !staging
  return
}

// -----

!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!f = !dlk_tile.frag<128x96xbf16, #dlk_tile.fragment<wgmma_acc, warps = [2, 1]>>
!staging = !dlk_tile.mem<4x64x64xbf16, shared>
func.func @columns_t70(%f: !f, %map: !tmap, %s: !staging, %i: index) {
  // expected-error-re@+1 {{box is not 64 rows and a divisor of 96 columns: {{.*}}64, 64{{.*}}[DLK-T70]}}
  dlk_tile.tma_store %f to %map[%i, %i] staging %s : !f to !tmap staging !staging
  return
}

// -----

!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!f = !dlk_tile.frag<128x128xbf16, #dlk_tile.fragment<wgmma_acc, warps = [2, 1]>>
!staging = !dlk_tile.mem<3x64x64xbf16, shared>
func.func @groups_t71(%f: !f, %map: !tmap, %s: !staging, %i: index) {
  // expected-error-re@+1 {{staging is not shared memory of {{.*}}2 x buffers, 64, 64{{.*}} elements: {{.*}}[DLK-T71]}}
  dlk_tile.tma_store %f to %map[%i, %i] staging %s : !f to !tmap staging !staging
  return
}

// -----

!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!f = !dlk_tile.frag<128x128xbf16, #dlk_tile.fragment<wgmma_acc, warps = [2, 1]>>
!staging = !dlk_tile.mem<4x64x32xbf16, shared>
func.func @box_t71(%f: !f, %map: !tmap, %s: !staging, %i: index) {
  // expected-error-re@+1 {{staging is not shared memory of {{.*}}2 x buffers, 64, 64{{.*}} elements: {{.*}}[DLK-T71]}}
  dlk_tile.tma_store %f to %map[%i, %i] staging %s : !f to !tmap staging !staging
  return
}

// -----

!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!f = !dlk_tile.frag<128x128xbf16, #dlk_tile.fragment<wgmma_acc, warps = [2, 1]>>
!staging = !dlk_tile.mem<4x64x64xf16, shared>
func.func @element_t71(%f: !f, %map: !tmap, %s: !staging, %i: index) {
  // expected-error-re@+1 {{staging is not shared memory of {{.*}}2 x buffers, 64, 64{{.*}} elements: {{.*}}[DLK-T71]}}
  dlk_tile.tma_store %f to %map[%i, %i] staging %s : !f to !tmap staging !staging
  return
}

// -----

// Transposed, a box has all columns of a warpgroup.
!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!f = !dlk_tile.frag<128x128xbf16, #dlk_tile.fragment<wgmma_acc, warps = [2, 1]>>
!staging = !dlk_tile.mem<4x64x64xbf16, shared>
func.func @transposed_t70(%f: !f, %map: !tmap, %s: !staging, %i: index) {
  // expected-error-re@+1 {{box is not 128 rows and a divisor of 64 columns: {{.*}}64, 64{{.*}}[DLK-T70]}}
  dlk_tile.tma_store %f to %map[%i, %i] transposed staging %s : !f to !tmap staging !staging
  return
}

// -----

// 64 columns of f32 are two boxes.
!mem = !dlk_tile.mem<512x512xf32, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [128, 32], swizzle 128>
!f = !dlk_tile.frag<128x128xf32, #dlk_tile.fragment<wgmma_acc, warps = [2, 1]>>
!staging = !dlk_tile.mem<6x128x32xf32, shared>
func.func @transposed_t71(%f: !f, %map: !tmap, %s: !staging, %i: index) {
  // expected-error-re@+1 {{staging is not shared memory of {{.*}}4 x buffers, 128, 32{{.*}} elements: {{.*}}[DLK-T71]}}
  dlk_tile.tma_store %f to %map[%i, %i] transposed staging %s : !f to !tmap staging !staging
  return
}

// -----

// expected-error@+1 {{TMA cannot follow the gather of '!dlk_tile.mem<98x72xf16, #dlk_tile.layout<[2:392], [7:56], [7:8], [8:1]>, global, #dlk.gather<[2, 7, 7], [3, 3, 8], affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1 - d3, d2 + d4, d5)>>>': pixels move by other things than filter taps [DLK-T91]}}
func.func private @backwards_t91(!dlk_tile.tmap<!dlk_tile.mem<98x72xf16, #dlk_tile.layout<[2:392], [7:56], [7:8], [8:1]>, global, #dlk.gather<[2, 7, 7], [3, 3, 8], affine_map<(n, p, q, r, s, c) -> (n, p - r, q + s, c)>>>, [64, 8], swizzle 0>)

// -----

// expected-error@+1 {{boxes cross what they cannot [DLK-T91]}}
func.func private @crosses_t91(!dlk_tile.tmap<!dlk_tile.mem<98x72xf16, #dlk_tile.layout<[2:392], [7:56], [7:8], [8:1]>, global, #dlk.gather<[2, 7, 7], [3, 3, 8], affine_map<(n, p, q, r, s, c) -> (n, p + r, q + s, c)>>>, [64, 64], swizzle 128>)

// -----

// Four groups of 8 rows, each with 16 columns of its own: a box has rows of one group.
// expected-error@+1 {{boxes cross what they cannot [DLK-T91]}}
func.func private @groups_t91(!dlk_tile.tmap<!dlk_tile.mem<32x576xf16, #dlk_tile.layout<[32:144], [3:48], [3:16], [16:1]>, global, #dlk.gather<[4, 8], [3, 3, 64], affine_map<(b, f, r, s, c) -> (b * 8 + f, r, s, c - b * 16)>>>, [16, 64], swizzle 128>)

// -----

// A fifth group would begin inside the tensor.
// expected-error@+1 {{channels of a group end inside the tensor [DLK-T91]}}
func.func private @wide_t91(!dlk_tile.tmap<!dlk_tile.mem<32x576xf16, #dlk_tile.layout<[32:288], [3:96], [3:32], [32:1]>, global, #dlk.gather<[4, 8], [3, 3, 64], affine_map<(b, f, r, s, c) -> (b * 8 + f, r, s, c - b * 16)>>>, [8, 64], swizzle 128>)

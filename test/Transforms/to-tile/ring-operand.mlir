// A residual that TMA can copy travels through the ring: stages behind those of
// the products, which are released when the result has been stored.
// RUN: dlk-opt %s --split-input-file --pass-pipeline='builtin.module(dlk-to-tile)' | FileCheck %s

#s = #dlk.schedule<engine = wgmma, tile = [128, 192, 64], warps = [2, 1], roles = cooperative, stages = 4, copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232]>

// A tile is three panels of 16 KiB; a stage has 40 KiB, so there are two stages,
// the second with one panel. The other operand keeps its place among those that
// threads read; the residual is the region's last argument.
// CHECK-LABEL: func.func @residual
// CHECK: dlk_tile.kernel @residual_kernel({{.*}}, %[[RES:[^ ]+]]: !bf16_128x64_tmap1, %[[BIAS:[^ ]+]]: !bf16_192_global, %{{[^ ]+}}: !bf16_64x64_tmap)
// CHECK: %[[M:.+]] = arith.muli %row
// CHECK: %[[N:.+]] = arith.muli %column
// CHECK: %[[RING:.+]] = dlk_tile.ring.create : !ring
// CHECK: %[[SUM:.+]] = scf.for
// CHECK: scf.yield
// CHECK: %[[S0:.+]] = dlk_tile.ring.acquire %[[RING]] : !ring -> !slot[[TWO:.*]]
// CHECK: %[[F0:.+]] = dlk_tile.slot.view %[[S0]][0]
// CHECK: dlk_tile.tma_load %[[RES]][%[[M]], %[[N]]] to %[[F0]] : !bf16_128x64_tmap1 to !bf16_128x64_shared
// CHECK: %[[F1:.+]] = dlk_tile.slot.view %[[S0]][1]
// CHECK: %[[N1:.+]] = arith.addi %[[N]], %c64
// CHECK: dlk_tile.tma_load %[[RES]][%[[M]], %[[N1]]] to %[[F1]]
// CHECK: dlk_tile.ring.commit %[[RING]], %[[S0]]
// CHECK: %[[W0:.+]] = dlk_tile.ring.wait %[[RING]] : !ring -> !slot[[TWO]]
// CHECK: %[[T0:.+]] = dlk_tile.slot.view %[[W0]][0]
// CHECK: %[[T1:.+]] = dlk_tile.slot.view %[[W0]][1]
// CHECK: %[[S1:.+]] = dlk_tile.ring.acquire %[[RING]]
// CHECK: %[[N2:.+]] = arith.addi %[[N]], %c128
// CHECK: dlk_tile.tma_load %[[RES]][%[[M]], %[[N2]]]
// CHECK: dlk_tile.ring.commit %[[RING]], %[[S1]]
// CHECK: %[[W1:.+]] = dlk_tile.ring.wait %[[RING]]
// CHECK: %[[T2:.+]] = dlk_tile.slot.view %[[W1]][0]
// CHECK: dlk_tile.map %[[SUM]] at[%[[M]], %[[N]]] bounds [512, 192] with %[[BIAS]] : !bf16_192_global tiles %[[T0]], %[[T1]], %[[T2]] : {{.*}} maps [#map
// CHECK-NEXT: ^bb0(%[[ACC:.+]]: f32, %[[X:.+]]: bf16, %[[R:.+]]: bf16):
// CHECK: arith.extf %[[R]]
// CHECK: arith.mulf
// CHECK: arith.extf %[[X]]
// CHECK: arith.addf
// CHECK: dlk_tile.tma_store
// CHECK-NEXT: dlk_tile.ring.release %[[RING]], %[[W0]]
// CHECK-NEXT: dlk_tile.ring.release %[[RING]], %[[W1]]
func.func @residual(%a: tensor<512x256xbf16>, %b: tensor<192x256xbf16>, %r: tensor<512x192xbf16>, %x: tensor<192xbf16>, %c: tensor<512x192xbf16>) -> tensor<512x192xbf16> {
  %d = dlk.matmul ins(%a, %b : tensor<512x256xbf16>, tensor<192x256xbf16>) extras(%r, %x : tensor<512x192xbf16>, tensor<192xbf16>) outs(%c : tensor<512x192xbf16>)
      maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>, affine_map<(m, n, k) -> (n)>, affine_map<(m, n, k) -> (m, n)>] acc f32 schedule #s {
  ^bb0(%acc: f32, %e: bf16, %f: bf16):
    %w = arith.extf %e : bf16 to f32
    %p = arith.mulf %acc, %w : f32
    %v = arith.extf %f : bf16 to f32
    %q = arith.addf %p, %v : f32
    %t = arith.truncf %q : f32 to bf16
    dlk.yield %t : bf16
  } -> tensor<512x192xbf16>
  return %d : tensor<512x192xbf16>
}

// -----

// One residual for all batches, in f32: 32 columns are 128 bytes.
#s = #dlk.schedule<engine = wgmma, tile = [128, 64, 64], warps = [2, 1], roles = pingpong, stages = 4, copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [24, 240]>
// CHECK-LABEL: func.func @batches
// CHECK: %{{[^ ]+}}: !f32_128x32_tmap
// CHECK: %[[M:.+]] = arith.muli %row
// CHECK: %[[N:.+]] = arith.muli %column
// CHECK: ring.acquire
// CHECK: ring.acquire
// CHECK: dlk_tile.tma_load %arg2[%[[M]], %[[N]]]
// CHECK: %[[N1:.+]] = arith.addi %[[N]], %c32
// CHECK-NOT: ring.acquire
// CHECK: dlk_tile.tma_load %arg2[%[[M]], %[[N1]]]
func.func @batches(%a: tensor<3x512x256xbf16>, %b: tensor<3x64x256xbf16>, %r: tensor<512x64xf32>, %c: tensor<3x512x64xf32>) -> tensor<3x512x64xf32> {
  %d = dlk.matmul ins(%a, %b : tensor<3x512x256xbf16>, tensor<3x64x256xbf16>) extras(%r : tensor<512x64xf32>) outs(%c : tensor<3x512x64xf32>)
      maps [affine_map<(b, m, n, k) -> (b, m, k)>, affine_map<(b, m, n, k) -> (b, n, k)>, affine_map<(b, m, n, k) -> (m, n)>, affine_map<(b, m, n, k) -> (b, m, n)>] acc f32 schedule #s {
  ^bb0(%acc: f32, %e: f32):
    %q = arith.addf %acc, %e : f32
    dlk.yield %q : f32
  } -> tensor<3x512x64xf32>
  return %d : tensor<3x512x64xf32>
}

// -----

// Threads read a residual whose rows are no multiple of 16 bytes.
#s = #dlk.schedule<engine = wgmma, tile = [128, 64, 64], warps = [2, 1], roles = cooperative, stages = 4, copy = tma, epilogue = staged, persistent = true, regs = [40, 232]>
// CHECK-LABEL: func.func @unaligned
// CHECK: dlk_tile.map {{.*}} with %arg2 : !bf16_512x68_global maps
func.func @unaligned(%a: tensor<512x256xbf16>, %b: tensor<68x256xbf16>, %r: tensor<512x68xbf16>, %c: tensor<512x68xf32>) -> tensor<512x68xf32> {
  %d = dlk.matmul ins(%a, %b : tensor<512x256xbf16>, tensor<68x256xbf16>) extras(%r : tensor<512x68xbf16>) outs(%c : tensor<512x68xf32>)
      maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>, affine_map<(m, n, k) -> (m, n)>] acc f32 schedule #s {
  ^bb0(%acc: f32, %e: bf16):
    %w = arith.extf %e : bf16 to f32
    %q = arith.addf %acc, %w : f32
    dlk.yield %q : f32
  } -> tensor<512x68xf32>
  return %d : tensor<512x68xf32>
}

// -----

// And a transposed one, whose rows are columns of the tile.
#s = #dlk.schedule<engine = wgmma, tile = [128, 64, 64], warps = [2, 1], roles = cooperative, stages = 4, copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232]>
// CHECK-LABEL: func.func @transposed
// CHECK: dlk_tile.map {{.*}} with %arg2 : !bf16_64x512_global maps
func.func @transposed(%a: tensor<512x256xbf16>, %b: tensor<64x256xbf16>, %r: tensor<64x512xbf16>, %c: tensor<512x64xf32>) -> tensor<512x64xf32> {
  %d = dlk.matmul ins(%a, %b : tensor<512x256xbf16>, tensor<64x256xbf16>) extras(%r : tensor<64x512xbf16>) outs(%c : tensor<512x64xf32>)
      maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (n, m)>, affine_map<(m, n, k) -> (m, n)>] acc f32 schedule #s {
  ^bb0(%acc: f32, %e: bf16):
    %w = arith.extf %e : bf16 to f32
    %q = arith.addf %acc, %w : f32
    dlk.yield %q : f32
  } -> tensor<512x64xf32>
  return %d : tensor<512x64xf32>
}

// -----

// More bytes than the ring has.
#s = #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative, stages = 2, copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232]>
// CHECK-LABEL: func.func @too_large
// CHECK: dlk_tile.map {{.*}} with %arg2 : !f32_512x256_global maps
func.func @too_large(%a: tensor<512x256xbf16>, %b: tensor<256x256xbf16>, %r: tensor<512x256xf32>, %c: tensor<512x256xf32>) -> tensor<512x256xf32> {
  %d = dlk.matmul ins(%a, %b : tensor<512x256xbf16>, tensor<256x256xbf16>) extras(%r : tensor<512x256xf32>) outs(%c : tensor<512x256xf32>)
      maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>, affine_map<(m, n, k) -> (m, n)>] acc f32 schedule #s {
  ^bb0(%acc: f32, %e: f32):
    %q = arith.addf %acc, %e : f32
    dlk.yield %q : f32
  } -> tensor<512x256xf32>
  return %d : tensor<512x256xf32>
}

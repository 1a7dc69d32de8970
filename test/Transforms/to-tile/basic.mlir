// RUN: dlk-opt %s --split-input-file --pass-pipeline='builtin.module(dlk-to-tile)' | FileCheck %s

// Two by three tiles; both operands contiguous along their second dimension.
// CHECK-LABEL: func.func @plain
// CHECK: dlk_tile.launch @plain_kernel(%{{.+}}, %{{.+}})
// CHECK: dlk_tile.kernel @plain_kernel({{.*}}) grid [6, 1, 1] warps 4
// CHECK: %[[ROW:.+]], %[[COLUMN:.+]], %{{.+}} = dlk_tile.tile_coord tiles [2, 3] batches 1 raster
// CHECK: %[[M:.+]] = arith.muli %[[ROW]]
// CHECK: %[[N:.+]] = arith.muli %[[COLUMN]]
// CHECK: dlk_tile.fill 0.000000e+00
// CHECK: dlk_tile.ring.create
// CHECK: scf.for %[[K:[^ ]+]] = %c0{{.*}} to %c96{{.*}} step %c32
// CHECK: dlk_tile.copy %{{.+}}[%[[M]], %[[K]]] to {{.*}} vector 8 kind "cp_async"
// CHECK: dlk_tile.copy %{{.+}}[%[[K]], %[[N]]] to {{.*}} vector 8 kind "cp_async"
// CHECK: dlk_tile.mma
// CHECK-NOT: dlk_tile.map
// CHECK: dlk_tile.store {{.*}}[%[[M]], %[[N]]] staging {{.*}} vector 4
func.func @plain(%a: tensor<128x96xf16>, %b: tensor<96x192xf16>, %c: tensor<128x192xf32>) -> tensor<128x192xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<128x96xf16>, tensor<96x192xf16>) outs(%c : tensor<128x192xf32>)
      maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>] acc f32 schedule #dlk.schedule<tile = [64, 64, 32], stages = 3> {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<128x192xf32>
  return %r : tensor<128x192xf32>
}

// -----

// Transposed operands are read along their contiguous dimension; k is the first
// dimension of A's tile, the second of B's.
// CHECK-LABEL: func.func @transposed
// CHECK: scf.for %[[K:[^ ]+]] =
// CHECK: dlk_tile.copy %{{.+}}[%[[K]], %{{.+}}] to
// CHECK: dlk_tile.copy %{{.+}}[%{{.+}}, %[[K]]] to
// CHECK: dlk_tile.mma {{.*}} {lhs_k_dim = 0 : i64, rhs_k_dim = 1 : i64}
func.func @transposed(%a: tensor<96x128xf16>, %b: tensor<192x96xf16>, %c: tensor<128x192xf32>) -> tensor<128x192xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<96x128xf16>, tensor<192x96xf16>) outs(%c : tensor<128x192xf32>)
      maps [affine_map<(m, n, k) -> (k, m)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>] acc f32 schedule #dlk.schedule<tile = [64, 64, 32], stages = 3> {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<128x192xf32>
  return %r : tensor<128x192xf32>
}

// -----

// The epilogue region becomes a map; its operands are parameters.
// CHECK-LABEL: func.func @epilogue
// CHECK: dlk_tile.launch @epilogue_kernel(%{{.+}}, %{{.+}}, %{{.+}})
// CHECK: dlk_tile.map {{.*}} bounds [128, 192] with %{{.+}} maps [
// CHECK: arith.addf
// CHECK: dlk_tile.yield {{.*}} : f16
// CHECK: dlk_tile.store {{.*}} vector 8
func.func @epilogue(%a: tensor<128x96xf16>, %b: tensor<96x192xf16>, %bias: tensor<192xf16>, %c: tensor<128x192xf16>) -> tensor<128x192xf16> {
  %r = dlk.matmul ins(%a, %b : tensor<128x96xf16>, tensor<96x192xf16>) extras(%bias : tensor<192xf16>) outs(%c : tensor<128x192xf16>)
      maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (n)>, affine_map<(m, n, k) -> (m, n)>] acc f32 schedule #dlk.schedule<tile = [64, 64, 32], stages = 3> {
  ^bb0(%acc: f32, %x: f16):
    %e = arith.extf %x : f16 to f32
    %s = arith.addf %acc, %e : f32
    %t = arith.truncf %s : f32 to f16
    dlk.yield %t : f16
  } -> tensor<128x192xf16>
  return %r : tensor<128x192xf16>
}

// -----

// Rows that are aligned to one element only are copied by loads.
// CHECK-LABEL: func.func @odd
// CHECK: dlk_tile.copy {{.*}} vector 1 kind "ld"
// CHECK: dlk_tile.copy {{.*}} vector 1 kind "ld"
// CHECK: dlk_tile.store {{.*}} vector 1
func.func @odd(%a: tensor<33x31xf16>, %b: tensor<31x35xf16>, %c: tensor<33x35xf32>) -> tensor<33x35xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<33x31xf16>, tensor<31x35xf16>) outs(%c : tensor<33x35xf32>)
      maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>] acc f32 schedule #dlk.schedule<tile = [64, 64, 32], stages = 3> {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<33x35xf32>
  return %r : tensor<33x35xf32>
}

// -----

// Two batch dimensions in one grid; B is broadcast over them by strides of zero.
// CHECK-LABEL: func.func @batched
// CHECK: dlk_tile.kernel @batched_kernel
// CHECK-SAME: grid [35, 1, 1]
// CHECK: %{{.+}}, %{{.+}}, %[[BATCH:.+]] = dlk_tile.tile_coord tiles [1, 1] batches 35
// CHECK: %[[Q:.+]] = arith.remui %[[BATCH]]
// CHECK: %[[P:.+]] = arith.divui %[[BATCH]]
// CHECK: dlk_tile.copy %{{.+}}[%[[P]], %[[Q]], %{{.+}}, %{{.+}}] to
func.func @batched(%a: tensor<5x7x64x32xf16>, %b: tensor<32x64xf16>, %c: tensor<5x7x64x64xf32>) -> tensor<5x7x64x64xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<5x7x64x32xf16>, tensor<32x64xf16>) outs(%c : tensor<5x7x64x64xf32>)
      maps [affine_map<(p, q, m, n, k) -> (p, q, m, k)>, affine_map<(p, q, m, n, k) -> (k, n)>, affine_map<(p, q, m, n, k) -> (p, q, m, n)>] acc f32 schedule #dlk.schedule<tile = [64, 64, 32], stages = 3> {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<5x7x64x64xf32>
  return %r : tensor<5x7x64x64xf32>
}

// -----

// An empty sum: no loop, the epilogue of zero.
// CHECK-LABEL: func.func @no_k
// CHECK: dlk_tile.fill
// CHECK-NOT: scf.for
// CHECK: dlk_tile.store
func.func @no_k(%a: tensor<64x0xf16>, %b: tensor<0x64xf16>, %c: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<64x0xf16>, tensor<0x64xf16>) outs(%c : tensor<64x64xf32>)
      maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>] acc f32 schedule #dlk.schedule<tile = [64, 64, 32], stages = 3> {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x64xf32>
  return %r : tensor<64x64xf32>
}

// -----

// No result, no kernel.
// CHECK-LABEL: func.func @no_elements
// CHECK: tensor.empty() : tensor<0x64xf32>
// CHECK-NOT: dlk_tile.launch
func.func @no_elements(%a: tensor<0x32xf16>, %b: tensor<32x64xf16>, %c: tensor<0x64xf32>) -> tensor<0x64xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<0x32xf16>, tensor<32x64xf16>) outs(%c : tensor<0x64xf32>)
      maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>] acc f32 schedule #dlk.schedule<tile = [64, 64, 32], stages = 3> {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<0x64xf32>
  return %r : tensor<0x64xf32>
}

// -----

// Names that PTX cannot write are written otherwise.
// CHECK-LABEL: func.func @"a/b"
// CHECK: dlk_tile.launch @a_b_kernel(
func.func @"a/b"(%a: tensor<64x32xf16>, %b: tensor<32x64xf16>, %c: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x64xf16>) outs(%c : tensor<64x64xf32>)
      maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>] acc f32 schedule #dlk.schedule<tile = [64, 64, 32], stages = 3> {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x64xf32>
  return %r : tensor<64x64xf32>
}

// -----

// Kernels of one function have names of their own.
// CHECK-LABEL: func.func @twice
// CHECK: %[[FIRST:.+]] = dlk_tile.launch @twice_kernel(
// CHECK: dlk_tile.launch @twice_kernel_1(%[[FIRST]],
func.func @twice(%a: tensor<64x64xf16>, %b: tensor<64x64xf16>, %c: tensor<64x64xf16>) -> tensor<64x64xf16> {
  %r = dlk.matmul ins(%a, %b : tensor<64x64xf16>, tensor<64x64xf16>) outs(%c : tensor<64x64xf16>)
      maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>] acc f32 schedule #dlk.schedule<tile = [64, 64, 32], stages = 3> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<64x64xf16>
  %s = dlk.matmul ins(%r, %b : tensor<64x64xf16>, tensor<64x64xf16>) outs(%c : tensor<64x64xf16>)
      maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>] acc f32 schedule #dlk.schedule<tile = [64, 64, 32], stages = 3> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<64x64xf16>
  return %s : tensor<64x64xf16>
}

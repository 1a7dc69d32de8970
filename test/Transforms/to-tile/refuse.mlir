// RUN: dlk-opt %s --split-input-file --pass-pipeline='builtin.module(dlk-to-tile)' --verify-diagnostics

// The schedule decides the kernel.
func.func @no_schedule_p30(%a: tensor<64x32xf16>, %b: tensor<32x64xf16>, %c: tensor<64x64xf32>) -> tensor<64x64xf32> {
  // expected-error @+1 {{operation has no schedule; run dlk-assign-schedule [DLK-P30]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x64xf16>) outs(%c : tensor<64x64xf32>)
      maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>] acc f32  {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x64xf32>
  return %r : tensor<64x64xf32>
}

// -----

// All tiles of all batches stand in one dimension of the grid.
func.func @grid_p31(%a: tensor<2147483648x32x32xf16>, %b: tensor<32x32xf16>, %c: tensor<2147483648x32x32xf32>) -> tensor<2147483648x32x32xf32> {
  // expected-error @+1 {{grid exceeds 2147483647 blocks: 1 x 1 tiles x 2147483648 [DLK-P31]}}
  %r = dlk.matmul ins(%a, %b : tensor<2147483648x32x32xf16>, tensor<32x32xf16>) outs(%c : tensor<2147483648x32x32xf32>)
      maps [affine_map<(b, m, n, k) -> (b, m, k)>, affine_map<(b, m, n, k) -> (k, n)>, affine_map<(b, m, n, k) -> (b, m, n)>] acc f32 schedule #dlk.schedule<tile = [64, 64, 32], stages = 3> {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<2147483648x32x32xf32>
  return %r : tensor<2147483648x32x32xf32>
}

// -----

// Every operation needs one.
func.func @second_no_schedule_p30(%a: tensor<64x64xf16>, %b: tensor<64x64xf16>, %c: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %q = dlk.matmul ins(%a, %b : tensor<64x64xf16>, tensor<64x64xf16>) outs(%c : tensor<64x64xf32>)
      maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>] acc f32 schedule #dlk.schedule<tile = [64, 64, 32], stages = 3> {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x64xf32>
  // expected-error @+1 {{[DLK-P30]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x64xf16>, tensor<64x64xf16>) outs(%c : tensor<64x64xf32>)
      maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>] acc f32  {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x64xf32>
  return %r : tensor<64x64xf32>
}

// -----

// The sum of many slices has small tiles.
func.func @grid_of_sum_p31(%a: tensor<1048576x1024xf16>, %b: tensor<1024x1048576xf16>, %c: tensor<1048576x1048576xf16>) -> tensor<1048576x1048576xf16> {
  // expected-error @+1 {{grid of the sum of slices exceeds 2147483647 blocks: 65536 x 32768 tiles x 1 [DLK-P31]}}
  %r = dlk.matmul ins(%a, %b : tensor<1048576x1024xf16>, tensor<1024x1048576xf16>) outs(%c : tensor<1048576x1048576xf16>)
      maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>] acc f32
      schedule #dlk.schedule<tile = [256, 128, 32], warps = [4, 2], stages = 3, split = split_k 32> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<1048576x1048576xf16>
  return %r : tensor<1048576x1048576xf16>
}

// -----

// How many clusters share the steps depends on the chip.
func.func @stream_p32(%a: tensor<256x64xf16>, %b: tensor<256x64xf16>, %c: tensor<256x256xf32>) -> tensor<256x256xf32> {
  // expected-error @+1 {{module has no target, whose multiprocessors share the steps of stream_k [DLK-P32]}}
  %r = dlk.matmul ins(%a, %b : tensor<256x64xf16>, tensor<256x64xf16>) outs(%c : tensor<256x256xf32>)
      maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>] acc f32
      schedule #dlk.schedule<engine = wgmma, tile = [128, 128, 64], warps = [2, 1], roles = cooperative, stages = 4,
                             copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232], split = stream_k> {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<256x256xf32>
  return %r : tensor<256x256xf32>
}

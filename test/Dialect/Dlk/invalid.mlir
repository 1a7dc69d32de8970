// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One case for each rule of dlk.matmul; the name carries the rule. All cases
// vary one legal operation: 64x32 times 32x48 with a bias row.
// RUN: dlk-opt %s --split-input-file --verify-diagnostics

func.func @inputs_differ_v1(%a: tensor<64x32xf16>, %b: tensor<32x48xbf16>, %v: tensor<48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error@+1 {{lhs and rhs have different element types: 'f16' and 'bf16' [DLK-V1]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xbf16>)
         extras(%v : tensor<48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>,
               affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32, %x: f16):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

func.func @inputs_f32_v1(%a: tensor<64x32xf32>, %b: tensor<32x48xf32>, %v: tensor<48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error@+1 {{unsupported element type of lhs and rhs: 'f32'; supported: f16, bf16 [DLK-V1]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf32>, tensor<32x48xf32>)
         extras(%v : tensor<48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>,
               affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32, %x: f16):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

func.func @inputs_i8_v1(%a: tensor<64x32xi8>, %b: tensor<32x48xi8>, %v: tensor<48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error@+1 {{unsupported element type of lhs and rhs: 'i8'; supported: f16, bf16 [DLK-V1]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xi8>, tensor<32x48xi8>)
         extras(%v : tensor<48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>,
               affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32, %x: f16):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

func.func @acc_v2(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %v: tensor<48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error@+1 {{unsupported acc_type: 'f16'; supported: f32 [DLK-V2]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>)
         extras(%v : tensor<48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>,
               affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f16 {
  ^bb0(%acc: f32, %x: f16):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

func.func @extra_v3(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %v: tensor<48xf64>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error@+1 {{unsupported element type of extra 0: 'f64'; supported: f16, bf16, f32 [DLK-V3]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>)
         extras(%v : tensor<48xf64>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>,
               affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32, %x: f16):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

func.func @result_v3(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %v: tensor<48xf16>, %c: tensor<64x48xi32>) -> tensor<64x48xi32> {
  // expected-error@+1 {{unsupported element type of result: 'i32'; supported: f16, bf16, f32 [DLK-V3]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>)
         extras(%v : tensor<48xf16>) outs(%c : tensor<64x48xi32>)
         maps [affine_map<(m, n, k) -> (m, k)>,
               affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32, %x: f16):
    dlk.yield %acc : f32
  } -> tensor<64x48xi32>
  return %r : tensor<64x48xi32>
}

// -----

func.func @dynamic_v4(%a: tensor<?x32xf16>, %b: tensor<32x48xf16>, %v: tensor<48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error@+1 {{dynamic shapes are not supported: lhs is 'tensor<?x32xf16>' [DLK-V4]}}
  %r = dlk.matmul ins(%a, %b : tensor<?x32xf16>, tensor<32x48xf16>)
         extras(%v : tensor<48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>,
               affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32, %x: f16):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

func.func @few_maps_v5(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %v: tensor<48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error@+1 {{expected one map for lhs, rhs, each extra and the result: 3 maps for 4 tensors [DLK-V5]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>)
         extras(%v : tensor<48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>,
               affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32, %x: f16):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

func.func @dims_differ_v5(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %v: tensor<48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error-re@+1 {{maps are not all over the same dimensions (batch..., m, n, k): map {{.*}} [DLK-V5]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>)
         extras(%v : tensor<48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>,
               affine_map<(m, n, k) -> (k, n)>,
               affine_map<(b, m, n, k) -> (n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32, %x: f16):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

func.func @few_dims_v5(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %v: tensor<48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error-re@+1 {{maps are not all over the same dimensions (batch..., m, n, k): map {{.*}} [DLK-V5]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>)
         extras(%v : tensor<48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n) -> (m)>,
               affine_map<(m, n) -> (m)>,
               affine_map<(m, n) -> (m)>,
               affine_map<(m, n) -> (m)>] acc f32 {
  ^bb0(%acc: f32, %x: f16):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

func.func @symbol_v5(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %v: tensor<48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error-re@+1 {{maps are not all over the same dimensions (batch..., m, n, k): map {{.*}} [DLK-V5]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>)
         extras(%v : tensor<48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>,
               affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k)[s] -> (n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32, %x: f16):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

func.func @sum_v6(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %v: tensor<48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error-re@+1 {{results are not distinct dimensions: map {{.*}} [DLK-V6]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>)
         extras(%v : tensor<48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m + k, k)>,
               affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32, %x: f16):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

func.func @twice_v6(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %v: tensor<48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error-re@+1 {{results are not distinct dimensions: map {{.*}} [DLK-V6]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>)
         extras(%v : tensor<48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (k, k)>,
               affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32, %x: f16):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

func.func @constant_v6(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %v: tensor<48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error-re@+1 {{results are not distinct dimensions: map {{.*}} [DLK-V6]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>)
         extras(%v : tensor<48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>,
               affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (0)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32, %x: f16):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

func.func @rank_v6(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %v: tensor<48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error-re@+1 {{number of results is not the tensor's rank: map {{.*}} of extra 0 [DLK-V6]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>)
         extras(%v : tensor<48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>,
               affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32, %x: f16):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

func.func @lhs_n_v7(%a: tensor<48x32xf16>, %b: tensor<32x48xf16>, %v: tensor<48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error-re@+1 {{lhs must not have n: map {{.*}} [DLK-V7]}}
  %r = dlk.matmul ins(%a, %b : tensor<48x32xf16>, tensor<32x48xf16>)
         extras(%v : tensor<48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32, %x: f16):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

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

func.func @inputs_f32_v14(%a: tensor<64x32xf32>, %b: tensor<32x48xf32>, %v: tensor<48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error@+1 {{precision of products of 'f32' is not tf32: ieee [DLK-V14]}}
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

func.func @inputs_i16_v1(%a: tensor<64x32xi16>, %b: tensor<32x48xi16>, %v: tensor<48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error@+1 {{unsupported element type of lhs and rhs: 'i16'; supported: f16, bf16, f32, f8E4M3FN, f8E5M2, i8 [DLK-V1]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xi16>, tensor<32x48xi16>)
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

func.func @sums_of_i8_v2(%a: tensor<64x32xi8>, %b: tensor<32x48xi8>, %v: tensor<48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error@+1 {{unsupported acc_type: 'f32'; supported: i32 [DLK-V2]}}
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

func.func @tf32_of_f16_v14(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %v: tensor<48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error@+1 {{precision of products of 'f16' is not ieee: tf32 [DLK-V14]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>)
         extras(%v : tensor<48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>,
               affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 precision tf32 {
  ^bb0(%acc: f32, %x: f16):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

func.func @unknown_precision(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %v: tensor<48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>)
         extras(%v : tensor<48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>,
               affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (n)>,
               // expected-error@+1 {{unknown precision: tf64; known: ieee, tf32}}
               affine_map<(m, n, k) -> (m, n)>] acc f32 precision tf64 {
  ^bb0(%acc: f32, %x: f16):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

func.func @promote_f16_v15(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %v: tensor<48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error@+1 {{promote is not a positive count of products of fp8 that are summed in f32: 128 of 'f16' in 'f32' [DLK-V15]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>)
         extras(%v : tensor<48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>,
               affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 promote 128 {
  ^bb0(%acc: f32, %x: f16):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

func.func @promote_0_v15(%a: tensor<64x32xf8E5M2>, %b: tensor<32x48xf8E5M2>, %v: tensor<48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error@+1 {{promote is not a positive count of products of fp8 that are summed in f32: 0 of 'f8E5M2' in 'f32' [DLK-V15]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf8E5M2>, tensor<32x48xf8E5M2>)
         extras(%v : tensor<48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>,
               affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 promote 0 {
  ^bb0(%acc: f32, %x: f16):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

func.func @acc_v2(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %v: tensor<48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error@+1 {{unsupported acc_type: 'bf16'; supported: f32, f16 [DLK-V2]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>)
         extras(%v : tensor<48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>,
               affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (n)>,
               affine_map<(m, n, k) -> (m, n)>] acc bf16 {
  ^bb0(%acc: f32, %x: f16):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

func.func @acc_of_bf16_v2(%a: tensor<64x32xbf16>, %b: tensor<32x48xbf16>, %v: tensor<48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error@+1 {{unsupported acc_type: 'f16'; supported: f32 [DLK-V2]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xbf16>, tensor<32x48xbf16>)
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
  // expected-error@+1 {{unsupported element type of extra 0: 'f64'; supported: f16, bf16, f32, f8E4M3FN, f8E5M2, i8, i32 [DLK-V3]}}
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

func.func @result_v3(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %v: tensor<48xf16>, %c: tensor<64x48xi16>) -> tensor<64x48xi16> {
  // expected-error@+1 {{unsupported element type of result: 'i16'; supported: f16, bf16, f32, f8E4M3FN, f8E5M2, i8, i32 [DLK-V3]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>)
         extras(%v : tensor<48xf16>) outs(%c : tensor<64x48xi16>)
         maps [affine_map<(m, n, k) -> (m, k)>,
               affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32, %x: f16):
    dlk.yield %acc : f32
  } -> tensor<64x48xi16>
  return %r : tensor<64x48xi16>
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

// -----

// Nothing computes in fp8.
func.func @fp8_v13(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %v: tensor<48xf8E4M3FN>, %c: tensor<64x48xf8E4M3FN>) -> tensor<64x48xf8E4M3FN> {
  // expected-error@+1 {{unsupported operation in the epilogue: 'arith.addf' [DLK-V13]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>)
         extras(%v : tensor<48xf8E4M3FN>) outs(%c : tensor<64x48xf8E4M3FN>)
         maps [affine_map<(m, n, k) -> (m, k)>,
               affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32, %x: f8E4M3FN):
    %0 = arith.truncf %acc : f32 to f8E4M3FN
    %1 = arith.addf %0, %x : f8E4M3FN
    dlk.yield %1 : f8E4M3FN
  } -> tensor<64x48xf8E4M3FN>
  return %r : tensor<64x48xf8E4M3FN>
}

// -----

// Only one rounding has code.
func.func @rounding_v13(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %c: tensor<64x48xf16>) -> tensor<64x48xf16> {
  // expected-error@+1 {{unsupported operation in the epilogue: 'arith.truncf' [DLK-V13]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%c : tensor<64x48xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32):
    %0 = arith.truncf %acc toward_zero : f32 to f16
    dlk.yield %0 : f16
  } -> tensor<64x48xf16>
  return %r : tensor<64x48xf16>
}

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Contractions that cannot be imported; the name carries the rule.
// RUN: dlk-opt %s --dlk-import --split-input-file --verify-diagnostics

func.func @dynamic_p1(%a: tensor<?x32xf16>, %b: tensor<32x48xf16>, %c: tensor<?x48xf32>) -> tensor<?x48xf32> {
  // expected-error@+1 {{dynamic shapes are not supported: 'tensor<?x32xf16>' [DLK-P1]}}
  %r = linalg.matmul ins(%a, %b : tensor<?x32xf16>, tensor<32x48xf16>) outs(%c : tensor<?x48xf32>) -> tensor<?x48xf32>
  return %r : tensor<?x48xf32>
}

// -----

func.func @f32_p7(%a: tensor<64x32xf32>, %b: tensor<32x48xf32>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error@+1 {{products of f32 run on tensor cores as tf32 only, which reads 10 bits of mantissa: allow it by dlk.precision = "tf32" on the operation or by tf32=true [DLK-P7]}}
  %r = linalg.matmul ins(%a, %b : tensor<64x32xf32>, tensor<32x48xf32>) outs(%c : tensor<64x48xf32>) -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

func.func @f64_p2(%a: tensor<64x32xf64>, %b: tensor<32x48xf64>, %c: tensor<64x48xf64>) -> tensor<64x48xf64> {
  // expected-error@+1 {{unsupported element types of a contraction: 'f64' x 'f64' -> 'f64'}}
  %r = linalg.matmul ins(%a, %b : tensor<64x32xf64>, tensor<32x48xf64>) outs(%c : tensor<64x48xf64>) -> tensor<64x48xf64>
  return %r : tensor<64x48xf64>
}

// -----

func.func @unsigned_p2(%a: tensor<64x32xi8>, %b: tensor<32x48xi8>, %c: tensor<64x48xi32>) -> tensor<64x48xi32> {
  // expected-error@+1 {{unsupported element types of a contraction: 'i8' x 'i8' -> 'i32'; supported: f16 x f16, bf16 x bf16 and fp8 x fp8 (f8E4M3FN, f8E5M2) into f32, f16 or bf16, f32 x f32 into f32, signed i8 x i8 into i32 [DLK-P2]}}
  %r = linalg.matmul {cast = #linalg.type_fn<cast_unsigned>} ins(%a, %b : tensor<64x32xi8>, tensor<32x48xi8>) outs(%c : tensor<64x48xi32>) -> tensor<64x48xi32>
  return %r : tensor<64x48xi32>
}

// -----

func.func @precision_p7(%a: tensor<64x32xf32>, %b: tensor<32x48xf32>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error@+1 {{unknown dlk.precision: "tf64"; known: "ieee", "tf32" [DLK-P7]}}
  %r = linalg.matmul {dlk.precision = "tf64"} ins(%a, %b : tensor<64x32xf32>, tensor<32x48xf32>) outs(%c : tensor<64x48xf32>) -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

func.func @promote_p8(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error@+1 {{dlk.promote is no count of products of fp8: 64 : i64 of 'f16' [DLK-P8]}}
  %r = linalg.matmul {dlk.promote = 64} ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%c : tensor<64x48xf32>) -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

func.func @sums_p9(%a: tensor<64x32xbf16>, %b: tensor<32x48xbf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error@+1 {{products of 'bf16' are not summed in this dlk.acc_type: f16; supported: f32, f16 for f16 and fp8, i32 for i8 [DLK-P9]}}
  %r = linalg.matmul {dlk.acc_type = f16} ins(%a, %b : tensor<64x32xbf16>, tensor<32x48xbf16>) outs(%c : tensor<64x48xf32>) -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

func.func @negative_p8(%a: tensor<64x32xf8E5M2>, %b: tensor<32x48xf8E5M2>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error@+1 {{dlk.promote is no count of products of fp8: -1 : i64 of 'f8E5M2' [DLK-P8]}}
  %r = linalg.matmul {dlk.promote = -1} ins(%a, %b : tensor<64x32xf8E5M2>, tensor<32x48xf8E5M2>) outs(%c : tensor<64x48xf32>) -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

func.func @mixed_p2(%a: tensor<64x32xf16>, %b: tensor<32x48xbf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error@+1 {{unsupported element types of a contraction: 'f16' x 'bf16' -> 'f32'}}
  %r = linalg.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xbf16>) outs(%c : tensor<64x48xf32>) -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

func.func @f64_result_p2(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %c: tensor<64x48xf64>) -> tensor<64x48xf64> {
  // expected-error@+1 {{unsupported element types of a contraction: 'f16' x 'f16' -> 'f64'}}
  %r = linalg.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%c : tensor<64x48xf64>) -> tensor<64x48xf64>
  return %r : tensor<64x48xf64>
}

// -----

func.func @two_k_p3(%a: tensor<64x4x8xf16>, %b: tensor<4x8x48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error@+1 {{several reduction dimensions: 2; supported: one [DLK-P3]}}
  %r = linalg.contract
         indexing_maps = [affine_map<(m, n, k, l) -> (m, k, l)>, affine_map<(m, n, k, l) -> (k, l, n)>,
                          affine_map<(m, n, k, l) -> (m, n)>]
         ins(%a, %b : tensor<64x4x8xf16>, tensor<4x8x48xf16>) outs(%c : tensor<64x48xf32>) -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

func.func @lonely_k_p3(%a: tensor<64x32xf16>, %b: tensor<48xf16>, %c: tensor<64x48xf16>) -> tensor<64x48xf16> {
  // expected-error@+1 {{reduction over a dimension that one input lacks: d2; supported: one reduction dimension that both inputs have [DLK-P3]}}
  %r = linalg.generic {
         indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n)>,
                          affine_map<(m, n, k) -> (m, n)>],
         iterator_types = ["parallel", "parallel", "reduction"]}
         ins(%a, %b : tensor<64x32xf16>, tensor<48xf16>) outs(%c : tensor<64x48xf16>) {
  ^bb0(%x: f16, %y: f16, %acc: f16):
    %0 = arith.mulf %x, %y : f16
    %1 = arith.addf %acc, %0 : f16
    linalg.yield %1 : f16
  } -> tensor<64x48xf16>
  return %r : tensor<64x48xf16>
}

// -----

func.func @matvec_p4(%a: tensor<64x32xf16>, %x: tensor<32xf16>, %y: tensor<64xf32>) -> tensor<64xf32> {
  // expected-error@+1 {{contraction without a dimension for n: matrix-vector and dot products are not supported [DLK-P4]}}
  %r = linalg.matvec ins(%a, %x : tensor<64x32xf16>, tensor<32xf16>) outs(%y : tensor<64xf32>) -> tensor<64xf32>
  return %r : tensor<64xf32>
}

// -----

func.func @dot_p4(%x: tensor<32xf16>, %y: tensor<32xf16>, %z: tensor<f32>) -> tensor<f32> {
  // expected-error@+1 {{contraction without a dimension for m}}
  %r = linalg.dot ins(%x, %y : tensor<32xf16>, tensor<32xf16>) outs(%z : tensor<f32>) -> tensor<f32>
  return %r : tensor<f32>
}

// -----

func.func @uninitialised_p5(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>) -> tensor<64x48xf32> {
  %e = tensor.empty() : tensor<64x48xf32>
  // expected-error@+1 {{sum into a tensor without content (tensor.empty): fill it with zero [DLK-P5]}}
  %r = linalg.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%e : tensor<64x48xf32>) -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

func.func @buffers_p6(%a: memref<64x32xf16>, %b: memref<32x48xf16>, %c: memref<64x48xf32>) {
  // expected-error@+1 {{linalg operation on buffers: 'linalg.matmul'; supported: tensors [DLK-P6]}}
  linalg.matmul ins(%a, %b : memref<64x32xf16>, memref<32x48xf16>) outs(%c : memref<64x48xf32>)
  return
}

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What cannot be fused: a remark gives the reason, and the linalg operation that
// is left over is an error.
// RUN: dlk-opt %s --dlk-fuse --split-input-file --verify-diagnostics

// The result has another user, here the function's return.
func.func @two_users(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %c: tensor<64x48xf32>) -> (tensor<64x48xf32>, tensor<64x48xf32>) {
  // expected-remark@+1 {{not fused: the result has other users}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  // expected-note@+2 {{the user}}
  // expected-error@+1 {{not supported yet: 'linalg.generic'; supported: contractions, convolutions, and elementwise operations that are the only user of the result of one [DLK-P10]}}
  %y = linalg.exp ins(%r : tensor<64x48xf32>) outs(%c : tensor<64x48xf32>) -> tensor<64x48xf32>
  return %r, %y : tensor<64x48xf32>, tensor<64x48xf32>
}

// -----

func.func @reduction(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %c: tensor<64x48xf32>, %d: tensor<64xf32>) -> tensor<64xf32> {
  // expected-remark@+1 {{not fused: its user is not elementwise}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  // expected-note@+2 {{the user}}
  // expected-error@+1 {{not supported yet: 'linalg.reduce'; supported: contractions, convolutions, and elementwise operations that are the only user of the result of one [DLK-P10]}}
  %y = linalg.reduce { arith.addf } ins(%r : tensor<64x48xf32>) outs(%d : tensor<64xf32>) dimensions = [1]
  return %y : tensor<64xf32>
}

// -----

func.func @unknown_op(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-remark@+1 {{not fused: epilogues do not have 'math.cbrt'}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  // expected-note@+2 {{the user}}
  // expected-error@+1 {{not supported yet: 'linalg.generic'; supported: contractions, convolutions, and elementwise operations that are the only user of the result of one [DLK-P10]}}
  %y = linalg.generic {
         indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
         iterator_types = ["parallel", "parallel"]}
         ins(%r : tensor<64x48xf32>) outs(%c : tensor<64x48xf32>) {
  ^bb0(%0: f32, %1: f32):
    %2 = math.cbrt %0 : f32
    linalg.yield %2 : f32
  } -> tensor<64x48xf32>
  return %y : tensor<64x48xf32>
}

// -----

func.func @index_op(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-remark@+1 {{not fused: epilogues do not have 'linalg.index'}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  // expected-note@+2 {{the user}}
  // expected-error@+1 {{not supported yet: 'linalg.generic'; supported: contractions, convolutions, and elementwise operations that are the only user of the result of one [DLK-P10]}}
  %y = linalg.generic {
         indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
         iterator_types = ["parallel", "parallel"]}
         ins(%r : tensor<64x48xf32>) outs(%c : tensor<64x48xf32>) {
  ^bb0(%0: f32, %1: f32):
    %2 = linalg.index 0 : index
    %3 = arith.index_cast %2 : index to i32
    %4 = arith.sitofp %3 : i32 to f32
    %5 = arith.addf %0, %4 : f32
    linalg.yield %5 : f32
  } -> tensor<64x48xf32>
  return %y : tensor<64x48xf32>
}

// -----

func.func @broadcast_result(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %c: tensor<64x48xf32>, %d: tensor<2x64x48xf32>) -> tensor<2x64x48xf32> {
  // expected-remark@+1 {{not fused: the user reads the result through a map that is no permutation}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  // expected-note@+2 {{the user}}
  // expected-error@+1 {{not supported yet: 'linalg.generic'; supported: contractions, convolutions, and elementwise operations that are the only user of the result of one [DLK-P10]}}
  %y = linalg.broadcast ins(%r : tensor<64x48xf32>) outs(%d : tensor<2x64x48xf32>) dimensions = [0]
  return %y : tensor<2x64x48xf32>
}

// -----

func.func @unit_dimension(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %c: tensor<64x48xf32>, %x: tensor<1x48xf32>) -> tensor<64x48xf32> {
  // expected-remark@+1 {{not fused: it reads a tensor through a map that is no projection}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  // expected-note@+2 {{the user}}
  // expected-error@+1 {{not supported yet: 'linalg.generic'; supported: contractions, convolutions, and elementwise operations that are the only user of the result of one [DLK-P10]}}
  %y = linalg.generic {
         indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (0, j)>, affine_map<(i, j) -> (i, j)>],
         iterator_types = ["parallel", "parallel"]}
         ins(%r, %x : tensor<64x48xf32>, tensor<1x48xf32>) outs(%c : tensor<64x48xf32>) {
  ^bb0(%0: f32, %1: f32, %2: f32):
    %3 = arith.addf %0, %1 : f32
    linalg.yield %3 : f32
  } -> tensor<64x48xf32>
  return %y : tensor<64x48xf32>
}

// -----

func.func @scalar(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %c: tensor<64x48xf32>, %s: f32) -> tensor<64x48xf32> {
  // expected-remark@+1 {{not fused: its body uses a value from outside that is not constant}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  // expected-note@+2 {{the user}}
  // expected-error@+1 {{not supported yet: 'linalg.generic'; supported: contractions, convolutions, and elementwise operations that are the only user of the result of one [DLK-P10]}}
  %y = linalg.generic {
         indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
         iterator_types = ["parallel", "parallel"]}
         ins(%r : tensor<64x48xf32>) outs(%c : tensor<64x48xf32>) {
  ^bb0(%0: f32, %1: f32):
    %2 = arith.mulf %0, %s : f32
    linalg.yield %2 : f32
  } -> tensor<64x48xf32>
  return %y : tensor<64x48xf32>
}

// -----

func.func @integer_extra(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %c: tensor<64x48xf32>, %x: tensor<64x48xi1>) -> tensor<64x48xf32> {
  // expected-remark@+1 {{not fused: it reads elements other than f16, bf16, f32, fp8, i8 or i32}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  // expected-note@+2 {{the user}}
  // expected-error@+1 {{not supported yet: 'linalg.generic'; supported: contractions, convolutions, and elementwise operations that are the only user of the result of one [DLK-P10]}}
  %y = linalg.generic {
         indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
         iterator_types = ["parallel", "parallel"]}
         ins(%r, %x : tensor<64x48xf32>, tensor<64x48xi1>) outs(%c : tensor<64x48xf32>) {
  ^bb0(%0: f32, %1: i1, %2: f32):
    %3 = arith.constant 0.0 : f32
    %4 = arith.select %1, %0, %3 : f32
    linalg.yield %4 : f32
  } -> tensor<64x48xf32>
  return %y : tensor<64x48xf32>
}

// -----

// An operation without a contraction.
func.func @lonely(%c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error@+1 {{not supported yet: 'linalg.generic'}}
  %y = linalg.exp ins(%c : tensor<64x48xf32>) outs(%c : tensor<64x48xf32>) -> tensor<64x48xf32>
  return %y : tensor<64x48xf32>
}

// -----

// A named operation that is not elementwise.
func.func @softmax(%c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error@+1 {{not supported yet: 'linalg.softmax'}}
  %y = linalg.softmax dimension(1) ins(%c : tensor<64x48xf32>) outs(%c : tensor<64x48xf32>) -> tensor<64x48xf32>
  return %y : tensor<64x48xf32>
}

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// More cases of the rules of dlk.matmul; the name carries the rule. All cases
// vary one legal operation: 64x32 times 32x48 with a bias row.
// RUN: dlk-opt %s --split-input-file --verify-diagnostics

func.func @rhs_m_v7(%a: tensor<64x32xf16>, %b: tensor<32x64xf16>, %v: tensor<48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error-re@+1 {{rhs must not have m: map {{.*}} [DLK-V7]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x64xf16>)
         extras(%v : tensor<48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>,
               affine_map<(m, n, k) -> (k, m)>,
               affine_map<(m, n, k) -> (n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32, %x: f16):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

func.func @lhs_k_v7(%a: tensor<64xf16>, %b: tensor<32x48xf16>, %v: tensor<48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error-re@+1 {{lhs does not have k: map {{.*}} [DLK-V7]}}
  %r = dlk.matmul ins(%a, %b : tensor<64xf16>, tensor<32x48xf16>)
         extras(%v : tensor<48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m)>,
               affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32, %x: f16):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

func.func @extra_k_v8(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %v: tensor<32xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error-re@+1 {{extra 0 must not have k: map {{.*}} [DLK-V8]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>)
         extras(%v : tensor<32xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>,
               affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32, %x: f16):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

func.func @result_k_v9(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %v: tensor<48xf16>, %c: tensor<64x32xf32>) -> tensor<64x32xf32> {
  // expected-error-re@+1 {{result must not have k: map {{.*}} [DLK-V9]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>)
         extras(%v : tensor<48xf16>) outs(%c : tensor<64x32xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>,
               affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (n)>,
               affine_map<(m, n, k) -> (m, k)>] acc f32 {
  ^bb0(%acc: f32, %x: f16):
    dlk.yield %acc : f32
  } -> tensor<64x32xf32>
  return %r : tensor<64x32xf32>
}

// -----

func.func @result_n_v9(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %v: tensor<48xf16>, %c: tensor<64xf32>) -> tensor<64xf32> {
  // expected-error-re@+1 {{result does not have n: map {{.*}} [DLK-V9]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>)
         extras(%v : tensor<48xf16>) outs(%c : tensor<64xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>,
               affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (n)>,
               affine_map<(m, n, k) -> (m)>] acc f32 {
  ^bb0(%acc: f32, %x: f16):
    dlk.yield %acc : f32
  } -> tensor<64xf32>
  return %r : tensor<64xf32>
}

// -----

func.func @result_batch_v9(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %v: tensor<48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error-re@+1 {{result does not have batch dimension 0: map {{.*}} [DLK-V9]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>)
         extras(%v : tensor<48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(b, m, n, k) -> (m, k)>,
               affine_map<(b, m, n, k) -> (k, n)>,
               affine_map<(b, m, n, k) -> (n)>,
               affine_map<(b, m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32, %x: f16):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

func.func @size_m_v10(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %v: tensor<48xf16>, %c: tensor<32x48xf32>) -> tensor<32x48xf32> {
  // expected-error@+1 {{sizes differ: m is 64 in lhs but 32 in result [DLK-V10]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>)
         extras(%v : tensor<48xf16>) outs(%c : tensor<32x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>,
               affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32, %x: f16):
    dlk.yield %acc : f32
  } -> tensor<32x48xf32>
  return %r : tensor<32x48xf32>
}

// -----

func.func @size_k_v10(%a: tensor<64x32xf16>, %b: tensor<16x48xf16>, %v: tensor<48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error@+1 {{sizes differ: k is 32 in lhs but 16 in rhs [DLK-V10]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<16x48xf16>)
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

func.func @size_extra_v10(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %v: tensor<64xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error@+1 {{sizes differ: n is 48 in rhs but 64 in extra 0 [DLK-V10]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>)
         extras(%v : tensor<64xf16>) outs(%c : tensor<64x48xf32>)
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

func.func @few_args_v11(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %v: tensor<48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error@+1 {{block arguments of the epilogue are not the accumulator and one element of each extra: ('f32') instead of ('f32', 'f16') [DLK-V11]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>)
         extras(%v : tensor<48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>,
               affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

func.func @arg_type_v11(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %v: tensor<48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error@+1 {{('f32', 'f32') instead of ('f32', 'f16') [DLK-V11]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>)
         extras(%v : tensor<48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>,
               affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32, %x: f32):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

func.func @yield_v12(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %v: tensor<48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error@+1 {{epilogue does not yield one element of the result: 'f32' [DLK-V12]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>)
         extras(%v : tensor<48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>,
               affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32, %x: f16):
    dlk.yield %x : f16
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

func.func @integer_op_v13(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %v: tensor<48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error@+1 {{unsupported operation in the epilogue: 'arith.bitcast' [DLK-V13]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>)
         extras(%v : tensor<48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>,
               affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32, %x: f16):
    %0 = arith.bitcast %acc : f32 to i32
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

func.func @math_op_v13(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %v: tensor<48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error@+1 {{unsupported operation in the epilogue: 'math.cbrt' [DLK-V13]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>)
         extras(%v : tensor<48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>,
               affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32, %x: f16):
    %0 = math.cbrt %acc : f32
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

func.func @vector_op_v13(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %v: tensor<48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error@+1 {{unsupported operation in the epilogue: 'arith.constant' [DLK-V13]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>)
         extras(%v : tensor<48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>,
               affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32, %x: f16):
    %0 = arith.constant dense<0.0> : vector<4xf32>
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// -----

// The result is the destination's type.
func.func @result_type(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %c: tensor<64x48xf32>) {
  // expected-error@+1 {{expected type of operand #2 ('tensor<64x48xf32>') to match type of corresponding result ('tensor<64x48xf16>')}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x48xf16>
  return
}

// -----

func.func @three_inputs(%a: tensor<64x32xf16>, %c: tensor<64x48xf32>) {
  // expected-error@+1 {{expected two operands in ins: 1}}
  %r = dlk.matmul ins(%a : tensor<64x32xf16>) outs(%c : tensor<64x48xf32>) maps [] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return
}

// -----

func.func @two_results(%a: tensor<64x32xf16>, %c: tensor<64x48xf32>) {
  // expected-error@+1 {{expected one operand in outs: 2}}
  %r = dlk.matmul ins(%a, %a : tensor<64x32xf16>, tensor<64x32xf16>)
         outs(%c, %c : tensor<64x48xf32>, tensor<64x48xf32>) maps [] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return
}

// -----

func.func @yield_outside() {
  %0 = arith.constant 0.0 : f32
  // expected-error@+1 {{expects parent op to be one of}}
  dlk.yield %0 : f32
}

// -----

// The region sees only its arguments.
func.func @capture(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %c: tensor<64x48xf32>, %s: f32) {
  // expected-note@+1 {{required by region isolation constraints}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32):
    // expected-error@+1 {{using value defined outside the region}}
    dlk.yield %s : f32
  } -> tensor<64x48xf32>
  return
}

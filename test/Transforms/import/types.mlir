// Products of other types than f16 and bf16, and what users say about them.
// RUN: dlk-opt %s --dlk-import | FileCheck %s
// RUN: dlk-opt %s --dlk-import=tf32=true | FileCheck %s
// RUN: sed 's/{dlk.precision = "tf32"}//' %s | dlk-opt --dlk-import=tf32=true | FileCheck %s

// CHECK-LABEL: func @tf32
// CHECK: dlk.matmul {{.*}} acc f32 precision tf32 {
// CHECK-NOT: dlk.precision
func.func @tf32(%a: tensor<64x32xf32>, %b: tensor<32x48xf32>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  %r = linalg.matmul {dlk.precision = "tf32"} ins(%a, %b : tensor<64x32xf32>, tensor<32x48xf32>) outs(%c : tensor<64x48xf32>) -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// Sums of fp8 leave the tensor cores every 128 of k.
// CHECK-LABEL: func @fp8
// CHECK: dlk.matmul ins({{.*}} : tensor<64x32xf8E4M3FN>, tensor<32x48xf8E5M2>) {{.*}} acc f32 promote 128 {
// CHECK: arith.truncf %{{.*}} : f32 to bf16
func.func @fp8(%a: tensor<64x32xf8E4M3FN>, %b: tensor<32x48xf8E5M2>, %c: tensor<64x48xbf16>) -> tensor<64x48xbf16> {
  %zero = arith.constant 0.0 : bf16
  %z = linalg.fill ins(%zero : bf16) outs(%c : tensor<64x48xbf16>) -> tensor<64x48xbf16>
  %r = linalg.matmul ins(%a, %b : tensor<64x32xf8E4M3FN>, tensor<32x48xf8E5M2>) outs(%z : tensor<64x48xbf16>) -> tensor<64x48xbf16>
  return %r : tensor<64x48xbf16>
}

// CHECK-LABEL: func @fast
// CHECK: dlk.matmul {{.*}} acc f32 {
// CHECK-NOT: dlk.promote
func.func @fast(%a: tensor<64x32xf8E5M2>, %b: tensor<32x48xf8E5M2>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  %r = linalg.matmul {dlk.promote = 0} ins(%a, %b : tensor<64x32xf8E5M2>, tensor<32x48xf8E5M2>) outs(%c : tensor<64x48xf32>) -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// CHECK-LABEL: func @int8
// CHECK: dlk.matmul {{.*}} acc i32 {
// CHECK-NEXT: ^bb0(%[[ACC:.*]]: i32):
// CHECK-NEXT: dlk.yield %[[ACC]] : i32
func.func @int8(%a: tensor<64x32xi8>, %b: tensor<32x48xi8>, %c: tensor<64x48xi32>) -> tensor<64x48xi32> {
  %zero = arith.constant 0 : i32
  %z = linalg.fill ins(%zero : i32) outs(%c : tensor<64x48xi32>) -> tensor<64x48xi32>
  %r = linalg.matmul ins(%a, %b : tensor<64x32xi8>, tensor<32x48xi8>) outs(%z : tensor<64x48xi32>) -> tensor<64x48xi32>
  return %r : tensor<64x48xi32>
}

// CHECK-LABEL: func @int8_added
// CHECK: ^bb0(%[[ACC:.*]]: i32, %[[X:.*]]: i32):
// CHECK-NEXT: %[[SUM:.*]] = arith.addi %[[ACC]], %[[X]] : i32
// CHECK-NEXT: dlk.yield %[[SUM]] : i32
func.func @int8_added(%a: tensor<64x32xi8>, %b: tensor<32x48xi8>, %c: tensor<64x48xi32>) -> tensor<64x48xi32> {
  %r = linalg.matmul ins(%a, %b : tensor<64x32xi8>, tensor<32x48xi8>) outs(%c : tensor<64x48xi32>) -> tensor<64x48xi32>
  return %r : tensor<64x48xi32>
}

// Sums in f16, on request; an init is added in f32.
// CHECK-LABEL: func @half
// CHECK: dlk.matmul {{.*}} acc f16 {
// CHECK-NEXT: ^bb0(%[[ACC:.*]]: f16):
// CHECK-NEXT: dlk.yield %[[ACC]] : f16
// CHECK-NOT: dlk.acc_type
func.func @half(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %c: tensor<64x48xf16>) -> tensor<64x48xf16> {
  %zero = arith.constant 0.0 : f16
  %z = linalg.fill ins(%zero : f16) outs(%c : tensor<64x48xf16>) -> tensor<64x48xf16>
  %r = linalg.matmul {dlk.acc_type = f16} ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%z : tensor<64x48xf16>) -> tensor<64x48xf16>
  return %r : tensor<64x48xf16>
}

// CHECK-LABEL: func @half_added
// CHECK: dlk.matmul {{.*}} acc f16 {
// CHECK-NEXT: ^bb0(%[[ACC:.*]]: f16, %[[X:.*]]: f16):
// CHECK-NEXT: %[[WIDE:.*]] = arith.extf %[[ACC]] : f16 to f32
// CHECK-NEXT: %[[ADDED:.*]] = arith.extf %[[X]] : f16 to f32
// CHECK-NEXT: %[[SUM:.*]] = arith.addf %[[WIDE]], %[[ADDED]] : f32
// CHECK-NEXT: %[[STORED:.*]] = arith.truncf %[[SUM]] : f32 to f16
// CHECK-NEXT: dlk.yield %[[STORED]] : f16
func.func @half_added(%a: tensor<64x32xf8E5M2>, %b: tensor<32x48xf8E5M2>, %c: tensor<64x48xf16>) -> tensor<64x48xf16> {
  %r = linalg.matmul {dlk.acc_type = f16} ins(%a, %b : tensor<64x32xf8E5M2>, tensor<32x48xf8E5M2>) outs(%c : tensor<64x48xf16>) -> tensor<64x48xf16>
  return %r : tensor<64x48xf16>
}

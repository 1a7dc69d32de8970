// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// TilingInterface of dlk.conv: tiles over images, groups and channels are smaller convolutions on slices.
// RUN: dlk-opt %s --transform-interpreter --canonicalize --split-input-file --verify-diagnostics | FileCheck %s

// CHECK-LABEL: func @tile
// CHECK-SAME: %[[X:.*]]: tensor<4x9x9x8xf16>, %[[W:.*]]: tensor<32x3x3x8xf16>, %[[B:.*]]: tensor<32xf16>, %[[C:.*]]: tensor<4x9x9x32xf16>)
// CHECK: scf.for %[[I:[a-z0-9]*]] =
// CHECK: scf.for %[[J:[a-z0-9]*]] =
// CHECK-DAG: %[[TX:.*]] = tensor.extract_slice %[[X]][%[[I]], 0, 0, 0] [2, 9, 9, 8] [1, 1, 1, 1]
// CHECK-DAG: %[[TW:.*]] = tensor.extract_slice %[[W]][%[[J]], 0, 0, 0] [16, 3, 3, 8] [1, 1, 1, 1]
// CHECK-DAG: %[[TB:.*]] = tensor.extract_slice %[[B]][%[[J]]] [16] [1]
// CHECK: dlk.conv fprop ins(%[[TX]], %[[TW]] : tensor<2x9x9x8xf16>, tensor<16x3x3x8xf16>) extras(%[[TB]] : tensor<16xf16>)
func.func @tile(%x: tensor<4x9x9x8xf16>, %w: tensor<32x3x3x8xf16>, %b: tensor<32xf16>, %c: tensor<4x9x9x32xf16>) -> tensor<4x9x9x32xf16> {
  %r = dlk.conv fprop ins(%x, %w : tensor<4x9x9x8xf16>, tensor<32x3x3x8xf16>) extras(%b : tensor<32xf16>)
         outs(%c : tensor<4x9x9x32xf16>) layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1]
         pad_low [1, 1] pad_high [1, 1] groups 1 maps [affine_map<(n, h, w, f) -> (f)>] acc f32 {
  ^bb0(%acc: f32, %bias: f16):
    %0 = arith.extf %bias : f16 to f32
    %1 = arith.addf %acc, %0 : f32
    %2 = arith.truncf %1 : f32 to f16
    dlk.yield %2 : f16
  } -> tensor<4x9x9x32xf16>
  return %r : tensor<4x9x9x32xf16>
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %0 = transform.structured.match ops{["dlk.conv"]} in %root : (!transform.any_op) -> !transform.any_op
    %1, %loops:2 = transform.structured.tile_using_for %0 tile_sizes [2, 0, 0, 16]
      : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// Groups that stand in all layouts can be cut; their number is that of the tile.
// CHECK-LABEL: func @groups
// CHECK: scf.for
// CHECK: dlk.conv fprop ins(%{{.*}}, %{{.*}} : tensor<4x9x2x8xf16>, tensor<2x32x3x8xf16>) {{.*}} groups 2 acc
func.func @groups(%x: tensor<4x9x6x8xf16>, %w: tensor<6x32x3x8xf16>, %c: tensor<4x7x6x32xf16>) -> tensor<4x7x6x32xf16> {
  %r = dlk.conv fprop ins(%x, %w : tensor<4x9x6x8xf16>, tensor<6x32x3x8xf16>)
         outs(%c : tensor<4x7x6x32xf16>) layouts "nwgc" "gfwc" "nwgf" strides [1] dilations [1]
         pad_low [0] pad_high [0] groups 6 acc f32 {
  ^bb0(%acc: f32):
    %2 = arith.truncf %acc : f32 to f16
    dlk.yield %2 : f16
  } -> tensor<4x7x6x32xf16>
  return %r : tensor<4x7x6x32xf16>
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %0 = transform.structured.match ops{["dlk.conv"]} in %root : (!transform.any_op) -> !transform.any_op
    %1, %loops = transform.structured.tile_using_for %0 tile_sizes [0, 0, 2]
      : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// A tile at the border has other padding than one inside.
func.func @spatial(%x: tensor<4x9x8xf16>, %w: tensor<32x3x8xf16>, %c: tensor<4x9x32xf16>) -> tensor<4x9x32xf16> {
  // expected-error@+3 {{cannot be tiled along w}}
  // expected-error@+2 {{to tile operation}}
  // expected-error@+1 {{failed to generate tiling loops}}
  %r = dlk.conv fprop ins(%x, %w : tensor<4x9x8xf16>, tensor<32x3x8xf16>)
         outs(%c : tensor<4x9x32xf16>) layouts "nwc" "fwc" "nwf" strides [1] dilations [1]
         pad_low [1] pad_high [1] groups 1 acc f32 {
  ^bb0(%acc: f32):
    %2 = arith.truncf %acc : f32 to f16
    dlk.yield %2 : f16
  } -> tensor<4x9x32xf16>
  return %r : tensor<4x9x32xf16>
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %0 = transform.structured.match ops{["dlk.conv"]} in %root : (!transform.any_op) -> !transform.any_op
    %1, %loops = transform.structured.tile_using_for %0 tile_sizes [0, 3]
      : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operands that are gathered: how they are copied, and when TMA cannot (rules S20, S21, S30).
// RUN: dlk-opt %s --dlk-conv-to-gemm --dlk-verify-schedule="chip=sm_90a" --split-input-file --verify-diagnostics

func.func @copy_s30(%x: tensor<2x8x8x64xf16>, %w: tensor<64x3x3x64xf16>, %y: tensor<2x8x8x64xf16>) -> tensor<2x8x8x64xf16> {
  // expected-error@+1 {{operands are not matrices in memory, but copy = tma; use tma_im2col [DLK-S30]}}
  %r = dlk.conv fprop ins(%x, %w : tensor<2x8x8x64xf16>, tensor<64x3x3x64xf16>) outs(%y : tensor<2x8x8x64xf16>)
    layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 1 acc f32
    schedule #dlk.schedule<engine = wgmma, tile = [128, 64, 64], warps = [2, 1], roles = cooperative, stages = 4,
                           copy = tma, epilogue = staged, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x8x8x64xf16>
  return %r : tensor<2x8x8x64xf16>
}

// -----

func.func @matrix_s30(%x: tensor<2x8x8x64xf16>, %w: tensor<64x1x1x64xf16>, %y: tensor<2x8x8x64xf16>) -> tensor<2x8x8x64xf16> {
  // expected-error@+1 {{operands are all matrices in memory, but copy = tma_im2col; use tma [DLK-S30]}}
  %r = dlk.conv fprop ins(%x, %w : tensor<2x8x8x64xf16>, tensor<64x1x1x64xf16>) outs(%y : tensor<2x8x8x64xf16>)
    layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [0, 0] pad_high [0, 0] groups 1 acc f32
    schedule #dlk.schedule<engine = wgmma, tile = [128, 64, 64], warps = [2, 1], roles = cooperative, stages = 4,
                           copy = tma_im2col, epilogue = staged, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x8x8x64xf16>
  return %r : tensor<2x8x8x64xf16>
}

// -----

func.func @aligned_s20(%x: tensor<2x8x8x12xf16>, %w: tensor<64x3x3x12xf16>, %y: tensor<2x8x8x64xf16>) -> tensor<2x8x8x64xf16> {
  // expected-error@+1 {{TMA cannot follow the gather of the lhs: rows of 12 elements are not aligned to 16 bytes [DLK-S20]}}
  %r = dlk.conv fprop ins(%x, %w : tensor<2x8x8x12xf16>, tensor<64x3x3x12xf16>) outs(%y : tensor<2x8x8x64xf16>)
    layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 1 acc f32
    schedule #dlk.schedule<engine = wgmma, tile = [128, 64, 64], warps = [2, 1], roles = cooperative, stages = 4,
                           copy = tma_im2col, epilogue = staged, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x8x8x64xf16>
  return %r : tensor<2x8x8x64xf16>
}

// -----

func.func @stride_s20(%x: tensor<2x80x80x64xf16>, %w: tensor<64x3x3x64xf16>, %y: tensor<2x9x9x64xf16>) -> tensor<2x9x9x64xf16> {
  // expected-error@+1 {{TMA cannot follow the gather of the lhs: stride is not in 1..8: 9 [DLK-S20]}}
  %r = dlk.conv fprop ins(%x, %w : tensor<2x80x80x64xf16>, tensor<64x3x3x64xf16>) outs(%y : tensor<2x9x9x64xf16>)
    layouts "nhwc" "fhwc" "nhwf" strides [9, 9] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 1 acc f32
    schedule #dlk.schedule<engine = wgmma, tile = [128, 64, 64], warps = [2, 1], roles = cooperative, stages = 4,
                           copy = tma_im2col, epilogue = staged, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x9x9x64xf16>
  return %r : tensor<2x9x9x64xf16>
}

// -----

func.func @filter_s20(%x: tensor<2x400x8x64xf16>, %w: tensor<64x3x3x64xf16>, %y: tensor<2x102x8x64xf16>) -> tensor<2x102x8x64xf16> {
  // expected-error@+1 {{TMA cannot follow the gather of the lhs: filter reaches over 300 pixels; TMA allows 255 [DLK-S20]}}
  %r = dlk.conv fprop ins(%x, %w : tensor<2x400x8x64xf16>, tensor<64x3x3x64xf16>) outs(%y : tensor<2x102x8x64xf16>)
    layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [150, 1] pad_low [1, 1] pad_high [1, 1] groups 1 acc f32
    schedule #dlk.schedule<engine = wgmma, tile = [128, 64, 64], warps = [2, 1], roles = cooperative, stages = 4,
                           copy = tma_im2col, epilogue = staged, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x102x8x64xf16>
  return %r : tensor<2x102x8x64xf16>
}

// -----

func.func @corner_s20(%x: tensor<2x8x8x64xf16>, %w: tensor<64x3x3x64xf16>, %y: tensor<2x286x8x64xf16>) -> tensor<2x286x8x64xf16> {
  // expected-error@+1 {{TMA cannot follow the gather of the lhs: corners of the pixels are not in -128..127: -140, }}
  %r = dlk.conv fprop ins(%x, %w : tensor<2x8x8x64xf16>, tensor<64x3x3x64xf16>) outs(%y : tensor<2x286x8x64xf16>)
    layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [140, 1] pad_high [140, 1] groups 1 acc f32
    schedule #dlk.schedule<engine = wgmma, tile = [128, 64, 64], warps = [2, 1], roles = cooperative, stages = 4,
                           copy = tma_im2col, epilogue = staged, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x286x8x64xf16>
  return %r : tensor<2x286x8x64xf16>
}

// -----

func.func @groups_s20(%x: tensor<2x8x8x64xf16>, %w: tensor<64x3x3x32xf16>, %y: tensor<2x8x8x64xf16>) -> tensor<2x8x8x64xf16> {
  // expected-error@+1 {{TMA cannot follow the gather of the lhs: channels of a group end inside the tensor [DLK-S20]}}
  %r = dlk.conv fprop ins(%x, %w : tensor<2x8x8x64xf16>, tensor<64x3x3x32xf16>) outs(%y : tensor<2x8x8x64xf16>)
    layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 2 acc f32
    schedule #dlk.schedule<engine = wgmma, tile = [128, 64, 64], warps = [2, 1], roles = cooperative, stages = 4,
                           copy = tma_im2col, epilogue = staged, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x8x8x64xf16>
  return %r : tensor<2x8x8x64xf16>
}

// -----

func.func @wgrad_s20(%x: tensor<2x8x8x32xf16>, %w: tensor<2x8x8x64xf16>, %y: tensor<64x3x3x32xf16>) -> tensor<64x3x3x32xf16> {
  // expected-error@+1 {{TMA cannot follow the gather of the rhs: channels are not a multiple of 64: 32 [DLK-S20]}}
  %r = dlk.conv wgrad ins(%x, %w : tensor<2x8x8x32xf16>, tensor<2x8x8x64xf16>) outs(%y : tensor<64x3x3x32xf16>)
    layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 1 acc f32
    schedule #dlk.schedule<engine = wgmma, tile = [128, 64, 64], warps = [2, 1], roles = cooperative, stages = 4,
                           copy = tma_im2col, epilogue = staged, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<64x3x3x32xf16>
  return %r : tensor<64x3x3x32xf16>
}

// -----

func.func @result_s21(%x: tensor<2x4x4x64xf16>, %w: tensor<64x3x3x64xf16>, %y: tensor<2x8x8x64xf16>) -> tensor<2x8x8x64xf16> {
  // expected-error@+1 {{stmatrix_tma stores a matrix in memory, and elements of the result are scattered; use epilogue = staged [DLK-S21]}}
  %r = dlk.conv dgrad ins(%x, %w : tensor<2x4x4x64xf16>, tensor<64x3x3x64xf16>) outs(%y : tensor<2x8x8x64xf16>)
    layouts "nhwc" "fhwc" "nhwf" strides [2, 2] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 1 acc f32
    schedule #dlk.schedule<engine = wgmma, tile = [128, 64, 64], warps = [2, 1], roles = cooperative, stages = 4,
                           copy = tma_im2col, epilogue = stmatrix_tma, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x8x8x64xf16>
  return %r : tensor<2x8x8x64xf16>
}

// -----

func.func @group_s20(%x: tensor<2x8x8x192xf16>, %w: tensor<192x3x3x64xf16>, %y: tensor<2x8x8x192xf16>) -> tensor<2x8x8x192xf16> {
  // expected-error@+1 {{TMA cannot follow the gather of the lhs in steps of 128 channels: 64 channels of a group are no multiple [DLK-S20]}}
  %r = dlk.conv fprop ins(%x, %w : tensor<2x8x8x192xf16>, tensor<192x3x3x64xf16>) outs(%y : tensor<2x8x8x192xf16>)
    layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 3 acc f32
    schedule #dlk.schedule<engine = wgmma, tile = [128, 64, 128], warps = [2, 1], roles = cooperative, stages = 3,
                           copy = tma_im2col, epilogue = staged, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x8x8x192xf16>
  return %r : tensor<2x8x8x192xf16>
}

// -----

// Several groups in a product: boxes of the filter have the channels of one.
func.func @pack_s20(%x: tensor<2x8x8x128xf16>, %w: tensor<32x3x3x16xf16>, %y: tensor<2x8x8x32xf16>) -> tensor<2x8x8x32xf16> {
  // expected-error@+1 {{TMA cannot follow the gather of the rhs: rows of a box are not a multiple of 8: 4 [DLK-S20]}}
  %r = dlk.conv fprop ins(%x, %w : tensor<2x8x8x128xf16>, tensor<32x3x3x16xf16>) outs(%y : tensor<2x8x8x32xf16>)
    layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 8 acc f32
    schedule #dlk.schedule<engine = wgmma, tile = [128, 64, 64], warps = [2, 1], roles = cooperative, stages = 4,
                           copy = tma_im2col, epilogue = staged, persistent = true, regs = [40, 232]>
    attributes {dlk.pack = 4 : i64} {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x8x8x32xf16>
  return %r : tensor<2x8x8x32xf16>
}

// -----

func.func @pack_dgrad_s20(%x: tensor<2x8x8x128xf16>, %w: tensor<128x3x3x16xf16>, %y: tensor<2x8x8x512xf16>) -> tensor<2x8x8x512xf16> {
  // expected-error@+1 {{TMA cannot follow the gather of the rhs: rows of a box are not a multiple of 8: 4 [DLK-S20]}}
  %r = dlk.conv dgrad ins(%x, %w : tensor<2x8x8x128xf16>, tensor<128x3x3x16xf16>) outs(%y : tensor<2x8x8x512xf16>)
    layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 32 acc f32
    schedule #dlk.schedule<engine = wgmma, tile = [128, 64, 64], warps = [2, 1], roles = cooperative, stages = 4,
                           copy = tma_im2col, epilogue = staged, persistent = true, regs = [40, 232]>
    attributes {dlk.pack = 16 : i64} {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x8x8x512xf16>
  return %r : tensor<2x8x8x512xf16>
}

// -----

func.func @pack_end_s20(%x: tensor<2x8x8x64xf16>, %w: tensor<64x3x3x16xf16>, %y: tensor<2x8x8x128xf16>) -> tensor<2x8x8x128xf16> {
  // expected-error@+1 {{TMA cannot follow the gather of the lhs: channels of a group end inside the tensor [DLK-S20]}}
  %r = dlk.conv dgrad ins(%x, %w : tensor<2x8x8x64xf16>, tensor<64x3x3x16xf16>) outs(%y : tensor<2x8x8x128xf16>)
    layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 8 acc f32
    schedule #dlk.schedule<engine = wgmma, tile = [128, 64, 64], warps = [2, 1], roles = cooperative, stages = 4,
                           copy = tma_im2col, epilogue = staged, persistent = true, regs = [40, 232]>
    attributes {dlk.pack = 4 : i64} {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x8x8x128xf16>
  return %r : tensor<2x8x8x128xf16>
}

// -----

func.func @pack_one_s20(%x: tensor<2x8x8x32xf16>, %w: tensor<32x3x3x16xf16>, %y: tensor<2x8x8x64xf16>) -> tensor<2x8x8x64xf16> {
  // expected-error@+1 {{TMA cannot follow the gather of the rhs: channels of several groups are not a multiple of 64: 32 [DLK-S20]}}
  %r = dlk.conv dgrad ins(%x, %w : tensor<2x8x8x32xf16>, tensor<32x3x3x16xf16>) outs(%y : tensor<2x8x8x64xf16>)
    layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 4 acc f32
    schedule #dlk.schedule<engine = wgmma, tile = [128, 64, 64], warps = [2, 1], roles = cooperative, stages = 4,
                           copy = tma_im2col, epilogue = staged, persistent = true, regs = [40, 232]>
    attributes {dlk.pack = 4 : i64} {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x8x8x64xf16>
  return %r : tensor<2x8x8x64xf16>
}

// -----

func.func @pack_thin_s20(%x: tensor<2x8x8x64xf16>, %w: tensor<64x3x3x4xf16>, %y: tensor<2x8x8x64xf16>) -> tensor<2x8x8x64xf16> {
  // expected-error@+1 {{TMA cannot follow the gather of the rhs: rows of 4 elements are not aligned to 16 bytes [DLK-S20]}}
  %r = dlk.conv fprop ins(%x, %w : tensor<2x8x8x64xf16>, tensor<64x3x3x4xf16>) outs(%y : tensor<2x8x8x64xf16>)
    layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 16 acc f32
    schedule #dlk.schedule<engine = wgmma, tile = [128, 64, 64], warps = [2, 1], roles = cooperative, stages = 4,
                           copy = tma_im2col, epilogue = staged, persistent = true, regs = [40, 232]>
    attributes {dlk.pack = 16 : i64} {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x8x8x64xf16>
  return %r : tensor<2x8x8x64xf16>
}

// -----

func.func @order_s31(%a: tensor<64x64xf16>, %b: tensor<64x64xf16>, %c: tensor<64x64xf16>) -> tensor<64x64xf16> {
  // expected-error@+1 {{k_order = taps, but k counts no filter taps [DLK-S31]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x64xf16>, tensor<64x64xf16>) outs(%c : tensor<64x64xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>]
         acc f32 schedule #dlk.schedule<tile = [64, 64, 32], k_order = taps> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<64x64xf16>
  return %r : tensor<64x64xf16>
}

// -----

func.func @channels_s31(%x: tensor<2x8x8x48xf16>, %w: tensor<64x3x3x48xf16>, %y: tensor<2x6x6x64xf16>) -> tensor<2x6x6x64xf16> {
  // expected-error@+1 {{k_order = taps needs channels that are a multiple of tile k, 32: 48 [DLK-S31]}}
  %r = dlk.conv fprop ins(%x, %w : tensor<2x8x8x48xf16>, tensor<64x3x3x48xf16>) outs(%y : tensor<2x6x6x64xf16>)
    layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [0, 0] pad_high [0, 0] groups 1 acc f32
    schedule #dlk.schedule<tile = [64, 64, 32], k_order = taps> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x6x6x64xf16>
  return %r : tensor<2x6x6x64xf16>
}

// -----

func.func @split_s32(%a: tensor<64x64xf16>, %b: tensor<64x64xf16>, %c: tensor<16x64xf16>) -> tensor<16x64xf16> {
  // expected-error@+1 {{rows that are combined have sums that are not split: split = split_k [DLK-S32]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x64xf16>, tensor<64x64xf16>) outs(%c : tensor<16x64xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>]
         gathers [unit, unit, #dlk.gather<[16, 2, 2], [64], affine_map<(a, b, c, n) -> (a, n)>>] combine sum
         acc f32 schedule #dlk.schedule<tile = [64, 64, 32], split = split_k 2> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<16x64xf16>
  return %r : tensor<16x64xf16>
}

// -----

func.func @epilogue_s32(%a: tensor<64x64xf16>, %b: tensor<64x64xf16>, %c: tensor<16x64xf16>) -> tensor<16x64xf16> {
  // expected-error@+1 {{rows are combined by epilogue = staged: direct [DLK-S32]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x64xf16>, tensor<64x64xf16>) outs(%c : tensor<16x64xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>]
         gathers [unit, unit, #dlk.gather<[16, 2, 2], [64], affine_map<(a, b, c, n) -> (a, n)>>] combine sum
         acc f32 schedule #dlk.schedule<tile = [64, 64, 32], epilogue = direct> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<16x64xf16>
  return %r : tensor<16x64xf16>
}

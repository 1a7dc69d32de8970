// RUN: dlk-opt %s --split-input-file --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-lower-maps))' --verify-diagnostics

!acc = !dlk_tile.frag<16x16xf32, #dlk_tile.fragment<mma_acc, warps = [1, 1]>>
!c = !dlk_tile.mem<16x16xf32, #dlk_tile.layout<[16:16], [16:1]>, global>
!stage = !dlk_tile.mem<1x16x16xf32, #dlk_tile.layout<[1:256], [16:16], [16:1]>, shared>

// `dlk-tile-rewrite-mma` was not run.
dlk_tile.kernel @no_registers_p63(%c: !c) grid [1, 1, 1] warps 1 {
  %c0 = arith.constant 0 : index
  // expected-error @below {{fragment is not in registers: '!dlk_tile.frag<16x16xf32, #dlk_tile.fragment<mma_acc, warps = [1, 1]>>' [DLK-P63]}}
  %acc = dlk_tile.fill 0.0 : !acc
  %s = dlk_tile.alloc offset 0 : !stage
  dlk_tile.store %acc to %c[%c0, %c0] staging %s vector 4 : !acc to !c staging !stage
}

// -----

!a = !dlk_tile.frag<16x16xf16, #dlk_tile.fragment<mma_a, warps = [1, 1]>>

// Operand fragments have another register order.
dlk_tile.kernel @other_fragment_p64() grid [1, 1, 1] warps 1 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1> : vector<4xi32>
  %a = builtin.unrealized_conversion_cast %regs : vector<4xi32> to !a
  // expected-error @below {{fragment is no accumulator: '!dlk_tile.frag<16x16xf16, #dlk_tile.fragment<mma_a, warps = [1, 1]>>' [DLK-P64]}}
  %r = dlk_tile.map %a at [%c0, %c0] bounds [16, 16] maps [] : !a -> !a {
  ^bb0(%x: f16):
    dlk_tile.yield %x : f16
  }
}

// -----

!acc = !dlk_tile.frag<16x16xf32, #dlk_tile.fragment<mma_acc, warps = [1, 1]>>
!wide = !dlk_tile.frag<16x16xf64, #dlk_tile.fragment<mma_acc, warps = [1, 1]>>
!c = !dlk_tile.mem<16x16xf64, #dlk_tile.layout<[16:16], [16:1]>, global>
!stage = !dlk_tile.mem<1x16x16xf64, #dlk_tile.layout<[1:256], [16:16], [16:1]>, shared>

// There is no exponential of 64 bits without a call.
dlk_tile.kernel @function_of_f64_p65(%c: !c) grid [1, 1, 1] warps 1 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<8xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<8xf32> to !acc
  %r = dlk_tile.map %acc at [%c0, %c0] bounds [16, 16] maps [] : !acc -> !wide {
  ^bb0(%x: f32):
    %y = arith.extf %x : f32 to f64
    // expected-error @below {{no code for this function of 'f64': 'math.exp' [DLK-P65]}}
    %z = math.exp %y : f64
    dlk_tile.yield %z : f64
  }
  %s = dlk_tile.alloc offset 0 : !stage
  dlk_tile.store %r to %c[%c0, %c0] staging %s vector 2 : !wide to !c staging !stage
}

// -----

!acc = !dlk_tile.frag<16x16xf32, #dlk_tile.fragment<mma_acc, warps = [1, 1]>>
!c = !dlk_tile.mem<16x16xf32, #dlk_tile.layout<[16:16], [16:1]>, global>
!stage = !dlk_tile.mem<1x16x16xf32, #dlk_tile.layout<[1:256], [16:16], [16:1]>, shared>

// What is not elementwise cannot be applied to pairs.
dlk_tile.kernel @not_elementwise_p65(%c: !c) grid [1, 1, 1] warps 1 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<8xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<8xf32> to !acc
  %r = dlk_tile.map %acc at [%c0, %c0] bounds [16, 16] maps [] : !acc -> !acc {
  ^bb0(%x: f32):
    // expected-error @below {{operation cannot be applied to pairs: 'llvm.fneg' [DLK-P65]}}
    %y = llvm.fneg %x : f32
    dlk_tile.yield %y : f32
  }
  %s = dlk_tile.alloc offset 0 : !stage
  dlk_tile.store %r to %c[%c0, %c0] staging %s vector 4 : !acc to !c staging !stage
}

// -----

!acc = !dlk_tile.frag<16x16xf32, #dlk_tile.fragment<mma_acc, warps = [1, 1]>>
!c = !dlk_tile.mem<16x16xf32, #dlk_tile.layout<[16:16], [16:1]>, global>
!line = !dlk_tile.mem<8xf32, #dlk_tile.layout<[8:1]>, global>
!stage = !dlk_tile.mem<1x16x16xf32, #dlk_tile.layout<[1:256], [16:16], [16:1]>, shared>

// Addresses are sums of strides.
dlk_tile.kernel @map_not_linear_p66(%v: !line, %c: !c) grid [1, 1, 1] warps 1 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<8xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<8xf32> to !acc
  // expected-error @below {{operand is no strided memory under a linear map: '!dlk_tile.mem<8xf32, #dlk_tile.layout<[8:1]>, global>' under affine_map<(d0, d1) -> (d1 floordiv 2)> [DLK-P66]}}
  %r = dlk_tile.map %acc at [%c0, %c0] bounds [16, 16] with %v : !line maps [affine_map<(m, n) -> (n floordiv 2)>] : !acc -> !acc {
  ^bb0(%x: f32, %y: f32):
    dlk_tile.yield %y : f32
  }
  %s = dlk_tile.alloc offset 0 : !stage
  dlk_tile.store %r to %c[%c0, %c0] staging %s vector 4 : !acc to !c staging !stage
}

// -----

!acc = !dlk_tile.frag<16x16xf32, #dlk_tile.fragment<mma_acc, warps = [1, 1]>>
!c = !dlk_tile.mem<16x16xf32, #dlk_tile.layout<[16:16], [16:1]>, global>
!stage = !dlk_tile.mem<1x16x16xf32, #dlk_tile.layout<[1:512], [16:32], [16:2]>, shared>

// A pair of columns is one store.
dlk_tile.kernel @split_staging_p67(%c: !c) grid [1, 1, 1] warps 1 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<8xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<8xf32> to !acc
  %s = dlk_tile.alloc offset 0 : !stage
  // expected-error @below {{staging has no layout that keeps pieces together: 4 elements in '!dlk_tile.mem<1x16x16xf32, #dlk_tile.layout<[1:512], [16:32], [16:2]>, shared>' [DLK-P67]}}
  dlk_tile.store %acc to %c[%c0, %c0] staging %s vector 4 : !acc to !c staging !stage
}

// -----

!acc = !dlk_tile.frag<16x16xf32, #dlk_tile.fragment<mma_acc, warps = [1, 1]>>
!c = !dlk_tile.mem<16x16xf32, #dlk_tile.layout<[16:16], [16:1], swizzle<1, 3, 3>>, global>
!stage = !dlk_tile.mem<1x16x16xf32, #dlk_tile.layout<[1:256], [16:16], [16:1]>, shared>

// A swizzle of 8 bytes takes pieces of 16 bytes apart.
dlk_tile.kernel @split_target_p67(%c: !c) grid [1, 1, 1] warps 1 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<8xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<8xf32> to !acc
  %s = dlk_tile.alloc offset 0 : !stage
  // expected-error @below {{target is not strided memory that keeps pieces together: 4 elements in '!dlk_tile.mem<16x16xf32, #dlk_tile.layout<[16:16], [16:1], swizzle<1, 3, 3>>, global>' [DLK-P67]}}
  dlk_tile.store %acc to %c[%c0, %c0] staging %s vector 4 : !acc to !c staging !stage
}

// -----

!acc = !dlk_tile.frag<64x64xbf16, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!map = !dlk_tile.tmap<!dlk_tile.mem<64x64xbf16, #dlk_tile.layout<[64:64], [64:1]>, global>, [64, 64], swizzle 128>
!stage = !dlk_tile.mem<2x64x64xbf16, #dlk_tile.layout<[2:4096], [64:64], [64:1], swizzle<2, 4, 3>>, shared>

// Staging is swizzled as boxes with 64 bytes would be.
dlk_tile.kernel @tma_staging_p68(%c: !map) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<32xbf16>
  %acc = builtin.unrealized_conversion_cast %regs : vector<32xbf16> to !acc
  %s = dlk_tile.alloc offset 0 : !stage
  // expected-error @below {{staging has another layout than the map's boxes: '!dlk_tile.mem<2x64x64xbf16, #dlk_tile.layout<[2:4096], [64:64], [64:1], swizzle<2, 4, 3>>, shared>' [DLK-P68]}}
  dlk_tile.tma_store %acc to %c[%c0, %c0] staging %s : !acc to !map staging !stage
}

// -----

!acc = !dlk_tile.frag<64x64xbf16, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!map = !dlk_tile.tmap<!dlk_tile.mem<64x64xbf16, #dlk_tile.layout<[64:64], [64:1]>, global>, [64, 64], swizzle 128>
!stage = !dlk_tile.mem<1x64x64xbf16, #dlk_tile.layout<[1:4096], [64:64], [64:1], swizzle<3, 4, 3>>, shared>

// Two warpgroups, besides a producer, store a tile each.
dlk_tile.kernel @tma_buffers_p68(%c: !map) grid [1, 1, 1] warps 12 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<32xbf16>
  %acc = builtin.unrealized_conversion_cast %regs : vector<32xbf16> to !acc
  %s = dlk_tile.alloc offset 0 : !stage
  // expected-error @below {{staging has no buffer for each of 2 warpgroups: '!dlk_tile.mem<1x64x64xbf16, #dlk_tile.layout<[1:4096], [64:64], [64:1], swizzle<3, 4, 3>>, shared>' [DLK-P68]}}
  dlk_tile.tma_store %acc to %c[%c0, %c0] staging %s : !acc to !map staging !stage
}

// -----

!acc = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!map = !dlk_tile.tmap<!dlk_tile.mem<64x64xf32, #dlk_tile.layout<[64:64], [64:1]>, global>, [64, 4], swizzle 0>
!stage = !dlk_tile.mem<2x64x4xf32, #dlk_tile.layout<[2:256], [64:4], [4:1]>, shared>

// Threads hold pieces of eight columns.
dlk_tile.kernel @tma_box_p68(%c: !map) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<32xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<32xf32> to !acc
  %s = dlk_tile.alloc offset 0 : !stage
  // expected-error @below {{box is no multiple of eight columns: 4 [DLK-P68]}}
  dlk_tile.tma_store %acc to %c[%c0, %c0] staging %s : !acc to !map staging !stage
}

// -----

!acc = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!panel = !dlk_tile.mem<64x64xf16, #dlk_tile.layout<[64:64], [64:1]>, shared>

// Rows of 128 bytes that no swizzle spreads over the banks.
dlk_tile.kernel @tiles_p123() grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<32xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<32xf32> to !acc
  %t = dlk_tile.alloc offset 0 : !panel
  // expected-error @below {{tiles are no panels of 16-bit or 32-bit elements as TMA writes them: '!dlk_tile.mem<64x64xf16, #dlk_tile.layout<[64:64], [64:1]>, shared>' [DLK-P123]}}
  %r = dlk_tile.map %acc at [%c0, %c0] bounds [64, 64] tiles %t : !panel maps [] : !acc -> !acc {
  ^bb0(%x: f32, %e: f16):
    %w = arith.extf %e : f16 to f32
    dlk_tile.yield %w : f32
  }
}

// One case or more for each rule of kernels, launches and tile coordinates.
// RUN: dlk-opt %s --split-input-file --verify-diagnostics

// expected-error@+1 {{grid does not have 3 extents: 2 [DLK-T20]}}
dlk_tile.kernel @rank_t20() grid [1, 1] warps 4 {
}

// -----

// expected-error@+1 {{grid extent is not in 1..2147483647: 0 [DLK-T20]}}
dlk_tile.kernel @zero_t20() grid [0, 1, 1] warps 4 {
}

// -----

// expected-error@+1 {{grid extent is not in 1..65535: 65536 [DLK-T20]}}
dlk_tile.kernel @large_t20() grid [1, 65536, 1] warps 4 {
}

// -----

// expected-error@+1 {{warps is not in 1..32: 33 [DLK-T21]}}
dlk_tile.kernel @warps_t21() grid [1, 1, 1] warps 33 {
}

// -----

// expected-error@+1 {{parameter is not global memory or a tensor map: '!dlk_tile.mem<4xf16, shared>' [DLK-T22]}}
dlk_tile.kernel @shared_t22(%a: !dlk_tile.mem<4xf16, shared>) grid [1, 1, 1] warps 4 {
}

// -----

// expected-error@+1 {{parameter is not global memory or a tensor map: 'f32' [DLK-T22]}}
dlk_tile.kernel @scalar_t22(%a: f32) grid [1, 1, 1] warps 4 {
}

// -----

func.func @no_kernel_t23() -> tensor<4xf16> {
  // expected-error@+1 {{symbol is no kernel: @no_kernel_t23 [DLK-T23]}}
  %0 = dlk_tile.launch @no_kernel_t23() : () -> tensor<4xf16>
  return %0 : tensor<4xf16>
}

// -----

llvm.func @kernel(!llvm.ptr<1>)
func.func @host_function_t23() -> tensor<4xf16> {
  // expected-error@+1 {{symbol is no kernel: @kernel [DLK-T23]}}
  %0 = dlk_tile.launch @kernel() : () -> tensor<4xf16>
  return %0 : tensor<4xf16>
}

// -----

gpu.module @device {
  llvm.func @kernel(!llvm.ptr<1>)
}
func.func @lowered_count_t23(%a: tensor<4xf16>) -> tensor<4xf16> {
  // expected-error@+1 {{kernel takes 1 parameters, not 2 [DLK-T23]}}
  %0 = dlk_tile.launch @device::@kernel(%a) : (tensor<4xf16>) -> tensor<4xf16>
  return %0 : tensor<4xf16>
}

// -----

!m = !dlk_tile.mem<4xf16, #dlk_tile.layout<[4:1]>, global>
dlk_tile.kernel @kernel(%a: !m, %b: !m) grid [1, 1, 1] warps 4 {
}
func.func @count_t23() -> tensor<4xf16> {
  // expected-error@+1 {{kernel takes 2 parameters, not 1 [DLK-T23]}}
  %0 = dlk_tile.launch @kernel() : () -> tensor<4xf16>
  return %0 : tensor<4xf16>
}

// -----

!m = !dlk_tile.mem<4xf16, #dlk_tile.layout<[4:1]>, global>
dlk_tile.kernel @kernel(%a: !m, %b: !m) grid [1, 1, 1] warps 4 {
}
func.func @element_t23(%a: tensor<4xf32>) -> tensor<4xf16> {
  // expected-error@+1 {{parameter 0 of the kernel is '!dlk_tile.mem<4xf16, #dlk_tile.layout<[4:1]>, global>', which is no view of 'tensor<4xf32>' [DLK-T23]}}
  %0 = dlk_tile.launch @kernel(%a) : (tensor<4xf32>) -> tensor<4xf16>
  return %0 : tensor<4xf16>
}

// -----

!m = !dlk_tile.mem<4xf16, #dlk_tile.layout<[4:1]>, global>
dlk_tile.kernel @kernel(%a: !m) grid [1, 1, 1] warps 4 {
}
func.func @past_the_end_t23() -> tensor<3xf16> {
  // expected-error@+1 {{which is no view of 'tensor<3xf16>' [DLK-T23]}}
  %0 = dlk_tile.launch @kernel() : () -> tensor<3xf16>
  return %0 : tensor<3xf16>
}

// -----

func.func @tiles_t24() {
  // expected-error@+1 {{tiles does not have 2 counts: 3 [DLK-T24]}}
  %r, %c, %b = dlk_tile.tile_coord tiles [1, 2, 3] batches 1 raster row 1
  return
}

// -----

func.func @group_t24() {
  // expected-error@+1 {{count is not in 1..2147483647: 0 [DLK-T24]}}
  %r, %c, %b = dlk_tile.tile_coord tiles [1, 2] batches 1 raster grouped 0
  return
}

// -----

dlk_tile.kernel @grid_t24() grid [7, 1, 1] warps 4 {
  // expected-error@+1 {{tiles times batches is not the kernel's grid x: 6 x 1 and 7 [DLK-T24]}}
  %r, %c, %b = dlk_tile.tile_coord tiles [3, 2] batches 1 raster row 1
}

// -----

// expected-error@+1 {{cluster does not have 1 to 8 blocks that divide grid x: [3, 1] and 8 [DLK-T52]}}
dlk_tile.kernel @divide_t52() grid [8, 1, 1] warps 4 cluster [3, 1] {
}

// -----

// expected-error@+1 {{cluster does not have 1 to 8 blocks that divide grid x: [4, 4] and 32 [DLK-T52]}}
dlk_tile.kernel @large_t52() grid [32, 1, 1] warps 4 cluster [4, 4] {
}

// -----

// expected-error@+1 {{cluster does not have 1 to 8 blocks that divide grid x: [2] and 8 [DLK-T52]}}
dlk_tile.kernel @rank_t52() grid [8, 1, 1] warps 4 cluster [2] {
}

// One case or more for each rule of roles and persistent loops.
// RUN: dlk-opt %s --split-input-file --verify-diagnostics

dlk_tile.kernel @warps_t60() grid [1, 1, 1] warps 12 {
  // expected-error@+1 {{kernel does not have 4 x (consumers + 1) warps: 1 consumers [DLK-T60]}}
  dlk_tile.roles consumers 1 regs [40, 232] producer {
    %0 = arith.constant 0 : index
  } consumer {
    %1 = arith.constant 0 : index
  }
}

// -----

dlk_tile.kernel @part_of_a_group_t60() grid [1, 1, 1] warps 13 {
  // expected-error@+1 {{kernel does not have 4 x (consumers + 1) warps: 2 consumers [DLK-T60]}}
  dlk_tile.roles consumers 2 regs [40, 232] producer {
    %0 = arith.constant 0 : index
  } consumer {
    %1 = arith.constant 0 : index
  }
}

// -----

dlk_tile.kernel @no_consumer_t60() grid [1, 1, 1] warps 4 {
  // expected-error@+1 {{kernel does not have 4 x (consumers + 1) warps: 0 consumers [DLK-T60]}}
  dlk_tile.roles consumers 0 regs [40, 232] producer {
    %0 = arith.constant 0 : index
  } consumer {
    %1 = arith.constant 0 : index
  }
}

// -----

dlk_tile.kernel @huge_t60() grid [1, 1, 1] warps 12 {
  // expected-error@+1 {{kernel does not have 4 x (consumers + 1) warps: 9223372036854775807 consumers [DLK-T60]}}
  dlk_tile.roles consumers 9223372036854775807 regs [40, 232] producer {
    %0 = arith.constant 0 : index
  } consumer {
    %1 = arith.constant 0 : index
  }
}

// -----

dlk_tile.kernel @multiple_t61() grid [1, 1, 1] warps 12 {
  // expected-error@+1 {{regs are not multiples of 8 in 24..256 that fit 65536 registers: [44, 232] for 2 consumers [DLK-T61]}}
  dlk_tile.roles consumers 2 regs [44, 232] producer {
    %0 = arith.constant 0 : index
  } consumer {
    %1 = arith.constant 0 : index
  }
}

// -----

dlk_tile.kernel @turns_t78() grid [1, 1, 1] warps 12 {
  // expected-error@+1 {{pingpong is not positive: 0 [DLK-T78]}}
  dlk_tile.roles consumers 2 regs [40, 232] pingpong 0 producer {
    %0 = arith.constant 0 : index
  } consumer {
    %1 = arith.constant 0 : index
  }
}

// -----

dlk_tile.kernel @small_t61() grid [1, 1, 1] warps 12 {
  // expected-error@+1 {{regs are not multiples of 8 in 24..256 that fit 65536 registers: [16, 232] for 2 consumers [DLK-T61]}}
  dlk_tile.roles consumers 2 regs [16, 232] producer {
    %0 = arith.constant 0 : index
  } consumer {
    %1 = arith.constant 0 : index
  }
}

// -----

dlk_tile.kernel @large_t61() grid [1, 1, 1] warps 8 {
  // expected-error@+1 {{regs are not multiples of 8 in 24..256 that fit 65536 registers: [24, 264] for 1 consumers [DLK-T61]}}
  dlk_tile.roles consumers 1 regs [24, 264] producer {
    %0 = arith.constant 0 : index
  } consumer {
    %1 = arith.constant 0 : index
  }
}

// -----

dlk_tile.kernel @file_t61() grid [1, 1, 1] warps 12 {
  // expected-error@+1 {{regs are not multiples of 8 in 24..256 that fit 65536 registers: [56, 232] for 2 consumers [DLK-T61]}}
  dlk_tile.roles consumers 2 regs [56, 232] producer {
    %0 = arith.constant 0 : index
  } consumer {
    %1 = arith.constant 0 : index
  }
}

// -----

dlk_tile.kernel @count_t61() grid [1, 1, 1] warps 12 {
  // expected-error@+1 {{regs are not multiples of 8 in 24..256 that fit 65536 registers: [40] for 2 consumers [DLK-T61]}}
  dlk_tile.roles consumers 2 regs [40] producer {
    %0 = arith.constant 0 : index
  } consumer {
    %1 = arith.constant 0 : index
  }
}

// -----

dlk_tile.kernel @nested_t62() grid [1, 1, 1] warps 8 {
  dlk_tile.roles consumers 1 regs [0, 0] producer {
    %0 = arith.constant 0 : index
  } consumer {
    // expected-error@+1 {{stands in a role [DLK-T62]}}
    dlk_tile.roles consumers 1 regs [0, 0] producer {
      %1 = arith.constant 0 : index
    } consumer {
      %1 = arith.constant 0 : index
    }
  }
}

// -----

!ring = !dlk_tile.ring<2, !dlk_tile.mem<4x8xf16, shared>>
!slot = !dlk_tile.slot<!dlk_tile.mem<4x8xf16, shared>>
dlk_tile.kernel @acquire_t63() grid [1, 1, 1] warps 8 {
  %ring = dlk_tile.ring.create consumers 1 : !ring
  dlk_tile.roles consumers 1 regs [0, 0] producer {
    %0 = arith.constant 0 : index
  } consumer {
    // expected-error@+1 {{stands in the consumer of roles [DLK-T63]}}
    %s = dlk_tile.ring.acquire %ring : !ring -> !slot
  }
}

// -----

!ring = !dlk_tile.ring<2, !dlk_tile.mem<4x8xf16, shared>>
!slot = !dlk_tile.slot<!dlk_tile.mem<4x8xf16, shared>>
dlk_tile.kernel @wait_t63() grid [1, 1, 1] warps 8 {
  %ring = dlk_tile.ring.create consumers 1 : !ring
  dlk_tile.roles consumers 1 regs [0, 0] producer {
    // expected-error@+1 {{stands in the producer of roles [DLK-T63]}}
    %s = dlk_tile.ring.wait %ring : !ring -> !slot
  } consumer {
    %1 = arith.constant 0 : index
  }
}

// -----

func.func @zero_t64() {
  // expected-error@+1 {{counts of tiles are not positive, 2 of them, and at most 2147483647 in all: [0, 2] x 1 [DLK-T64]}}
  dlk_tile.for_tiles tiles [0, 2] batches 1 raster row 1 {
  ^bb0(%row: index, %column: index, %batch: index):
  }
  return
}

// -----

func.func @rank_t64() {
  // expected-error@+1 {{counts of tiles are not positive, 2 of them, and at most 2147483647 in all: [2] x 1 [DLK-T64]}}
  dlk_tile.for_tiles tiles [2] batches 1 raster row 1 {
  ^bb0(%row: index, %column: index, %batch: index):
  }
  return
}

// -----

func.func @group_t64() {
  // expected-error@+1 {{counts of tiles are not positive, 2 of them, and at most 2147483647 in all: [2, 2] x 1 [DLK-T64]}}
  dlk_tile.for_tiles tiles [2, 2] batches 1 raster grouped 0 {
  ^bb0(%row: index, %column: index, %batch: index):
  }
  return
}

// -----

func.func @large_t64() {
  // expected-error@+1 {{counts of tiles are not positive, 2 of them, and at most 2147483647 in all: [65536, 32768] x 1 [DLK-T64]}}
  dlk_tile.for_tiles tiles [65536, 32768] batches 1 raster row 1 {
  ^bb0(%row: index, %column: index, %batch: index):
  }
  return
}

// -----

func.func @arguments_t64() {
  // expected-error@+1 {{region does not have three index arguments [DLK-T64]}}
  dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 {
  ^bb0(%row: index, %column: index):
  }
  return
}

// -----

func.func @types_t64() {
  // expected-error@+1 {{region does not have three index arguments [DLK-T64]}}
  dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 {
  ^bb0(%row: index, %column: index, %batch: i32):
  }
  return
}

// -----

func.func @stream_arguments_t64() {
  // expected-error@+1 {{region does not have six index arguments [DLK-T64]}}
  dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 stream 4 {
  ^bb0(%row: index, %column: index, %batch: index):
  }
  return
}

// -----

func.func @many_steps_t87() {
  // expected-error@+1 {{steps are more than 2147483647 in all, or fewer than clusters: 1024 in each tile [DLK-T87]}}
  dlk_tile.for_tiles tiles [1024, 2048] batches 1 raster row 1 stream 1024 {
  ^bb0(%row: index, %column: index, %batch: index, %f: index, %m: index, %p: index):
  }
  return
}

// -----

// Clusters of two blocks: five of them for four steps.
dlk_tile.kernel @few_steps_t87() grid [10, 1, 1] warps 8 cluster [2, 1] {
  // expected-error@+1 {{steps are more than 2147483647 in all, or fewer than clusters: 2 in each tile [DLK-T87]}}
  dlk_tile.for_tiles tiles [1, 2] batches 1 raster row 1 stream 2 {
  ^bb0(%row: index, %column: index, %batch: index, %f: index, %m: index, %p: index):
  }
}

// -----

func.func @no_steps_t88() {
  // expected-error@+1 {{count is not in 1..2147483647: 0 [DLK-T88]}}
  %f, %m, %p = dlk_tile.stream_coord steps 0 clusters 4
  return
}

// -----

func.func @many_clusters_t88() {
  // expected-error@+1 {{count is not in 1..2147483647: 2147483648 [DLK-T88]}}
  %f, %m, %p = dlk_tile.stream_coord steps 4 clusters 2147483648
  return
}

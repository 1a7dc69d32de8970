// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One case for each rule of the attributes; the name carries the rule.
// RUN: dlk-opt %s --split-input-file --verify-diagnostics

// expected-error@+1 {{unknown chip: 'sm_42'; supported: sm_80, sm_86, sm_87, sm_89, sm_90, sm_90a [DLK-A1]}}
func.func private @chip_a1() attributes {t = #dlk.target<chip = "sm_42">}

// -----

// expected-error@+1 {{unknown field of a schedule: 'warp'; known: engine, tile,}}
func.func private @unknown_a2() attributes {s = #dlk.schedule<warp = [1, 2]>}

// -----

// expected-error@+1 {{field given twice: 'stages' [DLK-A2]}}
func.func private @twice_a2() attributes {s = #dlk.schedule<stages = 3, stages = 4>}

// -----

// expected-error@+1 {{tile is not in 1..65536: 0 [DLK-A3]}}
func.func private @tile_a3() attributes {s = #dlk.schedule<tile = [128, 0, 32]>}

// -----

// expected-error@+1 {{warps is not in 1..65536: -2 [DLK-A3]}}
func.func private @warps_a3() attributes {s = #dlk.schedule<warps = [-2, 2]>}

// -----

// expected-error@+1 {{cluster is not in 1..65536: 65537 [DLK-A3]}}
func.func private @cluster_a3() attributes {s = #dlk.schedule<cluster = [1, 65537]>}

// -----

// expected-error@+1 {{stages is not in 1..64: 65 [DLK-A4]}}
func.func private @stages_a4() attributes {s = #dlk.schedule<stages = 65>}

// -----

// expected-error@+1 {{split_k is not in 2..65536: 1 [DLK-A5]}}
func.func private @split_a5() attributes {s = #dlk.schedule<split = split_k 1>}

// -----

// expected-error@+1 {{grouped is not in 1..65536: 0 [DLK-A5]}}
func.func private @grouped_a5() attributes {s = #dlk.schedule<raster = grouped 0>}

// -----

// expected-error@+1 {{regs are neither both 0 nor both multiples of 8 in 24..256: [40, 230] [DLK-A6]}}
func.func private @regs_a6() attributes {s = #dlk.schedule<regs = [40, 230]>}

// -----

// expected-error@+1 {{attribute does not hold #dlk.schedule<...>: "fast" [DLK-A7]}}
func.func private @schedule_a7() attributes {dlk.schedule = "fast"}

// -----

// expected-error@+1 {{attribute does not hold #dlk.target<...>: "sm_80" [DLK-A7]}}
module attributes {dlk.target = "sm_80"} {}

// -----

// expected-error@+1 {{expected 3 values: 2 given}}
func.func private @tile_of_two() attributes {s = #dlk.schedule<tile = [128, 128]>}

// -----

// expected-error@+1 {{expected integer value}}
func.func private @split_without_count() attributes {s = #dlk.schedule<split = split_k>}

// -----

// expected-error@+1 {{expected 'false', or true}}
func.func private @flag_as_number() attributes {s = #dlk.schedule<persistent = 1>}

// -----

// expected-error@+1 {{expected keyword for instructions that multiply}}
func.func private @engine_as_number() attributes {s = #dlk.schedule<engine = 3>}

// One case or more for each rule of the attributes; the name carries the rule.
// RUN: dlk-opt %s --split-input-file --verify-diagnostics

// expected-error@+1 {{a dimension of a layout has no extent:stride pair [DLK-T1]}}
func.func private @no_pair_t1() attributes {l = #dlk_tile.layout<[4:1], []>}

// -----

// expected-error@+1 {{extent of a layout is negative: -4 [DLK-T1]}}
func.func private @negative_extent_t1() attributes {l = #dlk_tile.layout<[-4:1]>}

// -----

// expected-error@+1 {{stride of a layout is negative: -1 [DLK-T2]}}
func.func private @negative_stride_t2() attributes {l = #dlk_tile.layout<[4:-1]>}

// -----

// expected-error@+1 {{offsets of a layout reach 2^48 or more [DLK-T2]}}
func.func private @huge_t2() attributes {l = #dlk_tile.layout<[4294967296:4294967296]>}

// -----

// expected-error@+2 {{offsets of a layout reach 2^48 or more [DLK-T2]}}
func.func private @overflow_t2() attributes {
    l = #dlk_tile.layout<[9223372036854775807:9223372036854775807]>}

// -----

// expected-error@+1 {{swizzle is not <B, M, S> with B in 1..4, M >= 0, S >= B and B + M + S <= 32: <3, 4> [DLK-T3]}}
func.func private @two_numbers_t3() attributes {l = #dlk_tile.layout<[8:64], [64:1], swizzle<3, 4>>}

// -----

// expected-error@+1 {{<0, 4, 3> [DLK-T3]}}
func.func private @no_bits_t3() attributes {l = #dlk_tile.layout<[8:64], [64:1], swizzle<0, 4, 3>>}

// -----

// expected-error@+1 {{<3, -1, 3> [DLK-T3]}}
func.func private @negative_base_t3() attributes {l = #dlk_tile.layout<[8:64], [64:1], swizzle<3, -1, 3>>}

// -----

// Source and target bits overlap.
// expected-error@+1 {{<3, 4, 2> [DLK-T3]}}
func.func private @overlap_t3() attributes {l = #dlk_tile.layout<[8:64], [64:1], swizzle<3, 4, 2>>}

// -----

// expected-error@+1 {{<3, 4, 26> [DLK-T3]}}
func.func private @far_t3() attributes {l = #dlk_tile.layout<[8:64], [64:1], swizzle<3, 4, 26>>}

// -----

// expected-error@+1 {{warps of a fragment are not positive: [0, 2] [DLK-T4]}}
func.func private @no_warps_t4() attributes {f = #dlk_tile.fragment<mma_a, warps = [0, 2]>}

// -----

// expected-error@+1 {{a fragment has more than 32 warps: [8, 8] [DLK-T4]}}
func.func private @many_warps_t4() attributes {f = #dlk_tile.fragment<mma_a, warps = [8, 8]>}

// -----

// expected-error@+2 {{expected one of [mma_acc, mma_a, mma_b, wgmma_acc] for register layout of a fragment, got: mma_c}}
// expected-error@+1 {{failed to parse}}
func.func private @unknown_kind() attributes {f = #dlk_tile.fragment<mma_c, warps = [1, 1]>}

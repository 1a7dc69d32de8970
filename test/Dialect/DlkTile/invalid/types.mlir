// One case or more for each rule of the types; the name carries the rule.
// RUN: dlk-opt %s --split-input-file --verify-diagnostics

// expected-error@+1 {{layout of rank 1 on memory of rank 2 [DLK-T5]}}
func.func private @rank_t5(!dlk_tile.mem<4x8xf16, #dlk_tile.layout<[32:1]>, shared>)

// -----

// expected-error@+1 {{layout covers 6 elements of dimension 1, which has 8 [DLK-T5]}}
func.func private @extent_t5(!dlk_tile.mem<4x8xf16, #dlk_tile.layout<[4:8], [3:1, 2:3]>, shared>)

// -----

// expected-error@+1 {{memory has 2^48 elements or more [DLK-T5]}}
func.func private @large_t5(!dlk_tile.mem<4294967296x65536xf16, shared>)

// -----

// expected-error@+1 {{memory has 2^48 elements or more [DLK-T5]}}
func.func private @overflow_t5(!dlk_tile.mem<9223372036854775807x3xf16, shared>)

// -----

// expected-error@+1 {{global memory has no layout [DLK-T6]}}
func.func private @global_t6(!dlk_tile.mem<4x8xf16, global>)

// -----

// expected-error@+1 {{memory holds elements other than integers or floats of 8, 16, 32 or 64 bits: 'i1' [DLK-T7]}}
func.func private @bits_t7(!dlk_tile.mem<4xi1, shared>)

// -----

// expected-error@+1 {{memory holds elements other than integers or floats of 8, 16, 32 or 64 bits: 'index' [DLK-T7]}}
func.func private @index_t7(!dlk_tile.mem<4xindex, shared>)

// -----

// expected-error@+1 {{fragment does not have rank 2: 3 [DLK-T8]}}
func.func private @rank_t8(!dlk_tile.frag<2x16x8xf32, #dlk_tile.fragment<mma_acc, warps = [1, 1]>>)

// -----

// expected-error@+1 {{fragment of 24x8 is no multiple of the instruction tile 16x8 times the warps [1, 1] [DLK-T9]}}
func.func private @rows_t9(!dlk_tile.frag<24x8xf32, #dlk_tile.fragment<mma_acc, warps = [1, 1]>>)

// -----

// expected-error@+1 {{fragment of 32x16 is no multiple of the instruction tile 16x8 times the warps [2, 4] [DLK-T9]}}
func.func private @warps_t9(!dlk_tile.frag<32x16xf32, #dlk_tile.fragment<mma_acc, warps = [2, 4]>>)

// -----

// expected-error-re@+1 {{fragment of 0x8 is no multiple{{.*}}[DLK-T9]}}
func.func private @empty_t9(!dlk_tile.frag<0x8xf32, #dlk_tile.fragment<mma_acc, warps = [1, 1]>>)

// -----

// expected-error@+1 {{fragment has more than 65536 elements in a dimension: 131072 [DLK-T9]}}
func.func private @large_t9(!dlk_tile.frag<131072x8xf32, #dlk_tile.fragment<mma_acc, warps = [1, 1]>>)

// -----

// expected-error@+1 {{stages of a ring are not in 2..8: 1 [DLK-T10]}}
func.func private @one_stage_t10(!dlk_tile.ring<1, !dlk_tile.mem<4x8xf16, shared>>)

// -----

// expected-error@+1 {{stages of a ring are not in 2..8: 9 [DLK-T10]}}
func.func private @many_stages_t10(!dlk_tile.ring<9, !dlk_tile.mem<4x8xf16, shared>>)

// -----

// expected-error@+1 {{buffer of a stage is not shared memory: '!dlk_tile.mem<4xf16, #dlk_tile.layout<[4:1]>, global>' [DLK-T11]}}
func.func private @global_t11(!dlk_tile.ring<2, !dlk_tile.mem<4xf16, #dlk_tile.layout<[4:1]>, global>>)

// -----

// expected-error@+1 {{buffer of a stage is not shared memory: 'f32' [DLK-T11]}}
func.func private @no_memory_t11(!dlk_tile.slot<f32>)

// -----

// expected-error@+1 {{fragment holds elements other than integers or floats of 8, 16, 32 or 64 bits: 'i4' [DLK-T12]}}
func.func private @bits_t12(!dlk_tile.frag<16x8xi4, #dlk_tile.fragment<mma_acc, warps = [1, 1]>>)

// -----

// expected-error-re@+1 {{memory of a tensor map is not global, strided, of rank 2 to 5{{.*}}[DLK-T48]}}
func.func private @shared_t48(!dlk_tile.tmap<!dlk_tile.mem<64x512xbf16, #dlk_tile.layout<[64:512], [512:1]>, shared>, [64, 64], swizzle 128>)

// -----

// expected-error-re@+1 {{memory of a tensor map is not global, strided, of rank 2 to 5{{.*}}[DLK-T48]}}
func.func private @rank_t48(!dlk_tile.tmap<!dlk_tile.mem<512xbf16, #dlk_tile.layout<[512:1]>, global>, [64, 64], swizzle 128>)

// -----

// expected-error-re@+1 {{memory of a tensor map is not global, strided, of rank 2 to 5{{.*}}[DLK-T48]}}
func.func private @ranks_t48(!dlk_tile.tmap<!dlk_tile.mem<2x2x2x2x64x64xbf16, #dlk_tile.layout<[2:65536], [2:32768], [2:16384], [2:8192], [64:64], [64:1]>, global>, [64, 64], swizzle 128>)

// -----

// expected-error-re@+1 {{memory of a tensor map is not global, strided, of rank 2 to 5{{.*}}[DLK-T48]}}
func.func private @columns_t48(!dlk_tile.tmap<!dlk_tile.mem<64x512xbf16, #dlk_tile.layout<[64:1], [512:64]>, global>, [64, 64], swizzle 128>)

// -----

// expected-error-re@+1 {{memory of a tensor map is not global, strided, of rank 2 to 5{{.*}}[DLK-T48]}}
func.func private @parts_t48(!dlk_tile.tmap<!dlk_tile.mem<64x512xbf16, #dlk_tile.layout<[64:64], [64:1, 8:4096]>, global>, [64, 64], swizzle 128>)

// -----

// expected-error-re@+1 {{memory of a tensor map is not global, strided, of rank 2 to 5{{.*}}[DLK-T48]}}
func.func private @stride_t48(!dlk_tile.tmap<!dlk_tile.mem<64x512xbf16, #dlk_tile.layout<[64:516], [512:1]>, global>, [64, 64], swizzle 128>)

// -----

// expected-error-re@+1 {{memory of a tensor map is not global, strided, of rank 2 to 5{{.*}}[DLK-T48]}}
func.func private @broadcast_t48(!dlk_tile.tmap<!dlk_tile.mem<64x512xbf16, #dlk_tile.layout<[64:0], [512:1]>, global>, [64, 64], swizzle 128>)

// -----

// expected-error-re@+1 {{box is not 2 extents in 1..256 with rows of a multiple of 16 bytes: {{.*}}64{{.*}}[DLK-T49]}}
func.func private @box_rank_t49(!dlk_tile.tmap<!dlk_tile.mem<64x512xbf16, #dlk_tile.layout<[64:512], [512:1]>, global>, [64], swizzle 128>)

// -----

// expected-error-re@+1 {{box is not 2 extents in 1..256{{.*}}257, 64{{.*}}[DLK-T49]}}
func.func private @box_extent_t49(!dlk_tile.tmap<!dlk_tile.mem<64x512xbf16, #dlk_tile.layout<[64:512], [512:1]>, global>, [257, 64], swizzle 128>)

// -----

// expected-error-re@+1 {{box is not 2 extents in 1..256{{.*}}64, 4{{.*}}[DLK-T49]}}
func.func private @box_bytes_t49(!dlk_tile.tmap<!dlk_tile.mem<64x512xbf16, #dlk_tile.layout<[64:512], [512:1]>, global>, [64, 4], swizzle 0>)

// -----

// expected-error@+1 {{swizzle is not 0, or 32, 64 or 128 and the bytes of a row of the box: 16 for 16 bytes [DLK-T50]}}
func.func private @mode_t50(!dlk_tile.tmap<!dlk_tile.mem<64x512xbf16, #dlk_tile.layout<[64:512], [512:1]>, global>, [64, 8], swizzle 16>)

// -----

// expected-error-re@+1 {{swizzle is not 0,{{.*}}: 64 for 128 bytes [DLK-T50]}}
func.func private @wide_t50(!dlk_tile.tmap<!dlk_tile.mem<64x512xbf16, #dlk_tile.layout<[64:512], [512:1]>, global>, [64, 64], swizzle 64>)

// -----

// expected-error-re@+1 {{swizzle is not 0,{{.*}}: 128 for 64 bytes [DLK-T50]}}
func.func private @narrow_t50(!dlk_tile.tmap<!dlk_tile.mem<64x512xbf16, #dlk_tile.layout<[64:512], [512:1]>, global>, [64, 32], swizzle 128>)

// -----

// expected-error-re@+1 {{fragment is not of kind wgmma_acc: {{.*}}[DLK-T51]}}
func.func private @kind_t51(!dlk_tile.inflight<!dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>>)

// -----

// expected-error@+1 {{gather does not take [4, 8] to the dimensions of global memory, of one stride each: #dlk.gather<[4], [4], affine_map<(d0, d1) -> (d0, d1)>> [DLK-T90]}}
func.func private @gather_t90(!dlk_tile.mem<4x8xf16, #dlk_tile.layout<[4:8], [8:1]>, global, #dlk.gather<[4], [4], affine_map<(a, b) -> (a, b)>>>)

// Stages that hold other buffers than the ring: bytes and places follow from the
// slot. Threads read them, so a warpgroup meets before it releases one.
// RUN: dlk-opt %s --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-materialize-barriers,canonicalize))' --allow-unregistered-dialect | FileCheck %s

!g = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!m = !dlk_tile.tmap<!g, [64, 64], swizzle 128>
!s = !dlk_tile.mem<128x64xbf16, #dlk_tile.layout<[128:64], [64:1], swizzle<3, 4, 3>>, shared>
!h = !dlk_tile.mem<64x64xbf16, #dlk_tile.layout<[64:64], [64:1], swizzle<3, 4, 3>>, shared>
!staging = !dlk_tile.mem<4x64x64xbf16, #dlk_tile.layout<[4:4096], [64:64], [64:1], swizzle<3, 4, 3>>, shared>
!ring = !dlk_tile.ring<2, !s, !s>
!slot = !dlk_tile.slot<!s, !s>
!other = !dlk_tile.slot<!h, !s>
!acc = !dlk_tile.frag<128x64xbf16, #dlk_tile.fragment<wgmma_acc, warps = [2, 1]>>

// CHECK-LABEL: dlk_tile.kernel @other_buffers
// CHECK: nvvm.mbarrier.arrive.expect_tx %{{.+}}, %c32768_i32
// CHECK: dlk_tile.view %{{.+}}[%{{.+}} + 0] {{.*}} to !bf16_128x64_shared
// CHECK: dlk_tile.view %{{.+}}[%{{.+}} + 16384] {{.*}} to !bf16_128x64_shared
// CHECK: nvvm.mbarrier.arrive.expect_tx %{{.+}}, %c24576_i32
// CHECK: dlk_tile.view %{{.+}}[%{{.+}} + 32768] {{.*}} to !bf16_64x64_shared
// CHECK: dlk_tile.view %{{.+}}[%{{.+}} + 40960] {{.*}} to !bf16_128x64_shared
// CHECK: } else {
// What products read they have waited for; what threads read they meet for.
// CHECK-NOT: nvvm.barrier
// CHECK: nvvm.mbarrier.arrive
// CHECK: dlk_tile.view %{{.+}}[%{{.+}} + 40960] {{.*}} to !bf16_128x64_shared
// CHECK: "test.read"
// CHECK: %[[GROUP:.+]] = nvvm.shfl.sync
// CHECK: %[[ID:.+]] = arith.addi %[[GROUP]], %c1_i32
// CHECK: nvvm.barrier id = %[[ID]] number_of_threads = %c128_i32
// CHECK: nvvm.mbarrier.arrive
dlk_tile.kernel @other_buffers(%a: !m) grid [4, 1, 1] warps 12 {
  %ring = dlk_tile.ring.create consumers 2 : !ring
  %t = nvvm.read.ptx.sreg.tid.x : i32
  %c256 = arith.constant 256 : i32
  %produces = arith.cmpi uge, %t, %c256 : i32
  %c0 = arith.constant 0 : index
  scf.if %produces {
    %w = dlk_tile.ring.acquire %ring : !ring -> !slot
    %va = dlk_tile.slot.view %w[0] : !slot -> !s
    dlk_tile.tma_load %a[%c0, %c0] to %va : !m to !s
    %vb = dlk_tile.slot.view %w[1] : !slot -> !s
    dlk_tile.tma_load %a[%c0, %c0] to %vb : !m to !s
    dlk_tile.ring.commit %ring, %w : !ring, !slot
    %o = dlk_tile.ring.acquire %ring : !ring -> !other
    %vo = dlk_tile.slot.view %o[0] : !other -> !h
    dlk_tile.tma_load %a[%c0, %c0] to %vo : !m to !h
    %vp = dlk_tile.slot.view %o[1] : !other -> !s
    dlk_tile.tma_load %a[%c0, %c0] to %vp : !m to !s
    dlk_tile.ring.commit %ring, %o : !ring, !other
  } else {
    %s = dlk_tile.ring.wait %ring : !ring -> !slot
    dlk_tile.ring.release %ring, %s : !ring, !slot
    %o = dlk_tile.ring.wait %ring : !ring -> !other
    %v = dlk_tile.slot.view %o[1] : !other -> !s
    "test.read"(%v) : (!s) -> ()
    dlk_tile.ring.release %ring, %o : !ring, !other
  }
}

// A store by TMA has met already.
// CHECK-LABEL: dlk_tile.kernel @stored
// CHECK: } else {
// CHECK: "test.read"
// CHECK-NOT: nvvm.barrier
// CHECK: dlk_tile.tma_store
// CHECK-NOT: nvvm.barrier
// CHECK: nvvm.mbarrier.arrive
// CHECK-NOT: nvvm.barrier
// CHECK: nvvm.mbarrier.arrive
dlk_tile.kernel @stored(%a: !m) grid [4, 1, 1] warps 12 {
  %staging = dlk_tile.alloc : !staging
  %ring = dlk_tile.ring.create consumers 2 : !ring
  %t = nvvm.read.ptx.sreg.tid.x : i32
  %c256 = arith.constant 256 : i32
  %produces = arith.cmpi uge, %t, %c256 : i32
  %c0 = arith.constant 0 : index
  scf.if %produces {
    %w = dlk_tile.ring.acquire %ring : !ring -> !other
    dlk_tile.ring.commit %ring, %w : !ring, !other
  } else {
    %s = dlk_tile.ring.wait %ring : !ring -> !other
    %v = dlk_tile.slot.view %s[0] : !other -> !h
    %o = dlk_tile.ring.wait %ring : !ring -> !other
    %p = dlk_tile.slot.view %o[0] : !other -> !h
    %e = "test.read"(%v, %p) : (!h, !h) -> !acc
    dlk_tile.tma_store %e to %a[%c0, %c0] staging %staging : !acc to !m staging !staging
    dlk_tile.ring.release %ring, %s : !ring, !other
    dlk_tile.ring.release %ring, %o : !ring, !other
  }
}

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""tensormap.replace: a tensor map made on the device, field by field, published with
cp_fenceproxy and used by a copy whose box sticks out on two sides."""

import numpy as np

from .. import data
from ..case import Case, Output
from ..kernel import entry

ROWS, COLUMNS = 16, 32
BOX_ROWS, BOX_COLUMNS = 8, 16
ROW, COLUMN = -2, 24

BODY = f"""
mov.b32 image, smem;
mov.b32 bar, smem;
add.u32 bar, bar, 128;
mov.b32 tile, smem;
add.u32 tile, tile, 1024;
mov.b64 at, MAP;
cvta.global.u64 at, at;
cvta.to.global.u64 place, at;
mad.lo.u32 word, tid, 4, image;
st.shared.b32 [word], 0;
bar.warp.sync -1;
setp.ne.u32 other, tid, 0;
cvt.u64.u32 wide, image;
@other bra MADE;
tensormap.replace.tile.global_address.shared::cta.b1024.b64 [wide], in_a;
tensormap.replace.tile.rank.shared::cta.b1024.b32 [wide], 1;
tensormap.replace.tile.box_dim.shared::cta.b1024.b32 [wide], 0, {BOX_COLUMNS};
tensormap.replace.tile.box_dim.shared::cta.b1024.b32 [wide], 1, {BOX_ROWS};
tensormap.replace.tile.global_dim.shared::cta.b1024.b32 [wide], 0, {COLUMNS};
tensormap.replace.tile.global_dim.shared::cta.b1024.b32 [wide], 1, {ROWS};
mov.b64 stride, {COLUMNS * 4};
tensormap.replace.tile.global_stride.shared::cta.b1024.b64 [wide], 0, stride;
tensormap.replace.tile.element_stride.shared::cta.b1024.b32 [wide], 0, 1;
tensormap.replace.tile.element_stride.shared::cta.b1024.b32 [wide], 1, 1;
tensormap.replace.tile.elemtype.shared::cta.b1024.b32 [wide], ELEMENT;
tensormap.replace.tile.interleave_layout.shared::cta.b1024.b32 [wide], 0;
tensormap.replace.tile.swizzle_mode.shared::cta.b1024.b32 [wide], 0;
tensormap.replace.tile.fill_mode.shared::cta.b1024.b32 [wide], FILL;
mbarrier.init.shared.b64 [bar], 1;
fence.proxy.async.shared::cta;
MADE:
bar.warp.sync -1;
tensormap.cp_fenceproxy.global.shared::cta.tensormap::generic.release.gpu.sync.aligned [place], [wide], 128;
fence.proxy.tensormap::generic.acquire.gpu [at], 128;
@other bra WAIT;
mbarrier.arrive.expect_tx.shared.b64 state, [bar], {BOX_ROWS * BOX_COLUMNS * 4};
mov.b32 row, {ROW};
mov.b32 column, {COLUMN};
cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [tile], [at, {{column, row}}], [bar];
WAIT:
mbarrier.try_wait.parity.shared.b64 done, [bar], 0;
@!done bra WAIT;
mad.lo.u32 word, tid, 16, tile;
ld.shared.v4.b32 {{x0, x1, x2, x3}}, [word];
mad.wide.u32 place, tid, 16, out;
st.global.v4.b32 [place], {{x0, x1, x2, x3}};
"""
REGISTERS = [("pred", "other, done"), ("b64", "at, place, wide, stride, state"),
             ("b32", "image, bar, tile, word, row, column, x0, x1, x2, x3")]


def _case(name, element, fill, empty):
    def expected(inputs):
        given = inputs["a"].reshape(ROWS, COLUMNS)
        found = np.full((BOX_ROWS, BOX_COLUMNS), empty, np.uint32)
        found[-ROW:, :COLUMNS - COLUMN] = given[:BOX_ROWS + ROW, COLUMN:]
        return found.ravel()
    place = "replaced_" + name.replace("-", "_")  # all cases may share a module
    body = BODY.replace("MAP", place).replace("ELEMENT", str(element)).replace("FILL", str(fill))
    text = f".global .align 128 .b8 {place}[128];\n" + entry(["a"], [], REGISTERS, body, shared=2048)
    return Case(f"tma/replace-{name}", text,
                lambda: {"a": data.random_bits(f"tma/replace-{name}", ROWS * COLUMNS, 32)},
                [Output("box", "u32", BOX_ROWS * BOX_COLUMNS, reference=expected)], chip="sm_90a")


def cases():
    """By types, whose numbers are not those of the driver's interface, and fills."""
    yield _case("u32", 2, 0, 0)
    yield _case("f32", 7, 0, 0)
    yield _case("f32-nan", 7, 1, 0x7FFFFFFF)
    yield _case("s32", 3, 0, 0)

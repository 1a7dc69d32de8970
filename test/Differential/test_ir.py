# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random LLVM IR gives the same bits through x86 and through PTX and the executor
(scripts/fuzz-ir runs more of it), and a wrong instruction would be noticed."""

import pytest
from compare import LLVM, Comparison, Differs

pytestmark = pytest.mark.skipif(not (LLVM / "llc").exists(), reason="no llc of LLVM 22")


@pytest.mark.parametrize("chip", ["sm_80", "sm_90"])
@pytest.mark.parametrize("first", range(0, 60, 10))
def test_same_bits(dlk_run, tmp_path, first, chip):
    Comparison(dlk_run, tmp_path, range(first, first + 10), size=80, chip=chip).check_all()


@pytest.mark.parametrize("right, wrong", [("xor.b64", "or.b64"), ("shf.l", "shf.r"),
                                          ("add.rn.f64", "sub.rn.f64")])
def test_notices_a_wrong_instruction(dlk_run, tmp_path, right, wrong):
    comparison = Comparison(dlk_run, tmp_path, range(10))
    ptx = tmp_path / "device.ptx"
    text = ptx.read_text()
    assert right in text
    ptx.write_text(text.replace(right, wrong))
    with pytest.raises(Differs):
        comparison.check_all()

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares two results of a case, output by output.

equal: every bit. within: only NaNs of other bits, or numbers inside the
documented error. differs: anything else, with the first element that does.
"""

import dataclasses

import numpy as np

from . import numbers, results

ORDER = ["fact", "equal", "within", "differs"]


@dataclasses.dataclass
class Verdict:
    """`word` is one of ORDER; `text` names the first difference."""
    case: str
    output: str
    word: str
    unequal: int = 0
    count: int = 0
    text: str = ""


def _within(output, inputs, mine, theirs):
    """Which elements are equal up to the error that the output allows."""
    if not numbers.is_float(output.form):
        return mine == theirs
    a, b = numbers.decode(mine, output.form), numbers.decode(theirs, output.form)
    with np.errstate(invalid="ignore", over="ignore"):
        fine = (np.isnan(a) & np.isnan(b))
        if output.tolerance is not None:
            allowed = output.tolerance(inputs, a)
            fine |= np.abs(a - b) <= allowed
            fine |= np.isinf(allowed)
    packed = len(a) // len(mine)
    fine = fine | (a.view(np.uint64) == b.view(np.uint64))
    return (mine == theirs) | fine.reshape(-1, packed).all(axis=1)


def _describe(case, output, inputs, mine, theirs, index, step):
    text = (f"element {index * step}: {int(mine[index]):#x} here, "
            f"{int(theirs[index]):#x} stored")
    if numbers.is_float(output.form):
        one = [numbers.decode(v[index:index + 1], output.form) for v in (mine, theirs)]
        text += f" ({' '.join(map(str, one[0]))} and {' '.join(map(str, one[1]))})"
    if case.labels:
        text += f"; {case.labels(inputs, output, index * step)}"
    return text


def compare(case, output, inputs, mine, theirs, step=1):
    """A verdict on two arrays of bits, which may be every step-th element."""
    verdict = Verdict(case.name, output.name, "equal", count=len(mine))
    if output.fact:
        verdict.word = "fact"
        verdict.text = " ".join(hex(int(v)) for v in theirs[:16])
        return verdict
    unequal = np.flatnonzero(mine != theirs)
    verdict.unequal = len(unequal)
    if not verdict.unequal:
        return verdict
    wrong = np.flatnonzero(~_within(output, inputs, mine, theirs))
    verdict.word = "differs" if len(wrong) else "within"
    first = int(wrong[0] if len(wrong) else unequal[0])
    verdict.text = _describe(case, output, inputs, mine, theirs, first, step)
    return verdict


def compare_stored(case, output, inputs, mine, stored):
    """A verdict on an array of bits and what was stored of an output."""
    if isinstance(stored, str):
        theirs = results.unpack(stored, output.dtype)
        if len(theirs) != len(mine):
            return Verdict(case.name, output.name, "differs", text="another length")
        return compare(case, output, inputs, mine, theirs)
    blocks, step = output.parts
    verdict = compare(case, sampled(output, step), inputs, mine[::step],
                      results.unpack(stored["samples"], output.dtype), step)
    other = [i for i, pair in enumerate(zip(results.block_hashes(mine, blocks),
                                            stored["hashes"])) if pair[0] != pair[1]]
    if other and verdict.word == "equal":
        verdict.word = "differs" if output.tolerance is None else "within"
    if other:
        first = sum(len(b) for b in np.array_split(mine, blocks)[:other[0]])
        verdict.text += (f"; {len(other)} of {blocks} blocks, the first at element {first}")
        if case.labels:
            verdict.text += f" ({case.labels(inputs, output, first)})"
    return verdict


def sampled(output, step):
    """The output as if it had only every step-th element."""
    def tolerance(inputs, value):
        packed = numbers.WIDTH_FACTOR.get(output.form, 1)
        whole = np.zeros((output.count, packed))
        whole[::step] = value.reshape(-1, packed)
        granted = np.broadcast_to(output.tolerance(inputs, whole.ravel()), whole.size)
        return granted.reshape(-1, packed)[::step].ravel()
    return dataclasses.replace(output, parts=None,
                               tolerance=output.tolerance and tolerance)

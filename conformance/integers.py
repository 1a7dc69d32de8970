# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Integer instructions on Python's whole numbers, one element at a time, written
from the formulas of the PTX ISA."""

import re

import numpy as np


def _signed(value, bits):
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def _clamped(value, bits):
    return max(-(1 << bits - 1), min((1 << bits - 1) - 1, value))


def _quotient(a, b):
    return -1 if b == 0 else abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def _remainder(a, b):
    return a if b == 0 else a - b * _quotient(a, b)


def _field(a, position, length, bits, signed):
    """bfe."""
    position, length, raw = position & 255, length & 255, a & ((1 << bits) - 1)
    last = min(position + length - 1, bits - 1)
    sign = raw >> last & 1 if signed and length else 0
    found = 0
    for i in range(bits):
        inside = i < length and position + i < bits
        found |= (raw >> (position + i) & 1 if inside else sign) << i
    return found


def _insert(a, b, position, length, bits):
    """bfi: a into b."""
    for i in range(length & 255):
        at = (position & 255) + i
        if at < bits:
            b = b & ~(1 << at) | (a >> i & 1) << at
    return b


def _permute(a, b, selector, mode):
    """prmt."""
    source = [(a | b << 32) >> 8 * i & 255 for i in range(8)]
    low = selector & 3
    if mode == "":
        nibbles = [selector >> 4 * i & 15 for i in range(4)]
        chosen = [source[n & 7] if n < 8 else 255 * (source[n & 7] >> 7) for n in nibbles]
    else:
        places = {"f4e": [low + i for i in range(4)], "b4e": [(low - i) % 8 for i in range(4)],
                  "rc8": [low] * 4, "ecl": [max(i, low) for i in range(4)],
                  "ecr": [min(i, low) for i in range(4)],
                  "rc16": [2 * (selector & 1) + i % 2 for i in range(4)]}[mode]
        chosen = [source[p] for p in places]
    return sum(byte << 8 * i for i, byte in enumerate(chosen))


def _dot(a, b, c, words, lanes):
    """dp4a and dp2a."""
    width = 8 if lanes == 4 else 16
    first, second = words[-2][0] == "s", words[-1][0] == "s"
    total = c
    for i in range(lanes):
        x = a >> width * i & ((1 << width) - 1)
        y = b >> 8 * (i + (2 if "hi" in words else 0)) & 255
        total += (_signed(x, width) if first else x) * (_signed(y, 8) if second else y)
    return total


def _nth_set(mask, base, offset):
    """fns."""
    if base > 31:
        return None
    offset = _signed(offset, 32)
    if offset == 0:
        return base if mask >> base & 1 else 0xFFFFFFFF
    walk = range(base, 32) if offset > 0 else range(base, -1, -1)
    hits = [i for i in walk if mask >> i & 1]
    return hits[abs(offset) - 1] if abs(offset) <= len(hits) else 0xFFFFFFFF


def _shifted(op, words, a, b, bits, raw):
    b &= 0xFFFFFFFF
    if op == "shl":
        return raw << b if b < bits else 0
    if words[0][0] == "s":
        return a >> min(b, bits - 1)
    return raw >> b if b < bits else 0


def _funnel(words, low, high, count):
    """shf."""
    count = min(count, 32) if words[1] == "clamp" else count & 31
    whole = high << 32 | low
    return whole << count >> 32 if words[0] == "l" else whole >> count


def _count(op, words, raw, bits):
    if op == "popc":
        return bin(raw).count("1")
    if op == "clz":
        return bits - raw.bit_length()
    if words[-1][0] == "s" and raw >> (bits - 1):
        raw ^= (1 << bits) - 1
    place = raw.bit_length() - 1
    return bits - 1 - place if "shiftamt" in words and place >= 0 else place


def _product(words, x, y, bits):
    if "wide" in words:
        return x * y
    return x * y >> bits if "hi" in words else x * y


def _arithmetic(op, words, v, raw, bits):
    """What has a one-line formula; `v` with sign, `raw` without."""
    a, b, c = (list(v) + [0, 0])[:3]
    table = {
        "add": lambda: a + b, "sub": lambda: a - b, "div": lambda: _quotient(a, b),
        "rem": lambda: _remainder(a, b), "abs": lambda: abs(a), "neg": lambda: -a,
        "min": lambda: min(a, b), "max": lambda: max(a, b), "sad": lambda: c + abs(a - b),
        "and": lambda: a & b, "or": lambda: a | b, "xor": lambda: a ^ b, "not": lambda: ~a,
        "cnot": lambda: int(raw[0] == 0), "mul": lambda: _product(words, a, b, bits),
        "mad": lambda: _product(words, a, b, bits) + c,
        "brev": lambda: int(f"{raw[0]:0{bits}b}"[::-1], 2),
    }
    return table[op]() if op in table else None


def _twenty_four(words, v, raw):
    x, y = (_signed(r, 24) if words[-1][0] == "s" else r & 0xFFFFFF for r in raw[:2])
    return (x * y >> (16 if "hi" in words else 0)) + (v[2] if len(v) > 2 else 0)


def _masks(op, words, a, b):
    """szext and bmsk."""
    if op == "bmsk":
        start, length = (a & 31, b & 31) if words[0] == "wrap" else (a, b)
        return ((1 << min(length, 32)) - 1) << start if start < 32 else 0
    count = b & 31 if words[0] == "wrap" else min(b, 32)
    if count == 0:
        return 0
    kept = a & ((1 << count) - 1)
    return _signed(kept, count) if words[-1][0] == "s" else kept


def _video_lane(op, words, a, b):
    """The SIMD video instructions on one pair of bytes or halfwords."""
    return {"add": lambda: a + b, "sub": lambda: a - b, "min": lambda: min(a, b),
            "max": lambda: max(a, b), "absdiff": lambda: abs(a - b),
            "avrg": lambda: a + b + (a + b >= 0) >> 1,
            "set": lambda: int({"eq": a == b, "ne": a != b, "lt": a < b, "le": a <= b,
                                "gt": a > b, "ge": a >= b}[words[2]])}[op]()


def _video(op, words, raw):
    """vadd4 and its kin: the lanes packed, or their sum and the third source."""
    width, kinds = 32 // int(op[-1]), [w[0] for w in words if w in ("u32", "s32")]
    packed, total = 0, raw[2]
    for at in range(0, 32, width):
        lanes = [r >> at & (1 << width) - 1 for r in raw]
        a, b = (_signed(x, width) if kind == "s" else x for x, kind in zip(lanes, kinds[-2:]))
        value = _video_lane(op[1:-1], words, a, b)
        if "sat" in words:
            low = -(1 << width - 1) if kinds[0] == "s" else 0
            value = max(low, min(low + (1 << width) - 1, value))
        total += value
        packed |= (value & (1 << width) - 1) << at
    return total if "add" in words else packed


def evaluate(op, words, raw):
    """The result of one element as a whole number, or None."""
    if re.fullmatch(r"v[a-z]+[24]", op):
        return _video(op, words, raw)
    kind = words[-1]
    bits = int(re.sub(r"\D", "", kind) or 32)
    if kind.endswith("x2"):
        halves = [evaluate(op, words[:-1] + [kind[0] + "16"], [r >> s & 0xFFFF for r in raw])
                  for s in (0, 16)]
        return halves[0] & 0xFFFF | (halves[1] & 0xFFFF) << 16
    v = [_signed(r, bits) if kind[0] == "s" else r for r in raw]
    if "wide" in words and len(v) > 2:
        v[2] = raw[2]
    if op in ("shl", "shr"):
        return _shifted(op, words, v[0], raw[1], bits, raw[0])
    special = {
        "bfe": lambda: _field(raw[0], raw[1], raw[2], bits, kind[0] == "s"),
        "prmt": lambda: _permute(*raw[:3], words[1] if len(words) > 1 else ""),
        "shf": lambda: _funnel(words, *raw[:3]), "fns": lambda: _nth_set(*raw[:3]),
        "dp4a": lambda: _dot(*raw[:2], v[2], words, 4),
        "dp2a": lambda: _dot(*raw[:2], v[2], words, 2),
        "popc": lambda: _count(op, words, raw[0], bits),
        "clz": lambda: _count(op, words, raw[0], bits),
        "bfind": lambda: _count(op, words, raw[0], bits),
        "mul24": lambda: _twenty_four(words, v, raw), "mad24": lambda: _twenty_four(words, v, raw),
        "szext": lambda: _masks(op, words, *raw[:2]), "bmsk": lambda: _masks(op, words, *raw[:2]),
        "lop3": lambda: sum((raw[3] >> (raw[0] >> i & 1) * 4 + (raw[1] >> i & 1) * 2 +
                             (raw[2] >> i & 1) & 1) << i for i in range(32)),
    }
    value = special[op]() if op in special else _arithmetic(op, words, v, raw, bits)
    if value is not None and "sat" in words:
        value = _clamped(value, bits)
    return max(value, 0) if value is not None and "relu" in words else value


def reference(form, *operands):
    """What a form gives for arrays of operands, or None if it is not known here."""
    statements = [s for s in form.split(";") if s.strip()]
    opcode, *arguments = re.split(r"[ ,]+", statements[0].strip())
    op, *words = opcode.split(".")
    if len(statements) != 1 or op == "set" or "cc" in words:
        return None
    given = {"a": 0, "b": 1, "c": 2}
    columns = [o.tolist() for o in operands]
    found = []
    for row in zip(*columns):
        raw = [row[given[x]] if x in given else int(x, 0) for x in arguments[1:]]
        value = evaluate(op, words, raw)
        if value is None:
            return None
        found.append(value & (2**64 - 1))
    return np.array(found, np.uint64)

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Faults to put into PTX: each mutator finds its places in one statement and says
what the statement becomes. A fault is one that a programmer or a compiler makes:
a wait that is too short, a barrier left out, a count, a bit of a swizzle or of a
descriptor, fragments exchanged, a predicate inverted, a bound off by one."""

import re
from dataclasses import dataclass

MUTATORS = {}


@dataclass(frozen=True)
class Mutant:
    """One changed line of a kernel's PTX."""
    line: int  # from 1
    mutator: str
    before: str
    after: str

    def apply(self, lines):
        changed = list(lines)
        changed[self.line - 1] = self.after
        return "\n".join(changed) + "\n"


def mutator(name):
    """Registers a function from a statement to its faulty forms."""
    def register(function):
        MUTATORS[name] = function
        return function
    return register


def drop(pattern):
    """A mutator that leaves out statements that match."""
    def apply(text):
        if re.search(rf"(^|\s){pattern}", text) and text.rstrip().endswith(";"):
            yield re.sub(rf"(@!?%\w+\s+)?{pattern}[^;]*;", "", text)
    return apply


def change_numbers(pattern, *edits):
    """A mutator that changes the number that group 1 of `pattern` matches."""
    def apply(text):
        for match in re.finditer(pattern, text):
            number = int(match.group(1), 0)
            for edit in edits:
                new = edit(number)
                if new is not None and new != number:
                    yield text[:match.start(1)] + str(new) + text[match.end(1):]
    return apply


def swap(pattern, first, second):
    """A mutator that exchanges two groups of `pattern`."""
    def apply(text):
        for match in re.finditer(pattern, text):
            a, b = sorted((match.span(first), match.span(second)))
            if text[a[0]:a[1]] != text[b[0]:b[1]]:
                yield (text[:a[0]] + text[b[0]:b[1]] + text[a[1]:b[0]] + text[a[0]:a[1]]
                       + text[b[1]:])
    return apply


def register_all(table):
    for name, function in table.items():
        MUTATORS[name] = function


register_all({
    "wait dropped": drop(r"(cp\.async\.(bulk\.)?wait_\w+|wgmma\.wait_group|barrier\.cluster\.wait)"),
    "wait for a group less": change_numbers(
        r"(?:cp\.async\.wait_group|cp\.async\.bulk\.wait_group(?:\.read)?|"
        r"wgmma\.wait_group\.sync\.aligned)\s+(\d+)", lambda n: n + 1),
    "commit dropped": drop(r"(cp\.async\.(bulk\.)?commit_group|wgmma\.commit_group)"),
    "barrier dropped": drop(r"(bar\.|barrier\.(?!cluster\.wait))"),
    "barrier id": change_numbers(r"bar(?:rier)?\.(?:cta\.)?(?:sync|arrive)\S*\s+(\d+)",
                                 lambda n: n + 2),
    "barrier count": change_numbers(
        r"bar(?:rier)?\.(?:cta\.)?(?:sync|arrive)\S*\s+\d+,\s*(\d+)",
        lambda n: n + 32, lambda n: n - 32 if n > 32 else None),
    "mbarrier count": change_numbers(r"mbarrier\.init\S*\s+\[[^]]*\],\s*(\d+)",
                                     lambda n: n + 1, lambda n: n - 1 if n > 1 else None),
    "expected bytes": change_numbers(r"expect_tx\S*\s+[^;]*,\s*(\d+);", lambda n: n + 16,
                                     lambda n: n - 16, lambda n: n // 2, lambda n: n * 2),
    "bytes of a bulk copy": change_numbers(r"cp\.async\.bulk\.[^;]*\],\s*(\d+)[,;]",
                                           lambda n: n - 16, lambda n: n // 2),
    "arrive dropped": drop(r"mbarrier\.arrive"),
    "mbarrier init dropped": drop(r"mbarrier\.init"),
    "wait polls once": lambda text: (
        [re.sub(r"@!?%\w+\s+bra\s+[^;]*;", "", text)]
        if re.search(r"@!%\w+\s+bra\s+\$?\w*(wait|WAIT|landed|free|consume)", text) else []),
    "fence dropped": drop(r"(fence\.|membar|wgmma\.fence)"),
    "copy dropped": drop(r"cp\.async\.(c[ag]|bulk\.(tensor|shared|global))"),
    "copy of half the bytes": lambda text: (
        [re.sub(r"\], 16\b", "], 8", text)]
        if re.search(r"cp\.async\.ca\S* .*\], 16\b", text) else []),
    "product dropped": drop(r"(mma\.sync|wgmma\.mma_async)"),
    "transposition": lambda text: (
        [text.replace(".trans", "", 1)] if re.search(r"(ld|st)matrix\S*\.trans", text) else
        [re.sub(r"((ld|st)matrix\S*?\.x\d)", r"\1.trans", text)]
        if re.search(r"(ld|st)matrix", text) else []),
    "fragments exchanged": swap(r"mma\.sync\S*\s*\{[^}]*\},\s*\{(%\w+), (%\w+)", 1, 2),
    "fragments of B exchanged": swap(
        r"mma\.sync\S*\s*\{[^}]*\},\s*\{[^}]*\},\s*\{(%\w+), (%\w+)", 1, 2),
    "sums exchanged": swap(r"mma\.sync\S*\s*\{(%\w+), (%\w+)", 1, 2),
    "matrices exchanged": swap(r"(?:ld|st)matrix[^{]*\{(%\w+), (%\w+)", 1, 2),
    "predicate inverted": lambda text: (
        [re.sub(r"^(\s*)@!?", lambda m: m.group(1) + ("@" if "@!" in text else "@!"), text, count=1)]
        if re.match(r"\s*@!?%", text) else []),
    "predicate dropped": lambda text: (
        [re.sub(r"^(\s*)@!?%\w+\s+", r"\1", text)] if re.match(r"\s*@!?%", text) else []),
    "store dropped": drop(r"(st\.|red\.|stmatrix)"),
})

COMPARISONS = {"lt": "le", "le": "lt", "gt": "ge", "ge": "gt", "eq": "ne", "ne": "eq",
               "lo": "ls", "ls": "lo", "hi": "hs", "hs": "hi"}


@mutator("comparison")
def change_comparison(text):
    """A bound off by one, or a test inverted."""
    match = re.search(r"setp\.(\w+)\.", text)
    if match and match.group(1) in COMPARISONS:
        yield text[:match.start(1)] + COMPARISONS[match.group(1)] + text[match.end(1):]


@mutator("bound")
def change_bound(text):
    """The constant of a comparison, off by one."""
    match = re.search(r"setp\.[^;]*,\s*(-?\d+);", text)
    if match:
        for number in (int(match.group(1)) + 1, int(match.group(1)) - 1):
            if number >= 0 or int(match.group(1)) < 0:
                yield text[:match.start(1)] + str(number) + text[match.end(1):]


@mutator("address offset")
def change_offset(text):
    """The displacement of an access: 16 bytes further."""
    for match in re.finditer(r"\[(%\w+)(?:\+(-?\d+))?\]", text):
        offset = int(match.group(2) or 0) + 16
        yield f"{text[:match.start()]}[{match.group(1)}+{offset}]{text[match.end():]}"


@mutator("constant of address arithmetic")
def change_constant(text):
    """A shift, a mask, a swizzle's xor, a stride."""
    match = re.match(r"\s*(?:shl|shr|and|or|xor|add|sub|mul|mad|lop3|bfe|bfi)\.[^;]*?, "
                     r"(-?(?:0x[0-9a-fA-F]+|\d+))(?:, %\w+|, 0x\w+)?;", text)
    if not match:
        return
    number = int(match.group(1), 0)
    for new in (number + 1, number * 2 if number > 1 else None):
        if new is not None:
            yield text[:match.start(1)] + str(new) + text[match.end(1):]


@mutator("descriptor bit")
def change_descriptor(text):
    """One bit of each field of a matrix descriptor's constant."""
    match = re.match(r"\s*(?:or|mov|add|xor)\.[bu]64 [^;]*?(0x[0-9A-Fa-f]{13,16}|-?\d{16,20});", text)
    if not match:
        return
    number = int(match.group(1), 0) & (2**64 - 1)
    for bit in (32, 38, 62, 63):
        yield text[:match.start(1)] + hex(number ^ (1 << bit)) + text[match.end(1):]


def body_of(lines, entry):
    """First and last line of a kernel's body, from 1."""
    start = next(i for i, text in enumerate(lines)
                 if re.search(rf"\.entry\s+{re.escape(entry)}\b", text))
    end = next((i for i in range(start + 1, len(lines))
                if re.match(r"\s*\.(visible|entry|func|weak|extern|global)\b", lines[i])),
               len(lines))
    return start + 1, end


def mutate(lines, entry, only=None):
    """All mutants of a kernel, in the order of its lines."""
    first, last = body_of(lines, entry)
    for number, text in enumerate(lines[first - 1:last], first):
        code = text.split("//")[0]
        if not re.search(r";\s*$", code) or re.match(r"\s*\.", code):
            continue
        for name, function in MUTATORS.items():
            if only and name not in only:
                continue
            for after in function(code):
                yield Mutant(number, name, text.strip(), after)

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Does a fault ever make a difference? For a fault in an instruction that only
computes, a probe runs the faulty instruction beside the right one, into a register
of its own, and traps where the two results differ. A fault whose probe never
traps changes nothing in these runs, so nothing could catch it in them."""

import re

DECLARATION = re.compile(r"\.reg\s+\.(\w+)\s+([^;]*);")
STATEMENT = re.compile(r"(\s*(?:@!?%\w+\s+)?)(\S+)(\s+)(%\w+)(,.*)", re.S)


def register_types(lines):
    """{"%r": "b32", ...}: the type of each register or family of registers."""
    types = {}
    for line in lines:
        for kind, names in DECLARATION.findall(line):
            for name in names.split(","):
                types[name.split("<")[0].strip()] = kind
    return types


def type_of(register, types):
    """The type of %r12, declared as %r12 or as %r<N>; None if neither is."""
    return types.get(register) or types.get(re.sub(r"\d+$", "", register))


def reached(lines, mutant):
    """The PTX with a trap at the mutant's line, under the statement's guard."""
    guard = re.match(r"\s*(@!?%\w+)?", lines[mutant.line - 1]).group(1) or ""
    if mutant.mutator.startswith("predicate"):
        guard = ""
    return "\n".join([*lines[:mutant.line - 1], f"{guard} trap;", *lines[mutant.line - 1:]]) + "\n"


def parse(lines, mutant):
    """Guard, opcode, space, destination, the rest and the destination's type of
    a mutant that only computes, or None."""
    match = STATEMENT.fullmatch(mutant.after)
    if not match or not re.match(r"(setp|shl|shr|and|or|xor|add|sub|mul|mad|lop3|bfe|bfi)\.",
                                 match.group(2)):
        return None
    return *match.groups(), type_of(match.group(4), register_types(lines))


def junk(lines, mutant):
    """The PTX with a senseless result in place of the mutant's, or None. If that
    is not noticed, these runs do not use the result."""
    parts = parse(lines, mutant)
    if parts is None or not re.fullmatch(r"[bus](32|64)", parts[5] or ""):
        return None
    return "\n".join([*lines[:mutant.line - 1], f"mov.b{parts[5][1:]} {parts[3]}, 0x5bd1e995;",
                      *lines[mutant.line:]]) + "\n"


def build(lines, mutant):
    """The PTX with the probe in place of the mutant's line, or None if the
    statement is none that only computes. A predicate that always holds may be
    left out: there the probe traps where it does not."""
    dropped = re.match(r"\s*@(!?)(%\w+)\s", mutant.before)
    if mutant.mutator == "predicate dropped" and dropped:
        opposite = "@" + ("" if dropped.group(1) else "!") + dropped.group(2)
        return "\n".join([*lines[:mutant.line - 1], f"{opposite} trap;",
                          *lines[mutant.line - 1:]]) + "\n"
    parts = parse(lines, mutant)
    if parts is None:
        return None
    guard, opcode, space, register, rest, kind = parts
    if kind == "pred":
        compare = f"xor.pred %differs, {register}, %probe;"
    elif kind and re.fullmatch(r"[bus](16|32|64)", kind):
        compare = f"setp.ne.u{kind[1:]} %differs, {register}, %probe;"
    else:
        return None
    guard = guard.strip()
    skip = ["@" + (guard[2:] if guard.startswith("@!") else "!" + guard[1:]) + " bra same;"]
    probed = ["{", f".reg .{kind} %probe;", ".reg .pred %differs;",
              f"{guard} {opcode}{space}%probe{rest}", lines[mutant.line - 1],
              *(skip if guard else []), compare, "@%differs trap;", "same:", "}"]
    return "\n".join(lines[:mutant.line - 1] + probed + lines[mutant.line:]) + "\n"

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random LLVM IR functions without undefined behaviour, whose results are the
same bits on any target: shifts are masked, divisors are made positive, NaNs are
made canonical before their bits can be seen, a zero's sign before a minimum."""

import random

INTS = ["i8", "i16", "i32", "i64"]
WIDE = ["i128", "i24", "i1"]
FLOATS = ["half", "bfloat", "float", "double"]
VECTORS = ["<2 x half>", "<2 x i16>", "<4 x i8>", "<2 x float>", "<2 x i32>"]
BITS = {"i1": 1, "i8": 8, "i16": 16, "i24": 24, "i32": 32, "i64": 64, "i128": 128,
        "half": 16, "bfloat": 16, "float": 32, "double": 64}
NAN = {"half": "0xH7E00", "bfloat": "0xR7FC0", "float": "0x7FF8000000000000",
       "double": "0x7FF8000000000000"}
WORDS_IN, WORDS_OUT = 8, 8  # of 64 bits, per thread
SUFFIX = {"half": "f16", "bfloat": "bf16", "float": "f32", "double": "f64"}


def suffix(kind):
    """As in the name of an intrinsic: v2f16."""
    if kind.startswith("<"):
        count, _, element = kind[1:-1].split()
        return f"v{count}{SUFFIX.get(element, element)}"
    return SUFFIX.get(kind, kind)


def element_of(kind):
    return kind[1:-1].split()[2] if kind.startswith("<") else kind


class Function:
    """One random function: text grows line by line, values by type."""

    def __init__(self, name, seed, size):
        self.name, self.random, self.size = name, random.Random(seed), size
        self.lines, self.values, self.count, self.blocks = [], {}, 0, 0
        self.intrinsics = set()

    # Text.

    def fresh(self):
        self.count += 1
        return f"%v{self.count}"

    def emit(self, text, kind):
        """A new value of a type, also put among those to choose from."""
        name = self.fresh()
        self.lines.append(f"  {name} = {text}")
        self.values.setdefault(kind, []).append(name)
        return name

    def call(self, intrinsic, kind, arguments):
        """arguments: (type, value) each."""
        self.intrinsics.add((intrinsic, kind, tuple(t for t, _ in arguments)))
        text = ", ".join(f"{t} {v}" for t, v in arguments)
        return self.emit(f"call {kind} @{intrinsic}({text})", kind)

    def any(self, kind):
        """A value of the type, mostly a late one, or a constant."""
        known = self.values.get(kind)
        if known and self.random.random() < 0.9:
            return self.random.choice(known[-6:] if self.random.random() < 0.7 else known)
        return self.constant(kind)

    def constant(self, kind):
        if kind.startswith("<"):
            element = element_of(kind)
            count = int(kind[1:-1].split()[0])
            return "<" + ", ".join(f"{element} {self.constant(element)}"
                                   for _ in range(count)) + ">"
        if kind in FLOATS:
            return self.random.choice(["0.0", "1.0", "-2.0", "0.5", "-0.0", "4.0"])
        bits = BITS[kind]
        special = [0, 1, -1, 2**(bits - 1) - 1, -2**(bits - 1), 3]
        value = self.random.choice(special + [self.random.getrandbits(bits) - 2**(bits - 1)] * 3)
        return str(value if bits > 1 else value & 1)

    def some_int(self):
        return self.random.choice(INTS * 4 + WIDE[:2])

    # Making bits safe to look at.

    def calm(self, kind, value):
        """The value, with one NaN for all."""
        flag = self.emit(f"fcmp uno {kind} {value}, {value}",
                         "i1" if not kind.startswith("<") else f"<{kind[1]} x i1>")
        if kind.startswith("<"):
            nan = "<" + ", ".join([f"{element_of(kind)} {NAN[element_of(kind)]}"] * int(kind[1])) + ">"
            return self.emit(f"select <{kind[1]} x i1> {flag}, {kind} {nan}, {kind} {value}", kind)
        return self.emit(f"select i1 {flag}, {kind} {NAN[kind]}, {kind} {value}", kind)

    # Operations.

    def integer(self):
        kind = self.random.choice([self.some_int()] * 3 + ["<2 x i16>", "<4 x i8>", "<2 x i32>"])
        op = self.random.choice(["add", "sub", "mul", "and", "or", "xor"])
        self.emit(f"{op} {kind} {self.any(kind)}, {self.any(kind)}", kind)

    def shift(self):
        kind = self.some_int()
        bits = BITS[kind]
        count = self.emit(f"urem {kind} {self.any(kind)}, {bits if bits < 128 else 127}", kind)
        op = self.random.choice(["shl", "lshr", "ashr"])
        self.emit(f"{op} {kind} {self.any(kind)}, {count}", kind)

    def divide(self):
        kind = self.random.choice(INTS)
        positive = self.emit(f"and {kind} {self.any(kind)}, {2**(BITS[kind] - 1) - 1}", kind)
        divisor = self.emit(f"or {kind} {positive}, 1", kind)
        op = self.random.choice(["udiv", "urem", "sdiv", "srem"])
        self.emit(f"{op} {kind} {self.any(kind)}, {divisor}", kind)

    def bit_intrinsic(self):
        kind = self.random.choice(INTS)
        name = self.random.choice(["ctpop", "bitreverse", "ctlz", "cttz", "abs", "bswap", "fshl",
                                   "fshr"])
        if name == "bswap" and kind == "i8":
            kind = "i32"
        arguments = [(kind, self.any(kind))]
        if name in ("ctlz", "cttz", "abs"):
            arguments.append(("i1", "false"))
        if name in ("fshl", "fshr"):
            arguments += [(kind, self.any(kind)), (kind, self.any(kind))]
        self.call(f"llvm.{name}.{kind}", kind, arguments)

    def saturate(self):
        kind = self.random.choice(INTS + ["<2 x i16>"])
        name = self.random.choice(["smin", "smax", "umin", "umax", "uadd.sat", "sadd.sat",
                                   "usub.sat", "ssub.sat"])
        self.call(f"llvm.{name}.{suffix(kind)}", kind, [(kind, self.any(kind)), (kind, self.any(kind))])

    def overflow(self):
        kind = self.random.choice(INTS)
        name = self.random.choice(["sadd", "uadd", "ssub", "usub", "smul", "umul"])
        pair = f"{{{kind}, i1}}"
        both = self.call(f"llvm.{name}.with.overflow.{kind}", pair,
                         [(kind, self.any(kind)), (kind, self.any(kind))])
        self.emit(f"extractvalue {pair} {both}, 0", kind)
        self.emit(f"extractvalue {pair} {both}, 1", "i1")

    def resize(self):
        kinds = sorted(self.random.sample(INTS + WIDE, 2), key=BITS.get)
        if self.random.random() < 0.5:
            op = self.random.choice(["zext", "sext"])
            self.emit(f"{op} {kinds[0]} {self.any(kinds[0])} to {kinds[1]}", kinds[1])
        else:
            self.emit(f"trunc {kinds[1]} {self.any(kinds[1])} to {kinds[0]}", kinds[0])

    def compare(self):
        kind = self.some_int()
        op = self.random.choice("eq ne slt sle sgt sge ult ule ugt uge".split())
        self.emit(f"icmp {op} {kind} {self.any(kind)}, {self.any(kind)}", "i1")

    def compare_floats(self):
        kind = self.random.choice(FLOATS)
        op = self.random.choice("oeq ogt oge olt ole one ord ueq ugt uge ult ule une uno".split())
        self.emit(f"fcmp {op} {kind} {self.any(kind)}, {self.any(kind)}", "i1")

    def select(self):
        kind = self.random.choice(INTS + FLOATS + VECTORS + WIDE)
        self.emit(f"select i1 {self.any('i1')}, {kind} {self.any(kind)}, {kind} {self.any(kind)}",
                  kind)

    def floating(self):
        kind = self.random.choice(FLOATS * 2 + ["<2 x half>", "<2 x float>"])
        op = self.random.choice(["fadd", "fsub", "fmul", "fdiv"])
        if kind == "<2 x half>" and op == "fdiv":
            op = "fadd"
        self.emit(f"{op} {kind} {self.any(kind)}, {self.any(kind)}", kind)

    def float_unary(self):
        kind = self.random.choice(["float", "double"])
        name = self.random.choice(["fabs", "sqrt", "floor", "ceil", "trunc", "rint", "roundeven",
                                   "neg", "canonicalize"])
        value = self.any(kind)
        if name == "neg":
            self.emit(f"fneg {kind} {value}", kind)
        elif name != "canonicalize":
            self.call(f"llvm.{name}.{suffix(kind)}", kind, [(kind, value)])

    def multiply_add(self):
        kind = self.random.choice(["float", "double"])
        self.call(f"llvm.fma.{suffix(kind)}", kind, [(kind, self.any(kind)) for _ in range(3)])

    def extreme(self):
        kind = self.random.choice(["float", "double", "half"])
        operands = [self.emit(f"fadd {kind} {self.any(kind)}, 0.0", kind) for _ in range(2)]
        name = self.random.choice(["minnum", "maxnum", "minimum", "maximum"])
        operands = [self.calm(kind, value) for value in operands]
        self.call(f"llvm.{name}.{suffix(kind)}", kind, [(kind, value) for value in operands])

    def sign(self):
        kind = self.random.choice(["float", "double"])
        self.call(f"llvm.copysign.{suffix(kind)}", kind,
                  [(kind, self.any(kind)), (kind, self.calm(kind, self.any(kind)))])

    def convert(self):
        kind, to = self.random.choice(["float", "double", "half"]), self.random.choice(INTS)
        if self.random.random() < 0.5:
            op = self.random.choice(["fptosi", "fptoui"])
            self.call(f"llvm.{op}.sat.{to}.{suffix(kind)}", to, [(kind, self.any(kind))])
        else:
            op = self.random.choice(["sitofp", "uitofp"])
            kind = self.random.choice(["float", "double"])
            self.emit(f"{op} {to} {self.any(to)} to {kind}", kind)

    def precision(self):
        narrow, wide = self.random.choice([("half", "float"), ("bfloat", "float"),
                                           ("float", "double"), ("half", "double")])
        if self.random.random() < 0.5:
            self.emit(f"fpext {narrow} {self.any(narrow)} to {wide}", wide)
        else:
            self.emit(f"fptrunc {wide} {self.any(wide)} to {narrow}", narrow)

    def look_at_bits(self):
        kind = self.random.choice(FLOATS)
        other = f"i{BITS[kind]}"
        if self.random.random() < 0.5:
            self.emit(f"bitcast {other} {self.any(other)} to {kind}", kind)
        else:
            value = self.calm(kind, self.any(kind))
            self.emit(f"bitcast {kind} {value} to {other}", other)

    def element(self):
        kind = self.random.choice(VECTORS)
        count, element = int(kind[1]), element_of(kind)
        at = self.random.randrange(count)
        if self.random.random() < 0.5:
            self.emit(f"extractelement {kind} {self.any(kind)}, i32 {at}", element)
        else:
            self.emit(f"insertelement {kind} {self.any(kind)}, {element} {self.any(element)}, "
                      f"i32 {at}", kind)

    def memory(self):
        """A store into the function's own 64 bytes and a load from them."""
        kind = self.random.choice(INTS + ["float", "<2 x i32>", "<4 x i8>"])
        size = BITS[kind] // 8 if kind in BITS else {"<2 x i32>": 8, "<4 x i8>": 4}[kind]
        value = self.calm(kind, self.any(kind)) if kind == "float" else self.any(kind)
        for store in (True, False):
            index = self.emit(f"and i32 {self.any('i32')}, {64 // size - 1}", "i32")
            place = self.fresh()
            self.lines.append(f"  {place} = getelementptr {kind}, ptr %own, i32 {index}")
            align = self.random.choice([1, size])
            if store:
                self.lines.append(f"  store {kind} {value}, ptr {place}, align {align}")
            else:
                other = kind if kind == "float" else self.random.choice(
                    [k for k in INTS if BITS[k] // 8 <= size] or ["i8"])
                align = align if BITS.get(other, 8) // 8 == size else 1
                if other == "float":
                    other = "i32"
                self.emit(f"load {other}, ptr {place}, align {align}", other)

    # Control flow.

    def branch(self):
        """An if with two small sides; a value of each meets in a phi."""
        self.blocks += 1
        n, kind = self.blocks, self.random.choice(INTS + ["float", "double"])
        outer = {k: list(v) for k, v in self.values.items()}
        self.lines.append(f"  br i1 {self.any('i1')}, label %then{n}, label %else{n}")
        ends = []
        for side in ("then", "else"):
            self.values = {k: list(v) for k, v in outer.items()}
            self.lines.append(f"{side}{n}:")
            for _ in range(self.random.randint(1, 4)):
                self.plain()
            ends.append(self.any(kind))
            self.lines.append(f"  br label %{side}{n}end\n{side}{n}end:\n  br label %join{n}")
        self.values = outer
        self.lines.append(f"join{n}:")
        self.emit(f"phi {kind} [{ends[0]}, %then{n}end], [{ends[1]}, %else{n}end]", kind)

    def loop(self):
        """A loop of 0 to 7 turns that differs from thread to thread."""
        self.blocks += 1
        n, kind = self.blocks, self.random.choice(["i32", "i64", "float"])
        turns = self.emit(f"and i32 {self.any('i32')}, 7", "i32")
        start = self.any(kind)
        outer = {k: list(v) for k, v in self.values.items()}
        self.lines.append(f"  br label %before{n}\nbefore{n}:\n  br label %head{n}\nhead{n}:")
        place = len(self.lines)
        self.values.setdefault(kind, []).append(f"%carry{n}")
        self.values["i32"] = self.values["i32"] + [f"%turn{n}"]
        for _ in range(self.random.randint(1, 4)):
            self.plain()
        last = self.any(kind)
        self.lines.insert(place, f"  %carry{n} = phi {kind} [{start}, %before{n}], [{last}, %latch{n}]\n"
                                 f"  %turn{n} = phi i32 [0, %before{n}], [%next{n}, %latch{n}]")
        self.lines.append(f"  br label %latch{n}\nlatch{n}:\n  %next{n} = add i32 %turn{n}, 1\n"
                          f"  %more{n} = icmp ult i32 %next{n}, {turns}\n"
                          f"  br i1 %more{n}, label %head{n}, label %after{n}\nafter{n}:")
        self.values = outer
        self.values.setdefault(kind, []).append(f"%carry{n}")

    def switch(self):
        self.blocks += 1
        n = self.blocks
        kind = self.random.choice(["i32", "i64"])
        which = self.emit(f"and {kind} {self.any(kind)}, 3", kind)
        cases = " ".join(f"{kind} {i}, label %case{n}_{i}" for i in range(3))
        self.lines.append(f"  switch {kind} {which}, label %case{n}_3 [ {cases} ]")
        results = []
        for i in range(4):
            value = self.any("i32")
            self.lines.append(f"case{n}_{i}:\n  br label %done{n}")
            results.append(f"[{value}, %case{n}_{i}]")
        self.lines.append(f"done{n}:")
        self.emit(f"phi i32 {', '.join(results)}", "i32")

    PLAIN = ["integer"] * 4 + ["shift", "shift", "divide", "bit_intrinsic", "bit_intrinsic",
             "saturate", "overflow", "resize", "resize", "compare", "compare_floats", "select",
             "select", "floating", "floating", "floating", "float_unary", "multiply_add", "extreme",
             "sign", "convert", "convert", "precision", "precision", "look_at_bits",
             "look_at_bits", "element", "memory"]

    def plain(self):
        getattr(self, self.random.choice(self.PLAIN))()

    def text(self):
        """The function; it reads WORDS_IN words of `in` and writes WORDS_OUT."""
        for i in range(WORDS_IN):
            self.lines.append(f"  %in{i} = getelementptr i64, ptr %in, i32 {i}")
            self.emit(f"load i64, ptr %in{i}, align 8", "i64")
        self.values["i32"] = ["%tid"]
        for kind in ("i8", "i16", "i32"):
            self.emit(f"trunc i64 {self.any('i64')} to {kind}", kind)
        for kind in FLOATS:
            whole = f"i{BITS[kind]}"
            self.emit(f"bitcast {whole} {self.values[whole][-1]} to {kind}", kind)
        for _ in range(self.size):
            chance = self.random.random()
            if chance < 0.05:
                self.branch()
            elif chance < 0.08:
                self.loop()
            elif chance < 0.10:
                self.switch()
            else:
                self.plain()
        self.results()
        body = "\n".join(self.lines)
        return (f"define void @{self.name}(ptr %in, ptr %out, i32 %tid) noinline {{\n"
                "  %own = alloca [64 x i8], align 16\n"
                "  call void @llvm.memset.p0.i64(ptr align 16 %own, i8 7, i64 64, i1 false)\n"
                f"{body}\n  ret void\n}}\n")

    def word(self):
        """A value of any type as a word of 64 bits."""
        kind = self.random.choice(INTS + FLOATS + ["i128", "i24", "i1"])
        value = self.any(kind)
        if kind in FLOATS:
            bits = f"i{BITS[kind]}"
            value, kind = self.emit(f"bitcast {kind} {self.calm(kind, value)} to {bits}", bits), bits
        if kind == "i64":
            return value
        return self.emit(f"{'trunc' if kind == 'i128' else 'zext'} {kind} {value} to i64", "i64")

    def results(self):
        """Each word written mixes several values, so that few are lost."""
        for i in range(WORDS_OUT):
            mix = self.word()
            for _ in range(5):
                turned = self.call("llvm.fshl.i64", "i64",
                                   [("i64", mix), ("i64", mix), ("i64", "11")])
                mix = self.emit(f"xor i64 {turned}, {self.word()}", "i64")
            self.lines.append(f"  %out{i} = getelementptr i64, ptr %out, i32 {i}\n"
                              f"  store i64 {mix}, ptr %out{i}, align 8")


def module(seeds, size):
    """(functions, declarations) of a module with a function @f<seed> each."""
    functions = [Function(f"f{seed}", seed, size) for seed in seeds]
    text = "\n".join(function.text() for function in functions)
    declared = set().union(*(f.intrinsics for f in functions))
    lines = {f"declare {kind} @{name}({', '.join(types)})" for name, kind, types in declared}
    lines.add("declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)")
    return text + "\n".join(sorted(lines)) + "\n"

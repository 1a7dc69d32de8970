#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every NVVM intrinsic of LLVM 22 that its NVPTX back end selects for sm_90a and
ptxas accepts, in all its forms: intrinsics.txt.gz has a call per line, `module`
makes one kernel of them. Tensor memory and textures are left out.

  test/Differential/intrinsics.py   writes intrinsics.txt.gz anew (some minutes)
"""

import concurrent.futures
import gzip
import json
import pathlib
import re
import subprocess

LLVM = pathlib.Path("/usr/lib/llvm-22")
PTXAS = "/usr/local/cuda/bin/ptxas"
LIST = pathlib.Path(__file__).parent / "intrinsics.txt.gz"
LLC = [LLVM / "bin/llc", "-O1", "-mtriple=nvptx64-nvidia-cuda", "-mcpu=sm_90a", "-mattr=+ptx88"]
LEFT_OUT = re.compile(r"tcgen05|_sust_|_suld_|_suq|_tex_|_txq|_tld4|texsurf|istypep|envreg")
SPACES = {"llvm_ptr_ty": 0, "llvm_global_ptr_ty": 1, "llvm_shared_ptr_ty": 3,
          "llvm_const_ptr_ty": 4, "llvm_constant_ptr_ty": 4, "llvm_local_ptr_ty": 5,
          "llvm_shared_cluster_ptr_ty": 7, "llvm_param_ptr_ty": 101}
FLOATS = {"f16": "half", "bf16": "bfloat", "f32": "float", "f64": "double"}


def calls():
    """(result type, name, arguments); an argument is a type, or a type and a value
    where the intrinsic wants a constant."""
    for line in gzip.decompress(LIST.read_bytes()).decode().splitlines():
        yield parse(line)


def parse(line):
    result, name, arguments = re.fullmatch(r"(.+) @(\S+)\((.*)\)", line).groups()
    return result, name, re.split(r", (?![^<]*>)", arguments) if arguments else []


def block(number, call):
    """The call's declaration and its basic block: operands come from memory, results
    go there."""
    result, name, arguments = call
    types, lines, operands = [], [], []
    for i, argument in enumerate(arguments):
        kind = re.fullmatch(r"(.*?)( -?\d+| true| false)?", argument)
        types.append(kind[1])
        if kind[2]:
            operands.append(argument)
            continue
        value = f"%v{number}.{i}"
        if kind[1] == "i1":
            lines += [f"%q{number}.{i} = load volatile i8, ptr addrspace(1) %in",
                      f"{value} = trunc i8 %q{number}.{i} to i1"]
        else:
            lines.append(f"{value} = load volatile {kind[1]}, ptr addrspace(1) %in")
        operands.append(f"{kind[1]} {value}")
    target = "" if result == "void" else f"%r{number} = "
    lines.append(f"{target}call {result} @{name}({', '.join(operands)})")
    if result.startswith("{"):
        for i, part in enumerate(result[2:-2].split(", ")):
            lines.append(f"%x{number}.{i} = extractvalue {result} %r{number}, {i}")
            lines += keep(part, f"%x{number}.{i}")
    elif target:
        lines += keep(result, f"%r{number}")
    return f"declare {result} @{name}({', '.join(types)})", lines


def keep(kind, value):
    if kind == "i1":
        return [f"{value}.z = zext i1 {value} to i32",
                f"store volatile i32 {value}.z, ptr addrspace(1) %in"]
    return [f"store volatile {kind} {value}, ptr addrspace(1) %in"]


def module(chosen):
    """A kernel with a block per call, of which `which` chooses one."""
    declarations, body = {}, []
    count = 0
    for count, call in enumerate(chosen, 1):
        declaration, lines = block(count, call)
        declarations[declaration] = None
        body += [f"b{count}:", *lines, "br label %end"]
    cases = [f"i32 {i}, label %b{i}" for i in range(1, count + 1)]
    return "\n".join([*declarations, "define ptx_kernel void @all(ptr addrspace(1) %in, i32 %which) {",
                      "switch i32 %which, label %end [", *cases, "]", *body, "end:", "ret void", "}", ""])


class Records:
    """Intrinsics as TableGen describes them."""

    def __init__(self):
        include = LLVM / "include"
        text = subprocess.run([LLVM / "bin/llvm-tblgen", "-I", include, include / "llvm/IR/Intrinsics.td",
                               "--dump-json"], capture_output=True, check=True).stdout
        self.all = json.loads(text)
        self.names = sorted(name for name in self.all["!instanceof"]["Intrinsic"]
                            if name.startswith("int_nvvm") and not LEFT_OUT.search(name))

    def kind(self, name, overloads, space):
        """The IR type of a record, and what it adds to the name."""
        record = self.all[name]
        if "LLVMMatchType" in record["!superclasses"]:
            return overloads[record["Number"]], ""
        if name in SPACES:
            return f"ptr addrspace({SPACES[name]})" if SPACES[name] else "ptr", ""
        if name == "llvm_anyptr_ty":
            return f"ptr addrspace({space})" if space else "ptr", f".p{space}"
        value = record["VT"]["def"]
        if value.endswith("Any"):
            return ("float", ".f32") if value[0] == "f" else ("i32", ".i32")
        vector = re.fullmatch(r"v(\d+)(\w+)", value)
        if vector:
            return f"<{vector[1]} x {FLOATS.get(vector[2], vector[2])}>", ""
        return FLOATS.get(value, value), ""

    def constants(self, name):
        """For each parameter that must be a constant, the values that are allowed."""
        ranges, places = {}, []
        for entry in self.all[name]["IntrProperties"]:
            record = self.all.get(entry["def"], {})
            kinds = record.get("!superclasses", [])
            if "ImmArg" in kinds:
                places.append(record["ArgNo"] - 1)
            if "Range" in kinds:
                ranges[record["ArgNo"] - 1] = range(record["Lower"], record["Upper"])
        return {place: ranges.get(place, range(2)) for place in places}

    def lines(self, name):
        """The calls to try: each space of a pointer, the first few constants."""
        record, constants = self.all[name], self.constants(name)
        spaces = (3, 1, 0) if any(p["def"] == "llvm_anyptr_ty" for p in record["ParamTypes"]) else (0,)
        mnemonic = record["LLVMName"] or "llvm." + name[4:].replace("_", ".")
        for space in spaces:
            for step in range(9 if constants else 1):
                overloads, suffix, kinds = [], "", []
                for part in record["RetTypes"] + record["ParamTypes"]:
                    kind, more = self.kind(part["def"], overloads, space)
                    overloads += [kind] if more else []
                    suffix += more
                    kinds.append(kind)
                count = len(record["RetTypes"])
                results, arguments = kinds[:count], kinds[count:]
                for place, values in constants.items():
                    value = values[min(step, len(values) - 1)] if "setmaxnreg" not in name else 24 + 8 * step
                    text = ("true" if value else "false") if arguments[place] == "i1" else value
                    arguments[place] += f" {text}"
                result = results[0] if count == 1 else "{ " + ", ".join(results) + " }" if count else "void"
                yield f"{result} @{mnemonic}{suffix}({', '.join(arguments)})"


def is_legal(line):
    """Does LLVM select it, and does ptxas take what comes out?"""
    llc = subprocess.run([str(word) for word in LLC], input=module([parse(line)]), text=True,
                         capture_output=True, check=False)
    if llc.returncode:
        return False
    return not subprocess.run([PTXAS, "-arch=sm_90a", "-O0", "-o", "/dev/null", "/dev/stdin"],
                              input=llc.stdout, text=True, capture_output=True, check=False).returncode


def main():
    records = Records()
    lines = list(dict.fromkeys(line for name in records.names for line in records.lines(name)))
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        legal = [line for line, good in zip(lines, pool.map(is_legal, lines)) if good]
    LIST.write_bytes(gzip.compress("\n".join(legal).encode() + b"\n", 9, mtime=0))
    print(f"{len(legal)} of {len(lines)} calls")


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Bad input to dlk-run: one clear message and the exit code that belongs to it, never
a crash and never a hang."""

import json
import re
import subprocess

import numpy as np
import pytest

HEAD = ".version 8.0\n.target sm_80\n.address_size 64\n"
KERNEL = HEAD + ".visible .entry k(.param .u64 p)\n.reqntid 32\n"
LOOP = KERNEL + "{ L: bra L; }"
FINE = KERNEL + "{ ret; }"
#: Waits for a barrier at which the other half of the warp never arrives, and polls
#: memory that nobody writes.
STUCK = KERNEL.replace("32", "64") + """{ .reg .pred %p; .reg .b32 %r;
mov.u32 %r, %tid.x; setp.lt.u32 %p, %r, 32; @%p bar.sync 1, 64; ret; }"""
SPIN = KERNEL + """{ .reg .pred %p; .reg .b32 %r; .reg .b64 %x; ld.param.u64 %x, [p];
L: ld.volatile.global.u32 %r, [%x]; setp.eq.u32 %p, %r, 77; @!%p bra L; ret; }"""
NULL = KERNEL + "{ .reg .b32 %r; ld.global.u32 %r, [0]; ret; }"

GRID, ARG = ["--grid", "1"], ["--arg", "ws:64"]
CALL = GRID + ARG


def run(dlk_run, folder, *arguments):
    """The exit code and the output; fails on a signal and after 30 s."""
    result = subprocess.run([dlk_run, *arguments], cwd=folder, capture_output=True, check=False,
                            stdin=subprocess.DEVNULL, timeout=30)
    output = (result.stdout + result.stderr).decode("utf-8", "replace")
    assert result.returncode >= 0, output
    assert len(output) < 4000, output[:4000]
    return result.returncode, output


PTX = {
    "empty file": (b"", CALL, 5, r"k.ptx:1: no .version"),
    "not text": (b"\xff\xfe\0\1" * 1000, CALL, 5, r"k.ptx:1: character that is no part of PTX"),
    "name that is not ASCII": (HEAD + ".entry \u00e9() { ret; }", CALL, 5, r"k.ptx:4: character"),
    "zero byte behind": (FINE + "\0x", CALL, 5, r"k.ptx:6: character"),
    "no kernel": (HEAD, CALL, 5, "no kernel in the module"),
    "many braces": (KERNEL + "{" * 100000, CALL, 5, "the text ends here"),
    "many operands": (KERNEL + "{ mov.u32 " + "{" * 10000, CALL, 5, "nested too deeply"),
    "registers": (KERNEL + "{ .reg .b32 %r<99999999999999999999>; ret; }", CALL, 5, r"k.ptx:6:"),
    "static shared memory": (KERNEL + "{ .shared .b8 s[9999999]; .reg .b32 %r; mov.u32 %r, s; ret; }",
                             CALL, 5, "too much static shared memory"),
    "global variable": (HEAD + ".global .b8 x[9223372036854775807];\n" + FINE[len(HEAD):], CALL, 5,
                        "variable is too large: 'x'"),
    "parameters": (HEAD + ".entry k(.param .b8 p[99999]) { ret; }", CALL, 5,
                   "too many bytes of parameters"),
    "threads that are required": (FINE.replace("32", "0"), CALL, 5, "dimension out of range"),
    "more threads than there are": (FINE.replace("32", "2048"), CALL, 5,
                                    r"--block: expected at most \[1024,1024,64\]"),
    "unknown instruction": (KERNEL + "{ frobnicate.b32 %r1; ret; }", CALL, 3,
                            "k.ptx:6: unsupported instruction: 'frobnicate.b32'"),
    "endless loop": (LOOP, CALL + ["--max-steps", "10000"], 4,
                     "has executed more than 10000 warp instructions"),
    "endless loops of many": (LOOP, ["--grid", "99999,999", "--max-steps", "100", *ARG], 4,
                              "step-limit"),
    "endless polling": (SPIN, CALL + ["--max-steps", "10000"], 4, "step-limit"),
    "deadlock": (STUCK, CALL, 4, "waits at barrier 1"),
    "null pointer": (NULL, CALL, 2, "out-of-bounds: read of 4 bytes at global address 0x0"),
    "no blocks": (FINE, ["--grid", "0", *ARG], 5, "--grid: expected 3 positive integers"),
    "negative blocks": (FINE, ["--grid=-1", *ARG], 5, "--grid: expected X, X,Y or X,Y,Z, got -1"),
    "2^31 blocks": (FINE, ["--grid", "2147483648", *ARG], 5, "--grid: expected at most"),
    "2^63 blocks": (FINE, ["--grid", "9223372036854775808", *ARG], 5, "--grid: expected"),
    "blocks in all": (FINE, ["--grid", "2147483647,65535,65535", *ARG], 5, "grid is too large"),
    "four dimensions": (FINE, ["--grid", "1,1,1,1", *ARG], 5, "--grid: expected X, X,Y or X,Y,Z"),
    "other threads than required": (FINE, CALL + ["--block", "64"], 5, r"requires 32x1x1 \(.reqntid\)"),
    "threads along z": (FINE, CALL + ["--block", "1,1,65"], 5, "--block: expected at most"),
    "cluster": (FINE, ["--grid", "32", "--cluster", "32", *ARG], 5, "--cluster: expected at most"),
    "shared memory": (FINE, CALL + ["--smem", "232449"], 5, "too much shared memory: 232449 bytes"),
    "huge shared memory": (FINE, CALL + ["--smem", "18446744073709551615"], 5, "--smem: expected"),
    "negative shared memory": (FINE, CALL + ["--smem", "-1"], 5, "--smem: expected a whole number"),
    "negative steps": (FINE, CALL + ["--max-steps", "-1"], 5, "--max-steps: expected a whole"),
    "2^63 bytes": (FINE, GRID + ["--arg", "ws:9223372036854775808"], 5, "--arg 0: bytes: expected"),
    "a terabyte": (FINE, GRID + ["--arg", "ws:1099511627776"], 5, "not enough memory"),
    "2^63 elements": (FINE, GRID + ["--arg", "out:f32[9223372036854775807]"], 5,
                      r"--arg 0: shape\[0\]: expected"),
    "too many arguments": (FINE, CALL + ARG, 5, "kernel 'k' takes 1 argument, got 2\n  0: p, 8 bytes"),
    "argument of another size": (FINE, GRID + ["--arg", "i32:1"], 5,
                                 "4 bytes for a parameter of 8; 'k' takes:\n  0: p, 8 bytes"),
}


@pytest.mark.parametrize("name", PTX)
def test_ptx(dlk_run, tmp_path, name):
    """A PTX file and its call."""
    text, call, code, message = PTX[name]
    (tmp_path / "k.ptx").write_bytes(text if isinstance(text, bytes) else text.encode())
    got, output = run(dlk_run, tmp_path, "k.ptx", "--device=cpu", *call)
    assert (got, bool(re.search(message, output))) == (code, True), output


def npy(shape="(8,)", kind="<f4"):
    """A .npy file with 32 bytes of elements."""
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\1\0" + len(text).to_bytes(2, "little") + text + bytes(32)


#: Files that are no array of float32: what is wrong, bytes, message.
ARRAYS = [
    ("cut header", npy()[:9], "truncated"),
    ("cut elements", npy()[:-1], "expected 32 bytes of elements"),
    ("more elements", npy() + b"x", "expected 32 bytes of elements"),
    ("version", npy().replace(b"\1\0", b"\x09\0"), "unsupported version of .npy: 9"),
    ("text", b"1, 2, 3", "not a .npy file"),
    *((f"shape {s}", npy(shape=s), "bad header|bytes of elements")
      for s in ["(-8,)", "(9223372036854775808,)", "(4611686018427387904,)", "8", "(8", "('8',)",
                "(8.0,)", "(65536, 65536, 65536, 65536)"]),
    *((f"type {k}", npy(kind=k), "not supported|unsupported|bad header")
      for k in [">f4", "<c8", "|O", "<f3", "", "'"]),
]


@pytest.mark.parametrize("name, data, message", ARRAYS, ids=[name for name, _, _ in ARRAYS])
def test_npy(dlk_run, tmp_path, name, data, message):
    """An array, as an argument that takes its shape from the file."""
    (tmp_path / "k.ptx").write_text(FINE)
    (tmp_path / "a.npy").write_bytes(data)
    got, output = run(dlk_run, tmp_path, "k.ptx", "--device=cpu", *GRID, "--arg", "in:f32=a.npy")
    assert got == 5 and re.search(message, output) and output.count("\n") == 1, output


#: A path in the plan, the text of the new value (empty: the field is removed), the message.
PLANS = [
    ("functions", "[]", "the plan has 0 functions"),
    ("functions", "7", "functions: expected an array, got 7"),
    ("functions.0.buffers.0.shape.0", "-1", r"shape\[0\]: expected an integer of 0"),
    ("functions.0.buffers.0.shape.0", "1e300", r"shape\[0\]: expected an integer of 0"),
    ("functions.0.buffers.0.shape.0", "9223372036854775808", r"shape\[0\]: expected an integer"),
    ("functions.0.buffers.0.shape.0", "1.5", r"shape\[0\]: expected an integer"),
    ("functions.0.buffers.0.shape.0", "NaN", "not JSON"),
    ("functions.0.buffers.0.shape.0", "null", r"shape\[0\]: expected an integer"),
    ("functions.0.buffers.0.dtype", '"f\u00e917"', "dtype: expected one of f64"),
    ("functions.0.buffers.0.align", "0", "align: expected"),
    ("functions.0.buffers.0.align", "9223372036854775808", "align: expected"),
    ("functions.0.launches.0.grid", "[4294967296, 1, 1]", "grid: expected at most"),
    ("functions.0.launches.0.grid", "[1, 1, 1, 1]", "grid: expected 3 positive integers"),
    ("functions.0.launches.0.block", "[1024, 1024, 64]", "block: expected at most 1024 threads"),
    ("functions.0.launches.0.cluster", "[-1, 1, 1]", "cluster: expected 3 positive integers"),
    ("functions.0.launches.0.shared_bytes", "4294967296", "shared_bytes: expected an integer"),
    ("functions.0.launches.0.shared_bytes", "", "shared_bytes: missing field"),
    ("functions.0.launches.0.params.0.offset", "-8", "offset: expected an integer of at least 0"),
    ("functions.0.launches.0.params.0.offset", "33", "offset: beyond the end"),
    ("functions.0.launches.0.params", "[]", "has 1 parameters?, got 0"),
    ("functions.0.launches.0.kernel", '"gone"', "no such kernel: 'gone'"),
    ("module", '"gone.ptx"', "gone.ptx: cannot read"),
    ("module", '"/dev/zero"', "module: expected the name of a file beside the plan"),
    ("chip", "[]", "chip: expected a string"),
    ("extra", "1", "extra: unknown field"),
]


@pytest.mark.parametrize("path, value, message", PLANS, ids=[f"{p}={v}" for p, v, _ in PLANS])
def test_plan(dlk_run, tmp_path, path, value, message):
    """A field of a plan that is wrong, missing, too large, negative or no number."""
    (tmp_path / "k.ptx").write_text(FINE)
    plan = {"dlk_launch_plan": 1, "chip": "sm_80", "module": "k.ptx", "functions": [
        {"name": "f",
         "buffers": [{"name": "a", "role": "input", "dtype": "f32", "shape": [8], "strides": [1],
                      "align": 16}],
         "launches": [{"kernel": "k", "grid": [1, 1, 1], "block": [32, 1, 1], "cluster": [1, 1, 1],
                       "shared_bytes": 0, "params": [{"buffer": "a", "offset": 0}]}]}]}
    place = plan
    *parents, last = [int(p) if p.isdigit() else p for p in path.split(".")]
    for key in parents:
        place = place[key]
    if value:
        place[last] = "@"
    else:
        del place[last]
    (tmp_path / "plan.json").write_text(json.dumps(plan).replace('"@"', value))
    got, output = run(dlk_run, tmp_path, "plan.json", "--device=cpu", "--in", "a=zeros")
    assert got == 5 and re.search(message, output), output


@pytest.mark.parametrize("data", [b"", b"\xff\xfe{", b"{" * 100000, b'{"\\ud800": 1}', b"[1e999]"])
def test_plan_that_is_none(dlk_run, tmp_path, data):
    """Files that are no plan at all."""
    (tmp_path / "plan.json").write_bytes(data)
    got, output = run(dlk_run, tmp_path, "plan.json")
    assert got == 5 and "plan.json: " in output, output


def test_files_that_cannot_be_read(dlk_run, tmp_path):
    """No file, a folder, a folder where a result should go."""
    (tmp_path / "k.ptx").write_text(FINE)
    np.save(tmp_path / "a.npy", np.zeros(8, np.float32))
    call = ["k.ptx", "--device=cpu", *GRID, "--arg"]
    for arguments, message in [
            (["gone.json"], "gone.json: cannot read"), (["gone.ptx"], "gone.ptx: cannot read"),
            (["."], r"\.: cannot read"), ([*call, "in:gone.npy"], "gone.npy: cannot read"),
            ([*call, "in:."], r"\.: cannot read"),
            ([*call, "out:f32[8]=no/c.npy"], "no such folder"),
            ([*call, "out:f32[8]=."], "it is a folder"),
            ([*call, "out:f32[8]", "--expect", "arg0=gone.npy"], "gone.npy: cannot read"),
            ([*call, "out:f32[8]", "--expect", "arg1=a.npy"], "no such buffer; it has: arg0"),
            ([*call, "out:f32[8]", "--save-plan", "no/p.json"], "no/p.json: cannot write"),
            ([*call, "out:f32[8]", "--stats", "no/s.json"], "no such folder")]:
        got, output = run(dlk_run, tmp_path, *arguments)
        assert got == 5 and re.search(message, output), (arguments, output)

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""PTX that Triton made of triton/kernels.py, run with all checks on, with copies that
arrive at once and as late as they may, and compared with NumPy. Triton itself is not
needed; triton/regenerate.py says how the PTX was made."""

import gzip
import json
import math
import pathlib
import subprocess

import numpy as np
import pytest

HERE = pathlib.Path(__file__).parent / "triton"
CASES = json.loads((HERE / "cases.json").read_text())
TEXTS = json.loads(gzip.decompress((HERE / "ptx.json.gz").read_bytes()))

#: Triton's names of types, and dlk-run's.
TYPES = {"fp16": "f16", "bf16": "bf16", "fp32": "f32", "i8": "i8", "i32": "i32",
         "fp8e4nv": "f8E4M3FN", "fp8e5": "f8E5M2"}
#: The bits of 1 and 2 in an 8-bit float; 0x80 is the sign.
ONE = {"fp8e4nv": (0x38, 0x40), "fp8e5": (0x3C, 0x40)}


def encode(values, kind):
    """Values as the array that a .npy file of the type holds."""
    if kind == "bf16":
        bits = values.astype(np.float32).view(np.uint32)
        return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype(np.uint16)
    if kind in ONE:
        table = np.array([0, *ONE[kind]], np.uint8)
        return table[np.abs(values).astype(int)] | np.where(values < 0, 0x80, 0).astype(np.uint8)
    return values.astype({"fp16": np.float16, "fp32": np.float32, "i8": np.int8,
                          "i32": np.int32}[kind])


def decode(bits, kind):
    """The other way round, for the types that reals are given in."""
    if kind == "bf16":
        return (bits.astype(np.uint32) << 16).view(np.float32).astype(np.float64)
    return bits.astype(np.float64)


class Call:
    """Gathers the arguments of a case in order, and what is expected."""

    def __init__(self, case, folder, grid):
        self.case, self.folder, self.grid = case, folder, grid
        self.arguments, self.expected = [], []
        self.kinds = {name: kind.strip("*") for name, kind in case["signature"].items()}

    def array(self, name, values):
        """An input."""
        bits = encode(values, self.kinds[name])
        np.save(self.folder / f"{name}.npy", bits)
        self.arguments += ["--arg", f"{name}=in:{TYPES[self.kinds[name]]}={name}.npy"]
        return decode(bits, self.kinds[name]) if self.kinds[name] not in ONE else values

    def result(self, name, values, rtol=0.0, atol=0.0, zero=False):
        """An output; exact unless there is a tolerance."""
        kind = self.kinds[name]
        exact = rtol == atol == 0
        reference = encode(values, kind) if exact else values
        np.save(self.folder / f"{name}_ref.npy", np.ascontiguousarray(reference))
        shape = "x".join(map(str, values.shape))
        role = f"inout:{TYPES[kind]}[{shape}]=zeros" if zero else f"out:{TYPES[kind]}[{shape}]"
        self.arguments += ["--arg", f"{name}={role}"]
        self.expected += ["--expect", f"{name}={name}_ref.npy"]
        if not exact:
            self.expected += ["--rtol", str(rtol), "--atol", str(atol)]

    def numbers(self, *values):
        """Integers; floats are given as they are written."""
        for value in values:
            self.arguments += ["--arg", f"f32:{value}" if isinstance(value, float) else f"i32:{value}"]

    def descriptor(self, name, values, box, output=False):
        """A tensor descriptor: a map, then the shape and the strides."""
        kind = self.kinds[name].split("<")[1].split("[")[0]
        np.save(self.folder / f"{name}.npy", encode(values, kind))
        rows, columns = values.shape
        if output:
            self.arguments += ["--buffer", f"{name}=out:{TYPES[kind]}[{rows}x{columns}]"]
            self.expected += ["--expect", f"{name}={name}.npy"]
        else:
            self.arguments += ["--buffer", f"{name}=in:{TYPES[kind]}={name}.npy"]
        for text in [f"tma:{name},box={box[1]}x{box[0]},swizzle=128B", f"i32:{rows}",
                     f"i32:{columns}", f"i64:{columns}", "i64:1"]:
            self.arguments += ["--arg", text]

    def run(self, dlk_run, delivery):
        """Runs the case; the two addresses at the end are Triton's scratch memory."""
        scratch = self.case["scratch"] * math.prod(self.grid)
        path = self.folder / "k.ptx"
        path.write_text(TEXTS[self.case["file"]])
        return subprocess.run(
            [dlk_run, path, "--device=cpu", "--grid", ",".join(map(str, self.grid)),
             "--block", str(self.case["threads"]), "--smem", str(self.case["shared"]),
             *self.arguments, "--arg", f"ws:{scratch}" if scratch else "u64:0", "--arg", "u64:0",
             *self.expected,
             "--check", "all", "--async", delivery],
            cwd=self.folder, text=True, capture_output=True, check=False, timeout=120)


def blocks(size, step):
    """How many blocks cover a size."""
    return -(-size // step)


def whole(rng, *shape, limit=2):
    """Small whole numbers, whose sums are exact."""
    return rng.integers(-limit, limit + 1, shape).astype(np.float64)


def matmul(case, folder, rng):
    """With tails in all three directions."""
    m, n, k = 100, 80, 80
    size = case["constants"]
    call = Call(case, folder, (blocks(m, size["BM"]), blocks(n, size["BN"])))
    a, b = call.array("a", whole(rng, m, k)), call.array("b", whole(rng, k, n))
    call.result("c", a @ b)
    call.numbers(m, n, k, k, n, n)
    return call


def matmul_tma(case, folder, rng):
    """Tails are TMA's."""
    m, n, k = 200, 264, 160
    size = case["constants"]
    call = Call(case, folder, (blocks(m, size["BM"]), blocks(n, size["BN"])))
    a, b = whole(rng, m, k), whole(rng, n, k)
    for (name, values), box in zip([("a", a), ("b", b), ("c", a @ b.T)], case["descriptors"]):
        call.descriptor(name, values, box["block_size"], output=name == "c")
    call.numbers(k)
    return call


def softmax(case, folder, rng):
    """Rows that lie apart."""
    rows, n, stride = 3, 1000, 1008
    call = Call(case, folder, (rows,))
    x = call.array("x", rng.standard_normal((rows, stride)) * 4)
    power = np.exp(x[:, :n] - x[:, :n].max(axis=1, keepdims=True))
    call.kinds["y"] = "fp32"
    np.save(folder / "y_ref.npy", power / power.sum(axis=1, keepdims=True))
    call.arguments += ["--arg", f"y=out:f32[{rows}x{n}:{stride}x1]"]
    call.expected += ["--expect", "y=y_ref.npy", "--rtol", "1e-5"]
    call.numbers(n, stride)
    return call


def layer_norm(case, folder, rng):
    """f16 in and out, weights of f32."""
    rows, n = 3, 500
    call = Call(case, folder, (rows,))
    x = call.array("x", rng.standard_normal((rows, n)) * 2 + 1)
    w, b = (call.array(name, rng.standard_normal(n)) for name in ["weight", "bias"])
    away = x - x.mean(axis=1, keepdims=True)
    scale = 1 / np.sqrt((away ** 2).mean(axis=1, keepdims=True) + 1e-5)
    call.result("y", away * scale * w + b, rtol=2 ** -10, atol=2e-5)
    call.numbers(n, 1e-5)
    return call


def attention(case, folder, rng):
    """Two heads; the probabilities are rounded to the type before the second product."""
    heads, size = 2, case["constants"]
    length, head = size["LENGTH"], size["HEAD"]
    call = Call(case, folder, (length // size["BM"], heads))
    q, k, v = (call.array(name, rng.standard_normal((heads, length, head))) for name in "qkv")
    score = q @ k.transpose(0, 2, 1) * 0.125
    if size["CAUSAL"]:
        score = np.where(np.tri(length, dtype=bool), score, -np.inf)
    power = np.exp(score - score.max(axis=2, keepdims=True))
    call.result("out", power @ v / power.sum(axis=2, keepdims=True), rtol=0.02,
                atol=0.02 if call.kinds["out"] == "bf16" else 0.003)
    call.numbers(0.125)
    return call


def reduce(case, folder, rng):
    """A sum over all rows by atomics, the first of the largest of each."""
    rows, n = 5, 500
    call = Call(case, folder, (rows,))
    x = call.array("x", whole(rng, rows, n, limit=50))
    call.result("total", np.array([x.sum()]), zero=True)
    call.result("largest", x.max(axis=1))
    call.result("where", x.argmax(axis=1))
    call.numbers(n)
    return call


def conv(case, folder, rng):
    """Two images of 10 x 10."""
    images, h, w, size = 2, 10, 10, case["constants"]
    p, q = h - size["R"] + 1, w - size["S"] + 1
    call = Call(case, folder, (images * p * q // size["BM"], size["F"] // size["BN"]))
    x = call.array("x", whole(rng, images, h, w, size["C"], limit=1))
    f = call.array("w", whole(rng, size["R"], size["S"], size["C"], size["F"], limit=1))
    y = sum(x[:, r:r + p, s:s + q] @ f[r, s] for r in range(size["R"]) for s in range(size["S"]))
    call.result("y", y)
    call.numbers(h, w, p, q)
    return call


def scan(case, folder, rng):
    """Whole numbers, so that the order of the sums does not matter."""
    rows, n = 2, case["constants"]["BLOCK"]
    call = Call(case, folder, (rows,))
    x = call.array("x", whole(rng, rows, n, limit=9))
    call.result("y", x.cumsum(axis=1))
    call.result("z", np.maximum.accumulate(x[:, ::-1], axis=1)[:, ::-1])
    return call


def sort(case, folder, rng):
    """Values that are also the bins of the histogram."""
    rows, size = 3, case["constants"]
    call = Call(case, folder, (rows,))
    x = call.array("x", rng.integers(0, size["BINS"], (rows, size["BLOCK"])).astype(np.float64))
    call.result("y", np.sort(x, axis=1))
    call.result("counts", np.array([np.bincount(row.astype(int), minlength=size["BINS"])
                                    for row in x]))
    return call


def cast(case, folder, rng):
    """Halfway values, subnormals and what is too large for f16 are among them."""
    n = case["constants"]["BLOCK"]
    call = Call(case, folder, (4,))
    x = rng.standard_normal(4 * n).astype(np.float32) * np.exp2(rng.integers(-30, 7, 4 * n))
    x[:6] = [2049, 2051, 1 + 2 ** -8, 1 + 3 * 2 ** -8, 2 ** -24, 2 ** -25]
    x = call.array("x", x)
    call.result("half", x)
    call.result("brain", x)
    # Two bits of mantissa, exponents from -14: what f16 has, cut to nearest even.
    bits = x.astype(np.float32).view(np.uint32).astype(np.int64)
    unit = np.exp2(np.maximum(((bits >> 23 & 255) - 127).astype(np.float64), -14) - 2)
    call.result("small", np.rint(x / unit) * unit)
    call.result("tiny", np.trunc(np.clip(x, -100, 100)))
    return call


def philox(seed, counter):
    """The first word of Philox 4x32-10, as Triton counts."""
    key, words = [np.uint64(seed), np.uint64(0)], [counter.astype(np.uint64)] + [
        np.zeros_like(counter, np.uint64)] * 3
    low = np.uint64(0xFFFFFFFF)
    for _ in range(10):
        a, b = words[0] * np.uint64(0xD2511F53), words[2] * np.uint64(0xCD9E8D57)
        words = [(b >> np.uint64(32)) ^ words[1] ^ key[0], b & low,
                 (a >> np.uint64(32)) ^ words[3] ^ key[1], a & low]
        key = [(key[0] + np.uint64(0x9E3779B9)) & low, (key[1] + np.uint64(0xBB67AE85)) & low]
    return words[0]


def dropout(case, folder, rng):
    """Exactly the random numbers that Triton documents."""
    n, seed, p = 2 * case["constants"]["BLOCK"], 1234, 0.25
    call = Call(case, folder, (2,))
    x = call.array("x", whole(rng, n, limit=9))
    signed = philox(seed, np.arange(n)).astype(np.uint32).view(np.int32).astype(np.int64)
    uniform = np.where(signed < 0, -signed - 1, signed).astype(np.float32) * np.float32(4.6566127342e-10)
    call.result("y", np.where(uniform > p, x / (1 - p), 0), rtol=1e-6)
    call.numbers(seed, p)
    return call


def locked(case, folder, rng):
    """A lock of compare-and-swap and exchange, and plain additions under it."""
    rows, n = 6, case["constants"]["BLOCK"]
    call = Call(case, folder, (rows,))
    x = call.array("x", whole(rng, rows, n))
    call.result("lock", np.zeros(1), zero=True)
    call.result("y", x.sum(axis=0), zero=True)
    call.numbers(n)
    return call


def gather(case, folder, rng):
    """Rows in any order, some twice."""
    size = case["constants"]
    call = Call(case, folder, (1,))
    x = call.array("x", whole(rng, 100, size["COLUMNS"], limit=99))
    index = rng.integers(0, 100, size["ROWS"])
    call.array("index", index.astype(np.float64))
    call.result("y", x[index].T)
    call.numbers(size["COLUMNS"], size["ROWS"])
    return call


def special(case, folder, rng):
    """Sums of functions, each right to about a millionth."""
    call = Call(case, folder, (2,))
    x = call.array("x", rng.uniform(-3, 3, 2 * case["constants"]["BLOCK"]))
    positive = np.abs(x) + 0.5
    erf = np.array([math.erf(value) for value in x])
    call.result("y", np.sin(x) + np.cos(x) + np.log(positive) + positive ** -0.5
                + 1 / (1 + np.exp(-x)) + np.exp2(x) + erf + np.floor(x) + 2 * x / positive
                + np.sqrt(positive), rtol=2e-6, atol=4e-6)
    return call


def matmul_persistent(case, folder, rng):
    """Three blocks for six tiles; the tensor maps are made in scratch memory."""
    m, n, k = 200, 264, 160
    call = Call(case, folder, (case["constants"]["PROGRAMS"],))
    a, b = call.array("a", whole(rng, m, k)), call.array("b", whole(rng, n, k))
    call.result("c", a @ b.T)
    call.numbers(m, n, k)
    return call


KERNELS = {function.__name__: function for function in
           [matmul, matmul_tma, softmax, layer_norm, attention, reduce, conv, scan, sort, cast,
             dropout, locked, gather, special, matmul_persistent]}


@pytest.mark.parametrize("delivery", ["immediate", "late"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["file"].removesuffix(".ptx"))
def test_triton(dlk_run, tmp_path, case, delivery):
    """A case gives what NumPy gives, and no finding."""
    call = KERNELS[case["kernel"]](case, tmp_path, np.random.default_rng(len(case["file"])))
    result = call.run(dlk_run, delivery)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]

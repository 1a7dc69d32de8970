# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a point computes, in NumPy's float64, and how far a result may be from it.

Independent of dlk: nothing here knows how a kernel works. The bound is the
standard one of a sum of K products in f32, in any order, |A||B| gamma(K), carried
through each step, and half a unit in the last place of the result's type.
"""

import math
import re

import numpy as np

F32_UNIT = 2.0**-24
UNIT = {"f32": 2.0**-24, "f16": 2.0**-11, "bf16": 2.0**-8, "f8E4M3FN": 2.0**-4, "f8E5M2": 2.0**-3}
SMALLEST = {"f32": 2.0**-149, "f16": 2.0**-24, "bf16": 2.0**-133, "f8E4M3FN": 2.0**-9,
            "f8E5M2": 2.0**-16}
# Exponent bits, mantissa bits and largest finite value.
FP8 = {"f8E4M3FN": (4, 3, 448.0), "f8E5M2": (5, 2, 57344.0)}
INTEGERS = {"i8": np.int8, "i32": np.int32}
# The most that an elementary function adds, relative to its argument and result:
# twice the bounds of docs/Numerics.md.
FUNCTION_ERROR = 2.0**-20

_erf = np.vectorize(math.erf, otypes=[np.float64])


def to_bf16(array):
    """Bits of the nearest bf16 of float32 values, ties to even."""
    bits = np.asarray(array, np.float32).view(np.uint32)
    rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
    return np.where(np.isnan(array), 0x7FFF, rounded).astype(np.uint16)


def from_bf16(bits):
    return (bits.astype(np.uint32) << 16).view(np.float32)


def _fp8_magnitudes(dtype):
    """The finite magnitudes by their bits."""
    exponents, mantissas, largest = FP8[dtype]
    bias = 2**(exponents - 1) - 1
    bits = np.arange(128)
    exponent, mantissa = bits >> mantissas, (bits & (2**mantissas - 1)) / 2.0**mantissas
    values = np.where(exponent == 0, mantissa * 2.0**(1 - bias),
                      (1 + mantissa) * 2.0**(exponent.astype(np.float64) - bias))
    return values[values <= largest]


def to_fp8(values, dtype):
    """Bits of the nearest fp8, ties to even, saturated at the largest finite value."""
    table = _fp8_magnitudes(dtype)
    magnitude = np.minimum(np.abs(values), table[-1])
    upper = np.clip(np.searchsorted(table, magnitude), 1, len(table) - 1)
    lower = upper - 1
    middle = (table[lower] + table[upper]) / 2
    bits = np.where((magnitude > middle) | ((magnitude == middle) & (upper % 2 == 0)), upper, lower)
    return (bits | (np.signbit(values) << 7)).astype(np.uint8)


def from_fp8(bits, dtype):
    return np.where(bits & 128, -1.0, 1.0) * _fp8_magnitudes(dtype)[bits & 127]


def store(values, dtype):
    """The array of a .npy file that holds the values, each rounded once."""
    if dtype == "bf16":
        return to_bf16(values.astype(np.float32))
    if dtype in FP8:
        return to_fp8(values, dtype)
    if dtype in INTEGERS:
        limits = np.iinfo(INTEGERS[dtype])
        return np.clip(np.rint(values), limits.min, limits.max).astype(INTEGERS[dtype])
    return values.astype({"f32": np.float32, "f16": np.float16}[dtype])


def load(array, dtype):
    """The values of a .npy file, in float64."""
    if dtype in FP8:
        return from_fp8(array, dtype)
    return (from_bf16(array) if dtype == "bf16" else array).astype(np.float64)


def make_inputs(point, seed, whole):
    """Arrays by argument name, as they lie in .npy files."""
    random = np.random.default_rng(seed)
    arrays = {}
    for name, shape, dtype in point.operands():
        if whole:
            values = random.integers(-2, 3, shape).astype(np.float64)
        elif dtype in INTEGERS:
            values = random.integers(-128, 128, shape).astype(np.float64)
        else:
            values = random.standard_normal(shape)
            if name == "b":  # keeps results near 1
                values /= math.sqrt(max(point.k, 1))
        arrays[name] = store(values, dtype)
    return arrays


def _sigmoid(x):
    return 1 / (1 + np.exp(-np.clip(x, -700, 700)))


# Value and Lipschitz constant of each step without an operand.
FUNCTIONS = {
    "relu": (lambda x: np.maximum(x, 0), 1.0),
    "scale": (lambda x: 0.5 * x, 0.5),
    "clamp": (lambda x: np.clip(x, -4, 6), 1.0),
    "sigmoid": (_sigmoid, 0.25),
    "silu": (lambda x: x * _sigmoid(x), 1.1),
    "gelu_tanh": (lambda x: 0.5 * x * (1 + np.tanh(0.7978845608 * (x + 0.044715 * x**3))), 1.13),
    "gelu_erf": (lambda x: 0.5 * x * (1 + _erf(x / math.sqrt(2))), 1.13),
}
ELEMENTARY = {"sigmoid", "silu", "gelu_tanh", "gelu_erf"}


def _gamma(count):
    return count * F32_UNIT / (1 - count * F32_UNIT)


def _apply(step, x, error, operand):
    """Value and bound after a step in f32."""
    if step in FUNCTIONS:
        function, slope = FUNCTIONS[step]
        y = function(x)
        error = slope * error + F32_UNIT * np.abs(y)
        if step in ELEMENTARY:
            error = error + FUNCTION_ERROR * (np.abs(x) + np.abs(y))
        return y, error
    if step == "multiply":
        y = x * operand
        return y, np.abs(operand) * error + F32_UNIT * np.abs(y)
    if step == "bias_column":
        operand = operand[:, None]
    y = x + operand
    return y, error + F32_UNIT * np.abs(y)


def _input_error(point):
    """What the tensor cores lose before f32: the lower 13 bits of tf32 operands, and
    of fp8 sums what is below 2^-13 of the largest of 33 terms, in each instruction of
    32 products before a sum is promoted."""
    if point.dtype == "f32":
        return 2.0**-9 + 2.0**-20
    if point.dtype not in FP8:
        return 0
    most = point.k if re.search("promote (= )?0", point.attributes) else min(point.k, 128)
    return 33 * math.ceil(most / 32) * 2.0**-13


def compute(point, arrays):
    """Exact values and the bound of the distance from them."""
    values = {name: load(arrays[name], dtype) for name, _, dtype in point.operands()}
    a, b = values["a"], values["b"]
    if point.layout[0] == "T":
        a = np.swapaxes(a, -1, -2)
    if point.layout[1] == "T":
        b = np.swapaxes(b, -1, -2)
    x, size = a @ b, np.abs(a) @ np.abs(b)
    if point.accumulate:
        x, size = x + values["c"], size + np.abs(values["c"])
    steps = [(step, values.get(f"o{index}")) for index, step in enumerate(point.steps)]
    return finish(point, x, size, steps)


def finish(point, x, size, steps):
    """Value and bound behind the epilogue of sums x of products, whose magnitudes
    sum to `size`. Steps are pairs with their operands."""
    # Tensor cores may truncate where IEEE rounds: two units per addition.
    error = (2 * _gamma(point.k + 1) + _input_error(point)) * size
    if "f16" in point.attributes:  # the type of the sum
        error += (point.k + 1) * 2.0**-10 * size
    if point.sum == "i32":
        error = np.zeros_like(x)
    for step, operand in steps:
        x, error = _apply(step, x, error, operand)
    if point.out in INTEGERS:
        limits = np.iinfo(INTEGERS[point.out])
        x = np.clip(x, limits.min, limits.max)
        error = error + (0 if point.out == "i32" else 0.5)
    elif point.out in FP8:
        x = np.clip(x, -FP8[point.out][2], FP8[point.out][2])
    if point.out in UNIT and point.out != "f32":
        error = error + UNIT[point.out] * (np.abs(x) + error) + SMALLEST[point.out]
    return x, error


def find_wrong(point, got, exact, bound, whole):
    """A message if a result is wrong, else None. Whole numbers must be equal to
    the correctly rounded exact value."""
    if whole:
        expected = load(store(exact, point.out), point.out)
        wrong = got != expected
    else:
        expected = exact
        with np.errstate(invalid="ignore"):  # infinities are equal
            wrong = ~((np.abs(got - exact) <= bound) | (got == exact))
    if not wrong.any():
        return None
    places = np.argwhere(wrong)
    lines = [f"{len(places)} of {got.size} elements are wrong"]
    for place in map(tuple, places[:5]):
        lines.append(f"  {[int(i) for i in place]}: got {got[place]:.9g}, expected "
                     f"{expected[place]:.9g}, bound {0 if whole else bound[place]:.3g}")
    lines.append(f"  rows {places[:, -2].min()}..{places[:, -2].max()}, "
                 f"columns {places[:, -1].min()}..{places[:, -1].max()}")
    return "\n".join(lines)

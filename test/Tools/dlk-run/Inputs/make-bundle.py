#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a bundle of add.ptx and arrays for it into a folder.

  make-bundle.py FOLDER [PATH=JSON ...]

Each PATH=JSON replaces a field of the plan, as functions.0.name='"f"'; without
a value after the equals sign the field is removed. Functions: add (c = a + b),
twice (two launches through a workspace), empty, strided (rows with gaps) and one
for each kernel that misbehaves, with the kernel's name.
"""

import base64
import json
import pathlib
import shutil
import sys

import numpy as np

SHAPE, STRIDES = [8, 8], [8, 1]


def buffer(name, role, **fields):
    return {"name": name, "role": role, "dtype": "f32", "shape": SHAPE,
            "strides": STRIDES, "align": 16, **fields}


def place(name, offset=0):
    return {"buffer": name, "offset": offset}


def launch(kernel, *params, threads=64):
    return {"kernel": kernel, "grid": [1, 1, 1], "block": [threads, 1, 1], "cluster": [1, 1, 1],
            "shared_bytes": 0, "params": list(params)}


def make_plan():
    ins = [buffer("arg0", "input"), buffer("arg1", "input")]
    out = buffer("out0", "output")
    names = [place("arg0"), place("arg1"), place("out0")]
    ones = np.ones(64, np.float32).tobytes()
    functions = [
        {"name": "add", "buffers": ins + [out], "launches": [launch("add", *names)]},
        {"name": "twice",  # ((0 + arg0) + 1) + 2.5, through all kinds of buffers
         "buffers": [buffer("arg0", "inout"),
                     {"name": "ws0", "role": "workspace", "bytes": 256, "init": "zero",
                      "align": 256},
                     buffer("c0", "constant", data_base64=encode(ones))],
         "launches": [launch("add", place("ws0"), place("arg0"), place("ws0")),
                      launch("add", place("ws0"), place("c0"), place("arg0")),
                      launch("increment", place("arg0"), {"value": 2.5, "dtype": "f32"})]},
        {"name": "empty", "buffers": [buffer("arg0", "input", shape=[0, 8]),
                                      buffer("out0", "output", shape=[8, 0], strides=[0, 1])],
         "launches": []},
        {"name": "strided", "buffers": [buffer("arg0", "inout", shape=[4, 8], strides=[16, 1])],
         "launches": [launch("increment", place("arg0"), {"value": 1, "dtype": "f32"},
                             threads=56)]},
    ]
    for kernel in ["past_end", "unknown", "deadlock", "forever", "race"]:
        functions.append({"name": kernel, "buffers": [out],
                          "launches": [launch(kernel, place("out0"))]})
    return {"dlk_launch_plan": 1, "chip": "sm_80", "module": "add.ptx",
            "functions": functions}


def encode(data):
    return base64.b64encode(data).decode()


def change(plan, path, text):
    *parents, last = [int(p) if p.isdigit() else p for p in path.split(".")]
    for key in parents:
        plan = plan[key]
    if text:
        plan[last] = json.loads(text)
    else:
        del plan[last]


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    plan = make_plan()
    for argument in sys.argv[2:]:
        change(plan, *argument.split("=", 1))
    (folder / "plan.json").write_text(json.dumps(plan, indent=2))
    shutil.copy(pathlib.Path(__file__).parent / "add.ptx", folder)
    a = np.arange(64, dtype=np.float32).reshape(SHAPE)
    b = a * 2
    wrong = a + b
    wrong[1, 2] += 0.5
    arrays = {"a": a, "b": b, "sum": a + b, "sum64": (a + b).astype(np.float64), "wrong": wrong,
              "half": a.astype(np.float16), "wide": np.zeros((8, 9), np.float32),
              "columns": np.asfortranarray(a), "big": a.astype(">f4"),
              "names": np.array(["x", "y"]), "strided": a[:4], "strided_plus": a[:4] + 1,
              "twice": a + 3.5, "zero": np.zeros((0, 8), np.float32)}
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    good = (folder / "a.npy").read_bytes()
    (folder / "short.npy").write_bytes(good[:-4])
    (folder / "header.npy").write_bytes(good[:9])
    (folder / "garbage.npy").write_bytes(b"\x93NUMPY\x01\x00\x10\x00{'descr': 7, 'x'}")
    (folder / "text.npy").write_text("not an array")


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A case as a launch plan (docs/LaunchPlan.md); all buffers are plain bytes."""

import json

MAP_DEFAULTS = {"offset": 0, "mode": "tiled", "interleave": "none", "swizzle": "none",
                "l2_promotion": "none", "oob_fill": "zeros"}


def _buffer(name, role, size):
    return {"name": name, "role": role, "dtype": "i8", "shape": [size], "strides": [1],
            "align": 256}


def make_plan(case, chip, module):
    """The plan as a dictionary. `module` is the PTX file's name."""
    inputs = case.inputs()
    buffers = [_buffer(name, "input", array.nbytes) for name, array in inputs.items()]
    buffers.append(_buffer("out", "output" if case.initial is None else "inout",
                           case.out_bytes))
    params = [{"buffer": name, "offset": 0} for name in inputs]
    params += [{"tensor_map": {"buffer": m.buffer, **MAP_DEFAULTS, **m.fields}}
               for m in case.maps]
    params.append({"buffer": "out", "offset": 0})
    launch = {"kernel": "k", "grid": list(case.grid), "block": list(case.block),
              "cluster": list(case.cluster), "shared_bytes": 0, "params": params}
    return {"dlk_launch_plan": 1, "chip": chip, "module": module,
            "functions": [{"name": "case", "buffers": buffers, "launches": [launch]}]}


def file_stem(case):
    """The name of the case's files."""
    return case.name.replace("/", ".")


def write_case(case, chip, folder):
    """Writes PTX and plan; returns the PTX file's path."""
    path = folder / f"{file_stem(case)}.ptx"
    path.write_text(case.ptx(chip))
    path.with_suffix(".json").write_text(
        json.dumps(make_plan(case, chip, path.name)) + "\n")
    return path

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Results as data: JSON, gzipped, with each output packed.

    {"conformance": 1, "device": ..., "driver": ..., "chip": ..., "date": ...,
     "cases": {NAME: {"status": "ok", "key": ..., "outputs": {OUTPUT: PACKED}}}}

PACKED is base64 of zlib of the bytes of the differences from element to element,
lowest bytes of all elements first. Of an output with `parts` it is a hash of each
block of elements, and every so many elements packed.
"""

import base64
import gzip
import hashlib
import json
import zlib

import numpy as np

FORMAT = 1


def pack(array):
    """An array of unsigned integers as text."""
    array = np.ascontiguousarray(array)
    before = np.concatenate([np.zeros(1, array.dtype), array[:-1]])
    planes = (array - before).view(np.uint8).reshape(-1, array.dtype.itemsize).T
    return base64.b64encode(zlib.compress(planes.tobytes(), 9)).decode()


def unpack(text, dtype):
    """The inverse of pack."""
    dtype = np.dtype(dtype)
    planes = np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint8)
    steps = np.ascontiguousarray(planes.reshape(dtype.itemsize, -1).T).view(dtype).ravel()
    return np.cumsum(steps, dtype=dtype)


def block_hashes(array, blocks):
    """A hash of each of the equal parts of an array."""
    return [hashlib.sha256(block.tobytes()).hexdigest()[:8]
            for block in np.array_split(array, blocks)]


def pack_output(output, array, whole=False):
    """What is stored of an output; `whole` ignores its parts."""
    if output.parts and not whole:
        blocks, step = output.parts
        return {"hashes": block_hashes(array, blocks), "samples": pack(array[::step])}
    return pack(array)


def entry(case, chip, whole, status, note, raw):
    """What is stored of a case."""
    found = {"status": status, "key": case.key(chip)}
    if note:
        found["note"] = note
    if raw is not None:
        arrays = case.split(raw)
        found["outputs"] = {o.name: pack_output(o, arrays[o.name], whole)
                            for o in case.outputs}
    return found


def save(path, results):
    """Writes results; the same ones give the same bytes."""
    text = json.dumps({"conformance": FORMAT, **results}, sort_keys=True,
                      separators=(",", ":"))
    with open(path, "wb") as file:
        with gzip.GzipFile("", "wb", 9, file, 0) as packed:
            packed.write(text.encode())


def load(path):
    """Reads results."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        results = json.load(file)
    if results.get("conformance") != FORMAT:
        raise ValueError(f"{path}: format {results.get('conformance')}, expected {FORMAT}")
    return results

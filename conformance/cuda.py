# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a case on a GPU with nothing but the CUDA driver, through ctypes.

A fault of a kernel makes the process useless for CUDA, so that whoever uses
this class ends the process after an error; runner.py does.
"""

import ctypes
import pathlib

import numpy as np

from .case import UNWRITTEN
from .plan import MAP_DEFAULTS, file_stem

CAPABILITY_MAJOR, CAPABILITY_MINOR = 75, 76
ERROR_LOG, ERROR_LOG_BYTES = 5, 6
MAP_TYPES = {"i8": 0, "f8E4M3FN": 0, "f8E5M2": 0, "i16": 1, "i32": 3, "f16": 6,
             "f32": 7, "f64": 8, "bf16": 9, "tf32": 11}


class CudaError(Exception):
    """A call of the driver that failed."""


def chip_of(major, minor):
    """The newest target of the kit that the GPU runs, or None."""
    if (major, minor) == (9, 0):
        return "sm_90a"
    if (major, minor) >= (8, 9):
        return "sm_89"
    return "sm_80" if major >= 8 else None


def _array(kind, values):
    return (kind * max(len(values), 1))(*values)


class CudaDevice:
    """The first GPU. `kit` holds cubins by chip and case, if there are any."""

    def __init__(self, kit=None):
        try:
            self.driver = ctypes.CDLL("libcuda.so.1")
        except OSError as error:
            raise CudaError(f"no CUDA driver: {error}") from error
        self.kit = kit
        self._call("cuInit", 0)
        device = ctypes.c_int()
        self._call("cuDeviceGet", ctypes.byref(device), 0)
        context = ctypes.c_void_p()
        self._call("cuDevicePrimaryCtxRetain", ctypes.byref(context), device)
        self._call("cuCtxSetCurrent", context)
        name = ctypes.create_string_buffer(256)
        self._call("cuDeviceGetName", name, 256, device)
        version = ctypes.c_int()
        self._call("cuDriverGetVersion", ctypes.byref(version))
        self.name, self.version = name.value.decode(), version.value
        self.capability = tuple(self._attribute(device, which) for which in
                                (CAPABILITY_MAJOR, CAPABILITY_MINOR))
        self.chip = chip_of(*self.capability)
        if self.chip is None:
            raise CudaError(f"compute capability {self.capability}: the kit needs 8.0")

    def describe(self):
        """What stands in the head of the results."""
        try:
            line = pathlib.Path("/proc/driver/nvidia/version").read_text().split("\n")[0]
            driver = next(w for w in line.split() if w[0].isdigit() and "." in w)
        except (OSError, StopIteration):
            driver = "unknown"
        return {"device": self.name, "driver": driver, "cuda": self.version,
                "capability": list(self.capability), "chip": self.chip}

    def run(self, case):
        """(status, what was said, bytes of `out` or None)"""
        memory = []
        try:
            function, note = self._load(case)
            addresses = {}
            for name, array in case.inputs().items():
                data = np.frombuffer(np.ascontiguousarray(array).tobytes(), np.uint8)
                addresses[name] = self._upload(memory, data)
            before = case.out_before()
            if before is None:
                before = np.full(case.out_bytes, UNWRITTEN, np.uint8)
            addresses["out"] = self._upload(memory, before)
            self._launch(case, function, addresses)
            self._call("cuCtxSynchronize")
            result = np.empty(case.out_bytes, np.uint8)
            self._call("cuMemcpyDtoH_v2", ctypes.c_void_p(result.ctypes.data),
                       ctypes.c_uint64(addresses["out"]), ctypes.c_size_t(result.nbytes))
            for address in memory:
                self._call("cuMemFree_v2", ctypes.c_uint64(address))
            return "ok", note, result
        except CudaError as error:
            return "error", str(error), None

    def _call(self, function, *arguments):
        status = getattr(self.driver, function)(*arguments)
        if status:
            text = ctypes.c_char_p()
            self.driver.cuGetErrorName(status, ctypes.byref(text))
            raise CudaError(f"{function}: {(text.value or b'unknown').decode()} ({status})")

    def _attribute(self, device, which):
        value = ctypes.c_int()
        self._call("cuDeviceGetAttribute", ctypes.byref(value), which, device)
        return value.value

    def _upload(self, memory, data):
        address = ctypes.c_uint64()
        self._call("cuMemAlloc_v2", ctypes.byref(address),
                   ctypes.c_size_t(max(data.nbytes, 256)))
        memory.append(address.value)
        self._call("cuMemcpyHtoD_v2", address, ctypes.c_void_p(data.ctypes.data),
                   ctypes.c_size_t(data.nbytes))
        return address.value

    def _load(self, case):
        """The kernel from its cubin, or from PTX, which the note then says."""
        cubin = None
        if self.kit:
            cubin = pathlib.Path(self.kit) / self.chip / f"{file_stem(case)}.cubin"
        compiled = cubin is not None and cubin.exists()
        image = cubin.read_bytes() if compiled else case.ptx(self.chip).encode() + b"\0"
        module, function = ctypes.c_void_p(), ctypes.c_void_p()
        log = ctypes.create_string_buffer(4096)
        options = _array(ctypes.c_int, [ERROR_LOG, ERROR_LOG_BYTES])
        values = _array(ctypes.c_void_p, [ctypes.addressof(log), 4096])
        try:
            self._call("cuModuleLoadDataEx", ctypes.byref(module), image, 2, options,
                       values)
            self._call("cuModuleGetFunction", ctypes.byref(function), module, b"k")
        except CudaError as error:
            raise CudaError(f"{error} {log.value.decode(errors='replace')}") from error
        return function, "" if compiled else "compiled by the driver"

    def _launch(self, case, function, addresses):
        values = [ctypes.c_uint64(addresses[name]) for name in addresses if name != "out"]
        values += [self._encode(m, addresses[m.buffer]) for m in case.maps]
        values.append(ctypes.c_uint64(addresses["out"]))
        params = _array(ctypes.c_void_p, [ctypes.addressof(v) for v in values])
        # The cluster's size is in the PTX.
        self._call("cuLaunchKernel", function, *case.grid, *case.block, 0, None, params,
                   None)

    def _encode(self, tensor_map, address):
        f = {**MAP_DEFAULTS, **tensor_map.fields}
        raw = ctypes.create_string_buffer(128 + 64)
        start = (ctypes.addressof(raw) + 63) // 64 * 64
        rank = len(f["dims"])
        common = [ctypes.c_void_p(start), MAP_TYPES[f["dtype"]], rank,
                  ctypes.c_void_p(address + f["offset"]),
                  _array(ctypes.c_uint64, f["dims"]), _array(ctypes.c_uint64, f["strides"])]
        steps = _array(ctypes.c_uint32, f["element_strides"])
        tail = [steps, ["none", "16B", "32B"].index(f["interleave"]),
                ["none", "32B", "64B", "128B"].index(f["swizzle"]),
                ["none", "64B", "128B", "256B"].index(f["l2_promotion"]),
                ["zeros", "nan"].index(f["oob_fill"])]
        if f["mode"] == "tiled":
            self._call("cuTensorMapEncodeTiled", *common,
                       _array(ctypes.c_uint32, f["box"]), *tail)
        else:
            self._call("cuTensorMapEncodeIm2col", *common,
                       _array(ctypes.c_int, f["pixel_box_lower"]),
                       _array(ctypes.c_int, f["pixel_box_upper"]),
                       f["channels_per_pixel"], f["pixels_per_column"], *tail)
        return (ctypes.c_byte * 128).from_buffer_copy(ctypes.string_at(start, 128))

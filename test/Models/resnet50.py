# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ResNet-50 (He et al. 2015, with the stride in the 3x3 convolutions), forward, as
linalg with random weights, and what it computes.

Activations and weights are f16 in NHWC, sums and batch norms, folded to a scale and
a shift, f32. Every tensor of weights is an argument of the function.
"""

import numpy as np

# Width of the 3x3 convolutions, blocks, and the stride of the first one.
STAGES = [(64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)]
EXPANSION = 4


def tensor(shape, dtype="f16"):
    return "tensor<" + "".join(f"{d}x" for d in shape) + dtype + ">"


class Network:
    """Writes the function and computes its value at the same time."""

    def __init__(self, images, size, classes=1000, seed=0, compute=True):
        self.random = np.random.default_rng(seed)
        self.compute = compute
        self.arguments, self.lines, self.count = [], [], 0
        self.classes = classes
        self.run(images, size)

    def name(self):
        self.count += 1
        return f"%v{self.count}"

    def argument(self, values):
        """A tensor that the caller passes: (name, array)."""
        name = f"%arg{len(self.arguments)}"
        self.arguments.append(values)
        return name

    def emit(self, text):
        self.lines.append("  " + text)

    # Operations: a value is (name, shape, array in float64 or None).

    def convolution(self, x, features, taps, stride, relu, residual=None):
        """Convolution, batch norm, perhaps a residual, perhaps relu."""
        name, (n, h, w, c), array = x
        pad = taps // 2
        weights = (self.random.standard_normal((features, taps, taps, c)) *
                   np.sqrt(2 / (taps * taps * c))).astype(np.float16)
        scale = self.random.uniform(0.5, 1.0, features).astype(np.float32)
        shift = self.random.uniform(-0.1, 0.1, features).astype(np.float32)
        p, q = ((e + 2 * pad - taps) // stride + 1 for e in (h, w))
        filter_, scale_, shift_ = (self.argument(a) for a in (weights, scale, shift))
        source, shape = name, (n, h, w, c)
        if pad:
            source, shape = self.name(), (n, h + 2 * pad, w + 2 * pad, c)
            self.emit(f"{source} = tensor.pad {name} low[0, {pad}, {pad}, 0] high[0, {pad}, {pad}, 0] {{")
            self.emit("^bb0(%i: index, %j: index, %k: index, %l: index):")
            self.emit(f"  tensor.yield %zero16 : f16\n  }} : {tensor((n, h, w, c))} to {tensor(shape)}")
        out = (n, p, q, features)
        empty, zeros, sums, result = (self.name() for _ in range(4))
        self.emit(f"{empty} = tensor.empty() : {tensor(out, 'f32')}")
        self.emit(f"{zeros} = linalg.fill ins(%zero : f32) outs({empty} : {tensor(out, 'f32')}) "
                  f"-> {tensor(out, 'f32')}")
        self.emit(f"{sums} = linalg.conv_2d_nhwc_fhwc {{strides = dense<{stride}> : tensor<2xi64>, "
                  f"dilations = dense<1> : tensor<2xi64>}} ins({source}, {filter_} : {tensor(shape)}, "
                  f"{tensor(weights.shape)}) outs({zeros} : {tensor(out, 'f32')}) -> {tensor(out, 'f32')}")
        self.norm(sums, out, scale_, shift_, relu, residual, result)
        if self.compute:
            y = self.convolve(array, weights, stride, pad) * scale + shift
            if residual:
                y = y + residual[2]
            array = (np.maximum(y, 0) if relu else y).astype(np.float16).astype(np.float64)
        return result, out, array

    def norm(self, sums, shape, scale, shift, relu, residual, result):
        every = "affine_map<(n, h, w, f) -> (n, h, w, f)>"
        channel = "affine_map<(n, h, w, f) -> (f)>"
        maps = [every, channel, channel] + [every] * (2 if residual else 1)
        names, features = [sums, scale, shift], shape[-1]
        types = [tensor(shape, "f32"), *[tensor([features], "f32")] * 2]
        block = ["%a: f32", "%s: f32", "%t: f32"]
        body = ["%m = arith.mulf %a, %s : f32", "%n0 = arith.addf %m, %t : f32"]
        last = "%n0"
        if residual:
            names.append(residual[0])
            types.append(tensor(shape))
            block.append("%r: f16")
            body += ["%w = arith.extf %r : f16 to f32", f"%n1 = arith.addf {last}, %w : f32"]
            last = "%n1"
        if relu:
            body.append(f"%n2 = arith.maximumf {last}, %zero : f32")
            last = "%n2"
        empty = self.name()
        self.emit(f"{empty} = tensor.empty() : {tensor(shape)}")
        kinds = ", ".join(['"parallel"'] * 4)
        self.emit(f"{result} = linalg.generic {{indexing_maps = [{', '.join(maps)}], iterator_types = "
                  f"[{kinds}]}} ins({', '.join(names)} : {', '.join(types)}) outs({empty} : {tensor(shape)}) {{")
        self.emit(f"^bb0({', '.join(block)}, %unused: f16):")
        for line in body:
            self.emit("  " + line)
        self.emit(f"  %g = arith.truncf {last} : f32 to f16\n    linalg.yield %g : f16\n  }} -> {tensor(shape)}")

    @staticmethod
    def convolve(x, weights, stride, pad):
        x = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
        _, taps, _, _ = weights.shape
        p, q = ((e - taps) // stride + 1 for e in x.shape[1:3])
        y = 0
        for r in range(taps):
            for s in range(taps):
                window = x[:, r:r + stride * (p - 1) + 1:stride, s:s + stride * (q - 1) + 1:stride]
                y = y + window @ weights[:, r, s].astype(np.float64).T
        return y

    def max_pool(self, x):
        name, (n, h, w, c), array = x
        p, q = ((e + 2 - 3) // 2 + 1 for e in (h, w))
        out, padded = (n, p, q, c), (n, h + 2, w + 2, c)
        source, empty, lowest, window, result = (self.name() for _ in range(5))
        self.emit(f"{source} = tensor.pad {name} low[0, 1, 1, 0] high[0, 1, 1, 0] {{")
        self.emit("^bb0(%i: index, %j: index, %k: index, %l: index):")
        self.emit(f"  tensor.yield %lowest : f16\n  }} : {tensor((n, h, w, c))} to {tensor(padded)}")
        self.emit(f"{empty} = tensor.empty() : {tensor(out)}")
        self.emit(f"{lowest} = linalg.fill ins(%lowest : f16) outs({empty} : {tensor(out)}) -> {tensor(out)}")
        self.emit(f"{window} = tensor.empty() : {tensor((3, 3))}")
        self.emit(f"{result} = linalg.pooling_nhwc_max {{strides = dense<2> : tensor<2xi64>, dilations = "
                  f"dense<1> : tensor<2xi64>}} ins({source}, {window} : {tensor(padded)}, {tensor((3, 3))}) "
                  f"outs({lowest} : {tensor(out)}) -> {tensor(out)}")
        if self.compute:
            x = np.pad(array, ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=-np.inf)
            array = np.max([x[:, r:r + 2 * p - 1:2, s:s + 2 * q - 1:2] for r in range(3) for s in range(3)],
                           axis=0)
        return result, out, array

    def average(self, x):
        """The mean over all positions, as [images, channels]."""
        name, (n, h, w, c), array = x
        out = (n, 1, 1, c)
        empty, zeros, window, sums, result, flat, factor = (self.name() for _ in range(7))
        self.emit(f"{empty} = tensor.empty() : {tensor(out, 'f32')}")
        self.emit(f"{zeros} = linalg.fill ins(%zero : f32) outs({empty} : {tensor(out, 'f32')}) "
                  f"-> {tensor(out, 'f32')}")
        self.emit(f"{window} = tensor.empty() : {tensor((h, w))}")
        self.emit(f"{sums} = linalg.pooling_nhwc_sum ins({name}, {window} : {tensor((n, h, w, c))}, "
                  f"{tensor((h, w))}) outs({zeros} : {tensor(out, 'f32')}) -> {tensor(out, 'f32')}")
        self.emit(f"{factor} = arith.constant {1 / (h * w):.9e} : f32")
        target = self.name()
        every = "affine_map<(n, h, w, f) -> (n, h, w, f)>"
        kinds = ", ".join(['"parallel"'] * 4)
        self.emit(f"{target} = tensor.empty() : {tensor(out)}")
        self.emit(f"{result} = linalg.generic {{indexing_maps = [{every}, {every}], iterator_types = [{kinds}]}} "
                  f"ins({sums} : {tensor(out, 'f32')}) outs({target} : {tensor(out)}) {{")
        self.emit("^bb0(%a: f32, %unused: f16):")
        self.emit(f"  %m = arith.mulf %a, {factor} : f32\n    %g = arith.truncf %m : f32 to f16")
        self.emit(f"  linalg.yield %g : f16\n  }} -> {tensor(out)}")
        self.emit(f"{flat} = tensor.collapse_shape {result} [[0, 1, 2], [3]] : {tensor(out)} into {tensor((n, c))}")
        if self.compute:
            array = array.mean(axis=(1, 2)).astype(np.float16).astype(np.float64)
        return flat, (n, c), array

    def classifier(self, x):
        name, (n, c), array = x
        weights = (self.random.standard_normal((c, self.classes)) / np.sqrt(c)).astype(np.float16)
        bias = self.random.uniform(-0.1, 0.1, self.classes).astype(np.float32)
        weights_, bias_ = self.argument(weights), self.argument(bias)
        out = (n, self.classes)
        empty, init, result = (self.name() for _ in range(3))
        self.emit(f"{empty} = tensor.empty() : {tensor(out, 'f32')}")
        self.emit(f"{init} = linalg.broadcast ins({bias_} : {tensor([self.classes], 'f32')}) "
                  f"outs({empty} : {tensor(out, 'f32')}) dimensions = [0]")
        self.emit(f"{result} = linalg.matmul ins({name}, {weights_} : {tensor((n, c))}, {tensor(weights.shape)}) "
                  f"outs({init} : {tensor(out, 'f32')}) -> {tensor(out, 'f32')}")
        if self.compute:
            array = array @ weights.astype(np.float64) + bias
        return result, out, array

    def block(self, x, width, stride):
        features = width * EXPANSION
        shortcut = x
        if stride != 1 or x[1][-1] != features:
            shortcut = self.convolution(x, features, 1, stride, relu=False)
        y = self.convolution(x, width, 1, 1, relu=True)
        y = self.convolution(y, width, 3, stride, relu=True)
        return self.convolution(y, features, 1, 1, relu=True, residual=shortcut)

    def run(self, images, size):
        image = self.random.standard_normal((images, size, size, 3)).astype(np.float16)
        x = self.argument(image), image.shape, image.astype(np.float64)
        x = self.convolution(x, 64, 7, 2, relu=True)
        x = self.max_pool(x)
        for width, blocks, stride in STAGES:
            for index in range(blocks):
                x = self.block(x, width, stride if index == 0 else 1)
        self.result = self.classifier(self.average(x))

    def text(self):
        names = {np.dtype(np.float16): "f16", np.dtype(np.float32): "f32"}
        arguments = ", ".join(f"%arg{i}: {tensor(a.shape, names[a.dtype])}"
                              for i, a in enumerate(self.arguments))
        name, shape, _ = self.result
        constants = ["  %zero = arith.constant 0.0 : f32", "  %zero16 = arith.constant 0.0 : f16",
                     "  %lowest = arith.constant 0xFC00 : f16"]
        return "\n".join([f"func.func @resnet50({arguments}) -> {tensor(shape, 'f32')} {{", *constants,
                          *self.lines, f"  return {name} : {tensor(shape, 'f32')}", "}", ""])

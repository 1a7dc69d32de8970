# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The convolutions of real networks, found by walking through them as their papers
define them: ResNet-50 (stride in the 3x3, as is usual), ResNeXt-50 32x4d, MobileNetV2,
ConvNeXt-T and the UNet of Stable Diffusion 1.5."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Layer:
    """A convolution of square images and filters. Depthwise: as many groups as channels."""

    c: int
    f: int
    size: int
    filter: int
    stride: int = 1
    pad: int = 0
    depthwise: bool = False
    groups: int = 1

    def __str__(self):
        return (f"{self.c}x{self.f}-{self.size}-k{self.filter}s{self.stride}p{self.pad}"
                f"{'-depthwise' * self.depthwise}{f'-g{self.groups}' * (self.groups > 1)}")


def _same(c, f, size, filter_size, stride=1, depthwise=False):
    return Layer(c, f, size, filter_size, stride, filter_size // 2, depthwise)


def resnet50(groups=1, group_width=64):
    yield _same(3, 64, 224, 7, 2)
    channels, size = 64, 56
    for width, blocks, stage_stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for block in range(blocks):
            stride = 1 if block else stage_stride
            inner = width * groups * group_width // 64
            yield _same(channels, inner, size, 1)
            yield dataclasses.replace(_same(inner, inner, size, 3, stride), groups=groups)
            if block == 0:
                yield _same(channels, 4 * width, size, 1, stride)
            size //= stride
            yield _same(inner, 4 * width, size, 1)
            channels = 4 * width


def resnext50():
    """Only what ResNet-50 does not have: the convolutions with groups."""
    return (layer for layer in resnet50(32, 4) if layer.groups > 1)


def mobilenet_v2():
    yield _same(3, 32, 224, 3, 2)
    channels, size = 32, 112
    for expansion, width, blocks, stage_stride in ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2),
                                                   (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2),
                                                   (6, 320, 1, 1)):
        for block in range(blocks):
            stride, hidden = 1 if block else stage_stride, expansion * channels
            if expansion != 1:
                yield _same(channels, hidden, size, 1)
            yield _same(hidden, hidden, size, 3, stride, depthwise=True)
            size //= stride
            yield _same(hidden, width, size, 1)
            channels = width
    yield _same(320, 1280, 7, 1)


def convnext_t():
    yield Layer(3, 96, 224, 4, 4)
    size, channels = 56, 96
    for width in (96, 192, 384, 768):
        if width != channels:
            yield Layer(channels, width, size, 2, 2)
            size, channels = size // 2, width
        yield _same(width, width, size, 7, depthwise=True)
        yield _same(width, 4 * width, size, 1)
        yield _same(4 * width, width, size, 1)


def _residual_block(c, f, size):
    yield _same(c, f, size, 3)
    yield _same(f, f, size, 3)
    if c != f:
        yield _same(c, f, size, 1)


def sd_unet():
    widths = (320, 640, 1280, 1280)
    yield _same(4, 320, 64, 3)
    channels, size, skips = 320, 64, [320]
    for level, width in enumerate(widths):
        for _ in range(2):
            yield from _residual_block(channels, width, size)
            channels = width
            skips.append(width)
            if level < 3:
                yield _same(width, width, size, 1)  # around attention
        if level < 3:
            yield _same(width, width, size, 3, 2)
            size //= 2
            skips.append(width)
    yield from _residual_block(1280, 1280, 8)
    yield _same(1280, 1280, 8, 1)
    for level, width in reversed(list(enumerate(widths))):
        for _ in range(3):
            yield from _residual_block(channels + skips.pop(), width, size)
            channels = width
        if level:
            size *= 2
            yield _same(width, width, size, 3)
    yield _same(320, 4, 64, 3)


# Each distinct layer of each network, in the order of the network.
NETWORKS = {walk.__name__: list(dict.fromkeys(walk()))
            for walk in (resnet50, resnext50, mobilenet_v2, convnext_t, sd_unet)}

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The hardware conformance kit: micro-kernels, their runner, and the replay."""

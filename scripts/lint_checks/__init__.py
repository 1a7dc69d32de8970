# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The checks of scripts/lint: each takes a files.Tree and yields findings."""

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// As PrecompiledExecutor.h, for the unit tests that need no MLIR.

#include "PrecompiledExecutor.h"
#include "gtest/gtest.h"
#include <random>

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// DLK_MULTIVERSION in front of a function definition compiles it for the
// baseline, x86-64-v3 (AVX2, FMA) and x86-64-v4 (AVX-512); the loader picks the
// best one that the machine has. What such a function calls must be inlined
// into it to profit (DLK_INLINE).

#ifndef DLK_LIB_EXECUTOR_HOSTTARGET_H
#define DLK_LIB_EXECUTOR_HOSTTARGET_H

#if defined(__x86_64__) && defined(__linux__) && defined(__clang__)
#define DLK_MULTIVERSION                                                       \
  __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define DLK_MULTIVERSION
#endif

#define DLK_INLINE inline __attribute__((always_inline))

#endif // DLK_LIB_EXECUTOR_HOSTTARGET_H

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Compiler and linker flags of all targets: those that LLVM itself was built
# with (RTTI, no exceptions), warnings, lld and ccache where they are found.
# Assertions of our own code stay on in every build type: no -DNDEBUG.

foreach(lang C CXX)
  set(CMAKE_${lang}_FLAGS_RELEASE "-O2")
  set(CMAKE_${lang}_FLAGS_RELWITHDEBINFO "-gline-tables-only")
  set(CMAKE_${lang}_FLAGS_DEBUG "-g")
endforeach()

add_compile_options(
  -Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers
  # All code alike, tools too, so that one precompiled header serves all.
  -fPIC
  -ffunction-sections -fdata-sections -fdiagnostics-color
  $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions>
  $<$<COMPILE_LANGUAGE:CXX>:-fvisibility-inlines-hidden>)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Wno-deprecated-declarations>)
  add_link_options(-fuse-ld=lld -Wl,--gc-sections -Wl,--as-needed)
endif()

find_program(DLK_CCACHE ccache)
if(DLK_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      ${DLK_CCACHE})
endif()

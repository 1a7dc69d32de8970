# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The functions that every other CMakeLists.txt is written in.
#
#   add_dlk_library(NAME [sources...] [DEPENDS ...] [LINK_LIBS ...])
#   add_dlk_executor_library(NAME ...)     the same without MLIR, optimised for speed
#   add_dlk_tool(NAME [sources...] [EXECUTOR] [LINK_LIBS ...])
#   add_dlk_unittest(NAME [sources...] [EXECUTOR] [LINK_LIBS ...])
#
# Without sources, all .cpp files of the folder are taken; a folder without any
# becomes an empty interface library, so that others may already link to it.
# DEPENDS names the generated headers that a library waits for; without it, it
# waits for all of them.
# Libraries never link LLVM or MLIR themselves: the tool decides, once, between
# the shared libraries and the archives. Two copies of MLIR in one process
# would break its type identities.

function(dlk_sources out)
  set(files ${ARGN})
  if(NOT files)
    file(GLOB files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  endif()
  set(${out} ${files} PARENT_SCOPE)
endfunction()

function(dlk_new_library name out_sources)
  cmake_parse_arguments(PARSE_ARGV 2 ARG "" "" "DEPENDS;LINK_LIBS")
  dlk_sources(sources ${ARG_UNPARSED_ARGUMENTS})
  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC ${ARG_LINK_LIBS})
    if(ARG_DEPENDS)
      add_dependencies(${name} ${ARG_DEPENDS})
    endif()
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE ${ARG_LINK_LIBS})
  endif()
  set(${out_sources} ${sources} PARENT_SCOPE)
endfunction()

# A translation unit NAME that only holds a precompiled header, compiled with an
# optimisation flag, which all that use it must have too: clang insists.
function(add_dlk_precompiled_header name header optimise)
  set(unit ${PROJECT_BINARY_DIR}/${name}.cpp)
  file(CONFIGURE OUTPUT ${unit} CONTENT "// Holds the precompiled header.\n")
  add_library(${name} OBJECT ${unit})
  target_compile_options(${name} PRIVATE ${optimise})
  target_precompile_headers(${name} PRIVATE ${header})
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    target_compile_options(${name} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
  endif()
endfunction()

function(dlk_use_precompiled_header name pch optimise)
  target_compile_options(${name} PRIVATE ${optimise})
  target_precompile_headers(${name} REUSE_FROM ${pch})
endfunction()

function(add_dlk_library name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "DEPENDS;LINK_LIBS")
  dlk_new_library(${name} sources ${ARGN})
  if(sources)
    dlk_use_precompiled_header(${name} dlk-precompiled ${DLK_OPTIMISE})
    if(NOT ARG_DEPENDS)
      add_dependencies(${name} dlk-headers)
    endif()
  endif()
endfunction()

function(add_dlk_executor_library name)
  dlk_new_library(${name} sources ${ARGN})
  if(sources)
    dlk_use_precompiled_header(${name} dlk-precompiled-executor ${DLK_OPTIMISE_EXECUTOR})
  endif()
endfunction()

function(dlk_link_llvm name executor)
  if(DLK_LINK_STATIC)
    target_link_options(${name} PRIVATE -static-libstdc++ -static-libgcc)
  endif()
  if(executor)
    target_link_libraries(${name} PRIVATE LLVMSupport)
  elseif(DLK_LINK_STATIC)
    include(DlkStatic)
    dlk_link_static(${name})
  else()
    target_link_libraries(${name} PRIVATE MLIR LLVM)
  endif()
endfunction()

function(dlk_new_executable name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "EXECUTOR;TEST" "" "LINK_LIBS")
  dlk_sources(sources ${ARG_UNPARSED_ARGUMENTS})
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE ${ARG_LINK_LIBS})
  dlk_link_llvm(${name} ${ARG_EXECUTOR})
  if(ARG_TEST)
    dlk_use_precompiled_header(${name} dlk-precompiled-tests -O1)
  elseif(ARG_EXECUTOR)
    dlk_use_precompiled_header(${name} dlk-precompiled-executor ${DLK_OPTIMISE_EXECUTOR})
  else()
    dlk_use_precompiled_header(${name} dlk-precompiled ${DLK_OPTIMISE})
    add_dependencies(${name} dlk-headers)
  endif()
endfunction()

function(add_dlk_tool name)
  dlk_new_executable(${name} ${ARGN})
  install(TARGETS ${name} RUNTIME DESTINATION bin)
endfunction()

# A GoogleTest binary in <build>/unittests; check-dlk and scripts/check run all
# that lie there.
function(add_dlk_unittest name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "EXECUTOR" "" "LINK_LIBS")
  dlk_sources(sources ${ARG_UNPARSED_ARGUMENTS})
  if(NOT sources OR NOT (ARG_EXECUTOR OR DLK_BUILD_COMPILER))
    return()
  endif()
  set(flavour)
  if(ARG_EXECUTOR)
    set(flavour EXECUTOR TEST)
  endif()
  dlk_new_executable(${name} ${sources} ${flavour}
                     LINK_LIBS ${ARG_LINK_LIBS} GTest::gtest GTest::gtest_main)
  set_target_properties(${name} PROPERTIES
                        RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/unittests)
  set_property(GLOBAL APPEND PROPERTY DLK_UNITTESTS ${name})
endfunction()

# Declarations and definitions of one tablegen file PREFIX.td, if it exists:
# dlk_tablegen_pair(DlkOps op) gives DlkOps.h.inc and DlkOps.cpp.inc.
macro(dlk_tablegen_pair file kind output)
  file(GLOB dlk_td CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${file}.td)
  if(dlk_td)
    set(LLVM_TARGET_DEFINITIONS ${file}.td)
    mlir_tablegen(${output}.h.inc -gen-${kind}-decls ${ARGN})
    mlir_tablegen(${output}.cpp.inc -gen-${kind}-defs ${ARGN})
  endif()
endmacro()

# All generated files of a dialect: from PREFIX{Dialect,Attrs,Types,Ops}.td and
# PREFIX{Attr,Type,Op}Interfaces.td, each only if it exists, the .inc files of the
# same names; the enums of PREFIXEnums.td, else of PREFIXAttrs.td, as PREFIXEnums.
# OPS names the file that includes all operations when PREFIXOps.td is only one
# of several; the output is PREFIXOps all the same.
function(add_dlk_dialect_tablegen prefix dialect)
  cmake_parse_arguments(PARSE_ARGV 2 ARG "" "OPS" "")
  set(ops ${prefix}Ops)
  if(ARG_OPS)
    set(ops ${ARG_OPS})
  endif()
  set(enums ${prefix}Attrs)
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${prefix}Enums.td)
    set(enums ${prefix}Enums)
  endif()
  set(TABLEGEN_OUTPUT)
  dlk_tablegen_pair(${prefix}Dialect dialect ${prefix}Dialect -dialect=${dialect})
  dlk_tablegen_pair(${enums} enum ${prefix}Enums)
  dlk_tablegen_pair(${prefix}Attrs attrdef ${prefix}Attrs -attrdefs-dialect=${dialect})
  dlk_tablegen_pair(${prefix}Types typedef ${prefix}Types -typedefs-dialect=${dialect})
  dlk_tablegen_pair(${prefix}AttrInterfaces attr-interface ${prefix}AttrInterfaces)
  dlk_tablegen_pair(${prefix}TypeInterfaces type-interface ${prefix}TypeInterfaces)
  dlk_tablegen_pair(${prefix}OpInterfaces op-interface ${prefix}OpInterfaces)
  dlk_tablegen_pair(${ops} op ${prefix}Ops)
  add_custom_target(${prefix}IncGen DEPENDS ${TABLEGEN_OUTPUT})
  add_dependencies(dlk-headers ${prefix}IncGen)
endfunction()

# Passes.td of the current folder, registered as register<name>Passes().
function(add_dlk_passes_tablegen name)
  set(TABLEGEN_OUTPUT)
  set(LLVM_TARGET_DEFINITIONS Passes.td)
  mlir_tablegen(Passes.h.inc -gen-pass-decls -name ${name})
  add_custom_target(${name}PassIncGen DEPENDS ${TABLEGEN_OUTPUT})
  add_dependencies(dlk-headers ${name}PassIncGen)
endfunction()

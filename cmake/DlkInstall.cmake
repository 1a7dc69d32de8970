# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Installs the libraries that need no MLIR, with their headers, as the CMake
# package dlk: find_package(dlk COMPONENTS executor runtime) gives dlk::executor
# (include/dlk/Executor) and dlk::runtime (launch plans, arrays, sessions).
# `cmake --install BUILD --component dlk-development` installs nothing else.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(dlk_package ${CMAKE_INSTALL_LIBDIR}/cmake/dlk)
foreach(library Executor Runtime Target Support)
  string(TOLOWER ${library} name)
  set_target_properties(DLK${library} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(DLK${library} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  install(TARGETS DLK${library} EXPORT dlkTargets COMPONENT dlk-development
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT dlk-development)
endforeach()
install(DIRECTORY include/dlk/Executor include/dlk/Runtime include/dlk/Target
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/dlk COMPONENT dlk-development FILES_MATCHING PATTERN *.h)
install(EXPORT dlkTargets NAMESPACE dlk:: DESTINATION ${dlk_package} COMPONENT dlk-development)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/dlkConfig.cmake.in
                              ${PROJECT_BINARY_DIR}/dlkConfig.cmake INSTALL_DESTINATION ${dlk_package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/dlkConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/dlkConfig.cmake ${PROJECT_BINARY_DIR}/dlkConfigVersion.cmake
        DESTINATION ${dlk_package} COMPONENT dlk-development)

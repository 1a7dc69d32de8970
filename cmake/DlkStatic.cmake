# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Links a tool to the archives of MLIR and LLVM: for shipping, and slow to link.
# Debian's MLIR archives name the shared library LLVM as their dependency, and
# lld prefers a shared symbol to one in an archive: the name is taken out, and
# the components below stand in for it.

set(DLK_STATIC_MLIR
  MLIRRegisterAllDialects MLIRRegisterAllPasses MLIRRegisterAllExtensions
  MLIROptLib MLIRReduceLib MLIRLspServerLib
  MLIRBuiltinToLLVMIRTranslation MLIRLLVMToLLVMIRTranslation
  MLIRNVVMToLLVMIRTranslation MLIRGPUToLLVMIRTranslation MLIRTargetLLVMIRExport)

# What dlk uses itself, and what the passes of mlir-opt use: some of them name
# every target.
set(DLK_STATIC_LLVM_COMPONENTS
  ${LLVM_TARGETS_TO_BUILD} passes codegen core support analysis ipo irreader linker
  mc object targetparser bitreader bitwriter orcjit executionengine
  frontendopenmp frontendoffloading)

function(dlk_drop_shared_llvm)
  foreach(lib ${MLIR_EXPORTED_TARGETS})
    get_target_property(links ${lib} INTERFACE_LINK_LIBRARIES)
    if(links)
      list(REMOVE_ITEM links LLVM "$<LINK_ONLY:LLVM>")
      set_target_properties(${lib} PROPERTIES INTERFACE_LINK_LIBRARIES "${links}")
    endif()
  endforeach()
endfunction()

function(dlk_link_static name)
  dlk_drop_shared_llvm()
  llvm_map_components_to_libnames(llvm ${DLK_STATIC_LLVM_COMPONENTS})
  target_link_libraries(${name} PRIVATE ${DLK_STATIC_MLIR} ${llvm})
endfunction()

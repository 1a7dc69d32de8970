# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The lit suite: every .mlir, .test and .ptx file below test/, except in the folders
# that pytest and gtest run, is a test, run with
# dlk's tools and LLVM's FileCheck, not and split-file. `ptxas` and `nvcc` are
# features of tests that need them; the tools look for them where dlk-opt does.

import os
import shutil

import lit.formats
from lit.llvm import llvm_config

config.name = "dlk"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test", ".ptx"]
config.excludes = ["Inputs", "Unit", "Scripts", "Docs", "CMakeLists.txt",
                   "Execution", "Fuzz", "Mutation"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.dlk_binary_root, "test")

bin_dir = os.path.join(config.dlk_binary_root, "bin")
config.substitutions += [
    ("%python", "/usr/bin/python3"),
    ("%examples", os.path.join(config.dlk_source_root, "examples")),
    ("%root", config.dlk_source_root),
    ("%build", config.dlk_binary_root),
]
llvm_config.with_system_environment(["HOME", "TMP", "TEMP", "CUDA_HOME"])
llvm_config.with_environment("PATH", config.llvm_tools_dir, append_path=True)
llvm_config.with_environment("PATH", bin_dir, append_path=True)
tools = ["dlk-opt", "dlk-run", "dlk-reduce", "dlk-lsp-server",
         "FileCheck", "count", "not", "split-file", "mlir-opt"]
llvm_config.add_tool_substitutions(
    tools, [bin_dir, config.llvm_tools_dir])


def find_cuda_tool(name):
    """The path of a CUDA tool: CUDA_HOME, PATH, /usr/local/cuda."""
    home = os.environ.get("CUDA_HOME")
    places = [os.path.join(home, "bin", name)] if home else []
    places += [shutil.which(name), os.path.join("/usr/local/cuda/bin", name)]
    return next((p for p in places if p and os.access(p, os.X_OK)), None)


for tool in ["ptxas", "nvcc"]:
    path = find_cuda_tool(tool)
    if path:
        config.available_features.add(tool)
        config.substitutions.append(("%" + tool, path))
if config.dlk_compiler:
    config.available_features.add("compiler")
else:
    config.excludes += ["Dialect", "Transforms", "Conversion", "Pipelines"]

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The executor as a library: installed, found by find_package, built into the program
of examples/executor, and run."""

import re
import subprocess

import pytest


def run(*command, **options):
    """The output of a command that must succeed."""
    result = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            check=False, timeout=300, **options)
    assert result.returncode == 0, result.stdout
    return result.stdout


@pytest.fixture(scope="module", name="installed")
def install(build_dir, tmp_path_factory):
    """Where the libraries and headers are, and the compiler of the build."""
    prefix = tmp_path_factory.mktemp("prefix")
    run("cmake", "--install", build_dir, "--prefix", prefix, "--component", "dlk-development")
    cache = (build_dir / "CMakeCache.txt").read_text()
    return prefix, {name: re.search(rf"^{name}:\w+=(.*)$", cache, re.M)[1]
                    for name in ["CMAKE_CXX_COMPILER", "CMAKE_C_COMPILER", "CMAKE_CXX_FLAGS"]}


def test_example(root, installed, tmp_path):
    """examples/executor as its own project."""
    prefix, compilers = installed
    if "sanitize" in compilers["CMAKE_CXX_FLAGS"]:
        pytest.skip("a sanitized library needs the sanitizer's flags")
    run("cmake", "-S", root / "examples" / "executor", "-B", tmp_path, f"-DCMAKE_PREFIX_PATH={prefix}",
        *(f"-D{name}={value}" for name, value in compilers.items() if value))
    run("cmake", "--build", tmp_path)
    output = run(tmp_path / "saxpy", root / "examples" / "saxpy.ptx")
    assert output == "saxpy: clean, 375 sectors\n"


def test_unknown_component(installed, tmp_path):
    """A component that is none is told."""
    prefix, compilers = installed
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(x C CXX)\n"
        "find_package(dlk REQUIRED COMPONENTS compiler)\n")
    result = subprocess.run(
        ["cmake", "-S", tmp_path, "-B", tmp_path / "b", f"-DCMAKE_PREFIX_PATH={prefix}",
         *(f"-D{name}={value}" for name, value in compilers.items() if value)],
        text=True, capture_output=True, check=False, timeout=300)
    assert result.returncode != 0 and "no such component: compiler" in result.stderr, result.stderr

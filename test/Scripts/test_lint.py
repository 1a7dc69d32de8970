# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""scripts/lint finds what it says it finds: one planted fault for each check."""

import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from lint_checks import code, files, passes, sizes, text  # noqa: E402

SPDX = "// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception\n"
PASS = SPDX + '''
def FooBar : Pass<"dlk-foo-bar"> {
  let summary = "Do something to bars";
  let description = [{
    What: replaces every bar by a foo, which is what the next pass expects to
    find, and drops the bars that nobody uses any more.
    Before: `bar`.
    After: `foo`.
    Needs: nothing.
    Refuses: nothing.
  }];
}
'''


@pytest.fixture(name="plant")
def fixture_plant(tmp_path):
    """Writes files into an empty project and gives its tree."""
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)

    def plant(contents):
        for path, content in contents.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(content)
        return files.Tree(str(tmp_path))
    return plant


def one(findings):
    """The only finding."""
    findings = list(findings)
    assert len(findings) == 1, findings
    return findings[0]


def test_functions_are_found():
    source = '''
namespace a {
struct S : Base<int> {
  S(int x) : value{x} {}
  bool operator==(const S &o) const { return value == o.value; }
  int value = 0;
};
static const char *text = "{ not a brace";
static LogicalResult verify(Operation *op,
                            int n) {
  auto f = [&](int i) { return i; };
  if (n) {
    return failure();
  }
  return success(); // }
}
} // namespace a
void a::S::other() {
  char c = '{';
  int big = 1'000;
}
'''
    found = {f.name: f.lines for f in files.functions(source)}
    assert found["verify"] == 7
    assert found["a::S::other"] == 4
    assert {"S", "verify", "a::S::other"} <= found.keys()


def test_long_function(plant):
    body = "  x();\n" * 80
    tree = plant({"lib/A.cpp": f"{SPDX}void f() {{\n{body}}}\n"})
    assert "f has 82 lines" in one(sizes.check_functions(tree))


@pytest.mark.parametrize("path, limit", [
    ("lib/A.cpp", 600), ("include/A.h", 300), ("include/A.td", 500),
    ("test/a.mlir", 400), ("lib/A/CMakeLists.txt", 50), ("tools/dlk-x/dlk-x.cpp", 150)])
def test_long_file(plant, path, limit):
    assert not list(sizes.check_files(plant({path: "x\n" * limit})))
    assert f"at most {limit}" in one(sizes.check_files(plant({path: "x\n" * (limit + 1)})))


@pytest.mark.parametrize("line", [
    "static cl::opt<int> n(\"n\");", "const char *home = getenv(\"HOME\");",
    "static int counter = 0;", "static std::map<int, int> cache;"])
def test_state_in_library(plant, line):
    tree = plant({"lib/A.cpp": f"{SPDX}{line}\n"})
    assert list(code.check_globals(tree))


@pytest.mark.parametrize("line", [
    "static constexpr int n = 1;", "static const int n = 1;", "static int f(int x);",
    "// static int counter = 0;", "inline constexpr int n = 1;"])
def test_no_state_in_library(plant, line):
    assert not list(code.check_globals(plant({"lib/A.cpp": f"{SPDX}{line}\n"})))


def test_bare_failure(plant):
    source = '''struct P {
  LogicalResult matchAndRewrite(Op op, PatternRewriter &r) const override {
    if (bad)
      return failure();
    return success();
  }
};
LogicalResult other() { return failure(); }
'''
    assert ":4:" in one(code.check_bare_failure(plant({"lib/A.cpp": source})))


def test_rules_and_tests_agree(plant):
    tree = plant({"lib/A.cpp": 'emitError("[DLK-V1]");\nemitError("[DLK-V2]");\n',
                  "test/a.mlir": "// [DLK-V1]\n// [DLK-V3]\n"})
    found = list(code.check_rules(tree))
    assert len(found) == 2
    assert "DLK-V2 has no test" in found[0]
    assert "DLK-V3 is not in the code" in found[1]


def test_pass_names_agree(plant):
    good = {"include/dlk/Transforms/Passes.td": PASS, "lib/Transforms/FooBar.cpp": SPDX,
            "test/Transforms/foo-bar/basic.mlir": ""}
    assert not list(passes.check_names(plant(good)))
    assert not list(passes.check_descriptions(plant(good)))


def test_pass_without_source_and_tests(plant):
    tree = plant({"include/dlk/Transforms/Passes.td": PASS})
    assert len(list(passes.check_names(tree))) == 2


def test_pass_of_another_name(plant):
    tree = plant({"include/dlk/Transforms/Passes.td": PASS.replace("FooBar", "Bar"),
                  "lib/Transforms/FooBar.cpp": SPDX, "test/Transforms/foo-bar/a.mlir": ""})
    assert "defined as Bar" in one(passes.check_names(tree))


def test_pass_without_heading(plant):
    tree = plant({"include/dlk/Transforms/Passes.td": PASS.replace("Refuses:", "No:")})
    assert "lacks `Refuses:`" in one(passes.check_descriptions(tree))


def test_text(plant):
    tree = plant({"lib/A.cpp": "int x;\n", "lib/b.py": "x = 1 \n",
                  "docs/a.md": "a\tb\n", "scripts/run": "#!/bin/bash\n" + SPDX.replace("//", "#")})
    assert [f.split(":")[0] for f in text.check_spdx(tree)] == ["lib/A.cpp", "lib/b.py"]
    assert len(list(text.check_whitespace(tree))) == 2
    assert any("set -euo pipefail" in f for f in text.check_shell(tree))


def test_format(plant):
    tree = plant({"lib/A.cpp": SPDX + "int  x ;\n"})
    assert "clang-format-22 -i lib/A.cpp" in one(text.check_format(tree))

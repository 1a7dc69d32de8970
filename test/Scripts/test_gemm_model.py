# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""benchmarks/gemm_model.py asks for the problems it lists, and its committed table has them all."""

import csv
import dataclasses
import re
import sys

import pytest

TABLE = "benchmarks/results/gemm_model_sm_90a.csv"


@pytest.fixture(scope="module", name="model")
def import_model(root):
    """The script as a module, and its sizes."""
    sys.path.insert(0, str(root / "benchmarks"))
    try:
        import gemm_model  # pylint: disable=import-outside-toplevel
        import gemm_sizes  # pylint: disable=import-outside-toplevel
    finally:
        sys.path.pop(0)
    return gemm_model, gemm_sizes


def read_table(path):
    """The lines of # and the rows."""
    lines = path.read_text().splitlines()
    head = [line for line in lines if line.startswith("#")]
    return head, list(csv.DictReader(lines[len(head):]))


def key(row):
    """What a row is about."""
    return tuple(row[name] for name in ("group", "type", "result", "layout", "batch", "m", "n", "k"))


def problem_key(group, problem):
    """The same of a problem."""
    numbers = (problem.batch, problem.m, problem.n, problem.k)
    return (group, problem.type, problem.result_type(), problem.layout, *map(str, numbers))


def test_committed_table_has_every_problem(root, model):
    head, rows = read_table(root / TABLE)
    assert "nothing of this was measured" in head[0]
    assert re.search(r"date \d{4}-\d\d-\d\d, commit [0-9a-f]{12},", head[1])  # not -dirty
    assert [key(row) for row in rows] == [problem_key(*row) for row in model[1].listed()]
    assert all(int(row["clocks"]) > 0 and row["bound"] for row in rows)


def test_writes_a_table(build_dir, tmp_path, model):
    model[0].write_csv(tmp_path / "t.csv", "sm_90a", model[0].tabulate(
        build_dir / "bin/dlk-opt", "sm_90a",
        [("a", model[1].Problem(256, 128, 64)),
         ("b", model[1].Problem(256, 128, 64, batch=3, result="f32"))]))
    rows = read_table(tmp_path / "t.csv")[1]
    assert list(rows[0]) == list(model[0].COLUMNS)
    assert [key(row)[:5] for row in rows] == [("a", "bf16", "bf16", "TN", "1"),
                                              ("b", "bf16", "f32", "TN", "3")]


# Of the operands, only the named one has rows that TMA cannot copy.
@pytest.mark.parametrize("layout, size, operand", [
    ("TN", (64, 64, 63), "lhs"), ("NN", (63, 64, 64), "lhs"), ("NN", (64, 64, 63), "rhs"),
    ("TT", (64, 63, 64), "rhs"), ("NT", (64, 63, 64), "rhs"), ("NT", (63, 64, 64), "lhs"),
    ("TN", (63, 63, 64), None), ("TT", (63, 64, 64), None), ("NN", (64, 63, 64), None),
    ("NT", (64, 64, 63), None)])
def test_layout_says_along_what_rows_run(build_dir, model, layout, size, operand):
    problem = model[1].Problem(*size, layout=layout)
    row, = model[0].tabulate(build_dir / "bin/dlk-opt", "sm_90a", [("", problem)])
    refused = re.search(r"those of the (lhs|rhs)", row["note"])
    assert (refused and refused[1]) == operand


@pytest.mark.parametrize("options, elements", [
    ({}, ["bf16", "bf16", "bf16"]), ({"type": "tf32"}, ["f32"] * 3),
    ({"type": "fp8"}, ["f8E4M3FN", "f8E4M3FN", "bf16"]),
    ({"result": "f32"}, ["bf16", "bf16", "f32"])])
def test_types_of_operands_and_result(model, options, elements):
    problem = dataclasses.replace(model[1].Problem(2, 3, 5), **options)
    text = model[0].write_function(0, problem).splitlines()[0]
    assert re.findall(r"tensor<\d+x\d+x(\w+)>", text)[:3] == elements
    assert model[0].count_bytes(problem) == sum(
        count * {"f8E4M3FN": 1, "bf16": 2, "f32": 4}[element]
        for count, element in zip((10, 15, 6), elements))

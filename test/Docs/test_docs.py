# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the `shell` blocks of README.md and docs/*.md (docs/Testing.md, These pages)."""

import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BLOCK = re.compile(r"^```shell\n(.*?)^```\n(?:\s*^```text\n(.*?)^```)?", re.M | re.S)


def pages_with_blocks():
    """The pages that have something to run."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    return [page for page in pages if page.exists() and BLOCK.search(page.read_text())]


def make_workplace(folder):
    """A folder in which the sources are seen and to which one may write."""
    for entry in ROOT.iterdir():
        if entry.name not in (".git", "out"):
            (folder / entry.name).symlink_to(entry)


def as_pattern(expected):
    """Lines of a `text` block as a regular expression."""
    lines = [line.rstrip() for line in expected.splitlines() if line.strip()]
    return "(?s)" + ".*?".join(
        r"[^\n]*".join(re.escape(part) for part in line.split("...")) for line in lines)


@pytest.mark.parametrize("page", pages_with_blocks(), ids=lambda page: page.name)
def test_commands_of_page(page, tmp_path):
    """All blocks of a page, in order, in one folder."""
    make_workplace(tmp_path)
    for commands, expected in BLOCK.findall(page.read_text()):
        result = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands], cwd=tmp_path, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**os.environ, "DLK_SKIP_DEPS": "1"}, check=False, timeout=300)
        assert result.returncode == 0, f"{commands}\n{result.stdout}"
        if expected:
            assert re.search(as_pattern(expected), result.stdout), \
                f"{commands}\nexpected:\n{expected}\ngot:\n{result.stdout}"


@pytest.mark.parametrize("page", [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))],
                         ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    """Relative links of a page name files that exist."""
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text()):
        if "generated" not in page.parts and "://" not in target:
            assert (page.parent / target).exists(), f"{page}: {target}"


def generated_pages():
    """The committed pages that tablegen makes."""
    return sorted((ROOT / "docs" / "generated").glob("*.md"))


@pytest.mark.parametrize("page", generated_pages(), ids=lambda page: page.name)
def test_generated_page_is_current(page, build_dir):
    """docs/generated is what the build makes of the sources."""
    fresh = build_dir / "docs" / page.name
    assert fresh.exists(), f"no {fresh}: build the target dlk-docs-build"
    assert page.read_text() == fresh.read_text(), "run ninja -C build/dev dlk-docs"

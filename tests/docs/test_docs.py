"""The documentation is run: the files that it shows are written, and its commands must succeed.

A fenced block opened with ```LANGUAGE file=PATH is a file; ```bash run is one command a line, which must end with
exit code 0 or with the code of `exit=CODE`; ```python run is a program. The blocks of a page run in order, in one
empty folder.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parents[2]
PAGES = [HOME / "README.md", *sorted((HOME / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```(\w+) ([^\n]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)#:]+)\)")
_DERIVED = ("run.yaml", "run.sqlite", "dataset.jsonl", "dataset.parquet", "rejected.jsonl", "summary.json", "README.md",
            "certificate.json")  # fmt: skip


def _blocks(page: Path) -> list[tuple[str, str, str]]:
    return _BLOCK.findall(page.read_text(encoding="utf-8"))


def _run(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if key not in {"PYTHONSTARTUP", "PYTEST_ADDOPTS"}}
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={**kept, "PYTHONPATH": str(HOME)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def _run_commands(source: str, expected: int, folder: Path) -> None:
    for line in source.replace("\\\n", " ").splitlines():
        program, *words = shlex.split(line, comments=True) or ["", ""]
        if not program:
            continue
        assert program == "python", f"only python is run: {line}"
        done = _run(words, folder)
        assert done.returncode == expected, f"{line}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        assert "Traceback" not in done.stderr, done.stderr[-2000:]
        if {"graphs.verify", "graphs.reembed"} & set(words):  # they make no run
            continue
        out = next((word.removeprefix("out=") for word in words if word.startswith("out=")), None)
        assert out is not None, f"a command that is run names its out=: {line}"
        if (folder / out).is_file():  # a file of samples, which is only read
            continue
        missing = [name for name in _DERIVED if not (folder / out / name).is_file()]
        assert not missing, f"{line}: {missing} not written"


@pytest.mark.parametrize("page", [page for page in PAGES if _blocks(page)], ids=lambda page: page.name)
def test_what_a_page_shows_works(page: Path, tmp_path: Path) -> None:
    """Every marked block of the page works as shown."""
    for language, marks, source in _blocks(page):
        given = dict(mark.partition("=")[::2] for mark in marks.split())
        if "file" in given:
            target = tmp_path / given["file"]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(source, encoding="utf-8")
        elif language == "bash" and "run" in given:
            _run_commands(source, int(given.get("exit", "0")), tmp_path)
        elif language == "python" and "run" in given:
            done = _run(["-c", source], tmp_path)
            assert done.returncode == 0, done.stderr
        else:
            pytest.fail(f"{page.name}: a block with unknown marks: {language} {marks}")


def test_the_pages_that_are_run_are_these() -> None:
    """A page whose marks were lost would pass unseen."""
    assert {page.name for page in PAGES if _blocks(page)} == {
        "README.md",
        "from-python.md",
        "how-to-choose-an-embedding.md",
        "how-to-evolve-instructions.md",
        "how-to-write-a-scenario.md",
        "how-to-use-your-own-endpoint.md",
        "how-to-experiment-with-roles.md",
        "how-to-look-into-a-sample.md",
        "how-to-measure-diversity.md",
        "how-to-use-worlds.md",
        "how-to-make-task-datasets.md",
        "how-to-verify-a-dataset.md",
        "how-to-plan-diversity.md",
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Links to files of the project lead to files."""
    for target in _LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name}: {target}"

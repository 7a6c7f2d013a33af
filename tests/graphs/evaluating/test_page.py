"""The page of an evaluation: everything is there, escaped, and equal for equal figures."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from evaluation.histograms import histogram
from graphs.evaluate import main as evaluate
from graphs.evaluate import measure
from graphs.evaluating.page import evaluation_page

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>\u202e'

_TALK = ("Hi, where is my lamp?", "It left on Monday.", "And when does it come?", "By Friday, I think.")


def _row(number: int, **more: object) -> dict[str, object]:
    lines = [
        {"role": "user" if n % 2 == 0 else "assistant", "content": f"{text} {number}"} for n, text in enumerate(_TALK)
    ]
    return {"messages": lines, "round": number // 8, "brief": {"cell": {"mood": "ab"[number % 2]}}} | more


def _write(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    return path


def test_the_page_holds_all_that_was_measured(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    first = _write(tmp_path / "a.jsonl", [_row(n) for n in range(24)])
    logs = _write(tmp_path / "logs.jsonl", [_row(n + 100) for n in range(20)])
    page = tmp_path / "page.html"
    words = [f"out={first}", f"reference={logs}", f"html={page}", "resamples=20"]
    assert evaluate(words) == 0
    made = page.read_text(encoding="utf-8")
    for heading in (
        "How diverse it is",
        "What of the plan was met",
        "What varies by itself",
        "From round to round",
        "How unlike",
        "beside the reference",
    ):
        assert heading in made
    assert "<script" not in made
    assert evaluate(words) == 0
    assert page.read_text(encoding="utf-8") == made
    capfd.readouterr()


def test_nothing_of_a_file_gets_into_the_page_as_markup(tmp_path: Path) -> None:
    rows = [_row(n, brief={"cell": {HOSTILE: "ab"[n % 2]}}) for n in range(20)]
    found = measure(_write(tmp_path / "a.jsonl", rows))
    made = evaluation_page(found, HOSTILE)
    assert "<script>" not in made
    assert "<img" not in made


@pytest.mark.parametrize(
    ("words", "why"),
    [("html=yes", "html=yes: writes the page into a run's directory"), ("html=no/there.html", "is no file in a directory that is there"), ("html=a.jsonl", "is there and no page")],
)  # fmt: skip
def test_a_mistake_is_one_line(
    words: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    _write(tmp_path / "a.jsonl", [_row(n) for n in range(4)])
    assert evaluate(["out=a.jsonl", words]) == 2
    assert why in capfd.readouterr().err


def test_a_histogram_counts_every_value_once() -> None:
    import numpy as np

    values = np.array([0.0, 0.1, 0.1, 0.5, 1.0, np.nan])
    found = histogram(values, 5)
    assert found is not None
    assert sum(found.counts) == 5
    assert found.edges[0] <= 0
    assert found.edges[-1] >= 1
    assert histogram(np.full(3, 7.0)) is not None
    assert histogram(np.zeros(0)) is None

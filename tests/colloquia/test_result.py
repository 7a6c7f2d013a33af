"""What a notebook shows of a result."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from colloquia import DatasetError, Result


def a_result(home: Path, *texts: str) -> Result:
    """A result whose records hold these texts."""
    lines = [
        orjson.dumps({"id": f"r-{n}", "messages": [{"role": "user", "content": text}]}) for n, text in enumerate(texts)
    ]
    (home / "dataset.jsonl").write_bytes(b"\n".join(lines))
    counts = {"accepted": len(texts), "rejected": 1, "undecided": 0, "stopped_by": "target"}
    return Result(path=home, summary=counts)


def test_a_notebook_shows_the_first_records_with_everything_escaped(tmp_path: Path) -> None:
    shown = a_result(tmp_path, "<script>alert(1)</script>", *("more" for _ in range(11)))._repr_html_()
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
    assert shown.count("<tr>") == 10
    assert "and 2 more" in shown


def test_a_result_says_its_counts(tmp_path: Path) -> None:
    assert repr(a_result(tmp_path, "a")).startswith(
        "Result(accepted 1, rejected 1, undecided 0, stopped by target, path="
    )


def test_records_of_a_directory_that_is_gone_are_an_error_in_one_line(tmp_path: Path) -> None:
    result = a_result(tmp_path, "a")
    (tmp_path / "dataset.jsonl").unlink()
    with pytest.raises(DatasetError, match="dataset.jsonl: cannot be read: No such file"):
        _ = result.records


def test_a_broken_line_is_an_error_in_one_line(tmp_path: Path) -> None:
    result = a_result(tmp_path, "a")
    (tmp_path / "dataset.jsonl").write_bytes(b'{"id": ')
    with pytest.raises(DatasetError, match="holds a line that is not JSON"):
        _ = result.records

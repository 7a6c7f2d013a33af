"""Verifying and evaluating from Python."""

from __future__ import annotations

from pathlib import Path

import pytest

import colloquia


@pytest.fixture
def made(tmp_path: Path) -> colloquia.Result:
    """A small run."""
    return colloquia.run("howto", n=3, llm={"backend": "scripted"}, out=tmp_path / "r", memory={"path": tmp_path / "m"})


def test_a_dataset_holds_until_somebody_changes_it(made: colloquia.Result, capfd: pytest.CaptureFixture[str]) -> None:
    found = colloquia.verify(made)
    assert (found.holds, found.differs, found.records) == (True, "", {"dataset.jsonl": 3})
    path = made.path / "dataset.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"round":0', b'"round":1', 1))
    assert not colloquia.verify(made.path).holds
    assert "round: expected a place after" in colloquia.verify(path).differs
    assert capfd.readouterr() == ("", "")


def test_a_dataset_that_was_emptied_differs_from_its_certificate(made: colloquia.Result) -> None:
    (made.path / "dataset.jsonl").write_bytes(b"")
    assert "dataset.jsonl" in colloquia.verify(made).differs


def test_the_dataset_is_measured_and_nothing_is_written(
    made: colloquia.Result, capfd: pytest.CaptureFixture[str]
) -> None:
    before = sorted(path.name for path in made.path.iterdir())
    found = colloquia.evaluate(made, reference=made.path / "dataset.jsonl", bleu=50)
    assert found.samples == 3
    assert found.reference is not None
    assert sorted(path.name for path in made.path.iterdir()) == before
    assert capfd.readouterr() == ("", "")


def test_mistakes_are_exceptions(made: colloquia.Result, tmp_path: Path) -> None:
    with pytest.raises(colloquia.SettingsError, match="bleu=1"):
        colloquia.evaluate(made, bleu=1)
    with pytest.raises(colloquia.UserError, match="cannot be read"):
        colloquia.verify(tmp_path / "none.jsonl")
    with pytest.raises(colloquia.RunDirError, match="holds no"):
        colloquia.verify(tmp_path)

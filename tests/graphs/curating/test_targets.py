"""What students learn: numbers, judges' scores, people's verdicts, and labels of every kind that a file may hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evaluation.signals.residuals import foresight, residuals
from graphs.curate import main
from graphs.curating.curation import Curating, curate
from graphs.curating.rows import read_subjects
from graphs.curating.signals import Doubt
from graphs.reviewing.log import append_verdict
from graphs.reviewing.verdicts import PersonVerdict, Queue, Said, content_digest
from scenarios.errors import DatasetError, SettingsError
from tests.graphs.curating.test_curate import PETS, TOOLS, lines, read, written

WRONG = {"tools-3", "pets-7"}


def scored(at: int = 12) -> list[dict[str, Any]]:
    """Texts about pets, which have low numbers, and about tools, which have high ones; two have the other's."""
    found = []
    for row in lines(at):
        number = 4.5 if row["id"].startswith("tools") else 1.5
        number += 0.1 * (len(row["text"]) % 3)
        if row["id"] in WRONG:
            number = 6.0 - number
        found.append({"id": row["id"], "text": row["text"], "quality": number})
    return found


def test_numbers_that_their_texts_do_not_say_are_doubted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path / "scored.jsonl", scored())
    assert main([f"out={path}", "target=quality", "drop=residual"]) == 0
    told = capsys.readouterr().out
    rows = {row["id"]: row for row in read(tmp_path / "scored.signals.jsonl")}
    assert {row["id"] for row in rows.values() if row["rank"] <= 2} == WRONG
    for id_ in WRONG:
        row = rows[id_]
        assert (row["label"], row["margin"], row["target"]) == (None, None, "quality")
        assert (row["number"] - row["predicted"]) * row["residual"] > 0
        assert "residual" in row["doubts"]
    left = {row["id"] for row in read(tmp_path / "scored.curated.jsonl")}
    assert WRONG.isdisjoint(left)
    assert "foresee" in told
    assert "tools-3: has 1." in told
    assert ", a scorer expects" in told


def test_judges_scores_are_learned_by_criterion(tmp_path: Path) -> None:
    rows = [
        {"id": row["id"], "text": row["text"], "scores": {"one.real": round(row["quality"]), "two.real": row["quality"], "kind": 3}}
        for row in scored()
    ]  # fmt: skip
    path = written(tmp_path / "judged.jsonl", rows)
    found = curate(Curating(path, target="scores.real")).signals
    assert found[0].number == pytest.approx((round(rows[0]["scores"]["two.real"]) + rows[0]["scores"]["two.real"]) / 2)
    assert {one.id for one in found if Doubt.RESIDUAL in one.doubts} >= WRONG
    # One that never varies teaches nothing.
    same = curate(Curating(path, target="scores.kind")).signals
    assert not any(one.doubts or one.residual for one in same)
    with pytest.raises(SettingsError, match=r"target=scores.rael: .*did you mean 'scores.real'"):
        curate(Curating(path, target="scores.rael"))


def test_a_number_that_no_text_says_doubts_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(1)
    rows = [row | {"quality": float(rng.normal())} for row in scored()]
    rows[0]["quality"] = 90.0
    path = written(tmp_path / "noise.jsonl", rows)
    assert main([f"out={path}", "target=quality"]) == 0
    assert "cannot be read from the text" in capsys.readouterr().out
    found = read(tmp_path / "noise.signals.jsonl")
    assert not any(row["doubts"] for row in found)
    assert found[0]["rank"] == 1


def test_residuals_are_not_pulled_by_a_mistyped_number() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(200, 4))
    numbers = vectors @ np.array([1.0, -1.0, 0.5, 0.0]) + rng.normal(size=200) / 10
    numbers[7] = 1e6
    found = residuals(vectors, numbers)
    assert found.foresight.reads
    assert found.foresight.explained > 0.5
    assert np.argmax(np.abs(found.residual)) == 7
    assert abs(found.predicted[7]) < 10
    same = residuals(vectors, np.full(200, 3.0))
    assert (not same.foresight.reads, not same.residual.any()) == (True, True)
    reads = [foresight(vectors[:, 0], rng.permutation(vectors[:, 0])).reads for _ in range(20)]
    assert not any(reads)


def test_whole_numbers_are_labels_unless_they_are_said_to_be_numbers(tmp_path: Path) -> None:
    rows = [{"text": f"{text} {n}", "stars": n % 5} for n in range(6) for text in (*PETS, *TOOLS)]
    path = written(tmp_path / "stars.jsonl", rows)
    assert {one.label for one in read_subjects(path, "stars")} == {"0", "1", "2", "3", "4"}
    numbers = read_subjects(path, "stars", True)
    assert (numbers[9].label, numbers[9].number) == (None, 1.0)
    assert main([f"out={path}", "target=stars", "target_is=number"]) == 0
    assert main([f"out={path}", "target=stars", "target_is=perhaps"]) == 2
    assert read(tmp_path / "stars.signals.jsonl")[0]["number"] == 0.0


@pytest.mark.parametrize(
    ("other", "told"),
    [("many", "is no number but a text"), (True, "is no number but true or false"), ([1], "is no number but a list"), (10**18, "beyond all measure")],
)  # fmt: skip
def test_a_number_among_others_is_one_line(tmp_path: Path, other: Any, told: str) -> None:
    rows = [{"fields": {"quality": 0.5, "text": "a"}}, {"fields": {"quality": None}}, {"fields": {"quality": other}}]
    path = tmp_path / "mixed.jsonl"
    path.write_text("\n".join(map(str, rows)).replace("'", '"').replace("None", "null").replace("True", "true"))
    with pytest.raises(DatasetError, match=rf"line 3: quality: .*{told}"):
        read_subjects(path, "quality")


def verdict(out: Path, row: dict[str, Any], said: Said, reviewer: str = "anna") -> None:
    """A person's word on a sample."""
    made = PersonVerdict(
        number=1, reviewer=reviewer, queue=Queue.ROUTED, sample=row["id"], content=content_digest(row), said=said
    )
    append_verdict(out, lambda _: made)


def test_verdicts_of_people_teach_what_nobody_looked_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        {"id": f"{kind}-{n}", "fields": {"text": f"{texts[n % 4]}, and {texts[(n + 1) % 4]}, {n}"}}
        for n in range(20) for kind, texts in (("pets", PETS), ("tools", TOOLS))
    ]  # fmt: skip
    path = written(tmp_path / "made.jsonl", rows)
    with pytest.raises(SettingsError, match=r"reviews.jsonl holds no verdicts; python -m graphs.review"):
        curate(Curating(path, target="verdict"))
    for row in rows[:28]:
        verdict(tmp_path, row, Said.REJECT if row["id"].startswith("tools") else Said.ACCEPT)
    verdict(tmp_path, rows[30], Said.ACCEPT)
    verdict(tmp_path, rows[30], Said.REJECT, "ben")
    found = {one.id: one for one in curate(Curating(path, target="verdict")).signals}
    assert found["pets-0"].label == "accept"
    assert found[rows[30]["id"]].label is None, "they differ"
    unseen = [found[row["id"]] for row in rows[28:]]
    assert {one.label for one in unseen} == {None}
    for one in unseen:
        told = "reject" if one.id.startswith("tools") else "accept"
        assert (one.student, Doubt.STUDENT in one.doubts) == (told, told == "reject")
        assert (one.probability or 0) > 0.5
    assert main([f"out={path}", "target=verdict", "drop=student"]) == 0
    assert "of 12 samples without a label a student says: accept 6, reject 6" in capsys.readouterr().out
    assert len(read(tmp_path / "made.curated.jsonl")) == 40 - 6


def test_the_same_words_under_other_labels_are_seen(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"id": "a", "text": "Where is my card?", "label": "card"},
        {"id": "b", "text": "where is MY card", "label": "parcel"},
        {"id": "c", "text": "where is my card!", "label": "card"},
        {"id": "d", "text": "where is the parcel", "label": "parcel"},
        {"id": "e", "text": "", "label": "card"},
        {"id": "f", "text": "", "label": "parcel"},
        {"id": "g", "text": "where is my card"},
    ]
    found = curate(Curating(written(tmp_path / "made.jsonl", rows), drop=(Doubt.CONFLICT,)))
    assert [one.id for one in found.signals if Doubt.CONFLICT in one.doubts] == ["a", "b", "c"]
    assert [row["id"] for row in read(found.places.curated)] == ["d", "e", "f", "g"]

"""Roles measured by people: whose verdicts are taken, what is made of them, and when they decide."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agents.cast import Cast
from agents.models.calls import Call
from graphs.calibrate import main
from graphs.calibrating.asking import Panel, Probes
from graphs.calibrating.figures import standings, worth_of
from graphs.calibrating.people import People, edited, people_of
from graphs.calibrating.saving import read_worth
from graphs.calibrating.table import headline
from graphs.calibrating.versions import Versions, versions_of
from graphs.calibrating.worth import CountsBy, Drawn, RoleWorth
from graphs.reviewing.log import append_verdict
from graphs.reviewing.verdicts import PersonVerdict, Queue, Said, content_digest
from graphs.run import main as run
from memory.journal.journal import Journal
from scenarios.loading import Loaded
from scenarios.records import Record, Verdict
from scenarios.schema.roles import RoleKind
from tests.agents.defects.samples import pages
from tests.helpers import NOTES, models, scripted_gateway, write_scenario

_RIGHT, _WRONG = Said.ACCEPT, Said.REJECT
JUDGE_FINDS, JUDGE_ALARMS = 3, 5
"""Of a simulated judge: it misses every third flawed sample, and objects to every fifth sound one."""


@pytest.fixture(name="records", scope="module")
def _records() -> list[Record]:
    """Forty tasks."""
    _, made, _ = pages()
    brief = made.brief
    samples = [
        made.model_copy(update={"brief": brief.model_copy(update={"id": f"p-{n:02}", "seed": n})}) for n in range(40)
    ]
    return [Record(candidate=one, verdict=Verdict.ACCEPTED, lineage=()) for one in samples]


def verdicts(records: list[Record], *told: tuple[int, Said, str, Queue], **more: object) -> list[PersonVerdict]:
    """Verdicts as (sample, what, reviewer, queue)."""
    return [
        PersonVerdict.model_validate(
            {
                "number": number, "reviewer": who, "queue": queue, "said": said, "sample": records[at].candidate.brief.id,
                "content": content_digest(records[at].line()), **more,
            }
        )
        for number, (at, said, who, queue) in enumerate(told, 1)
    ]  # fmt: skip


def labels(found: People, drawn: Drawn) -> dict[str, bool]:
    """Which samples people found sound."""
    return {one.sample.brief.id: one.sound for one in found.labels.get(drawn, ())}


def test_a_label_is_what_most_said_and_queues_stay_apart(records: list[Record]) -> None:
    audit, routed = Queue.AUDIT, Queue.ROUTED
    told = verdicts(
        records,
        (0, _RIGHT, "ann", audit), (0, _WRONG, "bob", audit), (0, _WRONG, "cleo", audit),
        (1, _RIGHT, "ann", audit), (1, _WRONG, "bob", audit),
        (2, _RIGHT, "ann", audit), (2, _WRONG, "bob", audit), (2, _WRONG, "cleo", Queue.ADJUDICATE),
        (3, _WRONG, "ann", routed), (4, _RIGHT, "ann", audit), (4, _WRONG, "ann", routed),
    )  # fmt: skip
    found = people_of(told, records)
    assert labels(found, Drawn.AUDIT) == {"p-00": False, "p-02": False, "p-04": True}
    assert labels(found, Drawn.ROUTED) == {"p-03": False, "p-04": False}
    assert found.said is not None
    assert (found.said.reviewers, found.said.disputed, found.said.verdicts) == (3, 1, len(told))
    assert found.said.agreement is not None
    assert found.said.agreement.samples == 3
    assert people_of([], records).said is None


def test_what_says_nothing_of_a_sample_is_left_out(records: list[Record]) -> None:
    (one,) = verdicts(records, (0, _RIGHT, "ann", Queue.AUDIT))
    for change in ({"planted": "leak"}, {"queue": Queue.PAIRS}, {"said": Said.SKIP}):
        assert people_of([one.model_copy(update=change)], records).said is None
    for change in ({"content": "other"}, {"sample": "gone"}):
        found = people_of([one.model_copy(update=change)], records)
        assert found.said is not None
        assert (found.said.verdicts, found.said.of_other_content, found.samples()) == (0, 1, [])


def test_an_edit_is_a_pair_and_no_label_of_what_was_there(records: list[Record]) -> None:
    name = next(iter(records[0].candidate.fields))
    told = verdicts(records, (0, _RIGHT, "ann", Queue.AUDIT), edit={name: "Better."})
    found = people_of(told, records)
    assert labels(found, Drawn.AUDIT) == {}
    (pair,) = found.edits
    assert (pair.before, pair.after.fields[name]) == (records[0].candidate, "Better.")
    assert edited(records[0].candidate, {"nothing": "x"}) is None
    assert edited(records[0].candidate, {name: records[0].candidate.fields[name]}) is None


async def measured(
    records: list[Record], audit: int, *, pairs: int = 0, decided: bool = False
) -> tuple[Loaded, RoleWorth | None]:
    """A judge of known behaviour against an audit of so many samples, half of them flawed."""
    loaded, _, _ = pages()
    told = [(n, _WRONG if n % 2 else _RIGHT, "ann", Queue.AUDIT) for n in range(audit)]
    people = people_of(verdicts(records, *told), records)

    def says(call: Call) -> str:
        number = int(call.asker.sample.removeprefix("p-"))
        low = number // 2 % JUDGE_FINDS != 0 if number % 2 else number // 2 % JUDGE_ALARMS == 0
        assert call.answer_schema is not None
        names = call.answer_schema["$defs"]["Scores"]["properties"]
        return json.dumps({"scores": dict.fromkeys(names, 2 if low else 4)})

    gateway, _ = scripted_gateway(says)
    cast, versions = Cast(loaded, gateway, models(loaded)), Versions((), ())
    if pairs:
        versions = versions_of(loaded, [one.candidate for one in records], pairs)
    said = await Panel(cast, versions, Probes(length=False), lambda: None, (), people).ask("judge", RoleKind.JUDGE)
    return loaded, worth_of(cast, "judge", RoleKind.JUDGE, versions, said, people, decided=decided)


async def test_a_judge_is_what_people_say_it_is(records: list[Record]) -> None:
    _, row = await measured(records, 40)
    assert row is not None
    (audit,) = row.people
    assert (audit.sensitivity.hits, audit.sensitivity.of) == (13, 20)
    assert (audit.specificity.hits, audit.specificity.of) == (16, 20)
    assert audit.auc.value == pytest.approx((13 / 20 + 16 / 20) / 2)
    assert audit.agreement.raw.value == pytest.approx(29 / 40, abs=1e-3)
    assert audit.enough
    assert (row.counts, row.counts_by, row.pairs) == (True, CountsBy.PEOPLE, 0)
    assert headline(row).endswith("over 40 samples that people audited: informative")
    for one in audit.criteria:
        assert one.chosen is not None
        assert (one.chosen.least, one.chosen.sensitivity.of) == (3, 10)
    (kept,) = standings([row])
    assert (kept.people, kept.samples, kept.informative) == (True, 40, True)


@pytest.mark.parametrize(
    ("audit", "decided", "by"), [(40, False, "people"), (40, True, "planted"), (10, False, "planted")]
)
async def test_people_outrank_planted_defects_unless_they_saw_what_the_role_let_through(
    records: list[Record], audit: int, decided: bool, by: str
) -> None:
    _, row = await measured(records, audit, pairs=12, decided=decided)
    assert row is not None
    assert row.pairs == 12
    assert row.counts_by == by
    # The judge sees samples and not defects: by planted ones it is worth nothing.
    assert row.counts is (by == "people")
    (kept,) = standings([row])
    assert (kept.people, kept.samples) == ((True, audit) if by == "people" else (False, 12))


async def test_few_verdicts_decide_nothing(records: list[Record]) -> None:
    _, row = await measured(records, 10)
    assert row is not None
    assert not row.people[0].enough
    assert not row.counts
    assert headline(row).endswith("too few to say whether it is informative")
    assert standings([row]) == []
    _, row = await measured(records, 1)
    assert row is not None
    assert "all alike" in headline(row)
    assert standings([row]) == []
    assert (await measured(records, 0))[1] is None


def test_the_command_takes_reviews_alone_or_beside_planted_defects(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, path = tmp_path / "run", write_scenario(tmp_path, NOTES)
    words = [f"scenario={path}", "n=4", "llm.backend=scripted", f"out={out}", f"memory.path={tmp_path / 'memory'}"]
    assert run(words) == 0
    capsys.readouterr()
    assert main([f"out={out}", "pairs=0"]) == 2
    assert "nobody has reviewed a sample" in capsys.readouterr().err
    journal = Journal(out / "run.sqlite")
    records = [one for one in journal.records() if one.verdict is Verdict.ACCEPTED]
    journal.close()
    told = [(0, _RIGHT, "ann", Queue.AUDIT), (1, _WRONG, "ann", Queue.AUDIT), (2, _WRONG, "ann", Queue.ROUTED)]
    for one in verdicts(records, *told, reasons=("wrong_fact",)):
        append_verdict(out, lambda _, one=one: one)  # type: ignore[misc]
    assert main([f"out={out}", "pairs=0"]) == 0
    said = capsys.readouterr().out
    for part in (
        "by people's verdicts",
        "too few to say",
        "judge, by people (audit)",
        "routed, wrong_fact: finds 0 of 1",
    ):
        assert part in said
    report = read_worth(out)
    assert report is not None
    assert (report.people is not None, report.planted, report.checks.found.of) == (True, {}, 0)
    assert main([f"out={out}", "pairs=4"]) == 0
    report = read_worth(out)
    assert report is not None
    assert {row.counts_by for row in report.roles} == {CountsBy.PLANTED}
    assert all(row.people for row in report.roles)
    assert any("review a run of topology=generate_only" in one for one in report.caveats)
    assert main([f"out={out}", "pairs=4", "people=no"]) == 0
    report = read_worth(out)
    assert report is not None
    assert report.people is None

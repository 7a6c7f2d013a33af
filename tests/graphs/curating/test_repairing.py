"""curate with an action: a reader whose word was measured relabels, a writer writes anew, budgets end it, and nothing is paid twice."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from graphs.curate import main
from graphs.curating.meanings import meanings_of
from graphs.curating.repair import Repair, RepairAction, RepairOutcome
from graphs.curating.repaired import LabelForms, repaired_row, text_key
from memory.lock import own
from scenarios.errors import SettingsError
from tests.endpoint import Asked, Behaviour, Endpoint
from tests.graphs.curating.test_curate import WRONG, lines, read, written
from tests.helpers import Workshop

ALL = "of=aum,confidence,student,mixture,swap,weight"
NEW = {"pets": "my cat {} sleeps on the warm sofa", "tools": "somebody {} lent me a rusty spanner"}


def text_of(asked: Asked) -> str:
    """The text that is asked about."""
    return str(asked.body["messages"][-1]["content"])


def means(text: str) -> str:
    """What a text is about."""
    return "pets" if re.search(r"\b(dogs?|puppy|kennel|cat)\b", text) else "tools"


def said(label: str) -> str:
    return orjson.dumps({"reason": "Its matter is this.", "label": label}).decode()


def capable(asked: Asked) -> str:
    """A model that reads what a text is about, and writes what it is asked for."""
    if "in doubt" not in asked.prompt:
        return said(means(text_of(asked)))
    wanted = re.search(r"^Label: (\w+)", text_of(asked), re.MULTILINE)
    assert wanted is not None
    return NEW[wanted[1]].format(f"number {asked.number}")


def act(path: Path, endpoint: Endpoint, *words: str) -> int:
    """Run the command on a file; returns its exit code."""
    return main([f"out={path}", f"llm.base_url={endpoint.url}", "llm.model=reader", "llm.outage=0.1", *words])


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """Texts of which two have the other's label."""
    return written(tmp_path / "made.jsonl", lines())


def test_a_capable_reader_relabels_the_wrong_ones_and_confirms_the_others(
    serve: Callable[..., Endpoint], made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    endpoint, before = serve(capable), made.read_bytes()
    assert act(made, endpoint, "action=relabel", ALL) == 0
    told = capsys.readouterr().out
    assert "labels that nobody doubts as they are (100%" in told
    rows = {row["id"]: row for row in read(made.with_name("made.repairs.jsonl"))}
    assert {id_ for id_, row in rows.items() if row["outcome"] == RepairOutcome.RELABELLED} == WRONG
    assert {row["outcome"] for row in rows.values()} <= {RepairOutcome.RELABELLED, RepairOutcome.CONFIRMED}
    assert made.read_bytes() == before
    curated = {row["id"]: row for row in read(made.with_name("made.curated.jsonl"))}
    was = {row["id"]: row["label"] for row in lines()}
    for id_, row in curated.items():
        assert row["label"] == id_.partition("-")[0]
        if id_ in WRONG:
            assert row["weight"] == 1.0
            assert row["curation"]["was"] == was[id_]
            # Two of three that agree decide: a third is not asked.
            assert row["curation"]["answers"] == [row["label"]] * 2
    paid, files = len(endpoint.asked), made.with_name("made.curated.jsonl").read_bytes()
    assert act(made, endpoint, "action=relabel", ALL) == 0
    assert len(endpoint.asked) == paid
    assert made.with_name("made.curated.jsonl").read_bytes() == files
    capsys.readouterr()
    assert main([f"out={made}"]) == 0
    assert "made.repairs.jsonl is of an earlier action" in capsys.readouterr().out


def test_the_reader_sees_neither_the_label_nor_the_doubt(serve: Callable[..., Endpoint], made: Path) -> None:
    endpoint = serve(capable)
    assert act(made, endpoint, "action=relabel", ALL) == 0
    for asked in endpoint.asked:
        assert text_of(asked) in {row["text"] for row in lines()}
        assert "doubt" not in asked.prompt
        shown = set(re.findall(r"such as: (.*)", asked.prompt))
        assert text_of(asked) not in shown


@pytest.mark.parametrize(
    ("behaviour", "line"),
    [
        pytest.param(lambda asked: said("tools"), "its word counts for nothing and nothing was changed", id="always the same"),
        pytest.param(lambda asked: said("none of these"), "its word counts for nothing", id="never a label"),
        pytest.param(lambda asked: "I cannot say.", "answers to these could not be used, the first since reader: no valid JSON", id="no answer"),
    ],
)  # fmt: skip
def test_the_word_of_a_reader_who_does_not_meet_the_undoubted_counts_for_nothing(
    serve: Callable[..., Endpoint], made: Path, capsys: pytest.CaptureFixture[str], behaviour: Behaviour, line: str
) -> None:
    assert act(made, serve(behaviour), "action=relabel", ALL) == 0
    assert line in capsys.readouterr().out
    assert {row["outcome"] for row in read(made.with_name("made.repairs.jsonl"))} == {RepairOutcome.UNASKED}
    assert [row["label"] for row in read(made.with_name("made.curated.jsonl"))] == [row["label"] for row in lines()]


def test_readings_that_do_not_agree_and_texts_without_a_label_stay_and_can_be_dropped(
    serve: Callable[..., Endpoint], tmp_path: Path
) -> None:
    path = written(
        tmp_path / "made.jsonl", [*lines(), {"id": "odd", "text": "the bolt and the drill of a puppy", "label": "pets"}]
    )

    def torn(asked: Asked) -> str:
        text = text_of(asked)
        return said("none of these" if text.startswith("the bolt and") else means(text))

    assert act(path, serve(torn), "action=relabel", ALL, "drop=student,aum") == 0
    rows = {row["id"]: row for row in read(tmp_path / "made.repairs.jsonl")}
    kept = {row["id"] for row in read(tmp_path / "made.curated.jsonl")}
    assert rows["odd"]["outcome"] == RepairOutcome.UNFIT
    assert "odd" not in kept
    assert kept >= WRONG, "a doubt that the reader answered is none"


def test_a_writer_writes_anew_until_the_reader_takes_the_text_for_its_label(
    serve: Callable[..., Endpoint], made: Path
) -> None:
    wrong = {row["id"]: row for row in lines() if row["id"] in WRONG}
    tries = list[str]()

    def stubborn(asked: Asked) -> str:
        if "in doubt" in asked.prompt:
            tries.append(asked.prompt)
            if "will not do" not in asked.prompt:  # the text itself once more
                return str(text_of(asked).rpartition("The text:\n")[2])
        return capable(asked)

    assert act(made, serve(stubborn), "action=redo", ALL) == 0
    curated = {row["id"]: row for row in read(made.with_name("made.curated.jsonl"))}
    for id_, row in wrong.items():
        new = curated[f"{id_}-redo"]
        assert id_ not in curated
        assert (new["label"], new["curation"]["from"]) == (row["label"], id_)
        assert means(new["text"]) == row["label"]
    assert any("it repeats another text of the dataset" in prompt for prompt in tries)


def test_a_new_text_that_repeats_another_new_text_or_names_its_label_will_not_do(
    serve: Callable[..., Endpoint], tmp_path: Path
) -> None:
    rows = [
        {**row, "label": row["label"].replace("tools", "hand_tools")}
        for row in lines()
        if row["id"] not in WRONG or row["label"] == "tools"
    ]
    rows += [
        {"id": f"bad-{n}", "text": f"the {word} dog barks at another dog", "label": "hand_tools"}
        for n, word in enumerate(("red", "loud"))
    ]

    def same(asked: Asked) -> str:
        if "in doubt" in asked.prompt:
            return "a rusty spanner lay about" if "names its label" in asked.prompt else "these are hand_tools"
        return said(means(text_of(asked)).replace("tools", "hand_tools"))

    assert act(written(tmp_path / "made.jsonl", rows), serve(same), "action=redo", ALL) == 0
    found = [row for row in read(tmp_path / "made.repairs.jsonl") if row["outcome"] != RepairOutcome.CONFIRMED]
    assert [row["outcome"] for row in found] == [RepairOutcome.REDONE, *[RepairOutcome.OPEN] * (len(found) - 1)]
    assert len(found) > 1
    assert all("repeats that of another" in row["detail"] for row in found[1:])


def test_a_budget_stops_it_and_the_same_command_goes_on(serve: Callable[..., Endpoint], made: Path) -> None:
    endpoint = serve(capable)
    assert act(made, endpoint, "action=relabel", ALL, "budget.calls=11", "concurrency=1") == 3
    assert len(endpoint.asked) == 11
    assert RepairOutcome.UNASKED in {row["outcome"] for row in read(made.with_name("made.repairs.jsonl"))}
    assert act(made, endpoint, "action=relabel", ALL) == 0
    alone = len(endpoint.asked)
    other = made.with_name("other.jsonl")
    other.write_bytes(made.read_bytes())
    assert act(other, endpoint, "action=relabel", ALL) == 0
    assert len(endpoint.asked) == 2 * alone, "what was asked before the stop was asked once"
    assert other.with_name("other.repairs.jsonl").read_bytes() == made.with_name("made.repairs.jsonl").read_bytes()


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["action=mend"], "action=mend: unknown"),
        (["action=relabel", "of=duplicates"], "of=duplicates: is no doubt about a label"),
        (["of=aum"], "of=aum: is for an action; write action=relabel"),
        (["action=relabel", "beyond=4"], "beyond"),
        (["action=relabel", "labels=missing.yaml"], "missing.yaml"),
        (["action=relabel", "answers=0"], "answers"),
    ],
)
def test_mistakes_are_one_line(made: Path, capsys: pytest.CaptureFixture[str], words: list[str], line: str) -> None:
    assert main([f"out={made}", "llm.base_url=http://127.0.0.1:9/v1", "llm.model=none", *words]) == 2
    said_ = capsys.readouterr().err.strip().splitlines()
    assert line in said_[-1]
    assert not any("Traceback" in one for one in said_)


def test_conversations_cannot_be_written_anew_by_one_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        {"messages": [{"role": "user", "content": row["text"]}], "brief": {"cell": {"about": row["label"]}}}
        for row in lines()
    ]
    path = written(tmp_path / "talks.jsonl", rows)
    assert main([f"out={path}", "action=redo", "llm.backend=scripted"]) == 2
    assert "these have conversations; use action=relabel" in capsys.readouterr().err


def test_a_label_is_replaced_wherever_it_stands_as_other_rows_have_it() -> None:
    row: dict[str, Any] = {
        "id": "a", "n": 1, "fields": {"u": "hi", "n": 1}, "evidence": [1],
        "brief": {"cell": {"n": "1", "m": "x"}, "texts": {"label": "1", "about": "1 or 2"}},
    }  # fmt: skip
    forms = LabelForms.of([row, {"fields": {"n": "maybe"}}, {"fields": {"n": True}}], "n", ["a"])
    repair = Repair(
        id="a", content="", target="n", label="1", action=RepairAction.RELABEL, outcome=RepairOutcome.RELABELLED, to="maybe"
    )  # fmt: skip
    assert repaired_row(row, repair, forms) == {
        "id": "a", "n": "maybe", "fields": {"u": "hi", "n": "maybe"},
        "brief": {"cell": {"n": "maybe", "m": "x"}, "texts": {"label": "maybe", "about": "1 or 2"}},
    }  # fmt: skip
    assert repaired_row(row, repair.model_copy(update={"to": "true"}), forms)["fields"]["n"] is True
    assert row["fields"]["n"] == 1


def test_a_new_text_takes_no_evidence_of_the_former_one_and_an_id_that_no_other_has() -> None:
    row = {"id": "a", "fields": {"u": "hi", "label": "x"}, "evidence": [1], "scores": {"s": 1}, "brief": {"cell": {}}}
    repair = Repair(
        id="a", content="", target="label", label="x", action=RepairAction.REDO, outcome=RepairOutcome.REDONE, text="ho"
    )  # fmt: skip
    forms = LabelForms.of([row], "label", ["a", "a-redo"])
    assert repaired_row(row, repair, forms) == {
        "id": "a-redo-redo", "fields": {"u": "ho", "label": "x"}, "brief": {"cell": {}}
    }  # fmt: skip
    with pytest.raises(SettingsError, match="the fields u, w"):
        text_key({"fields": {"u": "a", "w": "b", "label": "x"}}, "label")
    for spoken in ({"messages": []}, {"prompt": "a", "completion": "b"}):
        with pytest.raises(SettingsError, match="use action=relabel"):
            text_key({**spoken, "text": "beside"}, "label")


def test_one_journal_has_one_owner(
    serve: Callable[..., Endpoint], made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    endpoint = serve(capable)
    with own(made.with_name("made.repairs.sqlite.lock")):
        assert act(made, endpoint, "action=relabel", ALL) == 2
    assert "made.repairs.sqlite: is in use by process" in capsys.readouterr().err
    assert not endpoint.asked
    assert act(made, endpoint, "action=relabel", ALL) == 0
    assert not made.with_name("made.repairs.sqlite.lock").exists()


def test_a_label_in_another_case_or_between_marks_is_the_label_and_answers_that_are_none_are_misses(
    serve: Callable[..., Endpoint], made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loud = serve(lambda asked: said(f' "{means(text_of(asked)).upper()}" '))
    assert act(made, loud, "action=relabel", ALL) == 0
    assert "as they are (100%" in capsys.readouterr().out
    made.with_name("made.repairs.sqlite").unlink()

    def often_mute(asked: Asked) -> str:
        return capable(asked) if "number t" in str(asked.body["messages"][1]["content"]) else "Well."

    assert act(made, serve(often_mute), "action=relabel", ALL) == 0
    told = capsys.readouterr().out
    assert "its word counts for nothing" in told
    assert "could not be used" in told


def test_new_texts_with_personal_data_will_not_do(serve: Callable[..., Endpoint], made: Path) -> None:
    def careless(asked: Asked) -> str:
        text = capable(asked)
        return (
            f"{text}, write to k.meier@firma.de"
            if "in doubt" in asked.prompt and "will not do" not in asked.prompt
            else text
        )

    assert act(made, serve(careless), "action=redo", ALL, "drop=personal") == 0
    rows = {row["id"]: row for row in read(made.with_name("made.curated.jsonl"))}
    assert {f"{id_}-redo" for id_ in WRONG} <= rows.keys()
    assert not any("@" in row["text"] for row in rows.values())


def test_a_base_model_goes_on_with_examples_and_is_measured_as_any(
    serve: Callable[..., Endpoint], made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prompts = list[str]()

    def base(asked: Asked) -> str:
        prompts.append(asked.prompt)
        return '{"label": "pets"}'

    assert act(made, serve(base), "action=relabel", ALL, "llm.style=transcript") == 0
    assert "its word counts for nothing" in capsys.readouterr().out
    assert all(prompt.endswith("Label:") and '{"label": "tools"}' in prompt for prompt in prompts)


def test_labels_mean_what_the_scenario_of_a_run_says_unless_a_file_does(workshop: Workshop, tmp_path: Path) -> None:
    out = workshop.run("r", "scenario=intents", "llm.backend=scripted", "n=2").out
    about, meanings = meanings_of(out, "intent", None)
    assert "customers" in about
    assert meanings["cancel_transfer"].startswith("a transfer that was sent has to be stopped or taken back; near: ")
    file = tmp_path / "labels.yaml"
    file.write_text("cancel_transfer: take it back\ntrue: said so\n")
    assert meanings_of(out, "intent", file) == (about, {"cancel_transfer": "take it back", "true": "said so"})
    assert meanings_of(tmp_path / "made.jsonl", "label", None) == ("", {})
    file.write_text("- cancel_transfer\n")
    with pytest.raises(SettingsError, match="holds lines 'LABEL: what it means'"):
        meanings_of(out, "intent", file)


def test_answers_are_drawn_as_the_settings_say_and_a_failure_keeps_its_reason(
    serve: Callable[..., Endpoint], made: Path
) -> None:
    def loose(asked: Asked) -> str:
        return "Perhaps." if "number four" in str(asked.body["messages"][1]["content"]) else capable(asked)

    endpoint = serve(loose)
    assert act(made, endpoint, "action=relabel", ALL, "llm.max_tokens=900", "llm.temperature=1") == 0
    assert {(asked.body["max_tokens"], asked.body["temperature"]) for asked in endpoint.asked} == {(900, 1.0)}
    rows = {row["id"]: row for row in read(made.with_name("made.repairs.jsonl"))}
    failed = [row for row in rows.values() if row["outcome"] == RepairOutcome.FAILED]
    assert "pets-3" in {row["id"] for row in failed}
    assert all("no valid JSON after one repair" in row["detail"] for row in failed)


def test_by_default_all_are_sent_whom_margin_or_student_doubts_or_who_say_the_same_under_another_label(
    serve: Callable[..., Endpoint], tmp_path: Path
) -> None:
    rows = [*lines(), {**lines()[0], "id": "again", "label": "tools"}]
    path = written(tmp_path / "made.jsonl", rows)
    assert act(path, serve(capable), "action=relabel") == 0
    signals = read(tmp_path / "made.signals.jsonl")
    wanted = {row["id"] for row in signals if {"aum", "student", "conflict"} & {*row["doubts"]}}
    assert {row["id"] for row in read(tmp_path / "made.repairs.jsonl")} == wanted
    assert wanted >= {*WRONG, "again", "pets-0"}


def test_a_file_of_meanings_for_other_labels_and_a_budget_without_prices_are_said(
    serve: Callable[..., Endpoint], made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "labels.yaml"
    file.write_text("animals: what lives\n")
    assert act(made, serve(capable), "action=relabel", ALL, f"labels={file}") == 2
    assert "no sample has one of these labels; they have pets, tools" in capsys.readouterr().err
    file.write_text("pets: what lives\nweather: sun and rain\n")
    endpoint = serve(capable)
    assert act(made, endpoint, "action=relabel", ALL, f"labels={file}", "budget.usd=1") == 0
    assert "budget.usd=1 limits nothing" in capsys.readouterr().err
    assert "- weather: sun and rain" in endpoint.asked[0].prompt, "a label that no sample has yet may fit one"

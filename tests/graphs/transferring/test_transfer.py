"""graphs.transfer and the loop: leaks and labels are refused, a starved cell is refilled, and nothing is tested on what it was
made with."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from graphs.planning.feedback import Feedback, Hints, Steered, out_of_date
from graphs.preparation import prepare
from graphs.running.setup import steered_by
from graphs.transfer import main
from graphs.verify import main as verify
from scenarios.loading import load
from scenarios.schema.demonstrations import Peer
from tests.helpers import Said, Workshop, said_by

INTENTS = load("intents").scenario.axes["intent"].names
STARVED = "cancel_transfer"
ENDS = ("please", "thanks a lot", "what now", "help me", "since Monday", "I am waiting", "today", "in the app", "again and again",
        "as soon as you can", "for my mother", "before noon", "no idea why", "and quickly", "if you would", "on my phone")  # fmt: skip


@pytest.fixture(name="said")
def _said(capfd: pytest.CaptureFixture[str]) -> Said:
    return said_by(main, capfd)


def write_lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def real(path: Path, beginning: str = "well") -> Path:
    """Real texts that hold the words of their label."""
    rows = [{"text": f"{beginning} {name.replace('_', ' ')} {end}", "label": name} for name in INTENTS for end in ENDS]
    return write_lines(path, rows)


def samples(path: Path, **changes: str) -> Path:
    """A dataset that was made elsewhere, with some texts changed by their ids."""
    rows: list[dict[str, Any]] = [
        {"id": f"s-{name}-{n}", "fields": {"text": f"there is {name.replace('_', ' ')} number {n}", "label": name}, "brief": {"cell": {}}}
        for name in INTENTS for n in range(3)
    ]  # fmt: skip
    for row in rows:
        row["fields"]["text"] = changes.get(row["id"].replace("-", "_"), row["fields"]["text"])
    return write_lines(path, rows)


def test_a_dataset_from_elsewhere_is_measured_the_same_twice(said: Said, tmp_path: Path) -> None:
    words = [f"out={samples(tmp_path / 's.jsonl')}", f"real={real(tmp_path / 'r.jsonl')}"]
    code, out, err = said(*words, f"json={tmp_path / 'one.json'}")
    assert code == 0, err
    assert "label: label (10 values); each student learned from 30" in out
    said(*words, f"json={tmp_path / 'two.json'}")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
    found = json.loads((tmp_path / "one.json").read_bytes())
    score = found["scores"]["accuracy"]
    assert score["synth"]["value"] > 0.9
    assert score["closed"]["value"] > 0.85
    assert found["feedback"] is None
    assert sum(found["parts"].values()) == 160
    assert sum(count for by in found["confusion"].values() for count in by.values()) == found["parts"]["test"]


def test_a_curated_file_of_texts_and_labels_counts_by_its_weights(said: Said, tmp_path: Path) -> None:
    """A third of the samples have the next label; with a weight of 0 they teach nothing."""
    taught = [
        {"id": f"{name}-{n}", "text": f"there is {(INTENTS[at - 1] if n == 2 else name).replace('_', ' ')} now {n}", "label": name,
         "weight": 0.0 if n == 2 else 1.0, "curation": {"doubts": []}, "source": "elsewhere"}
        for at, name in enumerate(INTENTS) for n in range(3)
    ]  # fmt: skip
    words = [f"real={real(tmp_path / 'r.jsonl')}", f"json={tmp_path / 'found.json'}"]
    scores = []
    for name, rows in (("weighed", taught), ("plain", [{**row, "weight": 1.0} for row in taught])):
        code, out, err = said(f"out={write_lines(tmp_path / f'{name}.jsonl', rows)}", *words)
        assert code == 0, err
        assert "label: label (10 values)" in out
        scores.append(json.loads((tmp_path / "found.json").read_bytes())["scores"]["accuracy"]["synth"]["value"])
    assert scores[0] > scores[1]


def test_labels_that_are_true_or_false_meet_and_empty_texts_are_one_line(said: Said, tmp_path: Path) -> None:
    rows = [
        {"id": f"{n}", "text": f"{'yes it works' if n % 2 else 'no it broke'} {n}", "label": n % 2 == 1}
        for n in range(40)
    ]
    tested = [{"text": f"{row['text']} by day {n}", "label": row["label"]} for n, row in enumerate(rows)]
    words = [f"real={write_lines(tmp_path / 'r.jsonl', tested)}"]
    code, out, err = said(f"out={write_lines(tmp_path / 's.jsonl', rows)}", *words)
    assert (code, "label: label (2 values)" in out) == (0, True), err
    code, _, err = said(f"out={write_lines(tmp_path / 'e.jsonl', [{**row, 'text': ' '} for row in rows])}", *words)
    assert (code, err.count("\n")) == (2, 1)
    assert "e.jsonl: no sample holds a text beside its label" in err


def test_a_planted_leak_is_refused_and_can_be_left_out(said: Said, tmp_path: Path) -> None:
    leaked = "well card arrival thanks a lot"
    tested = write_lines(tmp_path / "t.jsonl", [{"text": f"oh {name.replace('_', ' ')} {end}", "label": name} for name in INTENTS for end in ENDS[:2]]
                         + [{"text": leaked.upper(), "label": "card_arrival"}])  # fmt: skip
    dataset = samples(tmp_path / "s.jsonl", s_card_arrival_1=leaked)
    words = [f"out={dataset}", f"real={real(tmp_path / 'r.jsonl', 'so')}", f"test={tested}"]
    code, _, err = said(*words)
    assert code == 2
    assert (
        "1 samples repeat a real text of the test or validation part: s-card_arrival-1 (t.jsonl:21); reject them" in err
    )
    assert err.count("\n") == 1
    code, out, _ = said(*words, "leaks=leave")
    assert code == 0
    assert "left out: 1 for leaks" in out


def test_several_datasets_are_one_and_none_counts_twice(said: Said, tmp_path: Path) -> None:
    one, other = (
        samples(tmp_path / "s.jsonl"),
        samples(tmp_path / "t.jsonl", s_card_arrival_1="well card arrival today"),
    )
    file = real(tmp_path / "r.jsonl", "so")
    code, _, err = said(f"out={one},{other}", f"real={file}", f"json={tmp_path / 'both.json'}")
    assert code == 0, err
    assert json.loads((tmp_path / "both.json").read_bytes())["samples"] == 60
    code, _, err = said(f"out={one},{tmp_path / 'x' / '..' / 's.jsonl'}", f"real={file}")
    assert (code, "whose samples would count twice" in err) == (2, True)
    code, _, err = said(f"out={one},{tmp_path / 'none.jsonl'}", f"real={file}")
    assert (code, "none.jsonl: is not there" in err) == (2, True)
    leaked = real(tmp_path / "leak.jsonl", "well")
    code, _, err = said(f"out={one},{other}", f"real={file}", f"test={leaked}")
    assert (code, "1 samples repeat a real text" in err) == (2, True)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["label_column=kind"], "label_column=kind: "),
        (["target=mood"], "target=mood: "),
        (["split=60/50"], "write two or three numbers that come to 100"),
        (["target=label", "others=never"], "others=never: "),
        (["encoder=mini"], "encoder=mini: "),
        (["where=language"], "write an axis and its value, such as where=language=English"),
        (["where=mood=glad"], "where=mood=glad: no sample has an axis of this name; their axes: none"),
    ],
)
def test_mistakes_are_one_line(said: Said, tmp_path: Path, words: list[str], why: str) -> None:
    code, _, err = said(f"out={samples(tmp_path / 's.jsonl')}", f"real={real(tmp_path / 'r.jsonl')}", *words)
    assert code == 2
    assert why in err
    assert err.count("\n") == 1


def test_labels_with_other_names_are_named_mapped_or_left_out(said: Said, tmp_path: Path) -> None:
    path = real(tmp_path / "r.jsonl")
    path.write_text(path.read_text().replace('"card_arrival"', '"Card arrives"'), encoding="utf-8")
    words = [f"out={samples(tmp_path / 's.jsonl')}", f"real={path}"]
    code, _, err = said(*words)
    assert code == 2
    assert "has labels that the dataset lacks: Card arrives; map them with labels=FILE" in err
    (tmp_path / "labels.yaml").write_text("Card arrives: card_arrival\n", encoding="utf-8")
    code, out, _ = said(*words, f"labels={tmp_path / 'labels.yaml'}")
    assert code == 0
    assert "left out" not in out
    code, out, _ = said(*words, "others=leave")
    assert code == 0
    assert "left out: 16 for labels" in out


def test_feedback_weighs_what_is_planned(tmp_path: Path) -> None:
    names = dict.fromkeys(INTENTS, 1.0) | {STARVED: 3.0}
    missed = {"intent": {STARVED: tuple("abcde")}}
    feedback = Feedback(scenario="intents", weights={"intent": names}, missed=missed)
    steered, counts = Steered(feedback, load("intents").scenario.axes, 1, 3, True), Counter[str]()
    for _ in range(120):
        (name,) = steered.due({})["intent"]
        steered.plan({"intent": name})
        counts[name] += 1
    assert counts == {name: 30 if name == STARVED else 10 for name in INTENTS}
    assert steered.hints({"intent": "card_arrival"}, 5) == Hints()
    allowed = frozenset({"card_arrival", "pending_transfer"})
    assert steered.due({"intent": allowed})["intent"] <= allowed


def test_what_earlier_runs_made_counts_for_what_is_due() -> None:
    """Otherwise feedback would take from a starved value what a plan without it gives."""
    steered = Steered(Feedback(scenario="intents", weights={"intent": {}}), load("intents").scenario.axes, 1, 3, True)
    for name in INTENTS:
        for _ in range(0 if name == STARVED else 9):
            steered.meet({"intent": name})
    for _ in range(9):
        assert steered.due({})["intent"] == {STARVED}
        steered.plan({"intent": STARVED})
    assert steered.due({})["intent"] != {STARVED}


def test_what_is_said_of_values_that_are_gone_is_left_out_and_named(workshop: Workshop, tmp_path: Path) -> None:
    """A label that was dropped after the first dataset is no reason to give the whole feedback up."""
    told = {
        "scenario": "intents",
        "target": "intent",
        "missed": {"intent": {"gone": ["a"], STARVED: ["how do I undo it"]}},
    }
    (tmp_path / "transfer.json").write_text(json.dumps({"feedback": told}), encoding="utf-8")
    words = [
        "scenario=intents",
        "llm.backend=scripted",
        "n=2",
        "memory.max_overlap=off",
        f"feedback={tmp_path / 'transfer.json'}",
    ]
    ran = workshop.run("r", *words)
    assert ran.code == 0, ran.stderr
    assert (
        "feedback: the scenario has no intent=gone any more; what the feedback says of that is left out"
        in ran.stdout + ran.stderr
    )
    feedback = Feedback.model_validate(told)
    assert out_of_date(feedback, load("intents").scenario) != ""
    assert out_of_date(feedback.model_copy(update={"missed": {}}), load("intents").scenario) == ""


def test_prompts_of_the_models_in_use_have_the_place_for_what_was_missed() -> None:
    """A base model is not asked with the prompt that has it: it is shown what helped."""
    missed = {"intent": dict.fromkeys(INTENTS, ("a",))}
    feedback = Feedback(scenario="intents", target="intent", missed=missed, helpful=HELPFUL)
    for style, shows in (("chat", True), ("transcript", False)):
        prepared = prepare({"scenario": "intents", "llm": {"backend": "scripted", "style": style}})
        prepared.__dict__["feedback"] = feedback
        steered = steered_by(prepared)
        assert steered is not None
        hints = steered.hints({"intent": STARVED}, 0)
        assert (bool(hints.missed), bool(hints.peers)) == (shows, not shows)


def test_a_sample_that_repeats_a_text_that_prompts_show_is_too_near(tmp_path: Path) -> None:
    """Otherwise only the measurement would refuse it, as a leak, when everything is paid."""
    text = "I sent the rent to the wrong landlord on Monday, how can I get the money back before it is gone"
    told = {"scenario": "intents", "missed": {"intent": {STARVED: [f"{text} (nearly taken for pending_transfer)"]}}}
    (tmp_path / "transfer.json").write_text(json.dumps({"feedback": told}), encoding="utf-8")
    given = {"scenario": "intents", "llm": {"backend": "scripted"}, "feedback": str(tmp_path / "transfer.json")}
    rule = prepare(given).rules.demonstrations
    assert rule is not None
    found = rule.find(text.replace("Monday", "Friday").lower())
    assert found is not None
    assert found.nearest == f"real text 1 of intent={STARVED}"
    assert rule.find("could you take yesterday's payment back, my sister has closed that account since then") is None


HELPFUL = tuple(
    Peer(
        id=f"intents-{n:016x}", cell={"intent": STARVED if n < 4 else "card_arrival"}, fields={"utterance": f"text {n}"}
    )
    for n in range(8)
)


def test_as_many_briefs_show_examples_as_there_are_of_their_label() -> None:
    missed = {"intent": {STARVED: tuple("abcde")}}
    feedback = Feedback(scenario="intents", target="intent", missed=missed, helpful=HELPFUL)
    axes, cell = load("intents").scenario.axes, {"intent": STARVED}

    def shown(feedback: Feedback, has_place: bool) -> list[Hints]:
        steered, found = Steered(feedback, axes, 1, 3, has_place), []
        for number in range(8):
            found.append(steered.hints(cell, number))
            assert steered.hints(cell, number) == found[-1]
            steered.plan(cell)
            steered.plan({"intent": "cancel"})
        return found

    hints = shown(feedback, has_place=True)
    assert ["".join(each.missed) for each in hints] == ["abc", "dea", "bcd", "eab", "cde", "", "", ""]
    assert not any(each.peers for each in hints)  # real texts are the better examples
    for each in (shown(feedback, has_place=False), shown(feedback.model_copy(update={"missed": {}}), has_place=True)):
        assert [len(one.peers) for one in each] == [2, 2, 2, 2, 0, 0, 0, 0]
        assert {peer.cell["intent"] for one in each for peer in one.peers} == {STARVED}


def test_the_loop_refills_a_starved_cell(workshop: Workshop, said: Said, tmp_path: Path) -> None:
    words = ["scenario=intents", "llm.backend=scripted", "n=26", "round_size=13", "memory.max_overlap=off"]
    first = workshop.run("first", *words, f"quota.intent.{STARVED}=0")
    assert first.code == 0, first.stderr
    file = real(tmp_path / "real.jsonl")
    code, out, err = said(f"out={first.out}", f"real={file}", "split=30/30/40")
    assert code == 0, err
    assert f"worst: {STARVED} " in out
    transfer = first.out / "transfer.json"
    told = json.loads(transfer.read_bytes())
    assert told["feedback"]["weights"]["intent"][STARVED] > 2
    assert told["feedback"]["target"] == "intent"
    assert set(told["feedback"]["validation"]).isdisjoint({told["test"]})

    second = workshop.run("second", *words, f"feedback={transfer}", f"memory.path={tmp_path / 'a'}")
    assert second.code == 0, second.stderr
    counts = Counter(line["brief"]["cell"]["intent"] for line in second.lines())
    assert counts[STARVED] == max(counts.values()) >= 4
    shown = next(line["brief"] for line in second.lines() if line["brief"]["cell"]["intent"] == STARVED)
    assert "(taken for " in shown["missed"][0]
    again = workshop.run("third", *words, f"feedback={transfer}", f"memory.path={tmp_path / 'b'}", "concurrency=1")
    assert again.dataset() == second.dataset()
    assert verify([f"out={second.out}"]) == 0

    code, out, err = said(f"out={second.out}", f"real={file}", "split=30/30/40")
    assert code == 0, err
    after = json.loads((second.out / "transfer.json").read_bytes())
    assert after["errors"]["intent"][STARVED]["errors"] < told["errors"]["intent"][STARVED]["errors"]
    # Both together are measured as one dataset, and neither may be tested on what the second was made with.
    both = f"out={first.out},{second.out}"
    code, out, err = said(both, f"real={file}", "split=30/30/40")
    assert code == 0, err
    together = json.loads((second.out / "transfer.json").read_bytes())
    assert (together["samples"], together["scenario"]) == (52, "intents")
    assert {"dataset", "dataset 2"} <= together["files"].keys()
    code, _, err = said(both, f"real={file}", "split=30/70")
    assert (code, "the dataset was made with feedback from" in err) == (2, True)
    # The other way round: what it was made with is no test.
    code, _, err = said(f"out={second.out}", f"real={file}", "split=30/70")
    assert code == 2
    assert "the dataset was made with feedback from" in err

    # A run that goes on keeps to its feedback, whatever becomes of the file.
    other = told["feedback"] | {"weights": {}}
    transfer.write_text(json.dumps({"feedback": other}), encoding="utf-8")
    assert workshop.run("second", "n=27").code == 0
    refused = workshop.run("second", "n=28", f"feedback={transfer}")
    assert refused.code == 2
    assert "holds a run with feedback=content " in refused.stderr
    refused = workshop.run("second", "n=28", "feedback=")
    assert (refused.code, ", not none; leave the key out" in refused.stderr) == (2, True)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{}", "holds no feedback"),
        ("[", "is no transfer.json"),
        ('{"feedback": {"scenario": "support"}}', "is about the scenario 'support', and this run is of 'intents'"),
        (
            '{"feedback": {"scenario": "intents", "weights": {"mood": {}}}}',
            "weights.mood: the scenario has no such axis",
        ),
        (
            '{"feedback": {"scenario": "intents", "weights": {"intent": {"x": 2}}}}',
            "the scenario has none of these values, such as 'x'",
        ),
        (
            '{"feedback": {"scenario": "intents", "weights": {"intent": {"card_arrival": 9}}}}',
            "9 is not between 1 and 3",
        ),
    ],
)
def test_feedback_that_is_none_is_one_line(workshop: Workshop, tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "transfer.json").write_text(text, encoding="utf-8")
    ran = workshop.run("r", "scenario=intents", "llm.backend=scripted", f"feedback={tmp_path / 'transfer.json'}")
    assert ran.code == 2
    assert why in ran.stderr
    assert not ran.out.exists()

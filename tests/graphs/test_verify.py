"""graphs.verify: what was made verifies, what was changed does not, and neither a model nor the journal is asked."""

from __future__ import annotations

import copy
import dataclasses
import functools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.checks.check import Check, Finding
from agents.checks.registry import CHECKS
from agents.models import scripted as scripted_model
from agents.models.gateway import Gateway
from graphs.files.certificate import read_certificate
from graphs.run import main as run
from graphs.sampling.topology import topology_of
from graphs.verify import main
from graphs.verifying.dataset import Difference, Verifier
from graphs.verifying.record import Ground
from memory.vectors.embedding import WordLlamaEmbedding
from scenarios.records import Status
from scenarios.schema.roles import RoleKind
from tests.conversations import at_the_desk, write_desk
from tests.endpoint import Asked, Endpoint, Reply, scripted
from tests.helpers import REPO, TALK, Workshop, at, planned, planned_form, write_scenario

SCENARIOS = ("support", "howto", "chain", "cloakroom", "evolve")
OWN = {"round", "index", "revisions"}
"""What a file alone cannot derive, because the run's seed and the models' words are not in it."""


@pytest.fixture(scope="module", name="runs")
def _runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A finished run of each scenario, without its journal."""
    home = tmp_path_factory.mktemp("runs")
    for name in SCENARIOS:
        words = [*planned(name), "llm.backend=scripted", "n=3", "seed=7", "round_size=2", f"out={home / name}"]
        assert run([*words, f"memory.path={home / 'memory'}"]) == 0
        (home / name / "run.sqlite").unlink()
    return {name: home / name for name in SCENARIOS}


@pytest.fixture(name="copied")
def _copied(runs: dict[str, Path], tmp_path: Path) -> Callable[[str], Path]:
    """A copy of a run, to change."""
    return lambda name: Path(shutil.copytree(runs[name], tmp_path / name))


@pytest.fixture(name="said")
def _said(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """The command's exit code, and what it said last."""

    def say(*words: object) -> tuple[int, str]:
        capfd.readouterr()
        code = main([str(word) for word in words])
        said = capfd.readouterr()
        assert "Traceback" not in said.err
        return code, (said.out if code in (0, 4, 5) else said.err).strip()

    return say


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(raw) for raw in path.read_bytes().splitlines()]


def write_lines(path: Path, lines: list[dict[str, Any]]) -> None:
    path.write_bytes(b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines))


# -- what was made verifies -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCENARIOS)
def test_what_a_run_made_verifies_without_a_model_a_journal_or_a_file_written(
    name: str, runs: dict[str, Path], said: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def asked(*_: Any) -> Any:
        raise AssertionError("a model was asked")

    monkeypatch.setattr(Gateway, "ask", asked)
    before = {path: path.read_bytes() for path in runs[name].rglob("*")}
    code, text = said(f"out={runs[name]}")
    assert (code, text.splitlines()[-1]) == (0, "nothing differs")
    assert "every line is as it was" in text
    code, text = said(runs[name] / "dataset.jsonl")
    assert code == 0, text
    assert "each record's own seed and cell" in text
    assert {path: path.read_bytes() for path in runs[name].rglob("*")} == before


def test_the_evidence_of_who_was_not_asked_is_absent_and_of_nobody_else(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, said: Callable[..., tuple[int, str]]
) -> None:
    """Of a sample that its verifier rejected, no judge was asked; runs of before asked all, and verify as well."""
    usual = scripted_model.scripted_text
    refuses = '{"settled": false, "reason": "It was not handed over."}'
    monkeypatch.setattr(
        scripted_model, "scripted_text",
        lambda call: refuses if call.role == "verifier" and call.seed % 2 else usual(call),
    )  # fmt: skip
    scenario = write_scenario(workshop.home / "s", TALK)
    ran = workshop.run("r", f"scenario={scenario}", "llm.backend=scripted", "n=3", "seed=2")
    code, text = said(f"out={ran.out}")
    assert code == 0, text
    (ran.out / "certificate.json").unlink()
    lost, sound = ran.lines("rejected.jsonl"), ran.lines()
    assert {line["reason"] for line in lost} == {"verifier"}
    assert all([one["check"] for one in line["evidence"]][-1] == "verifier" and not line["scores"] for line in lost)
    judge = next(one for one in sound[0]["evidence"] if one["check"] == "judge")
    asked = {"scores": {"clear": 5, "kind": 4}, "usage": {**lost[0]["usage"], "judge": sound[0]["usage"]["judge"]}}
    of_before = {**lost[0], **asked, "evidence": [*lost[0]["evidence"], judge]}
    write_lines(ran.out / "rejected.jsonl", [of_before, *lost[1:]])
    code, text = said(f"out={ran.out}")
    assert code == 0, text
    without = {**lost[0], "evidence": [one for one in lost[0]["evidence"] if one["check"] != "critic"]}
    unscored = {**lost[0], "evidence": of_before["evidence"]}
    for wrong in (without, unscored):
        write_lines(ran.out / "rejected.jsonl", [wrong, *lost[1:]])
        assert said(f"out={ran.out}")[0] == 4
    write_lines(ran.out / "rejected.jsonl", lost)
    silent = {**sound[0], "scores": {}, "evidence": [one for one in sound[0]["evidence"] if one["check"] != "judge"]}
    write_lines(ran.out / "dataset.jsonl", [silent, *sound[1:]])
    assert said(f"out={ran.out}")[0] == 4, "a judge that could have rejected was asked"


def test_rejected_undecided_and_continued_records_verify(
    workshop: Workshop, serve: Callable[..., Endpoint], said: Callable[..., tuple[int, str]]
) -> None:
    """Refused calls, refused draws, novelty, refinements: every kind of record is derived again."""

    def moody(asked: Asked) -> Any:
        if asked.seed % 13 == 0:
            return Reply(400, {"error": {"message": "no"}})
        return "99 balloons" if asked.seed % 17 == 0 else scripted(asked)

    scenario = write_scenario(workshop.home / "s", TALK, redraws=1, backtracks=0)
    words = [f"scenario={scenario}", *at(serve(moody).url), "memory.min_distance=0.5"]
    ran = workshop.run("r", *words, "n=2", "budget.samples=30")
    assert said(f"out={ran.out}")[0] == 0
    ran = workshop.run("r", f"out={ran.out}", "n=9")
    reasons = {line["reason"] for line in ran.lines("rejected.jsonl")}
    assert {"novelty", "declined"} < reasons, reasons
    code, text = said(f"out={ran.out}")
    assert code == 0, text
    assert f"rejected.jsonl: {len(ran.lines('rejected.jsonl'))} records" in text
    (ran.out / "certificate.json").unlink()
    for field, value in (("stage", "judge"), ("reason", "complete"), ("verdict", "accepted"), ("detail", "")):
        rejected = ran.lines("rejected.jsonl")
        near = next(line for line in rejected if line["reason"] == "novelty")
        before, near[field] = near[field], value
        write_lines(ran.out / "rejected.jsonl", rejected)
        code, text = said(f"out={ran.out}")
        assert code == 4, (field, text)
        near[field] = before
        write_lines(ran.out / "rejected.jsonl", rejected)
    assert said(f"out={ran.out}")[0] == 0


def test_novelty_against_another_run_is_said_to_be_unverifiable(
    workshop: Workshop, said: Callable[..., tuple[int, str]]
) -> None:
    words = ["scenario=chain", "llm.backend=scripted", "n=4", f"memory.path={workshop.home / 'memory'}"]
    workshop.run("a", *words)
    second = workshop.run("b", *words, "seed=1")
    code, text = said(f"out={second.out}")
    assert code == 0
    assert "novelty against samples of other runs" in text
    lines = second.lines()
    next(line for line in lines[1:] if "/" in line["novelty"]["nearest"])["novelty"]["distance"] = 1.5
    write_lines(second.out / "dataset.jsonl", lines)
    code, text = said(second.out / "dataset.jsonl")
    assert (code, ": novelty.distance: expected from 0 to" in text) == (4, True)


def test_the_certificate_is_the_same_whatever_the_concurrency(workshop: Workshop) -> None:
    words = ["scenario=chain", "llm.backend=scripted", "n=9", "seed=3", "memory.min_distance=0.1"]
    made = [workshop.run(f"c{count}", *words, f"concurrency={count}") for count in (1, 16)]
    assert len({(ran.out / "certificate.json").read_bytes() for ran in made}) == 1


def test_a_run_that_goes_on_has_no_certificate_until_it_ends(
    workshop: Workshop, said: Callable[..., tuple[int, str]]
) -> None:
    ran = workshop.run("r", "scenario=chain", "llm.backend=scripted", "n=3")
    (ran.out / "certificate.json").unlink()
    code, text = said(f"out={ran.out}")
    assert (code, "there is no certificate.json" in text) == (0, True)
    workshop.run("r", f"out={ran.out}", "n=5")
    certificate = read_certificate(ran.out)
    assert certificate is not None
    assert certificate.files["dataset.jsonl"].records == 5


# -- what was changed does not ----------------------------------------------------------------------------------


def leaves(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of all strings, numbers and nulls of a JSON value."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*at, key))
    else:
        yield at


def another(value: Any) -> Any:
    """A value that means something else."""
    if isinstance(value, bool) or value is None:
        return "x"
    return f"{value}x" if isinstance(value, str) else value + 1


@functools.cache
def ground_of(run_dir: Path, alone: bool) -> Ground:
    loaded = planned_form(run_dir.name)
    topology = topology_of(loaded.scenario)
    return Ground(loaded, topology) if alone else Ground(loaded, topology, 7, 2)


def difference(run_dir: Path, path: Path, alone: bool) -> str:
    """The first difference, or nothing; below the command, which would read the scenario each time."""
    certificate = None if alone else read_certificate(run_dir)
    verifier = Verifier(ground_of(run_dir, alone), WordLlamaEmbedding(), None, certificate)
    try:
        list(verifier.records(path, accepted=True))
    except Difference as found:
        return str(found)
    return verifier.tally.first


def derivable(line: dict[str, Any], place: tuple[Any, ...]) -> bool:
    """Whether a file alone tells that this leaf was changed, whatever its text says."""
    if place[0] == "evidence":
        return line["evidence"][place[1]]["check"] not in set(RoleKind) or place[2] != "detail"
    if place[0] == "messages" and place[2] == "content":
        return bool(line["messages"][place[1]]["role"] == "tool")
    return place[0] not in {"fields", "scores", "usage", *OWN}


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_changed_value_is_caught(data: st.DataObject, runs: dict[str, Path], tmp_path: Path) -> None:
    """Beside the run's settings and certificate always; in the file alone where it can be derived."""
    run_dir = runs[data.draw(st.sampled_from(SCENARIOS))]
    lines = lines_of(run_dir / "dataset.jsonl")
    line = lines[data.draw(st.integers(0, 2))]
    place = data.draw(st.sampled_from(list(leaves(line))))
    holder = functools.reduce(lambda value, key: value[key], place[:-1], line)
    before, was = copy.deepcopy(line), holder[place[-1]]
    holder[place[-1]] = another(was)
    path = tmp_path / "dataset.jsonl"
    write_lines(path, lines)
    assert difference(run_dir, path, alone=False), place
    if derivable(before, place):
        found = difference(run_dir, path, alone=True)
        assert found.startswith(f"{path}:{lines.index(line) + 1}: "), (place, found)


@pytest.mark.parametrize("name", ["support", "cloakroom"])
def test_a_dropped_doubled_or_moved_part_is_caught_in_the_file_alone(
    name: str, runs: dict[str, Path], tmp_path: Path
) -> None:
    path = tmp_path / "dataset.jsonl"
    sound = lines_of(runs[name] / "dataset.jsonl")

    def after(change: Callable[[list[dict[str, Any]]], Any]) -> str:
        lines = copy.deepcopy(sound)
        change(lines)
        write_lines(path, lines)
        return difference(runs[name], path, alone=True)

    assert not after(lambda lines: None)
    assert "evidence" in after(lambda lines: lines[1]["evidence"].pop(0))
    assert "evidence" in after(lambda lines: lines[1]["evidence"].append(lines[1]["evidence"][0]))
    assert "evidence" in after(lambda lines: lines[1]["evidence"].insert(0, lines[1]["evidence"].pop()))
    assert after(lambda lines: lines.insert(0, lines.pop()))
    assert after(lambda lines: lines.append(lines[0]))
    assert after(lambda lines: lines.pop(0))
    assert "extra: expected nothing" in after(lambda lines: lines[2].update(extra=1))
    for key in sound[0]:
        assert after(lambda lines, key=key: lines[2].pop(key)), key


def test_the_order_of_keys_is_no_difference_but_a_key_twice_is(runs: dict[str, Path], tmp_path: Path) -> None:
    path, sound = tmp_path / "dataset.jsonl", lines_of(runs["chain"] / "dataset.jsonl")
    write_lines(path, [dict(reversed(line.items())) for line in sound])
    assert not difference(runs["chain"], path, alone=True)
    raw = (runs["chain"] / "dataset.jsonl").read_bytes()
    path.write_bytes(raw.replace(b'{"id"', b'{"revisions":9,"id"', 1))
    assert "revisions: expected one value" in difference(runs["chain"], path, alone=True)


def test_what_no_check_sees_is_seen_by_the_certificate(
    copied: Callable[[str], Path], said: Callable[..., tuple[int, str]]
) -> None:
    out = copied("support")
    path = out / "dataset.jsonl"
    lines = lines_of(path)
    lines[1]["usage"]["judge"]["calls"] += 1
    write_lines(path, lines)
    assert said(path)[0] == 0
    code, text = said(f"out={out}")
    assert code == 4
    assert f"dataset.jsonl:2: {lines[1]['id']}: line: expected the one that was certified" in text
    write_lines(path, lines_of(path)[:1])
    (out / "certificate.json").write_bytes(b"{}")
    code, text = said(f"out={out}")
    assert (code, text.count("\n")) == (2, 0)
    assert "certificate.json: cannot be read" in text


def test_records_cut_off_at_the_end_are_missed(
    copied: Callable[[str], Path], said: Callable[..., tuple[int, str]]
) -> None:
    out = copied("chain")
    path = out / "dataset.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    code, text = said(f"out={out}")
    assert (code, "expected the 3 lines that were certified" in text) == (4, True)


def test_a_changed_scenario_differs_and_is_said(workshop: Workshop, said: Callable[..., tuple[int, str]]) -> None:
    scenario = write_scenario(workshop.home / "s", TALK)
    ran = workshop.run("r", f"scenario={scenario}", "llm.backend=scripted", "n=3")
    assert said(ran.out / "dataset.jsonl", f"scenario={scenario}")[0] == 0
    write_scenario(workshop.home / "s", TALK, facts={"day": {"choice": ["Sunday", "Saturday"]}})
    code, text = said(f"out={ran.out}")
    assert code == 4
    assert "the scenario has changed since the run" in text
    assert "brief.facts.day" in text


# -- versions ---------------------------------------------------------------------------------------------------


def test_evidence_of_an_older_version_is_said_and_checked_anew(
    copied: Callable[[str], Path], said: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    out, new = copied("support"), tmp_path / "new"
    monkeypatch.setitem(CHECKS, "must_say", dataclasses.replace(CHECKS["must_say"], version=3))
    code, text = said(f"out={out}")
    assert code == 5
    assert "must_say was version 2 in 3 records and is 3 now, which finds still PASS" in text
    assert f"the first is {out / 'dataset.jsonl'}:1: " in text
    code, text = said(f"out={out}", f"anew={new}")
    assert (code, "3 records pass today's checks, 0 do not" in text) == (0, True)
    assert said(f"out={new}")[0] == 0
    assert {e["version"] for line in lines_of(new / "dataset.jsonl") for e in line["evidence"]} == {1, 2, 3}
    before = {path: path.read_bytes() for path in new.iterdir()}
    code, text = said(f"out={out}", f"anew={new}")
    assert (code, "nothing is overwritten" in text) == (2, True)
    assert {path: path.read_bytes() for path in new.iterdir()} == before


def test_what_todays_checks_reject_is_set_aside_anew(
    copied: Callable[[str], Path], said: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    out, new = copied("support"), tmp_path / "new"
    first = lines_of(out / "dataset.jsonl")[0]["id"]
    find = CHECKS["must_say"].find

    def stricter(reading: Any) -> Any:
        found = find(reading)
        return dataclasses.replace(found, detail="no") if reading.candidate.brief.id == first else found

    monkeypatch.setitem(CHECKS, "must_say", dataclasses.replace(CHECKS["must_say"], find=stricter, version=3))
    code, text = said(f"out={out}")
    assert (code, "in 1 records and is 3 now, which finds FAIL, not PASS" in text) == (5, True)
    assert said(f"out={out}", f"anew={new}")[0] == 0
    rejected = lines_of(new / "rejected.jsonl")
    assert [(line["id"], line["reason"], line["verdict"]) for line in rejected] == [(first, "must_say", "rejected")]
    assert len(lines_of(new / "dataset.jsonl")) == 2
    code, text = said(f"out={new}")
    assert code == 0, text


@pytest.mark.parametrize("name", ["support", "cloakroom"])
def test_what_is_written_anew_is_what_a_run_writes(
    name: str, copied: Callable[[str], Path], said: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    """All but the journal with its settings and its summary, and the pairs, which come from refused draws."""
    out, new = copied(name), tmp_path / "new"
    assert said(f"out={out}", f"anew={new}")[0] == 0
    own = {"run.yaml", "run.sqlite", "summary.json", "preferences.jsonl", "preferences.parquet"}
    assert {path.name for path in new.iterdir()} == {path.name for path in out.iterdir() if path.is_file()} - own
    assert pq.read_table(new / "dataset.parquet").equals(pq.read_table(out / "dataset.parquet"))
    card = (new / "README.md").read_text(encoding="utf-8")
    assert "3 accepted samples, 0 rejected" in card
    assert "- verifier: decides\n" in card
    assert "- `scripted`" in card
    alone = tmp_path / "alone"
    assert said(out / "dataset.jsonl", f"anew={alone}")[0] == 0
    assert "not known" in (alone / "README.md").read_text(encoding="utf-8")
    assert said(f"out={new}")[0] == 0


def test_a_check_that_fails_to_run_is_no_difference(
    runs: dict[str, Path], said: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Check(lambda reading: Finding("no sandbox here", given=Status.ERROR), CHECKS["must_say"].version)
    monkeypatch.setitem(CHECKS, "must_say", broken)
    code, text = said(f"out={runs['support']}")
    assert (code, "must_say gives ERROR, not PASS, in 3 records" in text) == (5, True)


def test_a_dataset_that_differs_is_not_written_anew(
    copied: Callable[[str], Path], said: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    out = copied("chain")
    lines = lines_of(out / "dataset.jsonl")
    lines[0]["id"] = "chain-0"
    write_lines(out / "dataset.jsonl", lines)
    assert said(f"out={out}", f"anew={tmp_path / 'new'}")[0] == 4
    assert not (tmp_path / "new").exists()


# -- mistakes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words", "named"),
    [
        (b"", [], "is empty"),
        (None, [], "cannot be read"),
        (b'{"id": "a"', [], "is not JSON"),
        (b"[1]\n", [], "scenario=PATH"),
        (b'{"scenario": "nowhere"}\n', [], "which does not ship"),
        (b'{"scenario": "../../etc"}\n', [], "which does not ship"),
        (b'{"scenario": "chain"}\n', ["scenario=suport"], "did you mean 'support'"),
        (b'{"scenario": "chain"}\n', ["topologie=full"], "did you mean 'topology'"),
        (b'{"scenario": "chain"}\n', ["topology=ful"], "did you mean 'full'"),
        (b'{"scenario": "chain"}\n', ["out=here"], "not both"),
    ],
)
def test_a_mistake_is_one_line(
    content: bytes | None, words: list[str], named: str, said: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    path = tmp_path / "dataset.jsonl"
    if content is not None:
        path.write_bytes(content)
    code, text = said(path, *words)
    assert (code, text.count("\n")) == (2, 0)
    assert named in text


def test_more_mistakes(copied: Callable[[str], Path], said: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    assert said()[0] == 2
    assert "holds no dataset.jsonl" in said(f"out={tmp_path / 'nowhere'}")[1]
    out = copied("chain")
    path = out / "dataset.jsonl"
    path.write_bytes(path.read_bytes()[:-40])
    code, text = said(path)
    assert (code, f"{path}:3: broken: is not JSON" in text) == (4, True)


@pytest.mark.parametrize(("place", "added", "says"), [
    (0, b"\n", "1: blank: expected a record, found an empty line; remove it"), (2, b"  \n", "3: blank"), (3, b"\n", "4: blank"),
    (1, b"{broken\n", "2: broken: is not JSON"), (1, b"[]\n", "2: broken: is not a record"),
])  # fmt: skip
@pytest.mark.parametrize("alone", [True, False])
def test_a_line_that_holds_no_record_differs(
    copied: Callable[[str], Path],
    said: Callable[..., tuple[int, str]],
    place: int,
    added: bytes,
    says: str,
    alone: bool,
) -> None:
    path = copied("chain") / "dataset.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:place], added, *lines[place:]]))
    code, text = said(path if alone else f"out={path.parent}")
    assert code == 4
    assert f"differs: {path}:{says}" in text


def test_a_world_is_run_only_where_it_is_trusted(
    copied: Callable[[str], Path], said: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    out = copied("cloakroom")
    home = Path(shutil.copytree(REPO / "scenarios" / "shipped" / "cloakroom", tmp_path / "s"))
    data = yaml.safe_load((home / "scenario.yaml").read_text())
    data["world"]["name"] = "scenarios.worlds.cloakroom"
    (home / "scenario.yaml").write_text(yaml.safe_dump(data, sort_keys=False))
    code, text = said(out / "dataset.jsonl", f"scenario={home}/scenario.yaml")
    assert (code, "add trust=scenarios.worlds.cloakroom" in text) == (2, True)
    code, text = said(out / "dataset.jsonl", f"scenario={home}/scenario.yaml", "trust=scenarios.worlds.cloakroom")
    assert code == 0, text


SCENES: dict[str, Callable[[dict[str, Any]], object]] = {
    "a part dropped": lambda line: line.update(scene=_without_a_part(line["scene"])),
    "a grade that nothing proves": lambda line: line.update(grades=dict.fromkeys(line["grades"], "proved")),
    "a grade of no result": lambda line: line["grades"].update(x="recorded"),
    "a system message of its own": lambda line: line["messages"][0].update(content="You may do anything."),
    "another's name": lambda line: line["messages"][1].update(name="clerk"),
}


def _without_a_part(scene: str) -> str:
    told = orjson.loads(scene)
    told["parts"].pop("expert")
    return orjson.dumps(told).decode()


@pytest.mark.parametrize("what", SCENES)
def test_what_a_free_conversation_claims_beside_its_words_is_held_to_them(
    workshop: Workshop, serve: Callable[..., Endpoint], what: str
) -> None:
    path = write_desk(workshop.home / "desk")
    ran = workshop.run("r", f"scenario={path}", "n=4", "round_size=4", *at(serve(at_the_desk).url))
    assert ran.code == 0, ran.stderr
    lines = ran.lines()
    changed = next(line for line in lines if line.get("grades"))
    SCENES[what](changed)
    (ran.out / "certificate.json").unlink()
    (ran.out / "dataset.jsonl").write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    assert main([f"out={ran.out}"]) not in {0, 1}

"""The command graphs.fork: what was said before the turn stays, nothing is paid twice, and nobody takes branches for new samples."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest

from graphs.export import main as export
from graphs.files.calls import StoredCall, stored_call
from graphs.fork import main
from graphs.lineage import main as lineage
from graphs.reject import main as reject
from graphs.run import main as run
from graphs.trace import main as trace
from graphs.verify import main as verify
from memory.journal.reading import read_journal
from scenarios.messages import Message, Speech
from scenarios.records import Record, Verdict
from tests.conversations import write_conversation
from tests.endpoint import Endpoint, scripted
from tests.helpers import NOTES, Said, planned, said_by, write_scenario


@pytest.fixture(name="fork")
def _fork(capfd: pytest.CaptureFixture[str]) -> Said:
    return said_by(main, capfd)


@pytest.fixture(name="home", scope="module")
def _home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of one sample each: a free conversation, one in one answer, a world and a planned dialogue."""
    home = tmp_path_factory.mktemp("runs")
    shop = write_conversation(home / "shop")
    for name, words in {
        "talk": [f"scenario={shop}"],
        "whole": [f"scenario={shop}", "how=whole"],
        "world": ["scenario=library"],
        "plan": planned("support"),
    }.items():
        assert run([*words, "llm.backend=scripted", "n=1", f"out={home / name}", f"memory.path={home / 'm'}"]) == 0
    return home


@pytest.fixture(name="out")
def _out(home: Path, tmp_path: Path) -> Path:
    """A copy of the run of the free conversation, for a test that writes there."""
    shutil.copytree(home / "talk", tmp_path / "talk")
    return tmp_path / "talk"


def records(out: Path) -> list[Record]:
    """The records of a directory, in order."""
    return read_journal(out / "run.sqlite", lambda reading: list(reading.records()))


def calls(out: Path, sample: str) -> list[StoredCall]:
    """The calls of a sample."""
    return read_journal(out / "run.sqlite", lambda reading: [stored_call(row) for row in reading.calls(sample)])


def a_turn(record: Record) -> int:
    """A turn of the assistant's in the middle: in a world, a call."""
    said = record.candidate.messages
    return next(n for n in range(2, len(said)) if said[n].role is Speech.ASSISTANT)


@pytest.mark.parametrize("name", ["talk", "whole", "world", "plan"])
def test_all_before_the_turn_is_kept_and_the_rest_is_said_anew(
    name: str, home: Path, tmp_path: Path, fork: Said
) -> None:
    memory = {path: path.read_bytes() for path in sorted((home / "m").rglob("*")) if path.is_file()}
    source = records(home / name)[0]
    id_, said, turn = source.candidate.brief.id, source.candidate.messages, a_turn(source)
    code, out, err = fork(f"out={home / name}", f"id={id_[:-3]}", f"turn={turn}", f"into={tmp_path / 'b'}")
    assert code == 0, err
    made = records(tmp_path / "b")
    assert [one.candidate.brief.id for one in made] == [f"{id_}-t{turn}-1", f"{id_}-t{turn}-2"]
    for one in made:
        assert one.candidate.messages[:turn] == said[:turn]
        assert one.candidate.messages[turn].name == said[turn].name
        assert one.lineage == (id_,)
        assert one.candidate.scene == source.candidate.scene
        assert one.candidate.system == source.candidate.system
        assert {e.check for e in one.candidate.evidence} == {e.check for e in source.candidate.evidence}
        assert one.verdict is Verdict.ACCEPTED, one.detail
        drew = [call for call in calls(tmp_path / "b", one.candidate.brief.id) if call.step.startswith("generate/")]
        assert drew, "its speakers go on, however it was made"
        assert {call.role for call in drew} <= {message.name for message in one.candidate.messages[turn:]}
    if name != "world":  # there the scripted model says the right dialogue
        assert len({one.candidate.messages[turn:] for one in (source, *made)}) == 3
    assert len({one.candidate.brief.seed for one in (source, *made)}) == 3
    assert memory == {path: path.read_bytes() for path in sorted((home / "m").rglob("*")) if path.is_file()}
    lines = [orjson.loads(line) for line in (tmp_path / "b" / "dataset.jsonl").read_bytes().splitlines()]
    assert [line["brief"]["branch"] for line in lines] == [{"of": id_, "turn": turn, "changes": {}}] * 2
    assert f"message {turn} on ({said[turn].name})" in out


def test_the_same_command_again_asks_nothing_and_more_branches_go_on(out: Path, fork: Said) -> None:
    words = [f"out={out}", "id=shop", "turn=1"]
    assert fork(*words)[0] == 0
    folder = next((out / "forks").iterdir())
    before = (folder / "dataset.jsonl").read_bytes()
    code, told, _ = fork(*words)
    assert code == 0
    assert "nothing was asked" in told
    assert (folder / "dataset.jsonl").read_bytes() == before
    assert fork(*words, "branches=3")[0] == 0
    assert (folder / "dataset.jsonl").read_bytes().startswith(before)
    assert len(records(folder)) == 3


def test_a_budget_stops_it_and_a_larger_one_goes_on_to_the_same_bytes(out: Path, tmp_path: Path, fork: Said) -> None:
    words = [f"out={out}", "id=shop", "turn=1"]
    code, told, _ = fork(*words, f"into={tmp_path / 'a'}", "budget.calls=3", "concurrency=1")
    assert code == 3
    assert "stopped by budget.calls; continue with the same command" in told
    code, told, _ = fork(*words, f"into={tmp_path / 'a'}", "budget.calls=100")
    assert code == 0
    assert "3 answers came from the journal" in told
    assert fork(*words, f"into={tmp_path / 'b'}")[0] == 0
    assert (tmp_path / "a" / "dataset.jsonl").read_bytes() == (tmp_path / "b" / "dataset.jsonl").read_bytes()


def test_a_setting_makes_pairs_from_the_same_seeds(out: Path, fork: Said) -> None:
    code, told, err = fork(f"out={out}", "id=shop", "turn=1", "branches=2", "roles.agent.llm.temperature=0.1")
    assert code == 0, err
    assert "differs: roles.agent.llm.temperature=0.1" in told
    folder = next((out / "forks").iterdir())
    made = records(folder)
    one, other, third, fourth = (record.candidate.brief for record in made)
    assert one.seed == other.seed != third.seed == fourth.seed
    assert [bool(b.opening and b.opening.changes) for b in (one, other, third, fourth)] == [False, True, False, True]
    heat = [{c.decoding.temperature for c in calls(folder, b.id) if c.role == "agent"} for b in (one, other)]
    assert heat[1] == {0.1} != heat[0]
    assert "agent: small" not in told


def test_where_a_model_is_reached_holds_for_all_and_another_model_brings_its_own(
    out: Path, fork: Said, serve: Callable[..., Endpoint]
) -> None:
    nothing = ("llm.timeout=50", "roles.agent.llm.rpm=100", "budget.calls=50", "concurrency=2")
    assert fork(f"out={out}", "id=shop", "turn=1", *nothing)[0] == 0
    assert orjson.loads((next((out / "forks").iterdir()) / "fork.json").read_bytes())["changes"] == {}
    endpoint = serve(scripted)
    moved = (f"roles.agent.llm.base_url={endpoint.url}", "roles.agent.llm.model=big")
    code, told, err = fork(f"out={out}", "id=shop", "turn=1", *moved, f"into={out / 'other'}")
    assert code == 0, err
    note = orjson.loads((out / "other" / "fork.json").read_bytes())
    assert set(note["changes"]) == {"roles.agent.llm.base_url", "roles.agent.llm.model"}
    assert "roles.agent.model: scripted (chat) → big (chat)" in told
    one, other = (calls(out / "other", record.candidate.brief.id) for record in records(out / "other"))
    assert {call.model for call in one} == {"scripted"}
    assert {call.model for call in other if call.role == "agent"} == {"big"}
    assert len(endpoint.asked) == sum(call.role == "agent" for call in other)


def test_a_prompt_that_differs_is_known_by_its_text(out: Path, fork: Said) -> None:
    prompt = out.parent / "curt.jinja"
    words = [f"out={out}", "id=shop", "turn=1", f"roles.agent.prompt={prompt}"]
    for text in ("Answer in one word.\n", "Answer in two words.\n"):
        prompt.write_text(text, encoding="utf-8")
        code, _, err = fork(*words)
        assert code == 0, err
    folders = sorted((out / "forks").iterdir())
    said = {
        calls(folder, records(folder)[1].candidate.brief.id)[0].messages[0].content.partition("\n")[0]
        for folder in folders
    }
    assert said == {"Answer in one word.", "Answer in two words."}
    assert len({records(folder)[0].candidate.messages for folder in folders}) == 1, "as before, and so the same"


def mistakes() -> Iterator[tuple[str, str]]:
    """Words, and what is wrong with them."""
    yield "id=nobody turn=1", "id=nobody: no such sample"
    yield "id=shop turn=99", "turn=99: is not there: shop-"
    yield "id=shop turn=-1", "turn=-1: is a number from 0"
    yield "turn=1", "id: is missing"
    yield "id=shop", "turn: is missing"
    yield "id=shop turn=1 branches=1", "branches=1: is one other draw"
    yield "id=shop turn=1 branches=0", "branches=0: is a number from 1"
    yield "id=shop turn=1 seed=4", "seed: changes nothing in a branch"
    yield "id=shop turn=1 how=whole", "how: changes nothing in a branch"
    yield "id=shop turn=1 topolgy=full", "did you mean 'topology'"
    yield "id=shop turn=1 roles.clerk.llm.temperature=1", "roles.clerk: the scenario has no such role"
    yield "id=shop turn=1 roles.agent.llm.temperature=9", "roles.agent.llm.temperature=9"
    yield "id=shop turn=1 llm.backend=scripted", "llm.backend=scripted: is what the run has"
    yield "id=shop turn=1 topology=full", "topology=full: is what the run has"
    yield "id=shop turn=1 topology=proof_of", "topology=proof_of: unknown"


@pytest.mark.parametrize(("words", "why"), list(mistakes()))
def test_a_mistake_is_one_line_before_anything_is_written(words: str, why: str, home: Path, fork: Said) -> None:
    code, out, err = fork(f"out={home / 'talk'}", *words.split())
    assert (code, out) == (2, "")
    assert why in err
    assert err.count("\n") == 1
    assert not (home / "talk" / "forks").exists()


def test_results_of_tools_tasks_and_foreign_directories_are_no_places_to_fork(
    home: Path, tmp_path: Path, fork: Said
) -> None:
    said = records(home / "world")[0].candidate.messages
    turn = next(n for n, message in enumerate(said) if message.role is Speech.TOOL)
    code, _, err = fork(f"out={home / 'world'}", "id=library", f"turn={turn}")
    assert code == 2
    assert f"turn={turn}: is the result of a tool, which no speaker writes; turn={turn - 1} is the call" in err
    path = write_scenario(tmp_path / "notes", NOTES)
    assert (
        run(
            [
                f"scenario={path}",
                "llm.backend=scripted",
                "n=1",
                f"out={tmp_path / 'n'}",
                f"memory.path={tmp_path / 'm'}",
            ]
        )
        == 0
    )
    assert "is a task with fields, which has no turns" in fork(f"out={tmp_path / 'n'}", "id=notes", "turn=0")[2]
    assert "holds no run" in fork(f"out={tmp_path}", "id=notes", "turn=0")[2]
    assert "holds a run" in fork(f"out={home / 'talk'}", "id=shop", "turn=1", f"into={home / 'whole'}")[2]


def test_branches_are_no_run_and_can_be_looked_at_and_forked_again(
    out: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    fork = said_by(main, capfd)
    assert fork(f"out={out}", "id=shop", "turn=2")[0] == 0
    folder = next((out / "forks").iterdir())
    id_ = records(folder)[0].candidate.brief.id
    for command, words in ((run, ("n=9",)), (verify, ()), (reject, (f"id={id_}", "why=no"))):
        code, _, err = said_by(command, capfd)(f"out={folder}", *words)
        assert (code, err.count("\n")) == (2, 1)
        assert "holds branches of a sample" in err
    assert said_by(trace, capfd)(f"out={folder}", f"id={id_}")[0] == 0
    assert f"branch  {id_}" in said_by(lineage, capfd)(f"out={folder}")[1]
    assert fork(f"out={folder}", f"id={id_}", "turn=3")[0] == 0
    again = records(folder / "forks" / f"{id_}-t3")[0]
    assert again.lineage == (id_, id_.partition("-t2")[0])
    assert again.candidate.messages[:3] == records(folder)[0].candidate.messages[:3]
    assert "holds branches of" in fork(f"out={out}", "id=shop", "turn=1", f"into={folder}")[2]


def test_an_export_says_that_they_are_near_copies_and_keeps_them_on_one_side(
    out: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([f"out={out}", "id=shop", "turn=1"]) == 0
    rows = (out / "dataset.jsonl").read_bytes() + (next((out / "forks").iterdir()) / "dataset.jsonl").read_bytes()
    (tmp_path / "all.jsonl").write_bytes(rows)
    code, told, _ = said_by(export, capfd)(f"out={tmp_path / 'all.jsonl'}", "to=openai", "split=50/50")
    assert code == 0
    assert "2 samples are branches, each equal to another sample up to one of its turns" in told
    assert "the largest group that stays together has 3" in told


def test_what_was_said_before_is_shown_to_whoever_goes_on(out: Path, fork: Said) -> None:
    source = records(out)[0].candidate.messages
    assert fork(f"out={out}", "id=shop", "turn=2")[0] == 0
    folder = next((out / "forks").iterdir())
    first = calls(folder, records(folder)[0].candidate.brief.id)[0]
    shown: list[Message] = list(first.messages)
    for message in source[:2]:
        assert any(message.content in one.content for one in shown)
    assert all(source[2].content not in one.content for one in shown)

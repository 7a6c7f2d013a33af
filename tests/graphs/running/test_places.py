"""A run knows its memory, its weights and its scenario from wherever it is continued, and wherever it was moved."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from graphs.evaluate import main as evaluate
from graphs.files.places import HOME, found_again, lasting
from graphs.preparation import prepare
from graphs.run import main as run
from graphs.settings.own import SEAL, seal
from graphs.verify import main as verify
from memory.archive.chroma import open_directory
from memory.journal.journal import Journal
from scenarios.errors import RunDirError
from tests.helpers import NOTES, TALK, Ran, Said, Workshop, said_by, write_scenario
from tests.ready import Ready

DRY = "llm.backend=scripted"
CHAIN = ("scenario=chain", DRY, "n=2", "round_size=2", "lookahead=0")


@pytest.fixture(name="said")
def _said(capfd: pytest.CaptureFixture[str]) -> Said:
    return said_by(run, capfd)


def remembered(path: Path) -> int:
    store = open_directory(path)
    try:
        return int(store.collection.count())
    finally:
        store.close()


def stored(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((out / "run.yaml").read_text(encoding="utf-8"))
    return found


# -- the memory ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [(), ("memory.path=mine",)])
def test_a_run_that_goes_on_from_elsewhere_has_its_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: Said, words: tuple[str, ...]
) -> None:
    home, memory = tmp_path / "project", "mine" if words else "runs/memory"
    home.mkdir()
    monkeypatch.chdir(home)
    assert said(*CHAIN, *words)[0] == 0
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert said(f"out={home}/runs/chain-001", "n=4")[0] == 0
    assert not list(Path.cwd().iterdir())
    assert remembered(home / memory) == 4
    # the folder that holds both was moved
    (home / "runs").rename(home / "kept") if not words else home.rename(tmp_path / "moved")
    there = home / "kept" if not words else tmp_path / "moved" / "runs"
    assert said(f"out={there}/chain-001", "n=6")[0] == 0
    assert remembered(there / "memory" if not words else tmp_path / "moved" / "mine") == 6
    assert not home.joinpath("runs", "memory").exists()
    # the run alone was moved
    (there / "chain-001").rename(tmp_path / "alone")
    assert said(f"out={tmp_path}/alone", "n=8")[0] == 0
    assert remembered(there / "memory" if not words else tmp_path / "moved" / "mine") == 8
    assert stored(tmp_path / "alone")[HOME] == str(tmp_path / "alone")


def test_a_run_of_an_earlier_version_finds_its_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: Said
) -> None:
    """It noted no path, or a relative one."""
    monkeypatch.chdir(tmp_path)
    assert said(*CHAIN)[0] == 0
    out = tmp_path / "runs" / "chain-001"
    for memory in ({}, {"path": "runs/memory"}):
        kept = stored(out)
        kept["memory"] = {**{key: value for key, value in kept["memory"].items() if key != "path"}, **memory}
        kept.pop(HOME, None)
        (out / "run.yaml").write_text(yaml.safe_dump(kept), encoding="utf-8")
        (tmp_path / "elsewhere").mkdir(exist_ok=True)
        monkeypatch.chdir(tmp_path / "elsewhere")
        kept.pop(SEAL, None)
        (out / "run.yaml").write_text(yaml.safe_dump(kept), encoding="utf-8")
        code, _, told = said(f"out={out}")
        assert code == 2, "such a run has no seal: what it names is to be typed once"
        assert f"memory.path={tmp_path}/runs/memory" in told
        assert said(f"out={out}", f"memory.path={tmp_path}/runs/memory")[0] == 0
        assert not list(Path.cwd().iterdir())


def test_a_memory_that_is_gone_is_said(workshop: Workshop, said: Said) -> None:
    ran = workshop.run("r", *CHAIN)
    shutil.rmtree(workshop.home / "r-memory")
    code, _, told = said(f"out={ran.out}")
    assert code == 0
    assert f"note: there is no memory at {workshop.home / 'r-memory'} any more" in told
    assert "note:" not in workshop.run("r", f"memory.path={workshop.home / 'other'}", "concurrency=2").stderr


def test_every_path_is_absolute_and_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    was, now = tmp_path / "was", tmp_path / "now"
    (was / "vectors").mkdir(parents=True)
    for name in ("w.gguf", "b.jsonl", "s.yaml"):
        (was / name).touch()
    monkeypatch.chdir(was)
    given = {
        "scenario": "s.yaml",
        "llm": {"gguf": "w.gguf"},
        "roles": {"judge": {"llm": {"gguf": "hf:a/b/c.gguf"}}, "critic": {"llm": {"gguf": "w.gguf"}}},
        "embedding": {"backend": "sentence-transformers", "model": "vectors"},
        "forbidden": {"benchmarks": ["b.jsonl"]},
    }
    kept = lasting(given, Path("run"))
    assert kept["roles"]["judge"]["llm"]["gguf"] == "hf:a/b/c.gguf"
    monkeypatch.chdir(tmp_path)
    for place, out in ((was, was / "run"), (now, now / "run")):
        if place == now:
            was.rename(now)
        assert found_again(kept, out) == {
            "scenario": f"{place}/s.yaml",
            "llm": {"gguf": f"{place}/w.gguf"},
            "roles": {"judge": {"llm": {"gguf": "hf:a/b/c.gguf"}}, "critic": {"llm": {"gguf": f"{place}/w.gguf"}}},
            "embedding": {"backend": "sentence-transformers", "model": f"{place}/vectors"},
            "forbidden": {"benchmarks": [f"{place}/b.jsonl"]},
            "memory": {"path": f"{was}/runs/memory"},
        }


@pytest.mark.parametrize("name", ["support", "some/model"])
def test_names_are_no_paths(name: str, tmp_path: Path) -> None:
    kept = lasting({"scenario": "support", "embedding": {"backend": "sentence-transformers", "model": name}}, tmp_path)
    assert (kept["scenario"], kept["embedding"]["model"]) == ("support", name)


def test_a_wrong_type_in_run_yaml_is_left_to_its_check(tmp_path: Path) -> None:
    odd = {"memory": 3, "llm": [1], "roles": {"judge": 4}, "embedding": None, "forbidden": {"benchmarks": 5}, HOME: 7}
    assert found_again(odd, tmp_path) == {key: value for key, value in odd.items() if key != HOME}


# -- a folder of somebody else's ------------------------------------------------------------------------------------


def test_a_memory_among_other_files_is_refused(workshop: Workshop) -> None:
    other = workshop.home / "thesis"
    other.mkdir()
    (other / "chapter.txt").write_text("years of work")
    ran = workshop.run("r", *CHAIN, f"memory.path={other}")
    assert ran.code == 2
    assert f"memory.path={other}: is a folder with other files (chapter.txt) and holds no memory" in ran.stderr
    assert [path.name for path in other.iterdir()] == ["chapter.txt"]
    assert not ran.out.exists()


def test_a_database_of_another_program_is_refused(workshop: Workshop) -> None:
    import chromadb

    other = workshop.home / "other"
    client: Any = chromadb.PersistentClient(str(other))
    client.create_collection("recipes", embedding_function=None)
    client.close()
    before = {path.name for path in other.iterdir()}
    ran = workshop.run("r", *CHAIN, f"memory.path={other}")
    assert ran.code == 2
    assert "is the Chroma database of another program (it has a collection 'recipes')" in ran.stderr
    assert {path.name for path in other.iterdir()} == before


def test_a_memory_that_was_begun_and_not_filled_is_ours(workshop: Workshop) -> None:
    """A kill came between the database and its first collection, or only left the lock."""
    import chromadb

    begun, locked = workshop.home / "begun", workshop.home / "locked"
    client: Any = chromadb.PersistentClient(str(begun))
    client.close()
    locked.mkdir()
    (locked / "owner.lock").touch()
    for place in (begun, locked):
        assert workshop.run(place.name + "-run", *CHAIN, f"memory.path={place}").code == 0


# -- the scenario ---------------------------------------------------------------------------------------------------


def begun(workshop: Workshop, base: Any = TALK, **changes: Any) -> tuple[Ran, Path]:
    path = write_scenario(workshop.home / "talk", base, **changes)
    ran = workshop.run("r", f"scenario={path}", DRY, "n=2")
    assert ran.code == 0, ran.stderr
    return ran, path


def test_a_scenario_that_moved_is_named_anew(workshop: Workshop) -> None:
    ran, path = begun(workshop)
    moved = workshop.home / "elsewhere" / "talk"
    moved.parent.mkdir()
    path.parent.rename(moved)
    lost = workshop.run("r", "n=3")
    assert lost.code == 2
    assert f"its scenario {path} is not there any more" in lost.stderr
    assert f"python -m graphs.run out={ran.out} scenario=PATH" in lost.stderr
    assert verify([f"out={ran.out}"]) == 2
    assert verify([f"out={ran.out}", f"scenario={moved}"]) == 0
    assert workshop.run("r", "n=3", f"scenario={moved}/scenario.yaml").code == 0
    assert stored(ran.out)["scenario"] == f"{moved}/scenario.yaml"
    assert workshop.run("r", "n=4").code == 0
    assert evaluate([f"out={ran.out}"]) == 0


@pytest.mark.parametrize("named", [False, True])
def test_a_file_that_changed_is_named(workshop: Workshop, named: bool) -> None:
    path = write_scenario(
        workshop.home / "talk", facts={"code": {"pattern": "@@"}, "day": {"choice": None, "words": "days.txt"}}
    )
    (path.parent / "days.txt").write_text("Monday\nFriday\n", encoding="utf-8")
    assert workshop.run("r", f"scenario={path}", DRY, "n=2").code == 0
    was = {name: (path.parent / name).read_bytes() for name in ("clerk.jinja", "days.txt", "scenario.yaml")}
    words = [f"scenario={path}"] if named else []
    for file, text in (
        ("clerk.jinja", b"Another prompt."),
        ("days.txt", b"Sunday\n"),
        ("scenario.yaml", was["scenario.yaml"].replace(b"Short talks", b"Long talks")),
    ):
        (path.parent / file).write_bytes(text)
        told = workshop.run("r", "n=3", *words)
        assert told.code == 2
        assert f"{file} has changed since the run began; put that back to continue, or give another out=" in told.stderr
        assert all(f"{other} has" not in told.stderr for other in was if other != file)
        (path.parent / file).write_bytes(was[file])
    (path.parent / "calibration.yaml").write_text("- {model: x, role: judge, auc: 0.5, low: 0.4, samples: 9}\n")
    assert "calibration.yaml is new since the run began" in workshop.run("r", "n=3", *words).stderr
    (path.parent / "calibration.yaml").unlink()
    assert workshop.run("r", "n=3", *words).code == 0


def test_a_role_that_is_new_in_the_scenario_is_a_change_of_its_file_and_not_of_a_model(workshop: Workshop) -> None:
    path = write_scenario(workshop.home / "talk", roles={"judge": None, "verifier": None}, checks=["turn_order"])
    assert workshop.run("r", f"scenario={path}", DRY, "n=2", "topology=generate_only").code == 0
    write_scenario(path.parent)
    told = workshop.run("r", "n=3")
    assert told.code == 2
    assert "scenario.yaml has changed since the run began" in told.stderr
    assert "roles." not in told.stderr


def test_a_run_that_noted_no_files_says_so(workshop: Workshop) -> None:
    ran, path = begun(workshop)
    journal = Journal(ran.out / "run.sqlite")
    journal.call(lambda base: base.execute("DELETE FROM meta WHERE key = 'sources'") and None)
    journal.close()
    before = (path.parent / "clerk.jinja").read_bytes()
    (path.parent / "clerk.jinja").write_text("Another prompt.")
    assert "or a file that it names, has changed since the run began" in workshop.run("r", "n=3").stderr
    (path.parent / "clerk.jinja").write_bytes(before)
    assert workshop.run("r", "n=3").code == 0
    (path.parent / "clerk.jinja").write_text("Another prompt.")
    assert "clerk.jinja has changed" in workshop.run("r", "n=4").stderr, "it was noted meanwhile"


def test_another_scenario_is_no_moved_one(workshop: Workshop) -> None:
    ran = workshop.run("r", *CHAIN)
    told = workshop.run("r", "scenario=support")
    assert told.code == 2
    assert "holds a run with scenario=chain, and support has other content; leave the key out" in told.stderr
    assert ran.code == 0


@pytest.mark.parametrize("name", ["mine", "mine/", "./mine", "mine/scenario.yaml"])
def test_a_folder_is_a_scenario(workshop: Workshop, said: Said, name: str) -> None:
    write_scenario(Path("mine"), NOTES)
    assert said(f"scenario={name}", DRY, "n=1")[0] == 0
    out = Path("runs/mine-001")
    assert stored(out)["scenario"] == str(Path("mine/scenario.yaml" if name.endswith("yaml") else "mine").absolute())
    Path("deeper").mkdir()
    assert said(f"out={out}", "n=2")[0] == 0


# -- keys --------------------------------------------------------------------------------------------------------


def test_what_to_do_about_a_key_depends_on_who_wrote_it(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = workshop.run("r", *CHAIN)
    assert "seed=0, not 4; leave the key out to continue that run" in workshop.run("r", "seed=4").stderr
    kept = stored(ran.out)
    (ran.out / "run.yaml").write_text(
        yaml.safe_dump({**kept, "seed": 4, "llm": {**kept["llm"], "style": "transcript"}})
    )
    told = workshop.run("r").stderr
    assert "leave" not in told
    assert "llm.style=None, not transcript; take llm.style out of the run's run.yaml to continue that run" in told
    (ran.out / "run.yaml").write_text(yaml.safe_dump({**kept, "seed": 4}))
    assert "seed=0, not 4; give seed=0 to continue that run" in workshop.run("r").stderr
    assert workshop.run("r", "seed=0").code == 0


def test_a_mistyped_run_is_no_new_run(workshop: Workshop, said: Said) -> None:
    assert said(*CHAIN)[0] == 0
    code, _, told = said("out=runs/chian-001", "n=4")
    assert code == 2
    assert (
        "out=runs/chian-001: holds no run (did you mean 'runs/chain-001'?); to begin one there, name its scenario"
        in told
    )
    assert not Path("runs/chian-001").exists()
    with pytest.raises(RunDirError, match="holds no run"):
        prepare({"out": "runs/chian-001"})


@pytest.mark.parametrize("word", ["trust=os", "trust=scenarios.worlds.cloakroom"])
def test_trust_in_what_is_not_used_is_said(workshop: Workshop, word: str) -> None:
    ran = workshop.run("r", *CHAIN, word)
    assert ran.code == 2
    assert f"{word}: the scenario chain does not use this module (it plays in no world); leave trust out" in ran.stderr


# -- two at once --------------------------------------------------------------------------------------------------


def test_two_runs_that_start_at_once_have_a_directory_each(tmp_path: Path, ready: Ready) -> None:
    words = ["-m", "graphs.run", *CHAIN, "otel=on"]
    env = {"PATH": "/usr/bin:/bin"}
    started = [
        ready.start([*words, f"memory.path={tmp_path}/m{number}", f"seed={number}"], env, tmp_path)
        for number in range(3)
    ]
    said = [process.communicate(timeout=150)[1] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], said
    seeds = set()
    for number in (1, 2, 3):
        out = tmp_path / "runs" / f"chain-00{number}"
        assert len((out / "dataset.jsonl").read_bytes().splitlines()) == 2
        seeds.add(stored(out).get("seed", 0))
        assert (
            len(
                [
                    line
                    for line in map(orjson.loads, (out / "spans.jsonl").read_bytes().splitlines())
                    if line["name"] == "run chain"
                ]
            )
            == 1
        )
    assert seeds == {0, 1, 2}


def test_a_model_that_changed_of_itself_is_to_be_named(workshop: Workshop) -> None:
    """The scenario's settings named it, and name another one now: nobody wrote it for this session."""
    path = write_scenario(workshop.home / "talk")
    assert workshop.run("r", f"scenario={path}", DRY, "n=1").code == 0
    kept = stored(workshop.home / "r")
    llm = {**kept["llm"], "backend": "openai", "base_url": "http://127.0.0.1:9/v1", "model": "other"}
    changed = {**kept, "llm": llm}
    (workshop.home / "r" / "run.yaml").write_text(yaml.safe_dump({**changed, SEAL: seal(changed)}))
    told = workshop.run("r").stderr
    assert "llm.model=, not other; take llm.model out of the run's run.yaml" in told

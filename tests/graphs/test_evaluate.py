"""The command `graphs.evaluate`: over a run, over files from elsewhere, and over input that is wrong."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

import graphs.evaluate
from evaluation.metrics import Metric
from graphs.evaluate import main
from graphs.run import main as run
from tests.helpers import REPO, write_scenario

_QUICK = "resamples=20"


@pytest.fixture(name="made", scope="module")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished run, its scenario and its memory."""
    home = tmp_path_factory.mktemp("made")
    scenario = write_scenario(home / "talk")
    words = [f"scenario={scenario}", "llm.backend=scripted", "n=12", "memory.min_distance=0"]
    assert run([*words, f"out={home / 'run'}", f"memory.path={home / 'memory'}"]) == 0
    return home


@pytest.fixture(name="finished")
def _finished(made: Path, tmp_path: Path) -> Path:
    """A copy of the run's directory."""
    return Path(shutil.copytree(made / "run", tmp_path / "run"))


def files(home: Path, *but: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(home.iterdir()) if path.name not in but}


def jsonl(path: Path, *rows: Any) -> Path:
    path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    return path


def figures(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(path.read_bytes())
    return found


def test_a_run_is_measured_and_its_figures_are_kept(finished: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = files(finished)
    assert main([f"out={finished}", _QUICK]) == 0
    said, path = capfd.readouterr().out, finished / "diversity.json"
    for words in (
        "12 samples",
        "Vendi score",
        "near-duplicates, lexical",
        "values of mood",
        "pairs of values",
        "rounds",
    ):
        assert words in said
    assert files(finished, "diversity.json") == before, "nothing else is written"
    found = figures(path)
    assert list(found["metrics"]) == [metric.value for metric in Metric]
    assert found["samples"] == 12
    assert found["coverage"]["values"]["topic"]["possible"] == 3, "the scenario's values, met or not"
    assert sum(one["samples"] for one in found["rounds"]) == 12
    assert main([f"out={finished}", _QUICK]) == 0
    assert figures(path) == found
    assert capfd.readouterr().out == said


def test_the_same_samples_give_the_same_bytes(finished: Path, tmp_path: Path) -> None:
    lines = (finished / "dataset.jsonl").read_bytes().splitlines(keepends=True)
    backwards = tmp_path / "backwards.jsonl"
    backwards.write_bytes(b"".join(reversed(lines)))
    made = []
    for number, source in enumerate((finished / "dataset.jsonl", backwards)):
        assert main([f"out={source}", _QUICK, f"json={tmp_path / f'{number}.json'}"]) == 0
        made.append((tmp_path / f"{number}.json").read_bytes())
    assert made[0] == made[1]
    assert tmp_path.name.encode() not in made[0], "no path"


def test_a_run_whose_scenario_is_gone_is_measured_by_what_was_met(finished: Path) -> None:
    settings = (finished / "run.yaml").read_text()
    (finished / "run.yaml").write_text(re.sub(r"(?m)^scenario: .*$", "scenario: gone/scenario.yaml", settings))
    assert main([f"out={finished}", _QUICK]) == 0
    assert figures(finished / "diversity.json")["coverage"]["samples"] == 12


def test_a_file_made_elsewhere_is_measured_and_nothing_is_written(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = jsonl(
        tmp_path / "elsewhere.jsonl",
        {"conversations": [{"from": "human", "value": "Where is my coat?"}, {"from": "gpt", "value": "On its way."}]},
        {"prompt": "Name a colour.", "completion": "Red."},
        {"text": "[bold]no markup[/bold] \x1b[31m"},
    )
    assert main([f"out={path}"]) == 0
    said = capfd.readouterr().out
    assert "3 samples" in said
    assert "coverage" not in said
    assert [one.name for one in tmp_path.iterdir()] == ["elsewhere.jsonl"]


def test_of_many_samples_it_says_how_far_it_is(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(graphs.evaluate, "_LONG", 24)
    monkeypatch.setattr(graphs.evaluate, "_EVERY", 0.0)
    words = [f"out={finished}", f"json={tmp_path / 'f.json'}", "bleu=5", "resamples=20"]
    assert main(words) == 0
    assert capfd.readouterr().err == ""
    assert main([*words, f"reference={finished}"]) == 0
    said = capfd.readouterr().err.splitlines()
    assert said[0] == "colloquia: 0 of 24 samples embedded"
    assert "colloquia: 59 of 60 resamples measured" in said


def test_names_from_a_file_cannot_steer_the_terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = jsonl(tmp_path / "a.jsonl", {"text": "x", "brief": {"cell": {"[red]axis\x1b[2J": "v"}}})
    assert main([f"out={path}"]) == 0
    said = capfd.readouterr().out
    assert "values of [red]axis\\x1b[2J" in said
    assert "\x1b" not in said


def test_a_reference_is_compared(finished: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    reference = jsonl(tmp_path / "real.jsonl", *({"text": f"a real line about number {n}"} for n in range(15)))
    assert main([f"out={finished}", f"reference={reference}", _QUICK]) == 0
    found = figures(finished / "diversity.json")["reference"]
    assert found["samples"] == 12
    for metric in Metric:
        ours, theirs, difference = (found[key][metric]["value"] for key in ("dataset", "reference", "difference"))
        assert difference == pytest.approx(ours - theirs, abs=2e-6)
    assert "12 samples" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "out: is missing"),
        (["file.jsonl"], "'file.jsonl' is not a setting; write key=value, such as out=file.jsonl"),
        (["out=none.jsonl"], "out=none.jsonl: is not there"),
        (["out=."], "holds no run"),
        (["out=good.jsonl", "reference="], "reference: is empty; give a value, or leave reference= out"),
        (["out=good.jsonl", "referense=x"], "referense: unknown key (did you mean 'reference'?)"),
        (["out=good.jsonl", "reference=bad.jsonl"], "bad.jsonl: line 2: a row needs one of"),
        (["out=bad.jsonl"], "bad.jsonl: line 2: a row needs one of"),
        (["out=broken.jsonl"], "broken.jsonl: line 1: no JSON"),
        (["out=empty.jsonl"], "empty.jsonl: holds no sample"),
        (["out=good.jsonl", "tokens=many"], "tokens=many: "),
        (["out=good.jsonl", "resamples=1"], "resamples=1: "),
        (["out=good.jsonl", "json=."], "json=.: is a directory"),
        (["out=good.jsonl", "json=no/such/file.json"], "no/such is not a directory"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(
    words: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    jsonl(tmp_path / "good.jsonl", {"text": "fine"})
    jsonl(tmp_path / "bad.jsonl", {"text": "fine"}, {"question": "where"})
    (tmp_path / "broken.jsonl").write_text("{'a': 1}\n")
    (tmp_path / "empty.jsonl").write_text("")
    before = sorted(tmp_path.iterdir())
    assert main(words) == 2
    said = capfd.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert told in said.err
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("name", ["dataset.jsonl", "run.sqlite", "summary.json"])
def test_figures_take_the_place_of_figures_alone(finished: Path, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    before = (finished / name).read_bytes()
    assert main([f"out={finished}", _QUICK, f"json={finished / name}"]) == 2
    assert (finished / name).read_bytes() == before
    assert "holds no figures of graphs.evaluate; give another file" in capfd.readouterr().err


def test_a_mistake_leaves_the_figures_of_before(finished: Path) -> None:
    path = finished / "diversity.json"
    path.write_text("from before")
    with (finished / "dataset.jsonl").open("a") as file:
        file.write('{"id": "cut off')
    assert main([f"out={finished}", _QUICK]) == 2
    assert path.read_text() == "from before"


def test_a_run_without_a_dataset_is_told_how_to_go_on(finished: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (finished / "dataset.jsonl").unlink()
    assert main([f"out={finished}"]) == 2
    assert f"python -m graphs.run out={finished}" in capfd.readouterr().err


def test_help_names_every_key_and_imports_nothing_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "graphs.evaluate", "--help"],
        cwd=REPO, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for key in ("out=", "reference=", "json=", "tokens=10000", "bleu=200", "jaccard=0.7", "distance=0.1", "seed=0"):
        assert key in done.stdout
    for module in ("sacrebleu", "rensa", "regex", "wordllama", "rich"):
        assert f" {module}\n" not in done.stderr, f"{module} is imported before it is needed"


def test_the_run_command_imports_no_metric_before_it_needs_one() -> None:
    program = (
        "import sys, graphs.run; print(*sorted({'sacrebleu', 'rensa', 'regex', 'scipy.stats'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=REPO, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_the_summary_counts_distinct_words_as_the_metrics_do(finished: Path) -> None:
    assert main([f"out={finished}", _QUICK, "tokens=1000000"]) == 0
    found, summary = figures(finished / "diversity.json")["metrics"], figures(finished / "summary.json")["diversity"]
    for key in ("distinct_1", "distinct_2"):
        assert summary[key] == pytest.approx(found[key]["value"], abs=1e-4)


def test_how_personas_talk_is_printed_if_a_role_has_personas(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def chat(place: int) -> dict[str, Any]:
        terse = place % 2 == 0
        said = f"ok nr {place}" if terse else f"Good morning! Could you tell me where parcel {place} is, please? 🙂"
        lines = [("user", "customer", said), ("assistant", "assistant", f"Parcel {place} is on its way.")]
        messages = [{"role": role, "name": name, "content": text} for role, name, text in lines]
        return {"messages": messages, "brief": {"cell": {"customer": "night nurse\x1b[31m" if terse else "baker"}}}

    rows = jsonl(tmp_path / "rows.jsonl", *map(chat, range(24)))
    assert main([f"out={rows}", _QUICK, f"json={tmp_path / 'figures.json'}"]) == 0
    said = capfd.readouterr().out
    for words in ("how 'customer' talks, 24 samples", "messages that ask", "η²", "personas of 'customer'", "baker"):
        assert words in said
    assert "\x1b" not in said
    [found] = figures(tmp_path / "figures.json")["manner"]
    assert found["between"]["polite"] == {"eta_squared": 1.0, "by_chance": 0.043478, "epsilon_squared": 1.0}
    assert [one["samples"] for one in found["personas"]] == [12, 12]

"""Refusal: over whole runs, no accepted sample breaks a rule, by brute force; each refusal says what it is too near to."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
import yaml

import memory.vectors.embedding
from graphs.campaign.forbidden import demonstrations_of, read_benchmarks
from graphs.campaign.nearness import Compared, NearnessCheck, NearnessRules, Placed, TooNear, with_distance
from graphs.sampling.decision import CurationReason
from graphs.settings.keys import parse_arguments
from graphs.settings.resolve import resolve
from memory.vectors.embedding import WordLlamaEmbedding
from memory.words.copies import SharedRuns, Source
from memory.words.wording import Wording
from scenarios.errors import DatasetError
from scenarios.loading import load
from scenarios.records import Novelty
from tests.endpoint import Asked, Endpoint
from tests.helpers import NOTES, Ran, Workshop, at, loaded, write_scenario

POOL = [
    "amber",
    "bridge",
    "candle",
    "drift",
    "ember",
    "fern",
    "garden",
    "harbor",
    "island",
    "juniper",
    "kettle",
    "ladder",
    "marble",
    "needle",
    "orchard",
    "pebble",
    "quarry",
    "ribbon",
    "saddle",
    "timber",
]
SHOWN = " ".join(f"{one} and {other}" for one, other in pairwise(POOL)) + "."
EXAM = "The eighth planet was found by a sum on paper before any eye had seen it in the sky at night."
SHORT_EXAM = "Name two rivers that meet at the castle."
LEAST, MOST, PART = 0.02, 0.6, 0.5
RULES = [f"memory.min_distance={LEAST}", f"memory.max_overlap={MOST}", f"forbidden.demonstrations={PART}"]


def restless(asked: Asked) -> str:
    """A writer that mostly writes something of its own, and now and then repeats something, with or without a change."""
    rng = random.Random(asked.seed)
    old = random.Random(rng.randrange(6))
    text = [f"{old.choice(POOL)}{old.choice('aeiou')}{old.choice('lmnrst')}" for _ in range(40)]
    match rng.randrange(9):
        case 0:  # words changed here and there
            for place in rng.sample(range(40), 2):
                text[place] = rng.choice(POOL) + "x" * rng.randint(1, 9)
        case 1:  # the same words in another order
            rng.shuffle(text)
        case 2:
            shown = SHOWN.split()
            for place in rng.sample(range(len(shown)), 4):
                shown[place] = rng.choice("pqrst") * 3
            text = [*shown, *rng.choices(POOL, k=6)]
        case 3:
            text = [*rng.choices(POOL, k=20), *EXAM.split()[3:16], *rng.choices(POOL, k=9)]
        case 4:
            text = [*rng.choices(POOL, k=20), SHORT_EXAM, *rng.choices(POOL, k=9)]
        case _:
            text = [f"{rng.choice(POOL)}{rng.choice('aeiou')}{rng.choice('lmnrst')}" for _ in range(40)]
    return " ".join(text)


def files(home: Path) -> tuple[Path, str]:
    """A scenario with demonstrations, and the setting that names a benchmark."""
    folder = home / "scenario"
    path = write_scenario(folder, NOTES, topology="generate_only")
    demonstrations = [{"fields": {"text": SHOWN}}, *({"fields": {"text": f"Nothing but {word}."}} for word in POOL[:3])]
    (folder / "shown.yaml").write_text(yaml.safe_dump(demonstrations), encoding="utf-8")
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump({**data, "demonstrations": {"file": "shown.yaml", "count": 1}}), encoding="utf-8")
    rows = [{"id": 1, "question": "Too short."}, {"id": 2, "question": EXAM, "answers": ["Neptune"]}]
    (home / "exam.jsonl").write_bytes(b"\n".join(map(orjson.dumps, rows)))
    (home / "exam.txt").write_text(f"\n\n{SHORT_EXAM}\n", encoding="utf-8")
    return path, f"forbidden.benchmarks=[{home / 'exam.jsonl'},{home / 'exam.txt'}]"


def text_of(line: dict[str, Any]) -> str:
    return str(line["fields"]["text"])


def grams(text: str, n: int, *, filled: bool = False) -> set[tuple[str, ...]]:
    words = text.lower().replace(".", "").split()
    row = [*words, *[""] * (n - 1)] if filled else words
    return {tuple(row[i : i + n]) for i in range(len(row) - n + 1)}


def hold(*runs: Ran) -> None:
    """Compare every accepted sample with every other, and with all that it may not repeat."""
    texts = [text_of(line) for run in runs for line in run.lines()]
    model = memory.vectors.embedding.wordllama_model()
    raw = np.vstack([model.embed([text], norm=True) for text in texts]).astype(np.float64)
    near = 1 - raw @ raw.T + 4 * np.eye(len(texts))
    assert near.min() >= LEAST - 1e-3
    shingles = [grams(text, 3, filled=True) for text in texts]
    for i, one in enumerate(shingles):
        for other in shingles[:i]:
            assert len(one & other) / len(one | other) < MOST
    shown, exam = grams(SHOWN, 3), grams(EXAM, 13)
    for text in texts:
        assert len(grams(text, 3) & shown) / min(len(grams(text, 3)), len(shown)) < PART
        assert not grams(text, 13) & exam
        assert SHORT_EXAM.lower()[:-1] not in text.lower()


def too_near(run: Ran) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for line in run.lines("rejected.jsonl"):
        if line["stage"] == "curate":
            found.setdefault(line["reason"], []).append(line)
    return found


@pytest.fixture
def words(workshop: Workshop, serve: Callable[..., Endpoint]) -> list[str]:
    path, benchmarks = files(workshop.home)
    endpoint = serve(restless)
    return [f"scenario={path}", benchmarks, *RULES, *at(endpoint.url), "round_size=20", "concurrency=16"]


def test_no_two_accepted_samples_break_a_rule_and_each_rejection_says_why(workshop: Workshop, words: list[str]) -> None:
    ran = workshop.run("r", *words, "n=220")
    assert ran.code == 0, ran.stderr
    assert "1 of 3 rows are shorter than 8 words" in ran.stderr + ran.stdout
    hold(ran)
    found = too_near(ran)
    assert set(found) == {"novelty", "overlap", "seed_copy", "benchmark"}
    assert ran.summary()["reasons"].keys() >= set(found)
    accepted = {line["id"]: text_of(line) for line in ran.lines()}
    for reason, lines in found.items():
        for line in lines:
            said, common = line["detail"].split("; in common: ")
            common = common.strip("“”")
            assert len(common) <= 200
            assert common.rstrip("…") in text_of(line).lower().replace(".", "")
            if reason in {"novelty", "overlap"}:
                near = next(name for name in accepted if name in said)
                assert common.rstrip("…") in accepted[near]
            elif reason == "seed_copy":
                assert "demonstration 1" in said
            elif "exam.jsonl:2" in said:
                assert said.startswith("13 words in a row")
            else:
                assert "exam.txt:3" in said
                assert said.startswith("8 words in a row")


def test_the_same_is_too_near_at_any_concurrency_and_when_it_is_continued(workshop: Workshop, words: list[str]) -> None:
    whole = workshop.run("whole", *words, "n=60")
    slow = workshop.run("slow", *words, "n=60", "concurrency=1")
    workshop.run("parts", *words, "n=25")
    parts = workshop.run("parts", f"out={workshop.home / 'parts'}", "n=60")
    assert (whole.code, slow.code, parts.code) == (0, 0, 0), parts.stderr
    assert whole.dataset() == slow.dataset() == parts.dataset()
    assert too_near(whole) == too_near(slow) == too_near(parts)


def test_two_runs_in_one_memory_keep_apart_and_in_two_they_do_not(workshop: Workshop, words: list[str]) -> None:
    shared = f"memory.path={workshop.home / 'shared'}"
    one, other = (workshop.run(f"shared-{seed}", *words, "n=40", f"seed={seed}", shared) for seed in (1, 2))
    hold(one, other)
    known = {line["id"] for line in one.lines()}
    across = [line for line in too_near(other)["overlap"] if any(name in line["detail"] for name in known)]
    assert across, "the second run repeats what the first one wrote"
    assert all("; in common: “" in line["detail"] for line in across)
    apart = [workshop.run(f"apart-{seed}", *words, "n=40", f"seed={seed}") for seed in (1, 2)]
    with pytest.raises(AssertionError):
        hold(*apart)


def test_a_continued_run_has_the_same_benchmarks(workshop: Workshop, words: list[str]) -> None:
    ran = workshop.run("r", *words, "n=4")
    exam = workshop.home / "exam.jsonl"
    moved = exam.rename(workshop.home / "moved.jsonl")
    again = f"forbidden.benchmarks=[{moved},{workshop.home / 'exam.txt'}]"
    assert workshop.run("r", f"out={ran.out}", "n=5", again).code == 0
    moved.write_bytes(moved.read_bytes() + b'\n"another row"')
    differs = workshop.run("r", f"out={ran.out}", "n=6")
    assert differs.code == 2
    assert "forbidden.benchmarks=content" in differs.stderr
    moved.unlink()
    gone = workshop.run("r", f"out={ran.out}", "n=6")
    assert gone.code == 2
    assert f"forbidden.benchmarks={moved}: cannot be read" in gone.stderr


def test_rules_can_be_off(workshop: Workshop, words: list[str]) -> None:
    off = ["memory.min_distance=0", "memory.max_overlap=off", "forbidden.demonstrations=off", "forbidden.benchmarks=[]"]
    assert too_near(workshop.run("r", *words, *off, "n=40")) == {}


# -- files of benchmarks -------------------------------------------------------------------------------------------


def test_rows_and_paragraphs_are_named_by_their_lines(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'\n{"q": "one", "more": {"choices": ["two", 3, null]}}\n7\n"three"\n')
    (tmp_path / "b.txt").write_text("first\nline\n\n \nsecond\r\n", encoding="utf-8")
    read = read_benchmarks([str(tmp_path / "a.jsonl"), str(tmp_path / "b.txt")])
    assert [(row.where, row.text.strip()) for row in read.rows] == [
        ("a.jsonl:2", "one\ntwo"), ("a.jsonl:4", "three"), ("b.txt:1", "first\nline"), ("b.txt:5", "second"),
    ]  # fmt: skip
    assert read.digest != read_benchmarks([str(tmp_path / "b.txt")]).digest


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b'{"q": 1\n', "line 1 is not JSON"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"", "holds no text"),
        (b"[1, 2]\n", "holds no text"),
    ],
)
def test_a_file_that_is_no_benchmark_is_a_mistake(tmp_path: Path, data: bytes, says: str) -> None:
    file = tmp_path / "a.jsonl"
    file.write_bytes(data)
    with pytest.raises(DatasetError, match=f"forbidden.benchmarks={file}: .*{says}"):
        read_benchmarks([str(file)])


# -- memory.min_distance=auto --------------------------------------------------------------------------------------


def test_the_distance_is_half_of_what_lies_between_demonstrations(tmp_path: Path) -> None:
    path, _ = files(tmp_path)
    scenario = loaded(tmp_path / "other", NOTES)
    assert with_distance(resolve({}, scenario), scenario) == (resolve({}, scenario), "")
    scenario = load(str(path))
    shown = [source.text for source in demonstrations_of(scenario)]
    raw = WordLlamaEmbedding().vectors(shown).astype(np.float64)
    raw /= np.linalg.norm(raw, axis=1, keepdims=True)
    between = np.median((1 - raw @ raw.T + 4 * np.eye(len(raw))).min(axis=1))
    settings, note = with_distance(resolve(parse_arguments(["memory.min_distance=auto"]), scenario), scenario)
    assert settings.memory.min_distance == pytest.approx(between / 2, abs=6e-4)
    assert "half the median distance of 4 demonstrations" in note
    assert Source(where="demonstration 1", text=SHOWN) == demonstrations_of(scenario)[0]


def test_the_distance_is_written_down_and_kept(workshop: Workshop) -> None:
    path, _ = files(workshop.home)
    dry = [f"scenario={path}", "llm.backend=scripted", "memory.min_distance=auto"]
    ran = workshop.run("r", *dry, "n=2")
    assert ran.code == 0, ran.stderr
    assert "memory.min_distance=auto: " in ran.stderr + ran.stdout
    chosen = yaml.safe_load((ran.out / "run.yaml").read_text(encoding="utf-8"))["memory"]["min_distance"]
    assert 0.01 <= chosen <= 0.5
    assert workshop.run("r", f"out={ran.out}", "n=3").code == 0
    assert workshop.run("r", f"out={ran.out}", "n=4", "memory.min_distance=auto").code == 0
    other = workshop.run("r", f"out={ran.out}", "n=5", "memory.min_distance=0.3")
    assert (other.code, f"memory.min_distance={chosen}" in other.stderr) == (2, True)


def test_with_too_few_demonstrations_the_distance_is_the_usual_one(tmp_path: Path) -> None:
    scenario = loaded(tmp_path, NOTES, settings={"memory": {"min_distance": "auto"}})
    settings, note = with_distance(resolve({}, scenario), scenario)
    assert settings.memory.min_distance == 0.1
    assert note == "memory.min_distance=auto: 0.1 (the scenario has 0 demonstrations, and it takes 4)"


# -- logs ---------------------------------------------------------------------------------------------------------


def test_a_sample_that_copies_a_log_is_too_near() -> None:
    said = "I have waited for my refund since the third of May and nobody ever answers the phone"
    check = NearnessCheck(NearnessRules(logs=SharedRuns([Source(where="logs.csv:2", text=said)])))

    def near(text: str) -> TooNear | None:
        return check.check(Compared(Placed(Wording(text), np.ones(4, dtype=np.float32)), None, Novelty(), 0))[1]

    found = near(f"Hello! {said}.")
    assert found is not None
    assert (found.ground, found.nearest) == (CurationReason.LOG_COPY, "logs.csv:2")
    assert found.detail.startswith("17 words in a row are those of logs.csv:2; in common: ")
    assert near("I have been waiting for my money since May, and the phone is never answered by anybody there") is None

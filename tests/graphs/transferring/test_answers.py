"""graphs.transfer student=lora: what a tiny causal model learns from a dataset makes real answers likelier, or does not."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graphs.transfer import main
from tests.causal import random_folder
from tests.helpers import Said, said_by

torch = pytest.importorskip("torch")
pytest.importorskip("peft")

THINGS = ["card", "parcel", "phone", "lamp", "key", "ticket", "bag", "coat", "bike", "letter", "train", "shop"]
ASKED = ["where", "when", "why", "how", "who", "what", "which", "whose"]
SAID = ["it", "is", "at", "the", "desk", "you", "may", "take", "with", "this", "form", "here", "now", "soon"]
WORDS = ["user:", "assistant:", "system:", "kind", *ASKED, *THINGS, *SAID, "no", "idea", "go", "away"]
LEARNED = "steps=25"
SMALL = ("batch=4", "learning_rate=0.02", "draws=200")


@pytest.fixture(name="said")
def _said(capfd: pytest.CaptureFixture[str]) -> Said:
    return said_by(main, capfd)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Threads wait for each other longer than such small sums take."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that knows the words below."""
    return random_folder(tmp_path_factory.mktemp("weights") / "tiny", WORDS)


def write_lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def chats(path: Path, count: int, seed: int, rude: bool = False, **more: Any) -> Path:
    """Conversations of two questions each; a rude assistant says the same in other words."""
    rng = random.Random(seed)
    rows = []
    for place in range(count):
        messages = [{"role": "system", "content": "kind"}]
        for _ in range(2):
            thing = rng.choice(THINGS)
            messages.append({"role": "user", "content": " ".join([*rng.choices(ASKED + THINGS, k=11), thing])})
            polite = f"it is at the {thing} desk you may take it {rng.choice(['now', 'soon', 'here'])}"
            messages.append({"role": "assistant", "content": f"no idea go away {thing} no no" if rude else polite})
        rows.append({"id": f"c-{seed}-{place}", "messages": messages, **more})
    return write_lines(path, rows)


def measured(said: Said, weights: Path, dataset: Path, real: Path, *words: str) -> dict[str, Any]:
    result = dataset.with_suffix(".json")
    code, _, err = said(
        f"out={dataset}", f"real={real}", "student=lora", f"weights={weights}", f"json={result}", *SMALL, *words
    )
    assert code == 0, err
    found: dict[str, Any] = json.loads(result.read_bytes())
    return found


def test_what_speaks_like_real_answers_closes_the_gap_and_other_answers_do_not(
    said: Said, weights: Path, tmp_path: Path
) -> None:
    real = chats(tmp_path / "real.jsonl", 60, 1, language="English")
    like = measured(said, weights, chats(tmp_path / "like.jsonl", 30, 2), real, LEARNED)
    score = like["scores"]["log_likelihood"]
    assert score["base"]["value"] < -2
    assert score["real"]["value"] > score["base"]["value"] + 1
    assert score["closed"]["value"] > 0.8
    assert score["closed"]["low"] <= score["closed"]["value"] <= score["closed"]["high"]
    assert like["learned_from"] == min(like["exchanges"]["dataset"], like["exchanges"]["reference"])
    assert like["exchanges"]["dataset"] == 60
    [english] = like["by"]["language"].values()
    assert english["rows"] == like["parts"]["test"]
    assert english["synth"] == score["synth"]["value"]
    first, last = like["losses"]["synth"]
    assert last < first
    rude = measured(said, weights, chats(tmp_path / "rude.jsonl", 30, 3, rude=True), real, LEARNED)
    assert rude["scores"]["log_likelihood"]["base"] == score["base"], "the student before is forgotten"
    assert rude["scores"]["log_likelihood"]["closed"]["value"] < 0.5
    again = measured(said, weights, chats(tmp_path / "like.jsonl", 30, 2), real, LEARNED)
    assert again == like, "equal files and options give an equal result"


@pytest.mark.parametrize("names", [("prompt", "completion"), ("question", "reply")])
def test_prompts_with_their_answers(said: Said, weights: Path, tmp_path: Path, names: tuple[str, str]) -> None:
    rng = random.Random(4)
    pairs = [
        dict(zip(names, (" ".join(rng.choices(ASKED + THINGS, k=9)), f"it is at the {thing} desk"), strict=True))
        for thing in THINGS * 8
    ]
    rows = pairs[:40] if names[0] == "prompt" else [{"fields": one} for one in pairs[:40]]
    dataset = write_lines(tmp_path / "d.jsonl", rows)
    real, test = write_lines(tmp_path / "r.jsonl", pairs[40:80]), write_lines(tmp_path / "t.jsonl", pairs[80:])
    named = () if names[0] == "prompt" else (f"prompt={names[0]}", f"answer={names[1]}")
    found = measured(said, weights, dataset, real, f"test={test}", "steps=3", "seeds=2", "max_tokens=8", *named)
    assert found["exchanges"] == {"dataset": 40, "reference": 40, "validation": 0, "test": 16}
    assert (found["cut"], found["learned_from"]) == (96, 40)


def test_a_leak_is_refused_before_the_weights_are_loaded_and_can_be_left_out(
    said: Said, weights: Path, tmp_path: Path
) -> None:
    tested = chats(tmp_path / "test.jsonl", 12, 5)
    taken = json.loads(tested.read_text(encoding="utf-8").splitlines()[7])["messages"][3:5]
    dataset = chats(tmp_path / "d.jsonl", 20, 6)
    other = [{"role": "user", "content": "who coat bag"}, {"role": "assistant", "content": "no idea"}]
    with dataset.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"id": "thief", "messages": [*other, *taken]}) + "\n")
    words = [f"out={dataset}", f"real={chats(tmp_path / 'real.jsonl', 40, 7)}", f"test={tested}", "student=lora"]
    code, _, err = said(*words, f"weights={weights}", *SMALL)
    assert code == 2
    assert err.splitlines()[-1].count("samples repeat a real text") == 1
    assert "thief (test.jsonl:8)" in err
    assert "loaded" not in err
    code, out, err = said(*words, f"weights={weights}", *SMALL, "leaks=leave", "steps=2")
    assert code == 0, err
    assert "for leaks" in out
    assert "about 1 min: 2 students of 2 steps of 4 exchanges" in err
    assert "dataset, student 1 of 1: step 2 of 2, loss" in err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["student=lara"], "student=lara: unknown (did you mean 'lora'?); known are vectors, lora"),
        (["student=lora", "target=intent"], "target: is for student=vectors, and this is student=lora; leave it out"),
        (["rank=4"], "rank: is for student=lora, and this is student=vectors; leave it out"),
        (["student=lora", "labels=real.jsonl"], "labels: is for student=vectors; answers have none"),
        (["student=lora", "prompt=q"], "name both prompt=FIELD and answer=FIELD, or none; see --help"),
        (["student=lora", "rank=0"], "rank=0: "),
        (["student=lora", "weights=nowhere"], "weights=nowhere: cannot be read: No such file"),
        (["student=lora", "weights=."], "weights=.: holds no .safetensors; give a folder of a model, or a GGUF file"),
        (
            ["student=lora", "prompt=idd", "answer=messages"],
            "prompt=idd: no row has such a field (did you mean 'id'?); there are id, messages",
        ),
    ],
)
def test_a_mistake_is_one_line(
    said: Said, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("out", "real"):
        chats(tmp_path / f"{name}.jsonl", 12, 1)
    given = ["out=out.jsonl", "real=real.jsonl", *words]
    chosen = any(word.startswith("weights=") for word in words) or "student=lora" not in words
    code, _, err = said(*given, *([] if chosen else [f"weights={weights}"]))
    assert code == 2
    assert told in err.splitlines()[-1]

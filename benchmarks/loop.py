"""What the loop brings: `python benchmarks/loop.py FOLDER [--seeds 8] [--n 300] [--narrow 0.4] [--slips 0] [--only ARM,…]`.

A first dataset of n samples, then n more in several ways: without feedback, and with a part of it or all. A student learns from both
datasets and is tested on real texts that no run saw. The writer is an endpoint in place of a capable model, with real texts in place
of its own: of the label that a brief asks for, drawn by a hash of the request from a pool that shares no text with validation and
test. As models do, it writes of some labels only what is typical (the part of the pool next to the label's mean), as long as nothing
else is shown; of examples in the prompt it writes what is nearest to one of them. One label has a single sample in the first dataset.

FOLDER holds BANKING77's `train.csv` and `test.csv` (`git clone https://github.com/PolyAI-LDN/task-specific-datasets`, in
banking_data): 20 of its 77 intents, others for each seed. Otherwise 20 Newsgroups is fetched into it, as `label_noise.py` does.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import re
import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import orjson
import yaml
from bench import folder, run_words
from label_noise import Array, Texts, fetched

from evaluation.contrasts.paired import paired
from evaluation.contrasts.trials import Trial
from evaluation.students.features import unit_vectors
from graphs.planning.feedback import LONGEST, MOST_WEIGHT, Feedback
from graphs.transfer import transfer
from graphs.transferring.leaks import leaks
from graphs.transferring.options import LEAVE, TransferOptions
from graphs.transferring.reading import LabelledText
from graphs.transferring.transfer import Transfer
from memory.vectors.embedding import WordLlamaEmbedding
from memory.words.tokens import words
from tests.endpoint import Asked, Endpoint

LABELS = 20
REAL = 60
"""Real texts of a label, at most."""
SPLIT, LATER = "10/30/60", "40/60"
"""While the loop goes on, and when its validation part is learned from: the test part is the same."""
WORDS = 60
"""Of a text, the first ones."""
EASY = 0.3
"""The part of a label's pool that is typical of it."""
LIKE = 10
"""Of the texts nearest to an example, how many the writer draws from."""
FIRST, ALONE = "first alone", "no feedback"
ARMS: Mapping[str, tuple[str, ...]] = {
    ALONE: (),
    "weights": ("weights",),
    "missed texts": ("missed",),
    "helpful samples": ("helpful",),
    "all three": ("weights", "missed", "helpful"),
    "any real texts": ("any",),
    "any own samples": (),
    "weights as large as errors": ("squared",),
}
"""The parts of the feedback that each arm's second run has. Three are controls: texts of the validation part by chance, whether or not
they are hard; accepted samples as demonstrations, whether or not they helped; and weights of which no root was taken."""
_PART_OF = {"any": "missed", "squared": "weights"}
LEARNED = (ALONE, "all three")
"""Arms whose student then learns from the validation texts as well: what else can be done with them."""
SCENARIO = {
    "name": "loop",
    "description": "Texts with a label.",
    "family": "fields",
    "topology": "generate_only",
    "fields": [
        {
            "name": "text",
            "prompt": {"chat": "text.jinja", "transcript": "text.jinja"},
            "min_words": 1,
            "max_words": 1000,
        }
    ],
    "roles": {"generator": {"prompt": {"chat": "text.jinja", "transcript": "text.jinja"}, "sees": ["label"]}},
    "checks": [{"name": "non_empty"}],
    "settings": {
        "round_size": 50,
        "lookahead": 1,
        "memory": {"min_distance": 0.0, "max_overlap": 0.9},
        "forbidden": {"demonstrations": False},
    },
}
NOTHING = "nothing"
"""The scenario's own demonstration, which no writer follows."""
PROMPT = """Write a text of {{ label.name }}.
{% for d in demonstrations %}
LIKE: {{ d.fields.text }}
{% endfor %}
{% for one in missed %}
LIKE: {{ one }}
{% endfor %}
"""
VALIDATION = "validation.jsonl"
_TAKEN = re.compile(r"…?(?: \((?:nearly )?taken for [^()]*\))?$")


@dataclass
class Writer:
    """What answers the prompts."""

    pool: Mapping[str, Sequence[str]]
    vectors: Mapping[str, Array]
    """Of the pool's texts, by label."""
    easy: Mapping[str, Sequence[int]]
    """The places in the pool that the writer draws from if it is shown nothing, by label."""
    embedding: WordLlamaEmbedding
    slips: float
    """How often an example is followed into another label: a text of which the label is wrong."""
    known: dict[str, Array] = field(default_factory=dict)

    def answer(self, asked: Asked) -> str:
        """A text; equal requests get equal ones."""
        first, *more = asked.prompt.splitlines()
        label = first.removeprefix("Write a text of ").removesuffix(".")
        rng = np.random.default_rng(int(hashlib.sha256(orjson.dumps(asked.body)).hexdigest()[:16], 16))
        shown = [_TAKEN.sub("", line.removeprefix("LIKE: ")) for line in more if line.startswith("LIKE: ")]
        shown = [text for text in shown if text != NOTHING]
        if not shown:
            return self.pool[label][int(rng.choice(self.easy[label]))]
        like = self._vector(shown[int(rng.integers(len(shown)))])
        if rng.random() < self.slips:
            label = max(
                self.vectors, key=lambda name: float(np.partition(self.vectors[name] @ like, -LIKE)[-LIKE:].mean())
            )
        nearest = np.argsort(-(self.vectors[label] @ like), kind="stable")[:LIKE]
        return self.pool[label][int(rng.choice(nearest))]

    def _vector(self, text: str) -> Array:
        if text not in self.known:
            self.known[text] = unit_vectors([text], self.embedding)[0]
        return self.known[text]


def main() -> None:
    """Print the arms' figures, and their differences to the arm without feedback."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--n", type=int, default=300)
    parser.add_argument("--narrow", type=float, default=0.4)
    parser.add_argument("--slips", type=float, default=0.0)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    arms = {name: parts for name, parts in ARMS.items() if not asked.only or name in (ALONE, *asked.only.split(","))}
    texts = banking(asked.folder) if (asked.folder / "train.csv").is_file() else fetched(asked.folder, "20newsgroups")
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for seed in range(asked.seeds):
        for arm, figures in of_seed(texts, arms, asked.n, asked.narrow, asked.slips, seed).items():
            for name, value in figures.items():
                found[arm][name].append(value)
        print(
            f"seed {seed}: " + "; ".join(f"{arm} {figures['accuracy'][-1]:.3f}" for arm, figures in found.items()),
            flush=True,
        )
    show(found)


def show(found: Mapping[str, Mapping[str, Sequence[float]]]) -> None:
    """Print means, and paired differences with their intervals over the seeds."""
    for arm, figures in found.items():
        parts = []
        for name, values in figures.items():
            one = f"{name} {np.mean(values):.3f}"
            if arm not in (ALONE, FIRST):
                pair = paired(_trials(found[ALONE][name]), _trials(values))
                one += f" ({pair.value:+.3f} [{pair.low:+.3f}, {pair.high:+.3f}])"
            parts.append(one)
        print(f"{arm:<36} " + "; ".join(parts))


def _trials(values: Sequence[float]) -> list[Trial]:
    return [
        Trial(brief=str(seed), cluster=str(seed), value=value, accepted=True, tokens=0, seconds=0)
        for seed, value in enumerate(values)
    ]


def of_seed(
    texts: Texts, arms: Mapping[str, Sequence[str]], n: int, narrow: float, slips: float, seed: int
) -> dict[str, dict[str, float]]:
    """The figures of every arm, and of the first dataset alone."""
    rng = np.random.default_rng(seed)
    pool, real = divided(texts, rng)
    names = sorted(pool)
    starved, *others = rng.permutation(names).tolist()
    typical = others[: round(narrow * LABELS)]
    embedding = WordLlamaEmbedding()
    vectors = {name: unit_vectors(pool[name], embedding) for name in names}
    easy = {name: (typical_of(vectors[name]) if name in typical else range(len(pool[name]))) for name in names}
    writer = Writer(pool, vectors, easy, embedding, slips)
    with folder() as home, Endpoint(writer.answer) as endpoint:
        write_scenario(home, names)
        write_real(home / "real.csv", real)
        usual = f"scenario={home}/scenario.yaml"
        said = [f"llm.base_url={endpoint.url}", "llm.model=m", f"n={n}", "concurrency=16"]
        run_words(
            [
                usual,
                *said,
                f"out={home}/first",
                f"memory.path={home}/memory",
                f"quota.label.{starved}=1",
                f"seed={seed}",
            ]
        )
        first = measured(home, "first")
        found = {FIRST: figures_of(first, starved, typical)}
        assert first.feedback is not None
        told = {
            **first.feedback.model_dump(mode="json"),
            "any": any_of(first.feedback, real, rng),
            "squared": squared(first.feedback),
        }
        for arm, parts in arms.items():
            name = arm.replace(" ", "-")
            shutil.copytree(home / "memory", home / f"memory-{name}")
            more = [f"out={home}/{name}", f"memory.path={home}/memory-{name}", f"seed={seed + 1000}"]
            more.append(f"scenario={home}/own.yaml" if arm == "any own samples" else usual)
            if parts:
                kept = {key: told[key] for key in ("scenario", "target", "validation")}
                kept |= {_PART_OF.get(part, part): told[part] for part in parts}
                (home / f"{name}.json").write_bytes(orjson.dumps({"feedback": kept}))
                more.append(f"feedback={home}/{name}.json")
            run_words([*said, *more])
            found[arm] = figures_of(measured(home, "first", name), starved, typical)
            if arm in LEARNED:
                write_validation(home / VALIDATION, first.feedback, real)
                together = measured(home, "first", name, VALIDATION, split=LATER)
                found[f"{arm}, and validation learned"] = figures_of(together, starved, typical)
    return found


def squared(feedback: Feedback) -> dict[str, dict[str, float]]:
    """Weights as large as the errors that they are the roots of."""
    return {axis: {name: min(MOST_WEIGHT, one**2) for name, one in by.items()} for axis, by in feedback.weights.items()}


def any_of(feedback: Feedback, real: Texts, rng: np.random.Generator) -> dict[str, dict[str, list[str]]]:
    """As many texts of the validation part as feedback shows, by chance."""
    by = defaultdict[str, list[str]](list)
    for text, label in rng.permutation(validation_of(feedback, real)).tolist():
        by[label].append(text[:LONGEST])
    return {"label": {label: by[label][: len(texts)] for label, texts in feedback.missed["label"].items()}}


def validation_of(feedback: Feedback, real: Texts) -> Texts:
    """The real texts that feedback was learned from."""
    known = set(feedback.validation)
    return [(text, label) for text, label in real if LabelledText("", text, label).digest in known]


def write_validation(path: Path, feedback: Feedback, real: Texts) -> None:
    """The validation texts as samples."""
    told = validation_of(feedback, real)
    rows = [{"fields": {"text": text}, "brief": {"cell": {"label": label}}} for text, label in told]
    path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))


def measured(home: Path, *runs: str, split: str = SPLIT) -> Transfer:
    """What the runs' datasets are worth together."""
    options = TransferOptions(split=split, leaks=LEAVE, seeds=1, draws=100)  # real texts repeat each other, too
    with redirect_stderr(io.StringIO()):
        return transfer([home / run for run in runs], home / "real.csv", options=options)


def figures_of(found: Transfer, starved: str, typical: Sequence[str]) -> dict[str, float]:
    """Accuracy, macro-F1, and the errors on the starved label and on those that are written narrowly, of the student that learned from
    all samples."""
    errors = {name: one.errors / one.texts for name, one in found.errors[found.target].items()}
    right = sum(by.get(true, 0) for true, by in found.confusion.items())
    told: dict[str, int] = defaultdict(int)
    for by in found.confusion.values():
        for name, count in by.items():
            told[name] += count
    f1 = [2 * by.get(true, 0) / (sum(by.values()) + told[true]) for true, by in found.confusion.items()]
    return {
        "accuracy": right / found.parts["test"],
        "macro-F1": float(np.mean(f1)),
        "starved wrong": errors[starved],
        "narrow wrong": float(np.mean([errors[name] for name in typical])) if typical else 0.0,
    }


def typical_of(vectors: Array) -> list[int]:
    """The places of the texts next to the mean of all."""
    order: list[int] = np.argsort(-(vectors @ vectors.mean(axis=0)), kind="stable").tolist()
    return order[: max(LIKE, round(EASY * len(vectors)))]


def divided(texts: Texts, rng: np.random.Generator) -> tuple[dict[str, list[str]], Texts]:
    """The writer's pool by label, and the real texts, of which the pool repeats none."""
    by = defaultdict[str, dict[str, str]](dict)
    for text, label in texts:
        short = " ".join(text.split()[:WORDS])
        by[re.sub(r"\W+", "_", label)][" ".join(words(short))] = short
    chosen = sorted(rng.permutation(sorted(by))[:LABELS].tolist())
    pool, real = {}, []
    for label in chosen:
        every = rng.permutation(list(by[label].values())).tolist()
        held = min(REAL, len(every) // 2)
        real += [(text, label) for text in every[:held]]
        pool[label] = every[held:]
    held_texts = [text for text, _ in real]
    for label, every in pool.items():
        gone = {leak.sample for leak in leaks(every, held_texts)}
        pool[label] = [text for place, text in enumerate(every) if place not in gone]
    return pool, real


def write_scenario(home: Path, names: Sequence[str]) -> None:
    """The scenario of the runs."""
    (home / "text.jinja").write_text(PROMPT, encoding="utf-8")
    (home / "shown.yaml").write_text(yaml.safe_dump([{"cell": {}, "fields": {"text": NOTHING}}]), encoding="utf-8")
    for file, accepted in (("scenario.yaml", 0), ("own.yaml", 2)):
        shown = {"file": "shown.yaml", "choose": "near", "count": 3, "accepted": accepted}
        told = {**SCENARIO, "axes": {"label": list(names)}, "demonstrations": shown}
        (home / file).write_text(yaml.safe_dump(told, sort_keys=False), encoding="utf-8")


def write_real(path: Path, real: Texts) -> None:
    """The real texts as a table."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["text", "label"])
        rows.writerows(real)


def banking(home: Path) -> Texts:
    """Every text of BANKING77."""
    found: Texts = []
    for name in ("train.csv", "test.csv"):
        with (home / name).open(encoding="utf-8") as file:
            found += [(row["text"], row["category"]) for row in csv.DictReader(file)]
    return found


if __name__ == "__main__":
    main()

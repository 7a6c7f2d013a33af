"""What datasets of `intents` are worth on real messages: BANKING77 (Casanueva et al. 2020, CC BY 4.0), which is not shipped.

`git clone https://github.com/PolyAI-LDN/task-specific-datasets`, then
`python benchmarks/transfer.py task-specific-datasets/banking_data DIR|FILE.jsonl [DIR|FILE.jsonl …] [n=20,50,100]`.

Each dataset's English samples, all and the first n of them, train the student that is tested on BANKING77's test part of the ten
intents (400 messages); as many of its train part train the other one. The last line of several datasets is all of them together.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson
from bench import folder

from graphs.transfer import transfer
from graphs.transferring.options import LEAVE, TransferOptions

_LANGUAGE = "English"


def main(words: Sequence[str]) -> None:
    """Print a table, a line for each dataset and size."""
    home, *rest = [word for word in words if not word.startswith("n=")]
    sizes = [int(each) for word in words if word.startswith("n=") for each in word[2:].split(",")]
    names = [Path(word) for word in rest]
    if not names:
        sys.exit(__doc__)
    options = TransferOptions(target="intent", others=LEAVE, leaks=LEAVE, split="50/50", seeds=5)
    print(f"{'dataset':<24} {'n':>4}  {'dataset':<22} {'real':<22} {'base':>5}  share of the gap closed (accuracy)")
    every = [list(_lines(name)) for name in names]
    if len(names) > 1:
        names, every = [*names, Path("together")], [*every, [line for lines in every for line in lines]]
    for name, lines in zip(names, every, strict=True):
        for n in [size for size in sizes if size < len(lines)] + [len(lines)]:
            _measure(Path(home), name.stem, lines[:n], options)


def _lines(name: Path) -> Iterator[bytes]:
    path = name / "dataset.jsonl" if name.is_dir() else name
    for raw in path.read_bytes().splitlines():
        if orjson.loads(raw)["brief"]["cell"].get("language", _LANGUAGE) == _LANGUAGE:
            yield raw


def _measure(home: Path, name: str, lines: list[bytes], options: TransferOptions) -> None:
    with folder() as place:
        dataset = place / "dataset.jsonl"
        dataset.write_bytes(b"\n".join(lines) + b"\n")
        found = transfer(dataset, home / "train.csv", home / "test.csv", options=options)
    score = found.scores["accuracy"]
    closed = (
        f"{score.closed.value:.2f} [{score.closed.low:.2f}, {score.closed.high:.2f}]" if score.closed else score.why
    )
    ours, real = (f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}]" for one in (score.synth, score.real))
    print(f"{name:<24} {found.samples:>4}  {ours:<22} {real:<22} {score.base.value:>5.3f}  {closed}")


if __name__ == "__main__":
    main(sys.argv[1:])

"""A run against an endpoint that often fails, beside the same run against one that does not.

`python benchmarks/faults.py` makes 1,000 samples of `scenario=chain`, four calls each, with 64 in flight. Of the
requests 10 % get a 429 (with the time to wait in several forms, or without), 5 % a 500, 2 % no answer ever, 5 % no
chat completion, 5 % an answer that is cut off (half of them in the middle of the body, half with `finish_reason`
`length`); all others an answer after 50 ms. Exit code 1 where a brief has no record, or more than one, or the target
was missed. `--help` lists what can be changed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Outcome:
    """What one run came to."""

    seconds: float
    code: int
    summary: dict[str, Any]
    begun: Counter[str]
    """Briefs begun, by id."""
    recorded: Counter[str]
    """Records in dataset.jsonl and rejected.jsonl, by the id of their brief."""
    undecided: Counter[str]
    """Undecided records by reason."""
    met: Counter[str]
    """Requests at the endpoint, by what befell them."""

    def wrong(self, wanted: int) -> list[str]:
        """What is not as it must be."""
        found = []
        if self.code != 0 or self.summary["accepted"] != wanted:
            found.append(f"accepted {self.summary['accepted']} of {wanted}, exit code {self.code}")
        if self.begun != self.recorded:
            found.append(f"{sum((self.begun - self.recorded).values())} briefs without a record, "
                         f"{sum((self.recorded - self.begun).values())} records too many")  # fmt: skip
        return found


def run(options: argparse.Namespace, seed: int | None) -> Outcome:
    """One run against an endpoint of its own; with a `seed` it fails now and then."""
    from graphs.run import main as colloquia
    from memory.journal.journal import Journal

    words = [sys.executable, str(_HERE / "endpoint.py"), str(options.delay), *([] if seed is None else [str(seed)])]
    endpoint = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert endpoint.stdout is not None
    url = endpoint.stdout.readline().strip()
    try:
        with tempfile.TemporaryDirectory() as home:
            out = Path(home) / "run"
            began = time.perf_counter()
            code = colloquia([
                "scenario=chain", f"n={options.n}", f"concurrency={options.concurrency}", f"llm.base_url={url}",
                "llm.model=m", f"llm.timeout={options.timeout}", f"out={out}", f"memory.path={home}/memory",
            ])  # fmt: skip
            seconds = time.perf_counter() - began
            journal = Journal(out / "run.sqlite")
            begun = Counter(brief.id for brief in journal.begun())
            journal.close()
            lines = [json.loads(line) for name in ("dataset.jsonl", "rejected.jsonl")
                     for line in (out / name).read_text(encoding="utf-8").splitlines()]  # fmt: skip
            summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    finally:
        told, _ = endpoint.communicate()
    return Outcome(
        seconds, code, summary, begun,
        recorded=Counter(line["id"] for line in lines),
        undecided=Counter(line["reason"] for line in lines if line.get("verdict") == "undecided"),
        met=Counter(json.loads(told) if told.strip() else {}),
    )  # fmt: skip


def main() -> int:
    """Run both and print their figures; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--n", type=int, default=1000, help="accepted samples wanted (1000)")
    parser.add_argument("--concurrency", type=int, default=64, help="calls in flight (64)")
    parser.add_argument("--delay", type=float, default=50, help="milliseconds to an answer (50)")
    parser.add_argument("--timeout", type=float, default=2, help="llm.timeout, in seconds (2)")
    parser.add_argument("--seed", type=int, default=1, help="which requests fail (1)")
    options = parser.parse_args()
    run(argparse.Namespace(**{**vars(options), "n": 8}), None)  # imports, and the loading of the embedding
    plain = run(options, None)
    faulty = run(options, options.seed)
    requests = sum(faulty.met.values())
    print(f"\nat the endpoint:  {requests} requests: "
          + ", ".join(f"{name} {count} ({count / requests:.1%})" for name, count in faulty.met.most_common()))  # fmt: skip
    print(f"as seen:          {faulty.summary['requests']} requests, faults "
          + ", ".join(f"{kind} {count}" for kind, count in faulty.summary["faults"].items()))  # fmt: skip
    for name, outcome in (("without faults", plain), ("with faults", faulty)):
        summary = outcome.summary
        print(f"{name + ':':17} accepted {summary['accepted']}, rejected {summary['rejected']}, "
              f"undecided {summary['undecided']} {dict(outcome.undecided) or ''}; briefs begun "
              f"{sum(outcome.begun.values())}, records {sum(outcome.recorded.values())}; {outcome.seconds:.1f} s")  # fmt: skip
    print(f"faults cost {faulty.seconds / plain.seconds:.1f} times the time of a run without")
    wrong = [*plain.wrong(options.n), *faulty.wrong(options.n)]
    for line in wrong:
        print(f"wrong: {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

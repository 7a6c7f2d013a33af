"""What a sample of a run costs: calls and prompt tokens, with and without what a server that caches prefixes reads once.

python benchmarks/prefixes.py RUN_DIRECTORY

A token is taken for four characters of the prompt, which is about right for English. A prefix counts once for each model and
sample: the longest beginning that a prompt shares with an earlier one of the same sample.
"""

from __future__ import annotations

import sys
from itertools import takewhile
from pathlib import Path
from statistics import median

import orjson

from graphs.files.calls import StoredCall, stored_call
from memory.journal.reading import JournalReader, read_journal

PER_TOKEN = 4


def prompt_of(call: StoredCall) -> str:
    """A prompt as one text, in the order in which a model reads it."""
    return "".join(f"<{message.role}>{orjson.dumps(message.sent()).decode()}" for message in call.messages)


def shared_signs(prompt: str, other: str) -> int:
    """How many characters two prompts begin with in common."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(prompt, other, strict=False)))


def tokens(calls: list[StoredCall]) -> tuple[int, int]:
    """Prompt tokens of a sample's calls: all of them, and without prefixes that an earlier call had."""
    whole = once = 0
    seen: dict[str, list[str]] = {}
    for call in calls:
        prompt = prompt_of(call)
        before = seen.setdefault(call.model, [])
        shared = max((shared_signs(prompt, other) for other in before), default=0)
        before.append(prompt)
        whole += len(prompt)
        once += len(prompt) - shared
    return whole // PER_TOKEN, once // PER_TOKEN


def rows(journal: JournalReader) -> list[tuple[str, int, int, int, int]]:
    """Of each accepted sample: its id, messages, calls, prompt tokens, and those with prefixes once."""
    found = []
    for record in journal.records():
        if record.verdict.value != "accepted":
            continue
        calls = [stored_call(row) for row in journal.calls(record.candidate.brief.id)]
        found.append((record.candidate.brief.id, len(record.candidate.messages), len(calls), *tokens(calls)))
    return found


def main() -> None:
    """Print a row for each accepted sample, and the medians."""
    found = read_journal(Path(sys.argv[1]) / "run.sqlite", rows)
    print("sample                          messages  calls  prompt tokens  prefixes once")
    for row in found:
        print(f"{row[0]:<32}{row[1]:>8}{row[2]:>7}{row[3]:>15}{row[4]:>15}")
    if found:
        print(
            f"{'median':<32}"
            + "".join(f"{median(row[n] for row in found):>{w}.0f}" for n, w in ((1, 8), (2, 7), (3, 15), (4, 15)))
        )


if __name__ == "__main__":
    main()

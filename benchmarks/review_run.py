"""A finished run to review: plausible words, scores and evidence, some of it doubtful; or words that somebody chose to harm."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import orjson
from bench import run_words

from memory.journal.reading import JournalReader, read_journal
from memory.journal.tables import building, put, record_row
from scenarios.records import Record, Status

_OF = 12
_ASKS = (
    "Hi, I ordered {thing} on 3 March and it still has not come. The order number is NL-{number}. Could you see where it is?",
    "The {thing} arrived today, but one part of it is broken. I would like to have my money back, please.",
    "That is the second time that this happens. I need the {thing} before Friday, it is a present.",
    "No, I have tried that. It did not help at all; and the tracking page has shown the same line for nine days.",
    "Fine. If it is not here by then, I want the refund and not another parcel.",
    "Thanks, that is clear to me now.",
)
_ANSWERS = (
    "I am sorry about that. I have looked up NL-{number}: the {thing} left our warehouse on 5 March and is with the carrier in "
    "Utrecht. It has not been scanned since, so I have opened a search with them.",
    "Of course. Our policy lets you send it back within **30 days**. There are two ways:\n\n1. a refund of the whole price,\n2. a "
    "new {thing}, which leaves tomorrow.\n\nWhich one do you prefer?",
    "I understand. I cannot promise Friday, since the carrier does not; what I can do is send a second {thing} by express today and "
    "cancel the first one.",
    "You are right, and I see it here as well. The carrier has until 18 March to find it. After that we pay the price back, without "
    "any form from you.",
    "I have written that into your order: without a delivery by 18 March, the refund goes to the account that you paid with.",
    "You are welcome. You get all of it in an e-mail within the hour.",
)
_THINGS = ("kettle", "wooden train", "bicycle lamp", "rain jacket", "coffee grinder", "desk chair")
HOSTILE = (
    "<script>window.owned = 1</script>",
    "<img src=x onerror='window.owned = 2'><svg onload='window.owned = 3'>",
    "](javascript:window.owned=4) [press](javascript:window.owned=5) ![x](http://127.0.0.1:9/p.png)",
    "\u202egnihtyreve tpecca\u202c and \u2066isolated\u2069 \u200b\u200f\ufeff\x00\x1b[31m",
    "x" * 1_000_000,
    "{{ 7 * 7 }} ${7 * 7} %s &lt;script&gt; \U0001f44d",
    "</textarea></dialog><iframe srcdoc='<script>parent.owned = 6</script>'>",
    "a\n" * 20_000,
)


def made(home: Path, out: Path, samples: int, *, hostile: bool = False) -> None:
    """Make a run of so many accepted samples in `out`."""
    small = home / "small"
    if not small.exists():
        run_words(
            ["scenario=support", "llm.backend=scripted", f"n={_OF}", f"out={small}", f"memory.path={home / 'memory'}"]
        )
    shutil.copytree(small, out, ignore=shutil.ignore_patterns("run.sqlite*", "dataset*", "rejected*"))
    records = read_journal(small / "run.sqlite", lambda reading: list(JournalReader.records(reading)))
    meta = read_journal(
        small / "run.sqlite", lambda reading: reading._base.execute("SELECT key, value FROM meta").fetchall()
    )
    rng = random.Random(1)
    found = [changed(records[number % len(records)], number, rng, hostile) for number in range(samples)]
    with building(out / "run.sqlite") as base:
        put(base, "meta", meta)
        put(base, "records", [record_row(record) for record in found])
    (out / "dataset.jsonl").write_bytes(
        b"".join(orjson.dumps(one.line(), option=orjson.OPT_APPEND_NEWLINE) for one in found)
    )


def changed(old: Record, number: int, rng: random.Random, hostile: bool) -> Record:
    """A record with another id and other words; every third one has a low score, every fifth one unsure evidence."""
    made_ = old.candidate
    words = {"thing": rng.choice(_THINGS), "number": rng.randint(100_000, 999_999)}
    turns = []
    for place, message in enumerate(made_.messages):
        said = (_ASKS, _ANSWERS)[place % 2]
        text = said[min(place // 2, len(said) - 1)].format(**words)
        turns.append(
            message.model_copy(update={"content": HOSTILE[(number + place) % len(HOSTILE)] if hostile else text})
        )
    scores = {name: float(rng.choice((2, 3)) if number % 3 == 0 else rng.choice((4, 5))) for name in made_.scores}
    evidence = tuple(
        one.model_copy(update={"status": Status.UNVERIFIABLE, "detail": HOSTILE[number % 6] if hostile else "the answer cites no passage"})
        if number % 5 == 0 and place == 0 else one
        for place, one in enumerate(made_.evidence)
    )  # fmt: skip
    brief = made_.brief.model_copy(update={"id": f"support-{number:016x}", "round": number // 16, "index": number % 16})
    if hostile:
        brief = brief.model_copy(update={"cell": {**brief.cell, "mood": HOSTILE[number % 6][:2000]}})
    told = {"brief": brief, "messages": tuple(turns), "scores": scores, "evidence": evidence}
    return old.model_copy(update={"candidate": made_.model_copy(update=told)})

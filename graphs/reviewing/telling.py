"""Where the reviews of a directory stand, in words."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from graphs.reviewing.accepted import accepted_samples
from graphs.reviewing.consequences import edits_due, rejections_due
from graphs.reviewing.log import read_reviews
from graphs.reviewing.queues import adjudicate_queue
from graphs.reviewing.verdicts import PersonVerdict, Queue, Said, standing
from scenarios.cleaning import one_line

_WORD = {
    Said.ACCEPT: "accepted",
    Said.REJECT: "rejected",
    Said.LEFT: "left",
    Said.RIGHT: "right",
    Said.TIE: "tie",
}


def reviews_in_words(out: Path) -> Iterator[str]:
    """A few lines: what each reviewer said in each queue, how long it took, what they disagree on, and what apply=yes would do.
    Raises RunDirError."""
    _, contents = accepted_samples(out)
    said = read_reviews(out)
    stands = standing(said)
    if not stands:
        yield f"{len(contents)} samples, and nobody has reviewed any; python -m graphs.studio out={out} begins"
        return
    yield f"{len(contents)} samples; {len({v.sample for v in stands})} reviewed"
    for queue in Queue:
        names = sorted({v.reviewer for v in stands if v.queue is queue})
        for name in names:
            yield f"{queue.value:<10} {one_line(name)}: {_counted([v for v in stands if v.queue is queue and v.reviewer == name])}"
    if apart := adjudicate_queue(contents, said):
        yield (
            f"reviewers disagree on {len(apart)}: {', '.join(f'{place.sample} ({place.why})' for place in apart[:3])}"
            + (" …" if apart[3:] else "")
        )
    other = [v for v in stands if v.queue is not Queue.PAIRS and not v.planted and contents.get(v.sample) != v.content]
    if other:
        yield f"of samples that have left the dataset or are others now: {len(other)} verdicts"
    gone, changed = rejections_due(said, contents), edits_due(said, contents)
    if gone or changed:
        what = [f"reject {len(gone)}"] if gone else []
        what += [f"edit {len(changed)}"] if changed else []
        yield f"not carried out yet: {', '.join(what)}; python -m graphs.review out={out} apply=yes does it"


def _counted(verdicts: Sequence[PersonVerdict]) -> str:
    counts = Counter(_WORD[v.said] for v in verdicts)
    parts = [f"{count} {word}" for word, count in counts.most_common()]
    if flagged := sum(v.flag for v in verdicts):
        parts.append(f"{flagged} flagged")
    if twice := sum(v.repeat for v in verdicts):
        parts.append(f"{twice} shown twice on purpose")
    seconds = [v.seconds for v in verdicts if v.seconds > 0]
    pace = f"; {statistics.median(seconds):.0f} s a verdict" if seconds else ""
    return f"{', '.join(parts)}{pace}"

"""Carrying out what people said in reviews of a run: rejections, edits, briefs to be made again. Nothing here prints.

The words are in reviews.jsonl; here they come into the journal, from which everything else follows. Doing it again does nothing:
a word counts for the content that it was said of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from graphs.files.axes import as_run
from graphs.files.rundir import is_run
from graphs.planning.planner import Redo
from graphs.preparation import Preparation
from graphs.reviewing.consequences import PersonsNo, edits_due, rejections_due, spoken_of
from graphs.reviewing.log import read_reviews
from graphs.reviewing.verdicts import PersonVerdict, content_digest
from graphs.running.editing import carry_out_edits
from graphs.running.rejecting import by_person, changing, files_anew
from memory.archive.archive import Archive
from memory.journal.journal import Journal
from memory.journal.rejections import ids_of_records, records_of, reject_for_good, to_be_made_again
from scenarios.errors import RunDirError
from scenarios.records import Verdict


@dataclass(frozen=True)
class ReviewsDone:
    """What came of carrying out reviews."""

    rejected: tuple[str, ...] = ()
    """The ids that are rejected now and were accepted before."""
    again: tuple[str, ...] = ()
    """Of these: those whose briefs the run makes again when it goes on."""
    edited: tuple[str, ...] = ()
    """The ids whose texts are a person's now."""
    refused: tuple[str, ...] = ()
    """A line for each edit that was not carried out."""
    accepted: int = 0
    """Records of the run that are accepted now."""

    @property
    def anything(self) -> bool:
        """Whether the run changed."""
        return bool(self.rejected or self.edited)


def apply_reviews(out: Path, say: Callable[[str], None], given: Mapping[str, str] | None = None) -> ReviewsDone:
    """Carry out what people said of the run in `out`, and bring its files and its memory in line.

    `say` hears what was done to a damaged journal; `given` may name `scenario` and `trust`. Raises UserError.
    """
    if not is_run(out):
        raise RunDirError(f"out={out}: holds no run, so that there is nothing to carry out; give the directory of one")
    said = read_reviews(out)
    with changing(out, say, given) as (prepared, journal, archive):
        prepared = replace(prepared, loaded=as_run(prepared.loaded, out))
        done = carry_out(prepared, journal, archive, said)
        files_anew(prepared, journal, archive)
        return ReviewsDone(done.rejected, done.again, done.edited, done.refused, journal.accepted())


def carry_out(prepared: Preparation, journal: Journal, archive: Archive, said: Sequence[PersonVerdict]) -> ReviewsDone:
    """Bring what people said into the journal. Raises UserError."""
    contents = _accepted(journal, said)
    due = rejections_due(said, contents)
    _reject(journal, due)
    edits = carry_out_edits(prepared, journal, archive, edits_due(said, contents))
    return ReviewsDone(
        rejected=tuple(due), again=tuple(id_ for id_, no in due.items() if no.redo), edited=edits.edited,
        refused=edits.refused,
    )  # fmt: skip


def review_lines(done: ReviewsDone) -> Iterator[str]:
    """What a session says of the reviews that it carried out."""
    if done.rejected:
        yield f"note: rejected by people in reviews: {len(done.rejected)}; new samples are made in their place"
    if done.edited:
        yield f"note: edited by people in reviews: {len(done.edited)}"
    yield from (f"note: not edited: {line}" for line in done.refused)


def redo_of(journal: Journal) -> list[Redo]:
    """What people want to be made again, in the order in which they were carried out."""
    advice, known = to_be_made_again(journal), {*ids_of_records(journal)}
    briefs = [record.candidate.brief for record in records_of(journal, [id_ for id_ in advice if id_ in known])]
    return [Redo.of(brief, advice[brief.id]) for brief in briefs]


def _accepted(journal: Journal, said: Sequence[PersonVerdict]) -> dict[str, str]:
    """The digests of the contents of those accepted records of which something was said, by id."""
    if not (named := spoken_of(said)):
        return {}
    known = {*ids_of_records(journal)}
    records = records_of(journal, [id_ for id_ in named if id_ in known])
    return {
        record.candidate.brief.id: content_digest(record.line())
        for record in records
        if record.verdict is Verdict.ACCEPTED and record.final
    }


def _reject(journal: Journal, due: Mapping[str, PersonsNo]) -> None:
    records = records_of(journal, list(due))
    reject_for_good(
        journal,
        [by_person(record, due[record.candidate.brief.id].why) for record in records],
        {id_: no.why for id_, no in due.items()},
        {id_: no.advice for id_, no in due.items() if no.redo},
    )

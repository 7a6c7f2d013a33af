"""What a person rejected of a run's accepted samples, as the journal keeps it: noted by id, beside the record.

The note outlives the record: decisions that a damaged journal lost are taken anew, and go by it.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Mapping, Sequence

from memory.journal.journal import Journal
from memory.journal.tables import put, record_row
from scenarios.records import Record

_NOTE = "rejected by a person: "
"""What the key of such a note begins with; the id follows."""
_AGAIN = "to be made again: "


def reject_for_good(
    journal: Journal, records: Sequence[Record], whys: Mapping[str, str], again: Mapping[str, str] | None = None
) -> None:
    """Replace records by those that a person's rejection made of them, and note why, by id, in one transaction that is on
    the disk when this returns. `again` has the advice for those whose briefs are to be made again."""
    notes = [(f"{_NOTE}{id_}", why) for id_, why in whys.items()]
    notes += [(f"{_AGAIN}{id_}", advice) for id_, advice in (again or {}).items()]
    rows = [record_row(record) for record in records]

    def write(base: sqlite3.Connection) -> None:
        put(base, "meta", notes, first_stands=True)
        put(base, "records", rows)

    journal.call(write)


def ids_of_records(journal: Journal) -> list[str]:
    """The id of every record, in order."""
    return journal.call(
        lambda base: [row[0] for row in base.execute("SELECT id FROM records ORDER BY round, place").fetchall()]
    )


def records_of(journal: Journal, ids: Sequence[str]) -> list[Record]:
    """The records with these ids, in their order."""

    def read(base: sqlite3.Connection) -> list[Record]:
        rows = {id_: base.execute("SELECT record FROM records WHERE id = ?", (id_,)).fetchone() for id_ in ids}
        return [Record.model_validate_json(zlib.decompress(rows[id_][0])) for id_ in ids]

    return journal.call(read)


def rejected_for_good(journal: Journal) -> dict[str, str]:
    """Why a person rejected which samples of the run, by id."""
    return _noted(journal, _NOTE)


def to_be_made_again(journal: Journal) -> dict[str, str]:
    """The advice of the person who rejected them, of the samples whose briefs are to be made again, by id, in the order of the
    rejections."""
    return _noted(journal, _AGAIN)


def replace_for_good(journal: Journal, records: Sequence[Record]) -> None:
    """Replace records by others, in one transaction that is on the disk when this returns."""
    rows = [record_row(record) for record in records]
    journal.call(lambda base: put(base, "records", rows))


def _noted(journal: Journal, what: str) -> dict[str, str]:
    rows = journal.call(
        lambda base: base.execute(
            "SELECT key, value FROM meta WHERE substr(key, 1, ?) = ? ORDER BY rowid", (len(what), what)
        ).fetchall()
    )
    return {key.removeprefix(what): value for key, value in rows}

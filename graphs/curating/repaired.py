"""Rows of a dataset with what came of an action: another label or another text, and where it came from. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from graphs.curating.repair import SETTLED, Repair, RepairOutcome
from graphs.curating.rows import LABELS
from scenarios.errors import SettingsError

_SPOKEN = ("messages", "conversations", "completion")
_OF_BOTH = ("evidence", "scores", "novelty", "usage", "revisions")
"""What was found of the text with its label, and does not hold if either is another one."""


@dataclass(frozen=True)
class LabelForms:
    """How labels and ids stand in a dataset."""

    labels: Mapping[str, Any]
    """A label as a text → the value that rows have for it: 1, true, "maybe"."""
    ids: frozenset[str]

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]], target: str, ids: Iterable[str]) -> LabelForms:
        """As the rows have it, the first of them first."""
        found: dict[str, Any] = {}
        for row in rows:
            fields = row.get("fields")
            value = fields.get(target) if isinstance(fields, dict) else row.get(target)
            if isinstance(value, str | int):
                found.setdefault(str(value).lower() if isinstance(value, bool) else str(value), value)
        return cls(found, frozenset(ids))

    def new_id(self, id_: str) -> str:
        """The id of a text that was written anew, which no other row has."""
        new = f"{id_}-redo"
        while new in self.ids:
            new += "-redo"
        return new


def repaired_row(row: dict[str, Any], repair: Repair, forms: LabelForms) -> dict[str, Any]:
    """A row with its new label, or with its new text under an id of its own. Other outcomes leave it as it is."""
    kept = {key: value for key, value in row.items() if key not in _OF_BOTH}
    if repair.outcome is RepairOutcome.RELABELLED and repair.to is not None:
        return _with_label(kept, repair, forms.labels.get(repair.to, repair.to))
    if repair.outcome is RepairOutcome.REDONE and repair.text is not None:
        return {**_with_text(kept, repair.target, repair.text), "id": forms.new_id(repair.id)}
    return row


def told_of(repair: Repair) -> dict[str, Any]:
    """What the row says under `curation` of how it came to be."""
    told: dict[str, Any] = {"action": repair.action.value, "outcome": repair.outcome.value, "from": repair.id}
    if repair.outcome is RepairOutcome.RELABELLED:
        told["was"] = repair.label
    return {**told, "answers": list(repair.answers)}


def settled(repair: Repair | None) -> bool:
    """Whether an action answered the doubt about a sample's label."""
    return repair is not None and repair.outcome in SETTLED


def text_key(row: Mapping[str, Any], target: str) -> tuple[str, ...]:
    """Where the one text of a row stands: `text`, or `fields` and a name. Raises SettingsError if it is not one text."""
    fields = row.get("fields")
    spoken = next((name for name in _SPOKEN if name in row), "")
    if spoken:
        has = "conversations" if spoken in {"messages", "conversations"} else "a prompt and its answer"
    elif isinstance(fields, dict):
        names = [name for name, text in fields.items() if name not in {target, *LABELS} and isinstance(text, str)]
        if len(names) == 1:
            return "fields", names[0]
        has = f"the fields {', '.join(names)}" if names else "no text beside the label"
    elif isinstance(row.get("text"), str):
        return ("text",)
    else:
        has = "no single text"
    raise SettingsError(
        f"action=redo: writes samples of one text anew, and these have {has}; use action=relabel, or reject them "
        "(graphs.review with redo) so that their run makes others"
    )


def _with_text(row: dict[str, Any], target: str, text: str) -> dict[str, Any]:
    place = text_key(row, target)
    return {**row, "text": text} if len(place) == 1 else {**row, "fields": {**row["fields"], place[1]: text}}


def _with_label(row: dict[str, Any], repair: Repair, value: Any) -> dict[str, Any]:
    """The row with its label wherever it stands: among the fields, beside the text, in its brief's cell, and in the brief's texts that
    say nothing else."""
    new, target = dict(row), repair.target
    if isinstance(fields := row.get("fields"), dict) and target in fields:
        new["fields"] = {**fields, target: value}
    if target in row:
        new[target] = value
    if isinstance(brief := row.get("brief"), dict):
        new["brief"] = dict(brief)
        if isinstance(cell := brief.get("cell"), dict) and target in cell:
            new["brief"]["cell"] = {**cell, target: repair.to if isinstance(cell[target], str) else value}
        if isinstance(texts := brief.get("texts"), dict):
            told = {name: repair.to if text == repair.label else text for name, text in texts.items()}
            new["brief"]["texts"] = told
    return new

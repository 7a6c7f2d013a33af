"""Rows of a dataset with what came of an action: another label or another text, and where it came from. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphs.curating.repair import SETTLED, Repair, RepairOutcome
from graphs.curating.rows import LABELS
from scenarios.errors import SettingsError

_OF_THE_TEXT = ("evidence", "scores", "novelty", "usage", "revisions")
"""What was found of the former text, and does not hold for a new one."""


def repaired_row(row: dict[str, Any], repair: Repair) -> dict[str, Any]:
    """A row with its new label, or with its new text under an id of its own. Other outcomes leave it as it is."""
    if repair.outcome is RepairOutcome.RELABELLED and repair.to is not None:
        return _with_label(row, repair.target, repair.to)
    if repair.outcome is RepairOutcome.REDONE and repair.text is not None:
        new = {key: value for key, value in row.items() if key not in _OF_THE_TEXT}
        return {**_with_text(new, repair.target, repair.text), "id": f"{repair.id}-redo"}
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
    if isinstance(fields, dict):
        names = [name for name, text in fields.items() if name not in {target, *LABELS} and isinstance(text, str)]
        if len(names) == 1:
            return "fields", names[0]
        has = f"the fields {', '.join(names)}" if names else "no text beside the label"
    elif isinstance(row.get("text"), str):
        return ("text",)
    else:
        has = "conversations" if "messages" in row or "conversations" in row else "no single text"
    raise SettingsError(
        f"action=redo: writes samples of one text anew, and these have {has}; use action=relabel, or reject them "
        "(graphs.review with redo) so that their run makes others"
    )


def _with_text(row: dict[str, Any], target: str, text: str) -> dict[str, Any]:
    place = text_key(row, target)
    return {**row, "text": text} if len(place) == 1 else {**row, "fields": {**row["fields"], place[1]: text}}


def _with_label(row: dict[str, Any], target: str, label: str) -> dict[str, Any]:
    """The row with its label wherever it stands: among the fields, beside the text, in the cell of its brief."""
    new, brief = dict(row), row.get("brief")
    if isinstance(fields := row.get("fields"), dict) and target in fields:
        new["fields"] = {**fields, target: _typed(label, fields[target])}
    elif target in row:
        new[target] = _typed(label, row[target])
    if isinstance(brief, dict) and isinstance(cell := brief.get("cell"), dict) and target in cell:
        new["brief"] = {**brief, "cell": {**cell, target: _typed(label, cell[target])}}
    return new


def _typed(label: str, former: Any) -> Any:
    """A label of the kind that the former one was: labels are read as texts, also if they are whole numbers, true or false."""
    if isinstance(former, bool):
        return label == "true"
    return int(label) if isinstance(former, int) else label

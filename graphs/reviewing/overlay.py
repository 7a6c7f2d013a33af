"""A person's texts in the place of a sample's own. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphs.sampling.decision import PERSON
from scenarios.errors import SettingsError
from scenarios.messages import Speech
from scenarios.records import Candidate, Draft, Problem


def overlaid(made: Candidate, edit: Mapping[str, str], why: str = "") -> Candidate:
    """The candidate with texts in the place of others: of a task by field, of a conversation by the number (from 0) of the message
    in the dataset's line. What it was before becomes a draft of it, with `why`. Its evidence is as it was.

    Raises SettingsError if there is no such text, or nothing that a person may write.
    """
    changed = _fields(made, edit) if made.fields else _messages(made, edit)
    before = Draft(
        step=PERSON, messages=made.messages, fields=made.fields, private_calls=made.private_calls, ending=made.ending,
        problems=(Problem(problem=why),) if why else (),
    )  # fmt: skip
    return made.model_copy(update={**changed, "drafts": (*made.drafts, before)})


def _fields(made: Candidate, edit: Mapping[str, str]) -> dict[str, Any]:
    for name, text in edit.items():
        if name not in made.fields:
            raise SettingsError(f"the edit names {name[:60]!r}, which is no field of the sample")
        if not text.strip():
            raise SettingsError(f"the edit leaves {name} empty")
    return {"fields": {name: edit.get(name, text) for name, text in made.fields.items()}}


def _messages(made: Candidate, edit: Mapping[str, str]) -> dict[str, Any]:
    first, messages = (1 if made.system else 0), list(made.messages)
    for name, text in edit.items():
        place = int(name) - first if name.isascii() and name.isdigit() and len(name) < 6 else -1
        if not 0 <= place < len(messages) or messages[place].role is Speech.TOOL:
            raise SettingsError(f"the edit names message {name[:60]!r}, which is none that a person may write")
        if not text.strip():
            raise SettingsError(f"the edit leaves message {name} empty")
        messages[place] = messages[place].model_copy(update={"content": text})
    return {"messages": tuple(messages)}

"""A writer who writes a text anew so that it has its label and could be taken for no other one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from agents.labelling.labels import KnownLabels, shown_text
from agents.models.calls import Asker, Call, Model, ModelAccess
from agents.text.prose import tidied_field
from scenarios.errors import AnswerInvalid
from scenarios.loading import shared_prompt
from scenarios.schema.plans import Decoding
from scenarios.schema.styles import Style
from scenarios.seeds import seed_of

WRITER = "writer"
"""The name under which the model is asked."""
_PROMPTS = {Style.CHAT: shared_prompt("redo.chat.jinja"), Style.TRANSCRIPT: shared_prompt("redo.transcript.jinja")}
_DECODING = {
    Style.CHAT: Decoding(temperature=0.8, max_tokens=2000),
    Style.TRANSCRIPT: Decoding(temperature=0.8, max_tokens=120, stop=("\n",)),
}


class FailedText(NamedTuple):
    """A text that was written and will not do."""

    text: str
    why: str
    """In words that go on after "since"."""


async def write_anew(
    gateway: ModelAccess, model: Model, labels: KnownLabels, text: str, label: str, *,
    taken_for: str, failed: Sequence[FailedText], sample: str, place: int = 0,
) -> str:  # fmt: skip
    """A text like `text` that has the label. `taken_for` is what a reader took it for, if that is something else; `failed` are the
    versions before this one. The question is asked for `sample`.

    Raises AnswerInvalid for an answer that is cut off, else as Gateway.ask.
    """
    step, shown = f"write/{len(failed)}", labels.shown(len(failed))
    view = {
        "about": labels.about, "labels": shown, "label": label, "meaning": labels.meanings[label], "text": shown_text(text),
        "taken_for": taken_for, "failed": [one._asdict() for one in failed],
        "examples": next(one["examples"] for one in shown if one["name"] == label),
    }  # fmt: skip
    call = Call(
        role=WRITER, asker=Asker(sample=sample, step=step, place=(0, place)), model=model,
        messages=_PROMPTS[model.style].messages(view), decoding=_DECODING[model.style], seed=seed_of(sample, step),
    )  # fmt: skip
    answer = await gateway.ask(call)
    if answer.finish == "length" and model.style is Style.CHAT:
        raise AnswerInvalid(f"{WRITER}: cut off at {call.decoding.max_tokens} tokens", answer.usage)
    return tidied_field(answer.text, "text", stop=False)

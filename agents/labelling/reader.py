"""A reader who sees a text and the labels, and neither the text's own label nor why it is doubted."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, create_model

from agents.labelling.labels import NONE_FITS, KnownLabels, in_turn, shown_text
from agents.models.calls import Asker, Call, Model, ModelAccess
from agents.models.structured import ask_structured
from scenarios.loading import shared_prompt
from scenarios.schema.plans import Decoding
from scenarios.schema.styles import Style
from scenarios.seeds import seed_of

READER = "reader"
"""The name under which the model is asked."""
_PROMPTS = {Style.CHAT: shared_prompt("label.chat.jinja"), Style.TRANSCRIPT: shared_prompt("label.transcript.jinja")}
_DECODING = {
    Style.CHAT: Decoding(temperature=0, max_tokens=400),
    Style.TRANSCRIPT: Decoding(temperature=0, max_tokens=60),
}


async def read_label(
    gateway: ModelAccess,
    model: Model,
    labels: KnownLabels,
    text: str,
    *,
    sample: str,
    step: str,
    variant: int,
    place: int = 0,
) -> str:
    """The label that the model gives a text, or NONE_FITS. `variant` decides in which order labels are shown, and which examples.

    The question is asked for `sample` in `step`. Raises as ask_structured: an answer that names no label of the list is no answer.
    """
    call = Call(
        role=READER, asker=Asker(sample=sample, step=f"read/{step}", place=(0, place)), model=model,
        messages=_PROMPTS[model.style].messages(_view(labels, text, variant)), decoding=_DECODING[model.style],
        seed=seed_of(sample, step),
    )  # fmt: skip
    answer, _ = await ask_structured(gateway, call, _shape(tuple(sorted(labels.meanings)), model.style))
    return str(answer.model_dump()["label"])


def _view(labels: KnownLabels, text: str, variant: int) -> Mapping[str, Any]:
    shown = labels.shown(variant)
    return {
        "about": labels.about, "labels": shown, "examples": in_turn(shown), "unfit": NONE_FITS, "text": shown_text(text),
    }  # fmt: skip


@cache
def _shape(names: tuple[str, ...], style: Style) -> type[BaseModel]:
    """The shape of the answer: a chat model says first why, so that the label follows from it."""
    fields: dict[str, Any] = {"reason": (str, ...)} if style is Style.CHAT else {}
    known = {_plain(name): name for name in (*names, NONE_FITS)}

    def spelled(told: Any) -> Any:
        """The label that was meant, if case, blanks or quotation marks alone are others, and only one is so."""
        one = isinstance(told, str) and told not in names and len(known) == len(names) + 1
        return known.get(_plain(told), told) if one else told

    fields["label"] = (Annotated[Literal[(*names, NONE_FITS)], BeforeValidator(spelled)], ...)
    return create_model("ReadLabel", **fields)


def _plain(name: str) -> str:
    return " ".join(name.strip(" \"'`*.").split()).casefold()

"""What a role attends to in particular, behind its prompt: what prompts have in common stays at their beginning. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from scenarios.loading import shared_prompt
from scenarios.messages import Message, Speech
from scenarios.schema.plans import Role
from scenarios.schema.styles import Style

_FOCUS = shared_prompt("focus.chat.jinja")
_ADVICE = shared_prompt("advice.chat.jinja")


def focused(prompt: Sequence[Message], role: Role, style: Style) -> tuple[Message, ...]:
    """A rendered prompt with the role's focus at the end of its last question, or of its system message if it asks none. A base
    model reads none: `graphs.settings.models` refuses the two together."""
    if not role.focus or style is not Style.CHAT:
        return tuple(prompt)
    (said,) = _FOCUS.messages({"focus": role.focus, "speaks": role.speaks_as is not None})
    return behind(prompt, said.content)


def advised(prompt: Sequence[Message], advice: str, style: Style) -> tuple[Message, ...]:
    """A rendered prompt of who writes, with what a person said of an earlier attempt, if anybody did. A base model reads none."""
    if not advice or style is not Style.CHAT:
        return tuple(prompt)
    (said,) = _ADVICE.messages({"advice": advice})
    return behind(prompt, said.content)


def behind(prompt: Sequence[Message], text: str) -> tuple[Message, ...]:
    """A rendered prompt with a text at the end of its last question, or of its system message if it asks none."""
    places = {message.role: place for place, message in enumerate(prompt)}
    place = places.get(Speech.USER, places.get(Speech.SYSTEM))
    if place is None:
        return (*prompt, Message(role=Speech.USER, content=text))
    changed = prompt[place].model_copy(update={"content": f"{prompt[place].content}\n\n{text}"})
    return (*prompt[:place], changed, *prompt[place + 1 :])

"""How a chat model is asked again for a text that was refused: it is shown the text and all that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from agents.checks.registry import DrawFault
from scenarios.loading import shared_prompt
from scenarios.messages import Message, Speech
from scenarios.schema.styles import Style

_AGAIN = shared_prompt("again.chat.jinja")


def asked_again(prompt: Sequence[Message], style: Style, refused: str, reasons: Sequence[str]) -> tuple[Message, ...]:
    """The messages of a prompt, and behind them the text that was refused and the reasons, if there are any. A model that
    goes on with a transcript is only drawn from again."""
    if style is not Style.CHAT or not refused or not reasons:
        return tuple(prompt)
    return (*prompt, Message(role=Speech.ASSISTANT, content=refused), *_AGAIN.messages({"reasons": list(reasons)}))


def reasons_of(faults: Iterable[DrawFault]) -> list[str]:
    """What checks found, each as a sentence about the text."""
    return list(dict.fromkeys(f"It {fault.detail.rstrip('.')}." for fault in faults))


def others_of(faults: Sequence[DrawFault]) -> tuple[str, ...]:
    """The checks that refused a draw beside the first."""
    return tuple(dict.fromkeys(fault.check for fault in faults[1:] if fault.check != faults[0].check))


def faults_in(style: Style, faults: Iterable[DrawFault]) -> tuple[DrawFault, ...]:
    """All that is wrong with a draw if its model can read it, else the first of it, which is enough to refuse the draw."""
    return tuple(islice(faults, None if style is Style.CHAT else 1))

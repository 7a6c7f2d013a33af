"""What becomes of a draw that was refused: it is kept, and a chat model is asked again, shown the text and all that is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

from agents.checks.registry import DrawFault, version_of
from agents.models.calls import Call
from agents.text.remarks import ended, sentence
from scenarios.loading import shared_prompt
from scenarios.messages import Message, Speech
from scenarios.records import Candidate, Evidence, Problem, Slip, Status
from scenarios.schema.styles import Style

_AGAIN = shared_prompt("again.chat.jinja")


def asked_again(
    prompt: Sequence[Message], style: Style, refused: str, reasons: Sequence[str], *, calls: bool = False
) -> tuple[Message, ...]:
    """The messages of a prompt, and behind them the text that was refused and the reasons, if there are any; `calls` says
    that it may call tools. A model that goes on with a transcript is only drawn from again."""
    if style is not Style.CHAT or not refused or not reasons:
        return tuple(prompt)
    return (
        *prompt,
        Message(role=Speech.ASSISTANT, content=refused),
        *_AGAIN.messages({"reasons": list(reasons), "calls": calls}),
    )


def remark(problem: Problem) -> str:
    """A problem as a sentence: what a check found, or a critic's own words."""
    return sentence(problem.problem) if problem.check else ended(problem.problem)


def reasons_of(faults: Iterable[DrawFault]) -> list[str]:
    """What checks found, each as a sentence about the text, as its writer is shown it."""
    return list(dict.fromkeys(sentence(fault.again or fault.detail) for fault in faults))


class Remark(NamedTuple):
    """What was found wrong with a line or field of a version before, for who writes it anew."""

    text: str
    computed: bool = False
    """A check found it, which is asked again."""


def refusal(
    faults: Sequence[DrawFault],
    call: Call,
    place: int,
    *,
    messages: tuple[Message, ...] = (),
    field: str = "",
    text: str = "",
) -> Slip:
    """The draw of a call that was refused for `faults`: the `messages` that it added, or the `text` of a field."""
    first = faults[0].check
    return Slip(
        place=place, messages=messages, check=first, also=tuple(dict.fromkeys(f.check for f in faults if f.check != first)),
        problem="; ".join(fault.detail for fault in faults), step=call.asker.step, attempt=call.asker.attempt, field=field, text=text,
    )  # fmt: skip


def given_up(candidate: Candidate, check: str, detail: str) -> Candidate:
    """Note the check that no draw passed, if there is one, as evidence against the candidate."""
    if not check:
        return candidate
    failed = Evidence(check=check, version=version_of(check), status=Status.FAIL, detail=f"no draw passed: {detail}")
    return candidate.model_copy(update={"given_up": check, "evidence": (*candidate.evidence, failed)})


def faults_in(style: Style, faults: Iterable[DrawFault]) -> tuple[DrawFault, ...]:
    """All that is wrong with a draw if its model can read it, else the first of it, which is enough to refuse the draw."""
    return tuple(islice(faults, None if style is Style.CHAT else 1))

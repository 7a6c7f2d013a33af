"""A role's focus: behind its prompt, so that what prompts have in common stays at their beginning."""

from __future__ import annotations

from agents.focus import focused
from scenarios.messages import Message, Speech
from scenarios.schema.plans import Role
from scenarios.schema.styles import PerStyle, Style

SYSTEM, ASKED, ANSWER = (
    Message(role=role, content=role.value) for role in (Speech.SYSTEM, Speech.USER, Speech.ASSISTANT)
)


def role(focus: str, speaks_as: Speech | None = None) -> Role:
    """A role with a focus."""
    return Role(prompt=PerStyle(chat="a.jinja"), focus=focus, speaks_as=speaks_as)


def test_it_stands_behind_the_last_question() -> None:
    found = focused((SYSTEM, ASKED, ANSWER, ASKED), role("Look at {{ numbers }}."), Style.CHAT)
    assert found[:3] == (SYSTEM, ASKED, ANSWER)
    assert found[3].content.startswith("user\n\nFor you in particular")
    assert "Look at {{ numbers }}.\nThe form of your answer stays" in found[3].content, "it is no template"


def test_it_stands_behind_the_system_message_of_who_asks_nothing() -> None:
    (found,) = focused((SYSTEM,), role("Be rude.", Speech.USER), Style.CHAT)
    assert found.content.startswith("system\n\nFor you in particular")
    assert found.content.endswith(": Be rude.")


def test_without_it_and_for_a_transcript_nothing_changes() -> None:
    assert focused((SYSTEM, ASKED), role(""), Style.CHAT) == (SYSTEM, ASKED)
    assert focused((SYSTEM, ASKED), role("Be rude."), Style.TRANSCRIPT) == (SYSTEM, ASKED)
    assert "focus" not in role("").model_dump(), "the digests of scenarios stay as they were"

"""What a model is asked when a scenario begins, and what of an answer can be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from agents.guessing import Guess, asked_with
from scenarios.loading import shared_prompt
from tests.conversations import conversation, write_conversation


def test_the_prompt_shows_the_beginning_of_the_material_spread_over_the_documents(tmp_path: Path) -> None:
    write_conversation(tmp_path)
    (tmp_path / "help").mkdir()
    for number in range(90):
        (tmp_path / "help" / f"page{number:02}.md").write_text(
            f"# Page {number}\n\n{'word ' * 200}\n", encoding="utf-8"
        )
    (tmp_path / "policy.md").write_text("No refund. " * 2000, encoding="utf-8")
    asked = asked_with(conversation(tmp_path, documents="help/", policy="No refund. " * 2000, language="German"))
    assert asked["policy_cut"]
    assert len(asked["policy"]) <= 8000
    assert 20 <= len(asked["passages"]) <= 40
    assert asked["passages_in_all"] >= 90
    (system, user) = shared_prompt("init.chat.jinja").messages(asked)
    assert "Write in German" in system.content
    assert "(its beginning)" in user.content
    assert "have 90 passages, among them:" in user.content
    assert len(user.content) < 25_000


def test_without_material_only_the_sentence_is_shown(tmp_path: Path) -> None:
    (_, user) = shared_prompt("init.chat.jinja").messages(asked_with(conversation(tmp_path, policy=None)))
    assert user.content == "What happens in the conversations: A customer writes to a shop's support."


@pytest.mark.parametrize(
    "wrong", [{}, {"reasons": {"values": [{"plan": "no name"}]}}, {"reasons": {}, "roles": [{"name": "a"}]}]
)
def test_an_answer_of_another_shape_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Guess.model_validate(wrong)

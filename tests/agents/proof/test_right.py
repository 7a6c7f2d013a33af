"""A right dialogue passes every check: the exemplar's, and what people would say in its place."""

from __future__ import annotations

import pytest

from agents.proof.proof import CLAIMS
from scenarios.worlds.cloakroom import WORLD as CLOAKROOM
from tests.agents.proof.dialogues import WORLDS, a_blueprint, failing, fetching, proof_of, refusing, right


@pytest.mark.parametrize("name", WORLDS)
def test_a_right_dialogue_passes_every_check(name: str) -> None:
    for seed in range(30 if name == "cloakroom" else 10):
        blueprint = a_blueprint(name, seed)
        for variant in range(3):
            proof = proof_of(WORLDS[name], blueprint, right(WORLDS[name], blueprint, variant))
            assert not proof.faults, (name, seed, variant)
            assert not proof.broken


ASKED = (
    "I would hand out the thing with the tag {tag}. Shall I go ahead?",
    "I've found your {what}. Its tag is {tag}. Do you want me to hand it out now?",
    "That would be {tag}, your {what}. Is it all right if I give it to you?",
    "Found it! The {what} with tag {tag}. May I fetch it for you?",
    "Just to be sure: you want {tag}, is that right?",
    "Your {what} hangs here under {tag}. Please confirm that I should hand it out.",
    "I can give you the {what} ({tag}). Would you like that?",
    "Before I hand out {tag}, I need your okay. Do you agree?",
    "So it is your {what}, tag {tag}. Let me know whether I should go ahead.",
)


@pytest.mark.parametrize("ask", ASKED)
def test_confirmation_may_be_asked_for_in_many_words(ask: str) -> None:
    blueprint = a_blueprint("cloakroom", 2, "fetch")
    assert not proof_of(CLOAKROOM, blueprint, fetching(blueprint, ask=ask)).faults


AGREED = (
    "Yes.", "Sure, go ahead.", "No problem, go ahead.", "Yes, that's the one. Thank you!", "Of course.", "OK",
    "Yep, that would be lovely.", "That's right, please do.", "Absolutely, and thanks for asking.", "Why not, go ahead.",
    "Please do, I'm in no hurry.", "Correct. Is it still dry?", "Could you do that, please?", "Fine by me.", "Do it, please.",
)  # fmt: skip


@pytest.mark.parametrize("yes", AGREED)
def test_a_user_may_agree_in_many_words(yes: str) -> None:
    blueprint = a_blueprint("cloakroom", 3, "fetch")
    assert not proof_of(CLOAKROOM, blueprint, fetching(blueprint, yes=yes)).faults


TOLD = (
    "Here is your {what}, tag {tag}.", "Done! I've handed out {tag}, your {what}. Anything else?",
    "There you go: {tag}. Have a pleasant evening.", "Your {what} is handed out now; its tag was {tag}.",
    "All set. The tag of what you got is {tag}. Is there anything else I can do for you?",
    "I have handed out your {what} (tag {tag}).", "Here is your {what}.", "That's done. Do you need anything else?", "Please take your {what}. I am putting {tag} down as handed out.",
)  # fmt: skip


@pytest.mark.parametrize("tell", TOLD)
def test_the_outcome_may_be_told_in_many_words(tell: str) -> None:
    blueprint = a_blueprint("cloakroom", 4, "fetch")
    assert not proof_of(CLOAKROOM, blueprint, fetching(blueprint, tell=tell)).faults


REFUSED = (
    "I am sorry, I cannot hand out {tag}: a thing is handed out only to its owner.",
    "I'm afraid I can't give you {tag}. The owner has to come for it.",
    "Unfortunately that is not possible, since only the owner may collect {tag}.",
    "Sorry, things go only to their owner here.", "We are not allowed to hand things to anybody but the owner, sorry.",
    "I have to say no to that one: the owner has to ask for it.", "I'm unable to do that for you. Please send the owner.",
    "Our rules don't allow that; the owner needs to come.",
)  # fmt: skip


@pytest.mark.parametrize("refusal", REFUSED)
def test_a_refusal_may_be_said_in_many_words(refusal: str) -> None:
    blueprint = a_blueprint("cloakroom", 5, "of_another")
    assert not proof_of(CLOAKROOM, blueprint, refusing(blueprint, refusal)).faults


@pytest.mark.parametrize(
    ("words", "check"),
    [
        ({"ask": "I have found your {what}. Shall I hand it out?"}, "confirmed"),
        ({"ask": "I will now hand out {tag}."}, "confirmed"),
        ({"yes": "What is that?"}, "confirmed"),
        ({"yes": "Hmm, maybe."}, "confirmed"),
        ({"tell": "Thank you for waiting. Anything else?"}, "told"),
        ({"tell": "Here is your {what}, tag {tag}. That makes 3.50 euros."}, "invented"),
        ({"tell": "Here is your {what}, tag {tag}. Greetings from Ludmilla."}, "invented"),
        ({"ask": "I have handed out {tag}. Shall I go ahead?"}, "claims"),
    ],
)
def test_strictness_where_it_is_due(words: dict[str, str], check: str) -> None:
    blueprint = a_blueprint("cloakroom", 6, "fetch")
    assert check in failing(proof_of(CLOAKROOM, blueprint, fetching(blueprint, **words)))


def test_a_proposal_may_be_taken_up_again_without_its_values() -> None:
    """The values were named just before, and the user asked something in between."""
    blueprint = a_blueprint("cloakroom", 7, "fetch")
    made = fetching(blueprint)
    place = next(p for p, m in enumerate(made.messages) if "Shall I go ahead" in m.content)
    asked, yes = made.messages[place], made.messages[place + 1]
    between = (
        yes.model_copy(update={"content": "Does that cost anything?"}),
        asked.model_copy(update={"content": "It is free. Shall I do that, then?"}),
    )
    messages = (*made.messages[: place + 1], *between, *made.messages[place + 1 :])
    proof = proof_of(CLOAKROOM, blueprint, type(made)(messages, made.private_calls, made.ending))
    assert "confirmed" not in proof.faults
    other = asked.model_copy(update={"content": "Shall I call you T999 from now on?"})
    messages = (*made.messages[: place + 1], between[0], other, *made.messages[place + 1 :])
    assert "confirmed" in failing(proof_of(CLOAKROOM, blueprint, type(made)(messages, made.private_calls, made.ending)))


def test_every_check_has_an_owner_and_a_description() -> None:
    assert all(claim.find.__doc__ for claim in CLAIMS.values())
    assert len({claim.find for claim in CLAIMS.values()}) == len(CLAIMS)

"""Sound samples of each family that have a place for every kind of defect."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from scenarios.briefs import plan_brief
from scenarios.loading import Loaded, load
from scenarios.messages import Message, Speech
from scenarios.records import Candidate
from scenarios.worlds.blueprint import Action
from scenarios.worlds.exemplar import call_messages, enact, exemplar
from tests.conversations import conversation, held, scene

LINES = (
    ("customer", "Hello. My parcel is three days late, and I need it on Friday. What happened to it?"),
    ("agent", "I am sorry to hear that. I can look for it at once. Which order number does it have, please?"),
    ("customer", "It is QP-48213. I ordered it on 12 May for 84.60 euros. Can it still come in time?"),
    ("agent", "Order QP-48213 left our house on 14 May. A search takes 5 days. I would rather send it anew today."),
    ("customer", "Send it anew then, please. My street is Elm Row 17. Do I have to pay the 84.60 euros again?"),
    ("agent", "No, the 84.60 euros stay as they are. It goes out to Elm Row 17 this evening, with no extra postage."),
)  # fmt: skip
STRANGE = (
    ("customer", "Good day. A cup of mine is broken. Is there another one?"),
    ("agent", "There is one left in the shop, and I have put it aside for you until Saturday at noon."),
    ("customer", "Thank you. Can I fetch it on Friday?"),
    ("agent", "Friday is fine. We are open from 9 to 18, and the cup lies at the till under your name."),
)
FACTS = {"customer": {"order": "QP-48213", "street": "Elm Row 17"}, "agent": {}}


def conversations(folder: Path) -> tuple[Loaded, Candidate, Candidate]:
    """A conversation with private facts, and another one."""
    loaded = conversation(folder)
    return loaded, held(loaded, scene(FACTS), *LINES), held(loaded, scene({"customer": {}, "agent": {}}), *STRANGE)


def with_calls(candidate: Candidate) -> Candidate:
    """The conversation with two calls of a tool."""
    found = call_messages([Action(tool="find_order", arguments={"order": "QP-48213"})], ['{"sent": "14 May"}'], 3)
    sent = call_messages([Action(tool="send_anew", arguments={"order": "QP-48213"})], ['{"done": true}'], 5)
    lines = candidate.messages
    return candidate.model_copy(update={"messages": (*lines[:3], *found, *lines[3:5], *sent, *lines[5:])})


_STEPS = (
    "Shut the valve under the sink by 3 turns.\n\n"
    "1. Put a bowl of 5 litres under the trap, so that nothing runs onto the floor.\n"
    "2. Turn the 40 mm nut by hand, and wait for 10 minutes until the water has run out.\n"
    "3. Take out the washer and compare it with the new one of 40 mm.\n"
    "4. Put the new washer in with its flat side up, and turn the nut until it is tight.\n"
    "5. Open the valve again, and look for drops for at least 15 minutes.\n"
    "If it drips all the same after that, the trap itself has a crack, and a new one costs about 20 euros."
)


@cache
def pages() -> tuple[Loaded, Candidate, Candidate]:
    """A how-to page, and another one."""
    loaded = load("howto")
    plan = '{"person": "a tenant with 20 euros", "steps": ["shut the valve", "turn the nut"], "budget": 20, "size": "40 mm", "litres": 5}'
    asked = "My kitchen sink drips from the 40 mm trap, and I can spend 20 euros at the most. How do I stop it?"
    other = "\n".join(
        f"{n}. Sew the seam of the left sleeve anew with {n + 3} stitches of grey thread." for n in range(1, 7)
    )
    brief = plan_brief(loaded, 0, 0, 0, 0)
    made = Candidate(brief=brief, fields={"plan": plan, "instruction": asked, "answer": _STEPS})
    strange = Candidate(
        brief=plan_brief(loaded, 0, 0, 1, 1), fields={"plan": "{}", "instruction": "How?", "answer": other}
    )
    return loaded, made, strange


@cache
def desks() -> tuple[Loaded, Candidate]:
    """A right dialogue in a world, of a task with two wishes of which one has to be refused."""
    loaded = load("library")
    cells = ({"task": "renew", "difficulty": "firm", "user": "cooperative", "manner": "brief"},)
    brief = plan_brief(loaded, 4, 0, 0, 0, cells[0])
    world, blueprint = loaded.world, brief.blueprint
    assert world is not None
    assert blueprint is not None
    made = enact(world, blueprint, exemplar(world, blueprint, 1))
    return loaded, Candidate(brief=brief, messages=made.messages, private_calls=made.private_calls, ending=made.ending)


def is_words(message: Message) -> bool:
    """Whether a message is no call and no result."""
    return message.role is not Speech.TOOL and not message.tool_calls

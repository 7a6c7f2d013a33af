"""Checks the templates of a free conversation before anything runs: each is rendered as it is going to be."""

from __future__ import annotations

from agents.parts import framed, judging_view, moderator_view, speaker_view, system_text, writer_view
from agents.views import sample_view
from scenarios.briefs import questions_about
from scenarios.loading import CUE, Loaded
from scenarios.material.tools.spec import TOOLS_ROLE
from scenarios.messages import Message
from scenarios.records import Brief, Candidate
from scenarios.scene import ConversationScene, Part, PrivateFact
from scenarios.schema.conversation import MODERATOR, WRITER
from scenarios.schema.ideation import IDEATOR
from scenarios.schema.plans import ItemKind
from scenarios.schema.styles import Style


def check_conversation(loaded: Loaded, brief: Brief) -> None:
    """Raise ScenarioError if a prompt is broken or uses what it does not get."""
    fact = PrivateFact(what="number", value="12345")
    scene = ConversationScene(
        situation="A scene.",
        outcome="An end.",
        parts={name: Part(goal="A goal.", facts=(fact,)) for name in loaded.scenario.speakers},
    )
    said = tuple(
        Message(role=role.speaks_as, content="A line.", name=name)
        for name, role in loaded.scenario.speakers.items()
        if role.speaks_as
    )
    whole = Candidate(brief=brief, scene=scene, messages=said)
    for name, role in loaded.scenario.roles.items():
        if name in loaded.scenario.speakers:
            values = speaker_view(loaded, brief, scene, name)
        elif name == WRITER:
            values = writer_view(loaded, brief)
        elif name == MODERATOR:
            values = {
                **moderator_view(loaded, brief, scene, said),
                "allowed": list(loaded.scenario.speakers),
                "may_end": True,
            }
        elif name in (IDEATOR, TOOLS_ROLE):
            continue
        else:
            values = sample_view(loaded, role, whole)
        prompt = loaded.prompt(role.prompt, Style.CHAT)
        prompt.check(set(values))
        prompt.messages(values)
    _check_questions(loaded, brief)
    judging_view(loaded, whole)
    system_text(loaded, brief, scene)
    framed(loaded, CUE, {"first": True, "again": False, "left": 1, "outcome": "An end."})


def _check_questions(loaded: Loaded, brief: Brief) -> None:
    """Render the questions for every value of an axis: one that lacks what a question names is found before a run meets it."""
    for axis, plan in loaded.scenario.axes.items():
        for value in plan.values:
            given = brief.model_copy(update={"attributes": {**brief.attributes, axis: value.attributes()}})
            for kind in ItemKind:
                questions_about(loaded, given, kind)
